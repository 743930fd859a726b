package clickhouse_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
)

const (
	benchReleases = 24
	benchLines    = 5_000
)

// priceHistory is a store with two years of a market's lists, in each of which every price is another.
func priceHistory(b *testing.B) *clickhouse.Store {
	b.Helper()
	s, err := clickhouse.Open(context.Background(), clickhouse.Config{DSN: clickhousetest.Start(b)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	fill(b, s)
	return s
}

// fill puts the lists in.
func fill(b *testing.B, s *clickhouse.Store) {
	b.Helper()
	sequence := uint64(0)
	for month := range benchReleases {
		var rows history.Rows
		effective := historytest.Day("2025-01-01").AddDate(0, month, 0)
		release, published := fmt.Sprintf("license-us-%s-r1", effective.Format("2006-01")), effective.AddDate(0, 0, -30).Format("2006-01-02")
		for i := range benchLines {
			sequence++
			id := historytest.SKU(fmt.Sprintf("%04d", i))
			line := historytest.Line(id, fmt.Sprint(month+1), fmt.Sprint(month+2))
			rows.PriceChanges = append(rows.PriceChanges,
				historytest.PriceChange(sequence, release, published, i+1, benchLines, id, line, effective.Format("2006-01-02"), ""))
		}
		sequence++
		rows.Releases = []history.Release{historytest.Manifest(sequence, release, published, effective.Format("2006-01-02"), 1, benchLines)}
		for _, table := range history.Tables() {
			if err := s.Insert(context.Background(), table, rows, release); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkPricePoint asks for one price, as known a month before the present.
func BenchmarkPricePoint(b *testing.B) {
	s := priceHistory(b)
	b.ResetTimer()
	for i := range b.N {
		id := historytest.SKU(fmt.Sprintf("%04d", i*37%benchLines))
		at := historytest.Day("2025-06-10").AddDate(0, i%12, 0)
		a, err := s.Price(context.Background(), history.PricePoint{Identity: id, AsOf: history.AsOf{At: at, KnownAt: at.AddDate(0, -1, 0)}})
		if err != nil || a.None {
			b.Fatal(a, err)
		}
	}
}

// BenchmarkPriceList asks for a page of a thousand prices.
func BenchmarkPriceList(b *testing.B) {
	s := priceHistory(b)
	b.ResetTimer()
	for i := range b.N {
		at := historytest.Day("2025-06-10").AddDate(0, i%12, 0)
		q := history.PriceList{Market: "US", AsOf: history.AsOf{At: at, KnownAt: at}, Page: history.Page{Limit: 1000}}
		page, err := s.Prices(context.Background(), q)
		if err != nil || len(page.Items) != 1000 {
			b.Fatal(len(page.Items), err)
		}
	}
}
