package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// limit is how long a round may take until everything is as it must be; more is a failure. A machine that is busy with much else needs many
// times what an idle one does.
const limit = 10 * time.Minute

// round is one trial: servers, products, load, faults, and who watches.
type round struct {
	plan       plan
	folder     string
	nats       *server
	clickhouse *server
	products   []*product
	source     *source
	reader     *reader
	subscriber *subscriber
	http       *http.Client
	uploads    map[string]*upload // by release; read when the load is over

	mu      sync.Mutex
	counts  counts
	remarks []string
	hurt    bool           // the engine was killed, or its disk full
	filled  bool           // its disk was full
	part    string         // that the engine could not read, until it and the products were started again
	strange map[string]int // answers of the product that were no success, by their beginning
}

// counts are what a round did.
type counts struct {
	faults, traps, missed, crawls, releases, messages, rows, starts int
}

// outcome is how a round ended.
type outcome struct {
	plan    plan
	counts  counts
	reads   int
	took    time.Duration
	wrong   []string
	part    string // the engine could not read this part after its disk was full, and nothing else was wrong
	remarks []string
}

// verdict is how a round ended, in a word or two.
func (o *outcome) verdict() string {
	switch {
	case o.part != "":
		return "unreadable part"
	case len(o.wrong) > 0:
		return "FAILED"
	default:
		return "ok"
	}
}

func now() time.Time { return time.Now() } //nolint:forbidigo // crawls and releases are made in real time

func (r *round) count(do func(*counts)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do(&r.counts)
}

func (r *round) remark(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remarks = append(r.remarks, text)
}

// note remembers an answer that was no success. Most are lost connections; what is said with a status is of interest when a round fails.
func (r *round) note(err error) {
	answer, ok := errors.AsType[*answerError](err)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	text := strings.Map(func(c rune) rune { // ports and numbers of connections make equal answers differ
		if c >= '0' && c <= '9' {
			return '#'
		}
		return c
	}, fmt.Sprintf("%.240s", answer.text))
	r.strange[fmt.Sprintf("status %d: %s", answer.status, text)]++
}

// play plays a round in a folder of its own, which is kept when something was wrong.
func (s settings) play(ctx context.Context, p plan) outcome {
	began := now()
	r := &round{
		plan: p, folder: filepath.Join(s.folder, fmt.Sprintf("round-%d", p.Seed)), reader: newReader(), subscriber: &subscriber{}, http: &http.Client{},
		strange: map[string]int{}, uploads: map[string]*upload{},
	}
	defer r.http.CloseIdleConnections()
	o := outcome{plan: p}
	wrong, err := r.run(ctx, s)
	if err != nil {
		r.reader.failed(err)
		wrong = append(wrong, err.Error())
	}
	part := r.part
	if part == "" {
		part = r.unreadablePart()
	}
	if part != "" {
		if r.filled && len(wrong) == 0 { // whatever else is wrong is another fault
			o.part = part
		}
		wrong = append(wrong, "the engine cannot read "+part)
	}
	o.wrong, o.counts, o.reads, o.remarks, o.took = wrong, r.counts, r.reader.asked, r.remarks, now().Sub(began)
	if len(wrong) == 0 && !s.keep {
		_ = os.RemoveAll(r.folder) // a folder that stays is only untidy
		return o
	}
	r.report(o)
	return o
}

// report leaves beside the logs what is needed to understand a failure.
func (r *round) report(o outcome) {
	var text strings.Builder
	_, _ = fmt.Fprintf(&text, "%+v\n\n", r.plan)
	for _, w := range o.wrong {
		_, _ = fmt.Fprintln(&text, "wrong:", w)
	}
	for _, w := range o.remarks {
		_, _ = fmt.Fprintln(&text, "remark:", w)
	}
	for answer, n := range r.strange {
		_, _ = fmt.Fprintf(&text, "answered %d times: %s\n", n, answer)
	}
	_ = os.WriteFile(filepath.Join(r.folder, "round.txt"), []byte(text.String()), 0o600) // what is missing is printed too
}

