package api

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// UnmarshalJSON lets tests read views.
func (c *Cost) UnmarshalJSON(data []byte) error {
	*c = Cost{none: string(data) == "null"}
	if c.none {
		return nil
	}
	return json.Unmarshal(data, &c.text)
}

// The planted costs: unit prices, how far they move, a rate and a raw row of a price sheet, and a discount. Nothing else in the world says them.
func plantedCosts() []string {
	return []string{"6173.29", "6199.71", "26.42", "0.43", "8111.13", "8222.57", "111.44", "0.87654321", "0.76543219", "0.1357924", "PLANTEDRAW"}
}

func plantedNovember() string {
	return listOfPrices("US", "USD", "CFQ7TTC0LH18 0001 P1M Monthly 6173.29 7500 Commercial Office", "CFQ7TTC0LH18 0002 P1M Monthly 8111.13 9999 Commercial Suite")
}

func plantedDecember() string {
	return listOfPrices("US", "USD", "CFQ7TTC0LH18 0001 P1M Monthly 6199.71 7777 Commercial Office", "CFQ7TTC0LH18 0002 P1M Monthly 8222.57 9999 Commercial Suite")
}

// plantedWorld is an API that requires tokens, in which everything that may tell cost does.
func plantedWorld(t *testing.T) (p *people, hashes []string) {
	t.Helper()
	p = populate(t)
	all := "reader+editor+approver+operator+cost"
	as := func(who, method, path, body string) map[string]any {
		status, answer := p.ask(t, method, path, body, "Authorization", "Bearer "+who+"/"+all)
		if status >= 300 {
			t.Fatalf("%s %s: %d %v", method, path, status, answer)
		}
		return answer
	}
	for _, list := range [][2]string{{"2026-11-01", plantedNovember()}, {"2026-12-01", plantedDecember()}} {
		draft := as("alice", "POST", "/v1/releases?"+query("list", "license", "market", "US", "effective", list[0], "filename", "x.csv"), list[1])
		path := "/v1/releases/" + draft["id"].(string)
		as("alice", "POST", path+"/submit", `{"acknowledge":"`+warnedOf(draft)+`"}`)
		done := as("bob", "POST", path+"/approve", `{"short_notice":"a trial"}`)
		hashes = append(hashes, done["content"].(string), done["checksum"].(string))
	}
	as("alice", "POST", "/v1/sets/january?"+query("list", "license", "effective", "2027-01-01"), zipped(t, map[string]string{"pricelist-US.csv": plantedNovember()}))
	p.plantRates(t)
	p.plantFollowers(t)
	return p, append(hashes, p.idsOfCost(t)...)
}

// idsOfCost are the ids of events that are made of what costs: those that who may not see cost is told under another id, or not at all.
func (p *people) idsOfCost(t *testing.T) []string {
	t.Helper()
	ids := func(who string) []string {
		var all []string
		for line := range strings.Lines(p.eventsOf(t, "/v1/events?from=start", who)) {
			var e struct{ ID string }
			if data, is := strings.CutPrefix(line, "data: "); !is {
				continue
			} else if err := json.Unmarshal([]byte(data), &e); err != nil {
				t.Fatal(err)
			}
			all = append(all, e.ID)
		}
		return all
	}
	public := ids("carol/reader")
	of := slices.DeleteFunc(ids("carol/reader+cost"), func(id string) bool { return slices.Contains(public, id) })
	if len(of) < 5 || len(public) < 3 {
		t.Fatalf("%d ids are of cost, %d of none", len(of), len(public))
	}
	return of
}

