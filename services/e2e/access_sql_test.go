package e2e

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// sqlViews are those that people rely on.
func sqlViews() []string {
	return []string{
		"rates", "rate_changes", "rates_current", "rates_at", "license_prices", "license_prices_at", "license_changes", "releases", "offers", "offers_at", "services", "services_at",
		"documents", "documents_at", "items", "item_changes", "crawls", "crawl_parts", "quarantine", "rejects", "corrections", "withdrawals", "publications", "releases_effective",
		"releases_missing",
	}
}

// asked is how a view is asked whole.
func asked(database, view string) string {
	if strings.HasSuffix(view, "_at") {
		view += "(valid_at = '2026-12-20', known_at = '2026-12-20')"
	}
	return database + "." + view
}

// codeOf is the code of the exception that a statement ends with, 0 for none.
func codeOf(t *testing.T, conn driver.Conn, sql string) int32 {
	t.Helper()
	err := conn.Exec(t.Context(), sql)
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return exception.Code
	}
	if err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	return 0
}

// checkWhoSeesWhat asks everything of the database as everybody.
func checkWhoSeesWhat(t *testing.T, i *instance) {
	t.Helper()
	people := map[string]driver.Conn{
		"writer": connect(t, i.ClickHouse), "analyst": connect(t, i.Analyst), "analyst_cost": connect(t, i.AnalystCost),
		"nobody": connect(t, as(t, i.ClickHouse, "nobody", "nothing")), "wrong password": connect(t, as(t, i.AnalystCost, "analyst_cost", "guessed")),
	}
	views := map[string]bool{} // may analysts ask it
	for _, view := range sqlViews() {
		views[asked("pricewire", view)], views[asked("pricewire_erp", view)] = false, true
	}
	closed := []string{
		"SELECT * FROM pricewire.rates_store", "SELECT * FROM pricewire.license_prices_store", "SELECT * FROM pricewire.migrations", "SELECT * FROM system.processes",
		"SELECT * FROM file('/etc/hostname', 'LineAsString')", "SELECT file('/etc/hostname')", "SELECT * FROM merge('pricewire', '.*')",
	}
	writes := []string{
		"CREATE TABLE pricewire.attempt (a UInt8) ENGINE = Memory", "INSERT INTO pricewire.attempt VALUES (1)", "ALTER TABLE pricewire.attempt ADD COLUMN b UInt8", "DROP TABLE pricewire.attempt",
		"SET max_execution_time = 100000", "SET ROLE owner",
	}
	for name, conn := range people {
		try := func(sql string, may bool) {
			code := codeOf(t, conn, sql)
			switch refused := slices.Contains([]int32{497, 164, 516}, code); {
			case name == "nobody" || name == "wrong password":
				if code != 516 {
					t.Errorf("%s: %s ended with %d", name, sql, code)
				}
			case may && code != 0:
				t.Errorf("%s may not %s: %d", name, sql, code)
			case !may && !refused:
				t.Errorf("%s may %s: %d", name, sql, code)
			}
		}
		for view, open := range views {
			try("SELECT count() FROM (SELECT * FROM "+view+")", open || name != "analyst")
		}
		for _, sql := range closed {
			if name != "writer" {
				try(sql, false)
			}
		}
		for _, sql := range writes {
			try(sql, name == "writer")
		}
	}
	checkNoCost(t, people["writer"], people["analyst"])
}

// TestViewsOfBeforeThereWereAnalystsAreOpenToThem: a data folder of then has views that read with the rights of who asks.
func TestViewsOfBeforeThereWereAnalystsAreOpenToThem(t *testing.T) {
	data := t.TempDir()
	i := start(t, data, "--source", "none")
	writer := connect(t, i.ClickHouse)
	for _, sql := range []string{
		"ALTER TABLE pricewire.license_prices_at MODIFY SQL SECURITY INVOKER", "ALTER TABLE pricewire.rates MODIFY SQL SECURITY INVOKER", "DROP VIEW pricewire_erp.crawls SYNC",
		"ALTER TABLE pricewire_erp.rates MODIFY SQL SECURITY INVOKER",
	} {
		if err := writer.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	cost := connect(t, i.AnalystCost)
	if code := codeOf(t, cost, "SELECT count() FROM rates"); code != 497 {
		t.Fatalf("a view of then ends with %d: nothing is tried", code)
	}
	before := i.Analyst
	if code := i.stop(t); code != 0 {
		t.Fatalf("exit %d", code)
	}
	i = start(t, data, "--source", "none")
	analyst := connect(t, i.Analyst)
	cost = connect(t, i.AnalystCost)
	for _, view := range []string{"rates", "crawls", "license_prices_at"} {
		for _, conn := range []driver.Conn{analyst, cost} {
			if code := codeOf(t, conn, "SELECT * FROM "+strings.TrimPrefix(asked("", view), ".")); code != 0 {
				t.Errorf("%s ends with %d", view, code)
			}
		}
	}
	if was, is := strings.Split(before, "@")[0], strings.Split(i.Analyst, "@")[0]; was != is {
		t.Error("analysts have another password after a restart")
	}
}

// as is an address with another user.
func as(t *testing.T, dsn, user, password string) string {
	t.Helper()
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(user, password)
	return address.String()
}

// checkNoCost makes sure that who sees no cost sees the same ERP prices, and no column that has cost in its name.
func checkNoCost(t *testing.T, writer, analyst driver.Conn) {
	t.Helper()
	const prices = "SELECT market, product, sku, term, billing, erp_price FROM license_prices_at(valid_at = '2026-12-20', known_at = '2026-12-20')"
	if want, got := rowsOf(t, writer, prices), rowsOf(t, analyst, prices); len(want) < 1000 || !slices.Equal(want, got) {
		t.Errorf("%d ERP prices are %d without cost, or others", len(want), len(got))
	}
	for _, view := range sqlViews() {
		for _, column := range rowsOf(t, analyst, "SELECT name FROM system.columns WHERE database = 'pricewire_erp' AND table = '"+view+"' AND name LIKE '%unit_price%'") {
			t.Errorf("%s tells %s without cost", view, column)
		}
	}
	for _, sql := range []string{
		"SELECT unit_price FROM license_prices", "SELECT after_unit_price FROM license_changes", "SELECT unit_price FROM license_prices_at(valid_at = '2026-12-20', known_at = '2026-12-20')",
		"SELECT arrayMap(x -> unit_price, [1]) FROM license_prices", "SELECT sum(unit_price) FROM license_prices WITH TOTALS", "SELECT COLUMNS('unit_price') FROM license_prices",
	} {
		if code := codeOf(t, analyst, sql); code == 0 {
			t.Errorf("%s has an answer without cost", sql)
		}
	}
	if others := rowsOf(t, analyst, "SELECT DISTINCT price_list FROM rates"); fmt.Sprint(others) != "[retail]" {
		t.Errorf("without cost there are price lists %v", others)
	}
}
