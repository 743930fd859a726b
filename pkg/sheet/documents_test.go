package sheet

import (
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestDocumentsAreReadFromYAML(t *testing.T) {
	entries := "- title: Emma\n  shelf: 7\n  topics: [a, 'b', 3]\n- Title: 'no'\n  Place: 007\n  bought: 2026-05-01\n  Subjects:\n" +
		"    - x # first\n    -\n- {title: ' no ', shelf_no: 1.50, bought: ~}\n"
	want := "!2 emma title=Emma shelf=7 topics=a;b;3|!5 no title=no shelf=007 bought=2026-05-01 topics=x|!11 no title=no shelf=1.50"
	for name, file := range map[string]string{
		"a list":    "# books\n" + entries,
		"a mapping": "documents:\n" + entries,
		"marked":    "---\n" + entries + "...\n",
		"zipped":    string(zipOf(t, "a.yaml", "#\n"+entries)),
	} {
		s, err := ReadDocuments(name, []byte(file), library(), Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := said(s.Rows); got != want {
			t.Errorf("%s: %s", name, got)
		}
		if got := found(s.Problems); got != "warning odd-shelf 11 Shelf No 1.50" {
			t.Errorf("%s: %s", name, got)
		}
	}
	book := workbookOf(t, tab{"S", [][]any{{"Title", "Place"}, {"A", 1}}})
	if s, err := ReadDocuments("x", book, library(), Options{}); err != nil || said(s.Rows) != "S!2 a title=A shelf=1" {
		t.Errorf("%v, %v", s, err)
	}
}

func TestEveryProblemOfAYAMLFileIsFoundAtOnce(t *testing.T) {
	file := "documents:\n- title: A\n  shelf: {x: 1}\n  colour: red\n- just text\n- shelf: 1\n  topics: [[a], b]\n  Place: 2\n- title: B\n- title: \"a\\x01b\"\n  shelf: *x\nversion: 1\n"
	file = strings.Replace(file, "title: A", "title: &x A", 1)
	s, err := ReadDocuments("x", []byte(file), library(), Options{Limits: Limits{FieldBytes: 50}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"error malformed-row 3 Shelf No", "warning unknown-column 4 colour", "error malformed-row 5  just text", "error malformed-row 7 Topics",
		"error malformed-row 8 Shelf No", "error missing-title 6 Title", "error missing-value 9 Shelf No", "error control-character 10 Title a\x01b",
		"error missing-title 10 Title", "warning odd-shelf 11 Shelf No A", "warning unknown-column 12 version",
	}
	got := strings.Split(found(s.Problems), "; ")
	missing, more := map[string]bool{}, sortedTexts(got)
	for _, w := range want {
		if !more[w] {
			missing[w] = true
		}
		delete(more, w)
	}
	if len(missing)+len(more) > 0 || len(s.Rows) > 0 {
		t.Errorf("missing %v, more %v, rows %s", missing, more, said(s.Rows))
	}
}

func TestAFileThatIsNoListOfDocumentsIsOneClearError(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\ndocuments:\n" + strings.Repeat("- title: *b\n", 99)
	wide := "x: &a {title: &t [" + strings.Repeat("xx,", 5000) + "y], shelf: 1, topics: *t}\ndocuments: [" + strings.Repeat("*a,", 5000) + "*a]\n"
	for name, c := range map[string]struct{ file, want string }{
		"empty":       {"", "the file is empty"},
		"a comment":   {"# nothing\n", "the file is empty"},
		"text":        {"hello\n", "neither a list of entries nor a mapping"},
		"a mapping":   {"title: A\n", "neither a list of entries nor a mapping"},
		"malformed":   {"- a: [\n", "the file is no YAML: line 1"},
		"not UTF-8":   {"- a: \xff\n", "not UTF-8"},
		"several":     {"- title: a\n---\n- title: b\n", "several YAML documents"},
		"too large":   {"#" + strings.Repeat(" ", 1<<20), "more than 1048576 bytes"},
		"a cycle":     {"&a [*a]\n", ""},
		"a deep bomb": {bomb, ""},
		"a wide bomb": {wide, "the aliases of the file make it too large"},
		"deep":        {strings.Repeat("[", 20_000), "the file is no YAML"},
	} {
		s, err := ReadDocuments("x", []byte(c.file), library(), Options{})
		if c.want == "" {
			if err != nil || len(s.Rows) > 0 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) || len(s.Rows) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadDocuments("x", []byte("- a: 1\n- a: 2\n"), library(), Options{Limits: Limits{Rows: 1}}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