// run opens everything, plays, and closes everything.
func (r *round) run(ctx context.Context, s settings) (wrong []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := os.RemoveAll(r.folder); err != nil { // of a round of the same seed that was kept
		return nil, err
	}
	if err := os.MkdirAll(r.folder, 0o700); err != nil {
		return nil, err
	}
	if r.source, err = newSource(r.plan.Seed, r.plan.Rates, now().UTC().Truncate(24*time.Hour)); err != nil {
		return nil, err
	}
	defer r.source.host.close()
	if r.nats, err = newServer(ctx, "nats", s.servers, r.folder, watchNATS); err != nil {
		return nil, err
	}
	defer r.nats.close()
	if r.clickhouse, err = newServer(ctx, "clickhouse", s.servers, r.folder, watchClickHouse); err != nil {
		return nil, err
	}
	defer r.clickhouse.close()
	r.products = append(r.products, newProduct("product", s.program, s.command, r.folder, r.nats, r.clickhouse))
	if r.plan.Writers > 1 {
		r.products = append(r.products, newProduct("writer", s.program, s.second, r.folder, r.nats, r.clickhouse))
	}
	conn, err := connect(r.clickhouse.door(r.clickhouse.back))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	return r.withProducts(ctx, conn)
}

// withProducts keeps the products running while the round is played, and looks at how they ended.
func (r *round) withProducts(ctx context.Context, conn driver.Conn) ([]string, error) {
	running, stop := context.WithCancel(ctx)
	var kept sync.WaitGroup
	failures := make(chan error, len(r.products))
	for _, p := range r.products {
		kept.Go(func() {
			if err := p.keep(running); err != nil {
				failures <- err
			}
		})
	}
	wrong, err := r.playOut(ctx, conn)
	stop()
	kept.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	for _, p := range r.products {
		exits, starts := p.ended()
		r.counts.starts += starts
		if most := exitsExplained * r.plan.serverFaults(); len(exits) > most {
			wrong = append(wrong, fmt.Sprintf("%s ended by itself %d times, more than the %d that faults of its servers explain", p.name, len(exits), most))
		}
		for _, exit := range exits {
			r.remark(p.name + " ended by itself: " + exit)
		}
		if crash := p.crashed(); crash != "" {
			wrong = append(wrong, p.name+" crashed: "+crash)
		}
	}
	return wrong, err
}

// playOut plays the load and the faults, waits until all is quiet, and has it judged.
func (r *round) playOut(ctx context.Context, conn driver.Conn) ([]string, error) {
	if err := r.products[0].awaitReady(ctx); err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	defer watchers.Wait()
	defer stop()
	for _, s := range []*server{r.nats, r.clickhouse} {
		watchers.Go(func() { s.keep(watching, r.ended(s)) })
	}
	watchers.Go(func() { r.reader.run(watching, conn) })
	watchers.Go(func() { r.subscriber.run(watching, r.speakers()) })
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	if err := r.drained(ctx, conn); err != nil {
		return nil, err
	}
	if err := r.readThrough(ctx, conn); err != nil {
		return nil, err
	}
	if err := r.followed(ctx); err != nil {
		r.remark(err.Error()) // the judge says what is missing
	}
	stop()
	watchers.Wait() // two looks at once could come in the wrong order
	look := func() error {
		err := r.reader.look(ctx, conn)
		r.reader.failed(err)
		return err
	}
	if err := insist(ctx, look); err != nil {
		return nil, fmt.Errorf("look a last time: %w", err)
	}
	return r.judge(ctx, conn)
}

// exitsExplained is how often a process may end by itself for each fault of a server: when it starts, and once more when it was started
// again into the same fault. What runs survives them all.
const exitsExplained = 2

// ended notes that a server ended by itself.
func (r *round) ended(s *server) func(string) {
	return func(text string) {
		if s == r.clickhouse {
			r.hurtEngine()
		}
		r.remark(text)
	}
}

