package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// moved puts a rate that costs 2, and 3 from February on as is known a day late, and another that costs 4 and then 8; and a licence price that
// goes from 6 to 8 on 10 December and is taken back on the 20th.
func moved(t *testing.T, b *bundle) {
	t.Helper()
	var rows history.Rows
	for i, prices := range [][2]string{{"2", "3"}, {"4", "8"}} {
		id := historytest.Meter(fmt.Sprint("m-", i+1))
		row := historytest.Current(id, "2026-01-01", "", prices[1], "westeurope", "Storage")
		rows.RateChanges = append(rows.RateChanges,
			historytest.Change(uint64(i*2+1), id, rate.Added, "2025-12-20", row, historytest.Span("2026-01-01", "", prices[0])),
			historytest.Change(uint64(i*2+2), id, rate.PriceChanged, "2026-02-02", row, historytest.Span("2026-02-01", "", prices[1])))
	}
	reserved := historytest.Meter("m-1")
	reserved.Type, reserved.ReservationTerm = "Reservation", "1 Year"
	rows.RateChanges = append(rows.RateChanges, historytest.Change(9, reserved, rate.Added, "2025-12-20",
		historytest.Current(reserved, "2026-01-01", "", "5", "westeurope", "Compute"), historytest.Span("2026-01-01", "", "5")))
	id := historytest.SKU("0001")
	back := historytest.PriceChange(5, "r2", "2026-12-20", 1, 1, id, historytest.Line(id, "6", "7"), "2026-12-10", "")
	back.Withdrawal, back.Spans[0].Release = 1, "r1"
	rows.PriceChanges = []history.PriceChange{
		historytest.PriceChange(1, "r1", "2026-09-01", 1, 1, id, historytest.Line(id, "6", "7"), "2026-10-01", ""),
		historytest.PriceChange(3, "r2", "2026-11-01", 1, 1, id, historytest.Line(id, "8", "9"), "2026-12-10", ""), back,
	}
	rows.Releases = []history.Release{historytest.Manifest(2, "r1", "2026-09-01", "2026-10-01", 1, 1), historytest.Manifest(4, "r2", "2026-11-01", "2026-12-10", 1, 1)}
	rows.Withdrawals = []history.Withdrawal{historytest.Withdrawn(6, "r2", "2026-12-20", "2026-12-10", 1, 1, true)}
	historytest.Put(t, b.history, "moved", rows)
}

const aLine = "market=US&product=CFQ7TTC0LH18&sku=1&term=P1M&billing=Monthly"

func TestQuestionsOverTimeAreAnswered(t *testing.T) {
	b := setup(t)
	moved(t, b)
	for _, c := range []struct{ path, fields, want string }{
		{"/v1/rates/diff?from=2026-01-10&to=2026-02-10&meter_id=m-1", "change before.price after.price currency", "price_changed 2.00 3.00 USD"},
		{"/v1/rates/diff?from=2025-01-10&to=2026-01-10&meter_id=m-1&type=Consumption", "change before after.price", "added  2.00"},
		{"/v1/rates/diff?from=2026-02-10&to=2026-02-10&known_from=2026-01-10&meter_id=m-1", "change before.price after.price", "price_changed 2.00 3.00"},
		{"/v1/rates/movers?from=2026-01-10&to=2026-02-10", "meter_id amount percent before.price", "m-2 4.00 100 4.00; m-1 1.00 50 2.00"},
		{"/v1/rates/movers?from=2026-02-10&to=2026-01-10&by=absolute&limit=1&service=Storage", "meter_id amount percent", "m-2 -4.00 -50"},
		{"/v1/rates/restatements?from=2026-01-01&meter_id=m-1", "meter_id from to said.price says.price region", "m-1 2026-02-01T00:00:00Z 2026-02-02T00:00:00Z 2.00 3.00 westeurope"},
		{"/v1/rates/restatements?from=2026-01-01&to=2026-03-01&said_at=2026-01-15&meter_id=m-1", "from to", "2026-02-01T00:00:00Z 2026-03-01T00:00:00Z"},
		{"/v1/rates/series?from=2025-12-01&to=2026-03-01&meter_id=m-1&type=Consumption", "meter_id tier whole steps.1.at steps.1.price steps.0.price steps.2.known_at", "m-1 0 3 2026-01-01T00:00:00Z 2.00  2026-02-02T00:00:00Z"},
		{"/v1/rates/series?from=2025-12-01&to=2026-03-01&meter_id=m-1&reservation_term=", "meter_id", "m-1"},
		{"/v1/prices/history?" + aLine, "unit_price known_at valid_from release published_in withdrawal", "6.00 2026-09-01T00:00:00Z 2026-10-01T00:00:00Z r1 r1 0; 8.00 2026-11-01T00:00:00Z 2026-12-10T00:00:00Z r2 r2 0; 6.00 2026-12-20T00:00:00Z 2026-12-10T00:00:00Z r1 r2 1"},
		{"/v1/prices/series?from=2026-11-01&to=2027-01-01&" + aLine, "currency whole steps.1.at steps.1.unit_price steps.0.release", "USD 2 2026-12-10T00:00:00Z 8.00 r1"},
		{"/v1/prices/restatements?market=us&from=2026-11-01&to=2027-01-01&known_at=2026-12-24", "sku from to said.unit_price says.unit_price", "0001 2026-12-10T00:00:00Z 2026-12-20T00:00:00Z 8.00 6.00"},
		{"/v1/prices/movers?market=US&from=2026-11-30&to=2026-12-11", "sku change amount percent", "0001 price_changed 2.00 33.33"},
	} {
		status, answer := b.ask(t, "GET", c.path, "")
		items, _ := answer["items"].([]any)
		var rows []string
		for _, item := range items {
			var cells []string
			for field := range strings.FieldsSeq(c.fields) {
				cells = append(cells, cellAt(item, strings.Split(field, ".")))
			}
			rows = append(rows, strings.Join(cells, " "))
		}
		if got := strings.Join(rows, "; "); status != 200 || got != c.want {
			t.Errorf("%s: %d %q, want %q (%v)", c.path, status, got, c.want, answer)
		}
	}
}

