package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// wrongSubscriptions are requests about watchlists and webhooks that each operation must refuse, as wrongRequests has them.
func wrongSubscriptions() map[string][3]string {
	return map[string][3]string{
		"GET /v1/watchlists":                 {"/v1/watchlists?limit=x", "", "query.limit"},
		"GET /v1/watchlists/{name}":          {"/v1/watchlists/x", "", "no watchlist"},
		"PUT /v1/watchlists/{name}":          {"/v1/watchlists/x", `{"lines":[{"product":"=p"}]}`, "lines[0].product"},
		"DELETE /v1/watchlists/{name}":       {"/v1/watchlists/x", "", "no watchlist"},
		"GET /v1/watchlists/{name}/entries":  {"/v1/watchlists/x/entries?format=x", "", "query.format"},
		"GET /v1/webhooks":                   {"/v1/webhooks?limit=x", "", "query.limit"},
		"POST /v1/webhooks":                  {"/v1/webhooks", `{"name":"x","url":"ftp://x"}`, "body.url"},
		"GET /v1/webhooks/{name}":            {"/v1/webhooks/x", "", "no webhook"},
		"DELETE /v1/webhooks/{name}":         {"/v1/webhooks/x", "", "no webhook"},
		"POST /v1/webhooks/{name}/rotate":    {"/v1/webhooks/x/rotate", `{"overlap_hours":-1}`, "overlap_hours"},
		"POST /v1/webhooks/{name}/disable":   {"/v1/webhooks/x/disable", "", "no webhook"},
		"POST /v1/webhooks/{name}/enable":    {"/v1/webhooks/x/enable", "", "no webhook"},
		"POST /v1/webhooks/{name}/redeliver": {"/v1/webhooks/x/redeliver", "{}", "no webhook"},
		"POST /v1/webhooks/{name}/test":      {"/v1/webhooks/x/test", "", "no webhook"},
		"GET /v1/webhooks/{name}/deliveries": {"/v1/webhooks/x/deliveries", "", "no webhook"},
		"PUT /v1/watchlists/{name}/entries":  {"/v1/watchlists/x/entries", "product,colour\np,red\n", "colour"},
	}
}

// also adds requests to others.
func also(more, to map[string][3]string) map[string][3]string {
	maps.Copy(to, more)
	return to
}

func TestAWatchlistIsMadeReadReplacedAndDeleted(t *testing.T) {
	b := setup(t)
	path := "/v1/watchlists/ours"
	made := b.good(t, "PUT", path, `{"description":"d","lines":[{"product":"P","sku":"1","market":"us"}],"meters":[{"meter_id":"m"}]}`, "alice")
	if line := made["lines"].([]any)[0].(map[string]any); line["sku"] != "0001" || line["market"] != "US" || made["created_by"] != "alice" || made["line_count"] != 1.0 {
		t.Errorf("made %v", made)
	}
	response, _ := b.raw(t, "GET", path, "")
	tag := response.header.Get("ETag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	for _, c := range []struct {
		method, body, name, value string
		status                    int
	}{
		{"PUT", `{}`, "If-None-Match", "*", 409},
		{"PUT", `{}`, "If-Match", `"999"`, 409},
		{"PUT", `{}`, "If-Match", `x`, 400},
		{"DELETE", "", "If-Match", `"999"`, 409},
		{"PUT", `{"meters":[{"meter_id":"n"}]}`, "If-Match", tag, 200},
		{"PUT", `{}`, "If-Match", tag, 409},
	} {
		if status, answer := b.ask(t, c.method, path, c.body, "X-Pricewire-User", "bob", c.name, c.value); status != c.status {
			t.Errorf("%s with %s %s: %d, %v", c.method, c.name, c.value, status, answer)
		}
	}
	if v := b.good(t, "GET", path, "", "carol"); v["created_by"] != "alice" || v["updated_by"] != "bob" || len(v["lines"].([]any)) != 0 {
		t.Errorf("replaced %v", v)
	}
	b.bad(t, 400, "X-Pricewire-User", "PUT", "/v1/watchlists/none", `{}`, "")
}

