package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/connect"
	"github.com/pricewire/pricewire/services/pricewire/doctor"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "What can be reached, in which versions, what is wrong, and how to mend it", Args: cobra.NoArgs,
		Long: `What can be reached, in which versions, what is wrong, and how to mend it: this program, its environment and limits; the data folder of a server on
this machine, and the engine library; the server, its clock, its alarms and how far its tables are; NATS and its streams; ClickHouse, its schema
and disks. Where NATS and ClickHouse are is taken from the data folder of a server that runs on this machine, or from the flags. It changes nothing,
works while the server is down, and shows no secret.`,
		Example: `  pricewire doctor
  pricewire doctor --data ./var -o json
  pricewire doctor --server https://prices.example.com --fields state,part,says,cure
  pricewire doctor --nats nats://nats:4222 --nats-user pricewire --nats-password-file nats.secret`,
	}
	p := doctor.Patient{Version: a.version, Servers: connect.Default()}
	p.Servers.NATS.URL, p.Servers.ClickHouse.DSN = "", ""
	flags := cmd.Flags()
	flags.StringVar(&p.Data, "data", "./var", "data folder of a server on this machine")
	flags.StringVar(&p.Engine, "engine", "", "path of the ClickHouse engine library; default: where make engine puts it")
	p.Servers.NATSFlags(flags, "URL of NATS; default: that of the server that runs on the data folder")
	p.Servers.ClickHouseFlags(flags, "DSN of ClickHouse; default: that of the server that runs on the data folder")
	exits(cmd, "1 when something is wrong, 6 when the server cannot be reached, 0 also when there are warnings")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p.Server, p.Now = a.remote(), time.Now //nolint:forbidigo // clocks are compared with the real one
		p.Named, p.DataNamed = cmd.Flags().Changed("server"), cmd.Flags().Changed("data")
		p.Variables, p.Environment = variables(cmd.Root()), os.Environ()
		return a.examine(cmd.Context(), p)
	}
	return cmd
}

// variables are those of the environment that some command reads.
func variables(root *cobra.Command) []string {
	all := []string{
		"PRICEWIRE_ENGINE", "PRICEWIRE_TOKEN", "PRICEWIRE_NATS_PASSWORD", "PRICEWIRE_CLICKHOUSE_PASSWORD", "PRICEWIRE_INGESTER_SECRET", "PRICEWIRE_MATERIALIZER_SECRET",
		// flags that only processes of their own have
		"PRICEWIRE_LISTEN", "PRICEWIRE_INGESTER", "PRICEWIRE_INGESTER_SECRET_FILE", "PRICEWIRE_MATERIALIZER", "PRICEWIRE_MATERIALIZER_SECRET_FILE",
	}
	walk(root, func(cmd *cobra.Command) {
		add := func(f *pflag.Flag) {
			all = append(all, "PRICEWIRE_"+strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")))
		}
		cmd.LocalFlags().VisitAll(add)
	})
	slices.Sort(all)
	return slices.Compact(all)
}

func (a *app) examine(ctx context.Context, p doctor.Patient) error {
	line := a.progress("", 0)
	line.show("looking …")
	findings := doctor.Examine(ctx, p)
	line.end()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := a.printFindings(findings); err != nil {
		return err
	}
	counts := doctor.Count(findings)
	wrong := counts[doctor.Wrong]
	text := fmt.Sprintf("%d well, %d warnings, %d wrong, %d not looked at", counts[doctor.Fine], counts[doctor.Warning], wrong+counts[doctor.Away], counts[doctor.Skipped])
	switch {
	case counts[doctor.Away] > 0:
		return fault.New(fault.Unavailable, "the server cannot be reached; %s", text)
	case wrong > 0:
		return fault.New(fault.Internal, "something is wrong; %s", text)
	}
	a.note("%s", text)
	return nil
}

// printFindings writes what was found. In a table what is to be done stands below what is wrong.
func (a *app) printFindings(findings []doctor.Finding) error {
	if a.out() != output.Table || a.choosing() {
		records := make([]json.RawMessage, len(findings))
		for i, f := range findings {
			var err error
			if records[i], err = json.Marshal(f); err != nil {
				return fmt.Errorf("encode finding: %w", err)
			}
		}
		return output.List(a.streams.Out, a.out(), records, "state", "part", "check", "says", "cure")
	}
	tones := map[doctor.State]output.Tone{
		doctor.Fine: output.Good, doctor.Warning: output.Warning, doctor.Wrong: output.Bad, doctor.Away: output.Bad, doctor.Skipped: output.Faint,
	}
	for _, f := range findings {
		head := output.Toned(a.streams.Out, tones[f.State], fmt.Sprintf("%-11s", f.State))
		if _, err := fmt.Fprintf(a.streams.Out, "%s  %-10s  %-11s  %s\n", head, f.Part, f.Check, output.Shown(f.Says)); err != nil {
			return err
		}
		if f.Cure == "" {
			continue
		}
		if _, err := fmt.Fprintf(a.streams.Out, "%37s  mend: %s\n", "", output.Shown(f.Cure)); err != nil {
			return err
		}
	}
	return nil
}
