package cli

import (
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// watchlistColumns are what a list of watchlists shows.
func watchlistColumns() []string {
	return []string{"name", "description", "line_count", "meter_count", "updated_by", "updated_at"}
}

func (a *app) watchlistCommand() *cobra.Command {
	return group("watchlist", "Name what you sell and use: filters of events, rates and prices",
		a.watchlistList(), a.watchlistShow(), a.watchlistImport(), a.watchlistExport(), a.watchlistDelete())
}

func (a *app) watchlistList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "All watchlists", Args: cobra.NoArgs, Example: "  pricewire watchlist list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.list(cmd.Context(), "/v1/watchlists", url.Values{}, watchlistColumns()...)
		},
	}
}

func (a *app) watchlistShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "One watchlist: as JSON with its entries, otherwise how many there are", Args: cobra.ExactArgs(1),
		Example: "  pricewire watchlist show what-we-sell\n  pricewire watchlist show what-we-sell -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Get(cmd.Context(), watchlistPath(args[0]), nil)
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer, watchlistColumns()...)
		},
	}
}

func (a *app) watchlistImport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import NAME FILE", Short: "Make a watchlist from a CSV file, or replace its entries", Args: cobra.ExactArgs(2),
		Long: `Make a watchlist from a CSV file, or replace its entries. Columns: product, sku, market, currency, term, billing for licence lines, and meter_id,
sku_id, currency, region for usage meters; in any order, and those that nothing is said in may be missing. A row has a product or a meter_id, and
every other cell that is empty is open.`,
		Example: `  pricewire watchlist import what-we-sell sold.csv --as alice
  pricewire events tail --watchlist what-we-sell`,
	}
	q := newQuery(cmd.Flags()).add("description", "description", "", "what it is; that of the list that is there when left out")
	ifNew := cmd.Flags().Bool("new", false, "only if there is none of that name")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := openSheet(args[1])
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		header := http.Header{}
		if *ifNew {
			header.Set("If-None-Match", "*")
		}
		answer, err := a.remote().Send(cmd.Context(), http.MethodPut, watchlistPath(args[0])+"/entries", q.encode(), f, "text/csv", header)
		if err != nil {
			return err
		}
		return output.Object(a.streams.Out, a.out(), answer, watchlistColumns()...)
	}
	return cmd
}

func (a *app) watchlistExport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export NAME", Short: "The entries of a watchlist as a file: CSV unless -o names another form", Args: cobra.ExactArgs(1),
		Example: `  pricewire watchlist export what-we-sell > sold.csv`,
	}
	a.exported(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.download(cmd.Context(), watchlistPath(args[0])+"/entries", url.Values{})
	}
	return cmd
}

func (a *app) watchlistDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete NAME", Short: "Delete a watchlist that no webhook is filtered by", Args: cobra.ExactArgs(1), Example: "  pricewire watchlist delete what-we-sell",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Send(cmd.Context(), http.MethodDelete, watchlistPath(args[0]), nil, nil, "", nil)
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer, watchlistColumns()...)
		},
	}
}

func watchlistPath(name string) string { return "/v1/watchlists/" + url.PathEscape(name) }
