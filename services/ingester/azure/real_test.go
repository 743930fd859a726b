//go:build real

package azure

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// realFiles unpacks the shared daily snapshots, all or the first n.
func realFiles(tb testing.TB, n int) [][]byte {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(os.Getenv("DATA"), "azure-retail-daily-usd", "*.json.gz"))
	if err != nil || len(names) != 154 {
		tb.Fatalf("DATA names no folder with the 154 daily snapshots: %d, %v", len(names), err)
	}
	var all [][]byte
	for _, name := range names[:n] {
		packed, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		from, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		text, err := io.ReadAll(from)
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		all = append(all, text)
	}
	return all
}

// The shared daily snapshots decode whole: 153,000 rows, of which the 35 inverted ones of 2025-11-01 and those like them are set aside.
// What was read once is known the next time, byte for byte.
func TestRealSnapshotsAreDecoded(t *testing.T) {
	rows, quarantined, same := 0, 0, 0
	for i, text := range realFiles(t, 154) {
		b := &basket{}
		page, err := DecodeSnapshot(bytes.NewReader(text), "USD", Limits{}, b)
		if err != nil {
			t.Fatalf("snapshot %d: %v", i, err)
		}
		rows += page.Rows
		quarantined += len(b.bad)
		known := &basket{known: make(map[string]bool)}
		for _, raw := range b.raw {
			known.known[string(raw)] = true
		}
		if page, err = DecodeSnapshot(bytes.NewReader(text), "USD", Limits{}, known); err != nil || len(known.rows) != 0 || len(known.bad) != len(b.bad) {
			t.Fatalf("snapshot %d again: %d new rows of %d, %v", i, len(known.rows), page.Rows, err)
		}
		same += known.same
	}
	if rows != 153_000 || quarantined != 187 || same != 153_000-187 {
		t.Errorf("%d rows, %d quarantined, %d the same", rows, quarantined, same)
	}
}

// As the API writes them, without white space.
func realPages(b *testing.B) (pages [][]byte, size int64) {
	for _, text := range realFiles(b, 10) {
		var page bytes.Buffer
		if err := json.Compact(&page, text); err != nil {
			b.Fatal(err)
		}
		pages = append(pages, page.Bytes())
		size += int64(page.Len())
	}
	return pages, size
}

func BenchmarkRealDecode(b *testing.B)     { benchmarkReal(b, &scale{}) }
func BenchmarkRealDecodeSame(b *testing.B) { benchmarkReal(b, &scale{all: true}) }

func benchmarkReal(b *testing.B, to *scale) {
	pages, size := realPages(b)
	d := NewDecoder("USD", Limits{})
	rows := 0
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, page := range pages {
			got, err := d.Page(bytes.NewReader(page), to)
			if err != nil {
				b.Fatal(err)
			}
			rows += got.Rows
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
