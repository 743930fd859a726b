package api

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/sheet"
)

func TestPricesAreFilteredByFamilyAndSegment(t *testing.T) {
	b := setup(t)
	list := strings.ReplaceAll(november("US"), ",Commercial\n", ",Commercial\n")
	list = strings.ReplaceAll(strings.ReplaceAll(list, "Mail", "Enterprise Mobility"), "Office", "Office 365")
	b.released(t, "license", "US", "2026-11-01", list)
	for query, want := range map[string]int{"family=EMS": 1, "family=Office+365": 2, "family=other": 1, "segment=Education": 1, "segment=Commercial&family=other": 1} {
		if found := items(t, b.good(t, "GET", "/v1/prices?market=US&"+query, "", "")); len(found) != want {
			t.Errorf("%s: %v", query, found)
		}
	}
	b.bad(t, 400, "query.family", "GET", "/v1/prices?market=US&family=none", "", "")
	b.bad(t, 404, "license-us-2026-11-r1 is in force", "GET", "/v1/prices?market=US&product=P&sku=1&term=P1M&billing=Monthly", "", "")
	b.bad(t, 400, "query.market|query.limit|query.known_at|query.format", "GET", "/v1/prices?limit=x&known_at=y&format=doc", "", "")
}

func TestAPriceListAsAFileHasTheOfficialColumnsAndReadsBack(t *testing.T) {
	b := world(t)
	response, raw := b.raw(t, "GET", "/v1/prices?market=us&format=csv&at=2026-11-22", "")
	if got := response.header.Get("Content-Disposition"); got != "attachment; filename=prices-us-2026-11-22.csv" {
		t.Errorf("%s", got)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 5 || rows[0][0] != "ChangeIndicator" || rows[0][2] != "ProductId" {
		t.Fatalf("%v: %s", err, raw)
	}
	end := slices.Index(rows[0], "EffectiveEndDate")
	for _, row := range rows[1:] {
		if !strings.HasPrefix(row[end], "9999") { // December has other prices, but November's list says nothing of it
			t.Errorf("%v", row)
		}
	}
	made := b.good(t, "POST", "/v1/releases?effective=2027-01-01", string(raw), "alice")
	if d := b.good(t, "GET", "/v1/releases/"+made["id"].(string)+"/diff?against=license-us-2026-11-r1", "", ""); len(d["lines"].([]any)) != 0 {
		t.Errorf("%v", d)
	}
	for _, c := range []struct{ accept, contentType, begins string }{
		{"text/csv", "text/csv; charset=utf-8", "\ufeff"},
		{"application/x-ndjson", "application/x-ndjson", `{"market":"US"`},
		{"text/html, application/vnd.apache.parquet;q=0.9, */*;q=0.1", "application/vnd.apache.parquet", "PAR1"},
		{sheet.XLSX.ContentType(), sheet.XLSX.ContentType(), "PK"},
		{"application/json, text/csv;q=0.5", "application/json", `{"items":[`},
		{"text/html,*/*", "application/json", `{"items":[`},
		{"application/json;q=0, */*;q=0.1", "text/csv; charset=utf-8", "\ufeff"},
		{"application/json;q=0.2, application/x-ndjson;q=0.9, text/*;q=0.5", "application/x-ndjson", `{"market":"US"`},
		{"nonsense/", "application/json", `{"items":[`},
		{"text/csv;q=0, nonsense/", problemType, `{"type":"https://pricewire.dev/problems/invalid"`},
		{"image/png", problemType, `{"type":"https://pricewire.dev/problems/invalid"`},
	} {
		response, raw := b.raw(t, "GET", "/v1/prices?market=US", "", "Accept", c.accept)
		if response.header.Get("Content-Type") != c.contentType || !strings.HasPrefix(string(raw), c.begins) {
			t.Errorf("%s: %s: %.40q", c.accept, response.header.Get("Content-Type"), raw)
		}
	}
	_, raw = b.raw(t, "GET", "/v1/prices?market=US&format=json", "")
	var views []PriceView
	if err := json.Unmarshal(raw, &views); err != nil || len(views) != 4 || views[0].InForce != "license-us-2026-11-r1" {
		t.Errorf("%v: %s", err, raw)
	}
	if _, raw := b.raw(t, "GET", "/v1/prices?market=FR&format=json", ""); string(raw) != "[]\n" {
		t.Errorf("%q", raw)
	}
}

func TestPricesAreComparedPageByPage(t *testing.T) {
	b := world(t)
	const path = "/v1/prices/diff?market=US&from=2026-11-30&to=2026-12-01"
	whole := items(t, b.good(t, "GET", path, "", ""))
	var said []string
	for _, v := range whole {
		said = append(said, fmt.Sprint(v["change"], " ", v["product"], " ", v["sku"]))
	}
	want := []string{"price_changed CFQ7TTC0LH18 0001", "changed CFQ7TTC0LH18 0002", "price_changed CFQ7TTC0LH19 0001", "removed CFQ7TTC0LH20 0001", "added CFQ7TTC0LH21 0001"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	if before := whole[0]["before"].(map[string]any); before["unit_price"] != "6.00" || before["release"] != "license-us-2026-11-r1" || whole[4]["before"] != nil || whole[3]["after"] != nil {
		t.Errorf("%v", whole)
	}
	var paged []map[string]any
	for cursor := ""; ; {
		page := b.good(t, "GET", path+"&limit=2&"+query("cursor", cursor), "", "")
		paged = append(paged, items(t, page)...)
		if page["next"] == nil {
			break
		}
		cursor = page["next"].(string)
	}
	if diff := cmp.Diff(whole, paged); diff != "" {
		t.Error(diff)
	}
	if same := items(t, b.good(t, "GET", "/v1/prices/diff?market=US&from=2026-12-05&to=2026-12-05&known_from=2026-11-01&known_to=2026-11-30", "", "")); len(same) != 4 {
		t.Errorf("what was believed on two days: %v", same)
	}
	if one := items(t, b.good(t, "GET", path+"&segment=Charity", "", "")); len(one) != 1 {
		t.Errorf("%v", one)
	}
	_, raw := b.raw(t, "GET", path+"&format=csv", "")
	if rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll(); err != nil || len(rows) != 6 || !slices.Contains(rows[0], "before.unit_price") {
		t.Errorf("%v: %s", err, raw)
	}
	for filter, n := range map[string]int{"sku=2": 1, "term=P1M": 2, "billing=Annual": 3, "tier=0": 5, "tier=7": 0} {
		if found := items(t, b.good(t, "GET", path+"&"+filter, "", "")); len(found) != n {
			t.Errorf("%s: %d differences, want %d", filter, len(found), n)
		}
	}
	b.bad(t, 400, "query.market|query.from|query.to|query.known_to|query.tier", "GET", "/v1/prices/diff?known_to=x&tier=x", "", "")
	b.bad(t, 400, "query.cursor", "GET", path+"&cursor=x", "", "")
	b.bad(t, 400, "query.cursor|cursor", "GET", path+"&cursor=WyJVUyIsIlVTRCIsIlAiLCJTIiwiVCIsIkIiLCJ4Il0", "", "") // its tier is no number
}
