package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// columns is a table with its columns apart by single bars, so that widths do not matter.
func columns(table string) string {
	var out strings.Builder
	for line := range strings.Lines(table) {
		line = strings.TrimRight(line, "\n")
		for strings.Contains(line, "   ") {
			line = strings.ReplaceAll(line, "   ", "  ")
		}
		fmt.Fprintln(&out, strings.ReplaceAll(strings.TrimSpace(line), "  ", "|"))
	}
	return out.String()
}

func TestTablesAreForPeople(t *testing.T) {
	for _, c := range []struct{ args, answer, want string }{
		{"release diff license-us-2026-12-r1", aDiff, `
CHANGE|PRODUCT|SKU|TERM|BILLING|CURRENCY|TIER|OLD|NEW|AMOUNT|PERCENT|OLD ERP|NEW ERP|ERP AMOUNT|ERP PERCENT|ENDS|TITLE
price_changed|CFQ7TTC0LH18|0001|P1M|Monthly|USD|0|6.00|6.60|0.60|10|7.50|8.25|0.75|10|Suite, Basic
added|CFQ7TTC0LH19|0001|P1Y|Annual|USD|0|60.00|75.00|Suite, Extra
ending|CFQ7TTC0LH20|0001|P1Y|Annual|USD|0|60.00|60.00|75.00|75.00|2027-01-01T00:00:00Z|Suite, Old

CHANGE|PRODUCT|SKU|TERM|BILLING|CURRENCY|TIER|WHAT|OLD|NEW
renamed|CFQ7TTC0LH18|0002|P1M|Monthly|USD|0|sku title|Plus|Plus (new)
`},
		{"release diff offers-ww-2026-12-r1", anItemDiff, `
CHANGE|KEY|WHAT|OLD|NEW
changed|CFQ7TTC0LH18/0001|allowed countries|RU|JP
changed|CFQ7TTC0LH18/0001|max licenses|300
added|CFQ7TTC0LH19/0001|Suite, Extra
removed|CFQ7TTC0LH20/0001|Old
`},
		{"release set review december-2026", aReview, `
RELEASE|AGAINST|ADDED|PRICE CHANGED|CHANGED|RENAMED|ENDING|REMOVED|UNCHANGED
license-us-2026-12-r1|license-us-2026-11-r1|58|105|77|70|0|0|4130

RELEASE|PRODUCT|SKU|TERM|BILLING|CURRENCY|TIER|DOES|PERCENT|OTHERS DO|PERCENT|OTHERS
license-us-2026-12-r1|CFQ7TTC0LH18|0001|P1M|Monthly|USD|0|price_changed|20|price_changed|10|11 of 12
`},
		{"crawl list", `{"items":[` + aCrawl + `],"next":null}`, `
ID|STARTED|ROWS|IDENTITIES|COMPLETE|REFUSED|COUNTS ADDED|COUNTS PRICE CHANGED|COUNTS RESCHEDULED|COUNTS RENAMED|COUNTS RESTATED|COUNTS RETIRED|QUARANTINED|TRAVERSALS|SHARDS
c-1|2026-01-10T00:00:00Z|8480|8400|true|1|2|3|2|2, 1 refused
`},
		{"crawl show c-1", aCrawl, `
id|c-1
started|2026-01-10T00:00:00Z
rows|8480
identities|8400
complete|true
refused
counts.added|1
counts.price changed|2
quarantined|3
traversals|2

NAME|PAGES|ROWS|IDENTITIES|TRAVERSALS|REFUSED
compute/westeurope|9|8478|8400|2
storage|1|2|0|3|it lost 40 % of its rates

NAME|DISCOUNT|EFFECTIVE FROM|EXCLUDED METER IDS
Monetary Credit|0.15|["m-1"]
`},
		{"calendar", aCalendar, `
LIST|MARKET|2026-11|2026-12|2027-01
license|US|out|review 3d!|- 34d
documents|WW|missing 2d late!
`},
		{"orderable --market US", orderables, `
KEY|TITLE|ORDERABLE|TERMS|LICENSES|MISSING
CFQ7TTC0LH18/0001|Suite, Basic|yes|P1M Monthly;P1Y Annual|1 to 300
CFQ7TTC0LH19/0001|Add-on|no|not-in-matrix;country-not-allowed
`},
		{"orderable --market US --product CFQ7TTC0LH18", orderables, `
key|CFQ7TTC0LH18/0001
title|Suite, Basic
orderable|yes
terms|P1M Monthly;P1Y Annual
licenses|1 to 300
includes|Mail
includes|Files

key|CFQ7TTC0LH19/0001
title|Add-on
orderable|no
terms
licenses
missing|the offer matrix does not hold it
missing|not in US
prerequisite|CFQ7TTC0LH18/0001 Suite, Basic: can be ordered
`},
	} {
		f := serve(t, c.answer)
		out, errs, code := f.run(t, strings.Fields(c.args)...)
		if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), columns(out)); code != exitOK || diff != "" {
			t.Errorf("%s: exit %d, %s\n%s", c.args, code, errs, diff)
		}
	}
}

