package tail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/pkg/tail"
	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/schemas"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counted counts what is read of streams.
type counted struct {
	*memory.Adapter
	subscriptions atomic.Int32
	open          atomic.Int32
	most          atomic.Int32
}

func (c *counted) Subscribe(ctx context.Context, q stream.Query) (stream.Subscription, error) {
	s, err := c.Adapter.Subscribe(ctx, q)
	if err != nil {
		return nil, err
	}
	c.subscriptions.Add(1)
	now := c.open.Add(1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	return &countedSubscription{Subscription: s, c: c}, nil
}

type countedSubscription struct {
	stream.Subscription
	c    *counted
	once sync.Once
}

func (s *countedSubscription) Stop() {
	s.once.Do(func() { s.c.open.Add(-1) })
	s.Subscription.Stop()
}

func streams(t interface{ Fatal(...any) }, ctx context.Context, currencies ...string) *counted {
	a := memory.New(func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) })
	if _, err := a.Declare(ctx, stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	for _, c := range currencies {
		if _, err := a.Declare(ctx, stream.RatesDeclaration(c)); err != nil {
			t.Fatal(err)
		}
	}
	return &counted{Adapter: a}
}

// example is a golden event of a type, as a message of its stream.
func example(t interface{ Fatal(...any) }, kind event.Type) (string, stream.Message) {
	data, err := schemas.Example(string(kind))
	if err != nil {
		t.Fatal(err)
	}
	var envelope event.Envelope
	if err := json.Unmarshal(data, &envelope); err != nil {
		t.Fatal(err)
	}
	name := stream.Prices
	if !stream.MatchesAny(stream.PricesDeclaration().Subjects, envelope.Subject) {
		name = stream.Rates("USD")
	}
	return name, stream.Message{Subject: envelope.Subject, ID: envelope.ID, Data: data}
}

func write(t interface{ Fatal(...any) }, ctx context.Context, c *counted, name string, m stream.Message) uint64 {
	sequence, err := c.Publish(ctx, name, []stream.Message{m}, stream.Expectation{})
	if err != nil {
		t.Fatal(err)
	}
	return sequence
}

var errEnough = errors.New("enough")

