package api

import (
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// gone puts a rate that has a price in 2026 and in 2028, and another that was retired from its start on.
func gone(t *testing.T, b *bundle) {
	t.Helper()
	id, retired := historytest.Meter("m-1"), historytest.Meter("m-2")
	row := historytest.Current(id, "2026-01-01", "2027-01-01", "1", "westeurope", "Virtual Machines")
	historytest.Put(t, b.history, "rates", history.Rows{RateChanges: []history.RateChange{
		historytest.Change(1, id, rate.Added, "2026-01-10", row, historytest.Span("2026-01-01", "2027-01-01", "1"), historytest.Span("2027-01-01", "", "")),
		historytest.Change(2, id, rate.PriceChanged, "2026-03-01", row, historytest.Span("2028-01-01", "", "2")),
		historytest.Change(3, retired, rate.Added, "2026-01-10", historytest.Current(retired, "2026-01-01", "", "1", "westeurope", "Virtual Machines"), historytest.Span("2026-01-01", "", "1")),
		historytest.Change(4, retired, rate.Retired, "2026-01-12", nil, historytest.Span("2026-01-01", "", "")),
	}})
}

func TestARateWithoutAPriceSaysWhatIsKnownOfIt(t *testing.T) {
	b := setup(t)
	gone(t, b)
	for query, want := range map[string]string{
		"m-1&at=2027-06-01&known_at=2026-02-01":               "there is no price at 2027-06-01T00:00:00Z, as known at 2026-02-01T00:00:00Z: its price ended at 2027-01-01T00:00:00Z",
		"m-1&at=2027-06-01":                                   "none from 2027-01-01T00:00:00Z until 2028-01-01T00:00:00Z",
		"m-1&at=2025-12-31":                                   "its first known price starts at 2026-01-01T00:00:00Z",
		"m-1&at=2026-06-01&known_at=2026-01-09T23:59:59.999Z": "it became known at 2026-01-10T00:00:00Z",
		"m-2&at=2026-06-01":                                   "no price of any time is known",
		"m-3":                                                 "nothing is known of meter m-3",
	} {
		status, answer := b.ask(t, "GET", "/v1/rates?sku_id=DZH318Z0BPVW/00QZ&type=Consumption&reservation_term=&tier=0&meter_id="+query, "")
		detail, _ := answer["detail"].(string)
		if status != 404 || !strings.HasSuffix(detail, want) && !strings.Contains(detail, want+",") || answer["hint"] == "" {
			t.Errorf("%s: %d: %v", query, status, answer)
		}
	}
}

func TestAnEmptyFileIsNamed(t *testing.T) {
	b := setup(t)
	b.bad(t, 400, "2026-01-15.json is empty|get the file again", "POST", "/v1/observations?name=2026-01-15.json", "", "")
	b.bad(t, 400, "list.csv is empty", "POST", "/v1/releases?effective=2026-12-01&filename=list.csv", "", "alice")
}
