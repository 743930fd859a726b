package sheet

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
)

func gzipOf(t testing.TB, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpackingGivesTheFilesThatWerePackedOnPurpose(t *testing.T) {
	book := string(workbookOf(t, tab{"A", nil}))
	letter := string(zipOf(t, "[Content_Types].xml", "x", "word/document.xml", "x"))
	for name, c := range map[string]struct {
		data []byte
		want []File
	}{
		"a file":     {[]byte("a,b"), []File{{"in.csv", []byte("a,b")}}},
		"nothing":    {nil, []File{{"in.csv", nil}}},
		"a workbook": {[]byte(book), []File{{"in.csv", []byte(book)}}},
		"an archive": {
			zipOf(t, "lists/", "", "lists/us.csv", "1", "__MACOSX/lists/._us.csv", "x", "lists/.DS_Store", "x", "Thumbs.db", "x", "de.xlsx", book),
			[]File{{"lists/us.csv", []byte("1")}, {"de.xlsx", []byte(book)}},
		},
		"names that lead out": {
			zipOf(t, "../../etc/a.csv", "1", "/b.csv", "2", `C:\lists\c.csv`, "3", "x/../d\x00.csv", "4"),
			[]File{{"etc/a.csv", []byte("1")}, {"b.csv", []byte("2")}, {"lists/c.csv", []byte("3")}, {"d.csv", []byte("4")}},
		},
		"office documents": {zipOf(t, "a.docx", letter), []File{{"a.docx", []byte(letter)}}},
		"gzip":             {gzipOf(t, "a,b"), []File{{"in.csv", []byte("a,b")}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Unpack("in.csv", c.data, Limits{})
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	if got, _ := Unpack("lists/us.csv.gz", gzipOf(t, "x"), Limits{}); got[0].Name != "us.csv" {
		t.Error(got[0].Name)
	}
}

func TestAnArchiveThatCannotBeUnpackedIsOneClearError(t *testing.T) {
	encrypted := zipOf(t, "a.csv", "x")
	for i := range len(encrypted) - 4 {
		switch string(encrypted[i : i+4]) {
		case "PK\x03\x04":
			encrypted[i+6] |= 1
		case "PK\x01\x02":
			encrypted[i+8] |= 1
		}
	}
	bomb := zipOf(t, "a.csv", strings.Repeat("0", 8<<20))
	for name, c := range map[string]struct {
		data   []byte
		limits Limits
		want   string
	}{
		"encrypted":         {encrypted, Limits{}, `"a.csv" is encrypted`},
		"nested":            {zipOf(t, "b.zip", string(zipOf(t, "a.csv", "x"))), Limits{}, `"b.zip" in it is an archive itself`},
		"nested gzip":       {zipOf(t, "b.gz", string(gzipOf(t, "x"))), Limits{}, `"b.gz" in it is an archive itself`},
		"zip in gzip":       {gzipOf(t, string(zipOf(t, "a.csv", "x"))), Limits{}, "is an archive itself"},
		"empty":             {zipOf(t), Limits{}, "the archive holds no file"},
		"only rubbish":      {zipOf(t, ".DS_Store", "x"), Limits{}, "the archive holds no file"},
		"a name twice":      {zipOf(t, "a.csv", "x", "/a.csv", "y"), Limits{}, `holds "a.csv" twice`},
		"damaged":           {zipOf(t, "a.csv", "x")[:40], Limits{}, "the archive is damaged"},
		"damaged gzip":      {gzipOf(t, strings.Repeat("abc", 99))[:20], Limits{}, "the archive is damaged"},
		"too many files":    {zipOf(t, "a", "x", "b", "x", "c", "x"), Limits{Files: 2}, "more than 2 files"},
		"the ratio":         {bomb, Limits{}, `"a.csv" becomes more than 200 times as large`},
		"the ratio of gzip": {gzipOf(t, strings.Repeat("0", 8<<20)), Limits{}, "becomes more than 200 times as large"},
		"a large file":      {zipOf(t, "a", strings.Repeat("x", 2000)), Limits{Bytes: 1000}, `"a" has more than 1000 bytes`},
		"much together":     {zipOf(t, "a", strings.Repeat("x", 600), "b", strings.Repeat("x", 600)), Limits{Unpacked: 1000}, "more than 1000 bytes in it"},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Unpack("in.zip", c.data, c.limits)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "unpack in.zip: ") || len(files) > 0 {
				t.Errorf("%v, want %q", err, c.want)
			}
			if fault.HintOf(err) == "" {
				t.Error("no hint")
			}
		})
	}
	if _, err := Unpack("in.zip", bomb, Limits{Ratio: 2000}); err != nil {
		t.Errorf("a ratio that is allowed: %v", err)
	}
}

func TestASizeThatIsALieIsNotBelieved(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: "a.csv", Method: zip.Store, UncompressedSize64: 1 << 40, CompressedSize64: 3})
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("abc"))
	z.Close()
	if _, err := Unpack("in.zip", b.Bytes(), Limits{}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestOneListIsReadFromAnArchiveWithOneFile(t *testing.T) {
	list := goodHeader + "\n" + goodRow
	for name, data := range map[string][]byte{
		"zip": zipOf(t, "__MACOSX/._a", "x", "a/list.csv", list), "gzip": gzipOf(t, list),
	} {
		if s := readFile(t, name, data, Options{}); len(s.Rows) != 1 || s.Rows[0].Sheet != "" {
			t.Errorf("%s: %+v", name, s)
		}
	}
	_, err := ReadLicense("in.zip", zipOf(t, "a", "1", "b", "2", "c", "3", "f", "1", "d", "4", "e", "5"), Options{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "the archive holds 6 files: a, b, c, d, e, and 1 more") {
		t.Error(err)
	}
}
