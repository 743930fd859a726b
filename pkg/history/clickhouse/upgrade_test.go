package clickhouse_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
)

// makeBy makes what files of migrations say, those whose numbers lie from first to last.
func makeBy(t *testing.T, conn driver.Conn, first, last string, record bool) {
	t.Helper()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if name[:4] < first || name[:4] > last {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		main := texts(t, conn, "SELECT currentDatabase()")[0]
		places := strings.NewReplacer("{main}", main, "{erp}", clickhouse.ERPDatabase(main))
		for statement := range strings.SplitSeq(string(text), ";\n") {
			if statement = strings.TrimSpace(statement); statement == "" {
				continue
			}
			if err := conn.Exec(t.Context(), places.Replace(statement)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if sum := sha256.Sum256(text); record {
			err := conn.Exec(t.Context(), "INSERT INTO migrations SELECT toUInt32(?), ?, ?", strings.TrimLeft(name[:4], "0"), name, hex.EncodeToString(sum[:]))
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// former is a database as the program made and filled it before there were withdrawals, items and families.
func former(t *testing.T) string {
	t.Helper()
	dsn := clickhousetest.Start(t)
	conn := connect(t, dsn)
	const made = "CREATE TABLE migrations (version UInt32 COMMENT 'v', name String COMMENT 'n', checksum String COMMENT 'c') ENGINE = MergeTree ORDER BY version " +
		"SETTINGS non_replicated_deduplication_window = 1000 COMMENT 'm'"
	if err := conn.Exec(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	makeBy(t, conn, "0001", "0003", true)
	for _, insertion := range []string{
		`INSERT INTO rates_store (key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, valid_from, valid_to, priced, price, effective_from, known_at, kind,
			product_name, service_name, unit_of_measure, stream, seq, row)
		SELECT ` + formerKey() + `, 'retail', 'USD', 'm', 'DZH318Z0BPVW/00QZ', 'Consumption', '', 0, '2026-01-01', '2262-01-01', true, 0.5, '2026-01-01', '2026-01-10', 'added',
			'Virtual Machines Easv4 Series Windows', 'Virtual Machines', '1 Hour', 'RATES_USD@life-1', 1, 0`,
		`INSERT INTO rate_changes_store (key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, kind, has_after, after_price, after_from, after_to, known_at,
			product_name, service_name, unit_of_measure, stream, seq, row)
		SELECT ` + formerKey() + `, 'retail', 'USD', 'm', 'DZH318Z0BPVW/00QZ', 'Consumption', '', 0, 'added', true, 0.5, '2026-01-01', '2262-01-01', '2026-01-10',
			'Virtual Machines Easv4 Series Windows', 'Virtual Machines', '1 Hour', 'RATES_USD@life-1', 1, 0`,
		`INSERT INTO crawls_store (crawl, currency, started, stream, seq, row) SELECT 'c', 'USD', '2026-01-10', 'RATES_USD@life-1', 2, 0`,
		`INSERT INTO license_prices_store (market, currency, product, sku, term, billing, valid_from, valid_to, priced, unit_price, erp_price, price_basis, starts_at, ends_at,
			product_title, known_at, change, release, published_in, stream, seq, row)
		SELECT 'US', 'USD', 'CFQ7TTC0LH18', '0001', 'P1M', 'Monthly', '2026-12-01', '2262-01-01', true, 6, 7.5, 'term', '1900-01-01', '2262-01-01', 'Office 365 E3',
			'2026-11-01', 'added', 'license-us-2026-12-r1', 'license-us-2026-12-r1', 'PRICES@life-1', 1, 0`,
		`INSERT INTO license_changes_store (market, currency, product, sku, term, billing, change, has_after, after_unit_price, after_erp_price, known_at, release, n, of, stream, seq, row)
		SELECT 'US', 'USD', 'CFQ7TTC0LH18', '0001', 'P1M', 'Monthly', 'added', true, 6, 7.5, '2026-11-01', 'license-us-2026-12-r1', 1, 1, 'PRICES@life-1', 1, 0`,
		`INSERT INTO releases_store (release, list, market, month, revision, effective_at, published_at, changed, stream, seq, row)
		SELECT 'license-us-2026-12-r1', 'license', 'US', '2026-12', 1, '2026-12-01', '2026-11-01', 1, 'PRICES@life-1', 2, 0`,
	} {
		if err := conn.Exec(t.Context(), insertion); err != nil {
			t.Fatal(err)
		}
	}
	return dsn
}

// formerKey is the key of the rate in a former database.
func formerKey() string { return fmt.Sprintf("0x%016x", uint64(historytest.Meter("m").Key())) }

// answersAsBefore asks what was there before the upgrade.
func answersAsBefore(t *testing.T, s *clickhouse.Store, conn driver.Conn) {
	t.Helper()
	as := history.AsOf{At: historytest.Day("2026-12-05"), KnownAt: historytest.Day("2026-12-05")}
	a, err := s.Price(t.Context(), history.PricePoint{Identity: historytest.SKU("0001"), AsOf: as})
	if err != nil || a.UnitPrice.String() != "6" || a.Release != "license-us-2026-12-r1" || a.InForce != a.Release || a.ProductTitle != "Office 365 E3" || a.Family != "" {
		t.Errorf("%+v, %v", a, err)
	}
	rates := history.AsOf{At: historytest.Day("2026-01-15"), KnownAt: historytest.Day("2026-01-15")}
	r, err := s.Rate(t.Context(), history.RatePoint{Identity: historytest.Meter("m"), AsOf: rates})
	if err != nil || r.Price.String() != "0.5" || !r.IncludedQuantity.IsZero() || r.Attributes.UnitOfMeasure != "1 Hour" {
		t.Errorf("%+v, %v", r, err)
	}
	const columns = "toString((included_quantity, block_size, unit, hourly_equivalent, operating_system, purchase_option))"
	for question, want := range map[string]string{
		"SELECT " + columns + " FROM rates": "(0,NULL,'',NULL,'','')",
		"SELECT " + columns + " FROM rates_at(valid_at = '2026-01-15', known_at = '2026-01-15')":                                   "(0,NULL,'',NULL,'','')",
		"SELECT " + columns + " FROM rates_current":                                                                                "(0,NULL,'',NULL,'','')",
		"SELECT toString((before_included_quantity, after_included_quantity, block_size, unit)) FROM rate_changes":                 "(NULL,0,NULL,'')",
		"SELECT toString((traversals, parts, shards, offer_terms)) FROM crawls":                                                    "(0,0,[],'')",
		"SELECT toString((unit_price, in_force, family)) FROM license_prices_at(valid_at = '2026-12-05', known_at = '2026-12-05')": "(6,'license-us-2026-12-r1','')",
		"SELECT toString((withdrawal, family)) FROM license_prices":                                                                "(0,'')",
		"SELECT toString((withdrawal, n)) FROM license_changes":                                                                    "(0,1)",
		"SELECT toString((corrects, backfilled, reason)) FROM releases":                                                            "('',false,'')",
		"SELECT toString((release, withdrawal, seq)) FROM publications":                                                            "('license-us-2026-12-r1',0,2)",
		"SELECT arrayStringConcat(groupArray(name), ' ') FROM (SELECT name FROM migrations ORDER BY version)":                      madeNames,
	} {
		if got := texts(t, conn, question); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %s", question, got, want)
		}
	}
}

func TestADatabaseOfAnEarlierVersionIsBroughtUpAndAnswersAsBefore(t *testing.T) {
	dsn := former(t)
	var processes sync.WaitGroup
	for range 3 {
		processes.Go(func() {
			s, err := clickhouse.Open(context.Background(), clickhouse.Config{DSN: dsn})
			if err != nil {
				t.Error(err)
				return
			}
			_ = s.Close()
		})
	}
	processes.Wait()
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	conn := connect(t, dsn)
	answersAsBefore(t, s, conn)
	makeBy(t, conn, "0004", "9999", false) // as after a crash before the record was written
	answersAsBefore(t, s, conn)
	back := historytest.PriceChange(3, "license-us-2026-12-r1", "2026-12-02", 1, 1, historytest.SKU("0001"), nil, "2026-12-03", "")
	back.Withdrawal = 1
	historytest.Put(t, s, "after", history.Rows{
		PriceChanges: []history.PriceChange{back},
		Withdrawals:  []history.Withdrawal{historytest.Withdrawn(4, "license-us-2026-12-r1", "2026-12-02", "2026-12-03", 1, 1, true)},
	})
	as := history.AsOf{At: historytest.Day("2026-12-05"), KnownAt: historytest.Day("2026-12-05")}
	if a, err := s.Price(t.Context(), history.PricePoint{Identity: historytest.SKU("0001"), AsOf: as}); err != nil || !a.None || a.InForce != "" {
		t.Errorf("after the withdrawal: %+v, %v", a, err)
	}
}
