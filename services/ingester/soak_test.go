package ingester_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// soak is a generated catalogue that changes between crawls, while everything that can go wrong with its source does.
type soak struct {
	seed      uint64
	rows      int
	crawls    int // after the first, with faults; some without follow
	changes   int // planted in all
	pageRows  int
	shardRows int       // as in ingester.Config
	unstable  []float64 // chances of the crawls, in turn
}

// soaking is a soak that is under way.
type soaking struct {
	soak
	*bundle
	t         *testing.T
	g         *ingester.Ingester
	mortal    *mortal // nil: nobody dies
	catalogue *azuretest.Catalogue
	want      map[azuretest.Identity][]azuretest.Event
	planted   map[azuretest.Change]int
	refused   int // crawls as a whole
	shards    int // refused ones of crawls that were taken
	taken     int
}

// every is half a day: the time between crawls.
const every = 12 * time.Hour

// begin makes all that is needed.
func (k soak) begin(t *testing.T) *soaking {
	t.Helper()
	s := k.prepare(t)
	s.g = s.ingester(t)
	return s
}

// prepare makes the bundle and the catalogue; the watcher is to be told of each rate once.
func (k soak) prepare(t *testing.T) *soaking {
	t.Helper()
	s := &soaking{soak: k, bundle: newBundle(t), t: t, want: make(map[azuretest.Identity][]azuretest.Event), planted: make(map[azuretest.Change]int)}
	s.catalogue = azuretest.NewCatalogue(azuretest.Settings{Seed: k.seed, Rows: k.rows, At: s.clock.Now()})
	s.source = azuretest.New(t, k.seed)
	s.source.Serve(s.catalogue)
	s.source.PageRows, s.source.Plain, s.source.Unordered, s.source.Patience = k.pageRows, true, true, 5*time.Millisecond
	s.log = zap.NewNop() // it warns of what the test does on purpose
	s.cfg.Source, s.cfg.ShardRows, s.cfg.Traversals = s.source.URL(), k.shardRows, 40
	s.cfg.Client = azure.Config{APIVersion: azure.VersionSavingsPlans, Concurrency: 4, RequestsPerSecond: 1000}
	for _, row := range s.catalogue.JSON() {
		id, e := firstNews(t, row)
		s.want[id] = append(s.want[id], e)
	}
	return s
}

// firstNews is what is published of a row when it is seen first.
func firstNews(t *testing.T, row string) (azuretest.Identity, azuretest.Event) {
	t.Helper()
	var r struct {
		CurrencyCode, MeterID, SkuID, Type, ReservationTerm string
		TierMinimumUnits, RetailPrice                       json.Number
		EffectiveStartDate                                  time.Time
	}
	if err := json.Unmarshal([]byte(row), &r); err != nil {
		t.Fatal(err)
	}
	id := azuretest.Identity{
		Currency: r.CurrencyCode, MeterID: r.MeterID, SKUID: r.SkuID, Type: r.Type, ReservationTerm: r.ReservationTerm,
		Tier: plainNumber(r.TierMinimumUnits.String()),
	}
	return id, azuretest.Event{Identity: id, Kind: "added", After: plainNumber(r.RetailPrice.String()), From: r.EffectiveStartDate}
}

