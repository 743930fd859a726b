package clickhouse_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// derivedRows are rates of which different things are derived, and a crawl with all that one can be made of.
func derivedRows() history.Rows {
	var rows history.Rows
	add := func(meterID, kind, term, unit, product, sku, price string) {
		id := historytest.Meter(meterID)
		id.Type, id.ReservationTerm = kind, term
		row := historytest.Current(id, "2026-01-01", "", price, "westeurope", "Virtual Machines")
		row.ProductName, row.SKUName, row.UnitOfMeasure, row.IncludedQuantity = product, sku, unit, historytest.Amount("5")
		rows.RateChanges = append(rows.RateChanges,
			historytest.Change(uint64(len(rows.RateChanges)+1), id, rate.Added, "2026-01-10", row, historytest.Span("2026-01-01", "", price)))
	}
	add("a", "Consumption", "", "10K", "Virtual Machines Easv4 Series Windows", "E8as v4 Spot", "0.05")
	add("b", "Reservation", "1 Year", "1 Hour", "Virtual Machines Easv4 Series", "E8as v4", "1")
	add("c", "Consumption", "", "1 Widget", "Easv4 Series Dedicated Host", "Type1", "3")
	gone := historytest.Change(4, rows.RateChanges[1].Identity, rate.Retired, "2026-01-12", nil, historytest.Span("2026-01-11", "", ""))
	gone.Before = rows.RateChanges[1].After
	rows.RateChanges = append(rows.RateChanges, gone)
	at := func(sequence uint64) history.Position {
		return history.Position{Stream: historytest.Stream, Sequence: sequence}
	}
	rows.CrawlParts = []history.CrawlPart{{Position: at(5), CrawlPart: rate.CrawlPart{Crawl: "c", Scope: "s", Currency: "USD", At: historytest.Day("2026-01-10"), Part: 1, Changes: 4}}}
	rows.Crawls = []history.Crawl{{Position: at(6), Record: rate.Record{
		ID: "c", Scope: "s", Currency: "USD", At: historytest.Day("2026-01-10"), Traversals: 2, Parts: 2,
		Shards:     []rate.ShardRecord{{Name: "compute/westeurope", Pages: 1, Rows: 2, Identities: 3, Traversals: 4, Refused: "it's empty"}},
		OfferTerms: []rate.OfferTerm{{Name: "Monetary Credit", Discount: historytest.Amount("0.15"), Effective: historytest.Day("2026-01-01")}},
	}}}
	return rows
}

func TestTheViewsTellWhatIsDerivedOfRatesAndWhatCrawlsAreMadeOf(t *testing.T) {
	dsn := clickhousetest.Start(t)
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	historytest.Put(t, s, "1", derivedRows())
	conn := connect(t, dsn)
	const columns = "toString((meter_id, block_size, unit, hourly_equivalent, operating_system, purchase_option))"
	a := "('a',10000,'Units',NULL,'Windows','spot')"
	b := "('b',1,'Hours',0.0001141553,'','reservation')"
	d := "('c',NULL,'',NULL,'','on-demand')"
	terms := `[{"name":"Monetary Credit","discount":"0.15","excluded_meter_ids":[],"effective_from":"2026-01-01T00:00:00Z"}]`
	for _, c := range []struct {
		question string
		want     []string
	}{
		{"SELECT " + columns + " FROM rates ORDER BY meter_id, known_at", []string{a, b, "('b',1,'Hours',NULL,'','reservation')", d}},
		{"SELECT " + columns + " FROM rate_changes ORDER BY meter_id, known_at", []string{a, b, b, d}},
		{"SELECT " + columns + " FROM rates_at(valid_at = '2026-01-10', known_at = '2026-01-10') ORDER BY meter_id", []string{a, b, d}},
		{"SELECT " + columns + " FROM rates_at(valid_at = '2026-01-12', known_at = '2026-01-12') ORDER BY meter_id", []string{a, d}},
		{"SELECT " + columns + " FROM rates_current ORDER BY meter_id", []string{a, b, d}},
		{"SELECT DISTINCT toString(included_quantity) FROM rates", []string{"5"}},
		{"SELECT DISTINCT toString(included_quantity) FROM rates_current", []string{"5"}},
		{"SELECT toString((before_included_quantity, after_included_quantity)) FROM rate_changes WHERE kind = 'retired'", []string{"(5,NULL)"}},
		{"SELECT toString((traversals, parts, shards[1].name, shards[1].rows, shards[1].refused)) FROM crawls", []string{`(2,2,'compute/westeurope',2,'it\'s empty')`}},
		{"SELECT offer_terms FROM crawls", []string{terms}},
		{"SELECT toString((crawl, scope, currency, known_at, part, changes, seq, row)) FROM crawl_parts", []string{"('c','s','USD','2026-01-10 00:00:00.000000',1,4,5,0)"}},
		{"SELECT toTypeName(block_size) FROM rates_current LIMIT 1", []string{"Nullable(Decimal(38, 18))"}},
		{"SELECT toTypeName(hourly_equivalent) FROM rates LIMIT 1", []string{"Nullable(Decimal(38, 18))"}},
	} {
		if diff := historytest.Diff(c.want, texts(t, conn, c.question)); diff != "" {
			t.Errorf("%s: %s", c.question, diff)
		}
	}
}
