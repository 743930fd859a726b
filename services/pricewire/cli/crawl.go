package cli

import (
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// crawlColumns are what a list of crawls shows.
func crawlColumns() []string {
	return []string{"id", "started", "rows", "identities", "complete", "refused", "counts.added", "counts.price_changed", "counts.rescheduled", "counts.renamed", "counts.restated", "counts.retired", "quarantined"}
}

func (a *app) crawlCommand() *cobra.Command {
	return group("crawl", "Watch sources of usage rates",
		a.crawlRun(), a.crawlList(), a.crawlShow(), a.crawlAccept())
}

func (a *app) crawlRun() *cobra.Command {
	cmd := &cobra.Command{
		Use: "run", Short: "One crawl now; waits, and prints its record", Args: cobra.NoArgs,
		Example: `  pricewire crawl run
  pricewire crawl run --source http://127.0.0.1:9999/api/retail/prices --currency EUR --scope trial`,
	}
	q := newQuery(cmd.Flags()).add("source", "source", "", "base URL of anything that speaks the Retail Prices API; default: the server's own source").
		add("currency", "currency", "", "currency; default USD").add("scope", "scope", "", "scope; default <source>-<currency>")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a.note("crawling …")
		answer, err := a.remote().PostJSON(cmd.Context(), "/v1/crawls", q.body())
		if err != nil {
			return err
		}
		return output.Object(a.streams.Out, a.out(), answer)
	}
	return cmd
}

// body is the parameters as a JSON object's fields.
func (q *query) body() map[string]string {
	body := map[string]string{}
	for parameter, value := range q.values {
		if *value != "" {
			body[parameter] = *value
		}
	}
	return body
}

func (a *app) crawlList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "Records of crawls, the newest first", Args: cobra.NoArgs}
	q := newQuery(cmd.Flags()).add("scope", "scope", "", "only this scope").add("currency", "currency", "", "only this currency")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.list(cmd.Context(), "/v1/crawls", q.encode(), crawlColumns()...)
	}
	return cmd
}

func (a *app) crawlShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "The record of one crawl", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.show(cmd.Context(), "/v1/crawls/"+url.PathEscape(args[0]), nil)
		},
	}
}

func (a *app) crawlAccept() *cobra.Command {
	return &cobra.Command{
		Use: "accept ID", Short: "Take a refused crawl after all", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().PostJSON(cmd.Context(), "/v1/crawls/"+url.PathEscape(args[0])+"/accept", struct{}{})
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer)
		},
	}
}

func (a *app) quarantineCommand() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "Quarantined rows, with the reason and their bytes", Args: cobra.NoArgs}
	q := newQuery(list.Flags()).add("crawl", "crawl", "", "only this crawl's")
	list.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.list(cmd.Context(), "/v1/quarantine", q.encode(), "crawl", "reason", "detail", "meter_id", "sku_id")
	}
	return group("quarantine", "Rows that were kept but not believed", list)
}

func (a *app) rejectsCommand() *cobra.Command {
	return group("rejects", "Messages that could not be decoded", &cobra.Command{
		Use: "list", Short: "Rejected messages, with their stream, sequence and reason", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.list(cmd.Context(), "/v1/rejects", url.Values{}, "stream", "seq", "subject", "reason")
		},
	})
}
