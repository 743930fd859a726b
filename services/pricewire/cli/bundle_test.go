package cli

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
)

// packed makes a zip archive of names and contents in turn.
func packed(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unpacked returns names and contents of an archive in turn.
func unpacked(t *testing.T, data []byte) []string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("%v: %.80q", err, data)
	}
	var all []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f.Name, string(content))
	}
	return all
}

func TestAMatrixIsSentTogetherWithItsContents(t *testing.T) {
	dir := t.TempDir()
	plans := file(t, dir, "plans.csv", "the plans")
	for name, c := range map[string]struct{ content, inside, sentAs string }{
		"matrix.csv":   {"the matrix", "matrix.csv", "the matrix"},
		"contents.csv": {"the matrix", "matrix.csv", "the matrix"}, // what the plans are called
		"matrix.zip":   {packed(t, "November.csv", "the matrix"), "matrix.zip - November.csv", "the matrix"},
	} {
		f := serve(t, aRelease)
		_, errs, code := f.run(t, "release", "create", file(t, filepath.Join(dir, name+".d"), name, c.content), "--list", "offers", "--effective", "2026-12-01", "--contents", plans)
		if code != exitOK {
			t.Fatalf("%s: exit %d: %s", name, code, errs)
		}
		request := f.only(t)
		if diff := cmp.Diff([]string{c.inside, c.sentAs, "contents.csv", "the plans"}, unpacked(t, request.body)); diff != "" || request.sends != octets {
			t.Errorf("%s as %s: %s", name, request.sends, diff)
		}
		if want := "POST /v1/releases?effective=2026-12-01&filename=" + name + "&kind=full&list=offers"; request.line != want {
			t.Errorf("%s, want %s", request.line, want)
		}
	}
}

func TestContentsAreForOffersOnly(t *testing.T) {
	list := file(t, t.TempDir(), "list.csv", "x")
	for _, args := range [][]string{
		{"release", "create", list, "--effective", "2026-12-01", "--contents", list},
		{"release", "lint", list, "--list", "services", "--contents", list},
		{"release", "correct", "license-us-2026-12-r1", list, "--reason", "x", "--contents", list},
		{"release", "create", list, "--list", "offers", "--effective", "2026-12-01", "--contents", list + ".none"},
	} {
		if out, errs, code := invoke(t, args...); code != exitUsage || out != "" {
			t.Errorf("%v: exit %d, %s", args, code, errs)
		}
	}
}

const documentsFile = `- {kind: program-guide, title: Guide, version: "2026-10", language: en, file: guide.pdf, markets: ww}
- {kind: partner-agreement, title: Agreement, version: "2026-10", language: en, file: terms.pdf, markets: emea}
- {kind: partner-agreement, title: Agreement, version: "2026-10", language: ja, link: "https://example.com/ja", markets: japan}
- {kind: customer-agreement, title: Customers, version: "2026-10", language: en, file: guide.pdf, markets: ww}
`

func TestDocumentsAreSentWithTheFilesThatTheyName(t *testing.T) {
	dir := t.TempDir()
	list := file(t, dir, "documents.yaml", documentsFile)
	file(t, dir, "guide.pdf", "the guide")
	file(t, dir, "terms.pdf", "the terms")
	file(t, dir, "secret.pdf", "not named")
	for _, args := range [][]string{
		{"release", "create", list, "--list", "documents", "--effective", "2026-12-01"},
		{"release", "lint", list, "--list", "documents"},
		{"release", "correct", "documents-ww-2026-12-r1", list, "--reason", "x"},
	} {
		f := serve(t, `{"problems":[]}`)
		_, errs, code := f.run(t, args...)
		if code != exitOK || strings.Contains(errs, "not sent") {
			t.Fatalf("%v: exit %d: %s", args, code, errs)
		}
		if diff := cmp.Diff([]string{"documents.yaml", documentsFile, "guide.pdf", "the guide", "terms.pdf", "the terms"}, unpacked(t, f.only(t).body)); diff != "" {
			t.Errorf("%v: %s", args, diff)
		}
	}
}

