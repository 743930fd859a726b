package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/tail"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// WebhookView is an endpoint that events are sent to. Its secrets are not in it.
type WebhookView struct {
	Name        string     `json:"name" example:"billing"`
	Description string     `json:"description"`
	URL         string     `json:"url" doc:"Whoever neither made it nor is an operator sees no more than its host: what follows may be a secret." example:"https://example.com/prices"`
	Subject     string     `json:"subject" doc:"Patterns of subjects, with commas between; empty: all." example:"pw.price.us.>"`
	Type        string     `json:"type" doc:"Event types, with commas between; empty: all."`
	Watchlist   string     `json:"watchlist"`
	Market      string     `json:"market"`
	Currency    string     `json:"currency"`
	Cost        bool       `json:"cost" doc:"Whether events tell what a partner pays: whoever made it had the right."`
	State       string     `json:"state" enum:"active,disabled"`
	Reason      string     `json:"reason" doc:"Why it is disabled; empty when it is not."`
	StateAt     time.Time  `json:"state_at" doc:"Since when it is in its state."`
	Secrets     int        `json:"secrets" doc:"How many secrets sign now: two while a rotation overlaps."`
	Sent        uint64     `json:"sent" doc:"Events that it took."`
	Held        int        `json:"held" doc:"Events that wait because their subject does."`
	Failures    int        `json:"failures" doc:"Attempts in a row that it did not take; 0: it takes events."`
	Problem     string     `json:"problem" doc:"Why it takes none; empty when it does."`
	NextAt      *time.Time `json:"next_at" doc:"When it is tried again; null: nothing waits."`
	Position    string     `json:"position" doc:"How far its events are sent, as the id of a server-sent event."`
	CreatedBy   string     `json:"created_by" example:"alice"`
	CreatedAt   time.Time  `json:"created_at"`
}

// WebhookSecretView is an endpoint with the secret that was just made.
type WebhookSecretView struct {
	WebhookView
	Secret string `json:"secret" doc:"What events are signed with from now on, as Standard Webhooks has it. It is told this once."`
}

// WebhookBody is what an endpoint is to be.
type WebhookBody struct {
	Name        string `json:"name" doc:"Small letters, digits and hyphens, at most 64." example:"billing"`
	URL         string `json:"url" doc:"https, at most 2,048 bytes; http, and addresses of the inside, only within networks that --webhook-allow names." example:"https://example.com/prices"`
	Description string `json:"description,omitempty" example:"tells billing of US prices"`
	Subject     string `json:"subject,omitempty" doc:"Patterns of subjects, with commas between." example:"pw.price.us.>"`
	Type        string `json:"type,omitempty" doc:"Event types, with commas between." example:"pricewire.price.changed.v1"`
	Watchlist   string `json:"watchlist,omitempty" doc:"Only changes of what is on this watchlist." example:"what-we-sell"`
	Market      string `json:"market,omitempty" example:"US"`
	Currency    string `json:"currency,omitempty" example:"USD"`
	From        string `json:"from,omitempty" doc:"start, now (default), the id of a server-sent event, or a time: events known at or after it." example:"now"`
}

// DeliveryView is an attempt to send an event.
type DeliveryView struct {
	At       time.Time `json:"at"`
	Event    Cost      `json:"event,omitzero" doc:"The event's id, which is also the header webhook-id. Where the webhook is told cost, not there for who may not see it: such an id is made of it."`
	Subject  Cost      `json:"subject,omitzero" doc:"Where the webhook is told cost, not there for who may not see it: an event may be of that alone."`
	Stream   string    `json:"stream"`
	Sequence uint64    `json:"sequence"`
	Attempt  int       `json:"attempt" doc:"From 1."`
	Status   int       `json:"status" doc:"HTTP status; 0: no answer came."`
	Problem  string    `json:"problem"`
	Millis   int64     `json:"millis" doc:"How long it took."`
	Verdict  string    `json:"verdict" enum:"delivered,waits,paused,gone" doc:"waits: its subject waits, others go on; paused: everything waits; gone: the endpoint is disabled."`
}

