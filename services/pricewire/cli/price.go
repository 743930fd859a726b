package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) priceCommand() *cobra.Command {
	return group("price", "Ask for licence prices, as of any valid and knowledge time",
		a.priceGet(), a.priceList(), a.priceDiff(), a.priceLookup(), a.priceHistory(), a.priceSeries(), a.priceRestatements(), a.priceMovers())
}

func (a *app) priceGet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "get", Short: "The price of one line", Args: cobra.NoArgs,
		Example: `  pricewire price get --market US --product CFQ7TTC0LH18 --sku 0001 --term P1M --billing Monthly
  pricewire price get --market US --product CFQ7TTC0LH18 --sku 0001 --term P1Y --billing Annual --at 2026-12-05 --known-at 2026-11-02`,
	}
	q := newQuery(cmd.Flags()).add("market", "market", "", "market, ISO 3166").add("product", "product", "", "product id").
		add("sku", "sku", "", "SKU id").add("term", "term", "", "term: P1M, P1Y, P3Y").add("billing", "billing", "", "billing plan: Monthly, Annual, Triennial, None").
		add("currency", "currency", "", "currency; needed where several match").add("tier", "tier", "", "tier minimum; needed where several match").times()
	for _, flag := range []string{"market", "product", "sku", "term", "billing"} {
		_ = cmd.MarkFlagRequired(flag) // fails only for a flag that does not exist, which the tests would show
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p, err := a.page(cmd.Context(), "/v1/prices", q.encode())
		if err != nil {
			return err
		}
		if len(p.Items) != 1 {
			return ambiguous(p.Items)
		}
		return output.Object(a.streams.Out, a.out(), p.Items[0])
	}
	return cmd
}

// ambiguous names the currencies and tiers between which a question did not choose.
func ambiguous(items []json.RawMessage) error {
	var matches []string
	for _, item := range items {
		var line struct{ Currency, Tier string }
		if err := json.Unmarshal(item, &line); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		matches = append(matches, line.Currency+" tier "+line.Tier)
	}
	return fault.New(fault.Invalid, "%d lines match: %s", len(items), strings.Join(matches, ", ")).
		WithPlaces(fault.Place{Where: "flag.currency", Problem: "several lines match"}).WithHint("name one with --currency and --tier")
}
