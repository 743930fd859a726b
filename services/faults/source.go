package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// source is the stand-in that the product crawls, and the truth of what must be published of it.
type source struct {
	server    *azuretest.Server
	catalogue *azuretest.Catalogue
	host      *host

	mu    sync.Mutex
	truth map[rateID][]rateEvent // of each rate, in order
}

// rateID tells one rate from another; its tier is a plain number.
type rateID struct{ Currency, Meter, SKU, Type, Term, Tier string }

// rateEvent is what a change of a rate must say.
type rateEvent struct {
	Kind, Field, Before, After                          string
	Returned, Correction, Backdated, Expiring, Upcoming bool
}

func (e rateEvent) String() string {
	text := fmt.Sprintf("%s %s→%s", e.Kind, e.Before, e.After)
	for name, is := range map[string]bool{"returned": e.Returned, "correction": e.Correction, "backdated": e.Backdated, "expiring": e.Expiring, "upcoming": e.Upcoming} {
		if is {
			text += " " + name
		}
	}
	return text + " " + e.Field
}

// host is the test that the stand-in believes to be in: what it wants is to be closed.
type host struct {
	testing.TB
	closers []func()
}

func (h *host) Helper() {}

func (h *host) Cleanup(f func()) { h.closers = append(h.closers, f) }

func (h *host) close() {
	for _, f := range slices.Backward(h.closers) {
		f()
	}
}

// newSource serves a catalogue of so many rates. It is seen first at an instant.
func newSource(seed uint64, rates int, at time.Time) (*source, error) {
	h := &host{}
	s := &source{
		server: azuretest.New(h, seed), host: h, truth: map[rateID][]rateEvent{},
		catalogue: azuretest.NewCatalogue(azuretest.Settings{Seed: seed, Rows: rates, At: at}),
	}
	s.server.Plain = true
	s.server.Serve(s.catalogue)
	for _, row := range s.catalogue.JSON() {
		var r struct {
			CurrencyCode, MeterID, SKUID, Type, ReservationTerm string
			TierMinimumUnits, RetailPrice                       json.Number
		}
		if err := json.Unmarshal([]byte(row), &r); err != nil {
			return nil, fmt.Errorf("read row of the stand-in: %w", err)
		}
		id := rateID{r.CurrencyCode, r.MeterID, r.SKUID, r.Type, r.ReservationTerm, plain(r.TierMinimumUnits.String())}
		s.truth[id] = []rateEvent{{Kind: "added", After: plain(r.RetailPrice.String())}}
	}
	return s, nil
}

// change plants changes; what they must be told as is known when a crawl has seen them.
func (s *source) change(at time.Time, n int) { s.catalogue.Plant(at, n) }

// crawled notes that a crawl which started at an instant was taken.
func (s *source) crawled(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.catalogue.Observe(at) {
		i := e.Identity
		id := rateID{i.Currency, i.MeterID, i.SKUID, i.Type, i.ReservationTerm, plain(i.Tier)}
		s.truth[id] = append(s.truth[id], rateEvent{
			Kind: e.Kind, Field: e.Field, Before: plain(e.Before), After: plain(e.After),
			Returned: e.Returned, Correction: e.Correction, Backdated: e.Backdated, Expiring: e.Expiring, Upcoming: e.Upcoming,
		})
	}
}

// crawlLoad crawls generation after generation until the faults are over, at least some times.
func (r *round) crawlLoad(ctx context.Context, done <-chan struct{}) error {
	for n := 0; n < mostGenerations; n++ {
		if n >= r.plan.Generations && isClosed(done) {
			break
		}
		if n > 0 {
			r.source.change(now(), 1+r.plan.Changes)
		}
		if err := r.crawl(ctx, r.products[n%len(r.products)]); err != nil {
			return fmt.Errorf("crawl %d: %w", n, err)
		}
		r.count(func(c *counts) { c.crawls++ })
	}
	return nil
}

// mostGenerations bounds how many crawls a round makes; faults are over by then.
const mostGenerations = 60

// crawl has the product crawl until a crawl of what is served now is taken for certain. A crawl whose answer was lost may have been taken
// too: the next finds nothing new then.
func (r *round) crawl(ctx context.Context, by *product) error {
	for {
		var record struct {
			ID, Refused string
			Started     time.Time
		}
		err := r.ask(ctx, by, "POST", "/v1/crawls", "bench", map[string]string{"source": r.source.server.URL()}, &record)
		switch {
		case err == nil && record.Refused == "":
			r.source.crawled(record.Started)
			return nil
		case err == nil:
			return fmt.Errorf("crawl %s was refused: %s", record.ID, record.Refused)
		case ctx.Err() != nil:
			return fmt.Errorf("%w; last: %w", ctx.Err(), err)
		}
		r.note(err)
		wait(ctx, 50*time.Millisecond)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
