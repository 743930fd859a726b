package scheduler_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	records "github.com/pricewire/pricewire/pkg/release/memory"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/pkg/stream"
	streams "github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/services/scheduler"
)

// codec is how lists are stored.
var codec = release.Codec{Encode: sheet.Encode, Decode: sheet.Decode, EncodeItems: sheet.EncodeItems, DecodeItems: sheet.DecodeItems}

// policies are those of the lists that the tests release.
var policies = release.Policies{
	release.License: {Notice: effective.Days(30), Monthly: true},
	release.Offers:  {Check: func(rows []item.Row, check item.Check) []listing.Problem { return item.Validate(rows, check) }},
}

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// hand is a clock that moves when it is told to.
type hand struct{ now time.Time }

func (h *hand) Now() time.Time              { return h.now }
func (h *hand) NewAlarm(string) clock.Alarm { return nil }

// world is what outlives a process: records, lists, the stream and time.
type world struct {
	t       failer
	clock   *hand
	records *records.Store
	content *records.Content
	streams *streams.Adapter
	late    []func() // publications that a slow server stores later
}

func newWorld(t failer, start time.Time) *world {
	w := &world{t: t, clock: &hand{start}, records: records.NewStore(), content: records.NewContent()}
	w.streams = streams.New(w.clock.Now)
	if _, err := w.streams.Declare(context.Background(), stream.PricesDeclaration()); err != nil {
		t.Fatalf("declare: %v", err)
	}
	return w
}

// process is one run of the scheduler and the desk, which can be killed.
type process struct {
	*world
	left  int  // calls until it dies; negative: it lives on
	after bool // whether the last call is still carried out
	slow  bool // whether a publication cut short is stored later
	dead  bool
	calls int
	visit map[int]func() // what somebody else does just before a call, by its number
	desk  *release.Desk
	sched *scheduler.Scheduler
}

func (w *world) start() *process { return w.startAndDie(-1, false) }

// startAndDie starts a process that is killed at its n-th call to the outside, from 0, before or after the call was carried out.
func (w *world) startAndDie(n int, after bool) *process {
	p := &process{world: w, left: n, after: after, visit: map[int]func(){}}
	store := releasetest.NewFlaky(w.records, func(string) releasetest.Fate { return p.call() })
	lists, err := release.NewLists(w.content, codec)
	if err != nil {
		w.t.Fatalf("lists: %v", err)
	}
	p.desk, err = release.NewDesk(release.DeskConfig{
		Policies: policies, BatchLimit: stream.BatchLimit,
	}, store, lists)
	if err != nil {
		w.t.Fatalf("desk: %v", err)
	}
	p.sched, err = scheduler.New(scheduler.Config{Policies: policies}, scheduler.Deps{
		Releases: store, Lists: lists, Publisher: p, Reader: reader{w.streams, p}, Clock: w.clock, Log: zap.NewNop(),
	})
	if err != nil {
		w.t.Fatalf("scheduler: %v", err)
	}
	return p
}

// call decides what becomes of the next call to the outside.
func (p *process) call() releasetest.Fate {
	if visitor := p.visit[p.calls]; visitor != nil && !p.dead {
		delete(p.visit, p.calls)
		visitor()
	}
	p.calls++
	if p.dead {
		return releasetest.FailsBefore
	}
	if p.left < 0 {
		return releasetest.Works
	}
	if p.left--; p.left >= 0 {
		return releasetest.Works
	}
	p.dead = true
	if p.after {
		return releasetest.FailsAfter
	}
	return releasetest.FailsBefore
}

// Publish implements stream.Publisher: a slow server stores what was cut short when the world is next asked to settle.
func (p *process) Publish(ctx context.Context, name string, batch []stream.Message, expect stream.Expectation) (uint64, error) {
	lived := !p.dead
	switch fate := p.call(); {
	case fate == releasetest.Works:
		return p.streams.Publish(ctx, name, batch, expect)
	case fate == releasetest.FailsAfter:
		_, _ = p.streams.Publish(ctx, name, batch, expect)
	case lived && p.slow:
		p.late = append(p.late, func() { _, _ = p.streams.Publish(context.Background(), name, batch, expect) })
	}
	return 0, fault.New(fault.Unavailable, "publish: the process was killed")
}

// settle lets slow publications through.
func (w *world) settle() {
	for _, publish := range w.late {
		publish()
	}
	w.late = nil
}

// reader is the stream as a process reads it.
type reader struct {
	stream.Reader
	p *process
}

func (r reader) Last(ctx context.Context, name, subject string) (stream.Record, error) {
	if r.p.call() != releasetest.Works {
		return stream.Record{}, fault.New(fault.Unavailable, "last: the process was killed")
	}
	return r.Reader.Last(ctx, name, subject)
}

// pass runs the scheduler once; a process that was killed cannot succeed.
func (p *process) pass() (time.Time, error) {
	next, err := p.sched.Pass(context.Background())
	if err != nil && !p.dead {
		p.t.Errorf("pass at %s: %v", p.clock.now, err)
	}
	return next, err
}

