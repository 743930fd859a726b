package client_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestTheClientCostsLittle keeps what a program pays that imports the client: the nouns and what they need. The list may get shorter.
func TestTheClientCostsLittle(t *testing.T) {
	const house = "github.com/pricewire/pricewire/pkg/"
	ours := []string{"access", "client", "effective", "event", "fault", "item", "listing", "money", "pricelist", "rate", "release", "stream", "trace"}
	afford(t, dependencies(t, house+"client"), func(path string) bool {
		noun, isOurs := strings.CutPrefix(path, house)
		return isOurs && slices.Contains(ours, noun) || module(path, "github.com/shopspring/decimal") || module(path, "golang.org/x/text")
	})
}

// TestFollowingOverNATSCostsItsLibrary keeps servers, databases, sheets and loggers out of programs that follow over NATS.
func TestFollowingOverNATSCostsItsLibrary(t *testing.T) {
	const adapter = "github.com/pricewire/pricewire/pkg/stream/jetstream"
	allowed := []string{
		"github.com/pricewire/pricewire/pkg/fault", "github.com/pricewire/pricewire/pkg/stream", "github.com/pricewire/pricewire/pkg/trace", "github.com/nats-io/nats.go", "github.com/nats-io/nkeys",
		"github.com/nats-io/nuid", "github.com/klauspost/compress", "golang.org/x/crypto", "golang.org/x/sys", "github.com/synadia-io/orbit.go/jetstreamext",
	}
	afford(t, dependencies(t, adapter), func(path string) bool {
		return slices.ContainsFunc(allowed, func(m string) bool { return module(path, m) })
	})
}

func afford(t *testing.T, all []string, allowed func(string) bool) {
	t.Helper()
	if len(all) < 3 {
		t.Fatalf("go list found %v: the test looks at the wrong packages", all)
	}
	for _, path := range all {
		if !allowed(path) {
			t.Errorf("it needs %s", path)
		}
	}
}

// dependencies are the packages that one needs, the standard library's left out.
func dependencies(t *testing.T, path string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", path).CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, out)
	}
	return strings.Fields(string(out))
}

func module(path, name string) bool { return path == name || strings.HasPrefix(path, name+"/") }
