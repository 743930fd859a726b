package current

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Source says where an answer came from.
type Source string

// The sources.
const (
	Memory Source = "memory"
	Tables Source = "clickhouse" // history, whichever keeps it
)

// Freshness says how old what an answer rests on is.
type Freshness struct {
	Source   Source
	Stream   string    // with its incarnation; empty when none is followed that the answer would come from
	Sequence uint64    // every message of the stream up to it is in the answer
	Event    time.Time // when the newest change known of the currency, or of the market, became known; zero: none is known
	Crawl    time.Time // when the newest crawl of the currency that was taken began; zero: none, or the answer is no rate
}

// Newest returns when the newest of what an answer rests on was seen: the newest crawl or, if that is newer, change. Zero: not known.
func (f Freshness) Newest() time.Time { return laterOf(f.Event, f.Crawl) }

// Rate answers what a usage rate is now, as history does for an instant as valid and as known: from memory where that is certain, else from
// history. Errors are those of history.
func (c *Current) Rate(ctx context.Context, id rate.Identity, now time.Time) (history.RateAnswer, Freshness, error) {
	q := history.RatePoint{Identity: id, AsOf: history.AsOf{At: now, KnownAt: now}}
	if err := q.Validate(); err != nil {
		return history.RateAnswer{}, Freshness{Source: Tables}, err
	}
	f := c.follower(stream.Rates(id.Currency))
	if f == nil {
		c.misses.Add(1)
		a, err := c.deps.History.Rate(ctx, q)
		return a, Freshness{Source: Tables}, err
	}
	r, key := f.keeper.(*rates), id.Key() //nolint:errcheck // the keeper of every stream of rates
	proven, done := f.prove(ctx)
	defer done()
	if proven {
		f.mu.RLock()
		a, ok := r.find(id, key, now)
		fresh := r.freshness()
		f.mu.RUnlock()
		if ok {
			c.hits.Add(1)
			fresh.Source = Memory
			return a, fresh, nil
		}
	}
	c.misses.Add(1)
	f.mu.Lock()
	asked, fresh := r.ask(key), r.freshness()
	f.mu.Unlock()
	a, err := c.readRate(ctx, r, key, asked, q)
	return a, fresh, err
}

// readRate asks history for a rate, and keeps the answer where that is certain.
func (c *Current) readRate(ctx context.Context, r *rates, key rate.Key, asked *reading, q history.RatePoint) (history.RateAnswer, error) {
	if asked == nil {
		return c.deps.History.Rate(ctx, q)
	}
	present, err := c.deps.History.PresentRate(ctx, q)
	r.f.mu.Lock()
	if err == nil {
		r.answered(key, asked, &present)
	} else {
		r.answered(key, asked, nil)
	}
	r.f.mu.Unlock()
	switch {
	case fault.Is(err, fault.NotFound):
		return history.RateAnswer{}, err
	case err == nil && !present.None && present.At(q.At):
		return present.RateAnswer, nil
	}
	return c.deps.History.Rate(ctx, q) // it may rest on what becomes known later than now
}

// freshness is that of an answer from history: its tables hold what is settled, at least. The follower's lock is held.
func (r *rates) freshness() Freshness {
	return Freshness{Source: Tables, Stream: r.f.name.String(), Sequence: r.f.confirmed, Event: r.newest, Crawl: r.crawl}
}

// Prices answers what the licence prices of one product, SKU, term and billing plan are now in a market, as history does for an instant as
// valid and as known: from memory where that is certain, else from history, as it does for all other questions. The question's instants are
// not looked at. Errors are those of history.
func (c *Current) Prices(ctx context.Context, q history.PriceList, now time.Time) (history.PricePage, Freshness, error) {
	q.AsOf = history.AsOf{At: now, KnownAt: now}
	fresh := Freshness{Source: Tables}
	f := c.follower(stream.Prices)
	kept := q.Product != "" && q.SKU != "" && q.Term != "" && q.Billing != "" && q.Cursor == "" && q.Validate() == nil
	if f != nil {
		p := f.keeper.(*prices) //nolint:errcheck // the keeper of the stream of prices
		proven := false
		if kept {
			var done func()
			proven, done = f.prove(ctx)
			defer done()
		}
		f.mu.RLock()
		page, newest, ok, ended := p.find(&q, now)
		fresh.Stream, fresh.Sequence, fresh.Event = f.name.String(), f.confirmed, newest
		f.mu.RUnlock()
		if proven && ok {
			c.hits.Add(1)
			fresh.Source = Memory
			return page, fresh, nil
		}
		if kept && ended {
			f.mu.Lock()
			p.end(&q, now)
			f.mu.Unlock()
		}
	}
	c.misses.Add(1)
	page, err := c.deps.History.Prices(ctx, q)
	return page, fresh, err
}
