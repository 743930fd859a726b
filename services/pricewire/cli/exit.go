package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

// The exit codes that scripts rely on.
const (
	exitOK          = command.OK
	exitFailure     = command.Failure
	exitUsage       = command.UsageError
	exitNotFound    = command.NotFound
	exitConflict    = command.Conflict
	exitRefused     = command.Refused
	exitUnavailable = command.Unavailable
)

// commandLine is the place of an error that is in the command line itself.
const commandLine = command.Line

// exitCode maps a fault to its exit code.
func exitCode(err error) int { return command.Code(err) }

// flagOf returns the flag of the command that is sent as a parameter, or the argument that stands in its place. Where there is neither, the
// parameter keeps its name: nobody gave it.
func (a *app) flagOf(parameter string) string {
	if a.command == nil {
		return command.FlagOf(parameter)
	}
	named := ""
	a.command.Flags().VisitAll(func(f *pflag.Flag) {
		if names := f.Annotations[parameterKey]; len(names) == 1 && names[0] == parameter {
			named = "--" + f.Name
		}
	})
	if named != "" {
		return named
	}
	if argument := argumentOf(a.command.Use, parameter); argument != "" {
		return argument
	}
	if flag := strings.ReplaceAll(parameter, "_", "-"); a.command.Flags().Lookup(flag) != nil {
		return "--" + flag
	}
	return parameter
}

// argumentOf returns the argument of a command that is sent as a parameter, as its usage line calls it; empty when it has none such.
func argumentOf(use, parameter string) string {
	for _, argument := range arguments(use) {
		for word := range strings.SplitSeq(argument, "|") {
			if strings.EqualFold(word, parameter) || strings.EqualFold("file"+word, parameter) || word == "FILE" && parameter == "filename" {
				return argument
			}
		}
	}
	return ""
}

// arguments are those of a usage line, such as ID and FILE.
func arguments(use string) []string {
	var all []string
	for _, word := range strings.Fields(use)[1:] {
		if word = strings.Trim(word, "[]."); word != "" && word == strings.ToUpper(word) {
			all = append(all, word)
		}
	}
	return all
}

// countArguments lets a command say which of its arguments is missing, or too much.
func countArguments(cmd *cobra.Command) {
	names := arguments(cmd.Use)
	if cmd.HasSubCommands() || cmd.Args == nil || strings.ContainsAny(cmd.Use, "[.") {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch n := len(names); {
		case len(args) < n:
			return fmt.Errorf("%s is missing", strings.Join(names[len(args):], " and "))
		case len(args) > n && n == 0:
			return fmt.Errorf("%s takes no argument, and %q is one", cmd.CommandPath(), args[0])
		case len(args) > n:
			return fmt.Errorf("%q is too much: %s takes %s", args[n], cmd.CommandPath(), strings.Join(names, " and "))
		}
		return nil
	}
}

// missingFlags names the flags that must be given, and are not.
func missingFlags(cmd *cobra.Command) error {
	var missing []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if required(f) && !f.Changed {
			missing = append(missing, "--"+f.Name)
		}
	})
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s must be given", strings.Join(missing, ", "))
}

// emptyArgument refuses an argument that is empty: it would name something else, or everything.
func emptyArgument(cmd *cobra.Command, args []string) error {
	if cmd.Name() == cobra.ShellCompRequestCmd || cmd.Name() == cobra.ShellCompNoDescRequestCmd {
		return nil
	}
	names := arguments(cmd.Use)
	for i, arg := range args {
		if strings.TrimSpace(arg) == "" && i < len(names) {
			return fmt.Errorf("%s must not be empty", names[i])
		}
	}
	return nil
}

// explain writes an error for a person: what happened, where, and what to do.
func (a *app) explain(err error) {
	var text bytes.Buffer
	command.Explain(&text, err, a.flagOf)
	said := text.String()
	for word, tone := range map[string]output.Tone{"error:": output.Bad, "hint:": output.Strong} {
		if strings.HasPrefix(said, word) {
			said = output.Toned(a.streams.Err, tone, word) + said[len(word):]
		}
		said = strings.ReplaceAll(said, "\n"+word+" ", "\n"+output.Toned(a.streams.Err, tone, word)+" ")
	}
	_, _ = io.WriteString(a.streams.Err, said)
}
