package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) rateCommand() *cobra.Command {
	return group("rate", "Ask for Azure usage rates, as of any valid and knowledge time",
		a.rateGet(), a.rateHistory(), a.rateList(), a.rateLookup(), a.rateDiff(), a.rateMovers(), a.rateRestatements(), a.rateSeries(), a.rateExport(),
		a.rateBackfill())
}

const (
	priceLists = "retail, ratecard, price-sheet or fx"
	rateTypes  = "Consumption, DevTestConsumption or Reservation; ExchangeRate in fx"
)

// rateIdentity declares the flags that name one rate.
func rateIdentity(cmd *cobra.Command) *query {
	q := newQuery(cmd.Flags()).add("meter", "meter_id", "", "meter id").add("sku", "sku_id", "", "SKU id, such as DZH318Z0BPVW/00QZ").
		add("price-list", "price_list", "retail", "price list: "+priceLists).add("currency", "currency", "USD", "currency").
		add("type", "type", "Consumption", rateTypes).
		addAlways("reservation-term", "reservation_term", "", "reservation term, such as '1 Year'").add("tier", "tier", "0", "tier minimum units")
	cmd.Flags().SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "reservation" { // as it was called at first
			name = "reservation-term"
		}
		return pflag.NormalizedName(name)
	})
	_ = cmd.MarkFlagRequired("meter")
	_ = cmd.MarkFlagRequired("sku")
	return q
}

func (a *app) rateGet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "get", Short: "The price of one rate", Args: cobra.NoArgs,
		Example: `  pricewire rate get --meter 0008fc59-f088-5d25-8e72-147ec2e66261 --sku DZH318Z092QW/007H --at 2026-01-10 --known-at 2026-01-15
  pricewire rate get --price-list fx --meter EUR --sku EUR --type ExchangeRate --at 2026-10-05`,
	}
	q := rateIdentity(cmd).times()
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := q.needs("meter_id", "sku_id", "type", "tier"); err != nil {
			return err
		}
		p, err := a.page(cmd.Context(), "/v1/rates", q.encode())
		if err != nil {
			return a.withWords(cmd.Context(), q, err)
		}
		if len(p.Items) != 1 {
			return fmt.Errorf("the server gave %d answers to a question with one", len(p.Items))
		}
		return output.Object(a.streams.Out, a.out(), p.Items[0])
	}
	return cmd
}

func (a *app) rateHistory() *cobra.Command {
	cmd := &cobra.Command{
		Use: "history", Short: "Every period and change of one rate, with when it was known and why", Args: cobra.NoArgs,
		Example: `  pricewire rate history --meter 0008fc59-f088-5d25-8e72-147ec2e66261 --sku DZH318Z092QW/007H`,
	}
	q := rateIdentity(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		answer, err := a.remote().Get(cmd.Context(), "/v1/rates/history", q.encode())
		if err != nil {
			return a.withWords(cmd.Context(), q, err)
		}
		if a.out() == output.JSON {
			return output.Members(a.streams.Out, answer, "changes", "periods")
		}
		var history struct {
			Changes, Periods []json.RawMessage
		}
		if err := json.Unmarshal(answer, &history); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		if a.out() != output.Table || a.choosing() {
			return output.List(a.streams.Out, a.out(), append(marked("change", history.Changes), marked("period", history.Periods)...))
		}
		if err := output.List(a.streams.Out, output.Table, history.Changes, "known_at", "kind", "price_before", "price", "effective_from", "effective_to", "flags", "crawl"); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.streams.Out); err != nil {
			return err
		}
		return output.List(a.streams.Out, output.Table, history.Periods, "known_at", "valid_from", "valid_to", "price", "effective_from", "kind")
	}
	return cmd
}

// marked says of each record what it is, where several kinds are in one list.
func marked(kind string, records []json.RawMessage) []json.RawMessage {
	return tagged("record", kind, records)
}

func (a *app) rateList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "The rates in force at an instant", Args: cobra.NoArgs,
		Example: `  pricewire rate list --region westeurope --service 'Virtual Machines' --at 2026-01-01
  pricewire rate list --region westeurope --os Linux --purchase-option spot`,
	}
	q := watched(rateFilters(cmd))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := a.list(cmd.Context(), "/v1/rates", q.encode(), "meter_id", "sku_id", "product_name", "meter_name", "type", "reservation_term", "tier", "price", "currency", "unit_of_measure", "hourly_equivalent", "operating_system", "purchase_option", "effective_from", "valid_to")
		return a.withWords(cmd.Context(), q, err)
	}
	return cmd
}

// rateFilters declares the flags that choose rates.
func rateFilters(cmd *cobra.Command) *query {
	return newQuery(cmd.Flags()).add("region", "region", "", "ARM region name").add("service", "service", "", "service name").
		add("price-list", "price_list", "retail", "price list: "+priceLists).add("currency", "currency", "", "currency").add("type", "type", "", rateTypes).
		add("meter", "meter_id", "", "meter id").add("sku", "sku_id", "", "SKU id").
		add("os", "operating_system", "", "operating system, Windows or Linux, where it is known").
		add("purchase-option", "purchase_option", "", "on-demand, spot, low-priority, dev-test or reservation").times()
}

// watched declares the flag that chooses what is on a watchlist.
func watched(q *query) *query {
	return q.add("watchlist", "watchlist", "", "only what is on this watchlist")
}

func (a *app) rateExport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export", Short: "The usage list as one file: CSV unless -o names another form", Args: cobra.NoArgs,
		Example: `  pricewire rate export --currency USD > usage.csv
  pricewire rate export --service 'Virtual Machines' --at 2026-01-01 -o parquet --file machines.parquet
  pricewire rate export --layout focus --currency USD > focus.csv`,
	}
	q := watched(rateFilters(cmd)).add("layout", "layout", "", "focus: columns named as FOCUS 1.2 does, the FinOps Open Cost and Usage Specification")
	a.exported(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.withWords(cmd.Context(), q, a.download(cmd.Context(), "/v1/rates/export", q.encode()))
	}
	return cmd
}
