package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/pricewire/remote"
)

// Remote asks a server.
type Remote struct{ Server *remote.Server }

var _ Lookup = Remote{}

// rateItem is a question as POST /v1/rates:lookup takes it.
type rateItem struct {
	PriceList       string `json:"price_list"`
	MeterID         string `json:"meter_id"`
	SKUID           string `json:"sku_id"`
	Currency        string `json:"currency"`
	Type            string `json:"type"`
	ReservationTerm string `json:"reservation_term"`
	AllTiers        bool   `json:"all_tiers"`
	At              string `json:"at"`
	KnownAt         string `json:"known_at,omitempty"`
}

// rateAnswer is what is read of an answer.
type rateAnswer struct {
	Rates []struct {
		Tier             money.Decimal `json:"tier"`
		Price            money.Decimal `json:"price"`
		IncludedQuantity money.Decimal `json:"included_quantity"`
		UnitOfMeasure    string        `json:"unit_of_measure"`
		EffectiveFrom    time.Time     `json:"effective_from"`
		ValidTo          time.Time     `json:"valid_to"`
		KnownAt          time.Time     `json:"known_at"`
		RowKnownAt       time.Time     `json:"row_known_at"`
		Source           place         `json:"source"`
		SavingsPlans     []struct {
			Term  string        `json:"term"`
			Price money.Decimal `json:"price"`
		} `json:"savings_plans"`
	} `json:"rates"`
}

// place is where a price is told; servers that do not say leave it empty.
type place struct {
	Stream string `json:"stream"`
	Seq    uint64 `json:"seq"`
	Row    uint32 `json:"row"`
}

func (p place) place() bill.Place { return bill.Place{Stream: p.Stream, Sequence: p.Seq, Row: p.Row} }

// Rates asks for usage rates.
func (r Remote) Rates(ctx context.Context, questions []bill.RateQuestion) ([]bill.Scale, error) {
	items := make([]rateItem, len(questions))
	for i, q := range questions {
		items[i] = rateItem{q.PriceList, q.MeterID, q.SKUID, q.Currency, q.Type, q.ReservationTerm, true, stamp(q.At), stamp(q.KnownAt)}
	}
	return lookup(ctx, r.Server, "/v1/rates:lookup", items, rateAnswer.scale)
}

// scale is the answer's tiers. Null times are zero.
func (a rateAnswer) scale() bill.Scale {
	tiers := make([]bill.Rate, len(a.Rates))
	for i, r := range a.Rates {
		tiers[i] = bill.Rate{
			Tier: r.Tier, Price: r.Price, Included: r.IncludedQuantity, Unit: r.UnitOfMeasure, From: r.EffectiveFrom.UTC(), ValidTo: r.ValidTo.UTC(), KnownAt: r.KnownAt.UTC(),
			RowKnownAt: r.RowKnownAt.UTC(), Place: r.Source.place(),
		}
		for _, p := range r.SavingsPlans {
			tiers[i].Plans = append(tiers[i].Plans, rate.SavingsPlan{Term: p.Term, Price: p.Price})
		}
	}
	return bill.NewScale(tiers)
}

// priceItem is a question as POST /v1/prices:lookup takes it.
type priceItem struct {
	Market   string `json:"market"`
	Currency string `json:"currency,omitempty"`
	Product  string `json:"product"`
	SKU      string `json:"sku"`
	Term     string `json:"term"`
	Billing  string `json:"billing"`
	At       string `json:"at"`
	KnownAt  string `json:"known_at,omitempty"`
}

// priceAnswer is what is read of an answer.
type priceAnswer struct {
	Prices []struct {
		Currency   string          `json:"currency"`
		Tier       money.Decimal   `json:"tier"`
		UnitPrice  *money.Decimal  `json:"unit_price"` // not there where we may not see it
		ERPPrice   money.Decimal   `json:"erp_price"`
		PriceBasis pricelist.Basis `json:"price_basis"`
		StartsAt   time.Time       `json:"starts_at"`
		ValidFrom  time.Time       `json:"valid_from"`
		ValidTo    time.Time       `json:"valid_to"`
		KnownAt    time.Time       `json:"known_at"`
		Release    string          `json:"release"`
		Source     place           `json:"source"`
	} `json:"prices"`
}

