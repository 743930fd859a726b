package feeder_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/pkg/stream/streamtest"
	"github.com/pricewire/pricewire/services/feeder"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// port is what a feeder stands on.
type port interface {
	stream.Publisher
	stream.Reader
	stream.Declarer
}

// other publishes through another publisher than the rest of a port.
type other struct {
	stream.Publisher
	stream.Reader
	stream.Declarer
}

func newMemory() *memory.Adapter { return memory.New(func() time.Time { return firstMonth }) }

func impatient() feeder.Config {
	return feeder.Config{Poll: time.Millisecond, Retry: time.Millisecond, RetryMost: 2 * time.Millisecond}
}

// start runs a feeder until it is stopped.
func start(t *testing.T, p port) (f *feeder.Feeder, stop func()) {
	t.Helper()
	f, err := feeder.New(impatient(), feeder.Deps{Reader: p, Publisher: p, Declarer: p, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return f, stop
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

func declare(t *testing.T, p port, d stream.Declaration) stream.Info {
	t.Helper()
	info, err := p.Declare(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func publish(t *testing.T, p port, name string, batches ...[]stream.Message) {
	t.Helper()
	for _, batch := range batches {
		if _, err := p.Publish(t.Context(), name, batch, stream.Expectation{}); err != nil {
			t.Fatal(err)
		}
	}
}

// everythingTold waits until a feeder has told all of a stream.
func everythingTold(t *testing.T, f *feeder.Feeder, p port, name string) {
	t.Helper()
	info, err := p.Info(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is told", func() bool {
		for _, h := range f.Health() {
			if h.Stream == info.Name.String() {
				return h.Position == info.Last && h.Lag() == 0
			}
		}
		return false
	})
}

// batchesIn reads a stream whole, batch by batch.
func batchesIn(t *testing.T, p port, name string) (batches [][]stream.Message, origins []string) {
	t.Helper()
	info, err := p.Info(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	sub, err := p.Subscribe(t.Context(), stream.Query{Stream: name})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Stop()
	var open []stream.Message
	for range info.Last {
		r, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, stream.Message{Subject: r.Subject, ID: r.ID, Trace: r.Trace, Data: r.Data})
		if r.Commit {
			batches, open, origins = append(batches, open), nil, append(origins, r.Origin)
		}
	}
	if open != nil {
		t.Fatal("the last batch has no end")
	}
	return batches, origins
}

func mustBeTold(t *testing.T, p port, name string, source [][]stream.Message) {
	t.Helper()
	got, origins := batchesIn(t, p, stream.WithoutCost(name))
	want := oracle(t, source)
	if diff := cmp.Diff(shown(want), shown(got)); diff != "" {
		t.Fatalf("(-want +told)\n%s", diff)
	}
	if len(got) == 0 {
		t.Fatal("nothing was told, so nothing was shown")
	}
	for i := 1; i < len(origins); i++ {
		if origins[i] == origins[i-1] || !strings.HasPrefix(origins[i], name+"@") {
			t.Errorf("batch %d is made of %s, the one before of %s", i, origins[i], origins[i-1])
		}
	}
}

func shown(batches [][]stream.Message) []string {
	var all []string
	for i, b := range batches {
		for _, m := range b {
			all = append(all, fmt.Sprintf("%d %s %s %s %s", i, m.Subject, m.ID, m.Trace, m.Data))
		}
	}
	return all
}

func TestAStreamIsToldWithoutCostBatchByBatch(t *testing.T) {
	p := newMemory()
	declare(t, p, stream.PricesDeclaration())
	declare(t, p, stream.RatesDeclaration("USD"))
	prices := year(t, 6, 30)
	rates := [][]stream.Message{crawl(t, 1, "cards", "ratecard"), crawl(t, 2, "azure", "retail", "retail"), crawl(t, 3, "azure"), crawl(t, 4, "cards")}
	publish(t, p, stream.Prices, prices[:4]...)
	f, _ := start(t, p)
	everythingTold(t, f, p, stream.Prices) // what was there before
	publish(t, p, stream.Prices, prices[4:]...)
	publish(t, p, "RATES_USD", rates...)
	everythingTold(t, f, p, stream.Prices)
	everythingTold(t, f, p, "RATES_USD")
	mustBeTold(t, p, stream.Prices, prices)
	mustBeTold(t, p, "RATES_USD", rates)
	if alarms := f.Alarms(time.Now()); len(alarms) > 0 {
		t.Error(alarms)
	}
}

// TestWhateverFailsOrRacesEachBatchIsToldOnceAndInOrder has two feeders race through a publisher that fails before, after and instead of
// storing, and stops one of them again and again.
func TestWhateverFailsOrRacesEachBatchIsToldOnceAndInOrder(t *testing.T) {
	for seed := range uint64(5) {
		p := newMemory()
		declare(t, p, stream.PricesDeclaration())
		source := year(t, 12, 20)
		chances := streamtest.Chances{Before: 0.15, After: 0.15, Late: 0.15}
		a, _ := start(t, other{streamtest.NewFlaky(p, chances, seed), p, p})
		for i, batch := range source {
			publish(t, p, stream.Prices, batch)
			b, stop := start(t, other{streamtest.NewFlaky(p, chances, seed+uint64(i)), p, p})
			if i%3 == 0 {
				everythingTold(t, b, p, stream.Prices)
			}
			stop()
		}
		everythingTold(t, a, p, stream.Prices)
		mustBeTold(t, p, stream.Prices, source)
	}
}

func TestALifeOfAStreamThatWasNotToldBeforeIsAnAlarmUntilTheStreamWithoutCostIsMadeAgain(t *testing.T) {
	p := newMemory()
	declare(t, p, stream.PricesDeclaration())
	source := year(t, 2, 3)
	publish(t, p, stream.Prices, source...)
	f, stop := start(t, p)
	everythingTold(t, f, p, stream.Prices)
	stop()

	p.Delete(stream.Prices)
	declare(t, p, stream.PricesDeclaration())
	publish(t, p, stream.Prices, source[:2]...)
	f, _ = start(t, p)
	eventually(t, "an alarm", func() bool {
		alarms := f.Alarms(time.Now())
		return len(alarms) == 1 && strings.Contains(alarms[0], "has told PRICES@")
	})
	p.Delete(stream.WithoutCost(stream.Prices))
	everythingTold(t, f, p, stream.Prices)
	mustBeTold(t, p, stream.Prices, source[:2])
	eventually(t, "no alarm", func() bool { return len(f.Alarms(time.Now())) == 0 })
}

func TestWhatSomebodyElseWroteIsAnAlarm(t *testing.T) {
	p := newMemory()
	declare(t, p, stream.PricesDeclaration())
	declare(t, p, stream.WithoutCostDeclaration(stream.Prices))
	publish(t, p, stream.WithoutCost(stream.Prices), []stream.Message{{Subject: "erp.pw.item.offers.ww.a"}})
	f, _ := start(t, p)
	eventually(t, "an alarm", func() bool {
		alarms := f.Alarms(time.Now())
		return len(alarms) == 1 && strings.Contains(alarms[0], "is not the place of a message")
	})
}

func TestAMessageThatDoesNotDecodeIsLeftOutAndCounted(t *testing.T) {
	p := newMemory()
	declare(t, p, stream.PricesDeclaration())
	source := append(year(t, 1, 2), []stream.Message{{Subject: "pw.price.us.usd.x.0001.p1y.annual.0", Data: []byte("{")}})
	source = append(source, year(t, 2, 2)[2:]...)
	publish(t, p, stream.Prices, source...)
	f, _ := start(t, p)
	everythingTold(t, f, p, stream.Prices)
	mustBeTold(t, p, stream.Prices, source)
	if h := f.Health()[0]; h.Unreadable != 1 {
		t.Errorf("%d are left out", h.Unreadable)
	}
}

func TestStandingStillIsAnAlarm(t *testing.T) {
	now := time.Now()
	h := feeder.Health{Stream: "PRICES@x", Position: 7, Received: 9, Waiting: 3, Moved: now.Add(-time.Minute)}
	if text := h.Alarm(now); !strings.Contains(text, "stands at 7 for 1m0s, 5 messages behind") {
		t.Error(text)
	}
	h.Position, h.Waiting = 9, 0
	if text := h.Alarm(now); text != "" {
		t.Error(text)
	}
}
