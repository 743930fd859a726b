package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// priced puts a rate with two tiers into the tables, and a licence price in two currencies.
func priced(t *testing.T, b *bundle) {
	t.Helper()
	low, high := historytest.Meter("m-1"), historytest.Meter("m-1")
	high.Tier = historytest.Amount("100")
	var rows history.Rows
	for i, id := range []rate.Identity{low, high} {
		row := historytest.Current(id, "2026-01-01", "", fmt.Sprint(2-i), "westeurope", "Storage")
		rows.RateChanges = append(rows.RateChanges, historytest.Change(uint64(i+1), id, rate.Added, "2026-01-10", row, historytest.Span("2026-01-01", "", fmt.Sprint(2-i))))
	}
	for i, currency := range []string{"USD", "EUR"} {
		id := historytest.SKU("0001")
		id.Currency = currency
		rows.PriceChanges = append(rows.PriceChanges,
			historytest.PriceChange(uint64(i+1), "license-us-2026-10-r1", "2026-09-01", i+1, 2, id, historytest.Line(id, fmt.Sprint(i+1), "9"), "2026-10-01", ""))
	}
	rows.Releases = []history.Release{historytest.Manifest(3, "license-us-2026-10-r1", "2026-09-01", "2026-10-01", 1, 2)}
	historytest.Put(t, b.history, "priced", rows)
}

// found are the prices that each line of an answer has.
func found(t *testing.T, lines []json.RawMessage) string {
	t.Helper()
	var all []string
	for _, raw := range lines {
		var line struct {
			Rates, Prices []struct {
				Tier, Currency, Price string
				UnitPrice             string `json:"unit_price"`
				RowKnownAt            string `json:"row_known_at"`
				Source                SourceView
			}
		}
		if err := json.Unmarshal(raw, &line); err != nil || line.Rates == nil && line.Prices == nil {
			t.Fatalf("%s: %v", raw, err)
		}
		var prices []string
		for _, v := range append(line.Rates, line.Prices...) {
			if at := v.Source; at.Seq == 0 || at.Stream != historytest.Stream && at.Stream != historytest.PriceStream || (line.Rates == nil) != (v.RowKnownAt == "") {
				t.Errorf("%s names no source", raw)
			}
			prices = append(prices, v.Currency+" "+v.Tier+" "+v.Price+v.UnitPrice)
		}
		all = append(all, strings.Join(prices, ", "))
	}
	return strings.Join(all, "; ")
}

func TestALookupAnswersInTheOrderOfItsLines(t *testing.T) {
	b := setup(t)
	priced(t, b)
	const rateLines = `{"meter_id":"m-1","sku_id":"DZH318Z0BPVW/00QZ","all_tiers":true}
{"meter_id":"m-1","sku_id":"DZH318Z0BPVW/00QZ","tier":"100.0"}
{"meter_id":"m-2","sku_id":"DZH318Z0BPVW/00QZ"}
{"meter_id":"m-1","sku_id":"DZH318Z0BPVW/00QZ","at":"2025-12-31"}
{"meter_id":"m-1","sku_id":"DZH318Z0BPVW/00QZ","tier":100,"known_at":"2026-01-10T00:00:00Z"}
{"meter_id":"m-1","sku_id":"DZH318Z0BPVW/00QZ","known_at":"2026-01-09"}`
	const rates = "USD 0 2.00, USD 100 1.00; USD 100 1.00; ; ; USD 100 1.00; "
	const priceLines = `{"market":"us","product":"CFQ7TTC0LH18","sku":"1","term":"P1M","billing":"Monthly"}
{"market":"US","currency":"eur","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","tier":"0","at":"2026-10-01","known_at":"2026-09-01"}
{"market":"US","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","tier":"5"}`
	const prices = "EUR 0 2.00, USD 0 1.00; EUR 0 2.00; "
	for _, c := range []struct{ path, lines, want string }{{"/v1/rates:lookup", rateLines, rates}, {"/v1/prices:lookup", priceLines, prices}} {
		for _, lines := range []bool{false, true} {
			body, header := `{"items":[`+strings.ReplaceAll(c.lines, "\n", ",")+`]}`, []string{"Content-Type", "application/json"}
			if lines {
				body, header = c.lines, []string{"Content-Type", "application/x-ndjson", "Accept", "application/x-ndjson"}
			}
			response, raw := b.raw(t, "POST", c.path, body, header...)
			var items []json.RawMessage
			if lines {
				for line := range strings.Lines(string(raw)) {
					items = append(items, json.RawMessage(line))
				}
			} else {
				var answer itemsOf[json.RawMessage]
				if err := json.Unmarshal(raw, &answer); err != nil {
					t.Fatalf("%s: %v", raw, err)
				}
				items = answer.Items
			}
			if got := found(t, items); response.status != 200 || got != c.want || !strings.HasPrefix(response.header.Get("Content-Type"), header[1]) {
				t.Errorf("%s, lines %t: %d %s: %q, want %q", c.path, lines, response.status, response.header.Get("Content-Type"), got, c.want)
			}
		}
	}
	if _, raw := b.raw(t, "POST", "/v1/rates:lookup", `{"items":[]}`); string(raw) != "{\"items\":[]}\n" {
		t.Errorf("no line: %s", raw)
	}
}

