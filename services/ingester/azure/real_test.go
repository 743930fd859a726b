//go:build real

package azure

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

// The shared daily snapshots decode whole: 153,000 rows, of which the 35 inverted ones of 2025-11-01 and those like them are set aside.
func TestRealSnapshotsAreDecoded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(os.Getenv("DATA"), "azure-retail-daily-usd", "*.json.gz"))
	if err != nil || len(files) != 154 {
		t.Fatalf("DATA names no folder with the 154 daily snapshots: %d, %v", len(files), err)
	}
	rows, quarantined := 0, 0
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := gzip.NewReader(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		page, err := DecodeSnapshot(packed, "USD", Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		rows += page.Count()
		quarantined += len(page.Quarantined)
	}
	if rows != 153_000 || quarantined != 187 {
		t.Errorf("%d rows, %d quarantined", rows, quarantined)
	}
}
