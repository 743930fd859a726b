package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// RateLookupItem is one line of a lookup of usage rates.
type RateLookupItem struct {
	PriceList       string `json:"price_list,omitempty" doc:"retail when empty."`
	MeterID         string `json:"meter_id"`
	SKUID           string `json:"sku_id"`
	Currency        string `json:"currency,omitempty" doc:"USD when empty."`
	Type            string `json:"type,omitempty" doc:"Consumption when empty."`
	ReservationTerm string `json:"reservation_term,omitempty" doc:"Empty: no reservation."`
	Tier            Number `json:"tier,omitempty" doc:"Tier minimum units; 0 when empty."`
	AllTiers        bool   `json:"all_tiers,omitempty" doc:"Every tier; tier is not looked at."`
	At              string `json:"at,omitempty" doc:"Valid time: a date or RFC 3339; now when empty."`
	KnownAt         string `json:"known_at,omitempty" doc:"Knowledge time; now when empty."`
}

// RateLookupView is the answer to one line.
type RateLookupView struct {
	Rates []SourcedRateView `json:"rates" doc:"The rates that have a price then, in the order of their tiers; empty: none."`
}

// SourcedRateView is a rate with the place that it is told at.
type SourcedRateView struct {
	RateView

	RowKnownAt *time.Time `json:"row_known_at" doc:"When the row became known that all but price, effective_from and valid_to are of: the last one known, whatever at."`
	Source     SourceView `json:"source"`
}

// SourceView is where a row is told.
type SourceView struct {
	Stream string `json:"stream" doc:"The stream with its incarnation; the event at that place names the crawl, or the release."`
	Seq    uint64 `json:"seq" doc:"Sequence of the message in it."`
	Row    uint32 `json:"row" doc:"Place among the rows that the message gave, from 0."`
}

func sourceView(p history.Position) SourceView { return SourceView{p.Stream, p.Sequence, p.Row} }

func sourcedRateView(a history.RateAnswer) SourcedRateView {
	return SourcedRateView{rateView(a), instantOrNull(a.RowKnownAt), sourceView(a.Source)}
}

func (s *server) registerRateLookup(api huma.API) {
	lookup[RateLookupItem, history.RateLookup, history.RateAnswer, RateLookupView]{
		readRateLookup, func(ctx context.Context, lines []history.RateLookup) ([][]history.RateAnswer, error) {
			return s.history(ctx).LookupRates(ctx, lines)
		}, func(rates []history.RateAnswer) RateLookupView { return RateLookupView{views(rates, sourcedRateView)} },
	}.register(s, api, huma.Operation{
		OperationID: "lookup-rates", Method: http.MethodPost, Path: "/v1/rates:lookup", Summary: "Many usage rates at once, each as of instants of its own", Tags: []string{"rates"},
		Description: "Up to 100,000 lines, answered in their order: what a bill is checked with. A line without a price then is answered with no rate.",
	}, RateLookupItem{
		MeterID: "00000000-0000-0000-0000-000000000000", SKUID: "DZH318Z0BPVW/00QZ", Tier: "0", At: "2026-01-10", KnownAt: "2026-01-15",
	})
}

func readRateLookup(l line, i RateLookupItem, now time.Time) history.RateLookup {
	q := history.RateLookup{
		Identity: rate.Identity{
			PriceList: or(l.text("price_list", i.PriceList, false), rate.Retail), Currency: or(l.currency(l.place("currency"), i.Currency), defaultCurrency),
			MeterID: l.text("meter_id", i.MeterID, true), SKUID: l.text("sku_id", i.SKUID, true), Type: or(l.text("type", i.Type, false), consumption),
			ReservationTerm: l.text("reservation_term", i.ReservationTerm, false),
		},
		AllTiers: i.AllTiers, AsOf: l.asOf(i.At, i.KnownAt, now),
	}
	if tier := l.decimal(l.place("tier"), string(i.Tier)); tier != nil {
		q.Identity.Tier = *tier
	}
	return q
}

// consumption is the type that most rates have.
const consumption = "Consumption"

// views are never null.
func views[F, T any](items []F, view func(F) T) []T {
	all := make([]T, len(items))
	for i, item := range items {
		all[i] = view(item)
	}
	return all
}
