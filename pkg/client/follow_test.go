package client_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/client"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/pkg/trace"
)

// copyOf is a subscriber that keeps the last event of each subject, and remembers everything it was told. It stores effect and position together.
type copyOf struct {
	mu       sync.Mutex
	state    map[string]uint64 // sequence by subject
	changes  []uint64          // sequences, in the order in which they came
	pieces   []client.Batch
	position client.Position
	until    func(client.Batch) error // fails before anything is stored
	after    func(client.Batch) error // and after
}

func (c *copyOf) Position(context.Context) (client.Position, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.position), nil
}

func (c *copyOf) Handle(_ context.Context, b client.Batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until != nil {
		if err := c.until(b); err != nil {
			return err
		}
	}
	if b.First || c.state == nil {
		c.state = map[string]uint64{}
	}
	for _, e := range b.Events {
		c.state[e.Subject] = e.Sequence
		if !b.Snapshot {
			c.changes = append(c.changes, e.Sequence)
		}
	}
	c.pieces, c.position = append(c.pieces, b), b.Position
	if c.after != nil {
		return c.after(b)
	}
	return nil
}

// lagging reads from a server that says that nothing waits, because it lags behind the one that leads.
type lagging struct{ stream.Reader }

func (l lagging) Subscribe(ctx context.Context, q stream.Query) (stream.Subscription, error) {
	s, err := l.Reader.Subscribe(ctx, q)
	return laggingSubscription{s}, err
}

type laggingSubscription struct{ stream.Subscription }

func (laggingSubscription) Pending() uint64 { return 0 }

func (s laggingSubscription) Next(ctx context.Context) (stream.Record, error) {
	r, err := s.Subscription.Next(ctx)
	r.Pending = 0
	return r, err
}

func TestTheSnapshotIsWholeWhereAServerLags(t *testing.T) {
	p := newPublished(t)
	p.release(1, 2, 3)
	last := p.release(2, 4)
	for name, wanted := range map[string][]string{"everything": {">"}, "some": {"pw.price.>"}} {
		c := &copyOf{}
		if err := following(t, client.Streams(lagging{p}), client.Options{Subjects: wanted}, c, last); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.latest(wanted...), c.state); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(c.changes) > 0 {
			t.Errorf("%s: %d of the snapshot came as changes", name, len(c.changes))
		}
	}
}

// at is the sequence that the subscriber has come to.
func (c *copyOf) at(name string) client.Mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.position[name]
}

// published is the stream of prices, with what is put into it.
type published struct {
	*memory.Adapter
	t     testing.TB
	lines map[uint64]int // last sequence of each batch, and how many messages it has
	n     int

	because trace.Parent // of everything
}

func newPublished(t testing.TB) *published {
	t.Helper()
	p := &published{Adapter: memory.New(time.Now), t: t, lines: map[uint64]int{}, because: trace.New()}
	if _, err := p.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	return p
}

// release publishes a batch of some lines and the manifest behind them, and returns its last sequence.
func (p *published) release(lines ...int) uint64 {
	p.t.Helper()
	p.n++
	var batch []stream.Message
	for _, l := range lines {
		batch = append(batch, stream.Message{Subject: fmt.Sprintf("pw.price.us.usd.p%d.0001.p1m.monthly.0", l), ID: fmt.Sprintf("%d-%d", p.n, l), Data: []byte("{}")})
	}
	batch = append(batch, stream.Message{Subject: fmt.Sprintf("pw.release.license.us.2026-12.r%d.published", p.n), ID: fmt.Sprint(p.n), Data: []byte("{}")})
	last, err := p.Publish(p.t.Context(), stream.Prices, stream.Caused(batch, p.because), stream.Expectation{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.lines[last] = len(batch)
	return last
}

// latest is the last sequence of each subject that is wanted.
func (p *published) latest(subjects ...string) map[string]uint64 {
	p.t.Helper()
	s, err := p.Subscribe(p.t.Context(), stream.Query{Stream: stream.Prices})
	if err != nil {
		p.t.Fatal(err)
	}
	defer s.Stop()
	state := map[string]uint64{}
	for left := s.Pending(); left > 0; {
		r, err := s.Next(p.t.Context())
		if err != nil {
			p.t.Fatal(err)
		}
		if stream.MatchesAny(subjects, r.Subject) {
			state[r.Subject] = r.Sequence
		}
		left = r.Pending
	}
	return state
}

var errKilled = errors.New("killed")

// following runs Follow until the subscriber has come to a sequence.
func following(t testing.TB, feed client.Feed, o client.Options, c *copyOf, to uint64) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	reached := errors.New("reached")
	c.after = func(b client.Batch) error {
		if !b.More && b.Position[stream.Prices].Sequence >= to {
			return reached
		}
		return nil
	}
	if m := c.at(stream.Prices); m.Sequence >= to && m.Snapshot == 0 {
		return nil
	}
	err := client.Follow(ctx, feed, o, c)
	if errors.Is(err, reached) {
		return nil
	}
	return err
}

func TestASubscriberThatIsKilledAtAnyMomentEndsWithTheStateAndEachChangeOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := newPublished(t)
		lines := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 30)
		last := uint64(0)
		for range rapid.IntRange(0, 20).Draw(r, "releases before") {
			last = p.release(lines.Draw(r, "lines")...)
		}
		o := client.Options{Piece: rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(r, "piece")}
		c := &copyOf{}
		for range rapid.IntRange(0, 12).Draw(r, "kills") {
			left, stored := rapid.IntRange(0, 5).Draw(r, "pieces until it is killed"), rapid.Bool().Draw(r, "after it was stored")
			count := func(client.Batch) error {
				if left--; left < 0 {
					return errKilled
				}
				return nil
			}
			last = p.release(lines.Draw(r, "lines")...)
			if c.until, c.after = count, nil; stored {
				c.until, c.after = nil, count
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			if err := client.Follow(ctx, client.Streams(p), o, c); !errors.Is(err, errKilled) && ctx.Err() == nil {
				r.Fatal(err)
			}
			cancel()
		}
		c.until = nil
		if err := following(t, client.Streams(p), o, c, last); err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(p.latest(), c.state); last > 0 && diff != "" {
			r.Fatal(diff)
		}
		judge(r, p, c, o)
	})
}

