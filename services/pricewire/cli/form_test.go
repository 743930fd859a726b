package cli

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestAWholeListComesAsAFileOfTheServersMaking(t *testing.T) {
	const id = "license-us-2026-12-r1"
	const workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	f := serve(t, "PK\x03\x04\x00\xff")
	for _, c := range []struct{ args, want, accept string }{
		{"release export " + id, "GET /v1/releases/" + id + "/export?format=csv", "text/csv"},
		{"release export " + id + " -o xlsx --preview", "GET /v1/releases/" + id + "/export?format=xlsx&preview=true", workbook},
		{"release export " + id + " -o json", "GET /v1/releases/" + id + "/export?format=json", "application/json"},
		{"release export " + id + " -o ndjson", "GET /v1/releases/" + id + "/export?format=ndjson", "application/x-ndjson"},
		{"release export " + id + " -o parquet", "GET /v1/releases/" + id + "/export?format=parquet", "application/vnd.apache.parquet"},
		{"release diff " + id + " -o xlsx --by-move", "GET /v1/releases/" + id + "/diff?by=move&format=xlsx", workbook},
		{"release diff " + id + " -o parquet", "GET /v1/releases/" + id + "/diff?format=parquet", "application/vnd.apache.parquet"},
		{"release template", "GET /v1/templates/license", "*/*"},
		{"release template --list documents", "GET /v1/templates/documents", "*/*"},
		{"price list --market US -o csv", "GET /v1/prices?format=csv&market=US", "text/csv"},
		{"price list --market US --family EMS --segment Charity -o xlsx", "GET /v1/prices?family=EMS&format=xlsx&market=US&segment=Charity", workbook},
		{"price list --market US -o parquet", "GET /v1/prices?format=parquet&market=US", "application/vnd.apache.parquet"},
		{"price diff --market US --from 2026-11-01 --to 2026-12-01 -o xlsx", "GET /v1/prices/diff?format=xlsx&from=2026-11-01&market=US&to=2026-12-01", workbook},
		{"offer list -o xlsx", "GET /v1/offers?format=xlsx", workbook},
		{"service list -o parquet", "GET /v1/services?format=parquet", "application/vnd.apache.parquet"},
		{"document list -o xlsx", "GET /v1/documents?format=xlsx", workbook},
		{"calendar --list license -o xlsx", "GET /v1/calendar?format=xlsx&list=license", workbook},
		{"orderable --market US -o parquet", "GET /v1/orderable?format=parquet&market=US", "application/vnd.apache.parquet"},
		{"rate export", "GET /v1/rates/export?format=csv&price_list=retail", "text/csv"},
		{"rate export --layout focus --os Linux --purchase-option spot", "GET /v1/rates/export?format=csv&layout=focus&operating_system=Linux&price_list=retail&purchase_option=spot", "text/csv"},
		{
			"rate export --region westeurope --service V --currency USD --type Consumption --meter M --sku S --at 2026-01-01 --known-at 2026-02-01 -o parquet",
			"GET /v1/rates/export?at=2026-01-01&currency=USD&format=parquet&known_at=2026-02-01&meter_id=M&price_list=retail&region=westeurope&service=V&sku_id=S&type=Consumption", "application/vnd.apache.parquet",
		},
	} {
		out, errs, code := f.run(t, strings.Fields(c.args)...)
		if code != exitOK || out != f.answer || errs != "" {
			t.Errorf("%s: exit %d, %q, %q", c.args, code, out, errs)
			continue
		}
		if request := f.only(t); request.line != c.want || request.wants != c.accept {
			t.Errorf("%s:\n got %s as %s\nwant %s as %s", c.args, request.line, request.wants, c.want, c.accept)
		}
		path := filepath.Join(t.TempDir(), "file")
		out, errs, code = f.run(t, append(strings.Fields(c.args), "--file", path)...)
		if code != exitOK || out != "" || errs != "written to "+path+"\n" || text(t, path) != f.answer {
			t.Errorf("%s --file: exit %d, %q, %q", c.args, code, out, errs)
		}
	}
}

func TestATerminalIsNotGivenWhatIsNoText(t *testing.T) {
	f := serve(t, `{"items":[]}`)
	for args, want := range map[string]int{
		"price list --market US -o xlsx":           exitUsage,
		"release diff x -o parquet":                exitUsage,
		"rate export -o xlsx":                      exitUsage,
		"release template":                         exitUsage,
		"release template --list documents":        exitOK,
		"release export license-us-2026-12-r1":     exitOK,
		"price list --market US":                   exitOK,
		"release export x -o xlsx --file FOLDER/x": exitOK,
	} {
		_, errs, code := f.onTerminal(t, strings.Fields(strings.ReplaceAll(args, "FOLDER", t.TempDir()))...)
		if code != want || want == exitUsage && !strings.Contains(errs, "--file") {
			t.Errorf("%s: exit %d, want %d: %s", args, code, want, errs)
		}
	}
}

func TestAFormThatACommandDoesNotHaveIsAUsageErrorThatNamesThoseItHas(t *testing.T) {
	for args, names := range map[string]string{
		"status -o xlsx":                                       "table, json, ndjson or csv",
		"release show x -o parquet":                            "table, json, ndjson or csv",
		"release log x -o xlsx":                                "table, json, ndjson or csv",
		"release export x -o table":                            "csv, xlsx, json, ndjson or parquet",
		"rate export -o table":                                 "csv, xlsx, json, ndjson or parquet",
		"price list --market US -o pdf":                        "table, json, ndjson, csv, xlsx or parquet",
		"release template -o csv":                              "one form",
		"release template --list prices":                       "license, offers, services, documents",
		"release set create a b --effective x":                 "", // there is no b
		"release create x --list rates --effective 2026-12-01": "license, offers, services, documents",
	} {
		out, errs, code := invoke(t, append(strings.Fields(args), "--server", "http://127.0.0.1:1")...)
		if code != exitUsage || out != "" || !strings.Contains(errs, names) {
			t.Errorf("%s: exit %d, %q, %s", args, code, out, errs)
		}
	}
}

func TestAListGoesIntoAFileInEveryForm(t *testing.T) {
	f := serve(t, offers)
	for _, form := range []string{"table", "json", "ndjson", "csv"} {
		path := filepath.Join(t.TempDir(), "offers")
		direct, _, _ := f.run(t, "offer", "list", "-o", form)
		out, errs, code := f.run(t, "offer", "list", "-o", form, "--file", path)
		if code != exitOK || out != "" || errs != "written to "+path+"\n" || text(t, path) != direct {
			t.Errorf("%s: exit %d, %q, %q", form, code, out, errs)
		}
	}
}

func TestAFileStaysAsItWasWhenWhatComesIsNotWhole(t *testing.T) {
	old := file(t, t.TempDir(), "list.csv", "old")
	f := serve(t, `{"detail":"no such release"}`)
	f.status = http.StatusNotFound
	if _, errs, code := f.run(t, "release", "export", "x", "--file", old); code != exitNotFound || text(t, old) != "old" {
		t.Errorf("refused: exit %d, %s, %q", code, errs, text(t, old))
	}
	broken := serve(t, "")
	broken.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("half"))
	})
	if _, errs, code := broken.run(t, "release", "export", "x", "--file", old); code != exitUnavailable || text(t, old) != "old" {
		t.Errorf("broken off: exit %d, %s, %q", code, errs, text(t, old))
	}
	if entries, err := filepath.Glob(filepath.Join(filepath.Dir(old), "*")); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