func TestAFileThatCannotBeSentIsNotedAndLeftToTheServerToRefuse(t *testing.T) {
	dir := t.TempDir()
	list := file(t, dir, "in/documents.yaml", documentsFile)
	file(t, dir, "outside.pdf", "not for others")
	if err := os.Symlink("../outside.pdf", filepath.Join(dir, "in", "guide.pdf")); err != nil {
		t.Fatal(err)
	}
	large := file(t, dir, "in/terms.pdf", "")
	if err := os.Truncate(large, largestDocument+1); err != nil {
		t.Fatal(err)
	}
	f := serve(t, aRelease)
	_, errs, code := f.run(t, "release", "create", list, "--list", "documents", "--effective", "2026-12-01")
	if code != exitOK || !strings.Contains(errs, "row 1: guide.pdf is not sent") || !strings.Contains(errs, "row 2: terms.pdf is not sent: it has more than 50 MiB") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if body := string(f.only(t).body); body != documentsFile { // nothing to go with it
		t.Errorf("%.200q", body)
	}
	if err := os.Remove(large); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(large, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "in", "guide.pdf")); err != nil {
		t.Fatal(err)
	}
	_, errs, _ = f.run(t, "release", "lint", list, "--list", "documents")
	if !strings.Contains(errs, "row 1: guide.pdf is not sent: it is not beside documents.yaml") || !strings.Contains(errs, "row 2: terms.pdf is not sent: it is no ordinary file") {
		t.Errorf("%s", errs)
	}
}

func TestAListOfDocumentsThatCannotBeReadIsSentForTheServerToSaySo(t *testing.T) {
	dir := t.TempDir()
	archive := packed(t, "documents.yaml", documentsFile, "guide.pdf", "the guide")
	for name, content := range map[string]string{
		"documents.yaml": "kind: [", "documents.zip": archive, "documents.xlsx": "no workbook",
		"documents.csv": "Kind,Title,Version,Language,Link,Markets\nprogram-guide,Guide,1,en,https://example.com,ww\n",
	} {
		f := serve(t, aRelease)
		_, errs, code := f.run(t, "release", "create", file(t, dir, name, content), "--list", "documents", "--effective", "2026-12-01")
		if code != exitOK || string(f.only(t).body) != content {
			t.Errorf("%s: exit %d: %s", name, code, errs)
		}
	}
	file(t, dir, "guide.pdf", "the guide")
	const table = "Kind,Title,Version,Language,File,Markets\nprogram-guide,Guide,1,en,guide.pdf,ww\n"
	f := serve(t, aRelease)
	_, errs, code := f.run(t, "release", "create", file(t, dir, "documents.csv", table), "--list", "documents", "--effective", "2026-12-01")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if diff := cmp.Diff([]string{"documents.csv", table, "guide.pdf", "the guide"}, unpacked(t, f.only(t).body)); diff != "" {
		t.Error(diff)
	}
}

