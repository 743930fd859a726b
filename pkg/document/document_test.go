package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// said makes values of "column=text".
func said(pairs ...string) []item.Value {
	var values []item.Value
	for _, p := range pairs {
		name, text, _ := strings.Cut(p, "=")
		values = append(values, item.Value{Name: name, Text: text})
	}
	return values
}

func written(i item.Item) string {
	all := []string{i.Key}
	for _, v := range i.Values {
		all = append(all, v.Name+"="+v.Text)
	}
	return strings.Join(all, " | ")
}

func complaints(wrongs []item.Wrong) string {
	var all []string
	for _, w := range wrongs {
		all = append(all, fmt.Sprintf("%s %s %s %q", w.Severity, w.Rule, w.Column, w.Value))
	}
	return strings.Join(all, "; ")
}

func problems(all []listing.Problem) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, fmt.Sprintf("%s: %s %s %q", p.Place(), p.Severity, p.Rule, p.Value))
	}
	return strings.Join(texts, "; ")
}

// guide is a good row with other values for some columns.
func guide(pairs ...string) []item.Value {
	values := said("kind=program-guide", "title=Guide", "version=1", "language=en", "link=https://example.com/guide", "markets=ww")
	for _, v := range said(pairs...) {
		for i := range values {
			if values[i].Name == v.Name {
				values[i].Text = v.Text
				v.Name = ""
			}
		}
		if v.Name != "" {
			values = append(values, v)
		}
	}
	return values
}

func TestARowBecomesALineInOneSpelling(t *testing.T) {
	hash := strings.Repeat("Ab", 32)
	for _, c := range []struct {
		name   string
		values []item.Value
		want   string
	}{
		{
			"behind a link", guide(),
			"program-guide/en/ww | kind=program-guide | title=Guide | version=1 | language=en | link=https://example.com/guide | markets=ww",
		},
		{
			"in a file", said("markets=JP", "size=1024", "sha256="+hash, "file=Agreement (Japan).pdf", "language=ja_jp", "version=2026-10", "title=Agreement", "kind=Partner Agreement"),
			"partner-agreement/ja-JP/JP | kind=partner-agreement | title=Agreement | version=2026-10 | language=ja-JP | file=Agreement (Japan).pdf | " +
				"sha256=" + strings.ToLower(hash) + " | size=1024 | markets=JP",
		},
		{
			"markets in order and once", guide("markets=de; Europe, Middle East & Africa, AT,DE;JAPAN;emea;all"),
			"program-guide/en/ww | kind=program-guide | title=Guide | version=1 | language=en | link=https://example.com/guide | markets=ww;emea;japan;AT;DE",
		},
		{
			"a region by its name", guide("markets=North, Central and South America and the Caribbean"),
			"program-guide/en/americas | kind=program-guide | title=Guide | version=1 | language=en | link=https://example.com/guide | markets=americas",
		},
		{
			"a kind of one's own", guide("kind=Incentive_Guide 2"),
			"incentive-guide-2/en/ww | kind=incentive-guide-2 | title=Guide | version=1 | language=en | link=https://example.com/guide | markets=ww",
		},
		{
			"the guide in British", guide("kind=Programme Guide"),
			"program-guide/en/ww | kind=program-guide | title=Guide | version=1 | language=en | link=https://example.com/guide | markets=ww",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, wrongs := Make(c.values)
			if diff := cmp.Diff(c.want, written(i)); diff != "" || len(wrongs) > 0 {
				t.Error(diff, complaints(wrongs))
			}
		})
	}
}

