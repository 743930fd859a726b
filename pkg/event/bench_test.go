package event

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/rate"
)

func BenchmarkRateBatch(b *testing.B) {
	o := exampleOutcome(b)
	one := o.Changes[0]
	o.Changes = make([]rate.Change, 1000)
	for i := range o.Changes {
		o.Changes[i] = one
	}
	b.ReportAllocs()
	for b.Loop() {
		batch, err := RateBatch(o)
		if err != nil || len(batch) < 1000 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(o.Changes)*b.N)/b.Elapsed().Seconds(), "changes/s")
}

func BenchmarkDecode(b *testing.B) {
	for typ, m := range examples(b) {
		b.Run(string(typ), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(m.Data)))
			for b.Loop() {
				if _, err := Decode(m.Subject, m.Data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
