package api

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// listOfPrices is a licence list as CSV, a line of "product sku term billing unit erp segment title" each.
func listOfPrices(market, currency string, lines ...string) string {
	var b strings.Builder
	b.WriteString("ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment\n")
	for _, line := range lines {
		f := strings.Fields(line)
		fmt.Fprintf(&b, "%[8]s,%[1]s,%[2]s,%[8]s SKU %[2]s,Contoso,,,%[3]s,%[4]s,%[9]s,%[10]s,%[5]s,,,2026-11-01T00:00:00Z,9999-12-31T23:59:59Z,License,%[6]s,%[7]s\n",
			f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], market, currency)
	}
	return b.String()
}

// november and december are two lists, and what changes from one to the other is plain.
func november(market string) string {
	return listOfPrices(market, "USD",
		"CFQ7TTC0LH18 0001 P1M Monthly 6.00 7.50 Commercial Office", "CFQ7TTC0LH18 0002 P1M Monthly 8.00 9.00 Commercial Office",
		"CFQ7TTC0LH19 0001 P1Y Annual 60 75 Education Mail", "CFQ7TTC0LH20 0001 P1Y Annual 100 120 Commercial Old")
}

func december(market string) string {
	return listOfPrices(market, "USD",
		"CFQ7TTC0LH18 0001 P1M Monthly 6.60 8.25 Commercial Office", "CFQ7TTC0LH18 0002 P1M Monthly 8.00 9.00 Commercial Suite",
		"CFQ7TTC0LH19 0001 P1Y Annual 61 76 Education Mail", "CFQ7TTC0LH21 0001 P1Y Annual 5 6 Charity New")
}

const aMatrix = `ProductTitle,ProductId,SkuId,SkuTitle,ProvisioningId,ProvisioningString,MinLicenses,MaxLicenses,ProductSkuPreRequisites,Description,AllowedCountries
Office,CFQ7TTC0LH18,0001,Office Basic,3b555118-da6a-4418-894f-7df1e2096870,OFFICE_BASIC,1,300,,"R&D, too",US;DE
Mail,CFQ7TTC0LH19,0001,Mail,11111111-1111-4111-8111-111111111111,MAIL,1,,CFQ7TTC0LH18/0001,,US
Old,CFQ7TTC0LH20,0001,Old,22222222-2222-4222-8222-222222222222,OLD,,,,,DE
`

const someServices = "Service,Category,Subcategory,Publisher,Usage Names\nVirtual Machines,Compute,Machines,Microsoft,microsoft.compute\nStorage,Storage,Objects,Microsoft,microsoft.storage\n"

const someDocuments = `documents:
  - {kind: program-guide, title: The guide, version: 2026-11, language: en, file: guide.pdf, markets: [ww]}
  - {kind: partner-agreement, title: Agreement for Japan, version: 2026-11, language: ja, link: 'https://agreements.example/japan', markets: [japan]}
  - {kind: partner-agreement, title: Agreement for Europe, version: 2026-11, language: en, link: 'https://agreements.example/emea', markets: [emea]}
`

// zipped packs files into an archive, in order of their names.
func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := archive.Create(name)
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// good sends a request that must succeed.
func (b *bundle) good(t *testing.T, method, path, body, who string) map[string]any {
	t.Helper()
	status, answer := b.ask(t, method, path, body, "X-Pricewire-User", who)
	if status >= 300 {
		t.Fatalf("%s %s: %d: %v", method, path, status, answer)
	}
	return answer
}

// bad sends a request that must fail with a status, and say some words.
func (b *bundle) bad(t *testing.T, status int, says, method, path, body, who string) map[string]any {
	t.Helper()
	got, answer := b.ask(t, method, path, body, "X-Pricewire-User", who)
	if got != status {
		t.Errorf("%s %s: %d, want %d: %v", method, path, got, status, answer)
	}
	for word := range strings.SplitSeq(says, "|") {
		if !strings.Contains(fmt.Sprint(answer), word) {
			t.Errorf("%s %s does not say %q: %v", method, path, word, answer)
		}
	}
	return answer
}

// approved takes a draft by alice through its life up to approval by bob.
func (b *bundle) approved(t *testing.T, draft map[string]any) map[string]any {
	t.Helper()
	path := "/v1/releases/" + draft["id"].(string)
	b.good(t, "POST", path+"/submit", `{"acknowledge":"`+warnedOf(draft)+`"}`, "alice")
	return b.good(t, "POST", path+"/approve", `{"short_notice":"a trial"}`, "bob")
}

// warnedOf are the rules of a release's warnings.
func warnedOf(v map[string]any) string {
	var rules []string
	for _, p := range v["problems"].([]any) {
		problem := p.(map[string]any)
		if rule := problem["rule"].(string); problem["severity"] == "warning" && !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	return strings.Join(rules, ",")
}

// released makes a list public.
func (b *bundle) released(t *testing.T, list, market, effective, sheet string) map[string]any {
	t.Helper()
	return b.approved(t, b.good(t, "POST", "/v1/releases?"+query("list", list, "market", market, "effective", effective), sheet, "alice"))
}

// world is an API with a licence list of November in force and one of December published, and the other lists.
func world(t *testing.T) *bundle {
	t.Helper()
	b := setup(t)
	b.released(t, "license", "US", "2026-11-01", november("US"))
	b.released(t, "license", "US", "2026-12-01", december("US"))
	b.released(t, "offers", "", "2026-11-01", aMatrix)
	b.released(t, "services", "", "2026-11-01", someServices)
	b.released(t, "documents", "", "2026-11-01", zipped(t, map[string]string{"documents.yaml": someDocuments, "guide.pdf": "%PDF-1.4 a guide"}))
	return b
}

// query makes a query of names and values; empty values are left out.
func query(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	return values.Encode()
}

// items are the items of a page.
func items(t *testing.T, answer map[string]any) []map[string]any {
	t.Helper()
	all, ok := answer["items"].([]any)
	if !ok {
		t.Fatalf("no page: %v", answer)
	}
	found := make([]map[string]any, len(all))
	for i, v := range all {
		found[i] = v.(map[string]any)
	}
	return found
}
