package cli

import (
	"strings"
	"testing"
)

// promised are the command lines that scripts of other people rely on, with every flag that they may give.
const promised = `
release create FILE --list license --market US --effective 2026-12-01 --kind delta --as alice
release lint FILE --list license
release backfill FILE --list license --market US --effective 2025-11-01 --published 2025-10-01T00:00:00Z --reason R
release list
release show ID
release diff ID --against ID
release submit ID
release approve ID --short-notice REASON
release reject ID --reason R
release log ID
release correct ID FILE --reason R --from T --retroactive
release withdraw ID --lines FILE --retroactive --reason R
release export ID -o csv
release export ID -o xlsx
release export ID -o json
release export ID -o parquet
calendar
price get --market US --product P --sku 0001 --term P1M --billing Monthly --currency USD --tier 0 --at T --known-at T
price list --market US --at T --known-at T
price diff --market US --from T --to T --known-from T --known-to T
orderable --market US --at T
document get KIND --market JP
rate get --meter ID --sku ID --currency USD --type Consumption --reservation-term X --tier 0 --at T --known-at T
rate history --meter ID --sku ID
rate list --region westeurope --service X --at T --known-at T
rate diff --from T --to T --known-from T --known-to T
rate backfill DIR --currency USD --scope NAME --partial
crawl run --source URL --currency USD --scope NAME
crawl list
crawl show ID
crawl accept ID
quarantine list --crawl ID
reconcile FILE
audit
rebuild --list usage
events tail --subject pw.rate.usd.> --from start --count 1 --last-per-subject
up --data DIR --http 127.0.0.1:0 --nats 127.0.0.1:0 --clickhouse 127.0.0.1:0 --source sample --clock-start 2026-09-20 --clock-rate 1
doctor
completion bash
`

func TestWhatScriptsRelyOnIsUnderstood(t *testing.T) {
	for line := range strings.Lines(promised) {
		args := strings.Fields(line)
		if len(args) == 0 {
			continue
		}
		a := &app{terminal: isTerminal}
		root := a.root()
		cmd, rest, err := root.Find(args)
		if err != nil || cmd == root || cmd.HasSubCommands() {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if err := a.begin(cmd, cmd.Flags().Args()); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}
