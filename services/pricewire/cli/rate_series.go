package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// compared declares the two instants that a question compares.
func compared(cmd *cobra.Command, q *query) *query {
	q.add("from", "from", "", "valid time before (a date or RFC 3339)").add("to", "to", "", "valid time after").
		add("known-from", "known_from", "", "knowledge time before (default now)").add("known-to", "known_to", "", "knowledge time after (default now)")
	_ = cmd.MarkFlagRequired("from")
	_ = cmd.MarkFlagRequired("to")
	return q
}

// ranged declares a range of valid time.
func ranged(cmd *cobra.Command, q *query) *query {
	q.add("from", "from", "", "start of the range of valid time (a date or RFC 3339)").add("to", "to", "", "its end (default now)").
		add("known-at", "known_at", "", "knowledge time: what was believed then (default now)")
	_ = cmd.MarkFlagRequired("from")
	return q
}

// measured declares how movers are ordered, and how many are wanted.
func measured(q *query) *query {
	return q.add("by", "by", "", "relative: by the share of the old price (default); absolute: by the amount").add("limit", "limit", "", "how many, 1 to 1000 (default 20)")
}

func (a *app) rateDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use: "diff", Short: "What is different in usage rates between two instants", Args: cobra.NoArgs,
		Long: `What is different in usage rates between two instants, on either axis of time: between two dates as known now, or what was believed of one
date on two days.`,
		Example: `  pricewire rate diff --from 2026-01-01 --to 2026-02-01 --service 'Virtual Machines' --region westeurope
  pricewire rate diff --from 2026-01-10 --to 2026-01-10 --known-from 2026-01-15 --known-to 2026-01-27`,
	}
	q := watched(compared(cmd, rateChoice(cmd)))
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := a.rows(cmd.Context(), "/v1/rates/diff", q.encode(), "change", "meter_id", "sku_id", "type", "reservation_term", "tier", "before.price", "after.price",
			"currency", "before.effective_from", "after.effective_from", "after.product_name", "after.meter_name")
		return a.withWords(cmd.Context(), q, err)
	}
	return cmd
}

func (a *app) rateMovers() *cobra.Command {
	cmd := &cobra.Command{
		Use: "movers", Short: "The rates whose price moved most between two instants, the farthest first", Args: cobra.NoArgs,
		Example: `  pricewire rate movers --from 2026-01-01 --to 2026-02-01 --service 'Virtual Machines'
  pricewire rate movers --from 2026-01-01 --to 2026-02-01 --by absolute --limit 50 -o csv`,
	}
	q := watched(measured(compared(cmd, rateChoice(cmd))))
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.once(cmd.Context(), "/v1/rates/movers", q.encode(), "percent", "amount", "before.price", "after.price", "currency", "meter_id", "sku_id", "type", "tier",
			"after.product_name", "after.meter_name", "after.region")
	}
	return cmd
}

func (a *app) rateRestatements() *cobra.Command {
	cmd := &cobra.Command{
		Use: "restatements", Short: "Where what was said of rates is not what is said now", Args: cobra.NoArgs,
		Long: `Where, in a range of valid time, what was said of usage rates is not what is said now: each line is a range in which both answers stay the same.
What was said is what was known of each instant when it came, or with --said-at what was known then.`,
		Example: `  pricewire rate restatements --from 2026-01-01 --to 2026-02-01 --service 'Virtual Machines'
  pricewire rate restatements --from 2026-01-01 --said-at 2026-01-15 -o csv`,
	}
	q := ranged(cmd, rateChoice(cmd)).add("said-at", "said_at", "", "knowledge time of what was said (default: that of each instant itself)")
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := a.rows(cmd.Context(), "/v1/rates/restatements", q.encode(), "meter_id", "sku_id", "type", "tier", "from", "to", "said.price", "says.price", "currency",
			"says.known_at", "product_name", "meter_name", "region")
		return a.withWords(cmd.Context(), q, err)
	}
	return cmd
}

