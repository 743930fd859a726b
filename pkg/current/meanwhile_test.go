package current

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// slow is a history whose answers, once made, wait for a gate.
type slow struct {
	*historymemory.Store
	gate chan struct{} // nil: open
	fail error

	blind atomic.Bool // no revision can be read
	stale bool        // the list of all rates is what it was when it was asked for last
	last  []history.PresentRate
}

func (s *slow) Revision(ctx context.Context) (history.Revision, error) {
	if s.blind.Load() {
		return history.Revision{}, fault.New(fault.Unavailable, "no history")
	}
	return s.Store.Revision(ctx)
}

func (s *slow) wait() {
	if s.gate != nil {
		<-s.gate
	}
}

func (s *slow) PresentRate(ctx context.Context, q history.RatePoint) (history.PresentRate, error) {
	a, err := s.Store.PresentRate(ctx, q)
	s.wait()
	return a, err
}

func (s *slow) EachRate(ctx context.Context, q history.RateList, each func(history.PresentRate) error) error {
	if s.fail != nil {
		return s.fail
	}
	var all []history.PresentRate
	err := s.Store.EachRate(ctx, q, func(a history.PresentRate) error {
		all = append(all, a)
		return nil
	})
	if s.stale {
		all = s.last
	}
	s.last = all
	s.wait()
	for _, a := range all {
		if err := each(a); err != nil {
			return err
		}
	}
	return err
}

func (s *slow) EachPrice(ctx context.Context, market string, at time.Time, each func(history.PresentPrice) error) error {
	var all []history.PresentPrice
	err := s.Store.EachPrice(ctx, market, at, func(a history.PresentPrice) error {
		all = append(all, a)
		return nil
	})
	s.wait()
	for _, a := range all {
		if err := each(a); err != nil {
			return err
		}
	}
	return err
}

// changed publishes a change of a rate that has a price from a day on.
func (b *bed) changed(id rate.Identity, price, from string) {
	b.t.Helper()
	b.change(b.clock.Now(), id, historytest.Current(id, from, "", price, "westeurope", "VM"), historytest.Span(from, "", price))
}

// change publishes a change of a rate.
func (b *bed) change(known time.Time, id rate.Identity, after *rate.Row, periods ...rate.Span) {
	b.t.Helper()
	c := rate.Change{
		Identity: id, Key: id.Key(), Scope: "azure-usd", Region: "westeurope", Kind: rate.PriceChanged, KnownAt: known, After: after, Periods: periods,
	}
	messages, err := event.RateMessages(rate.Record{ID: "crawl", Scope: "azure-usd", Currency: "USD", At: known}, []rate.Change{c})
	if err != nil {
		b.t.Fatalf("encode: %v", err)
	}
	b.publish(usd, messages...)
}

// asks asks for a rate and requires its price, and where it came from.
func (b *bed) asks(id rate.Identity, price string, from Source) {
	b.t.Helper()
	a, fresh, err := b.current.Rate(context.Background(), id, b.clock.Now())
	if err != nil || a.Price != historytest.Amount(price) || fresh.Source != from {
		b.t.Fatalf("%s from %s, %v; want %s from %s", a.Price, fresh.Source, err, price, from)
	}
}

// in runs a test in a bubble, on a bed of its own.
func in(t *testing.T, cfg Config, test func(t *testing.T, b *bed, s *slow)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &slow{Store: &historymemory.Store{}}
		b := newBed(t, s, cfg)
		defer func() { b.halt() }()
		time.Sleep(2 * time.Second)
		test(t, b, s)
	})
}

func TestAnAnswerIsKeptOnceHistoryGaveItAndChangesFollowFromTheStream(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, _ *slow) {
		id := meterID(0)
		b.changed(id, "1", "2026-01-01")
		b.write(usd)
		time.Sleep(time.Second)
		b.asks(id, "1", Tables)
		b.asks(id, "1", Memory)
		b.clock.advance(time.Hour)
		b.changed(id, "2", "2026-01-02")
		b.asks(id, "1", Tables) // stored, and not to be queried yet
		for range history.Tables()[:len(history.Tables())-1] {
			b.step(usd)
		}
		b.asks(id, "2", Tables) // it can be seen, but the writer has not said so
		b.write(usd)
		time.Sleep(time.Second)
		b.asks(id, "2", Memory)
		b.changed(id, "3", "2026-01-06")
		b.write(usd)
		time.Sleep(time.Second)
		b.asks(id, "2", Memory)
		b.clock.advance(24 * time.Hour) // announced, and current now without an event
		b.asks(id, "3", Tables)
		b.asks(id, "3", Memory)
	})
}

