//go:build real

package rate

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// snapshot is one file of the shared daily snapshots.
func snapshot(t *testing.T, path string) Observation {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var items []json.RawMessage
	if err := json.NewDecoder(z).Decode(&items); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	day, err := time.Parse(time.DateOnly, strings.TrimSuffix(filepath.Base(path), ".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	obs := Observation{Source: "azure", Scope: "azure-usd", Currency: "USD", At: day.Add(12 * time.Hour), Complete: true, Partial: true, Pages: 1}
	var raws [][]byte
	for _, raw := range items {
		row, q := NewRow(fieldsOf(t, raw))
		if q != nil {
			obs.Quarantined = append(obs.Quarantined, *q)
			continue
		}
		obs.Rows, raws = append(obs.Rows, row), append(raws, raw)
	}
	obs.RowBytes = func(i int) []byte { return raws[i] }
	return obs
}

// item is a row as the Retail Prices API writes it.
type item struct {
	CurrencyCode, MeterID, SKUID, Type, ReservationTerm, EffectiveStartDate, EffectiveEndDate                                             string
	MeterName, ProductID, ProductName, SKUName, ServiceName, ServiceID, ServiceFamily, UnitOfMeasure, ARMRegionName, Location, ARMSKUName string
	TierMinimumUnits, RetailPrice                                                                                                         json.Number
	IsPrimaryMeterRegion                                                                                                                  json.RawMessage
}

func fieldsOf(t *testing.T, raw []byte) Fields {
	t.Helper()
	var i item
	if err := json.Unmarshal(raw, &i); err != nil {
		t.Fatal(err)
	}
	return Fields{
		Currency: i.CurrencyCode, MeterID: i.MeterID, SKUID: i.SKUID, Type: i.Type, ReservationTerm: i.ReservationTerm, TierMinimum: i.TierMinimumUnits.String(),
		Price: i.RetailPrice.String(), Start: i.EffectiveStartDate, End: i.EffectiveEndDate, Raw: raw,
		Attributes: Attributes{
			i.MeterName, i.ProductID, i.ProductName, i.SKUName, i.ServiceName, i.ServiceID, i.ServiceFamily, i.UnitOfMeasure, i.ARMRegionName, i.Location,
			i.ARMSKUName, string(i.IsPrimaryMeterRegion),
		},
	}
}

// dailies returns the shared daily snapshots in order of their dates.
func dailies(t *testing.T) []Observation {
	t.Helper()
	data := os.Getenv("DATA")
	if data == "" {
		t.Fatal("DATA must name the folder of the shared data")
	}
	paths, err := filepath.Glob(filepath.Join(data, "azure-retail-daily-usd", "*.json.gz"))
	if err != nil || len(paths) != 154 {
		t.Fatalf("%s has %d daily snapshots, want 154 (%v)", data, len(paths), err)
	}
	var all []Observation
	for _, path := range paths {
		all = append(all, snapshot(t, path))
	}
	return all
}

// totals are those of a backfill.
type totals struct {
	Snapshots, Rows, Refused, Quarantined, Repeated, Foreign int
	Counts
}

func (n *totals) add(o *Outcome) {
	n.Snapshots++
	n.Rows += o.Record.Rows
	n.Quarantined += o.Record.Quarantined
	n.Foreign += o.Record.Foreign
	if o.Record.Refused != "" {
		n.Refused++
	}
	if o.Repeated {
		n.Repeated++
	}
	for i := range o.Changes {
		n.Counts.add(&o.Changes[i])
	}
}

// backfill judges and applies the snapshots, telling each change to see.
func backfill(t *testing.T, l *Ledger, snapshots []Observation, see func(Change)) totals {
	t.Helper()
	var n totals
	for _, s := range snapshots {
		o, err := l.Judge(s, DefaultPolicy())
		if err != nil {
			t.Fatalf("%s: %v", s.At, err)
		}
		if o.Record.Refused != "" && s.At.Format(time.DateOnly) != "2025-10-20" {
			t.Errorf("%s is refused: %s", s.At, o.Record.Refused)
		}
		n.add(&o)
		for _, c := range o.Changes {
			see(c)
		}
		if err := l.Apply(o); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func TestRealSnapshotsGiveTheKnownTotals(t *testing.T) {
	l, err := NewLedger("USD")
	if err != nil {
		t.Fatal(err)
	}
	snapshots := dailies(t)
	got := backfill(t, l, snapshots, func(Change) {})
	want := totals{
		Snapshots: 154, Rows: 153_000, Refused: 1, Quarantined: 187,
		Counts: Counts{Added: 1244, PriceChanged: 924, Corrections: 7, Backdated: 28, Rescheduled: 879, Expiring: 800, Renamed: 58, Periods: 3050},
	}
	if got != want {
		t.Errorf("first time\n got %+v\nwant %+v", got, want)
	}
	again := backfill(t, l, snapshots, func(c Change) { t.Errorf("a repetition changes %s", c.Key) })
	if want := (totals{Snapshots: 154, Rows: 153_000, Refused: 1, Repeated: 153}); again != want {
		t.Errorf("again\n got %+v\nwant %+v", again, want)
	}
}

func TestRealSilentCorrectionAnswersByWhatWasKnown(t *testing.T) {
	l, err := NewLedger("USD")
	if err != nil {
		t.Fatal(err)
	}
	id := Identity{PriceList: Retail, Currency: "USD", MeterID: "0008fc59-f088-5d25-8e72-147ec2e66261", SKUID: "DZH318Z092QW/007H", Type: "Consumption"}
	var changes []Change
	n := backfill(t, l, dailies(t), func(c Change) {
		if c.Identity == id {
			changes = append(changes, c)
		}
	})
	for _, c := range []struct{ v, k, want string }{
		{"2026-01-10", "2026-01-15", "1.457"},
		{"2026-01-10", "2026-01-21", "0.886"},
		{"2026-01-10", "2026-01-27", "1.457"},
		{"2025-12-01", "2025-10-21", "0.886"},
		{"2025-12-01", "2025-11-01", "1.457"},
		{"2025-12-01", "2026-01-27", "0.886"},
	} {
		got, ok := AnswerAt(foldAt(changes, at(c.k)), at(c.v))
		if !ok || got.Price.String() != c.want {
			t.Errorf("valid at %s, known at %s: %v %s, want %s", c.v, c.k, ok, got.Price, c.want)
		}
	}
	k, ok, err := l.Known(id.Key())
	if err != nil || !ok || equal(k.Belief, foldAt(changes, at("2027-01-01"))) != "" || l.Len() < n.Added {
		t.Errorf("the ledger believes something else: %+v", k)
	}
}
