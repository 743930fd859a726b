package clickhouse

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// told is a statement as a file shows it: its text, and the values it names.
func told(t *testing.T, s statement, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	text := s.text + "\n"
	for _, arg := range s.args {
		named, ok := arg.(driver.NamedValue)
		if !ok {
			t.Fatalf("%v has no name", arg)
		}
		if n := strings.Count(s.text, "@"+named.Name); n == 0 {
			t.Errorf("@%s is bound and not named", named.Name)
		}
		switch v := named.Value.(type) {
		case string:
			text += "-- @" + named.Name + " = '" + v + "'\n"
		case uint64:
			text += "-- @" + named.Name + " is a number\n"
		case []string:
			text += fmt.Sprintf("-- @%s = %q\n", named.Name, v)
		case []clickhouse.GroupSet:
			text += fmt.Sprintf("-- @%s = %v\n", named.Name, v)
		default:
			t.Errorf("@%s is a %T: bind texts, whole numbers and lists of them only", named.Name, v)
		}
	}
	return text
}

func TestStatementsAreTheOnesWeReviewed(t *testing.T) {
	asOf := history.AsOf{At: historytest.Day("2026-01-10"), KnownAt: historytest.Day("2026-01-15T12:00:00.000001Z")}
	term, tier := "", historytest.Amount("0.5")
	page := history.Page{Limit: 10}
	rates := history.RateList{
		PriceList: "retail", Currency: "USD", MeterID: "m", SKUID: "s", Type: "Consumption", ReservationTerm: &term, Tier: &tier,
		Region: "westeurope", Service: "it's", AsOf: asOf, Page: page,
	}
	from := chosenSlices()
	list := rateListStatement(rates, from, keyRange{256, 4095}, "")
	from.rates = 1
	plain := rateListStatement(history.RateList{AsOf: asOf}, from, keyRange{0, math.MaxUint64}, "")
	from.rates = 0
	derived := rateListStatement(history.RateList{OperatingSystem: "Linux", PurchaseOption: "spot", AsOf: asOf}, from, keyRange{0, math.MaxUint64}, "")
	var p published
	p.add(manifest{publication: publication{"S@1", "r1", 0}})
	p.add(manifest{publication: publication{"S@1", "r1", 2}})
	after := &pricelist.Identity{Market: "US", Currency: "USD", Product: "P", SKU: "0001", Term: "P1M", Billing: "Monthly"}
	prices := priceListStatement(history.PriceList{Market: "US", SKU: "0001", AsOf: asOf, Page: page}, after, &p)
	filtered := priceListStatement(history.PriceList{Market: "US", Segment: "Commercial", Family: "EMS", AsOf: asOf, Page: page}, nil, &p)
	items := itemListStatement(history.ItemList{List: "offers", Market: "US", Key: "K", AsOf: asOf, Page: page}, []string{"A"}, &p)
	byTime := []string{"2026-01-10 00:00:00.000000", "S@1", "7", "0"}
	withdrawals, withdrawalsErr := withdrawalStatement(history.WithdrawalList{List: "license", Page: page}, byTime)
	corrections, correctionsErr := correctionStatement(history.CorrectionList{By: "r2", Page: page}, byTime)
	crawls, crawlsErr := crawlStatement(history.CrawlList{Scope: "azure-usd", Page: page}, byTime)
	rejects, rejectsErr := rejectStatement(history.RejectList{Stream: "S@1", Page: page}, []string{"S@1", "7", "0"})
	for name, got := range map[string]string{
		"rates_filtered": told(t, list, nil), "rates": told(t, plain, nil), "rate_page": told(t, listedRowsStatement(rates, from, keyRange{256, 4095}, 11), nil), "rates_derived": told(t, derived, nil), "prices": told(t, prices, nil),
		"price": told(t, pricePointStatement(history.PricePoint{Identity: historytest.SKU("0001"), AsOf: asOf}, &p), nil), "crawls": told(t, crawls, crawlsErr),
		"rejects": told(t, rejects, rejectsErr), "manifests": told(t, manifestsStatement("license", []string{"US"}), nil),
		"counts": told(t, countsStatement("offers", []string{"r1", "r2"}), nil), "prices_filtered": told(t, filtered, nil),
		"items": told(t, items, nil), "withdrawals": told(t, withdrawals, withdrawalsErr), "corrections": told(t, corrections, correctionsErr),
		"rate_periods": told(t, ratePeriodsStatement(historytest.Meter("m")), nil), "rate_rows": told(t, rowsOfRateStatement(7, from, askedMicro(asOf.KnownAt)), nil),
		"each_rate":  told(t, eachRateStatement(history.RateList{Currency: "USD", AsOf: asOf}, from, keyRange{1, 2}), nil),
		"each_price": told(t, eachPriceStatement("US", asOf, &p), nil),
	} {
		golden(t, filepath.Join("testdata", name+".sql"), got)
	}
}