func TestAChangeMeanwhileIsNotOverwrittenByWhatHistorySaidBefore(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, s *slow) {
		id := meterID(0)
		b.changed(id, "1", "2026-01-01")
		b.write(usd)
		time.Sleep(time.Second)
		s.gate = make(chan struct{})
		go func() { _, _, _ = b.current.Rate(context.Background(), id, b.clock.Now()) }()
		synctest.Wait()
		b.clock.advance(time.Hour)
		b.changed(id, "2", "2026-01-02")
		b.write(usd)
		time.Sleep(time.Second)
		close(s.gate)
		synctest.Wait()
		b.asks(id, "2", Tables)
		b.asks(id, "2", Memory)
	})
}

func TestAChangeDuringTheLoadIsNotOverwrittenByIt(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, s *slow) {
		one, other := meterID(0), meterID(1)
		b.changed(one, "1", "2026-01-01")
		b.changed(other, "1", "2026-01-01")
		b.write(usd)
		b.halt()
		s.gate = make(chan struct{})
		b.start(Config{})
		time.Sleep(2 * time.Second)
		b.clock.advance(time.Hour)
		b.changed(one, "2", "2026-01-02")
		b.write(usd)
		time.Sleep(time.Second)
		close(s.gate)
		synctest.Wait()
		b.asks(other, "1", Memory)
		b.asks(one, "2", Tables)
		b.asks(one, "2", Memory)
	})
}

func TestOfWhatIsKnownAtOneInstantHistorysOrderCounts(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, _ *slow) {
		id := meterID(0)
		b.changed(meterID(1), "9", "2026-01-01")
		b.changed(id, "1", "2026-01-01")
		b.write(usd)
		time.Sleep(time.Second)
		b.asks(id, "1", Tables)
		b.asks(id, "1", Memory)
		b.remake(stream.RatesDeclaration("USD"))
		time.Sleep(3 * time.Second)
		b.asks(id, "1", Memory)
		b.changed(id, "2", "2026-01-01") // at a place before that of the former life
		b.write(usd)
		time.Sleep(time.Second)
		b.agree()
		synctest.Wait()
		b.agree()
	})
}

func TestAReleaseMeanwhileIsNotHiddenByTheSnapshotBefore(t *testing.T) {
	in(t, Config{}, func(t *testing.T, b *bed, s *slow) {
		b.releases(t, 1, "1")
		b.write(stream.Prices)
		s.gate = make(chan struct{})
		time.Sleep(time.Second)
		b.releases(t, 2, "2")
		b.write(stream.Prices)
		time.Sleep(time.Second)
		close(s.gate)
		synctest.Wait()
		b.asksPrice("2", Memory)
		b.clock.advance(time.Hour)
		b.releases(t, 3, "3")
		b.asksPrice("2", Tables)
		b.write(stream.Prices)
		time.Sleep(time.Second)
		b.asksPrice("3", Memory)
	})
}

func TestAStreamThatAppearsLaterIsFollowed(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, _ *slow) {
		id := meterID(0)
		id.Currency = "EUR"
		if _, fresh, err := b.current.Rate(context.Background(), id, b.clock.Now()); !fault.Is(err, fault.NotFound) || fresh.Stream != "" {
			b.t.Fatalf("%+v, %v", fresh, err)
		}
		b.declare(stream.RatesDeclaration("EUR"))
		time.Sleep(2 * time.Second)
		c := rate.Change{
			Identity: id, Key: id.Key(), Scope: "azure-eur", Region: "westeurope", Kind: rate.Added, KnownAt: b.clock.Now(),
			After: historytest.Current(id, "2026-01-01", "", "1", "westeurope", "VM"), Periods: []rate.Span{historytest.Span("2026-01-01", "", "1")},
		}
		messages, err := event.RateMessages(rate.Record{ID: "c", Scope: "azure-eur", Currency: "EUR", At: c.KnownAt}, []rate.Change{c})
		if err != nil {
			b.t.Fatalf("encode: %v", err)
		}
		b.publish("RATES_EUR", messages...)
		b.write("RATES_EUR")
		time.Sleep(time.Second)
		b.asks(id, "1", Tables)
		b.asks(id, "1", Memory)
	})
}

