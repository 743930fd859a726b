package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/current"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

type pricesInput struct {
	Market   string `query:"market" doc:"ISO 3166; required." example:"US"`
	Product  string `query:"product" doc:"Only this product; in a legacy list the offer id." example:"CFQ7TTC0LH18"`
	SKU      string `query:"sku" doc:"Only this SKU; leading zeros may be missing." example:"0001"`
	Term     string `query:"term" doc:"Only this term." example:"P1M"`
	Billing  string `query:"billing" doc:"Only this billing plan." example:"Monthly"`
	Currency string `query:"currency" doc:"Only this currency." example:"USD"`
	Tier     string `query:"tier" doc:"Only the tier that begins here." example:"0"`
	Family   string `query:"family" doc:"Only this product family: Office 365, EMS, Dynamics CRM or other." example:"EMS"`
	Segment  string `query:"segment" doc:"Only this segment." example:"Education"`
	WordsInput
	WatchInput
	AsOfInput
	PageInput
	FormatInput
}

// PriceView is what is known of a licence price at an instant.
type PriceView struct {
	LineIdentityView
	PriceAnswerView
}

// PriceAnswerView is what is known of a line at an instant.
type PriceAnswerView struct {
	UnitPrice    Cost       `json:"unit_price,omitzero" format:"decimal" doc:"What the partner pays; not there for who may not see it."`
	ERPPrice     string     `json:"erp_price" format:"decimal" doc:"Estimated retail price."`
	PriceBasis   string     `json:"price_basis" enum:"term,month"`
	ValidFrom    *time.Time `json:"valid_from" doc:"Since when the answer holds; null: always."`
	ValidTo      *time.Time `json:"valid_to" doc:"When the answer ends, as known; null: open."`
	StartsAt     *time.Time `json:"starts_at" doc:"Start of the line, as its list has it; null: always."`
	KnownAt      time.Time  `json:"known_at" doc:"When the answer became known."`
	Release      string     `json:"release" doc:"The release whose line it is: the one that last changed it."`
	InForce      string     `json:"in_force" doc:"The release in force."`
	Family       string     `json:"family" doc:"Product family, derived from the titles: Office 365, EMS, Dynamics CRM or other; empty where it was kept before families were."`
	ProductTitle string     `json:"product_title"`
	SKUTitle     string     `json:"sku_title"`
	Publisher    string     `json:"publisher"`
	Description  string     `json:"description"`
	Unit         string     `json:"unit"`
	EndOfSale    string     `json:"end_of_sale"`
	Segment      string     `json:"segment"`
	Tags         string     `json:"tags"`
}

func (s *server) registerPrices(api huma.API) {
	huma.Register(api, aging(listed[pageOf[PriceView]](api, huma.Operation{
		OperationID: "list-prices", Method: http.MethodGet, Path: "/v1/prices", Summary: "Licence prices as of an instant", Tags: []string{"prices"},
		Description: "With product, SKU, term and billing plan all given it answers with the lines of every currency and tier that match, or 404. " +
			"As CSV, a workbook or Parquet it is the price list as partners get it, with its official columns; as JSON or NDJSON the items as in pages.",
	})), s.listPrices)
	s.registerPriceDiff(api)
	s.registerPriceLookup(api)
	s.registerPriceSeries(api)
}

func (s *server) listPrices(ctx context.Context, in *pricesInput) (*huma.StreamResponse, error) {
	var p params
	p.required("query.market", in.Market)
	q := history.PriceList{
		Market: p.market("query.market", in.Market), Product: in.Product, SKU: pricelist.PadSKU(in.SKU), Term: p.term("query.term", in.Term), Billing: in.Billing, Family: p.oneOf("query.family", in.Family, pricelist.Families()...), Segment: in.Segment,
		Currency: p.currency("query.currency", in.Currency), Tier: p.decimal("query.tier", in.Tier), Words: in.words(), AsOf: s.asOf(&p, in.AsOfInput), Page: in.page(&p),
	}
	f := in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	reader, err := s.reader(ctx, in.WatchInput)
	if err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		return s.priceFile(reader, q, f), nil
	}
	single := in.Watchlist == "" && q.Product != "" && q.SKU != "" && q.Term != "" && q.Billing != ""
	present := single && in.present()
	var page history.PricePage
	var fresh current.Freshness
	if present {
		page, fresh, err = s.presentPrices(ctx, q)
	} else {
		page, err = reader.Prices(ctx, q)
	}
	if err != nil {
		return nil, problemOf(err)
	}
	if len(page.Items) == 0 && single {
		return nil, problemOf(noPrice(page.InForce, q))
	}
	view := jsonAnswer(newPage(page.Items, page.Next, priceView))
	if present {
		return aged(view, fresh, q.At), nil
	}
	return view, nil
}

// noPrice says what is known where a line has no price.
func noPrice(inForce string, q history.PriceList) error {
	e := fault.New(fault.NotFound, "%s %s %s %s has no price in %s at %s, as known at %s", q.Product, q.SKU, q.Term, q.Billing, q.Market, stamp(q.At), stamp(q.KnownAt))
	if inForce == "" {
		return e.WithHint("no release was in force in %s then; see pricewire release list --market %s", q.Market, q.Market)
	}
	return e.WithHint("%s is in force then and has no such line; see pricewire price list --market %s", inForce, q.Market)
}

func priceView(a history.PriceAnswer) PriceView {
	return PriceView{lineIdentityView(a.Identity), *priceAnswerView(&a)}
}

// priceAnswerView is nil for no answer.
func priceAnswerView(a *history.PriceAnswer) *PriceAnswerView {
	if a == nil {
		return nil
	}
	currency := money.Currency(a.Identity.Currency)
	return &PriceAnswerView{
		UnitPrice: NewCost(currency.Format(a.UnitPrice)), ERPPrice: currency.Format(a.ERPPrice), PriceBasis: string(a.Basis), ValidFrom: instantOrNull(a.Valid.From),
		ValidTo: instantOrNull(a.Valid.To), StartsAt: instantOrNull(a.Starts), KnownAt: a.KnownAt, Release: a.Release, InForce: a.InForce, Family: a.Family,
		ProductTitle: a.ProductTitle, SKUTitle: a.SKUTitle, Publisher: a.Publisher, Description: a.Description, Unit: a.Unit, EndOfSale: a.EndOfSale,
		Segment: a.Segment, Tags: a.Tags,
	}
}
