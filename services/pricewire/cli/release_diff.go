package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// diff is a release beside another one, as the server's JSON has it. Lists with prices have lines, the others items.
type diff struct {
	Release, Against string
	Planned          bool
	Summary          counts
	Renamed          int
	Totals           []total
	Lines, Items     []json.RawMessage
}

// total is the changes of a product or a segment.
type total struct {
	By, Name string
	counts
}

func (a *app) releaseDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use: "diff ID", Short: "What a release changes, against its predecessor or another release", Args: cobra.ExactArgs(1),
		Long: `What a release changes, against its predecessor or another release: old and new prices, and how far they move. Lines of which only titles,
descriptions and the like change stand in a table of their own. Totals by change kind, product and segment go to standard error.`,
		Example: `  pricewire release diff license-us-2026-12-r1
  pricewire release diff license-us-2026-12-r1 --change price_changed --by-move
  pricewire release diff license-us-2026-12-r1 --against license-us-2026-10-r1 -o xlsx --file review.xlsx`,
	}
	q := newQuery(cmd.Flags()).add("against", "against", "", "release to compare with, instead of the predecessor").
		add("change", "change", "", "only this kind: added, price_changed, changed, ending or removed").
		add("product", "product", "", "only this product id").add("segment", "segment", "", "only this segment")
	byMove := cmd.Flags().Bool("by-move", false, "the largest percentage first")
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		values, path := q.encode(), releasePath(args[0])+"/diff"
		if *byMove {
			values.Set("by", "move")
		}
		if a.out().Binary() {
			return a.download(cmd.Context(), path, values)
		}
		return a.diff(cmd.Context(), path, values)
	}
	return cmd
}

func (a *app) diff(ctx context.Context, path string, values url.Values) error {
	answer, err := a.remote().Get(ctx, path, values)
	if err != nil {
		return err
	}
	var d diff
	if err := json.Unmarshal(answer, &d); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return a.deliver(false, func() error {
		if a.out() == output.JSON {
			return output.Members(a.streams.Out, answer, "lines", "items")
		}
		if err := a.printDiff(d); err != nil {
			return err
		}
		return a.noteTotals(d)
	})
}

func (a *app) printDiff(d diff) error {
	priced := len(d.Items) == 0 && (len(d.Lines) > 0 || strings.HasPrefix(d.Release, "license-"))
	switch a.out() {
	case output.NDJSON:
		return output.List(a.streams.Out, output.NDJSON, append(d.Lines, d.Items...))
	case output.CSV: // the same columns whatever the lines are
		columns := diffColumns()
		if !priced {
			var err error
			if columns, err = itemColumns(d.Items); err != nil {
				return err
			}
		}
		return output.Columns(a.streams.Out, append(d.Lines, d.Items...), columns...)
	case output.Table, output.JSON, output.XLSX, output.Parquet:
	}
	if a.choosing() {
		return output.List(a.streams.Out, output.Table, append(d.Lines, d.Items...))
	}
	if !priced {
		return a.printItems(d.Items)
	}
	return a.printLines(d.Lines)
}

// attributes are what a line says beside its prices.
func attributes() []string {
	return []string{"price_basis", "starts_at", "ends_at", "end_of_sale", "product_title", "sku_title", "publisher", "description", "unit", "segment", "tags"}
}

// diffColumns are those of a diff of prices as CSV.
func diffColumns() []string {
	columns := []string{"change", "renamed"}
	for _, c := range []string{"market", "currency", "product", "sku", "term", "billing", "tier"} {
		columns = append(columns, "identity."+c)
	}
	for _, c := range []string{"unit_amount", "unit_percent", "erp_amount", "erp_percent"} {
		columns = append(columns, "move."+c)
	}
	for _, side := range []string{"before.", "after."} {
		for _, c := range append([]string{"unit_price", "erp_price"}, attributes()...) {
			columns = append(columns, side+c)
		}
	}
	return columns
}

// itemColumns are those of a diff of items as CSV: what they say before and after, in the order of the list's columns.
func itemColumns(items []json.RawMessage) ([]string, error) {
	names, err := output.Fields(items)
	if err != nil {
		return nil, err
	}
	var said []string
	seen := map[string]bool{}
	for _, name := range names {
		side, column, nested := strings.Cut(name, ".")
		if nested && (side == "before" || side == "after") && !seen[column] {
			seen[column] = true
			said = append(said, column)
		}
	}
	columns := []string{"change", "key"}
	for _, side := range []string{"before.", "after."} {
		for _, c := range said {
			columns = append(columns, side+c)
		}
	}
	return columns, nil
}

// mostTotals is how many products or segments are named below a diff.
const mostTotals = 10

// noteTotals tells the person what a diff comes to.
func (a *app) noteTotals(d diff) error {
	against := "nothing before it"
	if d.Against != "" {
		against = d.Against
	}
	if d.Planned {
		against += ", which is not public yet"
	}
	renamed := ""
	if d.Renamed > 0 {
		renamed = fmt.Sprintf("; %d renamed", d.Renamed)
	}
	a.note("%s against %s: %s%s", d.Release, against, d.Summary, renamed)
	if a.out() != output.Table || len(d.Totals) == 0 {
		return nil
	}
	var rows [][]string
	of := map[string]int{}
	for _, t := range d.Totals {
		if of[t.By]++; of[t.By] <= mostTotals {
			rows = append(rows, []string{t.By, t.Name, number(t.Added), number(t.PriceChanged), number(t.Changed), number(t.Ending), number(t.Removed)})
		}
	}
	if err := output.Grid(a.streams.Err, []string{"BY", "NAME", "ADDED", "PRICE CHANGED", "CHANGED", "ENDING", "REMOVED"}, rows); err != nil {
		return err
	}
	for _, by := range []string{"product", "segment"} {
		if more := of[by] - mostTotals; more > 0 {
			a.note("… and %d more by %s; -o json shows all", more, by)
		}
	}
	return nil
}

// number is empty for none, so that the eye finds what there is.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
