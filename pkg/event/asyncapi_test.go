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
func outline(t *testing.T) map[string][]string { return outlineOf(t, schemas.AsyncAPI()) }

func outlineOf(t *testing.T, document []byte) map[string][]string {
	type level struct {
		indent int
		path   string
	}
	values := map[string][]string{}
	levels := []level{{-1, ""}}
	text := -1 // indentation of the name whose text block goes on
	for i, line := range strings.Split(string(document), "\n") {
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
			if file, ok := strings.CutPrefix(to, "./without-cost/"); ok {
				if _, err := schemas.SchemaWithoutCost(strings.TrimSuffix(file, ".schema.json")); err != nil {
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

// channelOf returns the channel that a message is on, empty when it is on none.
func channelOf(values map[string][]string, message string) string {
	for _, channel := range namesBelow(values, "/channels") {
		if values["/channels/"+channel+"/messages/"+message+"/$ref"] != nil {
			return channel
		}
	}
	return ""
}

func TestTheAsyncAPIDocumentListsEveryTypeAndStream(t *testing.T) {
	values := outline(t)
	var types, want []string
	for _, name := range namesBelow(values, "/components/messages") {
		path := "/components/messages/" + name
		typ := values[path+"/name"][0]
		folder := "./events/"
		if strings.HasPrefix(name, "erp") { // each type has one without cost
			folder = "./without-cost/"
		}
		types = append(types, typ)
		if got := values[path+"/payload/schema/$ref"][0]; got != folder+typ+".schema.json" {
			t.Errorf("%s has the schema %s", typ, got)
		}
		if channelOf(values, name) == "" {
			t.Errorf("%s has no channel", typ)
		}
	}
	for _, typ := range Types() {
		want = append(want, string(typ), string(typ))
	}
	slices.Sort(types)
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("(-product +document)\n%s", diff)
	}
	for _, d := range []stream.Declaration{
		stream.PricesDeclaration(), stream.RatesDeclaration("USD"), stream.WithoutCostDeclaration(stream.Prices), stream.WithoutCostDeclaration("RATES_USD"),
	} {
		if diff := cmp.Diff(d.Subjects, values["/x-streams/"+d.Name+"/subjects/-"]); diff != "" {
			t.Errorf("%s (-product +document)\n%s", d.Name, diff)
		}
	}
}

func TestEveryMessageIsOnTheAddressOfItsChannelAndInItsStream(t *testing.T) {
	values := outline(t)
	subjects := map[string]Type{}
	for typ, m := range examples(t) {
		subjects[m.Subject+" "+string(typ)], subjects[WithoutCostPrefix+m.Subject+" "+string(typ)] = typ, typ
	}
	for subject, typ := range subjects {
		subject, _, _ := strings.Cut(subject, " ")
		found := false
		for _, name := range namesBelow(values, "/channels") {
			address := strings.Split(values["/channels/"+name+"/address"][0], ".")
			tokens := strings.Split(subject, ".")
			matches := len(address) == len(tokens)
			for i := 0; matches && i < len(tokens); i++ {
				parameter := strings.HasPrefix(address[i], "{")
				matches = parameter || address[i] == tokens[i]
				if described := values["/channels/"+name+"/parameters/"+strings.Trim(address[i], "{}")]; parameter && described == nil {
					t.Errorf("%s: parameter %s is not described", name, address[i])
				}
			}
			if !matches {
				continue
			}
			for _, message := range namesBelow(values, "/channels/"+name+"/messages") {
				found = found || values["/components/messages/"+message+"/name"][0] == string(typ)
			}
			break
		}
		declared := append(stream.PricesDeclaration().Subjects, stream.RatesDeclaration("USD").Subjects...)
		declared = append(append(declared, stream.WithoutCostDeclaration(stream.Prices).Subjects...), stream.WithoutCostDeclaration("RATES_USD").Subjects...)
		if !found || !stream.MatchesAny(declared, subject) {
			t.Errorf("%s on %s: channel found %v, streams %s", typ, subject, found, declared)
		}
	}
}

// untold returns the messages of channels that no operation sends, "channel/message": an operation without messages sends all of its channel's.
func untold(values map[string][]string) []string {
	sent := map[string]bool{}
	for _, name := range namesBelow(values, "/operations") {
		path := "/operations/" + name
		if !slices.Equal(values[path+"/action"], []string{"send"}) || len(values[path+"/channel/$ref"]) != 1 {
			continue
		}
		channel := strings.TrimPrefix(values[path+"/channel/$ref"][0], "#/channels/")
		for _, message := range values[path+"/messages/$ref"] {
			sent[strings.Replace(strings.TrimPrefix(message, "#/channels/"), "/messages/", "/", 1)] = true
		}
		if values[path+"/messages"] == nil {
			sent[channel] = true
		}
	}
	var missing []string
	for _, channel := range namesBelow(values, "/channels") {
		for _, message := range namesBelow(values, "/channels/"+channel+"/messages") {
			if one := channel + "/" + message; !sent[one] && !sent[channel] {
				missing = append(missing, one)
			}
		}
	}
	return missing
}

func TestEveryMessageOfEveryChannelIsSentByAnOperation(t *testing.T) {
	values := outline(t)
	if channels := namesBelow(values, "/channels"); len(channels) < 2*len(Types())-2 {
		t.Fatalf("only %d channels found", len(channels))
	}
	for _, message := range untold(values) {
		t.Errorf("no operation sends %s", message)
	}
	for _, name := range namesBelow(values, "/operations") {
		path := "/operations/" + name
		channel := values[path+"/channel/$ref"][0]
		if values[channel[1:]+"/address"] == nil || values[path+"/summary"] == nil || !slices.Equal(values[path+"/action"], []string{"send"}) {
			t.Errorf("operation %s sends nothing, or does not say what: %s", name, channel)
		}
		for _, message := range values[path+"/messages/$ref"] {
			if !strings.HasPrefix(message, channel+"/messages/") {
				t.Errorf("operation %s of %s sends %s", name, channel, message)
			}
		}
	}
}

func TestAMessageThatNoOperationSendsIsFound(t *testing.T) {
	whole := string(schemas.AsyncAPI())
	for from, says := range map[string]string{
		"\n  publishLine:\n    action: send":                            "priceChanged/priceChanged",
		"\n  erpPublishLine:\n    action: send":                         "erpPriceChanged/erpPriceChanged",
		"$ref: '#/channels/erpSourceStale'\n":                           "erpSourceStale/erpSourceStale",
		"$ref: '#/channels/erpCrawlFinished/messages/erpCrawlFinished'": "erpCrawlFinished/erpCrawlFinished",
	} {
		to := strings.NewReplacer("action: send", "action: receive", "#/channels/erpSourceStale", "#/channels/sourceStale", "messages/erpCrawlFinished", "messages/erpCrawlProgressed").Replace(from)
		after := strings.Replace(whole, from, to, 1)
		if after == whole {
			t.Errorf("%s: nothing was changed", from)
		}
		if got := untold(outlineOf(t, []byte(after))); !slices.Equal(got, []string{says}) {
			t.Errorf("%s: not sent are %v, want %s", from, got, says)
		}
	}
}

// gone returns what of an AsyncAPI document is not in another: everything but words for people has to stay.
func gone(before, after map[string][]string) []string {
	var missing []string
	for path, values := range before {
		switch path[strings.LastIndexByte(path, '/')+1:] {
		case "description", "title", "version", "summary":
			continue
		}
		for _, value := range values {
			if !slices.Contains(after[path], value) {
				missing = append(missing, path+" "+value)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

func TestTheAsyncAPIDocumentIsTheOneReleasedPlusAdditions(t *testing.T) {
	released, err := schemas.Released()
	if err != nil {
		t.Fatal(err)
	}
	before, err := fs.ReadFile(released, "asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, missing := range gone(outlineOf(t, before), outline(t)) {
		t.Errorf("released, and gone: %s", missing)
	}
}

func TestPlantedBreaksOfTheAsyncAPIDocumentAreFound(t *testing.T) {
	whole := string(schemas.AsyncAPI())
	for what, c := range map[string]struct{ from, to, says string }{
		"words":             {"title: Pricewire events", "title: Events", ""},
		"an address":        {"address: pw.price.{market}", "address: pw.prices.{market}", "/channels/priceChanged/address"},
		"a channel":         {"\n  itemChanged:\n    address", "\n  itemsChanged:\n    address", "/channels/itemChanged"},
		"a subject":         {"\n      - pw.item.>", "", "/x-streams/PRICES/subjects"},
		"a message's name":  {"name: pricewire.rate.changed.v1", "name: pricewire.rate.changed.v2", "/components/messages/rateChanged/name"},
		"a message's place": {"$ref: ./events/pricewire.rate.changed.v1", "$ref: ./events/pricewire.rate.changed.v2", "/components/messages/rateChanged/payload"},
	} {
		after := strings.Replace(whole, c.from, c.to, 1)
		if after == whole {
			t.Errorf("%s: nothing was changed", what)
		}
		missing := strings.Join(gone(outlineOf(t, []byte(whole)), outlineOf(t, []byte(after))), "; ")
		if (c.says == "") != (missing == "") || !strings.Contains(missing, c.says) {
			t.Errorf("%s: %s, want %q", what, missing, c.says)
		}
	}
}
