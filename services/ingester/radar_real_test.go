//go:build real

package ingester_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// radarRow is a row of a recorded scope.
type radarRow struct {
	ARMRegionName, MeterName, ProductName, SKUName, UnitOfMeasure string
	RetailPrice                                                   json.Number
}

// recording is a recorded scope at a time, by sku|meter|type|term.
type recording struct {
	at   time.Time
	rows map[string]radarRow
}

func unzipped(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	packed, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// recordings returns all recordings by scope, in order of time.
func recordings(t *testing.T) map[string][]recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("DATA"), "azure-radar-usd", "*", "*T*.json.gz"))
	if err != nil || len(files) < 20 {
		t.Fatalf("DATA names no folder with the recorded scopes: %d, %v", len(files), err)
	}
	scopes := make(map[string][]recording)
	for _, path := range files {
		at, err := time.Parse("2006-01-02T1504.json.gz", filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		r := recording{at: at}
		if err := json.Unmarshal(unzipped(t, path), &r.rows); err != nil {
			t.Fatal(err)
		}
		scope := filepath.Base(filepath.Dir(path))
		scopes[scope] = append(scopes[scope], r)
	}
	return scopes
}

// served are the rows as the API would send them. The recordings have no dates: all rows start alike.
func (r *recording) served(t *testing.T) []string {
	t.Helper()
	var rows []string
	for _, key := range slices.Sorted(maps.Keys(r.rows)) {
		row, parts := r.rows[key], strings.Split(key, "|")
		if len(parts) != 4 {
			t.Fatalf("%q is no key", key)
		}
		data, err := json.Marshal(map[string]any{
			"currencyCode": "USD", "tierMinimumUnits": 0, "retailPrice": row.RetailPrice, "armRegionName": row.ARMRegionName,
			"effectiveStartDate": "2026-01-01T00:00:00Z", "meterId": parts[1], "meterName": row.MeterName, "skuId": parts[0],
			"productName": row.ProductName, "skuName": row.SKUName, "unitOfMeasure": row.UnitOfMeasure, "type": parts[2], "reservationTerm": parts[3],
		})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, string(data))
	}
	return rows
}

// price writes a number as a fraction, so that equal ones are equal.
func price(t *testing.T, number string) string {
	t.Helper()
	n, ok := new(big.Rat).SetString(number)
	if !ok {
		t.Fatalf("%q is no number", number)
	}
	return n.RatString()
}

// naive counts what a tracker that compares neighbours reported: removals, changes, and those of them that are of prices. Most of the others
// are of a field that it began to record one day.
func naive(t *testing.T) (removed, changed, prices int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("DATA"), "azure-radar-usd", "diffs", "*.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		var diff struct {
			Removed []json.RawMessage
			Changed []struct{ Before, After radarRow }
		}
		if err := json.Unmarshal(unzipped(t, path), &diff); err != nil {
			t.Fatal(err)
		}
		removed, changed = removed+len(diff.Removed), changed+len(diff.Changed)
		for _, c := range diff.Changed {
			if price(t, c.Before.RetailPrice.String()) != price(t, c.After.RetailPrice.String()) {
				prices++
			}
		}
	}
	return removed, changed, prices
}

// Whole scopes recorded over five weeks, some of them with holes, are crawled as they were served: nothing is retired that only failed to show
// up, and prices change where two recordings of a rate differ, whatever lies between them.
func TestRealScopesLoseNothingAndChangeWhatChanged(t *testing.T) {
	retired, changed := 0, 0
	for scope, all := range recordings(t) {
		t.Run(scope, func(t *testing.T) {
			b := newBundle(t)
			b.cfg.Scope = scope
			b.source.Unordered = true
			g := b.ingester(t)
			last, want := make(map[string]string), make(map[string]int)
			added := 0
			for _, r := range all {
				b.clock.move(r.at.Sub(b.clock.Now()))
				b.source.Set(r.served(t)...)
				if result := crawl(t, g); result.Record.Refused != "" || result.Record.Quarantined != 0 || result.Record.Identities != len(r.rows) {
					t.Errorf("%+v", result.Record)
				}
				for key, row := range r.rows {
					now := price(t, row.RetailPrice.String())
					before, known := last[key]
					switch {
					case !known:
						added++
					case before != now:
						want[fmt.Sprint(r.at, key, before, now)]++
					}
					last[key] = now
				}
			}
			got := make(map[string]int)
			for _, c := range b.changes(t) {
				switch c.Kind {
				case "price_changed":
					i := &c.Identity
					key := strings.Join([]string{i.SKUID, i.MeterID, i.Type, i.ReservationTerm}, "|")
					got[fmt.Sprint(c.KnownAt, key, price(t, c.Before.Price), price(t, c.After.Price))]++
				case "added":
					added--
				case "retired":
					retired++
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || added != 0 {
				t.Errorf("%d added, changes of price (-want +got):\n%s", added, diff)
			}
			changed += len(got)
		})
	}
	phantoms, differences, prices := naive(t)
	t.Logf("by comparing neighbours %d removals, %d changes, %d of them of prices; published %d retired, %d changes of price", phantoms, differences, prices, retired, changed)
	if phantoms < 500 || retired != 0 || changed != prices {
		t.Errorf("by comparing neighbours %d removals, %d changes of price; published %d retired, %d changes of price", phantoms, prices, retired, changed)
	}
}
