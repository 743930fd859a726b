package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
	"github.com/pricewire/pricewire/services/pricewire/up"
)

func (a *app) upCommand() *cobra.Command {
	cfg := up.Default(a.version)
	cmd := &cobra.Command{
		Use: "up", Short: "Run everything in one process: embedded NATS and ClickHouse, scheduler, ingester, materializer, API and page", Args: cobra.NoArgs,
		Example: `  pricewire up
  pricewire up --source none --data ./trial --clock-start 2026-09-20 --clock-rate 86400
  pricewire up --source azure --currencies USD,EUR,GBP
  pricewire up --nats nats://nats:4222 --nats-user pricewire --nats-password-file nats.secret`,
		RunE: func(cmd *cobra.Command, _ []string) error { return up.Run(cmd.Context(), cfg, beneath(a.streams.Err)) },
	}
	silent(cmd)
	cfg.Flags(cmd.Flags())
	return cmd
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "The version of this program", Args: cobra.NoArgs,
		Example: `  pricewire version
  pricewire version -o json`,
		RunE: func(*cobra.Command, []string) error {
			if a.out() == output.Table && !a.choosing() {
				_, err := fmt.Fprintln(a.streams.Out, a.version)
				return err
			}
			return output.Object(a.streams.Out, a.out(), fmt.Appendf(nil, `{"version":%q}`, a.version))
		},
	}
}

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "What the server runs, how far it is, and what a person should look at", Args: cobra.NoArgs,
		Example: `  pricewire status
  pricewire status -o json --fields ready,streams.name,streams.lag,alarms`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.status(cmd.Context()) },
	}
}
