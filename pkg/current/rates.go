package current

import (
	"context"
	"strings"
	"time"
	"unsafe"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// rates keeps the present answers of a currency's stream. Only answers that have a price are kept: of the others history tells more.
type rates struct {
	f        *follower
	currency string

	values  values
	index   map[rate.Key]uint32 // where an answer is
	entries []rateEntry
	free    []uint32 // places in entries
	pending map[rate.Key]int
	crawl   time.Time // of the newest crawl that was taken
	newest  time.Time // of the newest change

	loaded  bool
	missing int // changes since the load of rates that are not kept
	life    int // how often all was forgotten
	loading map[rate.Key]struct{}
	reading map[rate.Key]*reading
}

// reading is a question to history under way for one rate. It is spoilt by a change: the answer may be from before it or after it.
type reading struct {
	askers int
	spoilt bool
}

// rateChange is a message about a rate; without a change it could not be understood.
type rateChange struct {
	key    rate.Key
	change *rate.Change
}

func newRates(f *follower) *rates {
	r := &rates{f: f, currency: strings.TrimPrefix(f.name.Name, stream.Rates(""))}
	r.forget()
	return r
}

func (r *rates) forget() {
	r.f.c.held.Add(-int64(len(r.index)))
	r.values, r.index, r.entries, r.free, r.pending = values{}, map[rate.Key]uint32{}, nil, nil, map[rate.Key]int{}
	r.loaded, r.missing, r.loading, r.reading = false, 0, nil, map[rate.Key]*reading{}
	r.life++
}

// read understands changes of rates and records of crawls. Of a change that is not understood the subject still says which rate it is of.
func (r *rates) read(record *stream.Record) (any, bool) {
	switch {
	case strings.HasPrefix(record.Subject, "pw.rate."):
		if e, err := event.Decode(record.Subject, record.Data); err == nil {
			if p, ok := e.Payload.(*event.RateChanged); ok {
				if c, err := p.Change(); err == nil {
					c.Before = nil // what was is not needed
					return rateChange{c.Identity.Key(), &c}, true
				}
			}
		}
		key, err := rate.ParseKey(record.Subject[strings.LastIndexByte(record.Subject, '.')+1:])
		return rateChange{key: key}, err == nil
	case strings.HasPrefix(record.Subject, "pw.crawl."):
		if e, err := event.Decode(record.Subject, record.Data); err == nil {
			if p, ok := e.Payload.(*event.CrawlFinished); ok {
				c := p.Record()
				return c, c.Refused == ""
			}
		}
	}
	return nil, false
}

func (r *rates) doubt(c change) {
	says, ok := c.says.(rateChange)
	if !ok {
		return
	}
	r.pending[says.key]++
	if r.loading != nil {
		r.loading[says.key] = struct{}{}
	}
	if asked := r.reading[says.key]; asked != nil {
		asked.spoilt = true
	}
}

func (r *rates) settle(c change, rejected bool, now time.Time) {
	switch says := c.says.(type) {
	case rate.Record:
		if !rejected {
			r.crawl = laterOf(r.crawl, says.At.UTC())
		}
	case rateChange:
		if r.pending[says.key]--; r.pending[says.key] <= 0 {
			delete(r.pending, says.key)
		}
		if rejected || says.change == nil { // a table may hold what another one rejected
			r.drop(says.key)
			return
		}
		r.newest = laterOf(r.newest, history.StoredKnown(says.change.KnownAt))
		r.change(says.key, says.change, now)
	}
}

// change takes over a change, or drops the answer that it makes uncertain.
func (r *rates) change(key rate.Key, c *rate.Change, now time.Time) {
	place, ok := r.index[key]
	if !ok {
		r.missing++
		return
	}
	a := unpackRate(&r.values, &r.entries[place])
	after, ok := fold(a, c, now, r.entries[place].followed)
	if !ok || a.Identity != c.Identity {
		r.drop(key)
		return
	}
	r.put(place, packRate(&r.values, &after, true))
}

// put puts an answer in a place, and gives back the values of the one before it.
func (r *rates) put(place uint32, e rateEntry) {
	before := r.entries[place]
	r.entries[place] = e
	before.drop(&r.values)
}

func (r *rates) drop(key rate.Key) {
	place, ok := r.index[key]
	if !ok {
		return
	}
	delete(r.index, key)
	r.put(place, rateEntry{})
	r.free = append(r.free, place)
	r.f.c.held.Add(-1)
	r.f.dropped++
}

// keep keeps an answer from history, unless there is no room for it.
func (r *rates) keep(key rate.Key, a *history.PresentRate) {
	place, ok := r.index[key]
	switch {
	case ok:
	case !r.f.c.room():
		return
	case len(r.free) > 0:
		place = r.free[len(r.free)-1]
		r.free = r.free[:len(r.free)-1]
	default:
		place = uint32(len(r.entries))
		r.entries = append(r.entries, rateEntry{})
	}
	r.index[key] = place
	r.put(place, packRate(&r.values, a, false))
}

// find returns the answer for an instant, if it is kept and certain.
func (r *rates) find(id rate.Identity, key rate.Key, now time.Time) (history.RateAnswer, bool) {
	place, ok := r.index[key]
	if !ok || r.pending[key] > 0 {
		return history.RateAnswer{}, false
	}
	a := unpackRate(&r.values, &r.entries[place])
	return a.RateAnswer, a.Identity == id && a.At(now)
}

// manyMissing is how many changes of rates that are not kept make all to be loaded again, unless a tenth of those kept are more.
const manyMissing = 1000

func (r *rates) due(uint64) bool {
	if r.f.c.revision.partly.Load() { // lists are of the tables before the rebuild; answers to questions are not, and are kept
		return false
	}
	return !r.loaded || r.missing > max(manyMissing, len(r.index)/10) && r.f.c.held.Load() < int64(r.f.c.cfg.Identities)
}

// packSize is how many answers of a load are taken over at a time: so long do questions wait at most.
const packSize = 256

// load keeps everything that history knows but what has changed meanwhile.
func (r *rates) load(ctx context.Context) error {
	r.f.mu.Lock()
	life := r.life
	r.loading = map[rate.Key]struct{}{}
	for key := range r.pending {
		r.loading[key] = struct{}{}
	}
	r.f.mu.Unlock()
	var pack []history.PresentRate
	give := func() error {
		r.f.mu.Lock()
		defer r.f.mu.Unlock()
		if r.life != life {
			return fault.New(fault.Conflict, "load rates: too much has changed meanwhile")
		}
		for i := range pack {
			key := pack[i].Identity.Key()
			if _, changed := r.loading[key]; !changed {
				r.newest = laterOf(r.newest, pack[i].Newest)
				r.keep(key, &pack[i])
			}
		}
		pack = pack[:0]
		return nil
	}
	crawls, err := r.f.c.deps.History.Crawls(ctx, history.CrawlList{Currency: r.currency})
	if err == nil {
		q := history.RateList{Currency: r.currency, AsOf: history.AsOf{At: r.f.c.deps.Clock.Now()}}
		err = r.f.c.deps.History.EachRate(ctx, q, func(a history.PresentRate) error {
			if pack = append(pack, a); len(pack) < packSize {
				return nil
			}
			return give()
		})
	}
	if err == nil {
		err = give()
	}
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	if r.life != life || err != nil {
		r.loading = nil
		return err
	}
	r.loaded, r.missing, r.loading = true, 0, nil
	for i := range crawls.Items {
		if crawls.Items[i].Refused == "" {
			r.crawl = laterOf(r.crawl, crawls.Items[i].At.UTC())
			break
		}
	}
	return nil
}

// ask notes that history is asked for a rate; nil when what it answers cannot be kept.
func (r *rates) ask(key rate.Key) *reading {
	if r.pending[key] > 0 || r.f.flooded || !r.f.ready {
		return nil
	}
	asked := r.reading[key]
	if asked == nil {
		asked = &reading{}
		r.reading[key] = asked
	}
	asked.askers++
	return asked
}

// answered keeps what history answered, unless something has changed since it was asked.
func (r *rates) answered(key rate.Key, asked *reading, a *history.PresentRate) {
	if r.reading[key] != asked { // all was forgotten meanwhile
		return
	}
	if asked.askers--; asked.askers == 0 {
		delete(r.reading, key)
	}
	if a != nil && !a.None && !asked.spoilt {
		r.keep(key, a)
	}
}

// indexCost is what an answer's place in the index takes, two thirds in use on average.
const indexCost = (16 + 1) * 3 / 2

func (r *rates) stats(s *Stats) {
	s.Answers, s.Newest, s.Loaded = len(r.index), r.newest, r.loaded
	s.Bytes = cap(r.entries)*int(unsafe.Sizeof(rateEntry{})) + len(r.index)*indexCost + r.values.size()
}