func TestEntriesComeAndGoAsFiles(t *testing.T) {
	b := setup(t)
	file := "product,sku,market,meter_id,region\nP,0001,US,,\n,,,m,westeurope\n"
	b.good(t, "PUT", "/v1/watchlists/ours/entries?description=ours", file, "alice")
	_, exported := b.raw(t, "GET", "/v1/watchlists/ours/entries?format=csv", "")
	b.good(t, "PUT", "/v1/watchlists/theirs/entries", string(exported), "alice")
	_, again := b.raw(t, "GET", "/v1/watchlists/theirs/entries?format=csv", "")
	if string(again) != string(exported) || !strings.Contains(string(again), "westeurope") {
		t.Errorf("%s, and again %s", exported, again)
	}
	b.good(t, "PUT", "/v1/watchlists/ours/entries", file, "bob")
	if v := b.good(t, "GET", "/v1/watchlists/ours", "", ""); v["description"] != "ours" {
		t.Errorf("an import changes the description: %v", v)
	}
	page := b.good(t, "GET", "/v1/watchlists?limit=1", "", "")
	if list := items(t, page); len(list) != 1 || list[0]["name"] != "ours" || page["next"] != "ours" {
		t.Errorf("page %v", page)
	}
	if list := items(t, b.good(t, "GET", "/v1/watchlists?cursor=ours", "", "")); len(list) != 1 || list[0]["name"] != "theirs" {
		t.Errorf("next page %v", list)
	}
	b.good(t, "DELETE", "/v1/watchlists/ours", "", "alice")
	b.bad(t, 404, "no watchlist", "DELETE", "/v1/watchlists/ours", "", "alice")
}

// ids are the values of a field of items, in order.
func ids(items []map[string]any, field string) string {
	seen := map[string]bool{}
	for _, item := range items {
		seen[fmt.Sprint(item[field])] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(seen)), " ")
}

func TestPricesAreThoseOfAWatchlist(t *testing.T) {
	b := world(t)
	all := items(t, b.good(t, "GET", "/v1/prices?market=US", "", ""))
	first := fmt.Sprint(all[0]["product"])
	b.good(t, "PUT", "/v1/watchlists/ours", fmt.Sprintf(`{"lines":[{"product":%q,"market":"US"}]}`, strings.ToLower(first)), "alice")
	b.good(t, "PUT", "/v1/watchlists/elsewhere", fmt.Sprintf(`{"lines":[{"product":%q,"market":"GB"}]}`, first), "alice")
	b.good(t, "PUT", "/v1/watchlists/empty", `{}`, "alice")
	dates := "&from=2026-11-15&to=2026-12-15"
	whole := items(t, b.good(t, "GET", "/v1/prices/diff?market=US"+dates, "", ""))
	for _, path := range []string{"/v1/prices?market=US", "/v1/prices/diff?market=US" + dates, "/v1/prices/movers?market=US" + dates} {
		if got := ids(items(t, b.good(t, "GET", path+"&watchlist=ours", "", "")), "product"); got != first && got != "" || path == "/v1/prices?market=US" && got != first {
			t.Errorf("%s: %s", path, got)
		}
		for _, none := range []string{"elsewhere", "empty"} {
			if got := items(t, b.good(t, "GET", path+"&watchlist="+none, "", "")); len(got) != 0 {
				t.Errorf("%s of %s: %v", path, none, got)
			}
		}
		b.bad(t, 404, "no watchlist none", "GET", path+"&watchlist=none", "", "")
	}
	if len(whole) == 0 {
		t.Error("nothing differs, so nothing was tried")
	}
	_, file := b.raw(t, "GET", "/v1/prices?market=US&format=csv&watchlist=ours", "")
	if lines := strings.Split(strings.TrimSpace(string(file)), "\n"); len(lines) < 2 || len(lines) > len(all) || !strings.Contains(lines[1], first) {
		t.Errorf("file %s", file)
	}
}

