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

// PriceChoiceInput names a licence price.
type PriceChoiceInput struct {
	Market   string `query:"market" doc:"ISO 3166; required." example:"US"`
	Product  string `query:"product" doc:"Required; in a legacy list the offer id." example:"CFQ7TTC0LH18"`
	SKU      string `query:"sku" doc:"Required; leading zeros may be missing." example:"0001"`
	Term     string `query:"term" doc:"Required." example:"P1M"`
	Billing  string `query:"billing" doc:"Required." example:"Monthly"`
	Currency string `query:"currency" doc:"Only this currency." example:"USD"`
	Tier     string `query:"tier" doc:"Only the tier that begins here." example:"0"`
}

func (in *PriceChoiceInput) choice(p *params) history.PriceChoice {
	for _, f := range [][2]string{{"market", in.Market}, {"product", in.Product}, {"sku", in.SKU}, {"term", in.Term}, {"billing", in.Billing}} {
		p.required("query."+f[0], f[1])
	}
	return history.PriceChoice{
		Market: p.market("query.market", in.Market), Product: in.Product, SKU: pricelist.PadSKU(in.SKU), Term: p.term("query.term", in.Term), Billing: in.Billing,
		Currency: p.currency("query.currency", in.Currency), Tier: p.decimal("query.tier", in.Tier),
	}
}

type (
	priceHistoryInput struct {
		PriceChoiceInput
		FormatInput
	}
	priceSeriesInput struct {
		PriceChoiceInput
		RangeInput
		PointsInput
	}
)

// PricePeriodView is a range of valid time and the answer in it, believed from known_at on.
type PricePeriodView struct {
	LineIdentityView
	ValidFrom *time.Time `json:"valid_from" doc:"Null: always."`
	ValidTo   *time.Time `json:"valid_to" doc:"Null: open."`
	PriceSayingView
	Change      string `json:"change" doc:"Kind of the change that it came with."`
	PublishedIn string `json:"published_in" doc:"The release whose publication, or withdrawal, said it."`
	Withdrawal  int    `json:"withdrawal" doc:"The release's n-th withdrawal, from 1; 0: its publication."`
}

// PriceSayingView is the answer for a range of valid time.
type PriceSayingView struct {
	UnitPrice  Cost       `json:"unit_price,omitzero" format:"decimal" doc:"What the partner pays; null: none; not there for who may not see it."`
	ERPPrice   *string    `json:"erp_price" format:"decimal" doc:"Estimated retail price; null: none."`
	PriceBasis string     `json:"price_basis" doc:"term or month; empty where there is no price."`
	KnownAt    *time.Time `json:"known_at" doc:"When it became known; null when nothing was said."`
	Release    string     `json:"release" doc:"Whose line it is, or that says that there is none."`
}

// PriceLineView is a licence price over a range of valid time.
type PriceLineView struct {
	LineIdentityView
	Steps []PriceStepView `json:"steps" doc:"From each on, until the next, the price is this; the first is at the start of the range."`
	Whole int             `json:"whole" doc:"How many steps there were before they were thinned out."`
}

// PriceStepView is where a licence price becomes another.
type PriceStepView struct {
	At time.Time `json:"at"`
	PriceSayingView
}

func (s *server) registerPriceSeries(api huma.API) {
	huma.Register(api, listed[pageOf[PricePeriodView]](api, huma.Operation{
		OperationID: "price-history", Description: "In the order in which it became known. It ends with what is believed now.", Method: http.MethodGet, Path: "/v1/prices/history", Summary: "Every period of a licence price, with when it was known and by which release", Tags: []string{"prices"},
	}), s.priceHistory)
	huma.Register(api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "price-series", Method: http.MethodGet, Path: "/v1/prices/series", Summary: "A licence price over time, for a chart", Tags: []string{"prices"},
		Description: "A line for each currency and tier that matches: its steps over a range of valid time, as known at an instant.",
	}, s.priceSeries)
	s.registerPriceRestatements(api)
}

func (s *server) priceHistory(ctx context.Context, in *priceHistoryInput) (*huma.StreamResponse, error) {
	var p params
	q := history.PriceHistory{PriceChoice: in.choice(&p)}
	f := in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	periods, err := s.history(ctx).PriceHistory(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		return sendTable(s, "price-history", f, func(context.Context) table[PricePeriodView] {
			return tableOf("History", slice(periods, pricePeriodView))
		}), nil
	}
	return jsonAnswer(newPage(periods, "", pricePeriodView)), nil
}

func (s *server) priceSeries(ctx context.Context, in *priceSeriesInput) (*struct{ Body itemsOf[PriceLineView] }, error) {
	var p params
	q := history.PriceChart{PriceChoice: in.choice(&p), Points: in.points(&p)}
	q.From, q.To, q.KnownAt = s.during(&p, in.RangeInput)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	lines, err := s.history(ctx).ChartPrices(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return &struct{ Body itemsOf[PriceLineView] }{itemsOf[PriceLineView]{views(lines, priceLineView)}}, nil
}

func pricePeriodView(p history.PricePeriod) PricePeriodView {
	return PricePeriodView{
		LineIdentityView: lineIdentityView(p.Identity), ValidFrom: instantOrNull(p.Period.From), ValidTo: instantOrNull(p.Period.To),
		PriceSayingView: priceSayingView(p.PriceSaying, p.Identity.Currency), Change: string(p.Change), PublishedIn: p.PublishedIn, Withdrawal: p.Withdrawal,
	}
}

func priceLineView(l history.PriceLine) PriceLineView {
	return PriceLineView{lineIdentityView(l.Identity), views(l.Steps, func(step history.PriceStep) PriceStepView {
		return PriceStepView{step.At, priceSayingView(step.PriceSaying, l.Identity.Currency)}
	}), l.Whole}
}

func priceSayingView(said history.PriceSaying, code string) PriceSayingView {
	v := PriceSayingView{UnitPrice: costOrNull(nil), PriceBasis: string(said.Basis), KnownAt: instantOrNull(said.KnownAt), Release: said.Release}
	if currency := money.Currency(code); !said.None {
		v.UnitPrice, v.ERPPrice = NewCost(currency.Format(said.UnitPrice)), amountOrNull(currency, &said.ERPPrice)
	}
	return v
}
