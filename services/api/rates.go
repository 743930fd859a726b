package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// defaultCurrency is the one in which Azure's rates are prices; the others are converted for reference.
const defaultCurrency = "USD"

// RateFilters choose usage rates.
type RateFilters struct {
	PriceList       string `query:"price_list" doc:"Price list; retail when empty." example:"retail"`
	Currency        string `query:"currency" doc:"Only this currency." example:"USD"`
	MeterID         string `query:"meter_id" doc:"Only this meter." example:"00000000-0000-0000-0000-000000000000"`
	SKUID           string `query:"sku_id" doc:"Only this SKU." example:"DZH318Z0BPVW/00QZ"`
	Type            string `query:"type" doc:"Only this type." example:"Consumption"`
	ReservationTerm string `query:"reservation_term" doc:"Only this term; given but empty: rates that are no reservation." example:"1 Year"`
	Tier            string `query:"tier" doc:"Only the tier that begins here." example:"0"`
	Region          string `query:"region" doc:"Only this ARM region." example:"westeurope"`
	Service         string `query:"service" doc:"Only this service." example:"Virtual Machines"`

	termGiven bool
}

// Resolve learns whether the reservation term was given: given but empty asks for what is no reservation.
func (in *RateFilters) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	in.termGiven = u.Query().Has("reservation_term")
	return nil
}

// list is the question for the rates that are chosen.
func (in *RateFilters) list(p *params, asOf history.AsOf) history.RateList {
	q := history.RateList{
		PriceList: or(in.PriceList, rate.Retail), Currency: p.currency("query.currency", in.Currency), MeterID: in.MeterID, SKUID: in.SKUID, Type: in.Type,
		Tier: p.decimal("query.tier", in.Tier), Region: in.Region, Service: in.Service, AsOf: asOf,
	}
	if in.termGiven {
		q.ReservationTerm = &in.ReservationTerm
	}
	return q
}

type ratesInput struct {
	RateFilters
	AsOfInput
	PageInput
	FormatInput
}

// RateView is what is known of a usage rate at an instant.
type RateView struct {
	PriceList       string            `json:"price_list"`
	Currency        string            `json:"currency"`
	MeterID         string            `json:"meter_id"`
	SKUID           string            `json:"sku_id"`
	Type            string            `json:"type"`
	ReservationTerm string            `json:"reservation_term"`
	Tier            string            `json:"tier" format:"decimal" doc:"Tier minimum units."`
	Price           string            `json:"price" format:"decimal" doc:"Exact; for a reservation the total of the term."`
	EffectiveFrom   *time.Time        `json:"effective_from" doc:"Start of the row that gives the price."`
	ValidTo         *time.Time        `json:"valid_to" doc:"When the answer ends, as known; null: open."`
	KnownAt         time.Time         `json:"known_at" doc:"When the answer became known."`
	MeterName       string            `json:"meter_name"`
	ProductID       string            `json:"product_id"`
	ProductName     string            `json:"product_name"`
	SKUName         string            `json:"sku_name"`
	ServiceName     string            `json:"service_name"`
	ServiceID       string            `json:"service_id"`
	ServiceFamily   string            `json:"service_family"`
	UnitOfMeasure   string            `json:"unit_of_measure"`
	Region          string            `json:"region"`
	Location        string            `json:"location"`
	ARMSKUName      string            `json:"arm_sku_name"`
	IsPrimaryRegion string            `json:"is_primary_meter_region"`
	SavingsPlans    []SavingsPlanView `json:"savings_plans"`
}

// SavingsPlanView is an hourly price under a savings plan.
type SavingsPlanView struct {
	Term  string `json:"term"`
	Price string `json:"price"`
}

func (s *server) registerRates(api huma.API) {
	huma.Register(api, listed[pageOf[RateView]](api, huma.Operation{
		OperationID: "list-rates", Method: http.MethodGet, Path: "/v1/rates", Summary: "Usage rates as of an instant", Tags: []string{"rates"},
		Description: "With meter, SKU, type, reservation term and tier all given the answer holds exactly one rate, or is 404; otherwise it is a list.",
	}), s.listRates)
	s.registerRateExport(api)
	huma.Register(api, huma.Operation{
		OperationID: "rate-history", Method: http.MethodGet, Path: "/v1/rates/history", Summary: "Every period and change of one usage rate", Tags: []string{"rates"},
	}, s.rateHistory)
}