// plainNumber writes a number without zeros at its end.
func plainNumber(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// faults are the chances of the n-th crawl: all misbehaviour there is, now and then too much of it.
func (s *soaking) faults(n int) azuretest.Chances {
	c := azuretest.Chances{
		TooMany: .01, Broken: .01, CutOff: .01, Truncated: .01, Garbage: .01, Slow: .002,
		Empty: .01, EndsEarly: .05 / float64(1+s.rows/s.pageRows), Overlapping: .05, Repeated: .1,
		Unstable: s.unstable[n%len(s.unstable)], LeftOut: .002, Relaid: .002,
	}
	switch {
	case n%12 == 6:
		c.Empty = 1
	case n%12 == 10 && s.shardRows < 0: // of shards some would be taken and others not, which the oracle knows nothing of
		c.EndsEarly = 1
	}
	return c
}

// run crawls until the end.
func (s *soaking) run() {
	s.t.Helper()
	for n := range 1 + s.crawls {
		began := s.clock.Now()
		if n > 0 {
			s.plant(s.soak.changes / s.crawls)
		}
		s.source.Chances = s.faults(n)
		s.crawl()
		if n%24 == 4 { // on the same day, so that time changes nothing: some shards are refused, others taken
			s.clock.move(time.Hour)
			s.source.Chances.EndsEarly = .7
			s.again()
		}
		s.clock.move(began.Add(every).Sub(s.clock.Now()))
	}
	for range 10 { // five days: what was removed last is retired
		s.plant(0)
		s.source.Chances = azuretest.Chances{}
		s.crawl()
		s.clock.move(every)
	}
}

func (s *soaking) plant(k int) {
	for _, p := range s.catalogue.Plant(s.clock.Now(), k) {
		s.planted[p.Change]++
	}
}

// crawl crawls and tells the oracle of it, if it was taken.
func (s *soaking) crawl() {
	s.t.Helper()
	if at, taken := s.again(); taken {
		s.tell(at)
	}
}

// tell tells the oracle of a crawl that was taken.
func (s *soaking) tell(at time.Time) {
	for _, e := range s.catalogue.Observe(at) {
		s.want[e.Identity] = append(s.want[e.Identity], e)
	}
}

// again crawls and returns when the crawl was made, and whether it was taken.
func (s *soaking) again() (time.Time, bool) {
	s.t.Helper()
	r, done := ingester.Result{}, false
	if s.mortal != nil {
		r, done = s.mortal.die(s)
	}
	if !done {
		r = crawl(s.t, s.g)
	}
	if r.Record.Refused != "" {
		s.refused++
		return r.Record.At, false
	}
	s.taken++
	for _, shard := range r.Record.Shards {
		if shard.Refused != "" {
			s.shards++
		}
	}
	return r.Record.At, true
}

// news is what a change tells, in the words of the oracle.
func news(c *event.RateChanged) azuretest.Event {
	i := &c.Identity
	e := azuretest.Event{
		Identity: azuretest.Identity{Currency: i.Currency, MeterID: i.MeterID, SKUID: i.SKUID, Type: i.Type, ReservationTerm: i.ReservationTerm, Tier: plainNumber(i.Tier)},
		Kind:     c.Kind, Field: c.Field, Returned: c.Returned, Correction: c.Correction, Backdated: c.Backdated, Expiring: c.Expiring, Upcoming: c.Upcoming,
	}
	if c.Before != nil {
		e.Before = plainNumber(c.Before.Price)
	}
	switch {
	case c.After != nil:
		e.After, e.From = plainNumber(c.After.Price), c.After.EffectiveFrom
	case c.Kind == "retired" && len(c.Periods) > 0:
		e.From = c.Periods[0].From
	}
	return e
}

// judge compares the stream with what the oracle said, rate by rate, in order, and returns how many rates are told of wrongly.
func (s *soaking) judge() (wrong int) {
	s.t.Helper()
	got := make(map[azuretest.Identity][]azuretest.Event)
	events := 0
	for _, c := range s.bundle.changes(s.t) {
		e := news(c)
		got[e.Identity] = append(got[e.Identity], e)
		events++
	}
	expected := 0
	for id, want := range s.want {
		expected += len(want)
		if !slices.Equal(want, got[id]) {
			if wrong++; wrong <= 3 {
				s.t.Logf("seed %d: of %+v\nwant %s\ngot  %s", s.seed, id, inShort(want), inShort(got[id]))
			}
		}
		delete(got, id)
	}
	kinds := 0
	for _, n := range s.planted {
		kinds += n
	}
	s.t.Logf("seed %d: %d rows, %d planted (%v), %d crawls taken, %d refused, %d shards refused, %d requests: %d events of %d expected, %d rates told of wrongly, %d unknown",
		s.seed, s.rows, kinds, s.planted, s.taken, s.refused, s.shards, s.source.Asked(), events, expected, wrong, len(got))
	return wrong + len(got)
}

// inShort tells events in few words.
func inShort(events []azuretest.Event) string {
	var b strings.Builder
	for _, e := range events {
		flags := ""
		for _, f := range []struct {
			on   bool
			name string
		}{{e.Returned, "returned"}, {e.Correction, "correction"}, {e.Backdated, "backdated"}, {e.Expiring, "expiring"}, {e.Upcoming, "upcoming"}} {
			if f.on {
				flags += " " + f.name
			}
		}
		fmt.Fprintf(&b, "[%s%s %s: %s to %s from %s] ", e.Kind, flags, e.Field, cmp.Or(e.Before, "none"), cmp.Or(e.After, "none"), e.From.Format(time.DateOnly))
	}
	return b.String()
}

// seeds are those that SEEDS names, or the usual ones.
func seeds(t *testing.T, usual ...uint64) []uint64 {
	t.Helper()
	var named []uint64
	for _, s := range strings.Fields(os.Getenv("SEEDS")) {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, n)
	}
	if named == nil {
		return usual
	}
	return named
}

// Whatever goes wrong on the way, the stream tells of what was planted, each change once, and of nothing else.
func TestWithEveryFaultOnTheStreamTellsWhatChangedOnceAndNothingElse(t *testing.T) {
	for _, shape := range []struct {
		name      string
		shardRows int
	}{{"whole", -1}, {"in shards", 300}} {
		for _, seed := range seeds(t, 1, 2) {
			t.Run(fmt.Sprint(shape.name, " ", seed), func(t *testing.T) {
				s := soak{seed: seed, rows: 2_000, crawls: 12, changes: 200, pageRows: 50, shardRows: shape.shardRows, unstable: []float64{.02, .24}}.begin(t)
				s.run()
				if n := s.judge(); n > 0 {
					t.Errorf("seed %d: %d rates are told of wrongly", seed, n)
				}
			})
		}
	}
}
