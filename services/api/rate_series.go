package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

type (
	rateSeriesInput struct {
		PriceList       string `query:"price_list" doc:"retail when empty." example:"retail"`
		Currency        string `query:"currency" doc:"Only this currency." example:"USD"`
		MeterID         string `query:"meter_id" doc:"Required." example:"00000000-0000-0000-0000-000000000000"`
		SKUID           string `query:"sku_id" doc:"Only this SKU." example:"DZH318Z0BPVW/00QZ"`
		Type            string `query:"type" doc:"Only this type." example:"Consumption"`
		ReservationTerm string `query:"reservation_term" doc:"Only this term; given but empty: rates that are no reservation." example:"1 Year"`
		Tier            string `query:"tier" doc:"Only the tier that begins here." example:"0"`
		RangeInput
		PointsInput
		TermInput
	}
	rateRestatedInput struct {
		RateFilters
		RestatedInput
		PageInput
		FormatInput
	}
)

// RateLineView is a rate's price over a range of valid time.
type RateLineView struct {
	RateIdentityView
	Steps []RateStepView `json:"steps" doc:"From each on, until the next, the price is this; the first is at the start of the range."`
	Whole int            `json:"whole" doc:"How many steps there were before they were thinned out."`
}

// RateStepView is where a rate's answer becomes another.
type RateStepView struct {
	At            time.Time  `json:"at"`
	Price         *string    `json:"price" format:"decimal" doc:"Null: none."`
	EffectiveFrom *time.Time `json:"effective_from" doc:"Start of the row that gives the price."`
	KnownAt       *time.Time `json:"known_at" doc:"When the answer became known; null when nothing was said."`
}

// RateRestatementView is a range of valid time in which what was said of a rate is not what is said.
type RateRestatementView struct {
	RateIdentityView
	From        time.Time      `json:"from"`
	To          time.Time      `json:"to"`
	Said        RateSayingView `json:"said"`
	Says        RateSayingView `json:"says"`
	MeterName   string         `json:"meter_name"`
	ProductName string         `json:"product_name"`
	ServiceName string         `json:"service_name"`
	Region      string         `json:"region"`
	Unit        string         `json:"unit_of_measure"`
}

// RateSayingView is the answer for a range of valid time.
type RateSayingView struct {
	Price         *string    `json:"price" format:"decimal" doc:"Null: none."`
	EffectiveFrom *time.Time `json:"effective_from"`
	KnownAt       *time.Time `json:"known_at" doc:"When it became known; null when nothing was said."`
}

func (s *server) registerRateSeries(api huma.API) {
	huma.Register(api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "rate-series", Method: http.MethodGet, Path: "/v1/rates/series", Summary: "The price of a meter's rates over time, for a chart", Tags: []string{"rates"},
		Description: "A line for each rate that matches, at most 100: its steps over a range of valid time, as known at an instant.",
	}, s.rateSeries)
	huma.Register(api, listed[pageOf[RateRestatementView]](api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "rate-restatements", Method: http.MethodGet, Path: "/v1/rates/restatements", Summary: "Where what was said of usage rates is not what is said now", Tags: []string{"rates"},
		Description: "Ranges of valid time in which the answer, as it was known when it became valid or at said_at, is not the one known at known_at.",
	}), s.rateRestatements)
}

func (s *server) rateSeries(ctx context.Context, in *rateSeriesInput) (*struct{ Body itemsOf[RateLineView] }, error) {
	var p params
	p.required("query.meter_id", in.MeterID)
	q := history.RateChart{
		PriceList: or(in.PriceList, rate.Retail), Currency: p.currency("query.currency", in.Currency), MeterID: in.MeterID, SKUID: in.SKUID, Type: in.Type,
		Tier: p.decimal("query.tier", in.Tier), Points: in.points(&p),
	}
	if in.termGiven {
		q.ReservationTerm = &in.ReservationTerm
	}
	q.From, q.To, q.KnownAt = s.during(&p, in.RangeInput)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	lines, err := s.history(ctx).ChartRates(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return &struct{ Body itemsOf[RateLineView] }{itemsOf[RateLineView]{views(lines, rateLineView)}}, nil
}

func (s *server) rateRestatements(ctx context.Context, in *rateRestatedInput) (*huma.StreamResponse, error) {
	var p params
	q := history.RateRestatements{RateFilter: in.filter(&p), SaidAt: p.instant("query.said_at", in.SaidAt, time.Time{})}
	q.From, q.To, q.KnownAt = s.during(&p, in.RangeInput)
	page, f := in.page(&p), in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		items := yielding(s.history(ctx).RestateRates, q, rateRestatementView)
		return sendTable(s, "rate-restatements", f, func(ctx context.Context) table[RateRestatementView] {
			return tableOf("Restatements", items(ctx), note("From", q.From), note("To", q.To), note("As known at", q.KnownAt))
		}), nil
	}
	q.Cursor = page.Cursor
	answer, err := cut(s.history(ctx).RestateRates(ctx, q), page.Size(),
		func(r history.RateRestatement) string { return history.RestatementCursor(r.Identity, r.Period.From) }, rateRestatementView)
	if err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(answer), nil
}

func rateLineView(l history.RateLine) RateLineView {
	currency := money.Currency(l.Identity.Currency)
	return RateLineView{rateIdentityView(l.Identity), views(l.Steps, func(step history.RateStep) RateStepView {
		said := rateSayingView(step.RateSaying, currency)
		return RateStepView{step.At, said.Price, said.EffectiveFrom, said.KnownAt}
	}), l.Whole}
}

func rateRestatementView(r history.RateRestatement) RateRestatementView {
	currency := money.Currency(r.Identity.Currency)
	return RateRestatementView{
		RateIdentityView: rateIdentityView(r.Identity), From: r.Period.From, To: r.Period.To, Said: rateSayingView(r.Said, currency), Says: rateSayingView(r.Says, currency),
		MeterName: r.Attributes.MeterName, ProductName: r.Attributes.ProductName, ServiceName: r.Attributes.ServiceName, Region: r.Attributes.ARMRegionName, Unit: r.Attributes.UnitOfMeasure,
	}
}

func rateSayingView(said history.RateSaying, currency money.Currency) RateSayingView {
	v := RateSayingView{EffectiveFrom: instantOrNull(said.EffectiveFrom), KnownAt: instantOrNull(said.KnownAt)}
	if !said.None {
		v.Price = amountOrNull(currency, &said.Price)
	}
	return v
}
