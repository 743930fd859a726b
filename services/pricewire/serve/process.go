package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/connect"
)

// Process is a program that runs one part.
type Process struct {
	name, short string
	common
	program program
}

// common is what every process is told.
type common struct {
	servers connect.Config
	address string // HOST:PORT to listen on
	log     command.Log
	version string
	secure  func(*zap.Logger) (*tls.Config, error) // how it listens; nil: without TLS
}

// program is what a process does that others do not.
type program interface {
	// flags adds its own flags.
	flags(flags *pflag.FlagSet)
	// validate notes what is wrong with them; an address that may not be listened on is an error of its own, a refused fault.
	validate(c *common, wrong *command.Wrong) error
	// start makes its parts and runs them in the host's group; it returns when they are ready.
	start(ctx context.Context, h *host) error
	// close ends what outlives its parts, once they have stopped.
	close(ctx context.Context, h *host)
}

// newProcess makes a process that is reached at an address unless it is told another.
func newProcess(name, short, address string, p program) *Process {
	return &Process{name, short, common{servers: connect.Default(), address: address, log: command.Log{Level: "info", Format: "text"}}, p}
}

// Main is Run with the arguments of this process, until a signal asks it to stop.
func (p *Process) Main(version string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // a main's
	defer stop()
	return p.Run(ctx, version, os.Args[1:], os.Stderr)
}

// Run executes a command line of a version of the program until ctx ends, and returns the exit code. What it says goes to out.
func (p *Process) Run(ctx context.Context, version string, args []string, out io.Writer) int {
	p.version = version
	started := false
	cmd := &cobra.Command{
		Use: p.name, Short: p.short, Version: version, Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := command.Settle(cmd.Flags(), os.LookupEnv); err != nil {
				return err
			}
			started = true
			return p.run(cmd.Context(), out)
		},
	}
	cmd.SetOut(out)
	cmd.SetErr(out)
	cmd.SetArgs(args)
	cmd.CompletionOptions.DisableDefaultCmd = true
	p.flags(cmd.Flags())
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return command.OK
	}
	if !started {
		err = command.Usage(err, "see `"+p.name+" --help`")
	}
	command.Explain(out, err, command.FlagOf)
	return command.Code(err)
}

func (p *Process) flags(flags *pflag.FlagSet) {
	usage := "HOST:PORT of /livez, /readyz and /metrics; port 0: any free port"
	if p.name == apiName {
		usage = "HOST:PORT of the API and the page, and of /livez, /readyz and /metrics; port 0: any free port"
	}
	flags.StringVar(&p.address, p.addressFlag(), p.address, usage)
	p.servers.NATSFlags(flags, "URL of NATS, nats://HOST:PORT or tls://HOST:PORT, several of one cluster with commas between")
	p.servers.ClickHouseFlags(flags, "DSN of ClickHouse, clickhouse://HOST:PORT/DATABASE")
	if !p.tables() { // taken all the same, so that all processes can be told of the same servers
		flags.VisitAll(func(f *pflag.Flag) { f.Hidden = f.Hidden || strings.HasPrefix(f.Name, "clickhouse") })
	}
	p.servers.WaitFlag(flags)
	p.program.flags(flags)
	p.log.Flags(flags)
	flags.String(command.ConfigFlag, "", command.ConfigUsage)
}

// tables reports whether the process needs ClickHouse.
func (p *Process) tables() bool { return p.name == apiName || p.name == materializerName }

// addressFlag is the flag of the address that a process listens on.
func (p *Process) addressFlag() string {
	if p.name == apiName {
		return "http"
	}
	return "listen"
}

// validate reports everything that is wrong, before anything is touched.
func (p *Process) validate() error {
	var wrong command.Wrong
	if problem := command.BadAddress(p.address); problem != "" {
		wrong.Flag(p.addressFlag(), problem)
	}
	if !p.tables() {
		p.servers.ClickHouse = connect.Default().ClickHouse // whose secrets it may not be able to read
	}
	p.servers.Validate(&wrong)
	exposed := p.program.validate(&p.common, &wrong)
	if err := wrong.Err(); err != nil {
		return err
	}
	return exposed
}

// exposed is a refusal to listen where other machines reach us.
func exposed(flag, address, why, hint string) error {
	return fault.New(fault.Refused, "--%s %s can be reached from other machines, and %s", flag, address, why).
		WithPlaces(fault.Place{Where: "flag." + flag, Problem: "not a loopback address"}).WithHint("%s", hint)
}

// stopped reports whether an error is only that somebody asked to stop.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled) || fault.Is(err, fault.Unavailable))
}