// plantFollowers makes a watchlist of what is planted, a webhook that was sent all of it with what it costs, and a subscriber who reads that.
func (p *people) plantFollowers(t *testing.T) {
	t.Helper()
	const all = "alice/reader+editor+approver+operator+cost"
	for _, write := range [][3]string{
		{"PUT", "/v1/watchlists/planted", `{"lines":[{"product":"CFQ7TTC0LH18"}],"meters":[{"meter_id":"m-1"}]}`},
		{"POST", "/v1/webhooks", `{"name":"planted","url":"https://example.com/hook","from":"start"}`},
		{"POST", "/v1/subscribers", `{"name":"planted","cost":true}`},
	} {
		if answer, raw := p.raw(t, write[0], write[1], write[2], "Authorization", "Bearer "+all); answer.status >= 300 {
			t.Fatalf("%s %s: %d %s", write[0], write[1], answer.status, raw)
		}
	}
	hook, err := p.webhooks.Get(t.Context(), "planted")
	if err != nil || !hook.Cost {
		t.Fatalf("%+v, %v", hook, err)
	}
	progress := webhook.Progress{Name: hook.Name, Made: hook.CreatedAt, Failing: webhook.Failing{Failures: 3, Problem: "HTTP 500"}}
	for line := range strings.Lines(p.eventsOf(t, "/v1/events?from=start", all)) {
		data, is := strings.CutPrefix(line, "data: ")
		if !is {
			continue
		}
		var e struct{ ID, Subject, Stream, Sequence string }
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			t.Fatal(err)
		}
		sequence, err := strconv.ParseUint(e.Sequence, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		progress.Log = append(progress.Log, webhook.Delivery{At: today, Event: e.ID, Subject: e.Subject, Stream: e.Stream, Sequence: sequence, Attempt: 1, Status: 500, Problem: "HTTP 500", Verdict: webhook.Waits})
	}
	if len(progress.Log) < 5 {
		t.Fatalf("only %d events were planted", len(progress.Log))
	}
	if _, err := p.webhooks.PutProgress(t.Context(), progress); err != nil {
		t.Fatal(err)
	}
}

