package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

// job is how an audit or a rebuild goes, as a server says it.
type job struct {
	ID       string            `json:"id"`
	State    string            `json:"state"`
	Phase    string            `json:"phase"`
	On       string            `json:"on"`
	Done     uint64            `json:"done"`
	Total    uint64            `json:"total"`
	Failure  string            `json:"failure"`
	Wrong    int               `json:"wrong"`
	Findings []json.RawMessage `json:"findings"`
}

// String says it on one line of a terminal.
func (j *job) String() string {
	switch {
	case j.State == "waiting":
		return j.ID + " waits for what was ordered before"
	case j.Total == 0:
		return j.ID + ": " + j.Phase
	}
	return fmt.Sprintf("%s: %s, %s, %d of %d messages", j.ID, j.Phase, j.On, j.Done, j.Total)
}

func (j *job) over() bool { return j.State == "done" || j.State == "failed" }

func (a *app) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "Compare the tables with the streams; exit 5 when something is wrong", Args: cobra.NoArgs,
		Example: `  pricewire audit                                          # holes, doubles, counts, views
  pricewire audit --deep --stream RATES_USD                # every column of every row
  pricewire audit --repair
  pricewire audit --status`,
	}
	exits(cmd, "5 when something is wrong")
	stream := cmd.Flags().String("stream", "", "only this stream, such as PRICES or RATES_USD")
	deep := cmd.Flags().Bool("deep", false, "read the streams again and compare every column of every row")
	repair := cmd.Flags().Bool("repair", false, "fill holes from the streams, and make missing views again")
	status := cmd.Flags().Bool("status", false, "order nothing; list the audits since the server started")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *status {
			return a.jobs(cmd.Context(), "/v1/audits", "id", "state", "phase", "started", "ended", "deep", "repair", "wrong", "repaired", "outdated", "restored", "failure")
		}
		answer, err := a.order(cmd.Context(), "/v1/audits", map[string]any{"stream": *stream, "deep": *deep, "repair": *repair})
		if err != nil {
			return err
		}
		return a.audited(answer)
	}
	return cmd
}

func (a *app) rebuildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rebuild", Short: "Make tables again from the streams, beside those that answer", Args: cobra.NoArgs,
		Example: `  pricewire rebuild --list usage
  pricewire rebuild --status`,
	}
	list := cmd.Flags().String("list", "", "usage, license, offers, services or documents: the tables that its streams feed; default all")
	status := cmd.Flags().Bool("status", false, "order nothing; list the rebuilds since the server started")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *status {
			return a.jobs(cmd.Context(), "/v1/rebuilds", "id", "list", "state", "phase", "on", "done", "total", "started", "ended", "failure")
		}
		answer, err := a.order(cmd.Context(), "/v1/rebuilds", map[string]any{"list": *list})
		if err != nil {
			return err
		}
		return output.Object(a.streams.Out, a.out(), answer)
	}
	return cmd
}

// jobs lists what was ordered.
func (a *app) jobs(ctx context.Context, path string, columns ...string) error {
	p, err := a.page(ctx, path, nil)
	if err != nil {
		return err
	}
	return output.List(a.streams.Out, a.out(), p.Items, columns...)
}

// order orders a job, shows on a terminal how it goes, and returns what it is when it is over. What is interrupted here goes on at the server.
func (a *app) order(ctx context.Context, path string, body map[string]any) (json.RawMessage, error) {
	answer, err := a.remote().PostJSON(ctx, path, body)
	if err != nil {
		return nil, err
	}
	line := a.progress("", 0)
	defer line.end()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		var j job
		if err := json.Unmarshal(answer, &j); err != nil {
			return nil, fmt.Errorf("read answer: %w", err)
		}
		if j.State == "failed" {
			return nil, fault.New(fault.Internal, "%s failed: %s", j.ID, j.Failure).WithHint("the tables are as they were; the server's log says more")
		}
		if j.over() {
			return answer, nil
		}
		if j.State == "waiting" || j.Total == 0 {
			line.show(j.String())
		} else {
			line.at(fmt.Sprintf("messages; %s: %s, %s", j.ID, j.Phase, j.On), int64(min(j.Done, j.Total)), int64(j.Total)) //nolint:gosec // a stream has fewer messages
		}
		select {
		case <-ctx.Done():
			line.note("%s goes on at the server", j.ID)
			return nil, ctx.Err()
		case <-look.C:
		}
		if answer, err = a.remote().Get(ctx, path+"/"+j.ID, nil); err != nil {
			return nil, err
		}
	}
}

// audited writes an audit, and is an error of kind refused when something is wrong.
func (a *app) audited(answer json.RawMessage) error {
	var j job
	if err := json.Unmarshal(answer, &j); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	var err error
	if a.out() != output.Table || a.choosing() {
		err = output.Object(a.streams.Out, a.out(), answer)
	} else {
		err = output.Object(a.streams.Out, output.Table, answer, "id", "wrong", "repaired", "outdated", "restored")
		if err == nil {
			err = a.behind(j.Findings, "kind", "table", "stream", "first", "last", "row", "columns", "detail", "repaired", "cure")
		}
	}
	if err == nil && j.Wrong > 0 {
		err = fault.New(fault.Refused, "%s found something wrong, %d in all", j.ID, j.Wrong).WithHint("do what stands under cure")
	}
	return err
}
