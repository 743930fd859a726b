package api

import (
	"context"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

type rateHistoryInput struct {
	PriceList       string `query:"price_list" doc:"retail when empty." example:"retail"`
	Currency        string `query:"currency" doc:"USD when empty." example:"USD"`
	MeterID         string `query:"meter_id" doc:"Required." example:"00000000-0000-0000-0000-000000000000"`
	SKUID           string `query:"sku_id" doc:"Required." example:"DZH318Z0BPVW/00QZ"`
	Type            string `query:"type" doc:"Consumption when empty." example:"Consumption"`
	ReservationTerm string `query:"reservation_term" doc:"Empty: no reservation." example:"1 Year"`
	Tier            string `query:"tier" doc:"0 when empty." example:"0"`
}

// RateHistoryView is all that was ever known of a usage rate, in the order in which it became known.
type RateHistoryView struct {
	Changes []RateChangeView `json:"changes"`
	Periods []RatePeriodView `json:"periods"`
}

// RateChangeView is one change: what, when it became known, and why it counts as that.
type RateChangeView struct {
	KnownAt       time.Time  `json:"known_at"`
	Kind          string     `json:"kind"`
	Flags         string     `json:"flags" doc:"correction, backdated, expiring, upcoming, returned, savings_plan, included_quantity; separated by blanks."`
	PriceBefore   *string    `json:"price_before"`
	Price         *string    `json:"price"`
	EffectiveFrom *time.Time `json:"effective_from"`
	EffectiveTo   *time.Time `json:"effective_to"`
	MeterName     string     `json:"meter_name"`
	ProductName   string     `json:"product_name"`
	Crawl         string     `json:"crawl"`
}

// RatePeriodView is a range of valid time and the answer in it, believed from known_at on.
type RatePeriodView struct {
	KnownAt       time.Time  `json:"known_at"`
	ValidFrom     *time.Time `json:"valid_from" doc:"Null: always."`
	ValidTo       *time.Time `json:"valid_to" doc:"Null: open."`
	Price         *string    `json:"price" doc:"Null: none."`
	EffectiveFrom *time.Time `json:"effective_from"`
	Kind          string     `json:"kind"`
}

type rateHistoryOutput struct {
	Body RateHistoryView
}

func (s *server) rateHistory(ctx context.Context, in *rateHistoryInput) (*rateHistoryOutput, error) {
	var p params
	p.required("query.meter_id", in.MeterID)
	p.required("query.sku_id", in.SKUID)
	identity := rate.Identity{
		PriceList: or(in.PriceList, rate.Retail), Currency: or(p.currency("query.currency", in.Currency), defaultCurrency), MeterID: in.MeterID, SKUID: in.SKUID,
		Type: or(in.Type, consumption), ReservationTerm: in.ReservationTerm,
	}
	if tier := p.decimal("query.tier", in.Tier); tier != nil {
		identity.Tier = *tier
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	series, err := s.history(ctx).RateHistory(ctx, history.RateHistory{Identity: identity})
	if err != nil {
		return nil, problemOf(err)
	}
	return &rateHistoryOutput{historyView(series)}, nil
}

func historyView(series history.RateSeries) RateHistoryView {
	currency := money.Currency(series.Identity.Currency)
	v := RateHistoryView{Changes: make([]RateChangeView, 0, len(series.Changes)), Periods: make([]RatePeriodView, 0, len(series.Periods))}
	for _, c := range series.Changes {
		v.Changes = append(v.Changes, rateChangeView(c, currency))
	}
	for _, period := range series.Periods {
		view := RatePeriodView{
			KnownAt: period.KnownAt, ValidFrom: instantOrNull(period.From), ValidTo: instantOrNull(period.To), EffectiveFrom: instantOrNull(period.Start), Kind: string(period.Kind),
		}
		if !period.None {
			price := currency.Format(period.Price)
			view.Price = &price
		}
		v.Periods = append(v.Periods, view)
	}
	return v
}

func rateChangeView(c history.RateChange, currency money.Currency) RateChangeView {
	v := RateChangeView{KnownAt: c.KnownAt, Kind: string(c.Kind), Flags: flags(c.Change), Crawl: c.Crawl}
	if c.Before != nil {
		price := currency.Format(c.Before.Price)
		v.PriceBefore = &price
		v.MeterName, v.ProductName = c.Before.MeterName, c.Before.ProductName
	}
	if c.After != nil {
		price := currency.Format(c.After.Price)
		v.Price, v.EffectiveFrom, v.EffectiveTo = &price, instantOrNull(c.After.Effective.From), instantOrNull(c.After.Effective.To)
		v.MeterName, v.ProductName = c.After.MeterName, c.After.ProductName
	}
	return v
}

// flags are what else is true of a change, in words.
func flags(c rate.Change) string {
	var words []string
	for _, f := range []struct {
		on   bool
		word string
	}{
		{c.Returned, "returned"}, {c.Correction, "correction"}, {c.Backdated, "backdated"}, {c.Expiring, "expiring"}, {c.Upcoming, "upcoming"}, {c.Field != "", c.Field},
	} {
		if f.on {
			words = append(words, f.word)
		}
	}
	return strings.Join(words, " ")
}
