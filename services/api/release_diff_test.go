package api

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// changes lists a diff's lines as "change product sku".
func changes(answer map[string]any) []string {
	var all []string
	for _, l := range answer["lines"].([]any) {
		line := l.(map[string]any)
		id := line["identity"].(map[string]any)
		all = append(all, fmt.Sprint(line["change"], " ", id["product"], " ", id["sku"]))
	}
	return all
}

func TestADiffShowsWhatMovesAndHowFar(t *testing.T) {
	b := world(t)
	const path = "/v1/releases/license-us-2026-12-r1/diff"
	d := b.good(t, "GET", path, "", "")
	if d["against"] != "license-us-2026-11-r1" || d["renamed"] != 1.0 || d["planned"] != false {
		t.Errorf("diff: %v", d)
	}
	want := []string{"price_changed CFQ7TTC0LH18 0001", "changed CFQ7TTC0LH18 0002", "price_changed CFQ7TTC0LH19 0001", "removed CFQ7TTC0LH20 0001", "added CFQ7TTC0LH21 0001"}
	if diff := cmp.Diff(want, changes(d)); diff != "" {
		t.Error(diff)
	}
	if s := d["summary"].(map[string]any); s["price_changed"] != 2.0 || s["added"] != 1.0 || s["removed"] != 1.0 || s["changed"] != 1.0 {
		t.Errorf("summary: %v", s)
	}
	first := d["lines"].([]any)[0].(map[string]any)
	if diff := cmp.Diff(map[string]any{"unit_amount": "0.60", "unit_percent": "10", "erp_amount": "0.75", "erp_percent": "10"}, first["move"]); diff != "" {
		t.Error(diff)
	}
	if added := d["lines"].([]any)[4].(map[string]any); added["move"] != nil || added["before"] != nil {
		t.Errorf("added: %v", added)
	}
	if totals := d["totals"].([]any); len(totals) < 4 || totals[0].(map[string]any)["by"] != "product" {
		t.Errorf("totals: %v", totals)
	}
	for query, want := range map[string][]string{
		"change=price_changed&by=move":          {"price_changed CFQ7TTC0LH18 0001", "price_changed CFQ7TTC0LH19 0001"},
		"by=move":                               {"price_changed CFQ7TTC0LH18 0001", "price_changed CFQ7TTC0LH19 0001", "changed CFQ7TTC0LH18 0002", "removed CFQ7TTC0LH20 0001", "added CFQ7TTC0LH21 0001"},
		"product=cfq7ttc0lh18":                  {"price_changed CFQ7TTC0LH18 0001", "changed CFQ7TTC0LH18 0002"},
		"segment=Charity":                       {"added CFQ7TTC0LH21 0001"},
		"change=ending":                         nil,
		"against=license-us-2026-12-r1":         nil,
		"change=removed&segment=Commercial":     {"removed CFQ7TTC0LH20 0001"},
		"against=license-us-2026-11-r1&by=move": {"price_changed CFQ7TTC0LH18 0001", "price_changed CFQ7TTC0LH19 0001", "changed CFQ7TTC0LH18 0002", "removed CFQ7TTC0LH20 0001", "added CFQ7TTC0LH21 0001"},
	} {
		if diff := cmp.Diff(want, changes(b.good(t, "GET", path+"?"+query, "", ""))); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	b.bad(t, 400, "query.change|query.by|query.format", "GET", path+"?change=more&by=size&format=pdf", "", "")
	b.bad(t, 400, "query.against", "GET", path+"?against=offers-ww-2026-11-r1", "", "")
	b.bad(t, 404, "no release", "GET", path+"?against=license-us-2026-10-r1", "", "")
	b.bad(t, 404, "no release", "GET", "/v1/releases/license-us-2027-12-r1/diff", "", "")
	b.bad(t, 400, "not a release id", "GET", "/v1/releases/december/diff", "", "")
}

func TestADiffOfItemsHasEveryColumnOnBothSides(t *testing.T) {
	b := world(t)
	b.good(t, "POST", "/v1/releases?list=offers&effective=2026-12-01", strings.ReplaceAll(strings.ReplaceAll(aMatrix, "US;DE", "US;DE;JP"), "CFQ7TTC0LH20", "CFQ7TTC0LH22"), "alice")
	d := b.good(t, "GET", "/v1/releases/offers-ww-2026-12-r1/diff", "", "")
	all := d["items"].([]any)
	if len(all) != 3 || len(d["lines"].([]any)) != 0 {
		t.Fatalf("%v", d)
	}
	changed := all[0].(map[string]any)
	after := changed["after"].(map[string]any)
	if changed["key"] != "CFQ7TTC0LH18/0001" || changed["change"] != "changed" || after["allowed_countries"] != "DE;JP;US" || len(after) != len(offer.Schema().Columns) {
		t.Errorf("%v", changed)
	}
	if one := b.good(t, "GET", "/v1/releases/offers-ww-2026-12-r1/diff?product=CFQ7TTC0LH22&change=added", "", "")["items"].([]any); len(one) != 1 || one[0].(map[string]any)["before"] != nil {
		t.Errorf("%v", one)
	}
	_, raw := b.raw(t, "GET", "/v1/releases/offers-ww-2026-12-r1/diff?format=csv", "")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 || rows[0][2] != "before.product_title" {
		t.Errorf("%v: %s", err, raw)
	}
}

func TestADiffIsAFileWithALineARow(t *testing.T) {
	b := world(t)
	const path = "/v1/releases/license-us-2026-12-r1/diff"
	response, raw := b.raw(t, "GET", path+"?format=csv", "")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 6 || response.header.Get("Content-Disposition") != "attachment; filename=license-us-2026-12-r1-diff.csv" {
		t.Fatalf("%v %v: %s", err, response.header, raw)
	}
	cell := func(row int, column string) string { return rows[row][slices.Index(rows[0], column)] }
	if cell(1, "identity.product") != "CFQ7TTC0LH18" || cell(1, "move.unit_percent") != "10" || cell(1, "before.unit_price") != "6.00" || cell(5, "before.unit_price") != "" || cell(2, "renamed") != "true" {
		t.Errorf("%v", rows)
	}
	// Part of a diff chooses lines to withdraw.
	if selectors, problems, err := sheet.ReadSelection("diff.csv", raw, sheet.Options{}); err != nil || len(problems) > 0 || len(selectors) != 5 {
		t.Errorf("%v %v %v", selectors, problems, err)
	}
	for format, begins := range map[string]string{"xlsx": "PK", "parquet": "PAR1", "json": "[{", "ndjson": "{"} {
		response, raw := b.raw(t, "GET", path+"?format="+format, "")
		if response.status != 200 || !strings.HasPrefix(string(raw), begins) {
			t.Errorf("%s: %d %.40q", format, response.status, raw)
		}
	}
	_, raw = b.raw(t, "GET", path+"?format=json&change=added", "")
	var lines []DifferenceView
	if err := json.Unmarshal(raw, &lines); err != nil || len(lines) != 1 || lines[0].Identity.Product != "CFQ7TTC0LH21" {
		t.Errorf("%v: %s", err, raw)
	}
}