func (a *app) rateSeries() *cobra.Command {
	cmd := &cobra.Command{
		Use: "series", Short: "The price of a meter's rates over time, step by step", Args: cobra.NoArgs,
		Long: `The price of a meter's rates over a range of valid time, as known at an instant: a line for each step, from which on the price is the one it says.
Where a rate has more than --points steps they are thinned out: the range is cut into equal parts, and each keeps its first and last step, the first
without a price, and the lowest and highest price.`,
		Example: `  pricewire rate series --meter 0008fc59-f088-5d25-8e72-147ec2e66261 --from 2025-01-01 --to 2027-01-01
  pricewire rate series --meter 0008fc59-f088-5d25-8e72-147ec2e66261 --sku DZH318Z092QW/007H --from 2025-01-01 --points 200 -o json`,
	}
	q := newQuery(cmd.Flags()).add("meter", "meter_id", "", "meter id").add("sku", "sku_id", "", "only this SKU id").
		add("price-list", "price_list", "retail", "price list: "+priceLists).add("currency", "currency", "", "only this currency").
		add("type", "type", "", rateTypes).add("reservation-term", "reservation_term", "", "only this reservation term").add("tier", "tier", "", "only this tier").
		add("points", "points", "", "steps of each rate at most, 10 to 10000 (default 500)")
	ranged(cmd, q)
	_ = cmd.MarkFlagRequired("meter")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := a.series(cmd.Context(), "/v1/rates/series", q.encode(), "meter_id", "sku_id", "type", "reservation_term", "tier", "at", "price", "currency", "effective_from", "known_at")
		return a.withWords(cmd.Context(), q, err)
	}
	return cmd
}

// rateChoice declares the flags that choose rates, without instants.
func rateChoice(cmd *cobra.Command) *query {
	return newQuery(cmd.Flags()).add("region", "region", "", "ARM region name").add("service", "service", "", "service name").
		add("price-list", "price_list", "retail", "price list: "+priceLists).add("currency", "currency", "", "currency").add("type", "type", "", rateTypes).
		add("meter", "meter_id", "", "meter id").add("sku", "sku_id", "", "SKU id").
		add("os", "operating_system", "", "operating system, Windows or Linux, where it is known").
		add("purchase-option", "purchase_option", "", "on-demand, spot, low-priority, dev-test or reservation")
}

// once delivers a list that comes in one answer.
func (a *app) once(ctx context.Context, path string, values url.Values, columns ...string) error {
	if a.out().Binary() {
		return a.download(ctx, path, values)
	}
	return a.deliver(false, func() error {
		p, err := a.page(ctx, path, values)
		if err != nil {
			return err
		}
		return output.List(a.streams.Out, a.out(), p.Items, columns...)
	})
}

// series writes the lines of a chart: as they come as JSON, and a record a step otherwise.
func (a *app) series(ctx context.Context, path string, values url.Values, columns ...string) error {
	answer, err := a.remote().Get(ctx, path, values)
	if err != nil {
		return err
	}
	if a.out() == output.JSON && !a.choosing() {
		return output.Object(a.streams.Out, output.JSON, answer)
	}
	var chart struct{ Items []map[string]json.RawMessage }
	if err := json.Unmarshal(answer, &chart); err != nil {
		return fmt.Errorf("read answer of %s: %w", path, err)
	}
	var records []json.RawMessage
	for _, line := range chart.Items {
		var steps []map[string]json.RawMessage
		if err := json.Unmarshal(line["steps"], &steps); err != nil {
			return fmt.Errorf("read answer of %s: %w", path, err)
		}
		delete(line, "steps")
		delete(line, "whole")
		for _, step := range steps {
			maps.Copy(step, line)
			record, err := json.Marshal(step)
			if err != nil {
				return fmt.Errorf("encode step: %w", err)
			}
			records = append(records, record)
		}
	}
	return output.List(a.streams.Out, a.out(), records, columns...)
}
