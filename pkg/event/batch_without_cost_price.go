package event

import (
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
)

// strip leaves every unit price out, and steps of the timeline that stand apart only by it.
func (c *PriceChanged) strip() {
	c.Before.strip()
	c.After.strip()
	for i := range c.Periods {
		c.Periods[i].Line.strip()
	}
	c.Timeline = withoutCostSteps(c.Timeline)
}

// withoutCostSteps are the steps of a timeline without unit prices; those that stand apart only by it are one.
func withoutCostSteps(timeline []PriceStep) []PriceStep {
	left := make([]PriceStep, 0, len(timeline))
	for _, s := range timeline {
		s.UnitPrice = nil
		if n := len(left); n > 0 && left[n-1].goesOn(&s) {
			left[n-1].To = s.To
			continue
		}
		left = append(left, s)
	}
	return left
}

// goesOn reports whether the next step begins where this one ends, at the same ERP price.
func (s *PriceStep) goesOn(next *PriceStep) bool {
	return s.To != nil && s.To.Equal(next.From) && s.ERPPrice != nil && next.ERPPrice != nil && *s.ERPPrice == *next.ERPPrice
}

func (l *PriceLine) strip() {
	if l != nil {
		l.UnitPrice = ""
	}
}

// trim leaves out of the periods what says only of another cost: where the line before answered at the ERP price that was told, and answers.
func (c *PriceChanged) trim(told *PriceChanged) {
	if c.Before == nil || told == nil || told.KnownAt.After(c.KnownAt) {
		return
	}
	left := make([]PricePeriod, 0, len(c.Periods))
	for _, p := range c.Periods {
		if !p.Line.answersAs(c.Before) {
			left = append(left, p)
			continue
		}
		for _, s := range erpSteps(told.Timeline, p.From) {
			if p.To != nil && !s.From.Before(*p.To) {
				break
			}
			if *s.ERPPrice != c.Before.ERPPrice {
				continue
			}
			if p.From.Before(s.From) {
				from := s.From
				left = append(left, PricePeriod{From: p.From, To: &from, Release: p.Release, Line: p.Line})
			}
			if s.To == nil {
				p.To = &p.From // nothing is left
				break
			}
			p.From = *s.To
		}
		if p.To == nil || p.From.Before(*p.To) {
			left = append(left, p)
		}
	}
	c.Periods = left
}

// changeSince is how a line whose unit or ERP price changed changed for whom knows ERP prices alone, of what was told last. Unchanged means
// that there is nothing to tell. Where that cannot be found out for certain, the change is told.
func (c *PriceChanged) changeSince(told *PriceChanged) string {
	if c.Before == nil || c.After == nil || c.Before.ERPPrice != c.After.ERPPrice || told == nil || !sameSteps(c, told) {
		return c.Change
	}
	if !c.Before.same(c.After) || len(c.Periods) > 0 {
		if c.Withdrawal == 0 && (c.Before.EndsAt == nil && c.After.EndsAt != nil || c.Before.EndOfSale == "" && c.After.EndOfSale != "") {
			return string(listing.Ending)
		}
		return string(listing.Changed)
	}
	return string(listing.Unchanged)
}

// answersAs reports whether two lines answer alike: where a line ends is told by what comes behind it.
func (l *PriceLine) answersAs(as *PriceLine) bool {
	if l == nil || as == nil {
		return false
	}
	a, b := *l, *as
	a.EndsAt, b.EndsAt = nil, nil
	return a.same(&b)
}

// same reports whether two lines, both without cost, say the same.
func (l *PriceLine) same(as *PriceLine) bool {
	if l == nil || as == nil {
		return l == as
	}
	a, b := *l, *as
	if !sameInstant(a.StartsAt, b.StartsAt) || !sameInstant(a.EndsAt, b.EndsAt) {
		return false
	}
	a.StartsAt, a.EndsAt, b.StartsAt, b.EndsAt = nil, nil, nil, nil
	return a == b
}

func sameInstant(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// sameSteps reports whether two events of a line give the same ERP price at every instant at which both give one, from where the timeline of
// the first begins. It is certain only where the second is the earlier one.
func sameSteps(c, told *PriceChanged) bool {
	if len(c.Timeline) == 0 || told.KnownAt.After(c.KnownAt) {
		return false
	}
	steps := erpSteps(told.Timeline, c.Timeline[0].From)
	for i := range c.Timeline {
		s := &c.Timeline[i]
		for j := range steps {
			if s.ERPPrice != nil && *s.ERPPrice != *steps[j].ERPPrice && s.meets(&steps[j]) {
				return false
			}
		}
	}
	return true
}

// meets reports whether two steps have an instant in common.
func (s *PriceStep) meets(o *PriceStep) bool {
	return (s.To == nil || o.From.Before(*s.To)) && (o.To == nil || s.From.Before(*o.To))
}

// erpSteps are the longest steps of one ERP price each from an instant on.
func erpSteps(timeline []PriceStep, start time.Time) []PriceStep {
	var steps []PriceStep
	for _, s := range timeline {
		if s.ERPPrice == nil || s.To != nil && !s.To.After(start) {
			continue
		}
		if s.From.Before(start) {
			s.From = start
		}
		if n := len(steps); n > 0 && steps[n-1].goesOn(&s) {
			steps[n-1].To = s.To
			continue
		}
		steps = append(steps, s)
	}
	return steps
}
