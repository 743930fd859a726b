package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// PriceFilterInput chooses licence prices of a market.
type PriceFilterInput struct {
	Market   string `query:"market" doc:"ISO 3166; required." example:"US"`
	Product  string `query:"product" doc:"Only this product." example:"CFQ7TTC0LH18"`
	SKU      string `query:"sku" doc:"Only this SKU; leading zeros may be missing." example:"0001"`
	Term     string `query:"term" doc:"Only this term." example:"P1M"`
	Billing  string `query:"billing" doc:"Only this billing plan." example:"Monthly"`
	Currency string `query:"currency" doc:"Only this currency." example:"USD"`
	Tier     string `query:"tier" doc:"Only the tier that begins here." example:"0"`
}

// ComparedInput chooses licence prices of a market, and the two instants between which they are compared.
type ComparedInput struct {
	PriceFilterInput
	Family  string `query:"family" doc:"Only this product family." example:"EMS"`
	Segment string `query:"segment" doc:"Only this segment." example:"Education"`
	WatchInput
	DiffInput
}

func (s *server) compared(p *params, in ComparedInput) history.PriceDiff {
	p.required("query.market", in.Market)
	q := history.PriceDiff{
		Market: p.market("query.market", in.Market), Product: in.Product, SKU: pricelist.PadSKU(in.SKU), Term: p.term("query.term", in.Term), Billing: in.Billing, Family: p.oneOf("query.family", in.Family, pricelist.Families()...),
		Segment: in.Segment, Currency: p.currency("query.currency", in.Currency), Tier: p.decimal("query.tier", in.Tier),
	}
	q.From, q.To = s.bothSides(p, in.DiffInput)
	return q
}

type (
	priceRestatedInput struct {
		PriceFilterInput
		RestatedInput
		PageInput
		FormatInput
	}
	priceMoversInput struct {
		ComparedInput
		MoversInput
		FormatInput
	}
)

// PriceRestatementView is a range of valid time in which the prices that were said are not those that are said.
type PriceRestatementView struct {
	LineIdentityView
	From time.Time       `json:"from"`
	To   time.Time       `json:"to"`
	Said PriceSayingView `json:"said"`
	Says PriceSayingView `json:"says"`
}

// PriceMoverView is a licence price that moved.
type PriceMoverView struct {
	PriceDifferenceView
	Amount  string  `json:"amount" format:"decimal" doc:"New unit price minus old; of the estimated retail price for who may not see what the partner pays."`
	Percent *string `json:"percent" format:"decimal" doc:"Of the old price, rounded to two decimals; null when that was 0."`
}

func (s *server) registerPriceRestatements(api huma.API) {
	huma.Register(api, listed[pageOf[PriceRestatementView]](api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "price-restatements", Method: http.MethodGet, Path: "/v1/prices/restatements", Summary: "Where the prices that were said of a market are not those that are said now", Tags: []string{"prices"},
		Description: "Ranges of valid time in which the prices, as they were known when they became valid or at said_at, are not those known at known_at.",
	}), s.priceRestatements)
	huma.Register(api, listed[pageOf[PriceMoverView]](api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "price-movers", Description: "One answer, at most 1,000 of them. Lines that are new or gone do not move.", Method: http.MethodGet, Path: "/v1/prices/movers", Summary: "The prices of a market that moved most between two instants, the farthest first", Tags: []string{"prices"},
	}), s.priceMovers)
}

func (s *server) priceRestatements(ctx context.Context, in *priceRestatedInput) (*huma.StreamResponse, error) {
	var p params
	p.required("query.market", in.Market)
	q := history.PriceRestatements{
		Market: p.market("query.market", in.Market), Product: in.Product, SKU: pricelist.PadSKU(in.SKU), Term: p.term("query.term", in.Term), Billing: in.Billing,
		Currency: p.currency("query.currency", in.Currency), Tier: p.decimal("query.tier", in.Tier), SaidAt: p.instant("query.said_at", in.SaidAt, time.Time{}),
	}
	q.From, q.To, q.KnownAt = s.during(&p, in.RangeInput)
	page, f := in.page(&p), in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		items := yielding(s.history(ctx).RestatePrices, q, priceRestatementView)
		return sendTable(s, "price-restatements", f, func(ctx context.Context) table[PriceRestatementView] {
			return tableOf("Restatements", items(ctx), note("From", q.From), note("To", q.To), note("As known at", q.KnownAt))
		}), nil
	}
	q.Cursor = page.Cursor
	answer, err := cut(s.history(ctx).RestatePrices(ctx, q), page.Size(),
		func(r history.PriceRestatement) string {
			return history.PriceRestatementCursor(r.Identity, r.Period.From)
		}, priceRestatementView)
	if err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(answer), nil
}

func (s *server) priceMovers(ctx context.Context, in *priceMoversInput) (*huma.StreamResponse, error) {
	var p params
	q := history.PriceMovers{PriceDiff: s.compared(&p, in.ComparedInput)}
	q.By, q.Limit = in.read(&p)
	f := in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	reader, err := s.reader(ctx, in.WatchInput)
	if err != nil {
		return nil, problemOf(err)
	}
	movers, err := history.MovePrices(ctx, reader, q)
	if err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		return sendTable(s, "price-movers", f, func(context.Context) table[PriceMoverView] {
			return tableOf("Movers", slice(movers, priceMoverView), note("From", q.From.At), note("To", q.To.At))
		}), nil
	}
	return jsonAnswer(newPage(movers, "", priceMoverView)), nil
}

func priceRestatementView(r history.PriceRestatement) PriceRestatementView {
	return PriceRestatementView{
		lineIdentityView(r.Identity), r.Period.From, r.Period.To, priceSayingView(r.Said, r.Identity.Currency), priceSayingView(r.Says, r.Identity.Currency),
	}
}

func priceMoverView(m history.PriceMover) PriceMoverView {
	return PriceMoverView{priceDifferenceView(m.PriceDifference), money.Currency(m.Identity.Currency).Format(m.Amount), percent(m.Percent)}
}