// judge checks what a subscriber was told.
func judge(r *rapid.T, p *published, c *copyOf, o client.Options) {
	snapshot, firsts := uint64(0), 0
	whole := 0
	for i, b := range c.pieces {
		if b.First {
			firsts++
		}
		if b.Snapshot {
			snapshot = max(snapshot, b.Position[stream.Prices].Snapshot, b.Position[stream.Prices].Sequence)
			continue
		}
		if i > 0 && !c.pieces[i-1].Snapshot && !c.pieces[i-1].More {
			whole = 0
		}
		whole += len(b.Events)
		at := b.Position[stream.Prices].Sequence
		switch {
		case o.Piece == 0 && b.More:
			r.Fatalf("a batch came in pieces although none were asked for")
		case !b.More && p.lines[at] != whole:
			r.Fatalf("the batch that ends at %d came with %d of %d events", at, whole, p.lines[at])
		case b.More && o.Piece < len(b.Events):
			r.Fatalf("a piece has %d events", len(b.Events))
		}
	}
	if firsts > 1 {
		r.Fatalf("%d snapshots began", firsts)
	}
	for i, sequence := range c.changes {
		if want := snapshot + uint64(i) + 1; sequence != want {
			r.Fatalf("change %d is at %d, not %d: the snapshot went to %d", i, sequence, want, snapshot)
		}
	}
}

func TestASubscriberSeesOnlyWhatItAskedForAndStillWholeBatches(t *testing.T) {
	for _, subjects := range [][]string{
		{"pw.price.us.usd.p1.>"}, {"pw.price.*.*.p2.0001.>", "pw.price.us.usd.p3.>"}, {"pw.release.>"}, {"pw.*.license.>"}, {"pw.price.us.>", "pw.price.us.usd.p1.>"}, {">"},
	} {
		p := newPublished(t)
		p.release(1, 2, 3)
		p.release(2, 3)
		c := &copyOf{}
		o := client.Options{Subjects: subjects}
		if err := following(t, client.Streams(p), o, c, 7); err != nil {
			t.Fatal(err)
		}
		p.release(4)
		last := p.release(3, 1, 2, 5)
		ctx, cancel := context.WithCancel(t.Context())
		c.after = func(client.Batch) error {
			if c.position[stream.Prices].Sequence == last {
				cancel()
			}
			return nil
		}
		if err := client.Follow(ctx, client.Streams(p), o, c); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.latest(subjects...), c.state); diff != "" {
			t.Errorf("%v: %s", subjects, diff)
		}
	}
}

func TestAPositionInAnotherLifeOfAStreamNeedsASnapshot(t *testing.T) {
	p := newPublished(t)
	p.release(1, 2)
	c := &copyOf{}
	if err := following(t, client.Streams(p), client.Options{}, c, 3); err != nil {
		t.Fatal(err)
	}
	p.Delete(stream.Prices)
	if _, err := p.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	last := p.release(7)
	c.after = nil
	err := client.Follow(t.Context(), client.Streams(p), client.Options{}, c)
	var need *client.NeedSnapshotError
	if !errors.As(err, &need) || need.Stream != stream.Prices || need.Held.Sequence != 3 || !errors.Is(err, client.ErrConflict) {
		t.Fatalf("got %v", err)
	}
	c.position[stream.Prices] = client.Mark{Incarnation: need.Held.Incarnation, Sequence: 1} // so that 2 is not there already
	if err := following(t, client.Streams(p), client.Options{Renew: true}, c, last); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.latest(), c.state); diff != "" {
		t.Error(diff)
	}
}

func TestAPositionBeyondTheEndOfAStreamNeedsASnapshot(t *testing.T) {
	p := newPublished(t)
	p.release(1, 2)
	info, err := p.Info(t.Context(), stream.Prices)
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []client.Mark{{Sequence: 4}, {Sequence: 1, Snapshot: 9}} {
		mark.Incarnation = info.Name.Incarnation
		err := client.Follow(t.Context(), client.Streams(p), client.Options{}, &copyOf{position: client.Position{stream.Prices: mark}})
		var need *client.NeedSnapshotError
		if !errors.As(err, &need) || need.Last != 3 {
			t.Errorf("%v: %v", mark, err)
		}
	}
}

