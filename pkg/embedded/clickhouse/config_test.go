package clickhouse

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestAConfigurationThatCannotWorkIsInvalid(t *testing.T) {
	good := Config{Dir: "d", User: "u", Password: "p", Database: "b"}
	if err := good.Validate(); err != nil {
		t.Fatalf("good: %v", err)
	}
	for name, spoil := range map[string]func(c *Config){
		"dir":         func(c *Config) { c.Dir = "" },
		"user":        func(c *Config) { c.User = "" },
		"password":    func(c *Config) { c.Password = "" },
		"database":    func(c *Config) { c.Database = "" },
		"address":     func(c *Config) { c.Address = "nonsense" },
		"memory":      func(c *Config) { c.MemoryLimit = -1 },
		"connections": func(c *Config) { c.MaxConnections = -1 },
		"idle":        func(c *Config) { c.IdleTimeout = -1 },
		"setting":     func(c *Config) { c.Settings = map[string]string{"a b": "1"} },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Validate(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheEnginesConfigurationIsWellFormedWhateverTheFolder(t *testing.T) {
	content := engineConfig(Config{Dir: "/tmp/a <b> & c"}.withDefaults())
	var parsed struct {
		Memory string `xml:"max_server_memory_usage"`
		Tmp    string `xml:"tmp_path"`
	}
	if err := xml.Unmarshal(content, &parsed); err != nil {
		t.Fatal(err)
	}
	if parsed.Memory != "838860800" || parsed.Tmp != "/tmp/a <b> & c/tmp" {
		t.Errorf("configuration says %+v", parsed)
	}
	if strings.Contains(string(content), "_log>") {
		t.Error("a system log is on")
	}
}

func TestTheLibraryIsFoundWhereItIsNamedOrInACheckoutAbove(t *testing.T) {
	root := t.TempDir()
	library := filepath.Join(root, "pkg", "embedded", "clickhouse", "engine", "node_modules", "@chdb", "lib-"+platform(), "libchdb.so")
	below := filepath.Join(root, "some", "where")
	for _, dir := range []string{filepath.Dir(library), below} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(root, "other.so")
	for _, file := range []string{library, other} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(LibraryVariable, "")
	t.Chdir(below)
	for _, c := range []struct{ explicit, variable, want string }{{"", "", library}, {"", other, other}, {other, library, other}} {
		t.Setenv(LibraryVariable, c.variable)
		got, err := Locate(c.explicit)
		if err != nil || !sameFile(t, got, c.want) {
			t.Errorf("explicit %q, variable %q: %s, %v", c.explicit, c.variable, got, err)
		}
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	return os.SameFile(infoA, infoB)
}

func TestExceptionsAreReadFromTheEnginesText(t *testing.T) {
	for text, want := range map[string]exception{
		"Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE)":                       {60, "Table x does not exist. (UNKNOWN_TABLE)"},
		"Error: Code: 241. DB::Exception: Code: 395. DB::Exception: Query memory limit exceeded": {395, "Query memory limit exceeded"},
		"Invalid or closed connection": {1001, "Invalid or closed connection"},
		"":                             {1001, ""},
	} {
		if got := parseException(text); *got != want {
			t.Errorf("%q is read as %+v, want %+v", text, *got, want)
		}
	}
}

func TestParametersLoseTheQuotesOfTheirDump(t *testing.T) {
	for dump, want := range map[string]string{`'a'`: "a", `'it\'s'`: "it's", `'a\\\\b'`: `a\\b`, `'\\N'`: `\N`, `'\t'`: "\t", "5": "5", "'": "'", "": ""} {
		if got := unquoteDump(dump); got != want {
			t.Errorf("%s is read as %q, want %q", dump, got, want)
		}
	}
}
