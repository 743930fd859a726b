package api

import (
	"context"
	"iter"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
)

type priceDiffInput struct {
	Market    string `query:"market" doc:"ISO 3166; required." example:"US"`
	From      string `query:"from" doc:"Valid time before: a date or RFC 3339; required." example:"2026-11-30"`
	To        string `query:"to" doc:"Valid time after; required." example:"2026-12-01"`
	KnownFrom string `query:"known_from" doc:"Knowledge time before; now when empty." example:"2026-11-01"`
	KnownTo   string `query:"known_to" doc:"Knowledge time after; now when empty." example:"2026-11-15"`
	Currency  string `query:"currency" doc:"Only this currency." example:"USD"`
	Product   string `query:"product" doc:"Only this product." example:"CFQ7TTC0LH18"`
	Family    string `query:"family" doc:"Only this product family." example:"EMS"`
	Segment   string `query:"segment" doc:"Only this segment." example:"Education"`
	PageInput
	FormatInput
}

// PriceDifferenceView is a line whose price is another.
type PriceDifferenceView struct {
	LineIdentityView
	Change string           `json:"change" enum:"added,removed,price_changed,changed"`
	Before *PriceAnswerView `json:"before" doc:"Null: there was no price."`
	After  *PriceAnswerView `json:"after" doc:"Null: there is no price."`
}

func (s *server) registerPriceDiff(api huma.API) {
	huma.Register(api, listed[pageOf[PriceDifferenceView]](api, huma.Operation{
		OperationID: "diff-prices", Method: http.MethodGet, Path: "/v1/prices/diff", Summary: "What is different in a market's prices between two instants, on either axis of time", Tags: []string{"prices"},
	}), s.diffPrices)
}

func (s *server) diffPrices(ctx context.Context, in *priceDiffInput) (*huma.StreamResponse, error) {
	var p params
	p.required("query.market", in.Market)
	p.required("query.from", in.From)
	p.required("query.to", in.To)
	now := s.deps.Clock.Now().UTC()
	q := history.PriceDiff{
		Market: strings.ToUpper(in.Market), Product: in.Product, Family: in.Family, Segment: in.Segment, Currency: p.currency("query.currency", in.Currency),
		From: history.AsOf{At: p.instant("query.from", in.From, now), KnownAt: p.instant("query.known_from", in.KnownFrom, now)},
		To:   history.AsOf{At: p.instant("query.to", in.To, now), KnownAt: p.instant("query.known_to", in.KnownTo, now)},
	}
	page, f := in.page(&p), in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		name := "prices-" + strings.ToLower(q.Market) + "-" + q.From.At.Format("2006-01-02") + "-" + q.To.At.Format("2006-01-02")
		return sendTable(s, name, f, func(ctx context.Context) table[PriceDifferenceView] {
			return tableOf("Differences", s.priceDifferences(ctx, q),
				note("From", q.From.At), note("As known at", q.From.KnownAt), note("To", q.To.At), note("As known then at", q.To.KnownAt))
		}), nil
	}
	answer, err := s.priceDiffPage(ctx, q, page)
	if err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(answer), nil
}

func (s *server) priceDifferences(ctx context.Context, q history.PriceDiff) iter.Seq2[PriceDifferenceView, error] {
	return func(yield func(PriceDifferenceView, error) bool) {
		for d, err := range history.DiffPrices(ctx, s.deps.History, q) {
			if !yield(priceDifferenceView(d), err) {
				return
			}
		}
	}
}

// priceDiffPage returns a page of differences.
func (s *server) priceDiffPage(ctx context.Context, q history.PriceDiff, page history.Page) (pageOf[PriceDifferenceView], error) {
	q.Cursor = page.Cursor
	var found []history.PriceDifference
	next := ""
	for d, err := range history.DiffPrices(ctx, s.deps.History, q) {
		if err != nil {
			return pageOf[PriceDifferenceView]{}, err
		}
		if len(found) == page.Size() {
			next = history.PriceCursor(found[len(found)-1].Identity)
			break
		}
		found = append(found, d)
	}
	return newPage(found, next, priceDifferenceView), nil
}

func priceDifferenceView(d history.PriceDifference) PriceDifferenceView {
	return PriceDifferenceView{lineIdentityView(d.Identity), string(d.Change), priceAnswerView(d.Before), priceAnswerView(d.After)}
}
