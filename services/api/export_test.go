package api

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/sheet"
)

func TestAnExportReadsBackWithoutADifference(t *testing.T) {
	b := world(t)
	for list, id := range map[string]string{
		"license": "license-us-2026-12-r1", "offers": "offers-ww-2026-11-r1", "services": "services-ww-2026-11-r1", "documents": "documents-ww-2026-11-r1",
	} {
		for i, format := range []string{"csv", "xlsx"} {
			response, raw := b.raw(t, "GET", "/v1/releases/"+id+"/export?format="+format, "")
			if response.status != 200 || response.header.Get("Content-Disposition") != "attachment; filename="+id+"."+format {
				t.Fatalf("%s as %s: %d %v: %.200s", id, format, response.status, response.header, raw)
			}
			month := fmt.Sprintf("2027-0%d", 1+i)
			made := b.good(t, "POST", "/v1/releases?"+query("list", list, "effective", month+"-01", "filename", "export."+format), string(raw), "alice")
			d := b.good(t, "GET", "/v1/releases/"+made["id"].(string)+"/diff?against="+id, "", "")
			if len(d["lines"].([]any))+len(d["items"].([]any)) != 0 {
				t.Errorf("%s as %s read back differs: %v", id, format, d)
			}
		}
	}
	for _, format := range []string{"json", "ndjson", "parquet"} {
		if response, raw := b.raw(t, "GET", "/v1/releases/license-us-2026-12-r1/export?format="+format, ""); response.status != 200 || len(raw) < 100 {
			t.Errorf("%s: %d %s", format, response.status, raw)
		}
	}
	if response, raw := b.raw(t, "GET", "/v1/releases/documents-ww-2026-11-r1/export?format=yaml", ""); response.header.Get("Content-Type") != "application/yaml" || !bytes.Contains(raw, []byte("guide.pdf")) {
		t.Errorf("%v: %s", response.header, raw)
	}
	if response, _ := b.raw(t, "GET", "/v1/releases/license-us-2026-12-r1/export", "", "Accept", sheet.XLSX.ContentType()); response.header.Get("Content-Type") != sheet.XLSX.ContentType() {
		t.Errorf("%v", response.header)
	}
	b.bad(t, 404, "no release", "GET", "/v1/releases/license-us-2026-10-r1/export", "", "")
	b.bad(t, 400, "query.format", "GET", "/v1/releases/license-us-2026-12-r1/export?format=yaml", "", "")
	b.bad(t, 400, "query.preview", "GET", "/v1/releases/offers-ww-2026-11-r1/export?preview=true", "", "")
	b.bad(t, 400, "not a release id", "GET", "/v1/releases/x/export", "", "")
}

func TestAPreviewIsADeltaThatComesToTheWholeList(t *testing.T) {
	b := world(t)
	_, raw := b.raw(t, "GET", "/v1/releases/license-us-2026-12-r1/export?preview=true", "")
	text := string(raw)
	if n := strings.Count(text, "\n"); n != 6 || !strings.Contains(text, "Delete") || !strings.Contains(text, "Add") {
		t.Errorf("%d lines: %s", n, text)
	}
	b.good(t, "POST", "/v1/releases/license-us-2026-12-r1/withdraw?reason=r", "", "carol")
	made := b.good(t, "POST", "/v1/releases?effective=2026-12-01&kind=delta&market=US", text, "alice")
	d := b.good(t, "GET", "/v1/releases/"+made["id"].(string)+"/diff", "", "")
	if s := d["summary"].(map[string]any); s["price_changed"] != 2.0 || s["added"] != 1.0 || s["changed"] != 1.0 {
		t.Errorf("%v", s)
	}
}

func TestAWorkbookSaysWhatItIs(t *testing.T) {
	b := world(t)
	_, raw := b.raw(t, "GET", "/v1/releases/license-us-2026-12-r1/export?format=xlsx", "")
	book, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	notes, err := book.GetRows("Notes")
	if text := fmt.Sprint(notes); err != nil || !strings.Contains(text, "license-us-2026-12-r1") || !strings.Contains(text, "2026-12-01T00:00:00Z") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestEveryListHasATemplateThatIsReadAgain(t *testing.T) {
	b := setup(t)
	for _, list := range []string{"license", "offers", "services"} {
		response, raw := b.raw(t, "GET", "/v1/templates/"+list, "")
		if response.status != 200 || response.header.Get("Content-Type") != sheet.XLSX.ContentType() {
			t.Fatalf("%s: %d %v", list, response.status, response.header)
		}
		if lint := b.good(t, "POST", "/v1/releases:lint?market=US&list="+list, string(raw), ""); lint["errors"] == 0.0 || !strings.Contains(fmt.Sprint(lint), "no-lines") {
			t.Errorf("empty template of %s: %v", list, lint)
		}
	}
	_, raw := b.raw(t, "GET", "/v1/templates/documents", "")
	b.bad(t, 400, "empty", "POST", "/v1/releases:lint?list=documents", string(raw), "")
	filled := strings.ReplaceAll(strings.ReplaceAll(string(raw), "#- ", "- "), "#  ", "  ")
	read, err := sheet.ReadDocuments("documents.yaml", []byte(filled[strings.Index(filled, "\n- "):]), document.Schema(), sheet.Options{})
	if err != nil || len(read.Rows) != 2 || len(read.Problems) != 0 {
		t.Errorf("%v %v", err, read)
	}
	b.bad(t, 404, "no template", "GET", "/v1/templates/prices", "", "")
}