func TestAFolderIsSentAsOneArchiveOfItsSheets(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "US.csv", "us")
	file(t, dir, "more/DE.csv", "de")
	file(t, dir, "FR.zip", packed(t, "__MACOSX/x", "junk", "in/list.csv", "fr"))
	workbook := packed(t, "[Content_Types].xml", "", "xl/workbook.xml", "")
	file(t, dir, "JP.xlsx", workbook)
	for _, junk := range []string{".DS_Store", "more/.hidden", "__MACOSX/US.csv", "~$JP.xlsx", "Thumbs.db", ".git/config"} {
		file(t, dir, junk, "junk")
	}
	if err := os.Symlink("US.csv", filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	f := serve(t, aSet)
	out, errs, code := f.run(t, "release", "set", "create", "december-2026", dir, "--effective", "2026-12-01", "--kind", "delta", "--acknowledge", "lines-gone", "--as", "alice")
	if code != exitOK || !strings.Contains(out, "license-us-2026-12-r1") || errs != "link.csv is left out: it is no ordinary file\n" {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	request := f.only(t)
	if diff := cmp.Diff([]string{"FR.zip - in-list.csv", "fr", "JP.xlsx", workbook, "US.csv", "us", "more/DE.csv", "de"}, unpacked(t, request.body)); diff != "" {
		t.Error(diff)
	}
	if want := "POST /v1/sets/december-2026?acknowledge=lines-gone&effective=2026-12-01&kind=delta&list=license"; request.line != want || request.user != "alice" || request.length != -1 {
		t.Errorf("%s by %s, %d bytes", request.line, request.user, request.length)
	}
}

func TestAnArchiveIsSentAsItIs(t *testing.T) {
	archive := packed(t, "US.csv", "us", "DE.csv", "de")
	f := serve(t, aSetLint)
	for _, form := range []string{"table", "json", "ndjson", "csv"} {
		out, errs, code := f.run(t, "release", "set", "lint", file(t, t.TempDir(), "december.zip", archive), "--effective", "2026-12-01", "-o", form)
		request := f.only(t)
		if code != exitOK || string(request.body) != archive || request.line != "POST /v1/sets:lint?effective=2026-12-01&kind=full&list=license" {
			t.Errorf("%s: exit %d, %s: %s", form, code, request.line, errs)
		}
		if checkForm(t, form, out); !strings.Contains(out, "US.csv") || !strings.Contains(errs, "US.csv: US, 4370 lines: 0 errors, 1 warnings, 0 notes\n") || !strings.Contains(errs, "2 sheets: 0 errors, 1 warnings, 0 notes\n") {
			t.Errorf("%s: %s%s", form, out, errs)
		}
	}
	f = serve(t, strings.Replace(aSetLint, `"errors":0,"warnings":1,"notes":0}`, `"errors":3,"warnings":1,"notes":0}`, 1))
	if _, errs, code := f.run(t, "release", "set", "lint", file(t, t.TempDir(), "december.zip", archive)); code != exitFailure || !strings.Contains(errs, "has 3 errors") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestWhatIsNoSetIsAUsageError(t *testing.T) {
	dir, many, other := t.TempDir(), t.TempDir(), t.TempDir()
	for i := range mostSheets + 1 {
		file(t, many, fmt.Sprint(i, ".csv"), "x")
	}
	for source, names := range map[string]string{
		dir: "holds no sheet", many: "more than 500 files", filepath.Join(dir, "none"): "no such file", file(t, other, "US.csv", "x"): "neither a folder nor a zip archive",
	} {
		out, errs, code := invoke(t, "release", "set", "create", "x", source, "--effective", "2026-12-01")
		if code != exitUsage || out != "" || !strings.Contains(errs, names) {
			t.Errorf("%s: exit %d: %s", source, code, errs)
		}
	}
}

func TestASheetThatCannotBePackedIsTheErrorAndNotThatTheServerWasHungUpOn(t *testing.T) {
	f := serve(t, aSet)
	a := &app{streams: Streams{Out: io.Discard, Err: io.Discard}, server: f.URL, terminal: isTerminal}
	failing := bundle{"sheets", []bundled{{name: "US.csv", open: func() (io.ReadCloser, error) { return nil, errors.New("disk is gone") }}}}
	if _, err := a.sendBundle(t.Context(), "/", url.Values{}, failing); !fault.Is(err, fault.Invalid) || err.Error() != "read US.csv: disk is gone" {
		t.Errorf("%v", err)
	}
	damaged := bundle{"sheets", []bundled{{"FR.zip", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("PK\x03\x04 no archive")), nil }, true}}}
	if _, err := a.sendBundle(t.Context(), "/", url.Values{}, damaged); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "FR.zip") {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerThatComesBeforeEverythingWasSentIsTheAnswer(t *testing.T) {
	f := serve(t, "")
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"detail":"somebody else has the set"}`)
	})
	a := &app{streams: Streams{Out: io.Discard, Err: io.Discard}, server: f.URL, terminal: isTerminal}
	endless := bundle{"sheets", []bundled{{name: "US.csv", open: func() (io.ReadCloser, error) { return io.NopCloser(endless{}), nil }}}}
	if _, err := a.sendBundle(t.Context(), "/", url.Values{}, endless); !fault.Is(err, fault.Refused) && !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
}

// endless is a file without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
