package clickhouse_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	native "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/effective"
	embedded "github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// erpOf is the database without cost beside that of a connection.
func erpOf(t *testing.T, conn driver.Conn) string {
	t.Helper()
	return clickhouse.ERPDatabase(texts(t, conn, "SELECT currentDatabase()")[0])
}

func TestTheViewsWithoutCostAreTheSameButForCost(t *testing.T) {
	_, conn := filled(t)
	erp := erpOf(t, conn)
	names, err := clickhouse.AnalystViews()
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(t, conn, "SELECT name FROM system.tables WHERE database = ? ORDER BY name", erp); !slices.Equal(got, sorted(slices.Clone(names))) {
		t.Errorf("there are %v, want %v", got, names)
	}
	parameters := map[string]string{"items_at": "list = 'offers', valid_at = '2026-01-05', known_at = '2026-01-05'"}
	cost := []string{"unit_price", "before_unit_price", "after_unit_price", "n", "of"}
	for _, name := range names {
		from := name
		if strings.HasSuffix(name, "_at") {
			from += "(" + orElse(parameters[name], "valid_at = '2026-01-05', known_at = '2026-01-05'") + ")"
		}
		columns := func(database string) []string {
			var all []string
			rows, err := conn.Query(t.Context(), "DESCRIBE (SELECT * FROM "+database+"."+from+") SETTINGS describe_compact_output = 1")
			if err != nil {
				t.Fatalf("%s: %v", from, err)
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() {
				var column, kind string
				if err := rows.Scan(&column, &kind); err != nil {
					t.Fatal(err)
				}
				all = append(all, column+" "+kind)
			}
			return all
		}
		want := slices.DeleteFunc(columns(strings.TrimSuffix(erp, "_erp")), func(column string) bool {
			column, _, _ = strings.Cut(column, " ")
			return strings.HasPrefix(name, "license_") && slices.Contains(cost, column)
		})
		if got := columns(erp); !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", name, got, want)
		}
		if strings.HasSuffix(name, "_at") || name == "rates_current" {
			continue
		}
		if got := texts(t, conn, "SELECT toString(count() = uniqExact(stream, seq, row)) FROM "+erp+"."+name); got[0] != "1" {
			t.Errorf("%s holds rows twice", name)
		}
		if here, there := texts(t, conn, "SELECT toString(count()) FROM "+name), texts(t, conn, "SELECT toString(count()) FROM "+erp+"."+name); here[0] != there[0] {
			t.Errorf("%s has %s rows, and %s without cost, of which there is none", name, here, there)
		}
	}
}

func orElse(value, other string) string {
	if value == "" {
		return other
	}
	return value
}

