package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// webhookColumns are what is shown of webhooks.
func webhookColumns() []string {
	return []string{"name", "url", "state", "sent", "held", "failures", "problem", "reason", "next_at", "created_by"}
}

func (a *app) webhookCommand() *cobra.Command {
	return group("webhook", "Have events sent to an endpoint, signed as Standard Webhooks",
		a.webhookCreate(), a.webhookList(), a.webhookShow(), a.webhookRotate(), a.webhookVerb("disable", "Send nothing for a while; what comes waits in the streams"),
		a.webhookVerb("enable", "Go on where sending stopped; what waits is tried at once"), a.webhookRedeliver(), a.webhookDeliveries(),
		a.webhookTest(), a.webhookDelete())
}

func webhookPath(name string) string { return "/v1/webhooks/" + url.PathEscape(name) }

func (a *app) webhookCreate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Send events to an endpoint; its secret is shown this once", Args: cobra.ExactArgs(1),
		Example: `  pricewire webhook create billing --url https://example.com/prices --subject 'pw.price.us.>' --as alice
  pricewire webhook create sold --url https://example.com/sold --watchlist what-we-sell --from 2026-11-01 --as alice
  pricewire webhook test billing`,
	}
	q := newQuery(cmd.Flags()).add("url", "url", "", "where to: https, or http within networks that --webhook-allow names").
		add("description", "description", "", "what it is for")
	eventFilters(q).add("from", "from", "", "start, now (default), the id of a server-sent event, or a time: events known at or after it")
	_ = cmd.MarkFlagRequired("url")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := q.body()
		body["name"] = args[0]
		answer, err := a.remote().PostJSON(cmd.Context(), "/v1/webhooks", body)
		if err != nil {
			return err
		}
		return a.secretAnswer(answer)
	}
	return cmd
}

// eventFilters declares the flags that choose events.
func eventFilters(q *query) *query {
	return q.add("subject", "subject", "", "patterns of the subjects, with commas between; everything when empty").
		add("type", "type", "", "event types, with commas between").
		add("watchlist", "watchlist", "", "only changes of what is on this watchlist").
		add("market", "market", "", "only what is of this market").
		add("currency", "currency", "", "only what is of this currency")
}

// secretAnswer shows an endpoint with its new secret.
func (a *app) secretAnswer(answer json.RawMessage) error {
	a.note("the secret is not shown again: keep it where the endpoint finds it")
	return output.Object(a.streams.Out, a.out(), answer, "name", "url", "state", "secret", "secrets", "created_by")
}

func (a *app) webhookList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "All webhooks, and how they go", Args: cobra.NoArgs,
		Example: "  pricewire webhook list\n  pricewire webhook list --fields name,state,problem -o csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.list(cmd.Context(), "/v1/webhooks", url.Values{}, webhookColumns()...)
		},
	}
}

func (a *app) webhookShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "One webhook, and how it goes", Args: cobra.ExactArgs(1), Example: "  pricewire webhook show billing",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Get(cmd.Context(), webhookPath(args[0]), nil)
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer)
		},
	}
}

func (a *app) webhookRotate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rotate NAME", Short: "Make another secret; both sign until the overlap is over", Args: cobra.ExactArgs(1),
		Example: `  pricewire webhook rotate billing --overlap-hours 48`,
	}
	overlap := cmd.Flags().Int("overlap-hours", 24, "how long the secret before signs as well, 0 to 168")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		answer, err := a.remote().PostJSON(cmd.Context(), webhookPath(args[0])+"/rotate", map[string]int{"overlap_hours": *overlap})
		if err != nil {
			return err
		}
		return a.secretAnswer(answer)
	}
	return cmd
}

// webhookVerb is a command that needs nothing but the name.
func (a *app) webhookVerb(verb, short string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME", Short: short, Args: cobra.ExactArgs(1), Example: "  pricewire webhook " + verb + " billing",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Post(cmd.Context(), webhookPath(args[0])+"/"+verb, nil, nil, "")
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer, webhookColumns()...)
		},
	}
}

func (a *app) webhookRedeliver() *cobra.Command {
	cmd := &cobra.Command{
		Use: "redeliver NAME", Short: "Send events again: from a place on, or one of them", Args: cobra.ExactArgs(1),
		Example: `  pricewire webhook redeliver billing --from 2026-11-01
  pricewire webhook redeliver billing --event PRICES:42`,
	}
	q := newQuery(cmd.Flags()).add("from", "from", "", "start, now, the id of a server-sent event, or a time: everything from there on, in order; what waits is dropped")
	event := cmd.Flags().String("event", "", "one event, STREAM:SEQUENCE, once more and out of order")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		body := map[string]any{}
		for name, value := range q.body() {
			body[name] = value
		}
		if *event != "" {
			at := strings.LastIndexByte(*event, ':')
			var sequence uint64
			if _, err := fmt.Sscanf((*event)[at+1:], "%d", &sequence); err != nil || at < 1 {
				return usage(fmt.Errorf("--event %s is not STREAM:SEQUENCE, such as PRICES:42", *event))
			}
			body["stream"], body["sequence"] = (*event)[:at], sequence
		}
		answer, err := a.remote().PostJSON(cmd.Context(), webhookPath(args[0])+"/redeliver", body)
		if err != nil {
			return err
		}
		return output.Object(a.streams.Out, a.out(), answer, webhookColumns()...)
	}
	return cmd
}

func (a *app) webhookDeliveries() *cobra.Command {
	return &cobra.Command{
		Use: "deliveries NAME", Short: "The last hundred attempts, the newest first", Args: cobra.ExactArgs(1), Example: "  pricewire webhook deliveries billing",
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.page(cmd.Context(), webhookPath(args[0])+"/deliveries", nil)
			if err != nil {
				return err
			}
			return output.List(a.streams.Out, a.out(), p.Items, "at", "verdict", "status", "problem", "attempt", "millis", "subject", "stream", "sequence", "event")
		},
	}
}

func (a *app) webhookTest() *cobra.Command {
	return &cobra.Command{
		Use: "test NAME", Short: "Send an event that says nothing, and show what came of it; exit 1 when it was not taken", Args: cobra.ExactArgs(1), Example: "  pricewire webhook test billing",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Post(cmd.Context(), webhookPath(args[0])+"/test", nil, nil, "")
			if err != nil {
				return err
			}
			if err := output.Object(a.streams.Out, a.out(), answer, "verdict", "status", "problem", "millis"); err != nil {
				return err
			}
			var delivery struct{ Verdict string }
			if err := json.Unmarshal(answer, &delivery); err != nil || delivery.Verdict != "delivered" {
				return fmt.Errorf("the endpoint of webhook %s did not take the test", args[0])
			}
			return nil
		},
	}
}

func (a *app) webhookDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete NAME", Short: "Send nothing any more", Args: cobra.ExactArgs(1), Example: "  pricewire webhook delete billing",
		RunE: func(cmd *cobra.Command, args []string) error {
			answer, err := a.remote().Send(cmd.Context(), http.MethodDelete, webhookPath(args[0]), nil, nil, "", nil)
			if err != nil {
				return err
			}
			return output.Object(a.streams.Out, a.out(), answer, webhookColumns()...)
		},
	}
}
