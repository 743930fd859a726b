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
}

// Progress is a crawl that runs.
type Progress struct {
	Source, Scope, Currency string
	Started                 time.Time
	Pages, Rows             int
}

// Health is how the crawls of a scope went.
type Health struct {
	Scope, Currency string

	Last    rate.Record // of the last crawl that ended, taken or refused; zero when none did
	Failed  string      // why the last crawl failed, empty when it didn't
	Refused int         // how many crawls in a row were refused
	Failing int         // how many in a row failed
}

// Status returns a copy of the present state.
func (g *Ingester) Status() Status { return g.board.status() }

// board is where crawls are written up. The zero value is ready.
type board struct {
	mu      sync.Mutex
	running map[string]*running // by currency and scope: crawls of one scope don't overlap
	scopes  map[string]*Health  // by the same
}

type running struct {
	board *board
	key   string
	at    Progress
}

func (b *board) start(obs *rate.Observation) *running {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running == nil {
		b.running = make(map[string]*running)
	}
	r := &running{board: b, key: obs.Scope + " " + obs.Currency, at: Progress{Source: obs.Source, Scope: obs.Scope, Currency: obs.Currency, Started: obs.At}}
	b.running[r.key] = r
	return r
}

func (r *running) progress(pages, rows int) {
	r.board.mu.Lock()
	defer r.board.mu.Unlock()
	r.at.Pages, r.at.Rows = pages, rows
}

func (r *running) stop() {
	r.board.mu.Lock()
	defer r.board.mu.Unlock()
	delete(r.board.running, r.key)
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
		h.Refused = 0
	}
}

func (b *board) status() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	var s Status
	for _, key := range slices.Sorted(maps.Keys(b.running)) {
		s.Running = append(s.Running, b.running[key].at)
	}
	for _, name := range slices.Sorted(maps.Keys(b.scopes)) {
		s.Scopes = append(s.Scopes, *b.scopes[name])
	}
	return s
}
