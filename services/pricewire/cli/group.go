package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/command"
)

// group is a noun whose verbs are commands of their own; alone, or with a verb that does not exist, it is a usage error.
func group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		names := verbsOf(cmd)
		if len(args) > 0 {
			return usage(fmt.Errorf("%s has no command %q, but %s%s", use, args[0], strings.Join(names, ", "), command.DidYouMean(args[0], names)))
		}
		return usage(fmt.Errorf("%s needs a command: %s", use, strings.Join(names, ", ")))
	}
	cmd.AddCommand(verbs...)
	return cmd
}

// verbsOf are the names of the commands below one, as they were added.
func verbsOf(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden && c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	return names
}

// unknownNoun says that there is no such command, and which was likely meant.
func unknownNoun(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := verbsOf(root)
	text := command.DidYouMean(args[0], names)
	if text == "" { // perhaps a verb whose noun was left out
		var nouns []string
		for _, noun := range root.Commands() {
			if slices.Contains(verbsOf(noun), args[0]) {
				nouns = append(nouns, noun.Name()+" "+args[0])
			}
		}
		if len(nouns) > 0 {
			text = "; there is " + strings.Join(nouns, ", ")
		}
	}
	return fmt.Errorf("there is no command %q%s", args[0], text)
}

// unknownFlag completes the error of a flag that does not exist with the one that was likely meant.
func unknownFlag(cmd *cobra.Command, err error) error {
	typed, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !unknown {
		return err
	}
	names := flagNames(cmd)
	if near := command.Nearest(typed, names); near != "" {
		return fmt.Errorf("there is no flag --%s; did you mean --%s?", typed, near)
	}
	return fmt.Errorf("there is no flag --%s", typed)
}
