package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const root = "github.com/pricewire/pricewire/"

type listed struct {
	ImportPath, Name                   string
	Imports, TestImports, XTestImports []string
}

// packages lists every package of the three modules.
func packages(t *testing.T) []listed {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Name,Imports,TestImports,XTestImports", root+"schemas/...", root+"pkg/...", root+"services/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, root)
		all = append(all, p)
	}
	if len(all) < 20 {
		t.Fatalf("go list found %d packages; the test looks at the wrong tree", len(all))
	}
	return all
}

// ours returns the imports within the house, without its root.
func ours(imports []string) []string {
	var in []string
	for _, i := range imports {
		if rest, ok := strings.CutPrefix(i, root); ok {
			in = append(in, rest)
		}
	}
	return in
}

func TestTheRuleOfTheHouse(t *testing.T) {
	for _, p := range packages(t) {
		composes := p.Name == "main" || within(p.ImportPath, "services/pricewire") || within(p.ImportPath, "services/e2e") || within(p.ImportPath, "services/bench")
		for _, i := range ours(p.Imports) {
			if problem := forbidden(p.ImportPath, i, composes); problem != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, i, problem)
			}
		}
		for _, i := range ours(append(p.TestImports, p.XTestImports...)) {
			if !within(p.ImportPath, "services") && within(i, "services") {
				t.Errorf("tests of %s import %s: the library does not know the services", p.ImportPath, i)
			}
		}
	}
}

// forbidden says which rule an import breaks, nothing when it breaks none.
func forbidden(from, to string, composes bool) string {
	switch {
	case !within(from, "services") && within(to, "services"):
		return "the library does not know the services"
	case within(from, "schemas"):
		return "contracts depend on nothing"
	case adapter(to) && !within(from, home(to)) && !composes:
		return "an adapter is plugged in by a main"
	case within(from, "services") && within(to, "services") && service(from) != service(to) && !composes:
		return "a service does not know another"
	}
	return ""
}

// TestNounsKnowOnlyNouns keeps the domain pure: no wire, no server, no clock library.
func TestNounsKnowOnlyNouns(t *testing.T) {
	nouns := []string{"fault", "money", "effective", "trace", "rate", "meter", "listing", "pricelist", "item", "offer", "service", "document", "release", "bill", "access", "watchlist", "webhook"}
	libraries := []string{"github.com/shopspring/decimal", "golang.org/x/text/currency"}
	for _, p := range packages(t) {
		if noun, ok := strings.CutPrefix(p.ImportPath, "pkg/"); !ok || !slices.Contains(nouns, noun) {
			continue
		}
		for _, i := range p.Imports {
			rest, house := strings.CutPrefix(i, root+"pkg/")
			standard := !strings.Contains(strings.SplitN(i, "/", 2)[0], ".")
			switch {
			case house && slices.Contains(nouns, rest), standard && (i == "net/url" || i == "net/netip" || !strings.HasPrefix(i, "net/")), slices.Contains(libraries, i):
			default:
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
}

func TestTheRuleCanFail(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"pkg/stream", "services/api"}, {"services/api", "pkg/stream/jetstream"}, {"services/api", "services/ingester"}, {"schemas", "pkg/event"}, {"pkg/rate", "pkg/release/natskv"},
	} {
		if forbidden(c.from, c.to, false) == "" {
			t.Errorf("%s may import %s", c.from, c.to)
		}
	}
	for _, c := range []struct{ from, to string }{
		{"pkg/stream/jetstream", "pkg/stream"}, {"pkg/stream", "pkg/stream/memory"}, {"services/api", "pkg/rate"}, {"services/api", "services/api/x"},
	} {
		if problem := forbidden(c.from, c.to, false); problem != "" {
			t.Errorf("%s may not import %s: %s", c.from, c.to, problem)
		}
	}
}

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// adapter reports whether a package of pkg is below a noun: pkg/stream/jetstream, but also every embedded server.
func adapter(path string) bool { return within(path, "pkg") && strings.Count(path, "/") >= 2 }

// home is the noun an adapter belongs to.
func home(path string) string { return strings.Join(strings.SplitN(path, "/", 3)[:2], "/") }

// service is the service a package belongs to.
func service(path string) string { return home(path) }
