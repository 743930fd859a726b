package jetstream_test

import (
	"fmt"
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/stream"
)

// BenchmarkPublish publishes batches of 220-byte messages, each under a subject of its own, to an embedded server.
func BenchmarkPublish(b *testing.B) {
	for _, size := range []int{1, 1_000, 20_000, 100_000, stream.BatchLimit} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			a := adapt(b, connect(b, natstest.Serve(b)))
			if _, err := a.Declare(b.Context(), stream.RatesDeclaration("USD")); err != nil {
				b.Fatal(err)
			}
			batch := make([]stream.Message, size)
			for i := range batch {
				id := fmt.Sprintf("%012d", i)
				batch[i] = stream.Message{Subject: "pw.rate.usd." + id, ID: id, Data: make([]byte, 220)}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Publish(b.Context(), stream.Rates("USD"), batch, stream.Expectation{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkSubscribe reads 100,000 stored messages of 220 bytes.
func BenchmarkSubscribe(b *testing.B) {
	a := adapt(b, connect(b, natstest.Serve(b)))
	if _, err := a.Declare(b.Context(), stream.RatesDeclaration("USD")); err != nil {
		b.Fatal(err)
	}
	const size = 100_000
	batch := make([]stream.Message, size)
	for i := range batch {
		batch[i] = stream.Message{Subject: fmt.Sprintf("pw.rate.usd.%d", i), ID: fmt.Sprint(i), Data: make([]byte, 220)}
	}
	if _, err := a.Publish(b.Context(), stream.Rates("USD"), batch, stream.Expectation{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		sub, err := a.Subscribe(b.Context(), stream.Query{Stream: stream.Rates("USD")})
		if err != nil {
			b.Fatal(err)
		}
		for range size {
			if _, err := sub.Next(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		sub.Stop()
	}
	b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "messages/s")
}