func TestALookupNamesEveryWrongFieldWithItsLine(t *testing.T) {
	b := setup(t)
	const good = `{"meter_id":"m","sku_id":"s"}`
	many := strings.Repeat(good+",", 100_000) + good
	for _, c := range []struct{ path, body, says string }{
		{"/v1/rates:lookup", `{"items":[]}}}`, "goes on"},
		{"/v1/rates:lookup", `{"items":[` + good + `]}}garbage`, "goes on"},
		{"/v1/prices:lookup", `{"items":[{"market":"Atlantis","product":"p","sku":"1","term":"t","billing":"b"}]}`, "items[0].market"},
		{"/v1/rates:lookup", "", "body"},
		{"/v1/rates:lookup", "[]", "body"},
		{"/v1/rates:lookup", `{"items":[` + good, "goes on"},
		{"/v1/rates:lookup", `{"items":[` + good + `],"next":1}`, "goes on"},
		{"/v1/rates:lookup", `{"items":[` + good + `,{"meter_id":5,"sku_id":"s"}]}`, "items[1].meter_id: it is a number"},
		{"/v1/rates:lookup", `{"items":[` + good + `,{"meter":"m"},{]}`, "items[1].meter: there is no such field|items[2]: it is not JSON"},
		{"/v1/rates:lookup", `{"items":[{"sku_id":" ","currency":"QQQ","tier":"x","at":"noon","known_at":"never","type":"` + strings.Repeat("x", 257) + `"}]}`, "items[0].meter_id|items[0].sku_id|items[0].currency|items[0].tier|items[0].at|items[0].known_at|items[0].type: it is longer"},
		{"/v1/rates:lookup", `{"items":[{"meter_id":"m","sku_id":"s","at":"1066-10-14"}]}`, "items[0].at: it must lie"},
		{"/v1/prices:lookup", `{"items":[{}]}`, "items[0].market|items[0].product|items[0].sku|items[0].term|items[0].billing"},
		{"/v1/rates:lookup", `{"items":[` + many + `]}`, "more than 100000"},
	} {
		response, raw := b.raw(t, "POST", c.path, c.body)
		var problem Problem
		if err := json.Unmarshal(raw, &problem); err != nil || response.status != 400 {
			t.Errorf("%.80s: %d %s", c.body, response.status, raw)
			continue
		}
		text := problem.Detail
		for _, place := range problem.Errors {
			text += "; " + place.Location + ": " + place.Message
		}
		for says := range strings.SplitSeq(c.says, "|") {
			if !strings.Contains(text, says) {
				t.Errorf("%.80s: %q does not say %q", c.body, text, says)
			}
		}
	}
	for _, behind := range []string{"}garbage", "]", "\n}\n" + good} {
		if response, raw := b.raw(t, "POST", "/v1/rates:lookup", good+behind, "Content-Type", "application/x-ndjson"); response.status != 400 || !strings.Contains(string(raw), "goes on") {
			t.Errorf("lines with %q behind: %d %s", behind, response.status, raw)
		}
	}
	_, answer := b.ask(t, "POST", "/v1/rates:lookup", `{"items":[`+strings.Repeat("{},", 60)+`{}]}`)
	if errs, _ := answer["errors"].([]any); len(errs) != 100 || !strings.Contains(fmt.Sprint(answer["detail"]), "and 121 other places are wrong") {
		t.Errorf("%d places, %v", len(errs), answer["detail"])
	}
}
