package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/current"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/meter"
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
	OperatingSystem string `query:"operating_system" doc:"Only what is for Windows, or for Linux, as far as that is known of it." example:"Linux"`
	PurchaseOption  string `query:"purchase_option" doc:"Only what is bought on-demand, spot, low-priority, dev-test, or as a reservation, as far as that is known of it." example:"spot"`

	TermInput
}

// TermInput learns whether the reservation term was given: given but empty asks for what is no reservation.
type TermInput struct{ termGiven bool }

// Resolve is huma.Resolver's.
func (in *TermInput) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	in.termGiven = u.Query().Has("reservation_term")
	return nil
}

// list is the question for the rates that are chosen.
func (in *RateFilters) list(p *params, asOf history.AsOf) history.RateList {
	q := history.RateList{
		PriceList: or(in.PriceList, rate.Retail), Currency: p.currency("query.currency", in.Currency), MeterID: in.MeterID, SKUID: in.SKUID, Type: in.Type,
		Tier: p.decimal("query.tier", in.Tier), Region: in.Region, Service: in.Service, AsOf: asOf,
		OperatingSystem: p.oneOf("query.operating_system", in.OperatingSystem, meter.Windows, meter.Linux),
		PurchaseOption: p.oneOf("query.purchase_option", in.PurchaseOption, meter.OnDemand, meter.Spot, meter.LowPriority, meter.DevTest,
			meter.Reserved),
	}
	if in.termGiven {
		q.ReservationTerm = &in.ReservationTerm
	}
	return q
}

type ratesInput struct {
	RateFilters
	WordsInput
	WatchInput
	AsOfInput
	PageInput
	FormatInput
}

func (s *server) registerRates(api huma.API) {
	huma.Register(api, aging(listed[pageOf[RateView]](api, huma.Operation{
		OperationID: "list-rates", Method: http.MethodGet, Path: "/v1/rates", Summary: "Usage rates as of an instant", Tags: []string{"rates"},
		Description: "With meter, SKU, type, reservation term and tier all given the answer holds exactly one rate, or is 404; otherwise, and with a watchlist, it is a list.",
	})), s.listRates)
	s.registerRateGroups(api)
	s.registerRateExport(api)
	s.registerRateLookup(api)
	s.registerRateDiff(api)
	s.registerRateSeries(api)
	huma.Register(api, huma.Operation{
		OperationID: "rate-history", Description: "Changes as they became known, and the ranges of valid time that each of them said something new of.", Method: http.MethodGet, Path: "/v1/rates/history", Summary: "Every period and change of one usage rate", Tags: []string{"rates"},
	}, s.rateHistory)
}

func (s *server) listRates(ctx context.Context, in *ratesInput) (*huma.StreamResponse, error) {
	var p params
	q := in.list(&p, s.asOf(&p, in.AsOfInput))
	q.Words = in.words()
	f := in.file(&p)
	q.Page = in.page(&p)
	if f != "" && in.Words != "" {
		p.wrong("query.words", "cannot be combined with a file, which holds the whole list")
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		return s.exportRates(ctx, &rateExportInput{RateFilters: in.RateFilters, WatchInput: in.WatchInput, AsOfInput: in.AsOfInput, Format: string(f)})
	}
	if in.Watchlist == "" && q.MeterID != "" && q.SKUID != "" && q.Type != "" && q.ReservationTerm != nil && q.Tier != nil {
		return s.oneRate(ctx, q, in.present())
	}
	reader, err := s.reader(ctx, in.WatchInput)
	if err != nil {
		return nil, problemOf(err)
	}
	page, err := reader.Rates(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(newPage(page.Items, page.Next, rateView)), nil
}

// oneRate answers a question that has one possible answer; one about now tells how old that is.
func (s *server) oneRate(ctx context.Context, q history.RateList, present bool) (*huma.StreamResponse, error) {
	identity := rate.Identity{
		PriceList: q.PriceList, Currency: or(q.Currency, defaultCurrency), MeterID: q.MeterID, SKUID: q.SKUID, Type: q.Type, ReservationTerm: *q.ReservationTerm, Tier: *q.Tier,
	}
	point := history.RatePoint{Identity: identity, AsOf: q.AsOf}
	var answer history.RateAnswer
	var fresh current.Freshness
	var err error
	if present {
		answer, fresh, err = s.presentRate(ctx, point)
	} else {
		answer, err = s.history(ctx).Rate(ctx, point)
	}
	if fault.Is(err, fault.NotFound) || err == nil && answer.None {
		return nil, problemOf(s.noRate(ctx, identity, q.AsOf))
	}
	if err != nil {
		return nil, problemOf(err)
	}
	view := jsonAnswer(newPage([]history.RateAnswer{answer}, "", rateView))
	if present {
		return aged(view, fresh, q.At), nil
	}
	return view, nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// or is s, or otherwise when s is empty.
func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
