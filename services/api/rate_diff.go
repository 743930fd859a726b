package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// RateIdentityView names a usage rate.
type RateIdentityView struct {
	PriceList       string `json:"price_list"`
	Currency        string `json:"currency"`
	MeterID         string `json:"meter_id"`
	SKUID           string `json:"sku_id"`
	Type            string `json:"type"`
	ReservationTerm string `json:"reservation_term"`
	Tier            string `json:"tier" format:"decimal" doc:"Tier minimum units."`
}

func rateIdentityView(id rate.Identity) RateIdentityView {
	return RateIdentityView{id.PriceList, id.Currency, id.MeterID, id.SKUID, id.Type, id.ReservationTerm, id.Tier.String()}
}

// RateDifferenceView is a rate that is otherwise.
type RateDifferenceView struct {
	RateIdentityView
	Change string    `json:"change" enum:"added,removed,price_changed,changed" doc:"changed: the start of the row, an attribute, a savings plan."`
	Before *RateView `json:"before" doc:"Null: there was no price."`
	After  *RateView `json:"after" doc:"Null: there is no price."`
}

// RateMoverView is a rate whose price moved.
type RateMoverView struct {
	RateDifferenceView
	Amount  string  `json:"amount" format:"decimal" doc:"New price minus old."`
	Percent *string `json:"percent" format:"decimal" doc:"Of the old price, rounded to two decimals; null when that was 0."`
}

type (
	rateDiffInput struct {
		RateFilters
		WatchInput
		DiffInput
		PageInput
		FormatInput
	}
	rateMoversInput struct {
		RateFilters
		WatchInput
		DiffInput
		MoversInput
		FormatInput
	}
)

func (s *server) registerRateDiff(api huma.API) {
	huma.Register(api, listed[pageOf[RateDifferenceView]](api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "diff-rates", Description: "Valid time and knowledge time may both differ: what changed in the world, and what was learned of the past.", Method: http.MethodGet, Path: "/v1/rates/diff", Summary: "What is different in usage rates between two instants, on either axis of time", Tags: []string{"rates"},
	}), s.diffRates)
	huma.Register(api, listed[pageOf[RateMoverView]](api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "rate-movers", Description: "One answer, at most 1,000 of them. Rates that are new or gone do not move.", Method: http.MethodGet, Path: "/v1/rates/movers", Summary: "The usage rates whose price moved most between two instants, the farthest first", Tags: []string{"rates"},
	}), s.rateMovers)
}

// filter is what the parameters choose rates by.
func (in *RateFilters) filter(p *params) history.RateFilter {
	q := in.list(p, history.AsOf{})
	return history.RateFilter{
		PriceList: q.PriceList, Currency: q.Currency, MeterID: q.MeterID, SKUID: q.SKUID, Type: q.Type, ReservationTerm: q.ReservationTerm, Tier: q.Tier,
		Region: q.Region, Service: q.Service, OperatingSystem: q.OperatingSystem, PurchaseOption: q.PurchaseOption,
	}
}

func (s *server) diffRates(ctx context.Context, in *rateDiffInput) (*huma.StreamResponse, error) {
	var p params
	q := history.RateDiff{RateFilter: in.filter(&p)}
	q.From, q.To = s.bothSides(&p, in.DiffInput)
	page, f := in.page(&p), in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	reader, err := s.reader(ctx, in.WatchInput)
	if err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		items := yielding(reader.DiffRates, q, rateDifferenceView)
		return sendTable(s, "rates-"+q.From.At.Format("2006-01-02")+"-"+q.To.At.Format("2006-01-02"), f, func(ctx context.Context) table[RateDifferenceView] {
			return tableOf("Differences", items(ctx),
				note("From", q.From.At), note("As known at", q.From.KnownAt), note("To", q.To.At), note("As known then at", q.To.KnownAt))
		}), nil
	}
	q.Cursor = page.Cursor
	answer, err := cut(reader.DiffRates(ctx, q), page.Size(), func(d history.RateDifference) string { return history.RateCursor(d.Identity) }, rateDifferenceView)
	if err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(answer), nil
}

func (s *server) rateMovers(ctx context.Context, in *rateMoversInput) (*huma.StreamResponse, error) {
	var p params
	q := history.RateMovers{RateFilter: in.filter(&p)}
	q.From, q.To = s.bothSides(&p, in.DiffInput)
	q.By, q.Limit = in.read(&p)
	f := in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	reader, err := s.reader(ctx, in.WatchInput)
	if err != nil {
		return nil, problemOf(err)
	}
	movers, err := history.MoveRates(ctx, reader, q)
	if err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		return sendTable(s, "rate-movers", f, func(context.Context) table[RateMoverView] {
			return tableOf("Movers", slice(movers, rateMoverView), note("From", q.From.At), note("To", q.To.At))
		}), nil
	}
	return jsonAnswer(newPage(movers, "", rateMoverView)), nil
}

func rateViewOrNull(a *history.RateAnswer) *RateView {
	if a == nil {
		return nil
	}
	v := rateView(*a)
	return &v
}

func rateDifferenceView(d history.RateDifference) RateDifferenceView {
	return RateDifferenceView{rateIdentityView(d.Identity), string(d.Change), rateViewOrNull(d.Before), rateViewOrNull(d.After)}
}

func rateMoverView(m history.RateMover) RateMoverView {
	return RateMoverView{rateDifferenceView(m.RateDifference), money.Currency(m.Identity.Currency).Format(m.Amount), percent(m.Percent)}
}
