package history

import (
	"cmp"
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// The number of movers.
const (
	DefaultMovers = 20
	MaxMovers     = 1000
)

// Measure says by what movers are ordered.
type Measure string

// The measures: the share of the old price by which a price moved, or the amount. Amounts of different currencies are compared as numbers;
// a price that was 0 has no share, and comes behind all that have one.
const (
	Relative Measure = "relative"
	Absolute Measure = "absolute"
)

// RateMovers asks for the rates whose price moved most, up or down, between two instants at which both have one.
type RateMovers struct {
	RateFilter
	From, To AsOf
	By       Measure // Relative when empty
	Limit    int     // 0: DefaultMovers, at most MaxMovers
}

// RateMover is a rate that moved.
type RateMover struct {
	RateDifference
	pricelist.Move
}

// PriceMovers asks for the licence prices of a market whose unit price moved most, up or down, between two instants at which both have one.
// Its cursor is not looked at.
type PriceMovers struct {
	PriceDiff
	By    Measure // Relative when empty
	Limit int     // 0: DefaultMovers, at most MaxMovers
}

// PriceMover is a licence price that moved: by how much its unit price did.
type PriceMover struct {
	PriceDifference
	pricelist.Move
}

func (c *check) movers(by Measure, limit int) {
	c.require(by == "" || by == Relative || by == Absolute, "by", "it must be relative or absolute")
	c.require(limit >= 0 && limit <= MaxMovers, "limit", "it must lie from 1 to 1000")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q RateMovers) Validate() error {
	var c check
	c.instants(q.From, "from", "known_from")
	c.instants(q.To, "to", "known_to")
	c.movers(q.By, q.Limit)
	return c.result("rate movers")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q PriceMovers) Validate() error {
	if err := q.PriceDiff.Validate(); err != nil {
		return err
	}
	var c check
	c.movers(q.By, q.Limit)
	return c.result("price movers")
}

// MoveRates returns the rates that moved most, the farthest first; those that moved as far in the order of their keys. It reads all
// differences, and holds as many movers as are asked for.
func MoveRates(ctx context.Context, r RateReader, q RateMovers) ([]RateMover, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	top := newTop[RateMover](q.By, q.Limit)
	for d, err := range r.DiffRates(ctx, RateDiff{RateFilter: q.RateFilter, From: q.From, To: q.To}) {
		if err != nil {
			return nil, err
		}
		if d.Change == listing.PriceChanged {
			top.add(d.Before.Price, d.After.Price, func(m pricelist.Move) RateMover { return RateMover{d, m} })
		}
	}
	return top.movers(), nil
}

// MovePrices returns the licence prices that moved most, as MoveRates does; those that moved as far in the order of their identities.
func MovePrices(ctx context.Context, r PriceReader, q PriceMovers) ([]PriceMover, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	q.Cursor = ""
	top := newTop[PriceMover](q.By, q.Limit)
	for d, err := range DiffPrices(ctx, r, q.PriceDiff) {
		if err != nil {
			return nil, err
		}
		if d.Change == listing.PriceChanged && d.Before.UnitPrice != d.After.UnitPrice {
			top.add(d.Before.UnitPrice, d.After.UnitPrice, func(m pricelist.Move) PriceMover { return PriceMover{d, m} })
		}
	}
	return top.movers(), nil
}

// top keeps the farthest of what comes in order.
type top[M any] struct {
	by    Measure
	limit int
	came  int
	kept  []moved[M]
}

// moved is how far something moved, exactly: an amount, and the old price it is of.
type moved[M any] struct {
	place       int // in which it came
	amount, old decimal.Decimal
	mover       M
}

func newTop[M any](by Measure, limit int) *top[M] {
	return &top[M]{by: Measure(cmp.Or(string(by), string(Relative))), limit: cmp.Or(limit, DefaultMovers)}
}

func (t *top[M]) add(was, is money.Decimal, mover func(pricelist.Move) M) {
	t.came++
	t.kept = append(t.kept, moved[M]{t.came, is.Exact().Sub(was.Exact()).Abs(), was.Exact().Abs(), mover(pricelist.MoveOf(was, is))})
	if len(t.kept) >= 2*t.limit {
		t.cut()
	}
}

// cut leaves the farthest.
func (t *top[M]) cut() {
	slices.SortFunc(t.kept, func(a, b moved[M]) int { return cmp.Or(t.farther(a, b), cmp.Compare(a.place, b.place)) })
	t.kept = t.kept[:min(len(t.kept), t.limit)]
}

// farther is negative when a moved farther than b. Shares are compared without dividing.
func (t *top[M]) farther(a, b moved[M]) int {
	if t.by == Absolute {
		return b.amount.Cmp(a.amount)
	}
	if a.old.IsZero() || b.old.IsZero() {
		return cmp.Compare(asInt(a.old.IsZero()), asInt(b.old.IsZero()))
	}
	return b.amount.Mul(a.old).Cmp(a.amount.Mul(b.old))
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (t *top[M]) movers() []M {
	t.cut()
	movers := make([]M, len(t.kept))
	for i := range t.kept {
		movers[i] = t.kept[i].mover
	}
	return movers
}
