package api

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/sheet"
)

func TestListsWithoutPricesAreAskedForAsOfAnInstant(t *testing.T) {
	b := world(t)
	offers := items(t, b.good(t, "GET", "/v1/offers", "", ""))
	if len(offers) != 3 || offers[0]["key"] != "CFQ7TTC0LH18/0001" || offers[0]["market"] != "WW" || offers[0]["max_licenses"] != "300" || offers[0]["release"] != "offers-ww-2026-11-r1" ||
		offers[0]["description"] != "R&D, too" || offers[1]["prerequisites"] != "CFQ7TTC0LH18/0001" || offers[0]["valid_to"] != nil || offers[0]["in_force"] != "offers-ww-2026-11-r1" {
		t.Errorf("%v", offers)
	}
	_, raw := b.raw(t, "GET", "/v1/offers?key=CFQ7TTC0LH18/0001", "")
	if text := string(raw); !strings.HasPrefix(text, `{"items":[{"market":"WW","key":"CFQ7TTC0LH18/0001","product_title":"Office",`) || !strings.Contains(text, `"R&D, too"`) {
		t.Errorf("%s", text)
	}
	if none := items(t, b.good(t, "GET", "/v1/offers?at=2026-10-31", "", "")); len(none) != 0 {
		t.Errorf("%v", none)
	}
	if none := items(t, b.good(t, "GET", "/v1/offers?known_at=2026-10-31", "", "")); len(none) != 0 {
		t.Errorf("%v", none)
	}
	b.bad(t, 404, "holds", "GET", "/v1/offers?key=CFQ7TTC0NONE/0001", "", "")
	b.bad(t, 400, "query.at|query.limit|query.format", "GET", "/v1/services?at=x&limit=0&format=x", "", "")
	b.bad(t, 400, "query.cursor", "GET", "/v1/documents?cursor=x", "", "")

	b.released(t, "services", "DE", "2026-11-01", someServices) // a market's own list
	var keys []string
	for cursor := ""; ; {
		page := b.good(t, "GET", "/v1/services?limit=1&"+query("cursor", cursor), "", "")
		for _, v := range items(t, page) {
			keys = append(keys, fmt.Sprint(v["market"], " ", v["key"]))
		}
		if page["next"] == nil {
			break
		}
		cursor = page["next"].(string)
	}
	if diff := cmp.Diff([]string{"DE storage", "DE virtual machines", "WW storage", "WW virtual machines"}, keys); diff != "" {
		t.Error(diff)
	}
	if own := items(t, b.good(t, "GET", "/v1/services?market=de", "", "")); len(own) != 2 {
		t.Errorf("%v", own)
	}
	_, raw = b.raw(t, "GET", "/v1/services?format=csv", "")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 5 || strings.Join(rows[0][:4], " ") != "market key service category" || rows[1][0] != "DE" {
		t.Errorf("%v: %s", err, raw)
	}
	for _, format := range []string{"xlsx", "json", "ndjson", "parquet"} {
		if response, raw := b.raw(t, "GET", "/v1/documents?format="+format, ""); response.status != 200 || len(raw) < 200 {
			t.Errorf("%s: %d: %s", format, response.status, raw)
		}
	}
}

func TestWhatCanBeOrderedIsJoinedAndWhatIsMissingIsNamed(t *testing.T) {
	b := world(t)
	verdicts := map[string]string{}
	for _, v := range items(t, b.good(t, "GET", "/v1/orderable?market=us", "", "")) {
		var lacks []string
		for _, m := range v["missing"].([]any) {
			lacks = append(lacks, m.(map[string]any)["reason"].(string))
		}
		verdicts[v["key"].(string)] = fmt.Sprint(v["orderable"], lacks)
	}
	if diff := cmp.Diff(map[string]string{
		"CFQ7TTC0LH18/0001": "true []", "CFQ7TTC0LH18/0002": "false [not-in-matrix]", "CFQ7TTC0LH19/0001": "true []", "CFQ7TTC0LH20/0001": "false [country-not-allowed]",
	}, verdicts); diff != "" {
		t.Error(diff)
	}
	one := items(t, b.good(t, "GET", "/v1/orderable?market=US&product=CFQ7TTC0LH19", "", ""))
	if len(one) != 1 || one[0]["prerequisites"].([]any)[0].(map[string]any)["title"] != "Office, Office Basic" || fmt.Sprint(one[0]["terms"]) != "[map[billing:Annual term:P1Y]]" || one[0]["min_licenses"] != 1.0 {
		t.Errorf("%v", one)
	}
	if later := items(t, b.good(t, "GET", "/v1/orderable?market=US&at=2026-12-05&product=CFQ7TTC0LH20/0001", "", "")); len(later) != 1 || len(later[0]["missing"].([]any)) != 2 {
		t.Errorf("%v", later) // it has left the price list
	}
	b.bad(t, 404, "CFQ7TTC0NONE", "GET", "/v1/orderable?market=US&product=CFQ7TTC0NONE", "", "")
	b.bad(t, 400, "query.market", "GET", "/v1/orderable", "", "")
	b.bad(t, 400, "query.market|QQ|query.at", "GET", "/v1/orderable?market=QQ&at=x", "", "")

	b.released(t, "offers", "US", "2026-11-01", strings.Replace(aMatrix, "US;DE", "DE", 1)) // a market's own line counts first
	if own := items(t, b.good(t, "GET", "/v1/orderable?market=US&product=CFQ7TTC0LH18/0001", "", "")); own[0]["orderable"] != false {
		t.Errorf("%v", own)
	}
	if other := items(t, b.good(t, "GET", "/v1/orderable?market=DE&product=CFQ7TTC0LH18/0001", "", "")); len(other[0]["missing"].([]any)) != 1 {
		t.Errorf("%v", other)
	}
	if response, raw := b.raw(t, "GET", "/v1/orderable?market=US&format=csv", ""); response.status != 200 || !strings.Contains(string(raw), "P1M Monthly") {
		t.Errorf("%s", raw)
	}
}

