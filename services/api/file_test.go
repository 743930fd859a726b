package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// rates keeps some usage rates.
func (b *bundle) rates(t *testing.T, n int) {
	t.Helper()
	var rows history.Rows
	for i := range n {
		id := historytest.Meter("meter-" + string(rune('a'+i)))
		row := historytest.Current(id, "2026-01-01", "", "0.0000166667", "westeurope", "Virtual Machines")
		rows.RateChanges = append(rows.RateChanges, historytest.Change(uint64(i+1), id, rate.Added, "2026-01-02T00:00:00Z", row, historytest.Span("2026-01-01", "", "0.0000166667")))
	}
	for _, table := range history.Tables() {
		if err := b.history.Insert(t.Context(), table, rows, "rates"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheUsageListIsOneFile(t *testing.T) {
	b := setup(t)
	b.rates(t, 3)
	response, raw := b.raw(t, "GET", "/v1/rates/export?currency=USD", "")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 || response.header.Get("Content-Disposition") != "attachment; filename=usage-USD-2026-11-22.csv" {
		t.Fatalf("%v %v: %s", err, response.header, raw)
	}
	if price := rows[1][slices.Index(rows[0], "price")]; price != "0.0000166667" {
		t.Errorf("price %s", price)
	}
	for _, format := range []string{"xlsx", "json", "ndjson", "parquet"} {
		if response, raw := b.raw(t, "GET", "/v1/rates/export?format="+format, ""); response.status != 200 || len(raw) < 200 {
			t.Errorf("%s: %d: %s", format, response.status, raw)
		}
	}
	if _, raw := b.raw(t, "GET", "/v1/rates?region=westeurope", "", "Accept", "application/x-ndjson"); strings.Count(string(raw), "\n") != 3 {
		t.Errorf("%s", raw)
	}
	if _, raw := b.raw(t, "GET", "/v1/rates/export?format=ndjson&reservation_term=1+Year", ""); len(raw) != 0 {
		t.Errorf("%s", raw)
	}
	b.bad(t, 400, "query.format|query.currency|query.tier", "GET", "/v1/rates/export?format=doc&currency=QQQ&tier=x", "", "")
	b.bad(t, 422, "query.limit", "GET", "/v1/rates/export?limit=3", "", "")
}

// breaking is history that fails after some pages.
type breaking struct {
	history.Reader
	pages int
}

func (r *breaking) Rates(context.Context, history.RateList) (history.RatePage, error) {
	if r.pages--; r.pages < 0 {
		return history.RatePage{}, fault.New(fault.Unavailable, "the engine has gone")
	}
	page := history.RatePage{Next: "more"}
	for range 1000 {
		page.Items = append(page.Items, history.RateAnswer{Identity: historytest.Meter("m")})
	}
	return page, nil
}

func TestAFileThatFailsBeforeItBeginsIsAProblemAndOneThatFailsLaterBreaksOff(t *testing.T) {
	b := setup(t)
	b.server.deps.History = &breaking{}
	for _, format := range []string{"csv", "xlsx", "ndjson"} {
		response, raw := b.raw(t, "GET", "/v1/rates/export?format="+format, "")
		if response.status != 503 || response.header.Get("Content-Type") != "application/problem+json" || response.header.Get("Content-Disposition") != "" || !strings.Contains(string(raw), "the engine has gone") {
			t.Errorf("%s: %d %v: %s", format, response.status, response.header, raw)
		}
	}
	b.server.deps.History = &breaking{pages: 2}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/v1/rates/export?format=ndjson", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if got, err := io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) || len(got) < held {
		t.Errorf("%d bytes that look whole: %v", len(got), err)
	}
	b.server.deps.History = &breaking{pages: 2} // a workbook is sent when it is whole
	if response, _ := b.raw(t, "GET", "/v1/rates/export?format=xlsx", ""); response.status != 503 {
		t.Errorf("a workbook: %d", response.status)
	}
}

func TestATableHasAColumnForEachFieldOfAView(t *testing.T) {
	type inner struct {
		Price *string   `json:"price" format:"decimal"`
		Since time.Time `json:"since"`
	}
	type embedded struct {
		Market string `json:"market"`
	}
	type view struct {
		embedded
		Count  int        `json:"count"`
		Flag   bool       `json:"flag"`
		Words  []string   `json:"words"`
		Terms  []TermView `json:"terms"`
		Inner  *inner     `json:"inner"`
		Other  inner      `json:"other"`
		Hidden string     `json:"-"`
	}
	f := newFlat[view]()
	if diff := cmp.Diff([]sheet.Column{
		{Name: "market"},
		{Name: "count", Kind: sheet.Whole},
		{Name: "flag", Kind: sheet.Flag},
		{Name: "words"},
		{Name: "terms"},
		{Name: "inner.price", Kind: sheet.Decimal},
		{Name: "inner.since", Kind: sheet.Time},
		{Name: "other.price", Kind: sheet.Decimal},
		{Name: "other.since", Kind: sheet.Time},
	}, f.columns); diff != "" {
		t.Error(diff)
	}
	price := "1.50"
	row := make([]string, len(f.columns))
	f.cells(view{embedded{"US"}, 3, true, []string{"a", "b"}, []TermView{{"P1M", "Monthly"}, {"P1Y", ""}}, nil, inner{&price, today}, "x"}, row)
	if diff := cmp.Diff([]string{"US", "3", "true", "a;b", "P1M Monthly;P1Y", "", "", "1.50", "2026-11-22T09:00:00Z"}, row); diff != "" {
		t.Error(diff)
	}
}

func TestTheCalendarTellsTwelveMonths(t *testing.T) {
	b := world(t)
	stages := map[string]string{}
	for _, m := range items(t, b.good(t, "GET", "/v1/calendar?list=license&market=us", "", "")) {
		stages[m["month"].(string)] = m["stage"].(string)
	}
	if len(stages) != 12 || stages["2026-11"] != "out" || stages["2026-12"] != "out" || stages["2027-01"] != "awaited" && stages["2027-01"] != "missing" || stages["2027-10"] != "awaited" {
		t.Errorf("%v", stages)
	}
	all := items(t, b.good(t, "GET", "/v1/calendar", "", ""))
	if len(all) != 3*12+1 { // documents come when they change
		t.Errorf("%d months", len(all))
	}
	if _, raw := b.raw(t, "GET", "/v1/calendar?format=csv", ""); strings.Count(string(raw), "\n") != len(all)+1 {
		t.Errorf("%s", raw)
	}
	b.bad(t, 400, "query.format", "GET", "/v1/calendar?format=ics", "", "")
}

func TestWhatIsMissingAndHeldIsAnAlarm(t *testing.T) {
	b := setup(t)
	b.released(t, "license", "US", "2026-11-01", november("US"))
	b.good(t, "POST", "/v1/releases?effective=2026-12-01", december("US"), "alice")
	alarms := func() string {
		t.Helper()
		raw, _ := json.Marshal(b.good(t, "GET", "/v1/status", "", "")["alarms"])
		return string(raw)
	}
	for _, want := range []string{"license of US for 2026-12 is missing: license-us-2026-12-r1 is draft, and it was to be published by 2026-11-01"} {
		if got := alarms(); !strings.Contains(got, want) {
			t.Errorf("%s", got)
		}
	}
	held, err := b.releases.Get(t.Context(), "license-us-2026-12-r1")
	if err != nil {
		t.Fatal(err)
	}
	held.Held = "its predecessor is another"
	if _, err := b.releases.Update(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	if got := alarms(); !strings.Contains(got, "license-us-2026-12-r1 is held: its predecessor is another") {
		t.Errorf("%s", got)
	}
	if _, page := b.raw(t, "GET", "/status.html", ""); !strings.Contains(string(page), "is missing: ") {
		t.Errorf("%s", page)
	}
	if got := left(release.Month{PublishAt: today.AddDate(0, 0, 4), DaysLeft: 4}); got != "it is to be published by 2026-11-26, in 4 days" {
		t.Errorf("%s", got)
	}
}

func TestWhatIsTooLargeIsRefusedAsItComes(t *testing.T) {
	b := world(t)
	status, answer := b.ask(t, "POST", "/v1/releases/license-us-2026-11-r1/withdraw?reason=r", strings.Repeat("x", largestSelection), "X-Pricewire-User", "carol")
	if status != 413 || !strings.Contains(answer["detail"].(string), "too large") {
		t.Errorf("%d %v", status, answer)
	}
	bomb := zipped(t, map[string]string{"list.csv": strings.Repeat("0", 8<<20)})
	b.bad(t, 400, "list.csv", "POST", "/v1/releases:lint", bomb, "")
	b.bad(t, 400, "", "POST", "/v1/sets:lint", bomb, "")
}