func TestWhatThereIsNoRoomForIsAskedOfHistory(t *testing.T) {
	in(t, Config{Identities: 1}, func(t *testing.T, b *bed, _ *slow) {
		for i := range 3 {
			b.changed(meterID(i), "1", "2026-01-01")
		}
		b.releases(t, 1, "1")
		b.write(usd)
		b.write(stream.Prices)
		b.halt()
		b.start(Config{Identities: 1})
		time.Sleep(2 * time.Second)
		kept := 0
		for i := range 3 {
			for range 2 {
				if _, fresh, err := b.current.Rate(context.Background(), meterID(i), b.clock.Now()); err != nil {
					t.Fatal(err)
				} else if fresh.Source == Memory {
					kept++
				}
			}
		}
		for range 2 {
			if _, fresh, _ := b.price(); fresh.Source == Memory {
				kept++
			}
		}
		if kept != 2 || b.current.Totals().Left == 0 {
			t.Errorf("%d questions of one answer that is kept, %+v", kept, b.current.Totals())
		}
	})
}

func TestManyRatesThatAreNotKeptAreLoadedAtOnce(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, _ *slow) {
		for i := range manyMissing + 1 {
			b.changed(meterID(i), "1", "2026-01-01")
		}
		b.write(usd)
		time.Sleep(time.Second)
		b.asks(meterID(7), "1", Memory)
	})
}

func TestAFloodIsSatOutAndLoadedWhenItCanBeQueried(t *testing.T) {
	in(t, Config{Backlog: 4}, func(t *testing.T, b *bed, _ *slow) {
		for i := range 20 {
			b.changed(meterID(i), "1", "2026-01-01")
		}
		time.Sleep(10 * time.Second)
		if s := b.current.Stats()[1]; s.Loaded || s.Received > 4 {
			t.Errorf("before anything can be queried: %+v", s)
		}
		b.write(usd)
		time.Sleep(10 * time.Second)
		b.asks(meterID(7), "1", Memory)
		b.changed(meterID(7), "2", "2026-01-01")
		b.clock.advance(time.Hour)
		b.changed(meterID(7), "3", "2026-01-01")
		b.write(usd)
		time.Sleep(time.Second)
		b.agree()
	})
}

func TestALoadThatFailsIsTriedAgain(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, s *slow) {
		id := meterID(0)
		b.changed(id, "1", "2026-01-01")
		b.write(usd)
		b.halt()
		s.fail = fault.New(fault.Unavailable, "no history")
		b.start(Config{})
		time.Sleep(10 * time.Second)
		if stats := b.current.Stats(); len(stats) != 2 || stats[1].Loaded {
			b.t.Fatalf("%+v", stats)
		}
		s.fail = nil
		time.Sleep(time.Minute)
		b.asks(id, "1", Memory)
	})
}

func TestStoppedItAsksHistory(t *testing.T) {
	in(t, Config{}, func(t *testing.T, b *bed, _ *slow) {
		id := meterID(0)
		b.changed(id, "1", "2026-01-01")
		b.write(usd)
		time.Sleep(time.Second)
		b.asks(id, "1", Tables)
		b.asks(id, "1", Memory)
		b.halt()
		b.asks(id, "1", Tables)
		if held := b.current.held.Load(); held != 0 || len(b.current.Stats()) != 0 {
			t.Errorf("%d answers are kept still, %+v", held, b.current.Stats())
		}
	})
}

