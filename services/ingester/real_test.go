//go:build real

package ingester_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/services/ingester"
)

// totals are those of `rate backfill`.
type totals struct {
	Snapshots, Rows, Refused, Quarantined, Added, PriceChanged, Corrections, Backdated, Rescheduled, Expiring, Renamed, Periods, Repeated, Foreign int
}

func backfill(t *testing.T, g *ingester.Ingester) totals {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("DATA"), "azure-retail-daily-usd", "*.json.gz"))
	if err != nil || len(files) != 154 {
		t.Fatalf("DATA names no folder with the 154 daily snapshots: %d, %v", len(files), err)
	}
	var sum totals
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		date, err := time.Parse("2006-01-02.json.gz", filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		r, err := g.Observe(t.Context(), ingester.ObserveInput{Name: filepath.Base(path), At: date.Add(12 * time.Hour), Partial: true, Body: bytes.NewReader(data)})
		if err != nil {
			t.Fatal(err)
		}
		sum.add(r)
	}
	return sum
}

func (s *totals) add(r ingester.Result) {
	s.Snapshots++
	s.Rows += r.Record.Rows
	switch {
	case r.Record.Refused != "":
		s.Refused++
	case r.Repeated:
		s.Repeated++
	default:
		c := r.Record.Counts
		s.Quarantined, s.Foreign, s.Added, s.PriceChanged = s.Quarantined+r.Record.Quarantined, s.Foreign+r.Record.Foreign, s.Added+c.Added, s.PriceChanged+c.PriceChanged
		s.Corrections, s.Backdated, s.Rescheduled, s.Expiring = s.Corrections+c.Corrections, s.Backdated+c.Backdated, s.Rescheduled+c.Rescheduled, s.Expiring+c.Expiring
		s.Renamed, s.Periods = s.Renamed+c.Renamed, s.Periods+c.Periods
	}
}

func TestRealSnapshotsGiveTheKnownTotals(t *testing.T) {
	b := newBundle(t)
	want := totals{
		Snapshots: 154, Rows: 153_000, Refused: 1, Quarantined: 187, Added: 1244, PriceChanged: 924, Corrections: 7, Backdated: 28, Rescheduled: 879, Expiring: 800,
		Renamed: 58, Periods: 3050,
	}
	if diff := cmp.Diff(want, backfill(t, b.ingester(t))); diff != "" {
		t.Errorf("first time (-want +got):\n%s", diff)
	}
	events := len(b.records(t))
	for name, folder := range map[string]string{"with its state": b.cfg.Folder, "without": t.TempDir()} {
		b.cfg.Folder = folder
		again := backfill(t, b.ingester(t))
		if diff := cmp.Diff(totals{Snapshots: 154, Rows: 153_000, Refused: 1, Repeated: 153}, again); diff != "" {
			t.Errorf("again, %s (-want +got):\n%s", name, diff)
		}
	}
	if got := len(b.records(t)); got != events {
		t.Errorf("%d events more", got-events)
	}
}
