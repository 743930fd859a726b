package current

import (
	"context"
	"time"
	"unsafe"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// license is the list that holds prices.
const license = "license"

// snapshot is all that was known of a market's licence prices at an instant, and for which instants that says what is now: until another
// release takes effect or a withdrawal begins. Each line has its own bounds beside.
type snapshot struct {
	market  string
	holds   history.Holds
	inForce string
	newest  time.Time // publication or withdrawal

	values values
	groups map[group][]priceEntry // in order of currency and tier
	lines  int
}

// take asks for a market; nil when there is nothing to keep, or no room for it.
func (c *Current) take(ctx context.Context, market string) (*snapshot, error) {
	at := c.deps.Clock.Now()
	s := &snapshot{market: market, groups: map[group][]priceEntry{}}
	if err := s.bound(ctx, c.deps.History, at); err != nil {
		return nil, err
	}
	full := fault.New(fault.Refused, "keep prices of %s: there is no room for them", market)
	err := c.deps.History.EachPrice(ctx, market, at, func(a history.PresentPrice) error {
		if !c.room() {
			return full
		}
		s.add(&a)
		return nil
	})
	if err != nil || s.lines == 0 {
		c.release(s)
		if err == full { //nolint:errorlint // the very value
			err = nil
		}
		return nil, err
	}
	return s, nil
}

// release gives back the places that a snapshot took.
func (c *Current) release(s *snapshot) {
	if s != nil {
		c.held.Add(-int64(s.lines))
	}
}

func (s *snapshot) add(a *history.PresentPrice) {
	id := a.Identity
	g := group{id.Product, id.SKU, id.Term, id.Billing}
	s.groups[g] = append(s.groups[g], packPrice(&s.values, a))
	s.inForce = a.InForce
	s.lines++
}

// bound finds for which instants the release in force stays so.
func (s *snapshot) bound(ctx context.Context, h history.RecordReader, at time.Time) error {
	var next time.Time
	note := func(known, begins time.Time) {
		s.newest = laterOf(s.newest, history.StoredKnown(known))
		next = sooner(at.UTC().Truncate(time.Millisecond), next, history.StoredFrom(begins))
	}
	releases := history.ReleaseList{List: license, Market: s.market, Page: history.Page{Limit: history.MaxLimit}}
	for {
		page, err := h.Releases(ctx, releases)
		if err != nil {
			return err
		}
		for i := range page.Items {
			note(page.Items[i].PublishedAt, page.Items[i].EffectiveAt)
		}
		if releases.Cursor = page.Next; releases.Cursor == "" {
			break
		}
	}
	withdrawals := history.WithdrawalList{List: license, Market: s.market, Page: history.Page{Limit: history.MaxLimit}}
	for {
		page, err := h.Withdrawals(ctx, withdrawals)
		if err != nil {
			return err
		}
		for i := range page.Items {
			note(page.Items[i].KnownAt, page.Items[i].From)
		}
		if withdrawals.Cursor = page.Next; withdrawals.Cursor == "" {
			break
		}
	}
	s.holds = history.NewHolds(at, s.newest, next)
	return nil
}

// state says whether something tells what is now.
type state int

const (
	certain state = iota
	tooSoon       // something that is known already became so later than now
	over          // another answer has come since, which was announced
)

func stateAt(h history.Holds, now time.Time) state {
	switch {
	case h.At(now):
		return certain
	case h.Until.IsZero() || now.UTC().Truncate(time.Millisecond).Before(h.Until):
		return tooSoon
	}
	return over
}

// find answers for the lines of one group; the page is whole when the state is certain.
func (s *snapshot) find(q *history.PriceList, now time.Time) (history.PricePage, state) {
	if st := stateAt(s.holds, now); st != certain {
		return history.PricePage{}, st
	}
	page := history.PricePage{InForce: s.inForce}
	lines := s.groups[group{q.Product, q.SKU, q.Term, q.Billing}]
	for i := range lines {
		if !s.asked(q, &lines[i]) {
			continue
		}
		if st := stateAt(lines[i].holds(), now); st != certain {
			return history.PricePage{}, st
		}
		a := unpackPrice(&s.values, &lines[i])
		if a.None || q.Segment != "" && q.Segment != a.Segment || q.Family != "" && q.Family != a.Family {
			continue
		}
		a.InForce = s.inForce
		a.Identity.Market, a.Identity.Product, a.Identity.SKU, a.Identity.Term, a.Identity.Billing = s.market, q.Product, q.SKU, q.Term, q.Billing
		page.Items = append(page.Items, a)
	}
	return page, certain
}

// asked reports whether a question is about a line of its group, whatever it says.
func (s *snapshot) asked(q *history.PriceList, e *priceEntry) bool {
	return (q.Currency == "" || q.Currency == s.values.texts.value(e.currency)) && (q.Tier == nil || *q.Tier == s.values.amounts.value(e.tier))
}

// groupCost is what a group takes beside its lines: four texts, a slice, and its place in the map, filled to three quarters on average.
const groupCost = (4*16 + 24) * 4 / 3

// size returns about how many bytes a snapshot takes.
func (s *snapshot) size() int {
	n := s.values.size() + len(s.groups)*groupCost
	for _, lines := range s.groups {
		n += cap(lines) * int(unsafe.Sizeof(priceEntry{}))
	}
	return n
}