func TestWhatABundleContainsComesWithTheMatrix(t *testing.T) {
	b := setup(t)
	const plans = "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Service_Plans_Included_Friendly_Names\n" +
		"Office,OFFICE_BASIC,3b555118-da6a-4418-894f-7df1e2096870,MAIL_S,41781fb2-bc02-4b7c-bd55-b576c07bb09d,Mail (Plan 1)\n" +
		"Office,OFFICE_BASIC,3b555118-da6a-4418-894f-7df1e2096870,FILES_S,c7699d2e-19aa-44de-8edf-1736da088ca1,Files\n"
	b.released(t, "offers", "", "2026-11-01", zipped(t, map[string]string{"m/matrix.csv": aMatrix, "m/contents.csv": plans}))
	if v := items(t, b.good(t, "GET", "/v1/orderable?market=DE&product=CFQ7TTC0LH18", "", ""))[0]; fmt.Sprint(v["includes"]) != "[Files Mail (Plan 1)]" {
		t.Errorf("%v", v)
	}
	path := "/v1/releases:lint?list=offers"
	b.bad(t, 400, "2 sheets|other.csv", "POST", path, zipped(t, map[string]string{"matrix.csv": aMatrix, "other.csv": aMatrix}), "")
	b.bad(t, 400, "contents.csv", "POST", path, zipped(t, map[string]string{"matrix.csv": aMatrix, "contents.csv": "a,b\n"}), "")
	lint := b.good(t, "POST", path, zipped(t, map[string]string{"matrix.csv": aMatrix, "contents.csv": strings.Replace(plans, "41781fb2", "4178", 1)}), "")
	if !strings.Contains(fmt.Sprint(lint), "not-a-guid") || lint["errors"] == 0.0 {
		t.Errorf("%v", lint)
	}
}

func TestTheAgreementThatAppliesIsFoundAndItsFileIsTheOneReleased(t *testing.T) {
	b := world(t)
	d := b.good(t, "GET", "/v1/documents/resolve?kind=partner-agreement&market=jp", "", "")
	if d["title"] != "Agreement for Japan" || d["market"] != "WW" || d["release"] != "documents-ww-2026-11-r1" || d["key"] != "partner-agreement/ja/japan" {
		t.Errorf("%v", d)
	}
	b.bad(t, 404, "no partner-agreement is for US|japan", "GET", "/v1/documents/resolve?kind=partner-agreement&market=US", "", "")
	b.bad(t, 404, "program-guide", "GET", "/v1/documents/resolve?kind=leaflet&market=US", "", "")
	b.bad(t, 404, "holds no document", "GET", "/v1/documents/resolve?kind=partner-agreement&market=JP&at=2026-10-01", "", "")
	b.bad(t, 400, "query.kind|query.market|query.language|query.known_at", "GET", "/v1/documents/resolve?language=!&known_at=x&market=,", "", "")
	b.bad(t, 400, "query.market|QQ", "GET", "/v1/documents/resolve?kind=x&market=QQ", "", "")

	groups := items(t, b.good(t, "GET", "/v1/documents/resolve?kind=partner-agreement&market=DE,FR,JP,US", "", ""))
	if len(groups) != 3 || fmt.Sprint(groups[0]["markets"]) != "[DE FR]" || groups[2]["document"] != nil || !strings.Contains(groups[2]["problem"].(string), "US") || groups[0]["problem"] != "" {
		t.Errorf("%v", groups)
	}
	b.released(t, "documents", "DE", "2026-11-01", "- {kind: partner-agreement, title: Of Germany alone, version: 2026-11, language: en, link: 'https://agreements.example/de', markets: [DE]}\n")
	groups = items(t, b.good(t, "GET", "/v1/documents/resolve?kind=partner-agreement&market=DE,FR", "", ""))
	if len(groups) != 2 || groups[0]["document"].(map[string]any)["title"] != "Of Germany alone" || groups[0]["document"].(map[string]any)["market"] != "DE" {
		t.Errorf("%v", groups)
	}

	guide := b.good(t, "GET", "/v1/documents/resolve?kind=program-guide&market=US", "", "")
	sum := sha256.Sum256([]byte("%PDF-1.4 a guide"))
	if guide["sha256"] != hex.EncodeToString(sum[:]) || guide["size"] != "16" {
		t.Errorf("%v", guide)
	}
	response, raw := b.raw(t, "GET", "/v1/documents/files/"+guide["sha256"].(string), "")
	if string(raw) != "%PDF-1.4 a guide" || response.header.Get("Content-Disposition") != "attachment; filename=guide.pdf" || response.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%v: %s", response.header, raw)
	}
	b.bad(t, 400, "path.sha256", "GET", "/v1/documents/files/guide.pdf", "", "")
	b.bad(t, 404, "no document", "GET", "/v1/documents/files/"+strings.Repeat("ab", 32), "", "")
	content := b.good(t, "GET", "/v1/releases/license-us-2026-11-r1", "", "")["content"].(string)
	b.bad(t, 404, "no document", "GET", "/v1/documents/files/"+content, "", "") // a list is no document
}

