package clickhouse

import (
	"context"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// moving is a connection to tables that are exchanged between the two reads of a question: the second finds nothing, some times.
type moving struct {
	driver.Conn
	times int
}

// Query is driver.Conn's.
func (m *moving) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	if m.times > 0 && strings.Contains(query, "@sequences") {
		m.times--
		query += " AND false"
	}
	return m.Conn.Query(ctx, query, args...)
}

func TestAnAnswerThatMovedBetweenTwoReadsIsAskedForAgainAndNeverGivenEmpty(t *testing.T) {
	s, err := Open(t.Context(), Config{DSN: clickhousetest.Start(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	meter, line := historytest.Meter("m-1"), historytest.SKU("0001")
	historytest.Put(t, s, "priced", history.Rows{
		RateChanges: []history.RateChange{historytest.Change(1, meter, rate.Added, "2026-01-10",
			historytest.Current(meter, "2026-01-01", "", "2", "westeurope", "Storage"), historytest.Span("2026-01-01", "", "2"))},
		PriceChanges: []history.PriceChange{historytest.PriceChange(1, "license-us-2026-10-r1", "2026-09-01", 1, 1, line, historytest.Line(line, "5", "9"), "2026-10-01", "")},
		Releases:     []history.Release{historytest.Manifest(2, "license-us-2026-10-r1", "2026-09-01", "2026-10-01", 1, 1)},
	})
	at := history.AsOf{At: historytest.Day("2026-12-01"), KnownAt: historytest.Day("2026-12-01")}
	conn := &moving{Conn: s.conn}
	s.conn = conn
	rates := func() (string, error) {
		found, err := s.LookupRates(t.Context(), []history.RateLookup{{Identity: meter, AsOf: at}})
		if err != nil {
			return "", err
		}
		return found[0][0].Price.String() + " " + found[0][0].Attributes.ARMRegionName, nil
	}
	prices := func() (string, error) {
		found, err := s.LookupPrices(t.Context(), []history.PriceLookup{
			{Market: line.Market, Product: line.Product, SKU: line.SKU, Term: line.Term, Billing: line.Billing, AsOf: at},
		})
		if err != nil {
			return "", err
		}
		return found[0][0].UnitPrice.String(), nil
	}
	for _, c := range []struct {
		name, want string
		ask        func() (string, error)
	}{{"rates", "2 westeurope", rates}, {"prices", "5", prices}} {
		for _, times := range []int{0, 1} {
			conn.times = times
			if got, err := c.ask(); got != c.want || err != nil || conn.times != 0 {
				t.Errorf("%s, moved %d times: %q, %v; want %q", c.name, times, got, err, c.want)
			}
		}
		conn.times = 2
		if got, err := c.ask(); !fault.Is(err, fault.Internal) {
			t.Errorf("%s, moved again: %q, %v", c.name, got, err)
		}
	}
}
