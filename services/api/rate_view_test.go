package api

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// derivedOf are the fields of a rate's view that are derived.
func derivedOf(t *testing.T, v RateView) map[string]any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	derived := map[string]any{}
	for _, name := range []string{"block_size", "unit", "price_per_unit", "hourly_equivalent", "operating_system", "purchase_option"} {
		derived[name] = all[name]
	}
	return derived
}

func TestARateTellsWhatIsDerivedOfIt(t *testing.T) {
	const series = "Virtual Machines Easv4 Series"
	for name, c := range map[string]struct {
		answer history.RateAnswer
		want   map[string]any
	}{
		"spot": {machine("Consumption", "", "100 Hours", series+" Windows", "E8as v4 Spot", "25"), map[string]any{
			"block_size": "100", "unit": "Hours", "price_per_unit": "0.25", "hourly_equivalent": nil, "operating_system": "Windows", "purchase_option": "spot",
		}},
		"reservation": {machine("Reservation", "3 Years", "1 Hour", series, "E8as v4", "26280"), map[string]any{
			"block_size": "1", "unit": "Hours", "price_per_unit": nil, "hourly_equivalent": "1.00", "operating_system": "", "purchase_option": "reservation",
		}},
		"unknown": {machine("Else", "", "1 Widget", "Something", "", "3"), map[string]any{
			"block_size": nil, "unit": "", "price_per_unit": nil, "hourly_equivalent": nil, "operating_system": "", "purchase_option": "",
		}},
	} {
		if diff := cmp.Diff(c.want, derivedOf(t, rateView(c.answer))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRatesAreFoundByOperatingSystemAndPurchaseOption(t *testing.T) {
	b := setup(t)
	var rows history.Rows
	for i, product := range []string{"Virtual Machines Easv4 Series", "Virtual Machines Easv4 Series Windows"} {
		id := historytest.Meter("meter-" + string(rune('a'+i)))
		row := historytest.Current(id, "2026-01-01", "", "1", "westeurope", "Virtual Machines")
		row.ProductName = product
		rows.RateChanges = append(rows.RateChanges, historytest.Change(uint64(i+1), id, rate.Added, "2026-01-02", row, historytest.Span("2026-01-01", "", "1")))
	}
	historytest.Put(t, b.history, "rates", rows)
	for query, want := range map[string]int{
		"operating_system=Linux": 1, "operating_system=Windows&purchase_option=on-demand": 1, "purchase_option=on-demand": 2, "purchase_option=spot": 0,
	} {
		var page pageOf[RateView]
		if _, raw := b.raw(t, "GET", "/v1/rates?"+query, ""); json.Unmarshal(raw, &page) != nil || len(page.Items) != want {
			t.Errorf("%s: %s", query, raw)
		}
	}
	b.bad(t, 400, "query.operating_system|query.purchase_option", "GET", "/v1/rates?operating_system=BeOS&purchase_option=barter", "", "")
}

func TestACrawlTellsItsShardsAndOfferTerms(t *testing.T) {
	b := setup(t)
	at := historytest.Day("2026-01-10")
	historytest.Put(t, b.history, "crawls", history.Rows{Crawls: []history.Crawl{{
		Position: history.Position{Stream: historytest.Stream, Sequence: 1}, Record: rate.Record{
			ID: "c-1", Scope: "azure-usd", Currency: "USD", At: at, Finished: at, Traversals: 2, Parts: 3,
			Shards:     []rate.ShardRecord{{Name: "compute/westeurope", Pages: 9, Rows: 8478, Identities: 8400, Traversals: 2, Refused: "it lost 40 % of its rates"}},
			OfferTerms: []rate.OfferTerm{{Name: "Monetary Credit", Discount: historytest.Amount("0.15"), ExcludedMeterIDs: []string{"m-1"}, Effective: at}},
		},
	}}})
	var v CrawlView
	if _, raw := b.raw(t, "GET", "/v1/crawls/c-1", ""); json.Unmarshal(raw, &v) != nil {
		t.Fatalf("%s", raw)
	}
	want := CrawlView{
		Traversals: 2, Parts: 3,
		Shards:     []ShardView{{"compute/westeurope", 9, 8478, 8400, 2, "it lost 40 % of its rates"}},
		OfferTerms: []OfferTermView{{"Monetary Credit", NewCost("0.15"), []string{"m-1"}, &at}},
	}
	if diff := cmp.Diff(want, CrawlView{Traversals: v.Traversals, Parts: v.Parts, Shards: v.Shards, OfferTerms: v.OfferTerms}, cmp.AllowUnexported(Cost{})); diff != "" {
		t.Error(diff)
	}
}
