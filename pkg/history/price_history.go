package history

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// PriceChoice names a licence price; without a currency or a tier, all that there are.
type PriceChoice struct {
	Market, Currency, Product, SKU, Term, Billing string

	Tier *money.Decimal
}

// Selects reports whether a line is one of those chosen.
func (q *PriceChoice) Selects(id *pricelist.Identity) bool {
	return q.Market == id.Market && (q.Currency == "" || q.Currency == id.Currency) && q.Product == id.Product && q.SKU == id.SKU && q.Term == id.Term &&
		q.Billing == id.Billing && (q.Tier == nil || *q.Tier == id.Tier)
}

// PriceHistory asks for all that was ever said of licence prices, by what is published as a whole.
type PriceHistory struct{ PriceChoice }

// PricePeriod is one row of a price's history: from KnownAt on, the answer in its period is this.
type PricePeriod struct {
	Position
	PriceSaying
	Identity    pricelist.Identity
	Period      effective.Period
	Change      listing.Change // that it came with
	PublishedIn string         // the release whose publication, or withdrawal, said it
	Withdrawal  int            // the release's n-th withdrawal, from 1; 0: its publication
}

// PriceSaying is the answer for a range of valid time.
type PriceSaying struct {
	None                bool
	UnitPrice, ERPPrice money.Decimal
	Basis               pricelist.Basis
	KnownAt             time.Time // when the answer for the first instant of the range became known; zero when nothing was said of it
	Release             string    // whose line it is, or that says that there is none
}

// Same reports whether two sayings name the same prices.
func (s PriceSaying) Same(o PriceSaying) bool {
	return s.None == o.None && s.UnitPrice == o.UnitPrice && s.ERPPrice == o.ERPPrice && s.Basis == o.Basis
}

// PriceRestatements asks where, in a range of valid time, the prices that were said are not those that are said now. Empty and nil fields but
// the market filter nothing.
type PriceRestatements struct {
	Market, Currency, Product, SKU, Term, Billing string

	Tier     *money.Decimal
	From, To time.Time // of valid time
	SaidAt   time.Time // the knowledge that was; zero: for every instant that of the instant itself, up to KnownAt
	KnownAt  time.Time // the knowledge that is
	// Cursor, unless empty, is the PriceRestatementCursor of the restatement that they begin behind.
	Cursor string
}

// Selects reports whether a line is one of those asked for.
func (q *PriceRestatements) Selects(id *pricelist.Identity) bool {
	for _, f := range [][2]string{
		{q.Market, id.Market}, {q.Currency, id.Currency}, {q.Product, id.Product}, {q.SKU, id.SKU}, {q.Term, id.Term}, {q.Billing, id.Billing},
	} {
		if f[0] != "" && f[0] != f[1] {
			return false
		}
	}
	return q.Tier == nil || *q.Tier == id.Tier
}

// PriceRestatement is a range of valid time in which the prices that were said and those that are said are constant and differ.
type PriceRestatement struct {
	Identity   pricelist.Identity
	Period     effective.Period
	Said, Says PriceSaying
}

func (c *check) choice(q PriceChoice) {
	for _, f := range []struct{ name, value string }{
		{"market", q.Market}, {"product", q.Product}, {"sku", q.SKU}, {"term", q.Term}, {"billing", q.Billing},
	} {
		c.require(f.value != "", f.name, "it is empty")
	}
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q PriceHistory) Validate() error {
	var c check
	c.choice(q.PriceChoice)
	return c.result("price history")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q PriceRestatements) Validate() error {
	var c check
	c.require(q.Market != "", "market", "it is empty")
	c.restatements(q.From, q.To, q.SaidAt, q.KnownAt)
	return c.result("price restatements")
}

// PriceRestatementCursor makes the cursor behind a restatement of a price of a market.
func PriceRestatementCursor(id pricelist.Identity, from time.Time) string {
	return EncodeCursor(id.Currency, id.Product, id.SKU, id.Term, id.Billing, id.Tier.String(), StoredFrom(from).Format(time.RFC3339Nano))
}

// DecodePriceRestatementCursor is the inverse of PriceRestatementCursor, for a market; nil when the cursor is empty, an invalid fault when it
// is none.
func DecodePriceRestatementCursor(cursor, market string) (*pricelist.Identity, time.Time, error) {
	place, err := DecodeCursor(cursor, 7)
	if err != nil || place == nil {
		return nil, time.Time{}, err
	}
	from, err := time.Parse(time.RFC3339Nano, place[6])
	if err != nil {
		return nil, from, badCursor()
	}
	id, err := DecodePriceCursor(EncodeCursor(place[:6]...), market)
	return id, from, err
}