func TestFilesOfDocumentsAreCheckedAtTheirRows(t *testing.T) {
	b := setup(t)
	path := "/v1/releases?list=documents&effective=2026-11-01"
	b.bad(t, 400, "row 2, column File|not sent", "POST", path+"&filename=documents.yaml", someDocuments, "alice")
	b.bad(t, 400, "row 2, column File", "POST", path, zipped(t, map[string]string{"documents.yaml": someDocuments, "other.pdf": "x"}), "alice")
	b.bad(t, 400, "2 files", "POST", path, zipped(t, map[string]string{"a.yaml": someDocuments, "b.yml": someDocuments}), "alice")
	b.bad(t, 400, "no list of documents", "POST", path, zipped(t, map[string]string{"a.pdf": "x", "b.pdf": "x"}), "alice")
	b.bad(t, 400, "several files", "POST", path, zipped(t, map[string]string{"documents.yaml": someDocuments, "guide.pdf": "x", "d/guide.pdf": "y"}), "alice")
	b.bad(t, 400, "the file is empty", "POST", path, zipped(t, map[string]string{"documents.yaml": someDocuments, "guide.pdf": ""}), "alice")
	with := func(more string) string {
		return strings.Replace(someDocuments, "file: guide.pdf", "file: guide.pdf, "+more, 1)
	}
	hash := hex.EncodeToString(func() []byte { s := sha256.Sum256([]byte("a guide")); return s[:] }())
	b.bad(t, 400, "row 2, column SHA256|another", "POST", path, zipped(t, map[string]string{"documents.yaml": with("sha256: " + strings.Repeat("ab", 32)), "guide.pdf": "x"}), "alice")
	b.bad(t, 400, "row 2, column File|kept before", "POST", path, with("sha256: "+hash), "alice")
	if _, err := b.lists.File(t.Context(), hash); err == nil {
		t.Error("a file was kept of a list that is wrong")
	}
	lint := b.good(t, "POST", "/v1/releases:lint?list=documents", zipped(t, map[string]string{"documents.yaml": someDocuments, "guide.pdf": "a guide", "notes.txt": "x"}), "")
	if lint["errors"] != 0.0 || !strings.Contains(fmt.Sprint(lint), "file-not-named") {
		t.Errorf("%v", lint)
	}
	if _, err := b.lists.File(t.Context(), hash); err == nil {
		t.Error("lint kept a file")
	}
	b.released(t, "documents", "", "2026-11-01", zipped(t, map[string]string{"documents.yaml": someDocuments, "guide.pdf": "a guide"}))
	path = "/v1/releases?list=documents&effective=2026-12-01"
	b.bad(t, 400, "row 2, column Size", "POST", path, with("size: 3, sha256: "+hash), "alice")
	b.good(t, "POST", path, with("sha256: "+hash), "alice") // what was kept before need not be sent again
}

func TestAFileOfADocumentMayHaveFiftyMebibytes(t *testing.T) {
	guide := document.Document{Kind: document.ProgramGuide, Title: "The guide", Version: "1", Language: "en", File: "guide.pdf", Markets: []string{document.Everywhere}}
	for size, want := range map[int]string{largestDocument: "", largestDocument + 1: ruleFileLarge} {
		d := documentFiles{beside: map[string]sheet.File{"guide.pdf": {Name: "guide.pdf", Data: make([]byte, size)}}, named: map[string]bool{}}
		row := item.Row{Item: guide.Item(), Number: 7}
		if err := d.fill(&row); err != nil {
			t.Fatal(err)
		}
		rule := ""
		if len(d.problems) > 0 {
			rule = d.problems[0].Rule
		}
		if rule != want || (want == "") != (row.Get(document.ColumnSize) != "") {
			t.Errorf("%d bytes: %v", size, d.problems)
		}
	}
}
