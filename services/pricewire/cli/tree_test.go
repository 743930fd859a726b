package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// leaves are the commands that do something.
func leaves() []*cobra.Command {
	var all []*cobra.Command
	walk((&app{}).root(), func(cmd *cobra.Command) {
		if cmd.HasParent() && !cmd.HasSubCommands() && cmd.Name() != "help" {
			all = append(all, cmd)
		}
	})
	return all
}

func TestEveryCommandSaysInOneLineWhatItDoes(t *testing.T) {
	walk((&app{}).root(), func(cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || strings.Contains(cmd.Short, "\n") || len(cmd.Short) > 130 {
			t.Errorf("%s: %q", cmd.CommandPath(), cmd.Short)
		}
	})
}

func TestEveryFlagSaysWhatItIs(t *testing.T) {
	for _, cmd := range leaves() {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" || strings.ToLower(f.Name) != f.Name || strings.Contains(f.Name, "_") {
				t.Errorf("%s --%s: %q", cmd.CommandPath(), f.Name, f.Usage)
			}
			for _, word := range []string{"password", "token", "secret"} {
				if f.Name == word {
					t.Errorf("%s --%s takes a secret, which whoever lists processes can read", cmd.CommandPath(), f.Name)
				}
			}
		})
	}
}

func TestEveryCommandTakesTheFormsOrHasOneOfItsOwn(t *testing.T) {
	for _, cmd := range leaves() {
		if cmd.Flags().Lookup("output") == nil && cmd.InheritedFlags().Lookup("output") == nil {
			t.Errorf("%s has no --output", cmd.CommandPath())
		}
		forms := formsOf(cmd)
		if len(forms) == 0 {
			continue
		}
		for _, form := range []output.Format{output.JSON, output.NDJSON, output.CSV} {
			if !slices.Contains(forms, form) {
				t.Errorf("%s does not answer in %s", cmd.CommandPath(), form)
			}
		}
	}
}

// placeholders are arguments that a command line can be made of without anything being there.
func placeholders(cmd *cobra.Command) []string {
	args := strings.Fields(cmd.CommandPath())[1:]
	for range arguments(cmd.Use) {
		args = append(args, "license-us-2026-12-r1")
	}
	return args
}

func TestEveryCommandRefusesAFormAndAFlagThatAreNone(t *testing.T) {
	for _, cmd := range leaves() {
		for _, wrong := range [][]string{{"-o", "yaml"}, {"--nonsense"}} {
			out, errs, code := invoke(t, append(placeholders(cmd), wrong...)...)
			if code != exitUsage || out != "" || !strings.HasPrefix(errs, "error: ") || !strings.Contains(errs, "hint: ") {
				t.Errorf("%s %v: exit %d, %q, %q", cmd.CommandPath(), wrong, code, out, errs)
			}
		}
	}
}

func TestEveryArgumentMustBeThereAndSaySomething(t *testing.T) {
	for _, cmd := range leaves() {
		names := arguments(cmd.Use)
		if len(names) == 0 || strings.Contains(cmd.Use, "[") {
			continue
		}
		args := strings.Fields(cmd.CommandPath())[1:]
		if out, errs, code := invoke(t, args...); code != exitUsage || out != "" {
			t.Errorf("%s alone: exit %d, %q, %q", cmd.CommandPath(), code, out, errs)
		}
		empty := append(slices.Clone(args), make([]string, len(names))...)
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if required(f) {
				empty = append(empty, "--"+f.Name, "x")
			}
		})
		if out, errs, code := invoke(t, empty...); code != exitUsage || out != "" || !strings.Contains(errs, names[0]+" must not be empty") {
			t.Errorf("%s with nothing in %s: exit %d, %q, %q", cmd.CommandPath(), names[0], code, out, errs)
		}
	}
}

func TestAUsageLineNamesItsFlagsOnce(t *testing.T) {
	for _, cmd := range leaves() {
		line := usageLine(cmd)
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if n := len(slices.DeleteFunc(strings.Fields(line), func(word string) bool { return word != "--"+f.Name })); n > 1 || n == 0 && required(f) {
				t.Errorf("%s has --%s %d times", line, f.Name, n)
			}
		})
		if strings.Contains(cmd.Use, "--") { // what follows a flag would count as an argument
			t.Errorf("%s is used as %q", cmd.CommandPath(), cmd.Use)
		}
	}
}

func TestHelpHasExamplesFirst(t *testing.T) {
	walk((&app{}).root(), func(cmd *cobra.Command) {
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		out, errs, code := invoke(t, args...)
		examples, usage := strings.Index(out, "\nExamples:\n"), strings.Index(out, "\nUsage:\n")
		if code != exitOK || errs != "" || examples < 0 || usage < examples {
			t.Errorf("%v: exit %d, examples at %d, usage at %d, %q", args, code, examples, usage, errs)
		}
	})
}

func TestATypoIsToldWithWhatWasMeant(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"relase list", "did you mean release?"},
		{"release aprove x", "did you mean approve?"},
		{"approve x", "there is release approve"},
		{"price get --markt US", "did you mean --market?"},
		{"release list --state efective", "did you mean effective?"},
		{"release create x.csv --list licence --effective 2026-12-01", "did you mean license?"},
		{"rate movers --from 2026-01-01 --to 2026-02-01 --by absolut", "did you mean absolute?"},
		{"reconcile x.csv --only diferences", "did you mean differences?"},
		{"status -o jsn", "did you mean json?"},
		{"completion bsh", "did you mean bash?"},
		{"help relase", "did you mean release?"},
		{"help release aprove", "did you mean approve?"},
	} {
		if out, errs, code := invoke(t, strings.Fields(c.args)...); code != exitUsage || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, %q, %q", c.args, code, out, errs)
		}
	}
}

func TestAnErrorNamesTheArgumentOrTheFlagThatWasGiven(t *testing.T) {
	for _, c := range []struct{ args, where, says string }{
		{"crawl show x", "path.id", "ID: it is wrong"},
		{"release show x", "path.id", "ID: it is wrong"},
		{"document get KIND --market US", "query.kind", "KIND: it is wrong"},
		{"release set show x", "path.name", "NAME: it is wrong"},
		{"release lint SHEET", "query.filename", "FILE: it is wrong"},
		{"rate list --os x", "query.operating_system", "--os: it is wrong"},
		{"release approve x", "body.short_notice", "--short-notice: it is wrong"},
		{"release list", "query.cursor", "cursor: it is wrong"},
	} {
		f := serve(t, `{"type":"https://pricewire.dev/problems/invalid","detail":"the request is wrong","errors":[{"location":"`+c.where+`","message":"it is wrong"}]}`)
		f.status = 400
		_, errs, code := f.run(t, words(t, c.args)...)
		if code != exitUsage || !strings.Contains(errs, "  "+c.says) {
			t.Errorf("%s: exit %d, %s", c.args, code, errs)
		}
	}
}