func TestPricesWithoutCostAnswerAsThoseWithIt(t *testing.T) {
	_, conn := filled(t)
	erp, found := erpOf(t, conn), 0
	for v := 1; v < 12; v += 3 {
		for k := 1; k < 12; k += 3 {
			at := fmt.Sprintf("license_prices_at(valid_at = '2026-01-%02d', known_at = '2026-01-%02d')", v, k)
			ask := "SELECT concat(product, ' ', sku, ' ', toString(erp_price), ' ', tags, ' ', segment, ' ', in_force) FROM "
			want, got := texts(t, conn, ask+at), texts(t, conn, ask+erp+"."+at)
			found += len(want)
			if diff := historytest.Diff(sorted(want), sorted(got)); diff != "" {
				t.Errorf("%s: %s", at, diff)
			}
			// What is the same but for the unit price is one period.
			inner := texts(t, conn, "SELECT toString(count()) FROM "+at+" AS a JOIN "+erp+"."+at+" AS b USING (product, sku) WHERE b.valid_from > a.valid_from OR b.valid_to < a.valid_to")
			if inner[0] != "0" {
				t.Errorf("%s: %s periods are shorter without cost", at, inner[0])
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d answers were compared", found)
	}
}

// aLine is two releases, of which the second changes the unit price of one line, and of another the ERP price too; and tells only the unit
// price and a title of a third.
func aLine(t *testing.T, conn driver.Conn) {
	t.Helper()
	for i, known := range []string{"2026-01-01", "2026-02-01"} {
		release := fmt.Sprintf("license-us-2030-0%d-r1", i+1)
		execute(t, conn, fmt.Sprintf("INSERT INTO releases_store (release, list, market, month, revision, effective_at, published_at, lines, changed, price_changed, unchanged, stream, seq) VALUES "+
			"('%s', 'license', 'US', '2026-0%d', 1, '%s', '%s', 3, 3, %d, 0, 'PRICES@1', %d)", release, i+1, known, known, 3*i, 10+10*i))
		for n, sku := range []string{"0001", "0002", "0003"} {
			unit, price, title, before := "1.5", "2", "", "map()"
			if i == 1 {
				unit = "701.5"
				if sku == "0002" {
					price = "3"
				}
				if sku == "0003" {
					title, before = "new", "map('sku_title', '')"
				}
			}
			seq := 1 + n + 10*i
			execute(t, conn, fmt.Sprintf("INSERT INTO license_changes_store (market, currency, product, sku, term, billing, change, has_before, before_unit_price, before_erp_price, has_after, after_unit_price, after_erp_price, "+
				"sku_title, before_attributes, known_at, release, n, of, stream, seq) VALUES ('US', 'USD', 'P', '%s', 'P1M', 'Monthly', '%s', %d, 1.5, 2, 1, %s, %s, '%s', %s, '%s', '%s', %d, 3, 'PRICES@1', %d)",
				sku, []string{"added", "price_changed"}[i], i, unit, price, title, before, known, release, n+1, seq))
			execute(t, conn, fmt.Sprintf("INSERT INTO license_prices_store (market, currency, product, sku, term, billing, priced, unit_price, erp_price, valid_from, valid_to, known_at, change, release, published_in, sku_title, stream, seq) VALUES "+
				"('US', 'USD', 'P', '%s', 'P1M', 'Monthly', 1, %s, %s, '%s', '2262-01-01', '%s', '%s', '%s', '%s', '%s', 'PRICES@1', %d)",
				sku, unit, price, known, known, []string{"added", "price_changed"}[i], release, release, title, seq))
		}
	}
}

func execute(t *testing.T, conn driver.Conn, sql string) {
	t.Helper()
	if err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestALineOfWhichTheUnitPriceAloneChangedDidNotChangeWithoutCost(t *testing.T) {
	_, conn := filled(t)
	aLine(t, conn)
	erp := erpOf(t, conn)
	for question, want := range map[string][]string{
		"SELECT concat(sku, ' ', change) FROM %s.license_changes WHERE product = 'P' AND release = 'license-us-2030-02-r1' ORDER BY sku":                               {"0002 price_changed", "0003 changed"},
		"SELECT concat(sku, ' ', change, ' ', toString(erp_price)) FROM %s.license_prices WHERE product = 'P' AND published_in = 'license-us-2030-02-r1' ORDER BY sku": {"0002 price_changed 3", "0003 changed 2"},
		"SELECT concat(sku, ' ', toString(erp_price), ' ', release, ' ', toString(toDate(valid_from))) FROM %s.license_prices_at(valid_at = '2026-03-01', known_at = '2026-03-01') WHERE product = 'P' ORDER BY sku": {
			"0001 2 license-us-2030-01-r1 2026-01-01", "0002 3 license-us-2030-02-r1 2026-02-01", "0003 2 license-us-2030-02-r1 2026-02-01",
		},
		"SELECT concat(toString(changed), ' ', toString(price_changed), ' ', toString(attributes_changed), ' ', toString(unchanged)) FROM %s.releases WHERE release = 'license-us-2030-02-r1'": {"2 1 1 1"},
		"SELECT toString(changed) FROM %s.publications WHERE release = 'license-us-2030-02-r1'":                                                                                                {"2"},
	} {
		if got := texts(t, conn, fmt.Sprintf(question, erp)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", question, got, want)
		}
	}
}

// TestASettingLooksBehindAView shows what analysts are kept from, who may ask views without cost: a setting of the question holds for what is
// behind them.
func TestASettingLooksBehindAView(t *testing.T) {
	_, conn := filled(t)
	aLine(t, conn)
	erp := erpOf(t, conn)
	filter := fmt.Sprintf(" SETTINGS additional_table_filters = {'%s.license_prices_store': 'unit_price = 701.5'}", strings.TrimSuffix(erp, "_erp"))
	ask := "SELECT toString(count()) FROM " + erp + ".license_prices WHERE product = 'P'"
	if all, dear := texts(t, conn, ask), texts(t, conn, ask+filter); all[0] == dear[0] || dear[0] == "0" {
		t.Errorf("%s lines, and %s of that unit price: that setting tells nothing any more", all[0], dear[0])
	}
}

// TestWhatReadersMaySetMakesNoAnswerWrong: a question under such a setting is answered as without it, or not at all.
func TestWhatReadersMaySetMakesNoAnswerWrong(t *testing.T) {
	_, conn := filled(t)
	aLine(t, conn)
	erp := erpOf(t, conn)
	values := map[string]string{"date_time_overflow_behavior": "'throw'", "decimal_check_overflow": "0", "log_comment": "'x'", "output_format_native_encode_types_in_binary_format": "0", "session_timezone": "'Asia/Tokyo'", "totals_mode": "'before_having'", "union_default_mode": "'DISTINCT'"}
	for _, view := range []string{"rates_at", "license_prices_at"} {
		ask := func(settings string) ([]string, error) {
			var all []string
			rows, err := conn.Query(t.Context(), "SELECT toString(tuple(*)) FROM "+erp+"."+view+"(valid_at = '2026-01-06', known_at = '2026-03-01')"+settings)
			if err != nil {
				return nil, err
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() {
				var row string
				if err := rows.Scan(&row); err != nil {
					return nil, err
				}
				all = append(all, row)
			}
			return sorted(all), rows.Err()
		}
		want, err := ask("")
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: %d rows, %v", view, len(want), err)
		}
		for _, setting := range embedded.FreeSettings() {
			got, err := ask(" SETTINGS " + setting + " = " + orElse(values[setting], "1"))
			if _, refused := errors.AsType[*native.Exception](err); refused {
				continue
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s under %s: %d rows of %d, %v", view, setting, len(got), len(want), err)
			}
		}
	}
}

func TestRatesOfOtherPriceListsAreNotThereWithoutCost(t *testing.T) {
	s, conn := filled(t)
	var rows history.Rows
	for i := range 3 {
		id := historytest.Meter(fmt.Sprint("sheet-", i))
		id.PriceList = "price-sheet"
		c := historytest.Change(uint64(800+i), id, rate.PriceChanged, "2026-01-04", historytest.Current(id, "2026-01-01", "", "777", "region-0", "service-0"))
		c.Scope = "sheets"
		c.Periods = append(c.Periods, rate.Span{Period: effective.Period{From: historytest.Day("2026-01-01")}, Price: money.Int(777), Start: historytest.Day("2026-01-01")})
		rows.RateChanges = append(rows.RateChanges, c)
	}
	historytest.Put(t, s, "sheets", rows)
	execute(t, conn, "INSERT INTO crawls_store (crawl, scope, currency, started, offer_terms, stream, seq) VALUES ('of sheets', 'sheets', 'USD', '2026-01-04', '[777]', 'RATES_USD@1', 950), ('of the catalogue', 'x', 'USD', '2026-01-04', '', 'RATES_USD@1', 951)")
	execute(t, conn, "INSERT INTO quarantine_store (scope, price_list, raw, stream, seq) VALUES ('sheets', 'price-sheet', '777', 'RATES_USD@1', 950), ('y', '', '777', 'RATES_USD@1', 951), ('x', 'retail', '1', 'RATES_USD@1', 952)")
	execute(t, conn, "INSERT INTO rejects_store (subject, reason, data, stream, seq) VALUES ('pw.rate.usd.x', '777', '777', 'RATES_USD@1', 953)")
	erp := erpOf(t, conn)
	for _, view := range []string{"rates", "rate_changes", "rates_current", "rates_at(valid_at = '2026-01-06', known_at = '2026-01-06')"} {
		if here := texts(t, conn, "SELECT toString(countIf(price_list = 'price-sheet') > 0) FROM "+view); here[0] != "1" {
			t.Errorf("%s has no price sheet: nothing is tried", view)
		}
		if there := texts(t, conn, "SELECT toString(count()) FROM "+erp+"."+view+" WHERE price_list != 'retail' OR meter_id LIKE 'sheet%'"); there[0] != "0" {
			t.Errorf("%s tells %s rates of a price sheet", view, there)
		}
		price := "price"
		if view == "rate_changes" {
			price = "coalesce(after_price, before_price)"
		}
		// A condition that fails on a price tells it, if it comes to see it.
		for _, value := range []string{price, "hourly_equivalent"} {
			texts(t, conn, "SELECT toString(count()) FROM "+erp+"."+view+" WHERE if(toString("+value+") LIKE '777%', toUInt8(concat('told: ', toString("+value+"))), 1) = 1")
		}
	}
	for _, view := range []string{"rates", "rate_changes", "quarantine"} {
		texts(t, conn, "SELECT toString(count()) FROM "+erp+"."+view+" WHERE throwIf(price_list != 'retail', 'a hidden row is looked at') = 0")
	}
	for _, view := range []string{"crawls", "quarantine", "rejects"} {
		if there := texts(t, conn, "SELECT toString(count()) FROM (SELECT toString(tuple(*)) AS line FROM "+erp+"."+view+") WHERE line LIKE '%777%' OR line LIKE '%sheet%'"); there[0] != "0" {
			t.Errorf("%s tells of a price sheet", view)
		}
		if there := texts(t, conn, "SELECT toString(count() > 0) FROM "+erp+"."+view); there[0] != "1" {
			t.Errorf("%s is empty: nothing is tried", view)
		}
	}
}
