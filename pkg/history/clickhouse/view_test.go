package clickhouse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// filled is a store with random histories in it, and a connection to its database.
func filled(t *testing.T) (*clickhouse.Store, driver.Conn) {
	t.Helper()
	dsn := clickhousetest.Start(t)
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	rates, prices := historytest.RandomRates(7), historytest.RandomPrices(7)
	rates.Crawls = []history.Crawl{
		{Position: history.Position{Stream: historytest.Stream, Sequence: 900}, Record: rate.Record{Currency: "USD", At: historytest.Day("2026-01-05")}},
		{Position: history.Position{Stream: historytest.Stream, Sequence: 901}, Record: rate.Record{Currency: "USD", At: historytest.Day("2026-01-09"), Refused: "empty"}},
	}
	historytest.Put(t, s, "rates", rates)
	historytest.Put(t, s, "prices", prices)
	items := historytest.RandomItems(7)
	for i := range uint64(2) {
		at := history.Position{Stream: historytest.PriceStream, Sequence: 900 + i}
		items.Corrections = append(items.Corrections, history.Correction{Position: at, Release: "r1", By: "r2"})
		items.Missing = append(items.Missing, history.Missing{Position: at, Release: "r3", Days: -1})
	}
	historytest.Put(t, s, "items", items)
	return s, connect(t, dsn)
}

const ratesAt = "SELECT concat(meter_id, ' ', toString(price), ' ', toString(effective_from), ' ', toString(valid_to), ' ', toString(known_at), ' ', region, ' ', service_name) AS line FROM "

func rateLines(page history.RatePage) []string {
	var lines []string
	for _, a := range page.Items {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s %s %s", a.Identity.MeterID, a.Price, history.StoredFrom(a.EffectiveFrom).Format("2006-01-02 15:04:05.000"),
			history.StoredTo(a.ValidTo).Format("2006-01-02 15:04:05.000"), a.KnownAt.Format("2006-01-02 15:04:05.000000"), a.Attributes.ARMRegionName, a.Attributes.ServiceName))
	}
	return lines
}

