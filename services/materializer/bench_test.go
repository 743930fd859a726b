package materializer_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/pricewire/pricewire/services/materializer"
)

// BenchmarkBurst takes changes of rates that wait in a stream into the real engine: one operation is a crawl of 5,000 changes.
func BenchmarkBurst(b *testing.B) {
	streams := newStreams(b)
	store, _ := engine(b)
	for i := range b.N {
		publish(b, streams, "RATES_USD", crawl(b, i, 5000)...)
	}
	b.ResetTimer()
	if err := writeAll(b, materializer.Config{}, streams, store); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(5000*b.N)/b.Elapsed().Seconds(), "changes/s")
}

// BenchmarkQuiet measures from a crawl's publication to when it can be queried, when nothing else goes on.
func BenchmarkQuiet(b *testing.B) {
	streams := newStreams(b)
	store, _ := engine(b)
	m := newMaterializer(b, materializer.Config{}, streams, store)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	var took []time.Duration
	for i := range b.N {
		batch := crawl(b, i, 20)
		time.Sleep(150 * time.Millisecond) // longer than the interval
		begun := time.Now()
		publish(b, streams, "RATES_USD", batch...)
		for !caughtUp(b, streams, store) {
			time.Sleep(time.Millisecond)
		}
		took = append(took, time.Since(begun))
	}
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