// collect follows until done says that it is enough, and returns what came as STREAM:sequence and the position.
func collect(ctx context.Context, h *tail.Hub, o tail.Options, done func(got []string, p tail.Position) bool) ([]string, tail.Position, error) {
	var got []string
	var position tail.Position
	err := h.Follow(ctx, o, func(b tail.Batch) error {
		for _, e := range b.Entries {
			got = append(got, fmt.Sprintf("%s:%d", e.Stream.Name, e.Sequence))
		}
		position = maps.Clone(b.Position)
		if done(got, position) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return got, position, err
}

func TestAFollowerGetsWhatPassesOnceAndInOrderHoweverOftenItBreaksOff(t *testing.T) {
	ours, err := watchlist.New("ours", "", []watchlist.Line{{Product: "CFQ7TTC0LH18"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	kinds := []event.Type{event.TypePriceChanged, event.TypeRateChanged, event.TypeItemChanged, event.TypeCrawlFinished, event.TypeReleaseEffective, event.TypeRateQuarantined}
	rapid.Check(t, func(t *rapid.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second) //nolint:forbidigo // rapid's has none
		defer cancel()
		c := streams(t, ctx, "USD")
		h := tail.NewHub(ctx, c, tail.Config{Bytes: rapid.IntRange(1, 40_000).Draw(t, "bytes"), Readers: 2})
		filter := tail.Filter{
			Subjects: rapid.SampledFrom([][]string{nil, {"pw.>"}, {"pw.price.>", "pw.*.us.>"}, {"pw.rate.usd.>", "pw.crawl.*.>"}}).Draw(t, "subjects"),
			Types:    rapid.SampledFrom([][]event.Type{nil, {event.TypePriceChanged}, {event.TypeRateChanged, event.TypeReleaseEffective}}).Draw(t, "types"),
			Market:   rapid.SampledFrom([]string{"", "US", "gb"}).Draw(t, "market"),
			Currency: rapid.SampledFrom([]string{"", "USD"}).Draw(t, "currency"),
		}
		if rapid.Bool().Draw(t, "watched") {
			filter.Watchlist = func(context.Context) (*watchlist.Matcher, error) { return ours.Matcher(), nil }
		}
		ends, want := map[string]uint64{}, map[string][]string{}
		some := func(label string) {
			for range rapid.IntRange(0, 20).Draw(t, label) {
				name, m := example(t, rapid.SampledFrom(kinds).Draw(t, "kind"))
				if rapid.IntRange(0, 9).Draw(t, "poison") == 0 {
					m.Data = []byte("no event")
				}
				ends[name] = write(t, ctx, c, name, m)
				e := tail.NewEntry(stream.Record{Stream: stream.Name{Name: name}, Sequence: ends[name], Subject: m.Subject, Data: m.Data})
				passes, err := filter.Passes(ctx, e)
				if err != nil {
					t.Fatal(err)
				}
				if passes {
					want[name] = append(want[name], fmt.Sprintf("%s:%d", name, ends[name]))
				}
			}
		}
		some("before")
		var position tail.Position
		got := map[string][]string{}
		for round := range rapid.IntRange(1, 4).Draw(t, "rounds") {
			some("between")
			enough := rapid.IntRange(0, 10).Draw(t, "breaks off after")
			last := round > 2
			batch, at, err := collect(ctx, h, tail.Options{Filter: filter, Position: position, Beat: time.Millisecond}, func(got []string, p tail.Position) bool {
				return !last && len(got) >= enough || covers(filter, p, ends)
			})
			if err != nil {
				t.Fatal(err)
			}
			position = at
			for _, b := range batch {
				name, _, _ := strings.Cut(b, ":")
				got[name] = append(got[name], b)
			}
		}
		rest, _, err := collect(ctx, h, tail.Options{Filter: filter, Position: position, Beat: time.Millisecond}, func(_ []string, p tail.Position) bool { return covers(filter, p, ends) })
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range rest {
			name, _, _ := strings.Cut(b, ":")
			got[name] = append(got[name], b)
		}
		for name := range ends {
			if !slices.Equal(got[name], want[name]) {
				t.Fatalf("%s: got %v, want %v", name, got[name], want[name])
			}
		}
	})
}

// covers reports whether a position is at the ends of all streams of which something can pass.
func covers(f tail.Filter, p tail.Position, ends map[string]uint64) bool {
	for name, end := range ends {
		for at, sequence := range p {
			if strings.HasPrefix(at, name+"@") && sequence < end {
				return false
			}
		}
	}
	return len(p) > 0 || f.Market != "" || f.Currency != "" || len(f.Types) > 0 || len(f.Subjects) > 0
}

func TestManyFollowersShareOneReaderAStream(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := streams(t, ctx, "USD")
	h := tail.NewHub(ctx, c, tail.Config{})
	const followers, events = 300, 50
	var ready, done sync.WaitGroup
	ready.Add(followers)
	for range followers {
		done.Go(func() {
			n, first := 0, true
			err := h.Follow(ctx, tail.Options{Start: stream.Start{New: true}}, func(b tail.Batch) error {
				if first {
					first = false
					ready.Done()
				}
				if n += len(b.Entries); n == events {
					return errEnough
				}
				return nil
			})
			if !errors.Is(err, errEnough) || n != events {
				t.Errorf("%d events: %v", n, err)
			}
		})
	}
	ready.Wait()
	name, m := example(t, event.TypePriceChanged)
	for range events {
		write(t, ctx, c, name, m)
	}
	done.Wait()
	if n := c.subscriptions.Load(); n != 2 {
		t.Errorf("%d subscriptions for two streams", n)
	}
	if h.Followers() != 0 {
		t.Errorf("%d follow yet", h.Followers())
	}
}

func TestSlowFollowersHoldUpNobodyAndLoseNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	c := streams(t, ctx)
	h := tail.NewHub(ctx, c, tail.Config{Bytes: 64 << 10, Readers: 2})
	name, m := example(t, event.TypePriceChanged)
	const events, slow = 2000, 6
	release := make(chan struct{})
	var working sync.WaitGroup
	follow := func(wait bool) {
		n, next := 0, uint64(1)
		err := h.Follow(ctx, tail.Options{}, func(b tail.Batch) error {
			if wait && n > 0 {
				<-release
			}
			for _, e := range b.Entries {
				if e.Sequence != next {
					t.Errorf("%d where %d was due", e.Sequence, next)
				}
				next++
			}
			if n += len(b.Entries); n == events {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			t.Errorf("%d events: %v", n, err)
		}
	}
	for range slow {
		working.Go(func() { follow(true) })
	}
	var fast sync.WaitGroup
	fast.Go(func() { follow(false) })
	for range events {
		write(t, ctx, c, name, m)
	}
	fast.Wait() // while the slow ones take nothing
	close(release)
	working.Wait()
	if most := c.most.Load(); most > 3 {
		t.Errorf("%d readers at once: one that all share and two turns were enough", most)
	}
}

func TestOnlySoManyFollow(t *testing.T) {
	c := streams(t, t.Context())
	h := tail.NewHub(t.Context(), c, tail.Config{Followers: 1})
	_, _, err := collect(t.Context(), h, tail.Options{}, func([]string, tail.Position) bool {
		err := h.Follow(t.Context(), tail.Options{}, func(tail.Batch) error { return errEnough })
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("the second: %v", err)
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAStreamThatAppearsIsFollowedFromItsBeginning(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := streams(t, ctx)
	h := tail.NewHub(ctx, c, tail.Config{})
	name, m := example(t, event.TypeRateChanged)
	got, position, err := collect(ctx, h, tail.Options{Start: stream.Start{New: true}}, func(got []string, p tail.Position) bool {
		if len(p) == 1 && len(got) == 0 {
			if _, err := c.Declare(ctx, stream.RatesDeclaration("USD")); err != nil {
				t.Error(err)
			}
			write(t, ctx, c, name, m)
		}
		return len(got) == 1
	})
	if err != nil || !slices.Equal(got, []string{"RATES_USD:1"}) || len(position) != 2 {
		t.Errorf("%v, %v, %v", got, position, err)
	}
	// One who stopped before it appeared finds it, though the start says new.
	delete(position, slices.Sorted(maps.Keys(position))[1])
	got, _, err = collect(ctx, h, tail.Options{Start: stream.Start{New: true}, Position: position}, func(got []string, _ tail.Position) bool { return len(got) == 1 })
	if err != nil || !slices.Equal(got, []string{"RATES_USD:1"}) {
		t.Errorf("resumed: %v, %v", got, err)
	}
}

func TestAStreamThatIsGoneEndsItsFollowers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := streams(t, ctx)
	h := tail.NewHub(ctx, c, tail.Config{})
	err := h.Follow(ctx, tail.Options{}, func(tail.Batch) error {
		c.Delete(stream.Prices)
		return nil
	})
	if !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func TestTheLastOfEachSubjectComesAndThenWhatFollows(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := streams(t, ctx)
	h := tail.NewHub(ctx, c, tail.Config{Bytes: 1})
	for _, kind := range []event.Type{event.TypePriceChanged, event.TypeReleaseEffective, event.TypePriceChanged} {
		name, m := example(t, kind)
		write(t, ctx, c, name, m)
	}
	got, _, err := collect(ctx, h, tail.Options{Start: stream.Start{LastPerSubject: true}}, func(got []string, _ tail.Position) bool {
		if len(got) == 2 {
			name, m := example(t, event.TypePriceChanged)
			write(t, ctx, c, name, m)
		}
		return len(got) >= 3
	})
	if err != nil || !slices.Equal(got, []string{"PRICES:2", "PRICES:3", "PRICES:4"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAFilterThatCannotBeNamesItsPlaces(t *testing.T) {
	f := tail.Filter{Subjects: []string{"pw..x"}, Types: []event.Type{"x"}, Market: "USA", Currency: "dollar"}
	err := f.Validate()
	var where []string
	for _, p := range fault.PlacesOf(err) {
		where = append(where, p.Where)
	}
	if !fault.Is(err, fault.Invalid) || strings.Join(where, " ") != "subject type market currency" {
		t.Errorf("%v, %v", where, err)
	}
	if f := (tail.Filter{Subjects: make([]string, tail.MaxSubjects+1)}); !fault.Is(f.Validate(), fault.Invalid) {
		t.Error("too many patterns pass")
	}
}

func TestAWatchlistThatIsGoneEndsItsFollowers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := streams(t, ctx)
	name, m := example(t, event.TypePriceChanged)
	write(t, ctx, c, name, m)
	h := tail.NewHub(ctx, c, tail.Config{})
	filter := tail.Filter{Watchlist: func(context.Context) (*watchlist.Matcher, error) {
		return nil, fault.New(fault.NotFound, "no watchlist")
	}}
	if err := h.Follow(ctx, tail.Options{Filter: filter}, func(tail.Batch) error { return nil }); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

func TestALineSaysWhereItStands(t *testing.T) {
	_, m := example(t, event.TypePriceChanged)
	because := trace.New()
	e := tail.NewEntry(stream.Record{Stream: stream.Name{Name: "PRICES"}, Sequence: 7, Subject: m.Subject, Data: m.Data, Trace: because})
	line := e.Line(true)
	var got struct{ ID, Stream, Sequence string }
	if strings.Contains(string(line), "\n") || json.Unmarshal(line, &got) != nil || got.Stream != "PRICES" || got.Sequence != "7" || got.ID != e.ID(true) {
		t.Errorf("%s", line)
	}
	without := string(e.Line(false))
	if !strings.Contains(string(line), "unit_price\":\"") || strings.Contains(without, "unit_price\":\"") || !strings.Contains(without, "erp_price") || e.ID(false) == e.ID(true) {
		t.Errorf("without cost %s", without)
	}
	for _, told := range []string{string(line), without} {
		if !strings.HasSuffix(told, `,"traceparent":"`+because.String()+`"}`) {
			t.Errorf("it does not say what caused it: %s", told)
		}
	}
	if _, err := event.Decode(m.Subject, line); err != nil {
		t.Errorf("what is shown does not decode: %v", err)
	}
	unknown := tail.NewEntry(stream.Record{Stream: stream.Name{Name: "PRICES"}, Sequence: 7, Subject: m.Subject, Data: m.Data})
	if told := string(unknown.Line(true)); strings.Contains(told, "traceparent") || !strings.HasSuffix(told, `"sequence":"7"}`) {
		t.Errorf("nobody knows what caused it: %s", told)
	}
}
