package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// updating reports whether files that are made from the program are to be written anew.
func updating() bool { return os.Getenv("UPDATE") != "" }

// TestTheReferenceSaysWhatTheCommandsDo compares docs/cli.md with what the commands say of themselves; UPDATE=1 writes it.
func TestTheReferenceSaysWhatTheCommandsDo(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "cli.md")
	want := reference((&app{}).root())
	if updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text(t, path) != want {
		t.Errorf("%s is not what the commands say; run make docs", path)
	}
}

// reference is the manual of a program's commands in Markdown.
func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# pricewire, command by command\n\nMade from the program by `make docs`; a test compares it. Data goes to standard output, talk to standard error.\n")
	b.WriteString("\n## Everywhere\n\n")
	flagTable(&b, root.PersistentFlags())
	b.WriteString("\nEvery flag can be given as `PRICEWIRE_<FLAG>` in the environment; the flag wins. `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are obeyed.\n")
	b.WriteString("\n| exit code | |\n|---|---|\n")
	for _, line := range exitCodes() {
		code, means, _ := strings.Cut(line, "  ")
		fmt.Fprintf(&b, "| %s | %s |\n", code, means)
	}
	for _, s := range append(sections(), section{title: "More"}) {
		headed := false
		for _, c := range root.Commands() {
			if c.GroupID != s.id || c.Hidden {
				continue
			}
			if !headed {
				fmt.Fprintf(&b, "\n## %s\n", s.title)
				headed = true
			}
			chapter(&b, c)
		}
	}
	return b.String()
}

// chapter describes a command, and those below it.
func chapter(b *strings.Builder, cmd *cobra.Command) {
	says := cmd.Short + "."
	if cmd.Long != "" && !cmd.HasSubCommands() {
		says = strings.TrimSpace(cmd.Long)
	}
	fmt.Fprintf(b, "\n### %s\n\n%s\n", cmd.CommandPath(), says)
	if cmd.HasSubCommands() {
		for _, c := range cmd.Commands() {
			chapter(b, c)
		}
		return
	}
	fmt.Fprintf(b, "\n```\n%s\n```\n", usageLine(cmd))
	fmt.Fprintf(b, "\n```\n%s\n```\n", undented(cmd.Example))
	if forms := formsOf(cmd); len(forms) > 0 && !slices.Equal(forms, output.Plain()) {
		fmt.Fprintf(b, "\n`-o` is %s; %s where it is left out.\n", output.Names(forms...), forms[0])
	}
	if flags := cmd.LocalNonPersistentFlags(); flags.HasAvailableFlags() {
		var some strings.Builder
		if flagTable(&some, flags) {
			fmt.Fprintf(b, "\n%s", some.String())
		}
	}
	if text := cmd.Annotations[exitsKey]; text != "" {
		fmt.Fprintf(b, "\nExit codes: %s.\n", text)
	}
}

// undented are the lines of an example without the spaces before them.
func undented(example string) string {
	lines := strings.Split(strings.TrimRight(example, "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "  ")
	}
	return strings.Join(lines, "\n")
}

// flagTable lists flags and reports whether there was any.
func flagTable(b *strings.Builder, flags *pflag.FlagSet) bool {
	b.WriteString("| flag | default | |\n|---|---|---|\n")
	any := false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		any = true
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		otherwise := f.DefValue
		switch {
		case f.Value.Type() == "bool" && otherwise == "false", otherwise == "[]":
			otherwise = ""
		case otherwise != "":
			otherwise = "`" + strings.Trim(otherwise, "[]") + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, otherwise, strings.ReplaceAll(f.Usage, "|", "\\|"))
	})
	return any
}