func TestTheViewsOfRatesAnswerLikeTheStore(t *testing.T) {
	s, conn := filled(t)
	found := 0
	for v := 1; v < 12; v += 2 {
		for k := 1; k < 12; k += 3 {
			at, known := fmt.Sprintf("2026-01-%02d", v), fmt.Sprintf("2026-01-%02d", k)
			page, err := s.Rates(t.Context(), history.RateList{AsOf: history.AsOf{At: historytest.Day(at), KnownAt: historytest.Day(known)}})
			if err != nil {
				t.Fatal(err)
			}
			got := texts(t, conn, ratesAt+fmt.Sprintf("rates_at(valid_at = '%s', known_at = '%sT00:00:00Z')", at, known))
			want := rateLines(page)
			found += len(want)
			if diff := historytest.Diff(sorted(want), sorted(got)); diff != "" {
				t.Fatalf("valid at %s, known at %s: %s", at, known, diff)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d answers were compared", found)
	}
	day := historytest.Day("2026-01-05")
	page, err := s.Rates(t.Context(), history.RateList{AsOf: history.AsOf{At: day, KnownAt: day}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := historytest.Diff(sorted(rateLines(page)), sorted(texts(t, conn, ratesAt+"rates_current"))); diff != "" {
		t.Errorf("rates_current is not as of the last crawl that was taken: %s", diff)
	}
}

func TestTheViewOfPricesAnswersLikeTheStore(t *testing.T) {
	s, conn := filled(t)
	found := 0
	for v := 1; v < 12; v += 2 {
		for k := 1; k < 12; k += 3 {
			at, known := fmt.Sprintf("2026-01-%02d", v), fmt.Sprintf("2026-01-%02d", k)
			page, err := s.Prices(t.Context(), history.PriceList{Market: "US", AsOf: history.AsOf{At: historytest.Day(at), KnownAt: historytest.Day(known)}})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, a := range page.Items {
				want = append(want, fmt.Sprintf("%s %s %s %s %s %s %s %s %s", a.Identity.SKU, a.UnitPrice, history.StoredFrom(a.Valid.From).Format("2006-01-02"),
					history.StoredTo(a.Valid.To).Format("2006-01-02"), a.KnownAt.Format("2006-01-02"), a.Release, a.InForce, a.Tags, a.Family))
			}
			got := texts(t, conn, "SELECT concat(sku, ' ', toString(unit_price), ' ', toString(toDate32(valid_from)), ' ', toString(toDate32(valid_to)), ' ', toString(toDate32(known_at)), ' ', release, ' ', in_force, ' ', tags, ' ', family) "+
				fmt.Sprintf("FROM license_prices_at(valid_at = '%s', known_at = '%s')", at, known))
			found += len(want)
			if diff := historytest.Diff(sorted(want), sorted(got)); diff != "" {
				t.Fatalf("valid at %s, known at %s: %s", at, known, diff)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d answers were compared", found)
	}
}

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}

func TestInstantsAreReadInSeveralFormsAndNeverGuessed(t *testing.T) {
	_, conn := filled(t)
	for _, view := range []string{"rates_at", "license_prices_at", "offers_at"} {
		for _, good := range []string{"2026-01-05", "2026-01-05T00:00:00Z", "2026-01-05 00:00:00", "2026-01-05T00:00:00.000Z", "1900-01-01", "2261-12-31T23:59:59.999999999Z"} {
			for _, q := range []string{"valid_at = '%s', known_at = '2026-01-05'", "valid_at = '2026-01-05', known_at = '%s'"} {
				texts(t, conn, "SELECT toString(count()) FROM "+view+"("+fmt.Sprintf(q, good)+")")
			}
		}
		for _, bad := range []string{
			"", "yesterday", "2026-02-31", "2026-13-01", "2026-1-5", "05.01.2026", "1767571200", "2026-01-05T24:00:00Z", "2026-01-05T00:00:00+01:00", "1899-12-31", "2262-01-01", "2026-01-05 ",
		} {
			for _, q := range []string{"valid_at = '%s', known_at = '2026-01-05'", "valid_at = '2026-01-05', known_at = '%s'"} {
				rows, err := conn.Query(t.Context(), "SELECT count() FROM "+view+"("+fmt.Sprintf(q, bad)+")")
				if err == nil {
					for rows.Next() {
					}
					err = rows.Err()
					_ = rows.Close()
				}
				if err == nil || !strings.Contains(err.Error(), "must be a date such as") {
					t.Errorf("%s takes %q: %v", view, bad, err)
				}
			}
		}
	}
}

func TestRowsAreWhatTheViewsPromise(t *testing.T) {
	_, conn := filled(t)
	for _, table := range []string{
		"rates", "rate_changes", "license_prices", "license_changes", "items", "offers", "services", "documents", "item_changes", "publications",
		"releases", "withdrawals", "corrections", "releases_missing", "releases_effective", "crawls", "quarantine", "rejects", "crawl_parts", "rates_store", "rate_changes_store", "crawls_store", "crawl_parts_store",
		"license_prices_store", "license_changes_store", "items_store", "item_changes_store", "releases_store", "withdrawals_store", "corrections_store", "missing_store",
	} {
		if got := texts(t, conn, "SELECT toString(count() = uniqExact(stream, seq, row)) FROM "+table); got[0] != "1" {
			t.Errorf("%s holds rows twice", table)
		}
	}
	for question, want := range map[string]string{
		"SELECT toTypeName(price) FROM rates LIMIT 1":                                       "Nullable(Decimal(38, 18))",
		"SELECT toString(countIf(price IS NULL) > 0) FROM rates":                            "1",
		"SELECT toString(countIf(price IS NULL AND effective_from IS NOT NULL)) FROM rates": "0",
		"SELECT toString(count() > 9) FROM offers":                                          "1",
		"SELECT toString(count() > 2) FROM withdrawals":                                     "1",
		"SELECT toString(count() > 2) FROM license_prices WHERE withdrawal > 0":             "1",
		"SELECT toString(count() > 9) FROM item_changes":                                    "1",
		"SELECT toString(min(days)) FROM releases_missing":                                  "-1",
		"SELECT concat(release, `by`) FROM corrections LIMIT 1":                             "r1r2",
		"SELECT toString(countIf(NOT present AND (product != '' OR min_licenses IS NOT NULL OR notEmpty(terms))) = 0 AND countIf(NOT present) > 0) FROM offers": "1",
		"SELECT toTypeName(known_at) FROM rates LIMIT 1":                  "DateTime64(6, 'UTC')",
		"SELECT toString(max(valid_to)) FROM rates":                       "2262-01-01 00:00:00.000",
		"SELECT toString(min(valid_from)) FROM rates":                     "1900-01-01 00:00:00.000",
		"SELECT key FROM rate_changes WHERE meter_id = 'meter-0' LIMIT 1": historytest.Meter("meter-0").Key().String(),
	} {
		if got := texts(t, conn, question); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %s", question, got, want)
		}
	}
}
