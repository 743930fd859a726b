package azuretest

import (
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(days int) time.Time { return time.Date(2026, 9, 20+days, 6, 0, 0, 0, time.UTC) }

func TestACatalogueIsLikeTheRealOne(t *testing.T) {
	rows := NewCatalogue(Settings{Seed: 1, Rows: 30_000}).JSON()
	if len(rows) != 30_000 {
		t.Fatalf("%d rows", len(rows))
	}
	counts, identities, meters, size := make(map[string]int), make(map[string]bool), make(map[string]bool), 0
	for _, row := range rows {
		f := fields(t, row)
		identity := strings.Join([]string{f["meterId"].(string), f["skuId"].(string), f["type"].(string), strings.TrimSpace(stringOf(f["reservationTerm"])), f["tierMinimumUnits"].(json.Number).String()}, "|")
		if identities[identity] {
			t.Fatalf("%s is there twice", identity)
		}
		identities[identity], meters[f["meterId"].(string)] = true, true
		size += len(row)
		for _, name := range []string{"meterName", "productId", "productName", "skuName", "serviceName", "serviceId", "unitOfMeasure", "effectiveStartDate"} {
			if stringOf(f[name]) == "" {
				t.Fatalf("%s is empty: %s", name, row)
			}
		}
		if stringOf(f["armSkuName"]) == "" {
			counts["no machine"]++
		}
		for _, name := range []string{"serviceFamily", "armRegionName", "type", "effectiveEndDate"} {
			counts[name+" "+stringOf(f[name])]++
			counts[name]++
		}
		price := f["retailPrice"].(json.Number).String()
		_, decimals, _ := strings.Cut(price, ".")
		switch {
		case price == "0.0":
			counts["zero"]++
		case len(decimals) > 10:
			t.Fatalf("%s", price)
		case len(decimals) > 7:
			counts["fine"]++
		}
		if f["savingsPlan"] != nil {
			counts["plans"]++
		}
		if f["tierMinimumUnits"] != json.Number("0.0") {
			counts["tiers"]++
		}
	}
	share := func(what string) float64 { return float64(counts[what]) / 30_000 }
	for what, within := range map[string][2]float64{
		"serviceFamily Compute": {.55, .7}, "serviceFamily Storage": {.07, .12}, "armRegionName ": {.003, .1}, "type Consumption": {.6, .75},
		"type DevTestConsumption": {.12, .22}, "type Reservation": {.1, .2}, "effectiveEndDate ": {.93, .98}, "no machine": {.1, .2}, "zero": {.01, .04}, "fine": {.02, .12},
		"plans": {.08, .3}, "tiers": {.01, .15},
	} {
		if got := share(what); got < within[0] || got > within[1] {
			t.Errorf("%s: %.3f", what, got)
		}
	}
	var families, regions int
	for what := range counts {
		if strings.HasPrefix(what, "serviceFamily ") {
			families++
		}
		if strings.HasPrefix(what, "armRegionName ") {
			regions++
		}
	}
	if families < 19 || regions < 55 || len(meters) > 27_000 || size/30_000 < 500 || size/30_000 > 750 {
		t.Errorf("%d families, %d regions, %d meters, %d bytes a row", families, regions, len(meters), size/30_000)
	}
}

func stringOf(v any) string {
	s, _ := v.(string)
	return s
}

func TestAMillionRowsAreCheapToHold(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := NewCatalogue(Settings{Seed: 1, Rows: 1_000_000})
	runtime.GC()
	runtime.ReadMemStats(&after)
	if size := int64(after.HeapAlloc) - int64(before.HeapAlloc); size > 64<<20 || c.Len() != 1_000_000 || c.Identities() != 1_000_000 {
		t.Errorf("%d bytes for %d rows", size, c.Len())
	}
}

// What the oracle derives from the rows is what was meant when they were changed.
func TestTheOracleSaysWhatWasPlanted(t *testing.T) {
	c := NewCatalogue(Settings{Seed: 2, Rows: 5_000})
	listed, retired, begun := make(map[Change]int), make(map[Identity]bool), make(map[Identity]bool)
	for n := range 60 {
		planted := c.Plant(at(n), 40)
		events := make(map[Identity]Event)
		for _, e := range c.Observe(at(n)) {
			if _, twice := events[e.Identity]; twice {
				t.Fatalf("two events of one rate")
			}
			events[e.Identity] = e
		}
		for _, p := range planted {
			listed[p.Change]++
			e, found := events[p.Identity]
			delete(events, p.Identity)
			if problem := contradiction(p.Change, e, found, retired[p.Identity]); problem != "" {
				t.Errorf("day %d: %s: %s: %+v", n, p.Change, problem, e)
			}
			begun[p.Identity] = begun[p.Identity] || p.Change == PlantAnnounced
			if p.Change == PlantReturned {
				delete(retired, p.Identity)
			}
		}
		for id, e := range events { // what time alone brings
			switch {
			case e.Kind == "retired" && !retired[id] && e.After == "" && e.Before != "" && at(n).Sub(e.From) >= 72*time.Hour:
				retired[id] = true
			case e.Kind == "price_changed" && begun[id] && !e.Correction && !e.Backdated:
			default:
				t.Errorf("day %d: nothing was planted: %+v", n, e)
			}
		}
	}
	if len(listed) != 14 || len(retired) == 0 {
		t.Errorf("%v, %d retired", listed, len(retired))
	}
}

func contradiction(change Change, e Event, found, retired bool) string {
	want := map[Change]string{
		PlantAdded: "added", PlantPrice: "price_changed", PlantBurst: "price_changed", PlantCorrection: "price_changed", PlantBackdated: "price_changed",
		PlantSavingsPlan: "price_changed", PlantExpiring: "rescheduled", PlantMoved: "rescheduled", PlantRenamed: "renamed", PlantAnnounced: "restated",
	}[change]
	switch {
	case change == PlantReturned && retired:
		if e.Kind != "added" || !e.Returned || e.Before != "" || e.After == "" {
			return "it returned"
		}
		return ""
	case change == PlantReturned:
		if found && e.Kind != "price_changed" {
			return "it was not retired yet"
		}
		return ""
	case found != (want != "") || e.Kind != want:
		return "another kind"
	case e.Backdated && change != PlantBackdated && change != PlantCorrection && change != PlantSavingsPlan, change == PlantBackdated && !e.Backdated:
		return "backdated"
	case e.Correction != (change == PlantCorrection || change == PlantSavingsPlan):
		return "correction"
	case e.Expiring != (change == PlantExpiring), e.Upcoming != (change == PlantAnnounced):
		return "expiring or upcoming"
	case (e.Field == "savings_plan") != (change == PlantSavingsPlan):
		return "field"
	case e.Kind == "price_changed" && e.Field == "" && e.Before == e.After, want != "" && e.Kind != "price_changed" && e.Kind != "added" && e.Before != e.After:
		return "prices"
	}
	return ""
}

func TestTwoCataloguesOfOneSeedEvolveAlike(t *testing.T) {
	var rows [2][]string
	var events [2][]Event
	for n := range rows {
		c := NewCatalogue(Settings{Seed: 3, Rows: 1_000})
		for d := range 10 {
			c.Plant(at(d), 20)
			events[n] = append(events[n], c.Observe(at(d))...)
		}
		rows[n] = c.JSON()
	}
	if !slices.Equal(rows[0], rows[1]) || cmp.Diff(events[0], events[1]) != "" || len(events[0]) < 100 {
		t.Errorf("%d and %d rows, %d and %d events", len(rows[0]), len(rows[1]), len(events[0]), len(events[1]))
	}
	if slices.Equal(rows[0], NewCatalogue(Settings{Seed: 4, Rows: 1_000}).JSON()) {
		t.Errorf("another seed gives the same")
	}
}

func TestOldAndNewRowsOfABurstLieSideBySideForSomeDays(t *testing.T) {
	c := NewCatalogue(Settings{Seed: 5, Rows: 2_000})
	planted := c.Plant(at(0), 400, PlantBurst)
	several := c.Len() - c.Identities()
	if several != len(planted) {
		t.Errorf("%d extra rows of %d bursts", several, len(planted))
	}
	c.Observe(at(30))
	if later := c.Len() - c.Identities(); several < 300 || later != 0 {
		t.Errorf("%d extra rows, then %d", several, later)
	}
}

func TestAServerShowsACatalogueAsItIsNow(t *testing.T) {
	s, c := serve(t, 6, 300)
	before, _ := walk(t, s.URL())
	c.Plant(at(1), 30)
	after, _ := walk(t, s.URL())
	if slices.Equal(before, after) || len(after) != c.Len() {
		t.Errorf("%d rows, then %d", len(before), len(after))
	}
}

func BenchmarkRender(b *testing.B) {
	c := NewCatalogue(Settings{Seed: 1, Rows: 100_000})
	refs := c.find(everything{}, false)
	var row []byte
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		row = c.append(row[:0], refs[n%len(refs)], true)
		n++
	}
}
