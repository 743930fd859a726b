package ingester_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/ingester"
)

// errDead is what a process gets to see that has died.
var errDead = errors.New("the process is dead")

// mortal makes processes die at random moments: before a page is asked for, and before and after a batch is published.
type mortal struct {
	random *rand.Rand
	inner  *http.Transport
	step   func(what string) error // nil: life goes on
	deaths map[string]int
	asked  []string // the query of each request, without its place in the pages
}

func newMortal(t *testing.T, seed uint64) *mortal {
	m := &mortal{random: rand.New(rand.NewPCG(seed, 1)), inner: &http.Transport{MaxIdleConnsPerHost: 1}, deaths: make(map[string]int)}
	t.Cleanup(m.inner.CloseIdleConnections)
	return m
}

// threaten puts the bundle into the hands of m. One request is made at a time, so that nothing is written while a folder is copied.
func (b *bundle) threaten(m *mortal) {
	b.cfg.Client.Concurrency = 1
	b.transport = m
	b.publ.before = func() error { return m.at("before it is published") }
	b.publ.after = func() error { return m.at("after it is published") }
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := m.at("before a page"); err != nil {
		return nil, err
	}
	query := r.URL.Query()
	m.asked = append(m.asked, query.Get("$filter"))
	return m.inner.RoundTrip(r)
}

func (m *mortal) at(what string) error {
	if m.step == nil {
		return nil
	}
	return m.step(what)
}

// CloseIdleConnections is what a client calls that is done.
func (m *mortal) CloseIdleConnections() { m.inner.CloseIdleConnections() }

// die lets up to three processes die at the crawl, one after the other, each followed by another on the folder that it leaves, some minutes
// later. It returns what the last one found if that outlived its crawl.
func (m *mortal) die(s *soaking) (ingester.Result, bool) {
	s.t.Helper()
	for range m.random.IntN(4) {
		at, wanted := 1+m.random.IntN(200), "before a page"
		switch m.random.IntN(4) {
		case 0:
			at, wanted = 1, "before it is published"
		case 1:
			at, wanted = 1, "after it is published"
		}
		left, r, err := s.kill(m, at, wanted)
		if left == "" {
			if err != nil {
				s.t.Fatal(err)
			}
			return r, true
		}
		m.deaths[wanted]++
		s.cfg.Folder = left
		s.g = s.ingester(s.t)
		if wanted == "after it is published" {
			if r := s.lastRecord(s.t); r.Refused == "" {
				s.taken++
				s.tell(r.Started)
			}
		}
		s.clock.move(time.Minute)
	}
	return ingester.Result{}, false
}

// lastRecord returns the newest record of a crawl in the stream.
func (b *bundle) lastRecord(t *testing.T) *event.CrawlFinished {
	t.Helper()
	r, err := b.port.Last(t.Context(), stream.Rates("USD"), event.CrawlsSubject("USD"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Decode(r.Subject, r.Data)
	if err != nil {
		t.Fatal(err)
	}
	c, ok := e.Payload.(*event.CrawlFinished)
	if !ok {
		t.Fatalf("the newest record is a %T", e.Payload)
	}
	return c
}

// kill crawls with a process that dies at the n-th step of a kind, and returns what is on disk then; nothing when it outlived that.
func (s *soaking) kill(m *mortal, n int, kind string) (left string, r ingester.Result, err error) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	m.step = func(what string) error {
		if what == kind {
			n--
		}
		if n > 0 || left != "" {
			return nil
		}
		left = copyFolder(s.t, s.cfg.Folder)
		cancel()
		return errDead
	}
	defer func() { m.step = nil }()
	r, err = s.g.Crawl(ctx, ingester.CrawlRequest{})
	if left != "" && err == nil {
		s.t.Fatalf("it lives on, though dead %s", kind)
	}
	return left, r, err
}

// Processes that die between any two pages or at any batch, each followed by another that goes on from its folder, tell what undisturbed ones
// tell.
func TestProcessesThatDieAnywhereTellWhatChangedOnceAndNothingElse(t *testing.T) {
	deaths := make(map[string]int)
	for _, shape := range []struct {
		name      string
		shardRows int
	}{{"whole", -1}, {"in shards", 300}} {
		for _, seed := range seeds(t, 4) {
			t.Run(fmt.Sprint(shape.name, " ", seed), func(t *testing.T) {
				s := soak{seed: seed, rows: 2_000, crawls: 12, changes: 200, pageRows: 50, shardRows: shape.shardRows, unstable: []float64{.02, .24}}.prepare(t)
				s.mortal = newMortal(t, seed)
				s.threaten(s.mortal)
				s.g = s.ingester(t)
				s.run()
				if n := s.judge(); n > 0 {
					t.Errorf("seed %d: %d rates are told of wrongly", seed, n)
				}
				t.Logf("deaths: %v", s.mortal.deaths)
				for kind, n := range s.mortal.deaths {
					deaths[kind] += n
				}
			})
		}
	}
	if len(deaths) != 3 {
		t.Errorf("too few deaths: %v", deaths)
	}
}

func TestACrawlGoesOnBehindItsLastCompleteShard(t *testing.T) {
	quiet := soak{seed: 1, rows: 2_000, pageRows: 50, shardRows: 300}
	begin := func() (*soaking, *mortal) {
		s, m := quiet.prepare(t), newMortal(t, 1)
		s.threaten(m)
		s.g = s.ingester(t)
		s.crawl()
		s.clock.move(every)
		s.plant(200)
		m.asked = nil
		return s, m
	}
	whole, m := begin()
	whole.crawl()
	undisturbed := m.asked
	shards := slices.Compact(slices.Clone(undisturbed))
	if len(shards) < 10 {
		t.Fatalf("only %d shards", len(shards))
	}
	for at := 1; at <= len(undisturbed); at += 23 {
		s, m := begin()
		left, _, err := s.kill(m, at, "before a page")
		if left == "" {
			t.Fatalf("it outlived page %d of %d: %v", at, len(undisturbed), err)
		}
		before := m.asked
		m.asked = nil
		started := s.clock.Now()
		s.clock.move(time.Minute)
		s.cfg.Folder = left
		s.g = s.ingester(t)
		s.crawl()
		done := make(map[string]bool)
		for _, shard := range slices.Compact(slices.Clone(before)) {
			done[shard] = true
		}
		if n := len(before); n > 0 && at <= len(undisturbed) && undisturbed[at-1] == before[n-1] {
			delete(done, before[n-1]) // it was being read
		}
		for _, shard := range m.asked {
			if done[shard] {
				t.Errorf("dead before page %d: %q is read again", at, shard)
				break
			}
		}
		if more := len(before) + len(m.asked) - len(undisturbed); len(done) > 0 && more > slices.Max(slices.Collect(maps.Values(counted(undisturbed)))) {
			t.Errorf("dead before page %d: %d requests more than undisturbed", at, more)
		}
		if r := s.g.Status().Scopes[0].Last; len(done) > 0 && !r.At.Equal(started) {
			t.Errorf("dead before page %d: it is another crawl, of %s", at, r.At)
		}
		if n := s.judge(); n > 0 {
			t.Errorf("dead before page %d: %d rates are told of wrongly", at, n)
		}
	}
}

func counted(all []string) map[string]int {
	n := make(map[string]int)
	for _, s := range all {
		n[s]++
	}
	return n
}
