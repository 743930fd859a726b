package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

// runningPath is where a server says which crawls run.
const runningPath = "/v1/crawls/running"

func (a *app) crawlRun() *cobra.Command {
	cmd := &cobra.Command{
		Use: "run", Short: "One crawl now; waits, and prints its record", Args: cobra.NoArgs,
		Example: `  pricewire crawl run
  pricewire crawl run --source http://127.0.0.1:9999/api/retail/prices --currency EUR --scope trial`,
	}
	q := newQuery(cmd.Flags()).add("source", "source", "", "base URL of anything that speaks the Retail Prices API; default: the server's own source").
		add("currency", "currency", "", "currency; default: the server's first, USD unless it was told another").add("scope", "scope", "", "scope; default <source>-<currency>")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if source := *q.values["source"]; source != "" {
			if err := part.CheckSource(source); err != nil {
				return fault.New(fault.Invalid, "--source: %w", err).WithPlaces(fault.Place{Where: "flag.source", Problem: err.Error()})
			}
		}
		a.note("crawling …")
		stop := a.follow(cmd.Context(), *q.values["scope"], *q.values["currency"])
		answer, err := a.remote().PostJSON(cmd.Context(), "/v1/crawls", q.body())
		stop()
		if err != nil {
			return err
		}
		return a.crawlRecord(answer)
	}
	return cmd
}

func (a *app) crawlRunning() *cobra.Command {
	return &cobra.Command{
		Use: "running", Short: "Crawls that run now, and how far they are", Args: cobra.NoArgs,
		Example: `  pricewire crawl running`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.page(cmd.Context(), runningPath, nil)
			if err != nil {
				return err
			}
			return output.List(a.streams.Out, a.out(), p.Items,
				"scope", "currency", "source", "started", "pages", "rows", "expected_rows", "shards_read", "shards", "seconds_left")
		},
	}
}

// lookEvery is how often the progress of crawls is asked for.
const lookEvery = 500 * time.Millisecond

// follow shows on a terminal how far crawls are, those of a scope and currency where they are given, until the returned function is called.
// What cannot be asked is not shown: the crawl itself says what is wrong.
func (a *app) follow(ctx context.Context, scope, currency string) (stop func()) {
	if !a.terminal(a.streams.Err) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		line := a.progress("", 0)
		defer line.end()
		look := time.NewTicker(lookEvery)
		defer look.Stop()
		for {
			line.show(a.howFar(ctx, scope, currency))
			select {
			case <-ctx.Done():
				return
			case <-look.C:
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// howFar says how far crawls are, nothing when none runs.
func (a *app) howFar(ctx context.Context, scope, currency string) string {
	p, err := a.page(ctx, runningPath, nil)
	if err != nil {
		return ""
	}
	var all []string
	for _, item := range p.Items {
		var r runningCrawl
		if json.Unmarshal(item, &r) == nil && (scope == "" || r.Scope == scope) && (currency == "" || strings.EqualFold(r.Currency, currency)) {
			all = append(all, r.String())
		}
	}
	return strings.Join(all, " · ")
}

// runningCrawl is how far a crawl is, as a server says it.
type runningCrawl struct {
	Scope        string `json:"scope"`
	Currency     string `json:"currency"`
	Pages        int    `json:"pages"`
	Rows         int    `json:"rows"`
	ExpectedRows *int   `json:"expected_rows"`
	Shards       int    `json:"shards"`
	ShardsRead   int    `json:"shards_read"`
	SecondsLeft  *int64 `json:"seconds_left"`
}

// String says it on one line of a terminal.
func (r runningCrawl) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d pages, %d rows", r.Scope, r.Pages, r.Rows)
	if r.ExpectedRows != nil {
		fmt.Fprintf(&b, " of about %d", *r.ExpectedRows)
	}
	if r.Shards > 1 {
		fmt.Fprintf(&b, ", %d of %d shards", r.ShardsRead, r.Shards)
	}
	switch {
	case r.Shards > 0 && r.ShardsRead == r.Shards:
		b.WriteString(", judging and publishing")
	case r.SecondsLeft != nil:
		fmt.Fprintf(&b, ", %s left", time.Duration(*r.SecondsLeft)*time.Second)
	}
	return b.String()
}
