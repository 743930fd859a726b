package rate

import (
	"fmt"
	"testing"
	"time"
)

// catalogue is a made-up catalogue that looks like the real one: of n rows, each meter has a few SKUs and tiers, names repeat.
func catalogue(n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		product := fmt.Sprintf("DZH318Z%05d", i/40)
		r := rowOf(fmt.Sprintf("%08x-f088-5d25-8e72-147ec2e66261", i/2*2654435761%(1<<32)), fmt.Sprintf("0.%04d", i%9999+1), "2025-06-01", "")
		r.ProductID, r.SKUID, r.ProductName = product, fmt.Sprintf("%s/%04d", product, i), "Virtual Machines Series "+product
		r.MeterName, r.SKUName, r.ARMSKUName = fmt.Sprintf("D%d v5", i%300), fmt.Sprintf("D%d v5 Spot", i%300), fmt.Sprintf("Standard_D%d_v5", i%300)
		r.ServiceName, r.ServiceID, r.ServiceFamily, r.Location, r.IsPrimaryMeterRegion = "Virtual Machines", "DZH313Z7MMC8", "Compute", "EU West", "true"
		rows[i] = r
	}
	return rows
}

func loadedWith(b *testing.B, n int) (*watcher, []Row) {
	b.Helper()
	w, rows := watch(b), catalogue(n)
	w.take(crawl("2026-01-10", rows...))
	return w, rows
}

const benchRows = 100_000

func report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkJudgeUnchanged(b *testing.B) {
	w, rows := loadedWith(b, benchRows)
	o := crawl("2026-01-11", rows...)
	b.ReportAllocs()
	for b.Loop() {
		if out, err := w.l.Judge(o, w.policy); err != nil || len(out.Changes) > 0 {
			b.Fatal(err)
		}
	}
	report(b)
}

func BenchmarkJudgeAllChanged(b *testing.B) {
	w, rows := loadedWith(b, benchRows)
	for i := range rows {
		rows[i].Price, rows[i].Effective.From = price("9.99"), at("2026-01-11")
	}
	o := crawl("2026-01-11", rows...)
	b.ReportAllocs()
	for b.Loop() {
		if out, err := w.l.Judge(o, w.policy); err != nil || len(out.Changes) != benchRows {
			b.Fatal(err)
		}
	}
	report(b)
}

func BenchmarkOpen(b *testing.B) {
	w, _ := loadedWith(b, benchRows)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open("USD", fileOf(w.l)); err != nil {
			b.Fatal(err)
		}
	}
	report(b)
}

func BenchmarkNewRow(b *testing.B) {
	f := fields(func(f *Fields) { f.End = time.Date(2026, 1, 31, 23, 59, 0, 0, time.UTC).Format(time.RFC3339) })
	b.ReportAllocs()
	for b.Loop() {
		if _, q := NewRow(f); q != nil {
			b.Fatal(q.Detail)
		}
	}
}
