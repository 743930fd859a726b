package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// evidence is what the judge looks at when a round is over.
type evidence struct {
	messages []stored
	last     map[string]uint64 // sequence at the end of each stream
}

// gather reads every stream from its first message to its last, as any client of NATS could.
func gather(ctx context.Context, url string) (evidence, error) {
	e := evidence{last: map[string]uint64{}}
	conn, err := nats.Connect(url)
	if err != nil {
		return e, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return e, err
	}
	list := js.ListStreams(ctx)
	for info := range list.Info() {
		name := info.Config.Name
		if name != "PRICES" && !strings.HasPrefix(name, "RATES_") {
			continue
		}
		full := name + "@" + info.Created.UTC().Format("20060102T150405.000000000Z")
		e.last[full] = info.State.LastSeq
		if info.State.FirstSeq > 1 || info.State.Msgs != info.State.LastSeq {
			return e, fmt.Errorf("%s has lost messages: %d from %d to %d", full, info.State.Msgs, info.State.FirstSeq, info.State.LastSeq)
		}
		if err := e.read(ctx, js, name, full); err != nil {
			return e, fmt.Errorf("read %s: %w", full, err)
		}
	}
	return e, list.Err()
}

func (e *evidence) read(ctx context.Context, js jetstream.JetStream, name, full string) error {
	if e.last[full] == 0 {
		return nil
	}
	consumer, err := js.OrderedConsumer(ctx, name, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return err
	}
	defer messages.Stop()
	for sequence := uint64(1); sequence <= e.last[full]; sequence++ {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		if meta.Sequence.Stream != sequence {
			return fmt.Errorf("message %d comes where %d belongs", meta.Sequence.Stream, sequence)
		}
		h := m.Headers()
		s := stored{
			stream: full, sequence: sequence, subject: m.Subject(), id: h.Get(headerID), planted: plantKind(h.Get(headerPlanted)),
			batch: h.Get("Nats-Batch-Id"), commit: h.Get("Nats-Batch-Commit") != "", data: m.Data(),
		}
		_, _ = fmt.Sscan(h.Get("Nats-Batch-Sequence"), &s.place) // 0 for what came alone
		e.messages = append(e.messages, s)
	}
	return nil
}

// drained waits until progress has come to the end of every stream.
func (r *round) drained(ctx context.Context, conn driver.Conn) error {
	var why string
	for n := 1; ctx.Err() == nil; n++ {
		e, err := lastOf(ctx, r.nats.door(r.nats.back))
		positions := map[string]uint64{}
		if err == nil {
			positions, err = progress(ctx, conn)
		}
		if err != nil {
			r.reader.failed(err)
			why = err.Error()
		} else if why = behind(e, positions); why == "" {
			return nil
		}
		if r.filled && r.part == "" && (r.reader.unreadable() != "" || n%100 == 0 && r.unreadablePart() != "") {
			if err := r.heal(ctx); err != nil {
				return err
			}
		}
		wait(ctx, 30*time.Millisecond)
	}
	return fmt.Errorf("the tables did not catch up: %w: %s", context.Cause(ctx), why)
}

func behind(last, positions map[string]uint64) string {
	for _, name := range slices.Sorted(maps.Keys(last)) {
		if positions[name] != last[name] {
			return fmt.Sprintf("%s ends at %d, progress says %d", name, last[name], positions[name])
		}
	}
	return ""
}

// lastOf returns where the product's streams end.
func lastOf(ctx context.Context, url string) (map[string]uint64, error) {
	conn, err := nats.Connect(url)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	last := map[string]uint64{}
	list := js.ListStreams(ctx)
	for info := range list.Info() {
		if name := info.Config.Name; name == "PRICES" || strings.HasPrefix(name, "RATES_") {
			last[name+"@"+info.Created.UTC().Format("20060102T150405.000000000Z")] = info.State.LastSeq
		}
	}
	return last, list.Err()
}

func progress(ctx context.Context, conn driver.Conn) (map[string]uint64, error) {
	rows, err := conn.Query(ctx, "SELECT toString(stream), max(seq) FROM progress GROUP BY stream")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	positions := map[string]uint64{}
	for rows.Next() {
		var stream string
		var sequence uint64
		if err := rows.Scan(&stream, &sequence); err != nil {
			return nil, err
		}
		positions[stream] = sequence
	}
	return positions, rows.Err()
}

// connect opens a connection of the judge's own.
func connect(dsn string) (driver.Conn, error) {
	options, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	options.DialTimeout, options.ReadTimeout = 2*time.Second, 20*time.Second
	return clickhouse.Open(options)
}

