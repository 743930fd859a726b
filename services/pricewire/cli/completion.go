package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) completionCommand() *cobra.Command {
	shells := map[string]func(root *cobra.Command) error{
		"bash":       func(root *cobra.Command) error { return root.GenBashCompletionV2(a.streams.Out, true) },
		"zsh":        func(root *cobra.Command) error { return root.GenZshCompletion(a.streams.Out) },
		"fish":       func(root *cobra.Command) error { return root.GenFishCompletion(a.streams.Out, true) },
		"powershell": func(root *cobra.Command) error { return root.GenPowerShellCompletionWithDesc(a.streams.Out) },
	}
	names := []string{"bash", "zsh", "fish", "powershell"}
	cmd := &cobra.Command{
		Use: "completion SHELL", Short: "Write what lets a shell complete commands, flags, and the names that a server knows", ValidArgs: names,
		Long: `Write what lets a shell complete commands, flags, and the names that a server knows: releases, crawls, sets, markets and what else has one. A
server that does not answer within a moment is not waited for. SHELL is bash, zsh, fish or powershell.`,
		Example: `  pricewire completion bash > /etc/bash_completion.d/pricewire        # needs the package bash-completion
  pricewire completion zsh > "${fpath[1]}/_pricewire"
  pricewire completion fish > ~/.config/fish/completions/pricewire.fish`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, known := shells[args[0]]
			if !known {
				return unknownWord("SHELL", args[0], names)
			}
			return write(cmd.Root())
		},
	}
	silent(cmd)
	return cmd
}