func TestRatesAreThoseOfAWatchlist(t *testing.T) {
	b := setup(t)
	var rows history.Rows
	for i, meter := range []string{"m1", "m2", "m3"} {
		id := historytest.Meter(meter)
		row := historytest.Current(id, "2026-01-01", "", "1", []string{"westeurope", "eastus"}[i%2], "Service")
		rows.RateChanges = append(rows.RateChanges, historytest.Change(uint64(i+1), id, rate.Added, "2026-01-10", row,
			historytest.Span("2026-01-01", "2026-06-01", "1"), historytest.Span("2026-06-01", "", "2")))
	}
	historytest.Put(t, b.history, "1", rows)
	b.good(t, "PUT", "/v1/watchlists/ours", `{"meters":[{"meter_id":"M1"},{"meter_id":"m2","region":"westeurope"},{"meter_id":"m3","region":"westeurope"}]}`, "alice")
	b.good(t, "PUT", "/v1/watchlists/empty", `{}`, "alice")
	dates := "?from=2026-05-01&to=2026-07-01"
	for _, path := range []string{"/v1/rates?limit=1", "/v1/rates/diff" + dates} {
		seen := map[string]bool{}
		for cursor := ""; ; {
			page := b.good(t, "GET", path+"&watchlist=ours&cursor="+cursor, "", "")
			for _, item := range items(t, page) {
				seen[fmt.Sprint(item["meter_id"])] = true
			}
			next, more := page["next"].(string)
			if !more {
				break
			}
			cursor = next
		}
		if got := strings.Join(slices.Sorted(maps.Keys(seen)), " "); got != "m1 m3" {
			t.Errorf("%s: %s", path, got)
		}
		if got := items(t, b.good(t, "GET", path+"&watchlist=empty", "", "")); len(got) != 0 {
			t.Errorf("%s of nothing: %v", path, got)
		}
	}
	if got := ids(items(t, b.good(t, "GET", "/v1/rates/movers"+dates+"&limit=2&watchlist=ours", "", "")), "meter_id"); got != "m1 m3" {
		t.Errorf("movers: %s", got)
	}
	if _, file := b.raw(t, "GET", "/v1/rates/export?watchlist=ours", ""); strings.Count(string(file), "\n") != 3 || strings.Contains(string(file), "m2") {
		t.Errorf("file %s", file)
	}
}

func TestEventsAreFilteredByWhatTheySpeakOf(t *testing.T) {
	b := world(t)
	all := items(t, b.good(t, "GET", "/v1/prices?market=US", "", ""))
	product := fmt.Sprint(all[0]["product"])
	b.good(t, "PUT", "/v1/watchlists/ours", fmt.Sprintf(`{"lines":[{"product":%q}]}`, product), "alice")
	whole, _ := b.follow(t, "from=start&type=pricewire.price.changed.v1", "", len(all))
	watched, _ := b.follow(t, "from=start&type=pricewire.price.changed.v1&watchlist=ours", "", 1)
	if len(whole) != len(all) || len(watched) != 1 {
		t.Errorf("%v of %v", watched, whole)
	}
	for query, status := range map[string]int{
		"watchlist=none": 404, "type=x": 400, "market=USA": 400, "currency=dollars": 400, "subject=pw.price.%3E,pw..x": 400,
	} {
		if got, answer := b.ask(t, "GET", "/v1/events?"+query, ""); got != status {
			t.Errorf("%s: %d, %v", query, got, answer)
		}
	}
	if released, _ := b.follow(t, "from=start&market=us&type=pricewire.release.published.v1", "", 2); len(released) != 2 {
		t.Errorf("releases of a market: %v", released)
	}
}

func TestAPositionMovesOnBehindWhatAFilterLeavesOut(t *testing.T) {
	b := setup(t)
	b.publish(t, "US 1", "GB 2", "GB 3")
	_, position := b.follow(t, "from=start&market=US", "", 1)
	b.publish(t, "US 4")
	if got, _ := b.follow(t, "market=US", position, 1); fmt.Sprint(got) != "[4]" {
		t.Errorf("behind %s: %v", position, got)
	}
}