type (
	webhookInput struct {
		ReleaseActor
		Name string `path:"name" example:"billing"`
	}
	createWebhookInput struct {
		ReleaseActor
		Body WebhookBody
	}
	rotateInput struct {
		ReleaseActor
		Name string `path:"name" example:"billing"`
		Body struct {
			OverlapHours *int `json:"overlap_hours,omitempty" doc:"How long the secret before signs as well; 24 when left out." minimum:"0" maximum:"168" example:"24"`
		}
	}
	redeliverInput struct {
		ReleaseActor
		Name string `path:"name" example:"billing"`
		Body struct {
			From     string `json:"from,omitempty" doc:"start, now, the id of a server-sent event, or a time: everything from there on is sent again, in order, and what waits is dropped." example:"2026-11-01T00:00:00Z"`
			Stream   string `json:"stream,omitempty" doc:"One event: its stream." example:"PRICES"`
			Sequence uint64 `json:"sequence,omitempty" doc:"One event: its sequence. It is sent once more, beside the others and out of their order." example:"42"`
		}
	}
	webhooksInput       struct{ PageInput }
	webhookOutput       struct{ Body WebhookView }
	webhookSecretOutput struct {
		CacheControl string `header:"Cache-Control"`
		Body         WebhookSecretView
	}
	webhooksOutput   struct{ Body pageOf[WebhookView] }
	deliveriesOutput struct{ Body pageOf[DeliveryView] }
	deliveryOutput   struct{ Body DeliveryView }
)

func webhookOp(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Description: description, Tags: []string{"webhooks"}}
}

func (s *server) registerWebhooks(api huma.API) {
	create := webhookOp("create-webhook", http.MethodPost, "/v1/webhooks", "Send events to an endpoint",
		"Signed as Standard Webhooks 1.0; each at least once, in order per subject, as /v1/events has it, and with the header traceparent. The answer holds the secret, this once.")
	create.DefaultStatus, create.Metadata = http.StatusCreated, map[string]any{isSecret: true}
	huma.Register(api, create, s.createWebhook)
	huma.Register(api, webhookOp("list-webhooks", http.MethodGet, "/v1/webhooks", "Webhooks, in order of their names",
		"Each with what it is sent, its state and how sending goes, and without its secrets. Everybody who may read sees all of them, and of those of others the host alone."), s.listWebhooks)
	huma.Register(api, webhookOp("show-webhook", http.MethodGet, "/v1/webhooks/{name}", "One webhook, and how it goes",
		"What it is sent, since when it is active or disabled and why, how many events it took and how many wait, and when it is tried again. Its secrets are told to nobody again."), s.showWebhook)
	huma.Register(api, webhookOp("delete-webhook", http.MethodDelete, "/v1/webhooks/{name}", "Send nothing to an endpoint any more", "The answer is what it was."), s.deleteWebhook)
	rotate := webhookOp("rotate-webhook", http.MethodPost, "/v1/webhooks/{name}/rotate", "Make another secret",
		"Both secrets sign until the overlap is over. The answer holds the new one, this once.")
	rotate.Metadata = map[string]any{isSecret: true}
	huma.Register(api, rotate, s.rotateWebhook)
	huma.Register(api, webhookOp("disable-webhook", http.MethodPost, "/v1/webhooks/{name}/disable", "Send nothing for a while", "What comes waits in the streams."), s.disableWebhook)
	huma.Register(api, webhookOp("enable-webhook", http.MethodPost, "/v1/webhooks/{name}/enable", "Go on where sending stopped", "What waits is tried at once."), s.enableWebhook)
	huma.Register(api, webhookOp("redeliver-webhook", http.MethodPost, "/v1/webhooks/{name}/redeliver", "Send events again, from a place on or one of them",
		"With from, everything that passes its filters from there on, in order, and what waits is dropped; with stream and sequence, that one event, whatever the "+
			"filters, beside the others and out of their order. What was taken before comes again with the same webhook-id, by which it is known."), s.redeliverWebhook)
	huma.Register(api, webhookOp("test-webhook", http.MethodPost, "/v1/webhooks/{name}/test", "Send an event that says nothing, and tell what came of it",
		"Its type is pricewire.webhook.tested.v1. It is not tried again."), s.testWebhook)
	huma.Register(api, webhookOp("list-deliveries", http.MethodGet, "/v1/webhooks/{name}/deliveries", "The last hundred attempts, the newest first",
		"Each with its event, how it was answered, how long that took and what followed from it. The events themselves are in the streams, and not here. "+
			"Which events a webhook is sent that is told cost, only those see who may see it."), s.listDeliveries)
}

