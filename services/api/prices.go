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
)

type pricesInput struct {
	Market   string `query:"market" doc:"ISO 3166; required." example:"US"`
	Product  string `query:"product" example:"CFQ7TTC0LH18"`
	SKU      string `query:"sku" example:"0001"`
	Term     string `query:"term" example:"P1M"`
	Billing  string `query:"billing" example:"Monthly"`
	Currency string `query:"currency" example:"USD"`
	Tier     string `query:"tier" example:"0"`
	AsOfInput
	PageInput
}

// PriceView is what is known of a licence price at an instant.
type PriceView struct {
	LineIdentityView
	UnitPrice    string     `json:"unit_price" doc:"What the partner pays."`
	ERPPrice     string     `json:"erp_price" doc:"Estimated retail price."`
	PriceBasis   string     `json:"price_basis" enum:"term,month"`
	ValidFrom    *time.Time `json:"valid_from" doc:"Since when the answer holds; null: always."`
	ValidTo      *time.Time `json:"valid_to" doc:"When the answer ends, as known; null: open."`
	StartsAt     *time.Time `json:"starts_at" doc:"Start of the line, as its list has it; null: always."`
	KnownAt      time.Time  `json:"known_at" doc:"When the answer became known."`
	Release      string     `json:"release" doc:"The release whose line it is: the one that last changed it."`
	InForce      string     `json:"in_force" doc:"The release in force."`
	ProductTitle string     `json:"product_title"`
	SKUTitle     string     `json:"sku_title"`
	Publisher    string     `json:"publisher"`
	Description  string     `json:"description"`
	Unit         string     `json:"unit"`
	EndOfSale    string     `json:"end_of_sale"`
	Segment      string     `json:"segment"`
	Tags         string     `json:"tags"`
}

type pricesOutput struct {
	Body pageOf[PriceView]
}

func (s *server) registerPrices(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-prices", Method: http.MethodGet, Path: "/v1/prices", Summary: "Licence prices as of an instant", Tags: []string{"prices"},
		Description: "With product, SKU, term and billing plan all given it answers with the lines of every currency and tier that match, or 404.",
	}, s.listPrices)
}

func (s *server) listPrices(ctx context.Context, in *pricesInput) (*pricesOutput, error) {
	var p params
	p.required("query.market", in.Market)
	q := history.PriceList{
		Market: strings.ToUpper(in.Market), Product: in.Product, SKU: padded(in.SKU), Term: in.Term, Billing: in.Billing,
		Currency: p.currency("query.currency", in.Currency), Tier: p.decimal("query.tier", in.Tier), AsOf: s.asOf(&p, in.AsOfInput), Page: in.page(&p),
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	page, err := s.deps.History.Prices(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	if len(page.Items) == 0 && q.Product != "" && q.SKU != "" && q.Term != "" && q.Billing != "" {
		return nil, problemOf(noPrice(page.InForce, q))
	}
	return &pricesOutput{newPage(page.Items, page.Next, priceView)}, nil
}

// noPrice says what is known where a line has no price.
func noPrice(inForce string, q history.PriceList) error {
	e := fault.New(fault.NotFound, "%s %s %s %s has no price in %s at %s, as known at %s", q.Product, q.SKU, q.Term, q.Billing, q.Market, stamp(q.At), stamp(q.KnownAt))
	if inForce == "" {
		return e.WithHint("no release was in force in %s then; see pricewire release list --market %s", q.Market, q.Market)
	}
	return e.WithHint("%s is in force then and has no such line; see pricewire price list --market %s", inForce, q.Market)
}

// padded restores the leading zeros that spreadsheets take from a SKU of digits.
func padded(sku string) string {
	if sku == "" || len(sku) >= 4 || strings.Trim(sku, "0123456789") != "" {
		return sku
	}
	return strings.Repeat("0", 4-len(sku)) + sku
}

func priceView(a history.PriceAnswer) PriceView {
	currency := money.Currency(a.Identity.Currency)
	return PriceView{
		LineIdentityView: lineIdentityView(a.Identity), UnitPrice: currency.Format(a.UnitPrice), ERPPrice: currency.Format(a.ERPPrice), PriceBasis: string(a.Basis),
		ValidFrom: instantOrNull(a.Valid.From), ValidTo: instantOrNull(a.Valid.To), StartsAt: instantOrNull(a.Starts), KnownAt: a.KnownAt,
		Release: a.Release, InForce: a.InForce, ProductTitle: a.ProductTitle, SKUTitle: a.SKUTitle, Publisher: a.Publisher,
		Description: a.Description, Unit: a.Unit, EndOfSale: a.EndOfSale, Segment: a.Segment, Tags: a.Tags,
	}
}
