//go:build real

package materializer_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/rate"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/services/materializer"
)

// retailItem is a row as the Retail Prices API writes it.
type retailItem struct {
	CurrencyCode, MeterID, SKUID, Type, ReservationTerm, EffectiveStartDate, EffectiveEndDate                                             string
	MeterName, ProductID, ProductName, SKUName, ServiceName, ServiceID, ServiceFamily, UnitOfMeasure, ARMRegionName, Location, ARMSKUName string
	TierMinimumUnits, RetailPrice                                                                                                         json.Number
	IsPrimaryMeterRegion                                                                                                                  json.RawMessage
}

// observed reads one of the shared daily snapshots as an observation at noon of its day.
func observed(t *testing.T, path string) rate.Observation {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var items []json.RawMessage
	if err := json.NewDecoder(z).Decode(&items); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	at := day(strings.TrimSuffix(filepath.Base(path), ".json.gz")).Add(12 * time.Hour)
	o := rate.Observation{Source: "azure", Scope: "azure-usd", Currency: "USD", At: at, Finished: at, Complete: true, Partial: true, Pages: 1}
	var raws [][]byte
	for _, raw := range items {
		var i retailItem
		if err := json.Unmarshal(raw, &i); err != nil {
			t.Fatal(err)
		}
		row, q := rate.NewRow(rate.Fields{
			Currency: i.CurrencyCode, MeterID: i.MeterID, SKUID: i.SKUID, Type: i.Type, ReservationTerm: i.ReservationTerm,
			TierMinimum: i.TierMinimumUnits.String(), Price: i.RetailPrice.String(), Start: i.EffectiveStartDate, End: i.EffectiveEndDate, Raw: raw,
			Attributes: rate.Attributes{
				MeterName: i.MeterName, ProductID: i.ProductID, ProductName: i.ProductName, SKUName: i.SKUName, ServiceName: i.ServiceName,
				ServiceID: i.ServiceID, ServiceFamily: i.ServiceFamily, UnitOfMeasure: i.UnitOfMeasure, ARMRegionName: i.ARMRegionName,
				Location: i.Location, ARMSKUName: i.ARMSKUName, IsPrimaryMeterRegion: strings.Trim(string(i.IsPrimaryMeterRegion), `"`),
			},
		})
		if q != nil {
			o.Quarantined = append(o.Quarantined, *q)
			continue
		}
		o.Rows, raws = append(o.Rows, row), append(raws, raw)
	}
	o.RowBytes = func(i int) []byte { return raws[i] }
	return o
}

