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
	ComparedInput
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
		Metadata: map[string]any{isHeavy: true}, OperationID: "diff-prices", Description: "Valid time and knowledge time may both differ: what a list changes, and what was said otherwise before.", Method: http.MethodGet, Path: "/v1/prices/diff", Summary: "What is different in a market's prices between two instants, on either axis of time", Tags: []string{"prices"},
	}), s.diffPrices)
}

func (s *server) diffPrices(ctx context.Context, in *priceDiffInput) (*huma.StreamResponse, error) {
	var p params
	q := s.compared(&p, in.ComparedInput)
	page, f := in.page(&p), in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	reader, err := s.reader(ctx, in.WatchInput)
	if err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		name := "prices-" + strings.ToLower(q.Market) + "-" + q.From.At.Format("2006-01-02") + "-" + q.To.At.Format("2006-01-02")
		return sendTable(s, name, f, func(ctx context.Context) table[PriceDifferenceView] {
			return tableOf("Differences", priceDifferences(ctx, reader, q),
				note("From", q.From.At), note("As known at", q.From.KnownAt), note("To", q.To.At), note("As known then at", q.To.KnownAt))
		}), nil
	}
	answer, err := priceDiffPage(ctx, reader, q, page)
	if err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(answer), nil
}

func priceDifferences(ctx context.Context, reader history.PriceReader, q history.PriceDiff) iter.Seq2[PriceDifferenceView, error] {
	return func(yield func(PriceDifferenceView, error) bool) {
		for d, err := range history.DiffPrices(ctx, reader, q) {
			if !yield(priceDifferenceView(d), err) {
				return
			}
		}
	}
}

// priceDiffPage returns a page of differences.
func priceDiffPage(ctx context.Context, reader history.PriceReader, q history.PriceDiff, page history.Page) (pageOf[PriceDifferenceView], error) {
	q.Cursor = page.Cursor
	var found []history.PriceDifference
	next := ""
	for d, err := range history.DiffPrices(ctx, reader, q) {
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
