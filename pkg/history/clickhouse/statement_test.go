package clickhouse

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
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
		default:
			t.Errorf("@%s is a %T: bind texts and whole numbers only", named.Name, v)
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
	prices, pricesErr := priceListStatement(history.PriceList{Market: "US", SKU: "0001", AsOf: asOf, Page: page}, []string{"USD", "P", "0001", "P1M", "Monthly", "0"})
	crawls, crawlsErr := crawlStatement(history.CrawlList{Scope: "azure-usd", Page: page}, []string{"2026-01-10 00:00:00.000000", "S@1", "7", "0"})
	rejects, rejectsErr := rejectStatement(history.RejectList{Stream: "S@1", Page: page}, []string{"S@1", "7", "0"})
	for name, got := range map[string]string{
		"rates_filtered": told(t, list, err), "rates": told(t, plain, plainErr), "prices": told(t, prices, pricesErr),
		"price": told(t, pricePointStatement(history.PricePoint{Identity: historytest.SKU("0001"), AsOf: asOf}), nil), "crawls": told(t, crawls, crawlsErr),
		"rejects": told(t, rejects, rejectsErr), "in_force": told(t, inForceStatement("US", asOf), nil),
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
	if _, err := priceListStatement(history.PriceList{}, []string{"", "", "", "", "", "x"}); err == nil {
		t.Error("a tier that is none")
	}
	for _, place := range [][]string{{"x", "S", "1", "0"}, {"2026-01-10 00:00:00.000000", "S", "-1", "0"}, {"2026-01-10 00:00:00.000000", "S", "1", "x"}} {
		if _, err := crawlStatement(history.CrawlList{}, place); err == nil {
			t.Errorf("%v", place)
		}
	}
}