func (s *server) listRates(ctx context.Context, in *ratesInput) (*huma.StreamResponse, error) {
	var p params
	q := in.list(&p, s.asOf(&p, in.AsOfInput))
	f := in.file(&p)
	q.Page = in.page(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		return s.exportRates(ctx, &rateExportInput{RateFilters: in.RateFilters, AsOfInput: in.AsOfInput, Format: string(f)})
	}
	if q.MeterID != "" && q.SKUID != "" && q.Type != "" && q.ReservationTerm != nil && q.Tier != nil {
		return s.oneRate(ctx, q)
	}
	page, err := s.deps.History.Rates(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(newPage(page.Items, page.Next, rateView)), nil
}

// oneRate answers a question that has one possible answer.
func (s *server) oneRate(ctx context.Context, q history.RateList) (*huma.StreamResponse, error) {
	identity := rate.Identity{
		PriceList: q.PriceList, Currency: or(q.Currency, defaultCurrency), MeterID: q.MeterID, SKUID: q.SKUID, Type: q.Type, ReservationTerm: *q.ReservationTerm, Tier: *q.Tier,
	}
	answer, err := s.deps.History.Rate(ctx, history.RatePoint{Identity: identity, AsOf: q.AsOf})
	if err != nil {
		return nil, problemOf(err)
	}
	if answer.None {
		return nil, problemOf(noRate(answer, q.AsOf))
	}
	return jsonAnswer(newPage([]history.RateAnswer{answer}, "", rateView)), nil
}

// noRate says what is known about a rate that has no price.
func noRate(a history.RateAnswer, asOf history.AsOf) error {
	e := fault.New(fault.NotFound, "there is no price at %s, as known at %s", stamp(asOf.At), stamp(asOf.KnownAt))
	switch {
	case a.KnownAt.IsZero():
		return e.WithHint("nothing was ever said of that instant; see when it was: pricewire rate history")
	case !a.ValidTo.IsZero():
		return e.WithHint("known since %s; a price begins at %s", stamp(a.KnownAt), stamp(a.ValidTo))
	}
	return e.WithHint("known since %s, and no later price is known; see pricewire rate history", stamp(a.KnownAt))
}

func rateView(a history.RateAnswer) RateView {
	currency := money.Currency(a.Identity.Currency)
	v := RateView{
		PriceList: a.Identity.PriceList, Currency: a.Identity.Currency, MeterID: a.Identity.MeterID, SKUID: a.Identity.SKUID, Type: a.Identity.Type,
		ReservationTerm: a.Identity.ReservationTerm, Tier: a.Identity.Tier.String(), Price: currency.Format(a.Price),
		EffectiveFrom: instantOrNull(a.EffectiveFrom), ValidTo: instantOrNull(a.ValidTo), KnownAt: a.KnownAt,
		MeterName: a.Attributes.MeterName, ProductID: a.Attributes.ProductID, ProductName: a.Attributes.ProductName, SKUName: a.Attributes.SKUName,
		ServiceName: a.Attributes.ServiceName, ServiceID: a.Attributes.ServiceID, ServiceFamily: a.Attributes.ServiceFamily, UnitOfMeasure: a.Attributes.UnitOfMeasure,
		Region: a.Attributes.ARMRegionName, Location: a.Attributes.Location, ARMSKUName: a.Attributes.ARMSKUName, IsPrimaryRegion: a.Attributes.IsPrimaryMeterRegion,
		SavingsPlans: make([]SavingsPlanView, 0, len(a.SavingsPlans)),
	}
	for _, plan := range a.SavingsPlans {
		v.SavingsPlans = append(v.SavingsPlans, SavingsPlanView{plan.Term, currency.Format(plan.Price)})
	}
	return v
}

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
	Flags         string     `json:"flags" doc:"correction, backdated, expiring, upcoming, returned, savings_plan; separated by blanks."`
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
		Type: or(in.Type, "Consumption"), ReservationTerm: in.ReservationTerm,
	}
	if tier := p.decimal("query.tier", in.Tier); tier != nil {
		identity.Tier = *tier
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	series, err := s.deps.History.RateHistory(ctx, history.RateHistory{Identity: identity})
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

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// or is s, or otherwise when s is empty.
func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
