package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) offerCommand() *cobra.Command {
	return group("offer", "Ask for the offer matrix, as of any valid and knowledge time",
		a.itemList("/v1/offers", "The offer matrix in force: what may be ordered, where, and within which limits",
			`  pricewire offer list --at 2026-12-01
  pricewire offer list --key CFQ7TTC0LH18/0001 -o json
  pricewire offer list -o xlsx --file matrix.xlsx`,
			"market", "key", "product_title", "sku_title", "min_licenses", "max_licenses", "prerequisites", "valid_from", "release"))
}

func (a *app) serviceCommand() *cobra.Command {
	return group("service", "Ask for the Azure services that are sold, as of any valid and knowledge time",
		a.itemList("/v1/services", "The services in force, and what usage records and rates call them",
			`  pricewire service list
  pricewire service list --known-at 2026-11-01 -o csv > services.csv`,
			"market", "service", "category", "subcategory", "publisher", "valid_from", "release"))
}

// itemList is a command that lists the items in force.
func (a *app) itemList(path, short, example string, columns ...string) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: short, Args: cobra.NoArgs, Example: example}
	q := newQuery(cmd.Flags()).add("market", "market", "", "only this market's list, ww for those of none; all when empty").
		add("key", "key", "", "only the item of this key").times()
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.rows(cmd.Context(), path, q.encode(), columns...)
	}
	return cmd
}
