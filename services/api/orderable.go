package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/release"
)

type orderableInput struct {
	Market  string `query:"market" doc:"ISO 3166; required." example:"US"`
	Product string `query:"product" doc:"Only this product id, legacy offer id, or key such as CFQ7TTC0LH18/0001." example:"CFQ7TTC0LH18"`
	AsOfInput
	FormatInput
}

// OrderableView says whether an offer can be ordered.
type OrderableView struct {
	Key           string             `json:"key" example:"CFQ7TTC0LH18/0001"`
	Product       string             `json:"product" doc:"Empty for a legacy offer, whose key is its id."`
	SKU           string             `json:"sku"`
	Title         string             `json:"title"`
	Orderable     bool               `json:"orderable"`
	Missing       []LackView         `json:"missing" doc:"What is missing where it cannot be ordered."`
	Prerequisites []PrerequisiteView `json:"prerequisites" doc:"What an add-on can be bought with; one of them is enough."`
	Includes      []string           `json:"includes" doc:"What a bundle contains."`
	Terms         []TermView         `json:"terms" doc:"For how long it can be bought and how it is paid."`
	MinLicenses   int64              `json:"min_licenses" doc:"0: no limit."`
	MaxLicenses   int64              `json:"max_licenses" doc:"0: no limit."`
}

// LackView is one thing that is missing.
type LackView struct {
	Reason string `json:"reason" enum:"not-in-price-list,not-in-matrix,country-not-allowed,no-prerequisite-orderable"`
	Text   string `json:"text"`
}

// PrerequisiteView is an offer that an add-on can be bought with.
type PrerequisiteView struct {
	Key       string `json:"key"`
	Title     string `json:"title"`
	Orderable bool   `json:"orderable"`
}

// TermView is a term and its billing plan; in a legacy list purchase unit and customer type.
type TermView struct {
	Term    string `json:"term" example:"P1M"`
	Billing string `json:"billing" example:"Monthly"`
}

func (s *server) registerOrderable(api huma.API) {
	huma.Register(api, listed[pageOf[OrderableView]](api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "orderable", Method: http.MethodGet, Path: "/v1/orderable", Summary: "What can be ordered in a market as of an instant, and what is missing where something cannot", Tags: []string{"offers"},
		Description: "In the price list in force, in the offer matrix, allowed in the country, and with a prerequisite that can be ordered where it needs one. " +
			"The matrix is the worldwide one; where the market has one of its own, its lines count before those of the same key.",
	}), s.orderable)
}

func (s *server) orderable(ctx context.Context, in *orderableInput) (*huma.StreamResponse, error) {
	var p params
	market := marketParam(&p, in.Market)
	asOf, f := s.asOf(&p, in.AsOfInput), in.file(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	verdicts, err := s.verdicts(ctx, market, asOf)
	if err == nil && in.Product != "" {
		verdicts = slices.DeleteFunc(verdicts, func(v offer.Verdict) bool {
			return !strings.EqualFold(v.Product, in.Product) && !strings.EqualFold(v.Key, in.Product)
		})
		if len(verdicts) == 0 {
			err = fault.New(fault.NotFound, "neither the price list of %s nor the offer matrix holds %s at %s, as known at %s", market, in.Product, stamp(asOf.At), stamp(asOf.KnownAt)).
				WithHint("see what there is: pricewire orderable --market %s", market)
		}
	}
	if err != nil {
		return nil, problemOf(err)
	}
	if f != "" {
		return sendTable(s, "orderable-"+strings.ToLower(market), f, func(context.Context) table[OrderableView] {
			return tableOf("Orderable", slice(verdicts, orderableView), asOfNotes(asOf)...)
		}), nil
	}
	return jsonAnswer(newPage(verdicts, "", orderableView)), nil
}

// marketParam reads a market that is needed.
func marketParam(p *params, s string) string {
	p.required("query.market", s)
	return p.market("query.market", s)
}

// verdicts judges every offer that the market's price list or the matrix holds.
func (s *server) verdicts(ctx context.Context, market string, asOf history.AsOf) ([]offer.Verdict, error) {
	q := offer.Question{Country: market}
	for a, err := range priceAnswers(ctx, s.deps.History, history.PriceList{Market: market, AsOf: asOf}) {
		if err != nil {
			return nil, err
		}
		line := offer.Line{Product: a.Identity.Product, SKU: a.Identity.SKU, Title: a.ProductTitle, SKUTitle: a.SKUTitle, Terms: []offer.Term{{Term: a.Identity.Term, Billing: a.Identity.Billing}}}
		if n := len(q.Priced); n > 0 && q.Priced[n-1].Key() == line.Key() && q.Priced[n-1].Title == line.Title && q.Priced[n-1].SKUTitle == line.SKUTitle {
			q.Priced[n-1].Terms = append(q.Priced[n-1].Terms, line.Terms...)
			continue
		}
		q.Priced = append(q.Priced, line)
	}
	matrix, err := s.itemsFor(ctx, release.Offers, market, asOf)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(matrix)) {
		o, err := offer.FromItem(ordered(offer.Schema(), matrix[key].Item))
		if err != nil {
			return nil, fault.New(fault.Internal, "read the offer matrix: %w", err)
		}
		q.Matrix = append(q.Matrix, o)
	}
	return offer.Orderable(q), nil
}

// marketItem is an item that counts in a market, and whose list it is from.
type marketItem struct {
	history.ItemAnswer
	Market string
}

// itemsFor returns what a list says for a market, by key: the worldwide list, and in place of what has the same key the market's own.
func (s *server) itemsFor(ctx context.Context, list, market string, asOf history.AsOf) (map[string]marketItem, error) {
	found := map[string]marketItem{}
	for _, m := range []string{release.Worldwide, market} {
		for a, err := range s.itemAnswers(ctx, history.ItemList{List: list, Market: m, AsOf: asOf}) {
			if err != nil {
				return nil, err
			}
			found[a.Key] = marketItem{a, m}
		}
	}
	return found, nil
}

// ordered returns an item whose values are in the order of its list's columns.
func ordered(schema item.Schema, i item.Item) item.Item {
	o := item.Item{Key: i.Key}
	for _, c := range schema.Columns {
		if text := i.Get(c.Name); text != "" {
			o.Values = append(o.Values, item.Value{Name: c.Name, Text: text})
		}
	}
	return o
}

func orderableView(v offer.Verdict) OrderableView {
	view := OrderableView{
		Key: v.Key, Product: v.Product, SKU: v.SKU, Title: v.Title, Orderable: v.Orderable, Missing: make([]LackView, len(v.Missing)),
		Prerequisites: make([]PrerequisiteView, len(v.Prerequisites)), Includes: orEmpty(v.Includes), Terms: make([]TermView, len(v.Terms)),
		MinLicenses: v.MinLicenses, MaxLicenses: v.MaxLicenses,
	}
	for i, m := range v.Missing {
		view.Missing[i] = LackView{string(m.Lack), m.Text}
	}
	for i, p := range v.Prerequisites {
		view.Prerequisites[i] = PrerequisiteView(p)
	}
	for i, t := range v.Terms {
		view.Terms[i] = TermView(t)
	}
	return view
}
