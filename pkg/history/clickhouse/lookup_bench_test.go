package clickhouse_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	pastRates   = 250_000
	pastPeriods = 20 // of each
	billLines   = 100_000
)

// past is a store with a long history: every rate has got another price twenty times, a month apart and known half a day later.
func past(b *testing.B) (*clickhouse.Store, driver.Conn) {
	b.Helper()
	ctx, dsn := context.Background(), clickhousetest.Start(b)
	s, err := clickhouse.Open(ctx, clickhouse.Config{DSN: dsn})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	options, err := driver.ParseDSN(dsn)
	if err != nil {
		b.Fatal(err)
	}
	conn, err := driver.Open(options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	run := func(text string) {
		if err := conn.Exec(ctx, text); err != nil {
			b.Fatal(err)
		}
	}
	run("CREATE TABLE past (i UInt32, key UInt64, meter_id String) ENGINE = MergeTree ORDER BY key")
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO past")
	if err != nil {
		b.Fatal(err)
	}
	for i := range pastRates {
		id := pastMeter(i)
		if err := batch.Append(uint32(i), uint64(id.Key()), id.MeterID); err != nil {
			b.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		b.Fatal(err)
	}
	identity := "key, 'retail', 'USD', meter_id, 'DZH318Z0BPVW/00QZ', 'Consumption', '', 0"
	for v := range pastPeriods {
		from, known := pastStart(v).Format("2006-01-02 15:04:05"), pastStart(v).Add(12*time.Hour).Format("2006-01-02 15:04:05")
		price := fmt.Sprintf("toDecimal128(i %% 997, 18) / 100 + %d", v)
		place := fmt.Sprintf("'RATES_USD@bench', %d + i, 0 FROM past", v*pastRates+1)
		attributes := "concat('Meter ', toString(i % 5000)), concat('Product ', toString(i % 900)), concat('Service ', toString(i % 90)), '1 Hour', concat('region', toString(i % 60))"
		run("INSERT INTO rates_store (key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, valid_from, valid_to, priced, price, effective_from, known_at, kind, " +
			"meter_name, product_name, service_name, unit_of_measure, region, stream, seq, row) SELECT " + identity + ", '" + from + "', '2262-01-01', true, " + price + ", '" + from + "', '" + known + "', 'price_changed', " + attributes + ", " + place)
		run("INSERT INTO rate_changes_store (key, price_list, currency, meter_id, sku_id, type, reservation_term, tier, has_after, after_price, after_from, after_to, known_at, kind, " +
			"meter_name, product_name, service_name, unit_of_measure, region, stream, seq, row) SELECT " + identity + ", true, " + price + ", '" + from + "', '2262-01-01', '" + known + "', 'price_changed', " + attributes + ", " + place)
	}
	return s, conn
}

func pastStart(v int) time.Time { return historytest.Day("2024-01-01").AddDate(0, 0, 30*v) }

func pastMeter(i int) rate.Identity {
	return historytest.Meter(fmt.Sprintf("%08x-0000-4000-8000-000000000000", i))
}

// bill are lines of random rates: usage of one month as known at its end, or of any day as known on any later day.
func bill(scattered bool) []history.RateLookup {
	r := rand.New(rand.NewPCG(1, 2))
	lines := make([]history.RateLookup, billLines)
	for i := range lines {
		day, known := 300+r.IntN(30), 335
		if scattered {
			day = r.IntN(30 * pastPeriods)
			known = day + 1 + r.IntN(100)
		}
		at := pastStart(0).AddDate(0, 0, day)
		lines[i] = history.RateLookup{Identity: pastMeter(r.IntN(pastRates)), AsOf: history.AsOf{At: at, KnownAt: pastStart(0).AddDate(0, 0, known)}}
	}
	return lines
}

// BenchmarkRateLookup asks for 100,000 lines in a history of five million periods, and for the same by a plain ASOF JOIN, which knows
// nothing of what was known when.
func BenchmarkRateLookup(b *testing.B) {
	s, conn := past(b)
	for name, scattered := range map[string]bool{"Month": false, "Scattered": true} {
		lines := bill(scattered)
		b.Run(name, func(b *testing.B) {
			defer cpu(b)()
			for b.Loop() {
				answers, err := s.LookupRates(context.Background(), lines)
				if err != nil || len(answers[7]) != 1 {
					b.Fatal(answers[7], err)
				}
			}
		})
		b.Run(name+"AsofJoin", func(b *testing.B) {
			defer cpu(b)()
			for b.Loop() {
				asofJoin(b, conn, lines)
			}
		})
	}
}

// cpu reports the processor time of the whole process, engine included, which a loaded machine lengthens less than the clock's.
func cpu(b *testing.B) func() {
	b.Helper()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N)/1e6, "cpu-ms/op") }
}

func asofJoin(b *testing.B, conn driver.Conn, lines []history.RateLookup) {
	b.Helper()
	ctx := context.Background()
	var text strings.Builder
	if err := conn.Exec(ctx, "CREATE OR REPLACE TABLE bill (line UInt32, key UInt64, at DateTime64(3, 'UTC')) ENGINE = Memory"); err != nil {
		b.Fatal(err)
	}
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO bill")
	if err != nil {
		b.Fatal(err)
	}
	for i, l := range lines {
		if err := batch.Append(uint32(i), uint64(l.Identity.Key()), l.At); err != nil {
			b.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		b.Fatal(err)
	}
	text.WriteString("SELECT line, price, meter_name, product_name, service_name, unit_of_measure, region FROM bill AS l ASOF LEFT JOIN rates_store AS r ON l.key = r.key AND l.at >= r.valid_from")
	rows, err := conn.Query(ctx, text.String())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for rows.Next() {
		n++
	}
	if n != len(lines) || rows.Err() != nil {
		b.Fatal(n, rows.Err())
	}
}
