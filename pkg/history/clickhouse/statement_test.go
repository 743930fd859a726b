package clickhouse

import (
	"fmt"
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
	list, err := rateListStatement(rates, "00000000000000ff")
	plain, plainErr := rateListStatement(history.RateList{AsOf: asOf}, "")
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
		"rates_filtered": told(t, list, err), "rates": told(t, plain, plainErr), "prices": told(t, prices, nil),
		"price": told(t, pricePointStatement(history.PricePoint{Identity: historytest.SKU("0001"), AsOf: asOf}, &p), nil), "crawls": told(t, crawls, crawlsErr),
		"rejects": told(t, rejects, rejectsErr), "manifests": told(t, manifestsStatement("license", "US"), nil),
		"counts": told(t, countsStatement("offers", []string{"r1", "r2"}), nil), "prices_filtered": told(t, filtered, nil),
		"items": told(t, items, nil), "withdrawals": told(t, withdrawals, withdrawalsErr), "corrections": told(t, corrections, correctionsErr),
		"rate_periods": told(t, ratePeriodsStatement(historytest.Meter("m")), nil), "rate_rows": told(t, rateRowsStatement(historytest.Meter("m")), nil),
	} {
		golden(t, filepath.Join("testdata", name+".sql"), got)
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
	if _, err := rateListStatement(history.RateList{}, "not a key"); err == nil {
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
