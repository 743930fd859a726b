// Package cli is the command line: what people type, and what they read. Data goes to standard output, talk to standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
	"github.com/pricewire/pricewire/services/pricewire/remote"
)

// Streams are the program's standard streams.
type Streams struct {
	Out, Err io.Writer
}

// Run executes a command line of a version of the program and returns the exit code.
func Run(ctx context.Context, version string, args []string, streams Streams) int {
	app := &app{streams: streams, version: version, terminal: isTerminal}
	return app.run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if !a.started {
		err = usage(err)
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return exitFailure
	}
	a.explain(err)
	return exitCode(err)
}

// app is what the commands of one invocation share.
type app struct {
	streams Streams
	version string
	started bool // the arguments were understood and a command runs
	server  string
	user    string
	format  string
	file    string // where a command that has the flag puts its data; empty: standard output

	terminal func(io.Writer) bool // reports whether a person reads what is written
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "pricewire",
		Short: "Publish cloud price lists and usage rates as events, and ask what a price was, is and will be",
		Example: `  pricewire up                                             # everything in one process, with the bundled sample
  pricewire release create list.csv --list license --market US --effective 2026-12-01 --as alice
  pricewire price get --market US --product CFQ7TTC0LH18 --sku 0001 --term P1M --billing Monthly
  pricewire calendar
  pricewire rate list --region westeurope --service 'Virtual Machines'
  pricewire events tail --subject 'pw.rate.usd.>'`,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.begin(cmd) },
	}
	root.SetOut(a.streams.Out)
	root.SetErr(a.streams.Err)
	root.CompletionOptions.HiddenDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVar(&a.server, "server", "http://127.0.0.1:8080", "server to talk to")
	flags.StringVar(&a.user, "as", "", "who acts (believed on a loopback server only)")
	flags.StringVarP(&a.format, "output", "o", string(output.Table), "form of the answer: "+output.Names(output.Plain()...)+"; xlsx or parquet where whole lists are given")
	root.AddCommand(a.upCommand(), a.releaseCommand(), a.calendarCommand(), a.priceCommand(), a.orderableCommand(), a.offerCommand(), a.serviceCommand(),
		a.documentCommand(), a.rateCommand(), a.crawlCommand(), a.quarantineCommand(), a.rejectsCommand(), a.eventsCommand(), a.statusCommand(),
		a.sampleCommand(), a.versionCommand())
	return root
}

// group is a noun whose verbs are commands of their own; alone, or with a verb that does not exist, it is a usage error.
func group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		names := make([]string, len(verbs))
		for i, v := range verbs {
			names[i] = v.Name()
		}
		if len(args) > 0 {
			return usage(fmt.Errorf("%s has no command %q, but %s", use, args[0], strings.Join(names, ", ")))
		}
		return usage(fmt.Errorf("%s needs a command: %s", use, strings.Join(names, ", ")))
	}
	cmd.AddCommand(verbs...)
	return cmd
}

// begin runs before every command: environment for flags that were not given, and a check of the common ones.
func (a *app) begin(cmd *cobra.Command) error {
	var wrong []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := "PRICEWIRE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, given := os.LookupEnv(name)
		if f.Changed || !given {
			return
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			wrong = append(wrong, fmt.Errorf("environment %s: %w", name, err))
		}
	})
	if err := a.settleForm(cmd); err != nil {
		wrong = append(wrong, err)
	}
	if strings.ContainsFunc(a.user, unicode.IsControl) {
		wrong = append(wrong, fmt.Errorf("flag --as: %q has characters that cannot be printed", a.user))
	}
	if err := errors.Join(append(wrong, cmd.ValidateRequiredFlags())...); err != nil {
		return usage(err)
	}
	a.started = true
	return nil
}

// remote is the server that client commands talk to. There is no time limit on a whole exchange: a write answers when what it wrote is
// queryable, and a person can interrupt.
func (a *app) remote() *remote.Server {
	return &remote.Server{Base: a.server, User: a.user, HTTP: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}}
}

func (a *app) out() output.Format { return output.Format(a.format) }

// note tells the person something beside the data.
func (a *app) note(format string, args ...any) {
	_, _ = fmt.Fprintf(a.streams.Err, format+"\n", args...)
}

// usage marks an error as one of the command line.
func usage(err error) error {
	return fault.New(fault.Invalid, "%w", err).
		WithPlaces(fault.Place{Where: commandLine, Problem: err.Error()}).
		WithHint("see `pricewire help` or add --help to the command")
}
