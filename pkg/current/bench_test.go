package current

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// made is a history that makes up n rates: as many products, SKUs and regions as such a catalogue has.
type made struct {
	*historymemory.Store
	n int
}

func madeRate(i int) history.PresentRate {
	region := i % 60
	meter := i / 4
	a := history.PresentRate{
		RateAnswer: history.RateAnswer{
			Identity: rate.Identity{
				PriceList: rate.Retail, Currency: "USD", MeterID: fmt.Sprintf("%08x-0000-4000-8000-%012x", meter*2654435761%(1<<32), meter),
				SKUID: fmt.Sprintf("DZH318Z%05X/%04X", i/97, i%97), Type: []string{"Consumption", "Reservation"}[i%2], ReservationTerm: []string{"", "1 Year", "", "3 Years"}[i%4],
				Tier: money.Int(int64(i % 3 * 1000)),
			},
			Price: money.Int(int64(i % 50_000)), EffectiveFrom: historytest.Day("2026-01-01"), KnownAt: historytest.Day("2026-01-02"),
			Attributes: rate.Attributes{
				MeterName: fmt.Sprint("D", i%9000, " v5"), ProductID: fmt.Sprintf("DZH318Z%05X", i/97), ProductName: fmt.Sprint("Virtual Machines Dv", i%4000, " Series"),
				SKUName: fmt.Sprint("D", i%9000, " v5 Spot"), ServiceName: fmt.Sprint("Service ", i%200), ServiceID: fmt.Sprintf("DZH313Z%05d", i%200),
				ServiceFamily: fmt.Sprint("Family ", i%20), UnitOfMeasure: "1 Hour", ARMRegionName: fmt.Sprint("region", region), Location: fmt.Sprint("Region ", region),
				ARMSKUName: fmt.Sprint("Standard_D", i%9000, "_v5"), IsPrimaryMeterRegion: "true",
			},
		},
		Newest: historytest.Day("2026-01-02"),
	}
	a.Holds = history.NewHolds(historytest.Day("2026-01-05"), a.Newest, time.Time{})
	return a
}

func (m made) EachRate(_ context.Context, _ history.RateList, each func(history.PresentRate) error) error {
	for i := range m.n {
		if err := each(madeRate(i)); err != nil {
			return err
		}
	}
	return nil
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkLoad loads a million rates that a history makes up as it goes: what history takes to tell them is not in it.
func BenchmarkLoad(b *testing.B) {
	const n = 1_000_000
	making := time.Duration(0)
	for b.Loop() {
		b.StopTimer()
		before, start := heap(), time.Now()
		for i := range n {
			_ = madeRate(i)
		}
		making += time.Since(start)
		b.StartTimer()
		bed := newBed(b, made{&historymemory.Store{}, n}, Config{})
		bed.settled()
		b.StopTimer()
		s := bed.current.Stats()[1]
		b.ReportMetric(float64(heap()-before)/n, "heap-B/rate")
		b.ReportMetric(float64(s.Bytes)/n, "told-B/rate")
		if s.Answers != n {
			b.Fatalf("%+v", s)
		}
		bed.halt()
		b.StartTimer()
	}
	b.ReportMetric(making.Seconds()/float64(b.N), "s-making/op")
}

func BenchmarkRate(b *testing.B) {
	const n = 200_000
	bed := newBed(b, made{&historymemory.Store{}, n}, Config{Patience: time.Second})
	defer func() { bed.halt() }()
	bed.settled()
	ids := make([]rate.Identity, 1000)
	for i := range ids {
		ids[i] = madeRate(i * 199).Identity
	}
	now, i := bed.clock.Now(), 0
	for b.Loop() {
		if _, fresh, err := bed.current.Rate(b.Context(), ids[i%len(ids)], now); err != nil || fresh.Source != Memory {
			b.Fatal(fresh, err)
		}
		i++
	}
}