func TestARowThatCannotBeALineSaysWhy(t *testing.T) {
	for _, c := range []struct{ name, pair, want string }{
		{"no kind", "kind=", `error missing-value kind ""`},
		{"a kind of signs", "kind=guide/2", `error malformed-kind kind "guide/2"`},
		{"a kind that ends in a hyphen", "kind=guide-", `error malformed-kind kind "guide-"`},
		{"no title", "title= ", `error missing-value title ""`},
		{"no version", "version=", `error missing-value version ""`},
		{"no language", "language=", `error missing-value language ""`},
		{"a language by its name", "language=english", `error malformed-language language "english"`},
		{"no markets", "markets=;", `error missing-value markets ""`},
		{"a market nobody knows", "markets=US;UK;Europe", `error unknown-market markets "UK"`},
		{"neither link nor file", "link=", `error link-or-file link ""`},
		{"both", "file=a.pdf", `error link-or-file link "https://example.com/guide"`},
		{"a link that anybody may read", "link=http://example.com/", `error malformed-link link "http://example.com/"`},
		{"a link to nowhere", "link=https:///guide", `error malformed-link link "https:///guide"`},
		{"a link with a password", "link=https://me:secret@example.com", `error malformed-link link "https://me:secret@example.com"`},
		{"a link with blanks", "link=https://example.com/a b", `error malformed-link link "https://example.com/a b"`},
		{"the hash of a link", "sha256=" + strings.Repeat("0", 64), `error link-or-file file ""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, wrongs := Make(guide(c.pair))
			if got := complaints(wrongs); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	for _, c := range []struct{ name, pair, want string }{
		{"a file in a folder", "file=a/b.pdf", `error malformed-file file "a/b.pdf"`},
		{"a file out of the folder", "file=..", `error malformed-file file ".."`},
		{"a file on a drive", "file=C:b.pdf", `error malformed-file file "C:b.pdf"`},
		{"half a hash", "sha256=abcd", `error malformed-sha256 sha256 "abcd"`},
		{"an empty file", "size=0", `error malformed-size size "0"`},
		{"a size in words", "size=1 KB", `error malformed-size size "1 KB"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, wrongs := Make(guide("link=", "file=a.pdf", c.pair))
			if got := complaints(wrongs); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestLanguageTagsAreWrittenAsRecommended(t *testing.T) {
	for s, want := range map[string]string{
		"en": "en", "EN-us": "en-US", "zh_hant_TW": "zh-Hant-TW", "es-419": "es-419", "sl-rozaj-biske": "sl-rozaj-biske", "de-1996": "de-1996",
		"en-US-u-CA-Buddhist": "en-US-u-ca-buddhist", "fil": "fil", " fr ": "fr",
	} {
		if got, ok := Tag(s); !ok || got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	for _, s := range []string{"", "e", "engl", "e2", "en-", "-en", "en--US", "en-toolongasubtag", "en-u", "en US", "dé", "1en"} {
		if got, ok := Tag(s); ok {
			t.Errorf("%q is %q", s, got)
		}
	}
}

func TestDocumentsThatNameTheSameMarketsOverlap(t *testing.T) {
	row := func(number int, pairs ...string) item.Row {
		i, _ := Make(guide(pairs...))
		return item.Row{Item: i, Number: number}
	}
	for _, c := range []struct {
		name  string
		rows  []item.Row
		check Check
		want  string
	}{
		{"a country beside its region and everywhere", []item.Row{row(2), row(3, "markets=emea"), row(4, "markets=DE")}, Check{Whole: true}, ""},
		{"another language", []item.Row{row(2, "markets=DE"), row(3, "markets=DE", "language=de")}, Check{Whole: true}, ""},
		{"another kind", []item.Row{row(2, "markets=DE"), row(3, "markets=DE", "kind=other")}, Check{Whole: true}, ""},
		{
			"a country of two",
			[]item.Row{row(2, "markets=CH;DE"), row(3, "markets=BE;DE;CH")},
			Check{Whole: true},
			`row 3, column markets: error documents-overlap "CH;DE"`,
		},
		{
			"the same document twice",
			[]item.Row{row(2, "markets=DE"), row(3, "markets=DE", "title=Another")},
			Check{Whole: true},
			`row 3, column title: error duplicate-identity "program-guide/en/DE"`,
		},
		{
			"a delta beside what stays",
			[]item.Row{row(2, "markets=BE;DE")},
			Check{Before: []item.Item{row(0, "markets=AT;DE").Item}},
			`row 2, column markets: error documents-overlap "DE"`,
		},
		{"a delta with a new version", []item.Row{row(2, "markets=AT;DE;FR", "version=2")}, Check{Before: []item.Item{row(0, "markets=AT;DE").Item}}, ""},
		{
			"a whole list in place of another",
			[]item.Row{row(2, "markets=BE;DE")},
			Check{Whole: true, Before: []item.Item{row(0, "markets=AT;DE").Item}},
			`the list: warning lines-gone "1"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := problems(Validate(c.rows, c.check)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func genValues(t *rapid.T) []item.Value {
	words := map[string][]string{
		ColumnKind:     {"program-guide", "Partner Agreement", "", "x/y"},
		ColumnTitle:    {"Guide", " A title ", ""},
		ColumnVersion:  {"1", "2026-10"},
		ColumnLanguage: {"en", "de_at", "ZH-hant", "?"},
		ColumnLink:     {"", "https://example.com/", "http://example.com/"},
		ColumnFile:     {"", "a.pdf", "../a.pdf"},
		ColumnSHA256:   {"", "", strings.Repeat("AB", 32)},
		ColumnSize:     {"", "", "12", "012", "-1"},
		ColumnMarkets:  {"ww", "de,AT;emea", "Asia, Australia and Pacific,JP", "XX", ""},
	}
	var values []item.Value
	for _, c := range columns() {
		if text := rapid.SampledFrom(words[c.Name]).Draw(t, c.Name); text != "" {
			values = append(values, item.Value{Name: c.Name, Text: text})
		}
	}
	return values
}

func TestALineIsTheDocumentItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, wrongs := Make(genValues(t))
		d, err := FromItem(i)
		if len(wrongs) > 0 {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Make(i.Values)
		if diff := cmp.Diff(i, again); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(i, d.Item()); diff != "" {
			t.Fatal(diff)
		}
		same, err := FromItem(d.Item())
		if diff := cmp.Diff(d, same); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func TestALineInAnotherSpellingIsNoDocument(t *testing.T) {
	good, _ := Make(guide())
	for _, i := range []item.Item{
		{},
		{Key: "program-guide/en", Values: good.Values},
		{Key: good.Key, Values: guide("language=EN")},
		{Key: good.Key, Values: guide("markets=WW")},
		{Key: good.Key, Values: guide("file=a.pdf")},
	} {
		if d, err := FromItem(i); err == nil {
			t.Errorf("%s is %+v", written(i), d)
		}
	}
}

func TestTheSchemaIsUnambiguous(t *testing.T) {
	owner := map[string]string{}
	for _, c := range Schema().Columns {
		for _, header := range append([]string{c.Header, c.Name}, c.Aliases...) {
			normal := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(header))
			if other, taken := owner[normal]; taken && other != c.Name {
				t.Errorf("header %q means %s and %s", header, other, c.Name)
			}
			owner[normal] = c.Name
		}
	}
}
