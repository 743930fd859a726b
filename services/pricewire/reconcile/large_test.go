package reconcile

import (
	"io"
	"runtime"
	"testing"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// TestABillOfAMillionLinesIsCheckedInBoundedMemory measures the heap while a bill is read, judged and reported. The file, 100 MB, is made while
// it is read.
func TestABillOfAMillionLinesIsCheckedInBoundedMemory(t *testing.T) {
	const lines, most = 1_000_000, 160 << 20
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := uint64(0)
	measure := func(_ string, done, _ int) {
		if done%20_000 == 0 {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapInuse-min(before.HeapInuse, now.HeapInuse))
		}
	}
	o := thenPolicy()
	o.Dir, o.Progress = t.TempDir(), measure
	r, err := Check(t.Context(), generated(lines), flat(t), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows := 0
	table := r.Table()
	inner := table.Rows
	table.Rows = func(yield func([]string, error) bool) {
		for cells, err := range inner {
			rows++
			measure("", rows, lines)
			if !yield(cells, err) {
				return
			}
		}
	}
	if err := sheet.WriteTable(io.Discard, sheet.CSV, table); err != nil {
		t.Fatal(err)
	}
	all, differ := r.Totals.Lines()
	if r.Lines != lines || all != lines || rows != lines || differ != lines/100 {
		t.Errorf("%d lines read, %d judged, %d reported, %d differ", r.Lines, all, rows, differ)
	}
	for _, sum := range r.Totals.All() {
		if sum.Reason.Differs() && sum.Reason != bill.Unexplained && sum.Reason != bill.WrongQuantity {
			t.Errorf("%d lines of %s", sum.Lines, sum.Reason)
		}
	}
	if r.Asked > 2*5_000*30 {
		t.Errorf("%d questions were asked for 5,000 meters on 30 days", r.Asked)
	}
	if peak > most {
		t.Errorf("%d MiB of heap at the peak, more than %d", peak>>20, most>>20)
	}
	t.Logf("%d MiB of heap at the peak, %d questions", peak>>20, r.Asked)
}
