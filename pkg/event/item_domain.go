package event

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
)

func itemChanged(slot release.Slot, at position, c *item.Change) *ItemChanged {
	return &ItemChanged{
		List: slot.List, Market: slot.Market, Key: c.Key, Release: at.release, Withdrawal: at.withdrawal, Change: string(c.Change),
		N: at.n, Of: at.of, Before: itemValues(c.Before), After: itemValues(c.After),
		Periods: itemPeriods(c.Spans), Timeline: itemPeriods(c.Timeline), KnownAt: c.KnownAt.UTC(),
	}
}

func itemPeriods(spans []item.Span) []ItemPeriod {
	periods := make([]ItemPeriod, len(spans))
	for i, s := range spans {
		periods[i] = ItemPeriod{From: s.From.UTC(), To: optional(s.To), Release: s.Release, Values: itemValues(s.Line)}
	}
	return periods
}

// itemValues returns what an item says, nil when there is none.
func itemValues(i *item.Item) ItemValues {
	switch {
	case i == nil:
		return nil
	case i.Values == nil:
		return ItemValues{}
	}
	return ItemValues(i.Values)
}

// Difference returns what the event says of the item beside the item before. An invalid fault names the field that does not read.
func (c *ItemChanged) Difference() (item.Difference, error) {
	p := fields{}
	return item.Difference{
		Key: c.Key, Change: listing.Change(c.Change), Before: c.Before.item(&p, "before", c.Key), After: c.After.item(&p, "after", c.Key),
	}, p.err
}

// Spans returns the ranges of valid time whose answer changed, in order. An invalid fault names the field that does not read.
func (c *ItemChanged) Spans() ([]item.Span, error) {
	p := fields{}
	spans := make([]item.Span, len(c.Periods))
	for i := range c.Periods {
		w := &c.Periods[i]
		spans[i] = item.Span{
			Period: effective.Period{From: w.From.UTC(), To: instantOf(w.To)}, Line: w.Values.item(&p, "periods.values", c.Key), Release: w.Release,
		}
	}
	return spans, p.err
}

func (v ItemValues) item(p *fields, path, key string) *item.Item {
	if v == nil {
		return nil
	}
	name, problem := v.problem()
	p.require(problem == "", path+"."+name, problem)
	return &item.Item{Key: key, Values: v}
}