func TestTotalsOfADiffAreToldBesideTheData(t *testing.T) {
	f := serve(t, aDiff)
	_, errs, _ := f.run(t, "release", "diff", "license-us-2026-12-r1")
	want := `license-us-2026-12-r1 against license-us-2026-11-r1, which is not public yet: 1 added, 1 price changed, 1 changed, 1 ending, 4 unchanged; 1 renamed
BY|NAME|ADDED|PRICE CHANGED|CHANGED|ENDING|REMOVED
product|Suite|1|1|1|1
segment|Commercial|1|1|1|1
`
	if diff := cmp.Diff(want, columns(errs)); diff != "" {
		t.Error(diff)
	}
	var many []string
	for i := range 15 {
		many = append(many, fmt.Sprintf(`{"by":"product","name":"P%d","added":1}`, i))
	}
	f = serve(t, `{"release":"license-us-2026-12-r1","against":"","summary":{},"lines":[],"totals":[`+strings.Join(many, ",")+`]}`)
	if _, errs, _ := f.run(t, "release", "diff", "x"); strings.Count(errs, "product") != mostTotals+1 || !strings.Contains(errs, "and 5 more by product") {
		t.Errorf("%s", errs)
	}
	if _, errs, _ := f.run(t, "release", "diff", "x", "-o", "ndjson"); errs != "license-us-2026-12-r1 against nothing before it: nothing\n" {
		t.Errorf("%q", errs)
	}
}

func TestADiffAsCSVHasTheSameColumnsWhateverItsLinesAre(t *testing.T) {
	header := func(answer string) string {
		f := serve(t, answer)
		out, errs, code := f.run(t, "release", "diff", "x", "-o", "csv")
		if code != exitOK {
			t.Fatalf("exit %d: %s", code, errs)
		}
		head, _, _ := strings.Cut(out, "\n")
		return head
	}
	full := header(aDiff)
	if empty := header(`{"release":"license-us-2026-12-r1","summary":{},"lines":[]}`); empty != full || !strings.HasPrefix(full, "change,renamed,identity.market,") || !strings.Contains(full, ",move.unit_percent,") {
		t.Errorf("%s\n%s", empty, full)
	}
	if head := header(anItemDiff); head != "change,key,before.product_title,before.allowed_countries,before.max_licenses,before.sku_title,after.product_title,after.allowed_countries,after.max_licenses,after.sku_title" {
		t.Errorf("%s", head)
	}
	if head := header(`{"release":"offers-ww-2026-12-r1","summary":{},"lines":[],"items":[]}`); head != "change,key" {
		t.Errorf("%s", head)
	}
}

func TestAReleaseShowsWhatWasAcknowledgedAndWithdrawnAndWhatIsWrong(t *testing.T) {
	f := serve(t, aRelease)
	out, _, _ := f.run(t, "release", "show", "license-us-2026-12-r1")
	for _, want := range []string{
		"set|december-2026\n", "RULE|BY|AT\nprice-moved|alice|2026-10-20T08:00:00Z\n", "WITHDRAWN LINES|BY|AT|FROM|KNOWN AT|IN FORCE|RETROACTIVE|PENDING|REASON\nall|bob|",
		"SEVERITY|SHEET|ROW|COLUMN|VALUE|RULE|TEXT\nwarning|USD|7|UnitPrice|12|price-moved|it moved by 30 %\n",
	} {
		if !strings.Contains(columns(out), want) {
			t.Errorf("%q is not in\n%s", want, columns(out))
		}
	}
	if strings.Contains(out, "backfilled") || strings.Contains(out, "corrects") {
		t.Errorf("what does not say anything is shown:\n%s", out)
	}
}

func TestAStageHasAFewLetters(t *testing.T) {
	for want, m := range map[string]planned{
		"out":              {Stage: "out", DaysLeft: 0},
		"due 12d":          {Stage: "due", DaysLeft: 12},
		"held 1d late":     {Stage: "held", DaysLeft: -1},
		"review 0d!":       {Stage: "in_review", Missing: true},
		"draft 20d":        {Stage: "draft", DaysLeft: 20},
		"missing 1d late!": {Stage: "missing", Missing: true, DaysLeft: -1},
		"- 45d":            {Stage: "awaited", DaysLeft: 45},
	} {
		if got := m.cell(); got != want {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
}

func TestLintFailsOnErrorsAfterItHasNamedThem(t *testing.T) {
	f := serve(t, aLint)
	for _, form := range []string{"table", "json", "ndjson", "csv"} {
		out, errs, code := f.run(t, append(words(t, "release lint SHEET"), "-o", form)...)
		if code != exitFailure || !strings.Contains(out, "not-a-number") || !strings.Contains(errs, "1 errors") || !strings.Contains(errs, "against license-us-2026-11-r1: 58 added, 105 price changed, 4130 unchanged") {
			t.Errorf("%s: exit %d, %q, %q", form, code, out, errs)
		}
		checkForm(t, form, out)
	}
}
