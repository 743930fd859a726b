package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// PriceLookupItem is one line of a lookup of licence prices.
type PriceLookupItem struct {
	Market   string `json:"market" doc:"ISO 3166."`
	Currency string `json:"currency,omitempty" doc:"Empty: every currency."`
	Product  string `json:"product" doc:"In a legacy list the offer id."`
	SKU      string `json:"sku" doc:"Leading zeros may be missing."`
	Term     string `json:"term"`
	Billing  string `json:"billing"`
	Tier     Number `json:"tier,omitempty" doc:"Tier minimum; empty: every tier."`
	At       string `json:"at,omitempty" doc:"Valid time: a date or RFC 3339; now when empty."`
	KnownAt  string `json:"known_at,omitempty" doc:"Knowledge time; now when empty."`
}

// PriceLookupView is the answer to one line.
type PriceLookupView struct {
	Prices []SourcedPriceView `json:"prices" doc:"The prices that match and are there then, in the order of currency and tier; empty: none."`
}

// SourcedPriceView is a price with the place that it is told at.
type SourcedPriceView struct {
	PriceView

	Source SourceView `json:"source"`
}

func sourcedPriceView(a history.PriceAnswer) SourcedPriceView {
	return SourcedPriceView{priceView(a), sourceView(a.Source)}
}

func (s *server) registerPriceLookup(api huma.API) {
	lookup[PriceLookupItem, history.PriceLookup, history.PriceAnswer, PriceLookupView]{
		readPriceLookup, func(ctx context.Context, lines []history.PriceLookup) ([][]history.PriceAnswer, error) {
			return s.history(ctx).LookupPrices(ctx, lines)
		}, func(prices []history.PriceAnswer) PriceLookupView {
			return PriceLookupView{views(prices, sourcedPriceView)}
		},
	}.register(s, api, huma.Operation{
		OperationID: "lookup-prices", Method: http.MethodPost, Path: "/v1/prices:lookup", Summary: "Many licence prices at once, each as of instants of its own", Tags: []string{"prices"},
		Description: "Up to 100,000 lines, answered in their order. A line that nothing matches then is answered with no price.",
	}, PriceLookupItem{
		Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1M", Billing: "Monthly", Tier: "0", At: "2026-12-05", KnownAt: "2026-11-02",
	})
}

func readPriceLookup(l line, i PriceLookupItem, now time.Time) history.PriceLookup {
	return history.PriceLookup{
		Market: l.market(l.place("market"), l.text("market", i.Market, true)), Currency: l.currency(l.place("currency"), i.Currency),
		Product: l.text("product", i.Product, true), SKU: pricelist.PadSKU(l.text("sku", i.SKU, true)), Term: l.term(l.place("term"), l.text("term", i.Term, true)),
		Billing: l.text("billing", i.Billing, true), Tier: l.decimal(l.place("tier"), string(i.Tier)), AsOf: l.asOf(i.At, i.KnownAt, now),
	}
}
