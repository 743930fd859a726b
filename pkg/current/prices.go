package current

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// prices keeps the licence prices, a market as a whole: releases and withdrawals are visible as a whole, and which one is in force is said
// with every line. What happens to a market throws its snapshot away, and another one is taken when that can be queried.
type prices struct {
	f       *follower
	markets map[string]*market
	listed  bool // whether it is known of which markets there are releases
	life    int  // how often all was forgotten
}

type market struct {
	touched  uint64    // by the last message that bears on it
	snapshot *snapshot // nil: none yet, or none can be kept
	taken    bool      // since it was touched, or its snapshot ended
	bytes    int
}

// marketChange is a message that bears on a market; on all when it could not be understood.
type marketChange struct{ market string }

func newPrices(f *follower) *prices {
	return &prices{f: f, markets: map[string]*market{}}
}

func (p *prices) forget() {
	for _, m := range p.markets {
		p.f.c.release(m.snapshot)
	}
	p.markets, p.listed = map[string]*market{}, false
	p.life++
}

// read understands which market a release, a withdrawal or a line is of.
func (p *prices) read(r *stream.Record) (any, bool) {
	tokens := strings.Split(r.Subject, ".")
	switch {
	case strings.HasPrefix(r.Subject, "pw.price."):
		if len(tokens) < 4 || strings.Contains(tokens[2], "%") {
			return marketChange{}, true
		}
		return marketChange{market: strings.ToUpper(tokens[2])}, true
	case !strings.HasPrefix(r.Subject, "pw.release."):
		return nil, false
	}
	e, err := event.Decode(r.Subject, r.Data)
	if err != nil {
		return marketChange{}, true
	}
	switch says := e.Payload.(type) {
	case *event.ReleasePublished:
		return marketChange{says.Market}, says.List == license
	case *event.ReleaseWithdrawn:
		return marketChange{says.Market}, says.List == license
	}
	return nil, false
}

func (p *prices) doubt(c change) {
	says, ok := c.says.(marketChange)
	switch {
	case !ok:
	case says.market == "":
		for name := range p.markets {
			p.touch(name, c.sequence)
		}
		p.listed = false
	default:
		p.touch(says.market, c.sequence)
	}
}

func (p *prices) touch(name string, sequence uint64) {
	m := p.markets[name]
	if m == nil {
		m = &market{}
		p.markets[name] = m
	}
	if m.snapshot != nil {
		p.f.dropped += uint64(m.snapshot.lines)
	}
	p.f.c.release(m.snapshot)
	*m = market{touched: sequence}
}

func (p *prices) settle(change, bool, time.Time) {}

func (p *prices) due(confirmed uint64) bool {
	return !p.listed || len(p.dueMarkets(confirmed)) > 0
}

// dueMarkets are the markets whose snapshots are to be taken, by name.
func (p *prices) dueMarkets(confirmed uint64) []string {
	var due []string
	for name, m := range p.markets {
		if !m.taken && m.touched <= confirmed {
			due = append(due, name)
		}
	}
	slices.Sort(due)
	return due
}

// load takes the snapshots that are due, one market after the other. One that fails holds no other up.
func (p *prices) load(ctx context.Context) error {
	if err := p.list(ctx); err != nil {
		return err
	}
	p.f.mu.RLock()
	due := p.dueMarkets(p.f.confirmed)
	p.f.mu.RUnlock()
	var failures []error
	for _, name := range due {
		failures = append(failures, p.take(ctx, name))
	}
	return errors.Join(failures...)
}

// take takes the snapshot of a market.
func (p *prices) take(ctx context.Context, name string) error {
	p.f.mu.RLock()
	m, life := p.markets[name], p.life
	var touched uint64
	if m != nil {
		touched = m.touched
	}
	queryable := touched <= p.f.confirmed
	p.f.mu.RUnlock()
	if m == nil || !queryable {
		return nil // something has happened to it; it is due again later
	}
	s, err := p.f.c.take(ctx, name)
	if err == nil {
		p.put(name, life, touched, s)
	}
	return err
}

// put keeps a snapshot, nil where there is nothing to keep, unless something has happened to the market since it was asked for.
func (p *prices) put(name string, life int, touched uint64, s *snapshot) {
	bytes := 0
	if s != nil {
		bytes = s.size()
	}
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	m := p.markets[name]
	if p.life != life || m.touched != touched {
		p.f.c.release(s)
		return
	}
	p.f.c.release(m.snapshot)
	m.snapshot, m.taken, m.bytes = s, true, bytes
}

// list learns of which markets there are releases.
func (p *prices) list(ctx context.Context) error {
	p.f.mu.RLock()
	listed, life := p.listed, p.life
	p.f.mu.RUnlock()
	if listed {
		return nil
	}
	found := map[string]bool{}
	q := history.ReleaseList{List: license, Page: history.Page{Limit: history.MaxLimit}}
	for {
		page, err := p.f.c.deps.History.Releases(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Items {
			found[page.Items[i].Market] = true
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if p.life != life {
		return nil // it is asked again
	}
	p.listed = true
	for name := range found {
		if p.markets[name] == nil {
			p.markets[name] = &market{}
		}
	}
	return nil
}

// find answers for one group of lines, if that is kept and certain. ended says that another snapshot is due.
func (p *prices) find(q *history.PriceList, now time.Time) (page history.PricePage, newest time.Time, ok, ended bool) {
	m := p.markets[q.Market]
	if m == nil || m.snapshot == nil {
		return page, newest, false, false
	}
	page, st := m.snapshot.find(q, now)
	return page, m.snapshot.newest, st == certain && len(page.Items) <= q.Size(), st == over
}

// end throws away a market's snapshot that was over at an instant, so that another one is taken.
func (p *prices) end(q *history.PriceList, now time.Time) {
	if _, _, _, ended := p.find(q, now); ended {
		m := p.markets[q.Market]
		p.f.c.release(m.snapshot)
		*m = market{touched: m.touched}
		signal(p.f.loading)
	}
}

func (p *prices) stats(s *Stats) {
	s.Loaded = p.listed && len(p.dueMarkets(p.f.confirmed)) == 0
	for _, m := range p.markets {
		s.Bytes += m.bytes
		if m.snapshot != nil {
			s.Answers += m.snapshot.lines
			s.Newest = laterOf(s.Newest, m.snapshot.newest)
		}
	}
}
