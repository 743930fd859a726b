// Package cli is the command line: what people type, and what they read. Data goes to standard output, talk to standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/output"
	"github.com/pricewire/pricewire/services/pricewire/remote"
)

// Streams are the program's standard streams.
type Streams struct {
	Out, Err io.Writer
}

// Run executes a command line of a version of the program and returns the exit code.
func Run(ctx context.Context, version string, args []string, streams Streams) int {
	app := &app{streams: streams, version: version, terminal: isTerminal, environment: os.LookupEnv}
	return app.run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	a.streams.Err = &output.Page{Writer: a.streams.Err, Width: a.widthOf(a.streams.Err), Color: output.Colors(a.terminal(a.streams.Err), a.variable)}
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if errors.Is(err, syscall.EPIPE) { // whoever read has enough
		return exitOK
	}
	if !a.started {
		err = command.Usage(err, "see `"+cmd.CommandPath()+" --help`")
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
	started bool           // the arguments were understood and a command runs
	command *cobra.Command // that one; nil before
	server  string
	user    string
	format  string
	bearer  string // what says to the server who asks; empty for nothing
	file    string // where a command that has the flag puts its data; empty: standard output
	fields  []string
	bare    bool // tables and CSV have no heads

	tokenFile string

	terminal    func(io.Writer) bool             // reports whether a person reads what is written
	environment func(name string) (string, bool) // looks a variable up
}

// variable looks a variable of the environment up; an app that was given no environment has none.
func (a *app) variable(name string) (string, bool) {
	if a.environment == nil {
		return "", false
	}
	return a.environment(name)
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
		PersistentPreRunE: a.begin,
	}
	root.SetOut(a.streams.Out)
	root.SetErr(a.streams.Err)
	root.CompletionOptions.DisableDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVar(&a.server, "server", "http://127.0.0.1:8080", "server to talk to")
	flags.StringVar(&a.user, "as", "", "who acts (believed on a loopback server only; with a token who acts is who that is of)")
	flags.StringVar(&a.tokenFile, "token-file", "", "file with the token that says who you are; or PRICEWIRE_TOKEN in the environment")
	flags.StringVarP(&a.format, "output", "o", string(output.Table), "form of the answer: "+output.Names(output.Plain()...)+"; xlsx or parquet where whole lists are given")
	flags.StringSliceVar(&a.fields, "fields", nil, "only these fields, in this order, separated by commas; what is in an object is named with a dot: diff.added")
	flags.BoolVar(&a.bare, "no-headers", false, "tables and CSV without the line of heads")
	root.AddCommand(a.upCommand(), a.releaseCommand(), a.calendarCommand(), a.priceCommand(), a.orderableCommand(), a.offerCommand(), a.serviceCommand(),
		a.documentCommand(), a.rateCommand(), a.crawlCommand(), a.quarantineCommand(), a.rejectsCommand(), a.eventsCommand(), a.watchlistCommand(), a.webhookCommand(), a.statusCommand(),
		a.doctorCommand(), a.auditCommand(), a.rebuildCommand(), a.tokenCommand(), a.whoamiCommand(), a.auditLogCommand(), a.subscriberCommand(), a.sampleCommand(), a.reconcileCommand(),
		a.completionCommand(), a.versionCommand())
	a.finish(root)
	return root
}

// begin runs before every command: environment and file for flags that were not given, and a check of the common ones.
func (a *app) begin(cmd *cobra.Command, args []string) error {
	wrong := []error{emptyArgument(cmd, args)}
	markTyped(cmd)
	if err := command.Settle(cmd.Flags(), a.variable); err != nil {
		wrong = append(wrong, err)
	}
	if err := a.settleForm(cmd); err != nil {
		wrong = append(wrong, err)
	}
	if strings.ContainsFunc(a.user, unicode.IsControl) {
		wrong = append(wrong, fmt.Errorf("flag --as: %q has characters that cannot be printed", a.user))
	}
	wrong = append(wrong, checkWords(cmd), missingFlags(cmd))
	if err := errors.Join(wrong...); err != nil {
		return usage(err)
	}
	var err error
	if a.bearer, err = a.token(); err != nil {
		return err
	}
	if server, err := url.Parse(a.server); a.bearer != "" && err == nil && server.Scheme == "http" && !daemon.Near(server.Host) {
		a.note("warning: the token goes to %s unencrypted, and whoever is on the way can use it; name the server as https://%s", server.Host, server.Host)
	}
	a.started, a.command = true, cmd
	a.streams.Out = a.onto(a.streams.Out)
	return nil
}

// onto is a writer as whoever reads what is written wants it.
func (a *app) onto(w io.Writer) *output.Page {
	terminal := a.terminal(w)
	p := &output.Page{Writer: w, Fields: a.fields, NoHeaders: a.bare, Width: a.widthOf(w), Color: output.Colors(terminal, a.variable)}
	if a.command != nil && writes(a.command) {
		p.Warn = func(err error) { a.note("%s; it is done, and all of the answer is shown", err) }
	}
	return p
}

// remote is the server that client commands talk to. There is no time limit on a whole exchange: a write answers when what it wrote is
// queryable, and a person can interrupt.
func (a *app) remote() *remote.Server {
	return &remote.Server{Base: a.server, User: a.user, Token: a.bearer, HTTP: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}}
}

func (a *app) out() output.Format { return output.Format(a.format) }

// note tells the person something beside the data.
func (a *app) note(format string, args ...any) {
	_, _ = fmt.Fprintf(a.streams.Err, format+"\n", args...)
}

// usage marks an error as one of the command line.
func usage(err error) error {
	return command.Usage(err, "add --help to the command, or see `pricewire help`")
}
