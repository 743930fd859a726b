package cli

import (
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// crawlColumns are what a list of crawls shows.
func crawlColumns() []string {
	return []string{"id", "started", "rows", "identities", "complete", "refused", "counts.added", "counts.price_changed", "counts.rescheduled", "counts.renamed", "counts.restated", "counts.retired", "quarantined", "traversals", "shards"}
}

func (a *app) crawlCommand() *cobra.Command {
	return group("crawl", "Watch sources of usage rates",
		a.crawlRun(), a.crawlRunning(), a.crawlList(), a.crawlShow(), a.crawlAccept())
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
	cmd := &cobra.Command{
		Use: "list", Short: "Records of crawls, the newest first", Args: cobra.NoArgs,
		Example: `  pricewire crawl list --scope azure-usd
  pricewire crawl list --currency EUR --fields id,rows,counts`,
	}
	q := newQuery(cmd.Flags()).add("scope", "scope", "", "only this scope").add("currency", "currency", "", "only this currency")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if a.out() != output.Table {
			return a.list(cmd.Context(), "/v1/crawls", q.encode(), crawlColumns()...)
		}
		records, err := a.all(cmd.Context(), "/v1/crawls", q.encode())
		if err != nil {
			return err
		}
		for i, record := range records {
			if records[i], err = countedShards(record); err != nil {
				return err
			}
		}
		return output.List(a.streams.Out, output.Table, records, crawlColumns()...)
	}
	return cmd
}

func (a *app) crawlShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "The record of one crawl", Args: cobra.ExactArgs(1),
		Example: `  pricewire crawl show azure-usd-20260110T120000Z-54400df460c8`,
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Get(cmd.Context(), "/v1/crawls/"+url.PathEscape(args[0]), nil)
			if err != nil {
				return err
			}
			return a.crawlRecord(answer)
		},
	}
}

func (a *app) crawlAccept() *cobra.Command {
	return &cobra.Command{
		Use: "accept ID", Short: "Take a refused crawl, or the refused shards of one, after all", Args: cobra.ExactArgs(1),
		Example: `  pricewire crawl accept azure-usd-20260110T120000Z-54400df460c8`,
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().PostJSON(cmd.Context(), "/v1/crawls/"+url.PathEscape(args[0])+"/accept", struct{}{})
			if err != nil {
				return err
			}
			return a.crawlRecord(answer)
		},
	}
}

func (a *app) quarantineCommand() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "Quarantined rows, with the reason and their bytes", Args: cobra.NoArgs,
		Example: `  pricewire quarantine list --reason disagreement
  pricewire quarantine list --currency USD -o ndjson`,
	}
	q := newQuery(list.Flags()).add("crawl", "crawl", "", "only this crawl's").add("scope", "scope", "", "only this scope's").
		add("currency", "currency", "", "only this currency's").add("reason", "reason", "", "only what was not believed for this reason, such as disagreement")
	list.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.list(cmd.Context(), "/v1/quarantine", q.encode(), "crawl", "reason", "detail", "meter_id", "sku_id")
	}
	return group("quarantine", "Rows that were kept but not believed", list)
}

func (a *app) rejectsCommand() *cobra.Command {
	return group("rejects", "Messages that could not be decoded", &cobra.Command{
		Use: "list", Short: "Rejected messages, with their stream, sequence and reason", Args: cobra.NoArgs,
		Example: `  pricewire rejects list -o json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.list(cmd.Context(), "/v1/rejects", url.Values{}, "stream", "seq", "subject", "reason")
		},
	})
}