// plantRates makes a price sheet known, and what is not believed of it.
func (p *people) plantRates(t *testing.T) {
	t.Helper()
	id := historytest.Meter("m-1")
	public := historytest.Current(id, "2026-01-01", "", "0.5", "westeurope", "Virtual Machines")
	secret := id
	secret.PriceList = "price-sheet"
	row := historytest.Current(secret, "2026-01-01", "", "0.87654321", "westeurope", "Virtual Machines")
	later := historytest.Current(secret, "2026-06-01", "", "0.76543219", "westeurope", "Virtual Machines")
	term := rate.OfferTerm{Name: "Discount", Discount: historytest.Amount("0.1357924")}
	crawl := rate.Record{
		ID: "c-1", Scope: "price-sheet", Currency: "USD", At: historytest.Day("2026-01-02T00:00:00Z"), Finished: historytest.Day("2026-01-02T00:00:00Z"), Complete: true,
		OfferTerms: []rate.OfferTerm{term}, Content: "PLANTEDRAW",
	}
	bad := rate.Quarantined{Reason: rate.ReasonDisagreement, Detail: "price PLANTEDRAW", Identity: secret, Raw: []byte(`{"price":"PLANTEDRAW"}`)}
	changes := []history.RateChange{
		historytest.Change(1, id, rate.Added, "2026-01-02T00:00:00Z", public, historytest.Span("2026-01-01", "", "0.5")),
		historytest.Change(2, secret, rate.Added, "2026-01-02T00:00:00Z", row, historytest.Span("2026-01-01", "", "0.87654321")),
		historytest.Change(3, secret, rate.PriceChanged, "2026-06-02T00:00:00Z", later, historytest.Span("2026-06-01", "", "0.76543219")),
	}
	changes[2].Before = row
	rows := history.Rows{
		RateChanges: changes, Crawls: []history.Crawl{{Position: history.Position{Stream: historytest.Stream, Sequence: 4}, Record: crawl}},
		Quarantine: []history.Quarantined{
			{Position: history.Position{Stream: historytest.Stream, Sequence: 5}, Quarantined: bad, Crawl: "c-1", Scope: "price-sheet", Currency: "USD"},
			{Position: history.Position{Stream: historytest.Stream, Sequence: 6}, Quarantined: rate.Quarantined{Reason: rate.ReasonDisagreement, Identity: id, Raw: []byte("public")}, Crawl: "c-2", Currency: "USD"},
		},
		Rejects: []history.Reject{{Position: history.Position{Stream: historytest.Stream, Sequence: 7}, Subject: "pw.rate.usd.x", Reason: "PLANTEDRAW is no number", Data: []byte("PLANTEDRAW")}},
	}
	crawl.Quarantined = 1
	p.watcher.watching = Watching{Scopes: []ScopeHealth{{Scope: crawl.Scope, Currency: "USD", Last: crawl}}}
	for _, table := range history.Tables() {
		if err := p.history.Insert(t.Context(), table, rows, "planted"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.streams.Declare(t.Context(), stream.RatesDeclaration("USD")); err != nil {
		t.Fatal(err)
	}
	batch, err := event.RateBatch(rate.Outcome{Record: crawl, Changes: []rate.Change{changes[0].Change, changes[1].Change, changes[2].Change}, Quarantined: []rate.Quarantined{bad}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.streams.Publish(t.Context(), stream.Rates("USD"), batch, stream.Expectation{}); err != nil {
		t.Fatal(err)
	}
}

// questions are requests that have an answer in the planted world, by operation. Every operation of the description that reads must have one.
func questions() map[string][]string {
	month, lists := "from=2026-11-30&to=2026-12-02&market=US", []string{"", "&price_list=price-sheet"}
	line := "market=US&product=CFQ7TTC0LH18&sku=0001&term=P1M&billing=Monthly"
	both := func(path string) []string {
		var all []string
		for _, l := range lists {
			all = append(all, path+l)
		}
		return all
	}
	oneRate := "meter_id=m-1&sku_id=DZH318Z0BPVW/00QZ&type=Consumption&reservation_term=&tier=0"
	return map[string][]string{
		"status": {"/v1/status"}, "version": {"/version"}, "calendar": {"/v1/calendar?x"}, "whoami": {"/v1/whoami"},
		"list-prices": {"/v1/prices?market=US", "/v1/prices?market=US&at=2026-12-05", "/v1/prices?" + line, "/v1/prices?at=2026-12-05&" + line},
		"diff-prices": {"/v1/prices/diff?" + month}, "price-movers": {"/v1/prices/movers?" + month, "/v1/prices/movers?by=absolute&" + month},
		"price-restatements": {"/v1/prices/restatements?market=US&from=2026-11-01&to=2027-01-01"},
		"price-series":       {"/v1/prices/series?from=2026-11-01&to=2027-01-01&" + line}, "price-history": {"/v1/prices/history?" + line},
		"list-rates": append(both("/v1/rates?currency=USD"), both("/v1/rates?"+oneRate)...), "export-rates": append(both("/v1/rates/export?currency=USD"), both("/v1/rates/export?layout=focus")...),
		"rate-history": both("/v1/rates/history?meter_id=m-1&sku_id=DZH318Z0BPVW/00QZ"), "rate-series": both("/v1/rates/series?meter_id=m-1&from=2026-01-01"),
		"diff-rates": both("/v1/rates/diff?from=2026-05-01&to=2026-07-01"), "rate-movers": both("/v1/rates/movers?from=2026-05-01&to=2026-07-01"),
		"rate-restatements": both("/v1/rates/restatements?from=2026-01-01"),
		"list-offers":       {"/v1/offers"}, "list-services": {"/v1/services"}, "list-documents": {"/v1/documents"}, "orderable": {"/v1/orderable?market=US"},
		"resolve-document": {"/v1/documents/resolve?kind=program-guide&market=US"}, "get-document-file": {"/v1/documents/files/" + strings.Repeat("0", 64)},
		"list-releases": {"/v1/releases"}, "show-release": {"/v1/releases/license-us-2026-12-r1"}, "log-release": {"/v1/releases/license-us-2026-12-r1/log"},
		"release-changes": {"/v1/releases/license-us-2026-12-r1/changes"}, "rate-groups": both("/v1/rates/groups?currency=USD"),
		"diff-release":   {"/v1/releases/license-us-2026-12-r1/diff", "/v1/releases/license-us-2026-12-r1/diff?by=move"},
		"export-release": {"/v1/releases/license-us-2026-12-r1/export?x", "/v1/releases/license-us-2026-12-r1/export?preview=true"},
		"get-template":   {"/v1/templates/license"}, "show-set": {"/v1/sets/january"}, "review-set": {"/v1/sets/january/review"},
		"list-crawls": {"/v1/crawls"}, "show-crawl": {"/v1/crawls/c-1"}, "list-running-crawls": {"/v1/crawls/running"}, "list-quarantine": {"/v1/quarantine"},
		"list-rejects": {"/v1/rejects"}, "list-audits": {"/v1/audits"}, "show-audit": {"/v1/audits/x"}, "list-rebuilds": {"/v1/rebuilds"}, "show-rebuild": {"/v1/rebuilds/x"},
		"list-tokens": {"/v1/tokens"}, "show-token": {"/v1/tokens/x"}, "audit-log": {"/v1/audit-log"},
		"follow-events":   {"/v1/events?from=start", "/v1/events?last_per_subject=true"},
		"list-watchlists": {"/v1/watchlists"}, "show-watchlist": {"/v1/watchlists/planted"}, "export-watchlist": {"/v1/watchlists/planted/entries"},
		"list-webhooks": {"/v1/webhooks"}, "show-webhook": {"/v1/webhooks/planted"}, "list-deliveries": {"/v1/webhooks/planted/deliveries"}, "list-subscribers": {"/v1/subscribers"},
		"live": {"/livez"}, "ready": {"/readyz"}, "metrics": {"/metrics"}, "openapi-json": {"/openapi.json"}, "openapi-yaml": {"/openapi.yaml"},
	}
}

// said returns everything an answer says, unpacked.
func said(t *testing.T, raw []byte) string {
	t.Helper()
	switch {
	case bytes.HasPrefix(raw, []byte("PK")):
		archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, f := range archive.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(&all, r); err != nil {
				t.Fatal(err)
			}
		}
		return all.String()
	case bytes.HasPrefix(raw, []byte("PAR1")):
		r := parquet.NewReader(bytes.NewReader(raw))
		all := fmt.Sprint(r.Schema(), r.File().Metadata().KeyValueMetadata)
		rows := make([]parquet.Row, 100)
		for {
			n, err := r.ReadRows(rows)
			for _, row := range rows[:n] {
				for _, v := range row {
					all += " " + v.String()
				}
			}
			if err != nil || n == 0 {
				return all
			}
		}
	}
	return string(raw)
}

// untimed is what the metrics say but for how long something took: those are numbers of many digits, which may be any by chance.
func untimed(metrics string) string {
	var kept strings.Builder
	for line := range strings.Lines(metrics) {
		if name, _, _ := strings.Cut(line, "{"); !strings.HasSuffix(name, "_seconds_sum") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// tells returns which of some texts an answer says.
func tells(text string, secrets []string) []string {
	var found []string
	for _, s := range secrets {
		if s != "" && strings.Contains(text, s) {
			found = append(found, s)
		}
	}
	return found
}

// eventsOf reads an endless stream for a moment: until as many events as there are have come, or nothing more does.
func (p *people) eventsOf(t *testing.T, path, token string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var all strings.Builder
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
	}
	return all.String()
}

func TestNoAnswerTellsCostToWhoMayNotSeeIt(t *testing.T) {
	p, hashes := plantedWorld(t)
	secrets := append(plantedCosts(), hashes...)
	asked := questions()
	told, answered := map[string]bool{}, map[string]bool{}
	for where, op := range operations(t, p.bundle) {
		method, path, _ := strings.Cut(where, " ")
		if method != http.MethodGet {
			continue
		}
		paths, known := asked[op.OperationID]
		if !known {
			t.Errorf("%s (%s) is not asked; add a question to it that would tell cost if it could", op.OperationID, path)
		}
		formats := []string{""}
		for _, parameter := range op.Parameters {
			if parameter.Name == "format" {
				formats = []string{"", "csv", "xlsx", "json", "ndjson", "parquet"}
			}
		}
		for _, path := range paths {
			for _, format := range formats {
				path := strings.TrimSuffix(strings.Replace(path, "?x", "?", 1), "?")
				if format != "" {
					path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "format=" + format
				}
				ask := func(who string) string {
					if op.OperationID == "follow-events" {
						return p.eventsOf(t, path, who)
					}
					answer, raw := p.raw(t, "GET", path, "", "Authorization", "Bearer "+who)
					answered[op.OperationID] = answered[op.OperationID] || answer.status == http.StatusOK
					if op.OperationID == "metrics" {
						return untimed(string(raw))
					}
					return said(t, raw)
				}
				if op.OperationID == "audit-log" {
					continue // it is asked below, by who may
				}
				if len(tells(ask("carol/reader+cost"), secrets)) > 0 {
					told[op.OperationID] = true
				}
				public := ask("carol/reader+editor+approver+operator")
				if found := tells(public, secrets); len(found) > 0 {
					t.Errorf("%s tells %v", path, found)
				}
				if i := strings.Index(strings.ToLower(public), "unit_price"); i >= 0 || strings.Contains(public, "UnitPrice") && !strings.Contains(public, "ListUnitPrice") {
					if !slices.Contains([]string{"get-template", "openapi-json", "openapi-yaml"}, op.OperationID) { // they name the fields of uploads and answers, and no amounts
						t.Errorf("%s speaks of a unit price: …%s", path, public[max(0, i-50):min(len(public), i+60)])
					}
				}
			}
		}
	}
	for _, op := range []string{
		"list-prices", "diff-prices", "price-movers", "price-series", "price-history", "list-rates", "export-rates", "rate-history", "rate-series", "diff-rates", "rate-movers",
		"list-releases", "show-release", "diff-release", "export-release", "list-crawls", "show-crawl", "list-quarantine", "list-rejects", "follow-events", "list-deliveries", "status",
	} {
		if !told[op] {
			t.Errorf("%s tells no cost to who may see it, so that nothing is shown by this test", op)
		}
	}
	for _, op := range []string{
		"list-watchlists", "show-watchlist", "export-watchlist", "list-webhooks", "show-webhook", "list-deliveries", "list-subscribers", "live", "metrics", "openapi-json", "openapi-yaml",
	} {
		if !answered[op] {
			t.Errorf("%s answers nobody, so that nothing is shown by this test", op)
		}
	}
}

// TestABrowserKeepsNoAnswerForSomebodyElse: an answer that tells cost has the ETag of the one that does not, and a browser asks for both at one address.
func TestABrowserKeepsNoAnswerForSomebodyElse(t *testing.T) {
	p, _ := plantedWorld(t)
	for _, path := range []string{"/v1/releases/license-us-2026-12-r1", "/v1/prices?market=US", "/v1/status", "/v1/watchlists/planted"} {
		answer, _ := p.raw(t, "GET", path, "", "Authorization", "Bearer carol/reader+cost", "Accept-Encoding", "gzip")
		if vary := strings.Join(answer.header.Values("Vary"), ","); answer.status != http.StatusOK || !strings.Contains(vary, "Authorization") {
			t.Errorf("%s: %d, Vary: %s", path, answer.status, vary)
		}
	}
}

func TestLookupsAndUploadsTellNoCost(t *testing.T) {
	p, hashes := plantedWorld(t)
	secrets := append(plantedCosts(), hashes...)
	prices := `{"items":[{"market":"US","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","at":"2026-12-05"}]}`
	rates := `{"items":[{"price_list":"price-sheet","meter_id":"m-1","sku_id":"DZH318Z0BPVW/00QZ"},{"meter_id":"m-1","sku_id":"DZH318Z0BPVW/00QZ"}]}`
	next := listOfPrices("US", "USD", "CFQ7TTC0LH18 0001 P1M Monthly 1.5 7777 Commercial Office", "CFQ7TTC0LH18 0002 P1M Monthly 99999 1 Commercial Suite")
	public, all := "carol/reader+editor+approver+operator", "carol/reader+editor+approver+operator+cost"
	for _, c := range []struct {
		path, body string
		tells      bool // to who may see cost
	}{
		{"/v1/prices:lookup", prices, true},
		{"/v1/rates:lookup", rates, true},
		{"/v1/releases:lint?list=license&market=US&effective=2027-02-01", next, true},
		{"/v1/releases?list=license&market=US&effective=2027-02-01", next, true},
		{"/v1/sets/february?list=license&effective=2027-03-01", zipped(t, map[string]string{"pricelist-US.csv": next}), true},
		{"/v1/releases/license-us-2027-02-r1/submit", `{"acknowledge":"price-moved,erp-below-unit-price"}`, true},
	} {
		for _, accept := range []string{"application/json", "application/x-ndjson"} {
			answer, raw := p.raw(t, "POST", c.path, c.body, "Authorization", "Bearer "+public, "Accept", accept)
			if found := tells(string(raw), secrets); len(found) > 0 || strings.Contains(string(raw), "unit_price\"") {
				t.Errorf("%s tells %v: %s", c.path, found, raw)
			}
			if accept == "application/json" && answer.status >= 300 {
				t.Errorf("%s: %d %s", c.path, answer.status, raw)
			}
		}
		if strings.HasSuffix(c.path, "lookup") || strings.Contains(c.path, ":lint") {
			if _, raw := p.raw(t, "POST", c.path, c.body, "Authorization", "Bearer "+all); len(tells(string(raw), secrets)) == 0 {
				t.Errorf("%s tells no cost to who may see it: %s", c.path, raw)
			}
		}
	}
}

func TestWithoutCostDifferencesAreThoseOfTheRetailPrice(t *testing.T) {
	p, _ := plantedWorld(t)
	with := func(who, path string) []map[string]any {
		_, answer := p.ask(t, "GET", path, "", "Authorization", "Bearer "+who)
		if lines, ok := answer["lines"].([]any); ok {
			answer["items"] = lines
		}
		return items(t, answer)
	}
	for path, both := range map[string]int{
		"/v1/prices/diff?from=2026-11-30&to=2026-12-02&market=US": 2, "/v1/prices/movers?from=2026-11-30&to=2026-12-02&market=US": 2, "/v1/releases/license-us-2026-12-r1/diff": 2,
	} {
		if all := with("carol/reader+cost", path); len(all) != both {
			t.Errorf("%s: %d of %d with cost", path, len(all), both)
		}
		public := with("carol/reader", path)
		if len(public) != 1 || !strings.Contains(fmt.Sprint(public), "7777") {
			t.Errorf("%s: %v", path, public)
		}
		if amount, ok := public[0]["amount"]; ok && amount != "277.00" {
			t.Errorf("%s moves by %v", path, amount)
		}
	}
	_, diff := p.ask(t, "GET", "/v1/releases/license-us-2026-12-r1/diff", "", "Authorization", "Bearer carol/reader")
	if summary := diff["summary"].(map[string]any); summary["price_changed"] != 1.0 || summary["unchanged"] != 1.0 {
		t.Errorf("%v", summary)
	}
}

// TestEveryFieldThatCouldTellCostIsOneThatCanBeHidden walks everything that the description says of answers.
func TestEveryFieldThatCouldTellCostIsOneThatCanBeHidden(t *testing.T) {
	_, raw := populate(t).raw(t, "GET", "/openapi.json", "")
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Hidden bool `json:"x-pricewire-cost"`
					Items  struct {
						Hidden bool `json:"x-pricewire-cost"`
					}
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	harmless := []string{
		// whether somebody has the right to see cost: no amount, and not what anything costs
		"NewTokenBody.cost", "NewTokenView.cost", "TokenView.cost", "WhoView.cost", "NewSubscriberBody.cost", "NewSubscriberView.cost", "SubscriberView.cost", "WebhookView.cost", "WebhookSecretView.cost",
		// what kind of commitment a public price is for, in words of FOCUS: Usage and Reservation
		"FocusView.CommitmentDiscountCategory", "FocusView.CommitmentDiscountType",
	}
	found := 0
	for schema, s := range document.Components.Schemas {
		for name, property := range s.Properties {
			suspicious := slices.ContainsFunc([]string{"unit_price", "unit_amount", "unit_percent", "cost", "discount", "margin", "checksum", "content"}, func(word string) bool {
				return strings.Contains(strings.ToLower(name), word)
			})
			if property.Hidden || property.Items.Hidden {
				found++
			} else if suspicious && !slices.Contains(harmless, schema+"."+name) {
				t.Errorf("%s.%s may tell cost, and is no Cost", schema, name)
			}
		}
	}
	if found < 8 {
		t.Errorf("%d fields can be hidden", found)
	}
}

func TestACostIsFoundWhereverItIsInAnAnswer(t *testing.T) {
	type inner struct {
		C Cost  `json:"c,omitzero"`
		P *Cost `json:"p,omitempty"`
	}
	type outer struct {
		inner
		L []inner  `json:"l"`
		O *inner   `json:"o"`
		N *outer   `json:"n"`
		A [1]inner `json:"a"`
		T Cost     `json:"t,omitzero"`
	}
	c := NewCost("9.99")
	i := inner{c, &c}
	v := outer{i, []inner{i}, &i, &outer{inner: i}, [1]inner{i}, costIf(false, "kept")}
	data, err := json.Marshal(withoutCost(v))
	if err != nil || strings.Contains(string(data), "9.99") || !strings.Contains(string(data), "kept") {
		t.Errorf("%s, %v", data, err)
	}
	if reflect.DeepEqual(withoutCost(7), 8) || withoutCost(nil) != nil {
		t.Error("what holds no cost is not the same")
	}
}
