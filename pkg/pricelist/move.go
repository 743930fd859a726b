package pricelist

import (
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

// Move is how far a price went from one line to another.
type Move struct {
	Amount  money.Decimal  // new minus old
	Percent *money.Decimal // of the old price, rounded half away from zero to two decimals; nil when that was 0
}

// Moves returns how far unit and ERP price went; false unless the difference has a line on both sides.
func (d Difference) Moves() (unit, erp Move, ok bool) {
	if d.Before == nil || d.After == nil {
		return unit, erp, false
	}
	return MoveOf(d.Before.UnitPrice, d.After.UnitPrice), MoveOf(d.Before.ERPPrice, d.After.ERPPrice), true
}

// MoveOf is how far a price went.
func MoveOf(was, now money.Decimal) Move {
	difference := now.Exact().Sub(was.Exact())
	var m Move
	m.Amount, _ = money.FromExact(difference) // as exact as its terms, and in their range
	if was.IsZero() {
		return m
	}
	if percent, err := money.FromExact(difference.Shift(2).DivRound(was.Exact(), 2)); err == nil {
		m.Percent = &percent
	}
	return m
}

// Renamed reports whether the prices stayed and a title or the description is another.
func (d Difference) Renamed() bool {
	if d.Before == nil || d.After == nil || d.Change == listing.Unchanged || !samePrice(d.Before, d.After) {
		return false
	}
	return d.Before.ProductTitle != d.After.ProductTitle || d.Before.SKUTitle != d.After.SKUTitle || d.Before.Description != d.After.Description
}
