package ingester

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/rate"
)

// Status is what the ingester is doing and how it went.
type Status struct {
	Running []Progress // crawls that run now, in order of their scopes
	Scopes  []Health   // in order of their names; scopes that were crawled since the process started
	// Quarantined counts the rows of crawls that were taken since the process started and are not believed, by reason.
	Quarantined map[string]int
}

// Progress is a crawl that runs.
type Progress struct {
	Source, Scope, Currency string
	Started                 time.Time // the observation time
	Pages, Rows             int       // read so far, of all traversals
	Shards, ShardsRead      int       // in all, and read to their end
	Expected                int       // rows of one traversal by what is known, 0 when nothing is
	First                   int       // rows of first traversals so far
	Since                   time.Time // when reading began, in real time
}

// Left estimates how long the first traversals still take, 0 when that cannot be said. now is real time.
func (p *Progress) Left(now time.Time) time.Duration {
	if p.First == 0 || p.Expected <= p.First {
		return 0
	}
	return time.Duration(float64(now.Sub(p.Since)) / float64(p.First) * float64(p.Expected-p.First)).Round(time.Second)
}

// Health is how the crawls of a scope went.
type Health struct {
	Scope, Currency string

	Last    rate.Record // of the last crawl that ended, taken or refused; zero when none did
	Failed  string      // why the last crawl failed, empty when it didn't
	Refused int         // how many crawls in a row were refused
	Since   time.Time   // observation time of the last crawl that was taken, zero when none was since the process started
	Failing int         // how many in a row failed
}

// Status returns a copy of the present state.
func (g *Ingester) Status() Status { return g.board.status() }

// board is where crawls are written up. The zero value is ready.
type board struct {
	mu      sync.Mutex
	running map[string]*running // by currency and scope: crawls of one scope don't overlap
	scopes  map[string]*Health  // by the same
	reasons map[string]int      // rows quarantined, by reason
}

type running struct {
	board *board
	key   string
	at    Progress
}

func (b *board) start(c *rate.Crawl) *running {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running == nil {
		b.running = make(map[string]*running)
	}
	r := &running{board: b, key: c.Scope + " " + c.Currency, at: Progress{
		Source: c.Source, Scope: c.Scope, Currency: c.Currency, Started: c.At,
		Since: time.Now(), //nolint:forbidigo // how long reading takes is real time
	}}
	b.running[r.key] = r
	return r
}

// plan notes what is to be read.
func (r *running) plan(shards, read, expected int) {
	r.board.mu.Lock()
	defer r.board.mu.Unlock()
	r.at.Shards, r.at.ShardsRead, r.at.Expected, r.at.Pages, r.at.Rows, r.at.First = shards, read, expected, 0, 0, 0
}

// progress returns what the n-th traversal of a shard is told of its progress.
func (r *running) progress(n int) func(pages, rows int) {
	seenPages, seenRows := 0, 0
	return func(pages, rows int) {
		r.board.mu.Lock()
		defer r.board.mu.Unlock()
		r.at.Pages, r.at.Rows = r.at.Pages+pages-seenPages, r.at.Rows+rows-seenRows
		if n == 1 {
			r.at.First += rows - seenRows
		}
		seenPages, seenRows = pages, rows
	}
}

// ended notes that a shard was read to its end.
func (r *running) ended() {
	r.board.mu.Lock()
	defer r.board.mu.Unlock()
	r.at.ShardsRead++
}

func (r *running) stop() {
	r.board.mu.Lock()
	defer r.board.mu.Unlock()
	delete(r.board.running, r.key)
}

// quarantined counts rows that were quarantined, by reason.
func (b *board) quarantined(reasons map[string]int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reasons == nil {
		b.reasons = make(map[string]int)
	}
	for reason, n := range reasons {
		b.reasons[reason] += n
	}
}

// note writes up how a crawl ended.
func (b *board) note(scope, currency string, result Result, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.scopes == nil {
		b.scopes = make(map[string]*Health)
	}
	key := scope + " " + currency
	h := b.scopes[key]
	if h == nil {
		h = &Health{Scope: scope, Currency: currency}
		b.scopes[key] = h
	}
	if err != nil {
		h.Failed, h.Failing = err.Error(), h.Failing+1
		return
	}
	h.Last, h.Failed, h.Failing = result.Record, "", 0
	if h.Refused++; result.Record.Refused == "" {
		h.Refused, h.Since = 0, result.Record.At
	}
}

func (b *board) status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Status{Quarantined: maps.Clone(b.reasons)}
	for _, key := range slices.Sorted(maps.Keys(b.running)) {
		s.Running = append(s.Running, b.running[key].at)
	}
	for _, name := range slices.Sorted(maps.Keys(b.scopes)) {
		s.Scopes = append(s.Scopes, *b.scopes[name])
	}
	return s
}
