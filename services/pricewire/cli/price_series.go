package cli

import (
	"github.com/spf13/cobra"
)

// priceIdentity declares the flags that name a licence price.
func priceIdentity(cmd *cobra.Command) *query {
	q := newQuery(cmd.Flags()).add("market", "market", "", "market, ISO 3166").add("product", "product", "", "product id").
		add("sku", "sku", "", "SKU id").add("term", "term", "", "term: P1M, P1Y, P3Y").add("billing", "billing", "", "billing plan: Monthly, Annual, Triennial, None").
		add("currency", "currency", "", "only this currency").add("tier", "tier", "", "only this tier minimum")
	for _, flag := range []string{"market", "product", "sku", "term", "billing"} {
		_ = cmd.MarkFlagRequired(flag)
	}
	return q
}

// priceChoice declares the flags that choose licence prices of a market.
func priceChoice(cmd *cobra.Command) *query {
	q := newQuery(cmd.Flags()).add("market", "market", "", "market, ISO 3166").add("currency", "currency", "", "only this currency").
		add("product", "product", "", "only this product id").add("sku", "sku", "", "only this SKU id")
	_ = cmd.MarkFlagRequired("market")
	return q
}

// pricesCompared declares which prices of a market are compared between two instants.
func pricesCompared(cmd *cobra.Command) *query {
	return compared(cmd, priceChoice(cmd)).add("term", "term", "", "only this term, such as P1Y").add("billing", "billing", "", "only this billing plan, such as Monthly").
		add("tier", "tier", "", "only the tier that begins here").add("family", "family", "", "only this product family, such as 'Office 365', EMS or 'Dynamics CRM'").
		add("segment", "segment", "", "only this segment, such as Education")
}

func (a *app) priceHistory() *cobra.Command {
	cmd := &cobra.Command{
		Use: "history", Short: "Every period of a licence price, with when it was known and by which release", Args: cobra.NoArgs,
		Example: `  pricewire price history --market US --product CFQ7TTC0LH18 --sku 0001 --term P1M --billing Monthly`,
	}
	q := priceIdentity(cmd)
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.once(cmd.Context(), "/v1/prices/history", q.encode(), "known_at", "valid_from", "valid_to", "unit_price", "erp_price", "currency", "tier", "change",
			"release", "published_in", "withdrawal")
	}
	return cmd
}

func (a *app) priceSeries() *cobra.Command {
	cmd := &cobra.Command{
		Use: "series", Short: "A licence price over time, step by step", Args: cobra.NoArgs,
		Long: `A licence price over a range of valid time, as known at an instant: a line for each step, from which on the price is the one it says, for each
currency and tier that matches. More than --points steps are thinned out without losing the lowest and the highest.`,
		Example: `  pricewire price series --market US --product CFQ7TTC0LH18 --sku 0001 --term P1M --billing Monthly --from 2025-01-01 --to 2027-01-01`,
	}
	q := ranged(cmd, priceIdentity(cmd)).add("points", "points", "", "steps of each price at most, 10 to 10000 (default 500)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.series(cmd.Context(), "/v1/prices/series", q.encode(), "product", "sku", "term", "billing", "tier", "at", "unit_price", "erp_price", "currency", "release", "known_at")
	}
	return cmd
}

func (a *app) priceRestatements() *cobra.Command {
	cmd := &cobra.Command{
		Use: "restatements", Short: "Where the prices that were said of a market are not those that are said now", Args: cobra.NoArgs,
		Long: `Where, in a range of valid time, the prices that were said of a market are not those that are said now: each line is a range in which both stay the
same. What was said is what was known of each instant when it came, or with --said-at what was known then.`,
		Example: `  pricewire price restatements --market US --from 2026-11-01 --to 2027-01-01
  pricewire price restatements --market US --from 2026-11-01 --said-at 2026-11-15 -o csv`,
	}
	q := ranged(cmd, priceChoice(cmd)).add("said-at", "said_at", "", "knowledge time of what was said (default: that of each instant itself)")
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.rows(cmd.Context(), "/v1/prices/restatements", q.encode(), "product", "sku", "term", "billing", "currency", "tier", "from", "to", "said.unit_price",
			"says.unit_price", "said.erp_price", "says.erp_price", "said.release", "says.release")
	}
	return cmd
}

func (a *app) priceMovers() *cobra.Command {
	cmd := &cobra.Command{
		Use: "movers", Short: "The prices of a market that moved most between two instants, the farthest first", Args: cobra.NoArgs,
		Example: `  pricewire price movers --market US --from 2026-11-30 --to 2026-12-01
  pricewire price movers --market US --from 2026-11-30 --to 2026-12-01 --by absolute --limit 50`,
	}
	q := watched(measured(pricesCompared(cmd)))
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.once(cmd.Context(), "/v1/prices/movers", q.encode(), "percent", "amount", "before.unit_price", "after.unit_price", "currency", "product", "sku", "term",
			"billing", "tier", "after.product_title")
	}
	return cmd
}