// hooks is where webhooks are kept.
func (s *server) hooks() (webhook.Store, error) {
	if s.deps.Webhooks == nil {
		return nil, fault.New(fault.Unavailable, "this server keeps no webhooks").WithHint("start it with its releases: they are kept beside them")
	}
	return s.deps.Webhooks, nil
}

// ownHook returns an endpoint that whoever asks may change: one's own, or any for operators.
func (s *server) ownHook(ctx context.Context, in webhookInput) (webhook.Endpoint, error) {
	store, err := s.hooks()
	if err != nil {
		return webhook.Endpoint{}, err
	}
	e, err := store.Get(ctx, in.Name)
	if fault.Is(err, fault.NotFound) {
		return e, fault.New(fault.NotFound, "there is no webhook %s", in.Name).WithHint("pricewire webhook list names them")
	}
	if err != nil {
		return e, err
	}
	if !looksAfter(ctx, e) {
		return e, fault.New(fault.Forbidden, "webhook %s is one of %s", e.Name, e.CreatedBy).WithHint("ask that person, or an operator")
	}
	return e, nil
}

// looksAfter reports whether an endpoint is that of whoever asks, or he looks after all of them.
func looksAfter(ctx context.Context, e webhook.Endpoint) bool {
	who := principal(ctx)
	return who.May(access.Operate) || access.SamePerson(who.Name, e.CreatedBy)
}

// urlKnownTo is where an endpoint is, as far as whoever asks may know it: who has the address of some may write there.
func urlKnownTo(ctx context.Context, e webhook.Endpoint) string {
	u, err := url.Parse(e.URL)
	switch {
	case looksAfter(ctx, e):
		return e.URL
	case err != nil:
		return ""
	}
	return u.Scheme + "://" + u.Host + "/…"
}

func (s *server) createWebhook(ctx context.Context, in *createWebhookInput) (*webhookSecretOutput, error) {
	store, err := s.hooks()
	if err != nil {
		return nil, problemOf(err)
	}
	who := s.act(ctx, in.ReleaseActor, "").Who
	if who == "" {
		return nil, problemOf(nobody("make a webhook"))
	}
	now := s.deps.Clock.Now().UTC()
	e, err := s.newWebhook(ctx, &in.Body)
	if err != nil {
		return nil, problemOf(err)
	}
	all, err := store.List(ctx)
	if err == nil && len(all) >= webhook.MaxEndpoints {
		err = fault.New(fault.Refused, "there are %d webhooks, as many as may be", len(all)).WithHint("delete one that nobody uses")
	}
	if err != nil {
		return nil, problemOf(err)
	}
	e.CreatedBy, e.CreatedAt, e.Cost = who, now, seesCost(ctx)
	return s.withSecret(ctx, e.Turned(webhook.Active, "", now), 0, now)
}

// nobody says that nobody is named who acts.
func nobody(what string) error {
	return fault.New(fault.Invalid, "%s: nobody is named who does it", what).
		WithPlaces(fault.Place{Where: "header.X-Pricewire-User", Problem: "is required"}).WithHint("give --as NAME")
}