// Prices asks for licence prices.
func (r Remote) Prices(ctx context.Context, questions []bill.PriceQuestion) ([]bill.Prices, error) {
	items := make([]priceItem, len(questions))
	for i, q := range questions {
		items[i] = priceItem{q.Market, q.Currency, q.Product, q.SKU, q.Term, q.Plan, stamp(q.At), stamp(q.KnownAt)}
	}
	var hidden bool
	prices, err := lookup(ctx, r.Server, "/v1/prices:lookup", items, func(a priceAnswer) bill.Prices {
		hidden = hidden || a.hidden()
		return a.prices()
	})
	if err == nil && hidden {
		return nil, fault.New(fault.Forbidden, "the server does not tell us what a partner pays, and a bill of licences is of that").
			WithHint("ask an operator for a token with the right cost")
	}
	return prices, err
}

// hidden reports whether an answer lacks what the partner pays.
func (a priceAnswer) hidden() bool {
	for _, p := range a.Prices {
		if p.UnitPrice == nil {
			return true
		}
	}
	return false
}

func (a priceAnswer) prices() bill.Prices {
	prices := make(bill.Prices, len(a.Prices))
	for i, p := range a.Prices {
		var unit money.Decimal
		if p.UnitPrice != nil {
			unit = *p.UnitPrice
		}
		prices[i] = bill.Price{
			Currency: p.Currency, Tier: p.Tier, Unit: unit, ERP: p.ERPPrice, Basis: p.PriceBasis, Starts: p.StartsAt.UTC(), From: p.ValidFrom.UTC(), To: p.ValidTo.UTC(),
			KnownAt: p.KnownAt.UTC(), Release: p.Release, Place: p.Source.place(),
		}
	}
	return prices
}

// lookup asks for many items at once, and reads the answers one by one as they come.
func lookup[Item, Answer, A any](ctx context.Context, server *remote.Server, path string, items []Item, read func(Answer) A) ([]A, error) {
	answers := make([]A, 0, len(items))
	err := server.PostFor(ctx, path, struct {
		Items []Item `json:"items"`
	}{items}, func(body io.Reader) error {
		return eachItem(json.NewDecoder(body), func(decoder *json.Decoder) error {
			var answer Answer
			if err := decoder.Decode(&answer); err != nil {
				return err
			}
			answers = append(answers, read(answer))
			return nil
		})
	})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case ours(err):
		return nil, fault.New(fault.Internal, "look up prices: the server does not take the question: %w", err)
	case err != nil:
		return nil, fault.Wrap(err, "look up prices")
	case len(answers) != len(items):
		return nil, fmt.Errorf("look up prices: the server gave %d answers to %d questions", len(answers), len(items))
	}
	return answers, nil
}

// ours reports whether the server found a mistake in what it was sent, which is not the person's.
func ours(err error) bool {
	return fault.Is(err, fault.Invalid) && slices.ContainsFunc(fault.PlacesOf(err), func(p fault.Place) bool {
		return strings.HasPrefix(p.Where, "body") || strings.HasPrefix(p.Where, "items")
	})
}

// eachItem visits the elements of {"items": […]}; other members are left out.
func eachItem(decoder *json.Decoder, visit func(*json.Decoder) error) error {
	if err := opening(decoder, '{'); err != nil {
		return err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return unreadable(err)
		}
		if name != "items" {
			var other json.RawMessage
			if err := decoder.Decode(&other); err != nil {
				return unreadable(err)
			}
			continue
		}
		if err := opening(decoder, '['); err != nil {
			return err
		}
		for decoder.More() {
			if err := visit(decoder); err != nil {
				return unreadable(err)
			}
		}
		if _, err := decoder.Token(); err != nil {
			return unreadable(err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		return unreadable(err)
	}
	return nil
}

// opening reads the bracket that an object or a list begins with.
func opening(decoder *json.Decoder, bracket json.Delim) error {
	token, err := decoder.Token()
	if err == nil && token != bracket {
		err = fmt.Errorf("it has %v where %s belongs", token, bracket)
	}
	if err != nil {
		return unreadable(err)
	}
	return nil
}

// unreadable is the error of an answer that broke off, or is none.
func unreadable(err error) error {
	return fault.New(fault.Unavailable, "the server's answer cannot be read: %w", err).WithHint("ask again; the server's log says why")
}
