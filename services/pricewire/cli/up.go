package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
	"github.com/pricewire/pricewire/services/pricewire/up"
)

func (a *app) upCommand() *cobra.Command {
	cfg := up.Config{Version: a.version}
	cmd := &cobra.Command{
		Use: "up", Short: "Run everything in one process: embedded NATS and ClickHouse, scheduler, ingester, materializer, API and page", Args: cobra.NoArgs,
		Example: `  pricewire up
  pricewire up --source none --data ./trial --clock-start 2026-09-20 --clock-rate 86400
  pricewire up --source azure --http 127.0.0.1:8081`,
		RunE: func(cmd *cobra.Command, _ []string) error { return up.Run(cmd.Context(), cfg, a.streams.Err) },
	}
	flags := cmd.Flags()
	flags.StringVar(&cfg.Data, "data", "./var", "folder of all state; one process at a time")
	flags.StringVar(&cfg.HTTP, "http", "127.0.0.1:8080", "HOST:PORT of the API and the page; port 0: any free port")
	flags.StringVar(&cfg.NATS, "nats", "127.0.0.1:4222", "HOST:PORT of the embedded NATS, or the URL of an existing one")
	flags.StringVar(&cfg.ClickHouse, "clickhouse", "127.0.0.1:9000", "HOST:PORT of the embedded ClickHouse, or the DSN of an existing one")
	flags.StringVar(&cfg.Source, "source", up.SourceSample, "where usage rates come from: sample, azure, none, or the base URL of a Retail Prices API")
	flags.StringVar(&cfg.Schedule, "crawl-schedule", "", "cron schedule of crawls in UTC; default: every minute for the sample, every six hours otherwise")
	flags.StringVar(&cfg.ClockStart, "clock-start", "", "simulated time begins here (a date or RFC 3339); a restart goes on from where it was")
	flags.Float64Var(&cfg.ClockRate, "clock-rate", 0, "simulated seconds a second")
	flags.StringSliceVar(&cfg.Notice, "notice", nil, `LIST=POLICY: how long before it takes effect a list must be public: days:N, first-of-month or none;
default: license=days:30, offers=none, services=none, documents=none`)
	flags.IntVar(&cfg.MovePercent, "move-percent", up.DefaultMovePercent, "how far a licence price may move, in percent, before a warning says so; 0: no warning")
	flags.StringVar(&cfg.Engine, "engine", "", "path of the ClickHouse engine library; default: where make engine puts it")
	flags.StringVar(&cfg.LogLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&cfg.LogFormat, "log-format", "text", "text or json")
	return cmd
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "The version of this program", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.out() == output.Table {
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
		RunE: func(cmd *cobra.Command, _ []string) error { return a.status(cmd.Context()) },
	}
}
