package cli

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

func (a *app) subscriberCommand() *cobra.Command {
	return group("subscriber", "Who may read the streams over NATS, and nothing else", a.subscriberCreateCommand(), a.subscriberListCommand(), a.subscriberRevokeCommand())
}

func (a *app) subscriberCreateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Let somebody read the streams over NATS; prints his address with his password, once", Args: cobra.ExactArgs(1),
		Example: `  pricewire subscriber create reseller                     # reads ERP_PRICES and ERP_RATES_…, without what the partner pays
  pricewire subscriber create billing --cost -o json       # reads PRICES and RATES_… too`,
	}
	cost := cmd.Flags().Bool("cost", false, "he may see what the partner pays")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.remote().PostJSON(cmd.Context(), "/v1/subscribers", map[string]any{"name": args[0], "cost": *cost})
		if err != nil {
			return err
		}
		if a.out() != output.Table {
			return output.Object(a.streams.Out, a.out(), answer, "name", "cost", "url", "created_by", "created_at")
		}
		var made struct{ URL string }
		if err := json.Unmarshal(answer, &made); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		a.note("The password is told this once. Consumers of %[1]s have names that begin with %[1]s_; others are given that beginning.", args[0])
		_, err = fmt.Fprintln(a.streams.Out, made.URL)
		return err
	}
	return cmd
}

func (a *app) subscriberListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "Who may read the streams over NATS", Args: cobra.NoArgs, Example: "  pricewire subscriber list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.page(cmd.Context(), "/v1/subscribers", url.Values{})
			if err != nil {
				return err
			}
			return output.List(a.streams.Out, a.out(), p.Items, "name", "cost", "created_by", "created_at")
		},
	}
}

func (a *app) subscriberRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Short: "Let a subscriber in no more; his connections end at once", Args: cobra.ExactArgs(1), Example: "  pricewire subscriber revoke reseller",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().PostJSON(cmd.Context(), "/v1/subscribers/"+url.PathEscape(args[0])+"/revoke", map[string]any{})
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer, "name", "cost", "created_by", "created_at")
		},
	}
}