// cellAt is the text at a path; null and missing are empty.
func cellAt(v any, path []string) string {
	for _, name := range path {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[name]
		case []any:
			i := int(name[0] - '0')
			v = inner[i]
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func TestQuestionsOverTimeComePageByPageAndAsFiles(t *testing.T) {
	b := setup(t)
	moved(t, b)
	for path, n := range map[string]int{
		"/v1/rates/diff?from=2026-01-10&to=2026-02-10": 2, "/v1/rates/restatements?from=2026-01-01": 2,
		"/v1/prices/restatements?market=US&from=2026-11-01&to=2027-01-01&known_at=2026-12-24": 1,
	} {
		seen, cursor := map[string]bool{}, ""
		for range n {
			_, answer := b.ask(t, "GET", path+"&limit=1"+cursor, "")
			items, _ := answer["items"].([]any)
			if len(items) != 1 {
				t.Fatalf("%s behind %s: %v", path, cursor, answer)
			}
			seen[fmt.Sprint(items[0])] = true
			next, _ := answer["next"].(string)
			cursor = "&cursor=" + next
		}
		if len(seen) != n || cursor != "&cursor=" {
			t.Errorf("%s: %d items, then %q", path, len(seen), cursor)
		}
		b.bad(t, 400, "cursor", "GET", path+"&cursor=x", "", "")
		if response, raw := b.raw(t, "GET", path+"&format=csv", ""); response.status != 200 || strings.Count(string(raw), "\n") < n+1 {
			t.Errorf("%s as CSV: %d %s", path, response.status, raw)
		}
		if response, raw := b.raw(t, "GET", path, "", "Accept", "application/x-ndjson"); response.status != 200 || strings.Count(string(raw), "\n") != n {
			t.Errorf("%s as NDJSON: %d %s", path, response.status, raw)
		}
	}
	for _, path := range []string{"/v1/rates/movers?from=2026-01-10&to=2026-02-10", "/v1/prices/movers?market=US&from=2026-11-30&to=2026-12-11", "/v1/prices/history?" + aLine} {
		if response, raw := b.raw(t, "GET", path+"&format=csv", ""); response.status != 200 || strings.Count(string(raw), "\n") < 2 {
			t.Errorf("%s as CSV: %d %s", path, response.status, raw)
		}
	}
	b.bad(t, 404, "nothing is known", "GET", "/v1/rates/series?meter_id=m-9&from=2026-01-01", "", "")
	b.bad(t, 404, "nothing is known", "GET", "/v1/prices/history?market=DE&product=P&sku=1&term=P1M&billing=Monthly", "", "")
	b.bad(t, 400, "query.to", "GET", "/v1/rates/restatements?from=2026-02-01&to=2026-01-01", "", "")
}