// healing watches, when the faults are over, for a part that the engine cannot read, until ctx ends: nothing goes on as long as there is one.
func (r *round) healing(ctx context.Context) error {
	for ctx.Err() == nil {
		if r.filled && r.part == "" && r.unreadablePart() != "" {
			return r.heal(ctx)
		}
		wait(ctx, time.Second)
	}
	return nil
}

// heal starts the engine again, which puts a part aside that it cannot read, and the products, whose audits at the start fill what is missing
// then. It is what an operator does; the verdict of the round stays.
func (r *round) heal(ctx context.Context) error {
	wait(ctx, answeredWithin) // products note what became of the insertion
	r.part = r.unreadablePart()
	if err := r.clickhouse.restart(ctx, 0); err != nil {
		return err
	}
	for _, p := range r.products {
		if c := p.running(); c != nil {
			c.kill()
		}
	}
	r.remark("the engine and the products were started again to put that part aside")
	return nil
}

// readTime is how long every row of every table may take to be read, with what is tried again.
const readTime = time.Minute

// readThrough reads every table when the engine's disk was full, so that a part that cannot be read is put aside before the tables are judged,
// whichever table it is of.
func (r *round) readThrough(ctx context.Context, conn driver.Conn) error {
	if !r.filled || r.part != "" {
		return nil
	}
	reading, stop := context.WithTimeout(ctx, readTime)
	defer stop()
	err := insist(reading, func() error {
		err := readTables(reading, conn)
		r.reader.failed(err)
		if r.reader.unreadable() != "" {
			return nil
		}
		return err
	})
	if err != nil || r.reader.unreadable() == "" {
		return err
	}
	if err := r.heal(ctx); err != nil {
		return err
	}
	for _, p := range r.speakers() { // their audits at the start fill what is missing
		if err := p.awaitReady(ctx); err != nil {
			return err
		}
		if err := r.settled(ctx, p); err != nil {
			return err
		}
	}
	return r.drained(ctx, conn)
}

// readTables reads every row of every table.
func readTables(ctx context.Context, conn driver.Conn) error {
	rows, err := conn.Query(ctx, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range names {
		var n uint64
		if err := conn.QueryRow(ctx, "SELECT count() FROM "+name+" WHERE NOT ignore(*)").Scan(&n); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	return nil
}

// speakers are the products that have an API.
func (r *round) speakers() []*product {
	var all []*product
	for _, p := range r.products {
		if strings.HasPrefix(p.command, "up ") {
			all = append(all, p)
		}
	}
	return all
}

// load goes on until the faults are over and everything that was begun is done.
func (r *round) load(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	var group sync.WaitGroup
	var telling sync.Mutex
	var failed []error // also what each part waited for when the time was over
	part := func(do func() error) {
		group.Go(func() {
			if err := do(); err != nil {
				telling.Lock()
				failed = append(failed, err)
				telling.Unlock()
				cancel(err)
			}
		})
	}
	part(func() error { defer close(done); return r.disturb(ctx) })
	working, worked := context.WithCancel(ctx)
	defer worked()
	var work sync.WaitGroup
	work.Add(2)
	part(func() error { defer work.Done(); return r.crawlLoad(ctx, done) })
	part(func() error { defer work.Done(); return r.releaseLoad(ctx) })
	part(func() error { work.Wait(); worked(); return nil })
	part(func() error {
		select {
		case <-done:
			return r.healing(working)
		case <-working.Done():
			return nil
		}
	})
	group.Wait()
	return cmp.Or(errors.Join(failed...), context.Cause(ctx))
}

// followed waits until the subscriber has seen as many events as there are.
func (r *round) followed(ctx context.Context) error {
	e, err := gather(ctx, r.nats.door(r.nats.back))
	if err != nil {
		return err
	}
	want := len(wanted(e.messages))
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for r.subscriber.number() < want {
		if ctx.Err() != nil {
			return fmt.Errorf("the subscriber saw %d events of %d", r.subscriber.number(), want)
		}
		wait(ctx, 20*time.Millisecond)
	}
	return nil
}