// newWebhook reads what an endpoint is to be.
func (s *server) newWebhook(ctx context.Context, in *WebhookBody) (webhook.Endpoint, error) {
	filters := EventFilters{Subject: in.Subject, Type: in.Type, Watchlist: in.Watchlist, Market: in.Market, Currency: in.Currency}
	var p params
	if _, err := filters.filter(); err != nil {
		for _, place := range fault.PlacesOf(err) {
			p.wrong("body."+place.Where, place.Problem)
		}
	}
	begin, err := s.beginning(ctx, &p, in.From)
	if err != nil {
		return webhook.Endpoint{}, err
	}
	e, err := webhook.New(in.Name, in.Description, in.URL, webhook.Filter{
		Subjects: words(in.Subject), Types: words(in.Type), Watchlist: in.Watchlist, Market: in.Market, Currency: in.Currency,
	}, begin, s.cfg.Reach)
	for _, place := range fault.PlacesOf(err) {
		p.wrong("body."+place.Where, place.Problem)
	}
	if err := p.err(); err != nil {
		return webhook.Endpoint{}, err
	}
	if err == nil && in.Watchlist != "" {
		_, err = s.watched(ctx, in.Watchlist)
	}
	return e, err
}

// beginning reads where an endpoint begins. Now is where the streams end at this moment.
func (s *server) beginning(ctx context.Context, p *params, from string) (webhook.Request, error) {
	switch from {
	case "start":
		return webhook.Request{Kind: webhook.Begin}, nil
	case "", "now":
		infos, err := s.deps.Streams.Streams(ctx)
		if err != nil {
			return webhook.Request{}, err
		}
		position := tail.Position{}
		for _, info := range infos {
			position[info.Name.String()] = info.Last
		}
		return webhook.Request{Kind: webhook.Begin, Position: position.String()}, nil
	}
	if isPosition(from) {
		position, err := tail.ParsePosition(from)
		return webhook.Request{Kind: webhook.Begin, Position: position.String()}, err
	}
	return webhook.Request{Kind: webhook.Begin, NotBefore: p.instant("body.from", from, time.Time{})}, nil
}

// withSecret gives an endpoint another secret, and answers with it.
func (s *server) withSecret(ctx context.Context, e webhook.Endpoint, overlap time.Duration, now time.Time) (*webhookSecretOutput, error) {
	secret, err := webhook.NewSecret(rand.Reader)
	if err == nil {
		e, err = s.deps.Webhooks.Put(ctx, e.Rotated(secret, overlap, now))
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return &webhookSecretOutput{"no-store", WebhookSecretView{s.webhookView(ctx, e), secret.Reveal()}}, nil
}

func (s *server) rotateWebhook(ctx context.Context, in *rotateInput) (*webhookSecretOutput, error) {
	e, err := s.ownHook(ctx, webhookInput{in.ReleaseActor, in.Name})
	if err != nil {
		return nil, problemOf(err)
	}
	overlap := webhook.UsualOverlap
	if in.Body.OverlapHours != nil {
		overlap = time.Duration(*in.Body.OverlapHours) * time.Hour
	}
	return s.withSecret(ctx, e, overlap, s.deps.Clock.Now().UTC())
}

func (s *server) listWebhooks(ctx context.Context, in *webhooksInput) (*webhooksOutput, error) {
	var p params
	page := in.page(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	store, err := s.hooks()
	if err != nil {
		return nil, problemOf(err)
	}
	all, err := store.List(ctx)
	if err != nil {
		return nil, problemOf(err)
	}
	items, next := named(all, page, func(e webhook.Endpoint) string { return e.Name })
	return &webhooksOutput{newPage(items, next, func(e webhook.Endpoint) WebhookView { return s.webhookView(ctx, e) })}, nil
}

func (s *server) showWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	store, err := s.hooks()
	if err != nil {
		return nil, problemOf(err)
	}
	e, err := store.Get(ctx, in.Name)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "there is no webhook %s", in.Name).WithHint("pricewire webhook list names them")
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return &webhookOutput{s.webhookView(ctx, e)}, nil
}

