package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/fault"
)

// settings are flags of every kind.
type settings struct {
	word, config string
	number       int
	copies       int
	list         []string
	yes          bool
}

func (s *settings) flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	s.word, s.copies = "default", 1
	flags.StringVar(&s.word, "a-word", s.word, "")
	flags.IntVar(&s.number, "number", 7, "")
	flags.Var(NewOneOf(&s.copies, 1, 3, 5), "copies", "")
	flags.StringSliceVar(&s.list, "list", nil, "")
	flags.BoolVar(&s.yes, "yes", false, "")
	flags.StringVar(&s.config, ConfigFlag, "", ConfigUsage)
	return flags
}

func settle(t *testing.T, file string, environment map[string]string, args ...string) (settings, error) {
	t.Helper()
	var s settings
	flags := s.flags()
	if file != "" {
		path := filepath.Join(t.TempDir(), "pricewire.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	err := Settle(flags, func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	})
	return s, err
}

func TestAFlagWinsOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	file := "# of this machine\na-word: from file\nnumber: 3\nlist: [\"a,b\", c]\nyes: true\ncopies: 5\n"
	for name, c := range map[string]struct {
		environment map[string]string
		args        []string
		want        string
	}{
		"file":        {nil, nil, "from file 3 [a,b c] true 5"},
		"environment": {map[string]string{"PRICEWIRE_A_WORD": "from environment", "PRICEWIRE_LIST": "x,y"}, nil, "from environment 3 [x y] true 5"},
		"flag":        {map[string]string{"PRICEWIRE_A_WORD": "from environment"}, []string{"--a-word", "typed", "--yes=false", "--copies", "3"}, "typed 3 [a,b c] false 3"},
	} {
		s, err := settle(t, file, c.environment, c.args...)
		if got := fmt.Sprint(s.word, " ", s.number, " ", s.list, " ", s.yes, " ", s.copies); got != c.want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if s, err := settle(t, "", nil); s.word != "default" || s.number != 7 || err != nil {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := settle(t, "# nothing\n", nil); s.word != "default" || err != nil {
		t.Errorf("an empty file: %+v, %v", s, err)
	}
}

func TestAWrongFileOrVariableIsNamedWithItsLine(t *testing.T) {
	for file, says := range map[string]string{
		"a-word: x\nnumber: many\n":      "line 2",
		"\nwordy: x\n":                   `line 2: there is no flag "wordy"`,
		"a-word: [x]\n":                  "line 1: a-word takes a single value",
		"list: [[x]]\n":                  "line 1: list takes a list of words",
		"number: 1\nnumber: 2\n":         "line 2",
		"copies: 2\n":                    "use one of [1 3 5]",
		"- a\n- b\n":                     "not lines of NAME: VALUE",
		"a-word: \"unended\n":            "line",
		"config: other.yaml\n":           `no flag "config"`,
		strings.Repeat("# x\n", 1<<18+1): "more than",
	} {
		_, err := settle(t, file, nil)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "pricewire.yaml") || Code(err) != UsageError {
			t.Errorf("%.20q: %v", file, err)
		}
	}
	if _, err := settle(t, "", map[string]string{"PRICEWIRE_CONFIG": "/nowhere/pricewire.yaml"}); err == nil || !strings.Contains(err.Error(), "/nowhere/pricewire.yaml: no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := settle(t, "", map[string]string{"PRICEWIRE_NUMBER": "many"}); err == nil || !strings.Contains(err.Error(), "environment PRICEWIRE_NUMBER") {
		t.Errorf("a wrong variable: %v", err)
	}
}

func TestAnErrorIsToldWithItsFlagAndHint(t *testing.T) {
	var w Wrong
	if w.Err() != nil {
		t.Error("nothing is wrong")
	}
	w.Flag("nats-ca", "ca.pem: no certificate in it")
	var out strings.Builder
	Explain(&out, w.Err(), FlagOf)
	Explain(&out, fault.New(fault.Refused, "query.known_at: is wrong").WithHint("mend it"), FlagOf)
	Explain(&out, errors.New("plain"), FlagOf)
	want := "error: --nats-ca: ca.pem: no certificate in it\nerror: --known-at: is wrong\nhint: mend it\nerror: plain\n"
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
	if Code(w.Err()) != UsageError || Code(Usage(errors.New("x"), "see help")) != UsageError {
		t.Error("what is wrong with flags is a usage error")
	}
}