// publishReal publishes the shared daily snapshots, judged.
func publishReal(t *testing.T, streams *streammemory.Adapter) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("DATA"), "azure-retail-daily-usd", "*.json.gz"))
	if err != nil || len(files) != 154 {
		t.Fatalf("DATA=%q holds %d daily snapshots, not 154: %v", os.Getenv("DATA"), len(files), err)
	}
	ledger, err := rate.NewLedger("USD")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		outcome, err := ledger.Judge(observed(t, file), rate.DefaultPolicy())
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		batch, err := event.RateBatch(outcome)
		if err != nil {
			t.Fatal(err)
		}
		publish(t, streams, "RATES_USD", batch...)
		if outcome.Record.Refused == "" {
			if err := ledger.Apply(outcome); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestRealSnapshotsAnswerAsPromised(t *testing.T) {
	streams, model := newStreams(t), &memory.Store{}
	store, dsn := engine(t)
	publishReal(t, streams)
	begun := time.Now()
	if err := writeAll(t, materializer.Config{}, streams, store); err != nil {
		t.Fatal(err)
	}
	info, err := streams.Info(t.Context(), "RATES_USD")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages of %d bytes in %s", info.Messages, info.Bytes, time.Since(begun))
	for question, want := range map[string]uint64{
		"SELECT count() FROM rates": 3050, "SELECT count() FROM crawls": 154, "SELECT count() FROM crawls WHERE refused != ''": 1,
		"SELECT count() FROM quarantine": 187, "SELECT count() FROM rejects": 0, "SELECT toUInt64(sum(rows)) FROM crawls": 153000,
		"SELECT count() FROM rate_changes WHERE kind = 'added'": 1244, "SELECT count() FROM rate_changes WHERE kind = 'price_changed'": 924,
		"SELECT count() FROM rate_changes WHERE kind = 'price_changed' AND correction": 7, "SELECT count() FROM rate_changes WHERE kind = 'price_changed' AND backdated": 28,
		"SELECT count() FROM rate_changes WHERE kind = 'rescheduled'": 879, "SELECT count() FROM rate_changes WHERE kind = 'rescheduled' AND expiring": 800,
		"SELECT count() FROM rate_changes WHERE kind = 'renamed'": 58,
	} {
		if got := number(t, dsn, question); got != want {
			t.Errorf("%s: %d, want %d", question, got, want)
		}
	}
	noDoubles(t, dsn)
	realAnswers(t, store, dsn)
	if err := writeAll(t, materializer.Config{}, streams, model); err != nil {
		t.Fatal(err)
	}
	likeTheModel(t, store, model)
	realQuestions(t, store, model)
}

// realAnswers are those that the contract names.
func realAnswers(t *testing.T, store *clickhouse.Store, dsn string) {
	t.Helper()
	id := rate.Identity{PriceList: rate.Retail, Currency: "USD", MeterID: "0008fc59-f088-5d25-8e72-147ec2e66261", SKUID: "DZH318Z092QW/007H", Type: "Consumption"}
	for _, c := range []struct{ at, known, want string }{
		{"2026-01-10", "2026-01-15", "1.457"},
		{"2026-01-10", "2026-01-21", "0.886"},
		{"2026-01-10", "2026-01-27", "1.457"},
		{"2025-12-01", "2025-10-21", "0.886"},
		{"2025-12-01", "2025-11-01", "1.457"},
		{"2025-12-01", "2026-01-27", "0.886"},
	} {
		for _, known := range []time.Time{day(c.known), day(c.known).Add(12 * time.Hour)} {
			a, err := store.Rate(t.Context(), history.RatePoint{Identity: id, AsOf: history.AsOf{At: day(c.at), KnownAt: known}})
			if err != nil || a.Price.String() != c.want {
				t.Errorf("valid at %s, known at %s: %s, %v; want %s", c.at, known, a.Price, err, c.want)
			}
			view := fmt.Sprintf("SELECT count() FROM rates_at(valid_at = '%s', known_at = '%s') WHERE meter_id = '%s' AND sku_id = '%s' AND price = %s",
				c.at, known.Format(time.RFC3339), id.MeterID, id.SKUID, c.want)
			if n := number(t, dsn, view); n != 1 {
				t.Errorf("%s: %d", view, n)
			}
		}
	}
}

// likeTheModel compares whole lists as of many days.
func likeTheModel(t *testing.T, store *clickhouse.Store, model *memory.Store) {
	t.Helper()
	for _, known := range []string{"2025-04-01", "2025-10-21", "2026-01-21", "2026-06-01"} {
		for _, at := range []string{"2024-01-01", "2025-10-01", "2025-12-31", "2026-01-21", "2026-12-01"} {
			q := history.RateList{AsOf: history.AsOf{At: day(at), KnownAt: day(known).Add(12 * time.Hour)}, Page: history.Page{Limit: history.MaxLimit}}
			want, err := model.Rates(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			got, err := store.Rates(t.Context(), q)
			if diff := historytest.Diff(want, got); err != nil || diff != "" {
				t.Fatalf("valid at %s, known at %s: %v, %.2000s", at, known, err, diff)
			}
			t.Logf("valid at %s, known at %s: %d rates", at, known, len(got.Items))
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("Go memory %d MiB", m.Sys>>20)
}