func (s *server) deleteWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	e, err := s.ownHook(ctx, *in)
	if err != nil {
		return nil, problemOf(err)
	}
	view := s.webhookView(ctx, e)
	if err := s.deps.Webhooks.Delete(ctx, e.Name, e.Version); err != nil {
		return nil, problemOf(err)
	}
	return &webhookOutput{view}, nil
}

func (s *server) disableWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	e, err := s.ownHook(ctx, *in)
	if err == nil && e.State != webhook.Disabled {
		by := s.act(ctx, in.ReleaseActor, "").Who
		e, err = s.deps.Webhooks.Put(ctx, e.Turned(webhook.Disabled, "by "+or(by, "somebody"), s.deps.Clock.Now().UTC()))
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return &webhookOutput{s.webhookView(ctx, e)}, nil
}

func (s *server) enableWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	e, err := s.ownHook(ctx, *in)
	if err == nil {
		e, err = e.Request(webhook.Request{Kind: webhook.Revive})
	}
	if err == nil {
		e, err = s.deps.Webhooks.Put(ctx, e.Turned(webhook.Active, "", s.deps.Clock.Now().UTC()))
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return &webhookOutput{s.webhookView(ctx, e)}, nil
}

// webhookView is an endpoint and how it goes; nothing of that is known while its progress cannot be read.
func (s *server) webhookView(ctx context.Context, e webhook.Endpoint) WebhookView {
	p, err := s.deps.Webhooks.Progress(ctx, e.Name)
	if err != nil || !p.Made.Equal(e.CreatedAt) {
		p = webhook.Progress{}
	}
	f := e.Filter
	return WebhookView{
		Name: e.Name, Description: e.Description, URL: urlKnownTo(ctx, e), Subject: strings.Join(f.Subjects, ","), Type: strings.Join(f.Types, ","), Watchlist: f.Watchlist, Market: f.Market, Currency: f.Currency,
		Cost: e.Cost, State: string(e.State), Reason: e.Reason, StateAt: e.StateAt, Secrets: len(e.Signing(s.deps.Clock.Now())), Sent: p.Sent, Held: len(p.Held),
		Failures: p.Failing.Failures, Problem: p.Failing.Problem, NextAt: instantOrNull(p.Next()), Position: p.Position, CreatedBy: e.CreatedBy, CreatedAt: e.CreatedAt,
	}
}

// deliveryView is an attempt to send an event to an endpoint, which is told cost or is not.
func deliveryView(d webhook.Delivery, cost bool) DeliveryView {
	return DeliveryView{d.At, costIf(cost, d.Event), costIf(cost, d.Subject), d.Stream, d.Sequence, d.Attempt, d.Status, d.Problem, d.Took.Milliseconds(), d.Verdict.String()}
}

func webhookAlarm(v *WebhookView) string {
	switch {
	case v.State == string(webhook.Disabled) && !strings.HasPrefix(v.Reason, "by "):
		return "webhook " + v.Name + " is disabled: " + v.Reason + "; to go on: pricewire webhook enable " + v.Name
	case v.Failures >= alarmingFailures:
		return "webhook " + v.Name + " takes no events, " + strconv.Itoa(v.Failures) + " attempts in a row: " + v.Problem
	}
	return ""
}

// alarmingFailures is after how many attempts in a row a person should know of an endpoint that takes nothing.
const alarmingFailures = 3

// webhookAlarms are the endpoints that were disabled by themselves, and those that take nothing.
func (s *server) webhookAlarms(ctx context.Context) ([]string, error) {
	if s.deps.Webhooks == nil {
		return nil, nil
	}
	all, err := s.deps.Webhooks.List(ctx)
	if err != nil {
		return nil, err
	}
	var alarms []string
	for _, e := range all {
		v := s.webhookView(ctx, e)
		if alarm := webhookAlarm(&v); alarm != "" {
			alarms = append(alarms, alarm)
		}
	}
	return alarms, nil
}