// judge says what is wrong at the end of a round; nothing when all is well.
func (r *round) judge(ctx context.Context, conn driver.Conn) ([]string, error) {
	e, err := gather(ctx, r.nats.door(r.nats.back))
	if err != nil {
		return nil, err
	}
	r.count(func(c *counts) { c.messages = len(e.messages) })
	want, err := newModel(e.messages)
	if err != nil {
		return nil, err
	}
	wrong, err := r.judgeAudits(ctx, e.messages)
	if err != nil {
		return wrong, err
	}
	for _, v := range views() {
		more, err := r.hold(ctx, conn, v, want[v.name])
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, more...)
	}
	more, err := r.judgeAsOf(ctx, conn, want)
	if err != nil {
		return nil, err
	}
	wrong = append(wrong, more...)
	for _, name := range unread() {
		var n uint64
		if err := conn.QueryRow(ctx, "SELECT count() FROM "+name).Scan(&n); err != nil {
			return nil, err
		}
		if n > 0 {
			wrong = append(wrong, fmt.Sprintf("%s holds %d rows that nothing gave", name, n))
		}
	}
	wrong = append(wrong, batches(e.messages)...)
	wrong = append(wrong, judgeUploads(r.uploads, e.messages)...)
	wrong = append(wrong, r.source.judge(e.messages)...)
	wrong = append(wrong, r.subscriber.judge(e.messages)...)
	wrong = append(wrong, r.reader.judge(want)...)
	return wrong, nil
}

// mostDifferences bounds how many differences of a view are told.
const mostDifferences = 3

// compare holds a view against the model.
func compare(v view, want, held map[place]row) []string {
	var wrong []string
	n := 0
	tell := func(format string, args ...any) {
		if n++; n <= mostDifferences {
			wrong = append(wrong, v.name+" "+fmt.Sprintf(format, args...))
		}
	}
	for _, at := range places(want) {
		r, ok := held[at]
		if !ok {
			tell("lacks %v, %s", at, brief(want[at]))
			continue
		}
		for _, name := range v.columns {
			if r[name] != want[at][name] {
				tell("has %.200q in %s of %v, not %.200q", r[name], name, at, want[at][name])
			}
		}
	}
	for _, at := range places(held) {
		if _, ok := want[at]; !ok {
			tell("holds %v, which nothing gave, %s", at, brief(held[at]))
		}
	}
	if n > mostDifferences {
		wrong = append(wrong, fmt.Sprintf("%s differs %d times in all: %d rows of %d", v.name, n, len(held), len(want)))
	}
	return wrong
}

func places(rows map[place]row) []place {
	return slices.SortedFunc(maps.Keys(rows), func(a, b place) int {
		if a.Stream != b.Stream {
			return strings.Compare(a.Stream, b.Stream)
		}
		if a.Sequence != b.Sequence {
			return int(a.Sequence) - int(b.Sequence) //nolint:gosec // streams of a round are short
		}
		return int(a.Row) - int(b.Row) //nolint:gosec // as above
	})
}

// brief is a row in few words.
func brief(r row) string {
	for _, name := range []string{"release", "meter_id", "crawl", "subject"} {
		if r[name] != "" {
			return name + " " + r[name]
		}
	}
	return ""
}

// batches checks that every atomic batch is whole and in one piece, and that the product published no event twice.
func batches(messages []stored) []string {
	var wrong []string
	ids := map[string]string{}
	for i := range messages {
		m := &messages[i]
		at := fmt.Sprintf("%s %d", m.stream, m.sequence)
		if m.batch != "" {
			joined := i > 0 && messages[i-1].stream == m.stream && messages[i-1].batch == m.batch && messages[i-1].place == m.place-1
			ended := i+1 < len(messages) && messages[i+1].stream == m.stream && messages[i+1].batch == m.batch
			if m.place > 1 && !joined || m.commit == ended {
				wrong = append(wrong, fmt.Sprintf("batch %s is not in one piece at %s", m.batch, at))
			}
		}
		if m.planted != "" {
			continue
		}
		id := m.subject + " " + m.id
		if before, ok := ids[id]; ok {
			wrong = append(wrong, fmt.Sprintf("event %s was published at %s and again at %s", id, before, at))
		}
		ids[id] = at
	}
	return wrong
}

// judge compares the changes that were published of the stand-in with those that were planted in it.
func (s *source) judge(messages []stored) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	published := map[rateID][]rateEvent{}
	for i := range messages {
		m := &messages[i]
		if m.planted != "" || !strings.HasPrefix(m.subject, "pw.rate.") {
			continue
		}
		e, err := m.event()
		if err != nil {
			return []string{err.Error()}
		}
		d := e.object("data")
		id := d.object("identity")
		key := rateID{id.text("currency"), id.text("meter_id"), id.text("sku_id"), id.text("type"), id.text("reservation_term"), plain(id.text("tier"))}
		published[key] = append(published[key], rateEvent{
			Kind: d.text("kind"), Field: d.text("field"), Before: plain(d.object("before").text("price")), After: plain(d.object("after").text("price")),
			Returned: d["returned"] == true, Correction: d["correction"] == true, Backdated: d["backdated"] == true, Expiring: d["expiring"] == true,
			Upcoming: d["upcoming"] == true,
		})
	}
	var wrong []string
	for key, want := range s.truth {
		if !slices.Equal(want, published[key]) {
			wrong = append(wrong, fmt.Sprintf("of rate %v %v was published, not %v", key, published[key], want))
		}
	}
	for key := range published {
		if _, ok := s.truth[key]; !ok {
			wrong = append(wrong, fmt.Sprintf("of rate %v, which the source never listed, %v was published", key, published[key]))
		}
	}
	slices.Sort(wrong)
	if len(wrong) > mostDifferences {
		wrong = append(wrong[:mostDifferences], fmt.Sprintf("%d rates differ in all", len(wrong)))
	}
	return wrong
}
