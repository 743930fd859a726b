package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/command"
)

// section is a part of the list of commands.
type section struct {
	id, title string
	commands  []string
}

// sections are the commands as people look for them. What is in none is listed behind them.
func sections() []section {
	return []section{
		{"start", "Start and look", []string{"up", "status", "doctor", "version", "completion"}},
		{"lists", "The monthly lists", []string{"release", "calendar", "price", "orderable", "offer", "service", "document", "sample"}},
		{"rates", "Usage rates", []string{"rate", "crawl", "quarantine"}},
		{"bills", "Bills", []string{"reconcile"}},
		{"events", "Events, and who is told", []string{"events", "watchlist", "webhook", "rejects"}},
		{"access", "Who may do what", []string{"token", "whoami", "subscriber", "audit-log"}},
		{"tables", "The tables", []string{"audit", "rebuild"}},
	}
}

// exitsKey is where a command's annotations say what its exit codes mean beside what they always do.
const exitsKey = "exits"

// exits notes what an exit code of a command means beside what it always does.
func exits(cmd *cobra.Command, text string) {
	annotate(cmd, exitsKey, text)
}

func annotate(cmd *cobra.Command, key, value string) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[key] = value
}

// exitCodes are what every exit code means.
func exitCodes() []string {
	return []string{
		"0  done", "1  failure; or the input is wrong, in a file", "2  the command line is wrong", "3  there is no such thing", "4  conflict: somebody was first, or what it was based on is stale",
		"5  refused by a rule", "6  the server, or what it needs, is unavailable",
	}
}

// finish makes all commands alike, whoever added them: help, groups, suggestions, completion.
func (a *app) finish(root *cobra.Command) {
	root.SetFlagErrorFunc(unknownFlag)
	root.Args = func(_ *cobra.Command, args []string) error { return unknownNoun(root, args) }
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { _, _ = fmt.Fprint(cmd.OutOrStdout(), helpText(cmd)) })
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := fmt.Fprint(cmd.OutOrStderr(), helpText(cmd))
		return err
	})
	helper := &cobra.Command{Use: "help [COMMAND]", Short: "What a command does, with examples", Example: "  pricewire help release approve"}
	helper.RunE = func(cmd *cobra.Command, args []string) error {
		found, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			return usage(fmt.Errorf("there is no command %q%s", strings.Join(args, " "), command.DidYouMean(first(append(rest, args...)...), verbsOf(found))))
		}
		return found.Help()
	}
	helper.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		found, _, err := root.Find(args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return verbsOf(found), cobra.ShellCompDirectiveNoFileComp
	}
	silent(helper)
	root.SetHelpCommand(helper)
	for _, s := range sections() {
		root.AddGroup(&cobra.Group{ID: s.id, Title: s.title})
		for _, c := range root.Commands() {
			if slices.Contains(s.commands, c.Name()) {
				c.GroupID = s.id
			}
		}
	}
	walk(root, func(cmd *cobra.Command) {
		cmd.DisableFlagsInUseLine = true
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if required(f) && !strings.HasSuffix(f.Usage, requiredMark) {
				f.Usage += requiredMark
			}
		})
		a.complete(cmd)
		countArguments(cmd)
	})
}

const requiredMark = " (required)"

func required(f *pflag.Flag) bool {
	return len(f.Annotations[cobra.BashCompOneRequiredFlag]) > 0
}

// walk visits a command and all below it, in the order in which help has them.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		walk(c, visit)
	}
}

// helpText is what a command says of itself: what it does, how it is used in practice, and then everything else.
func helpText(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.TrimSpace(first(cmd.Long, cmd.Short)))
	if example := exampleOf(cmd); example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", example)
	}
	fmt.Fprintf(&b, "\nUsage:\n  %s\n", usageLine(cmd))
	listCommands(&b, cmd)
	if flags := cmd.LocalNonPersistentFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", flags.FlagUsages())
	}
	everywhere := cmd.InheritedFlags()
	if !cmd.HasParent() {
		everywhere = cmd.PersistentFlags()
	}
	if everywhere.HasAvailableFlags() && cmd.Runnable() && (!cmd.HasSubCommands() || !cmd.HasParent()) {
		fmt.Fprintf(&b, "\nFlags of all commands (each also as PRICEWIRE_<FLAG> in the environment):\n%s", everywhere.FlagUsages())
	}
	if text := cmd.Annotations[exitsKey]; text != "" {
		fmt.Fprintf(&b, "\nExit codes: %s; the others as in `pricewire help`\n", text)
	}
	if !cmd.HasParent() {
		fmt.Fprintf(&b, "\nExit codes:\n  %s\n", strings.Join(exitCodes(), "\n  "))
	}
	if cmd.HasSubCommands() {
		fmt.Fprintf(&b, "\n`%s COMMAND --help` says more of each.\n", cmd.CommandPath())
	}
	return b.String()
}

// exampleOf is how a command is used; of a noun the first examples of its verbs.
func exampleOf(cmd *cobra.Command) string {
	if cmd.Example != "" || !cmd.HasParent() {
		return strings.TrimRight(cmd.Example, "\n")
	}
	var lines []string
	for _, c := range cmd.Commands() {
		example, _, _ := strings.Cut(strings.ReplaceAll(exampleOf(c), "\\\n", ""), "\n")
		if example != "" {
			lines = append(lines, "  "+strings.Join(strings.Fields(example), " "))
		}
	}
	return strings.Join(lines, "\n")
}

// usageLine is how a command is written.
func usageLine(cmd *cobra.Command) string {
	if cmd.HasSubCommands() {
		return cmd.CommandPath() + " COMMAND"
	}
	line := cmd.CommandPath()
	if _, rest, has := strings.Cut(cmd.Use, " "); has {
		line += " " + rest
	}
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if required(f) {
			line += " --" + f.Name + " " + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		}
	})
	return line + " [flags]"
}

// listCommands lists the commands below one: those of the program by section.
func listCommands(b *strings.Builder, cmd *cobra.Command) {
	if !cmd.HasSubCommands() {
		return
	}
	widest := 0
	for _, c := range cmd.Commands() {
		widest = max(widest, len(c.Name()))
	}
	list := func(title, group string) {
		headed := false
		for _, c := range cmd.Commands() {
			if c.GroupID != group || c.Hidden || !c.IsAvailableCommand() && c.Name() != "help" {
				continue
			}
			if !headed {
				fmt.Fprintf(b, "\n%s:\n", title)
				headed = true
			}
			fmt.Fprintf(b, "  %-*s  %s\n", widest, c.Name(), c.Short)
		}
	}
	for _, g := range cmd.Groups() {
		list(g.Title, g.ID)
	}
	if len(cmd.Groups()) > 0 {
		list("More", "")
		return
	}
	list("Commands", "")
}

// writes reports whether a command changes something, so that its answer must not get lost.
func writes(cmd *cobra.Command) bool {
	return slices.Contains(strings.Fields("create submit approve reject correct withdraw backfill run accept audit rebuild revoke rotate add remove delete set update enable disable redeliver test import"), cmd.Name())
}
