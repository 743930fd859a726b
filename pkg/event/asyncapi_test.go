package event

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/schemas"
)

// outline is what the test needs of the AsyncAPI document: the values at each path, "/components/messages/x/name". It reads the plain
// subset of YAML that the document keeps to: mappings and lists by indentation, one-line scalars, and text blocks, which it skips.
func outline(t *testing.T) map[string][]string {
	type level struct {
		indent int
		path   string
	}
	values := map[string][]string{}
	levels := []level{{-1, ""}}
	text := -1 // indentation of the name whose text block goes on
	for i, line := range strings.Split(string(schemas.AsyncAPI()), "\n") {
		content := strings.TrimLeft(line, " ")
		indent := len(line) - len(content)
		if strings.Contains(line, "\t") {
			t.Fatalf("line %d: a tab", i+1)
		}
		if content == "" || text >= 0 && indent > text {
			continue
		}
		text = -1
		if item, ok := strings.CutPrefix(content, "- "); ok {
			content, indent = item, indent+1 // lists lie deeper than the name they belong to
			if !strings.HasPrefix(item, "$ref: ") {
				content = "-: " + item
			}
		}
		name, value, ok := strings.Cut(content, ":")
		if !ok || value != "" && value[0] != ' ' {
			t.Fatalf("line %d is not in the subset: %s", i+1, line)
		}
		if value = strings.TrimSpace(value); value != "" && value[0] != '\'' && (strings.Contains(value, ": ") || strings.Contains(value, " #")) {
			t.Fatalf("line %d needs quotes: %s", i+1, line)
		}
		for levels[len(levels)-1].indent >= indent {
			levels = levels[:len(levels)-1]
		}
		path := levels[len(levels)-1].path + "/" + name
		levels = append(levels, level{indent, path})
		if value = strings.Trim(value, "'"); value == "|" {
			text = indent
		}
		values[path] = append(values[path], value)
	}
	return values
}

// namesBelow returns the names right under a path, sorted.
func namesBelow(values map[string][]string, path string) []string {
	var names []string
	for p := range values {
		if rest, ok := strings.CutPrefix(p, path+"/"); ok && !strings.Contains(rest, "/") {
			names = append(names, rest)
		}
	}
	slices.Sort(names)
	return names
}

func TestEveryReferenceOfTheAsyncAPIDocumentLeadsSomewhere(t *testing.T) {
	values := outline(t)
	files, err := schemas.Events()
	if err != nil {
		t.Fatal(err)
	}
	references := 0
	for path, all := range values {
		if !strings.HasSuffix(path, "/$ref") {
			continue
		}
		for _, to := range all {
			references++
			if file, ok := strings.CutPrefix(to, "./events/"); ok {
				if _, err := fs.Stat(files, file); err != nil {
					t.Errorf("%s: %v", path, err)
				}
				continue
			}
			if local, ok := strings.CutPrefix(to, "#"); !ok || values[local] == nil {
				t.Errorf("%s leads to %s, which is not there", path, to)
			}
		}
	}
	if references < 30 {
		t.Fatalf("only %d references found", references)
	}
}

func TestTheAsyncAPIDocumentListsEveryTypeAndStream(t *testing.T) {
	values := outline(t)
	var types, want []string
	for _, name := range namesBelow(values, "/components/messages") {
		path := "/components/messages/" + name
		typ := values[path+"/name"][0]
		types = append(types, typ)
		if got := values[path+"/payload/schema/$ref"][0]; got != "./events/"+typ+".schema.json" {
			t.Errorf("%s has the schema %s", typ, got)
		}
		if got := values["/channels/"+name+"/messages/"+name+"/$ref"]; len(got) != 1 {
			t.Errorf("%s has no channel", typ)
		}
	}
	for _, typ := range Types() {
		want = append(want, string(typ))
	}
	slices.Sort(types)
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("(-product +document)\n%s", diff)
	}
	for _, d := range []stream.Declaration{stream.PricesDeclaration(), stream.RatesDeclaration("USD")} {
		if diff := cmp.Diff(d.Subjects, values["/x-streams/"+d.Name+"/subjects/-"]); diff != "" {
			t.Errorf("%s (-product +document)\n%s", d.Name, diff)
		}
	}
}

func TestEveryMessageIsOnTheAddressOfItsChannelAndInItsStream(t *testing.T) {
	values := outline(t)
	for typ, m := range examples(t) {
		found := false
		for _, name := range namesBelow(values, "/channels") {
			address := strings.Split(values["/channels/"+name+"/address"][0], ".")
			tokens := strings.Split(m.Subject, ".")
			matches := len(address) == len(tokens)
			for i := 0; matches && i < len(tokens); i++ {
				parameter := strings.HasPrefix(address[i], "{")
				matches = parameter || address[i] == tokens[i]
				if described := values["/channels/"+name+"/parameters/"+strings.Trim(address[i], "{}")]; parameter && described == nil {
					t.Errorf("%s: parameter %s is not described", name, address[i])
				}
			}
			if matches {
				found = values["/components/messages/"+name+"/name"][0] == string(typ)
				break
			}
		}
		declared := append(stream.PricesDeclaration().Subjects, stream.RatesDeclaration("USD").Subjects...)
		if !found || !stream.MatchesAny(declared, m.Subject) {
			t.Errorf("%s on %s: channel found %v, streams %s", typ, m.Subject, found, declared)
		}
	}
}