func TestAnswersTellTheirAge(t *testing.T) {
	in(t, Config{}, func(t *testing.T, b *bed, _ *slow) {
		id := meterID(0)
		record := rate.Record{ID: "c", Source: "azure", Scope: "azure-usd", Currency: "USD", At: b.clock.Now(), Finished: b.clock.Now(), Complete: true}
		b.changed(id, "1", "2026-01-01")
		b.clock.advance(time.Hour)
		record.ID, record.At = "d", b.clock.Now()
		message, err := event.CrawlMessage(record)
		if err != nil {
			t.Fatal(err)
		}
		b.publish(usd, message)
		record.ID, record.At, record.Refused = "e", record.At.Add(time.Minute), "too few rows"
		if message, err = event.CrawlMessage(record); err != nil {
			t.Fatal(err)
		}
		b.publish(usd, message)
		b.write(usd)
		for range 2 { // as followed, and as loaded
			time.Sleep(time.Second)
			_, fresh, err := b.current.Rate(context.Background(), id, b.clock.Now())
			want := Freshness{Source: fresh.Source, Stream: fresh.Stream, Sequence: 3, Event: historytest.Day("2026-01-05"), Crawl: historytest.Day("2026-01-05T01:00:00Z")}
			if fresh != want || err != nil || !fresh.Newest().Equal(want.Crawl) {
				t.Errorf("%+v, %v; want %+v", fresh, err, want)
			}
			b.halt()
			b.start(Config{})
			time.Sleep(2 * time.Second)
		}
	})
}

func TestWhatIsWrongIsSaidAsHistorySaysIt(t *testing.T) {
	in(t, Config{}, func(t *testing.T, b *bed, _ *slow) {
		if _, _, err := b.current.Rate(context.Background(), rate.Identity{}, b.clock.Now()); !fault.Is(err, fault.Invalid) {
			t.Errorf("no identity: %v", err)
		}
		if _, _, err := b.current.Prices(context.Background(), history.PriceList{}, b.clock.Now()); !fault.Is(err, fault.Invalid) {
			t.Errorf("no market: %v", err)
		}
	})
	if _, err := New(Config{Backlog: -1}, Deps{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a backlog of -1: %v", err)
	}
	if _, err := New(Config{}, Deps{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no streams: %v", err)
	}
}

func TestAReleaseThatChangesNothingIsInForceWhenItTakesEffect(t *testing.T) {
	in(t, Config{}, func(t *testing.T, b *bed, _ *slow) {
		now, s := b.clock.Now(), story{market: "US"}
		line := *historytest.Line(s.line("0001", "USD"), "1", "9")
		first := pricelist.NewList(releaseID(1), 1, now, []pricelist.Line{line})
		second := pricelist.NewList(releaseID(2), 2, now.AddDate(0, 0, 2), []pricelist.Line{line})
		b.release(t, 1, now, now, pricelist.NewBook().Publish(first, now))
		b.release(t, 2, second.EffectiveAt, now, pricelist.NewBook(first).Publish(second, now))
		b.write(stream.Prices)
		for day, inForce := range []string{releaseID(1), releaseID(1), releaseID(2), releaseID(2)} {
			time.Sleep(time.Second)
			_, _, _ = b.price()
			synctest.Wait()
			if page, fresh, err := b.price(); err != nil || page.InForce != inForce || fresh.Source != Memory {
				t.Errorf("on day %d %s is in force, from %s, %v; want %s", day, page.InForce, fresh.Source, err, inForce)
			}
			b.clock.advance(24 * time.Hour)
			b.samePrices()
		}
	})
}

func TestAPeriodThatRepeatsTheAnswerIsKnownLaterOnlyWhileItLasts(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, _ *slow) {
		id := meterID(0)
		b.changed(id, "1", "2026-01-01")
		b.write(usd)
		time.Sleep(time.Second)
		b.asks(id, "1", Tables)
		b.clock.advance(time.Hour)
		same := historytest.Span("2026-01-01", "2026-01-07", "1")
		b.change(b.clock.Now(), id, nil, same)
		b.write(usd)
		for range 4 {
			time.Sleep(time.Second)
			b.asks(id, "1", Memory)
			b.agree()
			b.clock.advance(12 * time.Hour)
		}
		b.agree()
	})
}
