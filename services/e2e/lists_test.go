package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestASetOfMarketsIsOneReviewAndManyReleases(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-12-10", "--clock-rate", "1")
	markets := map[string]string{"US": "USD", "DE": "EUR", "GB": "GBP", "JP": "JPY"}
	folder := func(month string, change func(market string, rows []record)) string {
		t.Helper()
		dir := t.TempDir()
		for market, currency := range markets {
			header, rows := readCSV(t, command(t, "sample", "list", "--month", month, "--lines", "150", "--market", market, "--currency", currency).out)
			if change != nil {
				change(market, rows)
			}
			raw, err := os.ReadFile(writeCSV(t, "sheet.csv", header, rows...))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "pricelist_"+market+".csv"), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	release := func(name, dir, effective string) {
		t.Helper()
		i.ok(t, "release", "set", "create", name, dir, "--list", "license", "--effective", effective, "--as", "alice")
		i.ok(t, "release", "set", "submit", name, "--as", "alice", "--acknowledge", "price-moved,lines-gone")
		if r := i.run(t, "release", "set", "approve", name, "--as", "alice", "--short-notice", "a trial"); r.code != 5 {
			t.Errorf("the author approved the set: exit %d", r.code)
		}
		i.ok(t, "release", "set", "approve", name, "--as", "bob", "--short-notice", "a trial", "--acknowledge", "price-moved,lines-gone")
	}
	release("november", folder("2026-11", nil), "2026-11-01")

	var odd record
	december := folder("2026-12", func(market string, rows []record) {
		if market != "GB" {
			return
		}
		odd = mended{rows: rows}.priced(t, 3)
		odd["UnitPrice"], odd["ERP Price"] = "0.01", "0.02"
	})
	if r := i.run(t, "release", "set", "lint", december, "--list", "license", "--effective", "2026-12-01"); r.code != 0 {
		t.Fatalf("lint of the set: exit %d: %s%s", r.code, r.out, r.err)
	}
	i.ok(t, "release", "set", "create", "december", december, "--list", "license", "--effective", "2026-12-01", "--as", "alice")
	review := i.object(t, "release", "set", "review", "december")
	if n := len(review["releases"].([]any)); n != len(markets) {
		t.Errorf("the review has %d releases", n)
	}
	found := false
	for _, o := range review["odd"].([]any) {
		text := fmt.Sprint(o)
		found = found || strings.Contains(text, "license-gb-2026-12-r1") && strings.Contains(text, odd["ProductId"])
	}
	if !found {
		t.Errorf("the review of four markets does not show the one that goes another way: %v", review["odd"])
	}
	i.ok(t, "release", "set", "submit", "december", "--as", "carol", "--acknowledge", "price-moved,lines-gone")
	i.ok(t, "release", "set", "approve", "december", "--as", "bob", "--short-notice", "a trial", "--acknowledge", "price-moved,lines-gone")
	for market := range markets {
		r := i.object(t, "release", "show", "license-"+strings.ToLower(market)+"-2026-12-r1")
		if r["state"] != "effective" || r["set"] != "december" {
			t.Errorf("%s is %v, of the set %v", market, r["state"], r["set"])
		}
		if n := len(i.object(t, "price", "list", "--market", market, "--at", "2026-12-05")["items"].([]any)); n < 100 {
			t.Errorf("%s has %d prices", market, n)
		}
	}
	empty := t.TempDir()
	if r := i.run(t, "release", "set", "create", "empty", empty, "--list", "license", "--effective", "2027-01-01", "--as", "alice"); r.code != 2 {
		t.Errorf("a set of an empty folder: exit %d", r.code)
	}
	checkTables(t, i.ClickHouse)
}

func TestAnExportReadsBackWithoutADifference(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-12-10", "--clock-rate", "1")
	m := i.inForce(t, "2026-12", "2026-12-01")
	dir := t.TempDir()
	for _, format := range []string{"csv", "xlsx"} {
		path := filepath.Join(dir, "december."+format)
		i.ok(t, "release", "export", m.id, "-o", format, "--file", path)
		month := map[string]string{"csv": "2027-01-01", "xlsx": "2027-02-01"}[format]
		made := i.object(t, "release", "create", path, "--market", "US", "--effective", month, "--as", "alice")
		diff := i.object(t, "release", "diff", made["id"].(string), "--against", m.id)
		if lines := diff["lines"].([]any); len(lines) != 0 {
			t.Errorf("the %s read back differs in %d lines, such as %v", format, len(lines), lines[0])
		}
		if n := diff["summary"].(map[string]any)["unchanged"]; n != float64(len(m.rows)) {
			t.Errorf("the %s read back has %v lines, want %d", format, n, len(m.rows))
		}
	}
	for _, args := range [][]string{
		{"release", "export", m.id}, {"release", "export", m.id, "--preview"}, {"price", "list", "--market", "US", "--at", "2026-12-20"},
	} {
		path := filepath.Join(dir, "table.parquet")
		i.ok(t, append(args, "-o", "parquet", "--file", path)...)
		if raw, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(raw, []byte("PAR1")) || !bytes.HasSuffix(raw, []byte("PAR1")) {
			t.Errorf("%v wrote %d bytes that are no Parquet file: %v", args, len(raw), err)
		}
		lines := strings.Count(i.ok(t, append(args, "-o", "ndjson")...), "\n")
		if lines != len(m.rows) {
			t.Errorf("%v has %d lines, want %d", args, lines, len(m.rows))
		}
	}
	template := filepath.Join(dir, "template.xlsx")
	i.ok(t, "release", "template", "--file", template)
	if r := i.run(t, "release", "lint", template, "--market", "US"); r.code != 1 || !strings.Contains(r.out, "no-lines") {
		t.Errorf("an empty template: exit %d: %s%s", r.code, r.out, r.err)
	}
}

const matrix = `ProductTitle,ProductId,SkuId,SkuTitle,ProvisioningId,ProvisioningString,MinLicenses,MaxLicenses,AssetOwnershipLimit,AssetOwnershipLimitType,ProductSkuPreRequisites,ProductSkuConversion,Description,AllowedCountries
%[1]s,%[1]s,%[2]s,A base,11111111-1111-4111-8111-111111111111,BASE,1,300,,,,,What others build on,US;DE;JP
Add-on,CFQ7TTC0XADD,0001,An add-on,22222222-2222-4222-8222-222222222222,ADDON,1,300,,,%[1]s:%[2]s,,Needs a base,US;DE
`

func TestTheOtherListsHaveTheSameLife(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-12-10", "--clock-rate", "1")
	m := i.inForce(t, "2026-12", "2026-12-01")
	base := m.priced(t, 0)
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	release := func(list, path string) string {
		t.Helper()
		id := i.object(t, "release", "create", path, "--list", list, "--effective", "2026-12-01", "--as", "alice")["id"].(string)
		if r := i.run(t, "release", "submit", id, "--as", "alice"); r.code != 0 {
			t.Fatalf("submit of %s: %s", list, r.err)
		}
		r := i.object(t, "release", "approve", id, "--as", "bob", "--short-notice", "the month has begun")
		if r["state"] != "effective" {
			t.Errorf("%s is %v", id, r["state"])
		}
		return id
	}

	offers := release("offers", write("matrix.csv", fmt.Sprintf(matrix, base["ProductId"], base["SkuId"])))
	if n := len(i.told(t, "pw.item.offers.ww.>", 2)); n != 2 {
		t.Errorf("%d items told", n)
	}
	if n := count(t, i.ClickHouse, "SELECT count() FROM pricewire.offers_at(valid_at = '2026-12-20', known_at = '2026-12-31')"); n != 2 {
		t.Errorf("%d offers in the table", n)
	}
	verdict := func(market, product string) map[string]any {
		t.Helper()
		items := i.object(t, "orderable", "--market", market, "--product", product)["items"].([]any)
		if len(items) != 1 {
			t.Fatalf("orderable %s in %s: %v", product, market, items)
		}
		return items[0].(map[string]any)
	}
	if v := i.object(t, "orderable", "--market", "US")["items"].([]any); len(v) < 2 {
		t.Errorf("%d verdicts", len(v))
	}
	addOn := verdict("US", "CFQ7TTC0XADD")
	if text := fmt.Sprint(addOn["missing"]); addOn["orderable"] != false || !strings.Contains(text, "not-in-price-list") {
		t.Errorf("an add-on without a price: %v", addOn)
	}
	found := false
	for _, v := range i.object(t, "orderable", "--market", "US", "--product", base["ProductId"])["items"].([]any) {
		found = found || v.(map[string]any)["orderable"] == true
	}
	if !found {
		t.Error("what has a price, is in the matrix and allowed in the country cannot be ordered")
	}

	release("services", write("services.csv", "Service,Category,Publisher,Usage Names\nVirtual Machines,Compute,Microsoft,microsoft.compute\n"))
	if out := i.ok(t, "service", "list", "-o", "csv"); !strings.Contains(out, "Virtual Machines") {
		t.Errorf("services: %s", out)
	}

	guide := []byte("%PDF-1.4 a guide\n")
	write("guide.pdf", string(guide))
	documents := `documents:
  - {kind: customer-agreement, title: Agreement for Japan, version: 2026-10, language: ja, link: 'https://example.com/jp', markets: [japan]}
  - {kind: customer-agreement, title: Agreement for the Americas, version: 2026-10, language: en, link: 'https://example.com/am', markets: [americas]}
  - {kind: customer-agreement, title: Agreement for Europe, version: 2026-10, language: en, link: 'https://example.com/eu', markets: [emea]}
  - {kind: program-guide, title: The guide, version: 2026-10, language: en, file: guide.pdf, markets: [WW]}
`
	release("documents", write("documents.yaml", documents))
	for market, title := range map[string]string{"JP": "Agreement for Japan", "BR": "Agreement for the Americas", "ZA": "Agreement for Europe"} {
		if d := i.object(t, "document", "get", "customer-agreement", "--market", market); d["title"] != title {
			t.Errorf("the agreement for %s is %v", market, d["title"])
		}
	}
	if r := i.run(t, "document", "get", "customer-agreement", "--market", "KR"); r.code != 3 {
		t.Errorf("no agreement applies in Korea: exit %d", r.code)
	}
	if r := i.run(t, "document", "get", "customer-agreement", "--market", "DE,FR,JP", "-o", "ndjson"); r.code != 0 || strings.Count(r.out, "\n") != 2 {
		t.Errorf("three markets, two agreements: exit %d: %s%s", r.code, r.out, r.err)
	}
	saved := filepath.Join(dir, "saved.pdf")
	i.ok(t, "document", "get", "program-guide", "--market", "US", "--file", saved)
	if raw, err := os.ReadFile(saved); err != nil || !bytes.Equal(raw, guide) {
		t.Errorf("the guide came back as %q: %v", raw, err)
	}

	more := fmt.Sprintf(matrix, base["ProductId"], base["SkuId"])
	more = strings.Replace(more, "US;DE;JP", "US;DE;JP;GB", 1)
	fixed := i.object(t, "release", "correct", offers, write("fixed.csv", more), "--reason", "the kingdom was forgotten", "--as", "alice")
	i.ok(t, "release", "submit", fixed["id"].(string), "--as", "alice")
	i.ok(t, "release", "approve", fixed["id"].(string), "--as", "bob")
	var change struct {
		Data struct {
			Change string
			After  map[string]any
		}
	}
	last := i.told(t, "pw.item.offers.ww.>", 3)[2]
	raw, _ := json.Marshal(last)
	if err := json.Unmarshal(raw, &change); err != nil || change.Data.Change != "changed" {
		t.Errorf("the correction of the matrix is told as %v: %v", last, err)
	}
	i.ok(t, "release", "withdraw", fixed["id"].(string), "--reason", "it was right after all", "--as", "carol")
	if got := i.told(t, "pw.item.offers.ww.>", 4)[3]["data"].(map[string]any)["withdrawal"]; got != 1.0 {
		t.Errorf("the withdrawal of the correction is told as %v", got)
	}
	checkTables(t, i.ClickHouse)
}