// lines returns lines of a market by product and price: {"a": 10}. A price below 0 starts a month later than the list.
func linesOf(market string, month effective.Month, prices map[string]int) []pricelist.Row {
	var rows []pricelist.Row
	for product, price := range prices {
		l := pricelist.Line{
			Identity:  pricelist.Identity{Market: market, Currency: "USD", Product: product, SKU: "0001", Term: "P1M", Billing: "Monthly"},
			UnitPrice: money.Int(int64(max(price, -price))), ERPPrice: money.Int(int64(2 * max(price, -price))), Basis: pricelist.PerTerm,
		}
		if price < 0 {
			l.Effective.From = month.Add(1).Start()
		}
		rows = append(rows, pricelist.Row{Line: l})
	}
	slices.SortFunc(rows, func(a, b pricelist.Row) int { return a.Compare(b.Line) })
	return rows
}

func input(market, month string, kind release.SheetKind, prices map[string]int) release.CreateInput {
	m, err := effective.ParseMonth(month)
	if err != nil {
		panic(err)
	}
	return release.CreateInput{
		List: release.License, Market: market, EffectiveAt: m.Start(), Kind: kind, Rows: linesOf(market, m, prices),
		Acknowledged: []string{pricelist.RuleLinesGone, pricelist.RuleStartsLater},
	}
}

// approve creates, submits and approves a list as three people do, at the present instant.
func (p *process) approve(in release.CreateInput) release.Release {
	p.t.Helper()
	ctx := context.Background()
	r, err := p.desk.Create(ctx, in, p.act("alice"))
	if err == nil {
		r, err = p.desk.Submit(ctx, r.ID, p.act("alice"))
	}
	if err == nil {
		act := p.act("bob")
		act.Trace = because(r.ID)
		r, err = p.desk.Approve(ctx, r.ID, act)
	}
	if err != nil {
		p.t.Fatalf("approve %s %s: %v", in.Market, in.EffectiveAt, err)
	}
	return r
}

func (p *process) act(who string) release.Act { return release.Act{Who: who, At: p.clock.now} }

// because returns the same cause for the same text.
func because(of string) trace.Parent {
	sum := sha256.Sum256([]byte(of))
	return trace.Parent{TraceID: [16]byte(sum[:16]), SpanID: [8]byte(sum[16:24]), Flags: 1}
}

// show returns a release without the things that differ from run to run.
func (w *world) show(id string) release.Release {
	w.t.Helper()
	r, err := w.records.Get(context.Background(), id)
	if err != nil {
		w.t.Fatalf("show %s: %v", id, err)
	}
	r.Version, r.Log = 0, nil
	return r
}

// stored is a message of the stream, decoded.
type stored struct {
	stream.Record
	payload event.Payload
}

// history returns everything in the stream.
func (w *world) history() []stored {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return readAll(ctx, w.t, w.streams)
}

func readAll(ctx context.Context, t failer, r stream.Reader) []stored {
	t.Helper()
	info, err := r.Info(ctx, stream.Prices)
	if err != nil {
		t.Fatalf("info: %v", err)
	}
	if info.Last == 0 {
		return nil
	}
	sub, err := r.Subscribe(ctx, stream.Query{Stream: stream.Prices})
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	defer sub.Stop()
	var all []stored
	for uint64(len(all)) < info.Last {
		record, err := sub.Next(ctx)
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		decoded, err := event.Decode(record.Subject, record.Data)
		if err != nil {
			t.Fatalf("decode %s: %v", record.Subject, err)
		}
		all = append(all, stored{record, decoded.Payload})
	}
	return all
}

// tell returns what happened as lines of text: enough to compare two runs, and readable when they differ.
func tell(all []stored) []string {
	var said []string
	for _, s := range all {
		switch p := s.payload.(type) {
		case *event.PriceChanged:
			said = append(said, fmt.Sprintf("%s %s %s of %s", s.ID[:8], p.Change, p.Identity.Product, p.Release))
		case *event.ReleasePublished:
			said = append(said, fmt.Sprintf("%s published %s at %s, %d changed, follows %q", s.ID[:8], p.Release, stamp(p.PublishedAt), p.Changed, p.Predecessor))
		case *event.ReleaseEffective:
			said = append(said, fmt.Sprintf("%s effective %s at %s after %q", s.ID[:8], p.Release, stamp(p.EffectiveAt), p.Supersedes))
		case *event.ReleaseCorrected:
			said = append(said, fmt.Sprintf("%s corrected %s by %s", s.ID[:8], p.Release, p.By))
		case *event.ReleaseWithdrawn:
			said = append(said, fmt.Sprintf("%s withdrawn %s (%d) at %s from %s, %d changed, then %q", s.ID[:8], p.Release, p.Withdrawal, stamp(p.WithdrawnAt), stamp(p.From), p.Changed, p.InForce))
		case *event.ReleaseMissing:
			said = append(said, fmt.Sprintf("%s missing %s", s.ID[:8], p.Release))
		case *event.ItemChanged:
			said = append(said, fmt.Sprintf("%s %s %s of %s", s.ID[:8], p.Change, p.Key, p.Release))
		}
	}
	return said
}

// causes returns what each message says caused it. What tells that a month is missing has a cause of its own each time.
func causes(t failer, all []stored) []string {
	t.Helper()
	var said []string
	for _, s := range all {
		if s.Trace.IsZero() {
			t.Errorf("nothing caused %s", s.Subject)
		}
		if _, missing := s.payload.(*event.ReleaseMissing); !missing {
			said = append(said, s.Subject+" "+s.Trace.String())
		}
	}
	return said
}

func stamp(t time.Time) string { return strings.TrimSuffix(t.Format(time.RFC3339Nano), "T00:00:00Z") }
