package cli

import (
	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) priceList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "The whole list of a market as of an instant", Args: cobra.NoArgs,
		Long: `The whole list of a market as of an instant. As CSV it has the columns of the official lists in their order; as a workbook or a Parquet file it
is what partners download.`,
		Example: `  pricewire price list --market US --at 2026-12-01 -o csv > list.csv
  pricewire price list --market US --segment Education -o xlsx --file education.xlsx`,
	}
	q := newQuery(cmd.Flags()).add("market", "market", "", "market, ISO 3166").add("currency", "currency", "", "only this currency").
		add("product", "product", "", "only this product id").add("family", "family", "", "only this product family, such as 'Office 365', EMS or 'Dynamics CRM'").
		add("segment", "segment", "", "only this segment, such as Education").times()
	watched(q)
	_ = cmd.MarkFlagRequired("market")
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if a.out() == output.CSV && !a.choosing() {
			return a.download(cmd.Context(), "/v1/prices", q.encode())
		}
		return a.rows(cmd.Context(), "/v1/prices", q.encode(), "product", "sku", "product_title", "term", "billing", "tier", "unit_price", "erp_price",
			"currency", "valid_from", "valid_to", "release")
	}
	return cmd
}

func (a *app) priceDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use: "diff", Short: "What is different in a market's prices between two instants", Args: cobra.NoArgs,
		Long: `What is different in a market's prices between two instants, on either axis of time: between two dates as known now, or what was believed of one
date on two days.`,
		Example: `  pricewire price diff --market US --from 2026-11-30 --to 2026-12-01
  pricewire price diff --market US --from 2026-12-01 --to 2026-12-01 --known-from 2026-11-01 --known-to 2026-11-15`,
	}
	q := watched(pricesCompared(cmd))
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.rows(cmd.Context(), "/v1/prices/diff", q.encode(), "change", "product", "sku", "term", "billing", "currency", "tier",
			"before.unit_price", "after.unit_price", "before.erp_price", "after.erp_price", "before.release", "after.release")
	}
	return cmd
}