func TestTheWholeHistoryOrOnlyWhatIsNewCanBeFollowed(t *testing.T) {
	p := newPublished(t)
	p.release(1)
	p.release(1)
	c := &copyOf{}
	if err := following(t, client.Streams(p), client.Options{From: client.FromStart}, c, 4); err != nil || len(c.changes) != 4 {
		t.Fatalf("%v, %v", err, c.changes)
	}
	for _, b := range c.pieces {
		for _, e := range b.Events {
			if e.Trace != p.because {
				t.Errorf("event %d was caused by %s, and says %s", e.Sequence, p.because, e.Trace)
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		p := newPublished(t)
		p.release(1)
		c := &copyOf{}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- client.Follow(ctx, client.Streams(p), client.Options{From: client.FromNow}, c) }()
		synctest.Wait()
		p.release(2, 3)
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) || len(c.changes) != 3 || c.changes[0] != 3 {
			t.Fatalf("%v, %v", err, c.changes)
		}
	})
}

func TestAStreamThatAppearsLaterIsFollowedFromItsBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPublished(t)
		c := &copyOf{}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- client.Follow(ctx, client.Streams(p), client.Options{}, c) }()
		synctest.Wait()
		if _, err := p.Declare(t.Context(), stream.RatesDeclaration("EUR")); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Publish(t.Context(), "RATES_EUR", []stream.Message{{Subject: "pw.crawl.eur.x", ID: "1", Data: []byte("{}")}}, stream.Expectation{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) || c.state["pw.crawl.eur.x"] != 1 {
			t.Fatalf("%v, %v", err, c.state)
		}
	})
}

func TestASlowSubscriberSlowsTheReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPublished(t)
		counted := &counting{Adapter: p.Adapter}
		c := &copyOf{}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		release := make(chan struct{})
		c.after = func(client.Batch) error { <-release; return nil }
		go func() {
			ended <- client.Follow(ctx, client.Streams(counted), client.Options{From: client.FromStart}, c)
		}()
		for range 50 {
			p.release(1)
		}
		synctest.Wait()
		if counted.n > 4 { // two batches of two: one is handled, one waits
			t.Errorf("%d records were read although the first batch was not handled yet", counted.n)
		}
		close(release)
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) || len(c.changes) != 100 {
			t.Fatalf("%v, %d changes", err, len(c.changes))
		}
	})
}

// counting counts the records that were read.
type counting struct {
	*memory.Adapter
	n int
}

func (c *counting) Subscribe(ctx context.Context, q stream.Query) (stream.Subscription, error) {
	s, err := c.Adapter.Subscribe(ctx, q)
	return &countingSubscription{s, c}, err
}

type countingSubscription struct {
	stream.Subscription
	c *counting
}

func (s *countingSubscription) Next(ctx context.Context) (stream.Record, error) {
	r, err := s.Subscription.Next(ctx)
	if err == nil {
		s.c.n++
	}
	return r, err
}

func TestWrongOptionsAreRefused(t *testing.T) {
	p := newPublished(t)
	for _, o := range []client.Options{{Piece: -1}, {Subjects: []string{"pw..x"}}} {
		if err := client.Follow(t.Context(), client.Streams(p), o, &copyOf{}); !errors.Is(err, client.ErrInvalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestStreamsWithoutCostAreFollowedByTheirSubjects(t *testing.T) {
	for _, o := range []client.Options{{Subjects: []string{"erp.pw.price.us.>"}}, {Subjects: []string{"erp.pw.price.us.>"}, Streams: []string{"ERP_PRICES"}}, {Streams: []string{"ERP_PRICES"}}} {
		p := newPublished(t)
		p.release(1)
		d := stream.Declaration{Name: "ERP_PRICES", Subjects: []string{"erp.pw.release.>", "erp.pw.price.>", "erp.pw.item.>"}}
		if _, err := p.Declare(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		batch := []stream.Message{
			{Subject: "erp.pw.price.us.usd.a.0001.p1m.monthly.0", ID: "1", Data: []byte("{}")},
			{Subject: "erp.pw.release.license.us.2026-12.r1.published", ID: "2", Data: []byte("{}")},
		}
		if _, err := p.Publish(t.Context(), "ERP_PRICES", batch, stream.Expectation{}); err != nil {
			t.Fatal(err)
		}
		c := &copyOf{}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		reached := errors.New("reached")
		c.after = func(client.Batch) error { return reached }
		if err := client.Follow(ctx, client.Streams(p), o, c); !errors.Is(err, reached) {
			t.Fatal(err)
		}
		cancel()
		if c.state["erp.pw.price.us.usd.a.0001.p1m.monthly.0"] != 1 || len(c.position) != 1 || c.position["ERP_PRICES"].Sequence != 2 {
			t.Errorf("%+v: %v, %v", o, c.state, c.position)
		}
	}
}