// chosenSlices are some slices of a stream.
func chosenSlices() *chosen {
	return &chosen{streams: []chosenOfStream{{"S@1", 2, 4, 4}}}
}

func TestStatementsOverTimeAreTheOnesWeReviewed(t *testing.T) {
	asOf := history.AsOf{At: historytest.Day("2026-01-10"), KnownAt: historytest.Day("2026-01-15")}
	later := history.AsOf{At: historytest.Day("2026-02-10"), KnownAt: historytest.Day("2026-02-15")}
	term := ""
	filter := history.RateFilter{PriceList: "retail", Currency: "USD", ReservationTerm: &term, Region: "westeurope"}
	valid, known := history.RateDiff{From: asOf, To: history.AsOf{At: later.At, KnownAt: asOf.KnownAt}}, history.RateDiff{RateFilter: filter, From: asOf, To: later}
	moving := history.RateRestatements{From: asOf.At, To: later.At, KnownAt: later.KnownAt}
	fixed := moving
	fixed.SaidAt, fixed.RateFilter = asOf.KnownAt, filter
	all := keyRange{0, 1 << 63}
	keys := []uint64{7, 9}
	chart := history.RateChart{MeterID: "m", SKUID: "s", From: asOf.At, To: later.At, KnownAt: later.KnownAt}
	var p published
	p.add(manifest{publication: publication{"S@1", "r1", 0}})
	choice := history.PriceChoice{Market: "US", Product: "P", SKU: "0001", Term: "P1M", Billing: "Monthly"}
	var some filters
	some.equal("market", "US")
	some.products([]product{{"P", "0001", "P1M", "Monthly"}})
	micro, from := askedMicro(later.KnownAt), chosenSlices()
	for name, got := range map[string]statement{
		"rate_diff": rateDiffStatement(&valid, all), "rate_diff_known": rateDiffStatement(&known, all),
		"rate_restated": restatedStatement(&moving, all), "rate_restated_fixed": restatedStatement(&fixed, all), "rate_charted": chartedStatement(&chart, from),
		"rate_tales": rateTalesStatement(keys, from, asOf.At, micro), "rate_places": rowPlacesStatement(keys, from, micro, false), "rate_last_places": rowPlacesStatement(keys, from, micro, true),
		"rate_told": toldRowsStatement(keys, keys, from), "rate_tiers": tiersStatement([]string{"m", "it's"}, from),
		"price_history": priceHistoryStatement(&history.PriceHistory{PriceChoice: choice}, &p), "price_tales": lineTalesStatement(some, &p, micro),
		"price_told": toldLinesStatement(some, &p, keys), "price_restated": lineTalesStatement(restatedFilters(&history.PriceRestatements{Market: "US", From: asOf.At, To: later.At}), &p, micro),
	} {
		golden(t, filepath.Join("testdata", name+".sql"), told(t, got, nil))
	}
}

func TestRangesOfKeysHoldEveryKeyOnce(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 7, 1024} {
		for _, first := range []uint64{0, 1, 1 << 63, 1<<64 - 1} {
			next := first
			ranges := cutKeys(n, first)
			for i, r := range ranges {
				if r.first != next || r.last < r.first || (r.last == 1<<64-1) != (i == len(ranges)-1) {
					t.Fatalf("%d ranges from %d: the %d. is %+v", n, first, i, r)
				}
				next = r.last + 1
			}
			if len(ranges) == 0 {
				t.Errorf("%d ranges from %d: none", n, first)
			}
		}
	}
}

// golden compares with a file, which it writes anew when UPDATE is set.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", file, diff)
	}
}

func TestACursorOfAnotherListIsRefused(t *testing.T) {
	if _, err := behindCursor(history.EncodeCursor("not a key")); err == nil {
		t.Error("a key that is none")
	}
	if _, err := history.DecodePriceCursor(history.EncodeCursor("", "", "", "", "", "x"), "US"); err == nil {
		t.Error("a tier that is none")
	}
	for _, place := range [][]string{{"x", "S", "1", "0"}, {"2026-01-10 00:00:00.000000", "S", "-1", "0"}, {"2026-01-10 00:00:00.000000", "S", "1", "x"}} {
		if _, err := crawlStatement(history.CrawlList{}, place); err == nil {
			t.Errorf("%v", place)
		}
	}
}
