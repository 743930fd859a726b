package ingester_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// script is a source whose every traversal is written down: the pages of each, and the rows of each page. The last one is repeated.
type script struct {
	mu         sync.Mutex
	traversals [][][]string
	current    [][]string
	begun      int
}

// scripted puts the bundle on a script.
func (b *bundle) scripted(t *testing.T, traversals ...[][]string) *script {
	t.Helper()
	s := &script{traversals: traversals}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	b.cfg.Source = server.URL + azuretest.Path
	return s
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	number, _ := strconv.Atoi(r.URL.Query().Get("$skip")) // of the page
	if number == 0 {
		s.current = s.traversals[min(s.begun, len(s.traversals)-1)]
		s.begun++
	}
	next := "null"
	if number+1 < len(s.current) {
		next = fmt.Sprintf(`"http://%s%s?$skip=%d"`, r.Host, azuretest.Path, number+1)
	}
	rows := s.current[number]
	_, _ = fmt.Fprintf(w, `{"Items":[%s],"NextPageLink":%s,"Count":%d}`, strings.Join(rows, ","), next, len(rows))
}

// play replaces what comes next.
func (s *script) play(traversals ...[][]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traversals, s.begun = traversals, 0
}

// pages divides rows into pages of n at most.
func pages(n int, rows ...string) [][]string {
	var all [][]string
	for ; len(rows) > n; rows = rows[n:] {
		all = append(all, rows[:n])
	}
	return append(all, rows)
}

// others are n rows that nothing is the matter with.
func others(n int) []string {
	var rows []string
	for i := range n {
		rows = append(rows, row(fmt.Sprint("other", i), "1"))
	}
	return rows
}

// with returns others and the given rows on one page.
func with(rows ...string) [][]string { return [][]string{append(others(20), rows...)} }

// A traversal that found next to nothing has not looked: what it did not find anew says nothing about what the others missed.
func TestATraversalThatEndsAtOnceConfirmsNothing(t *testing.T) {
	a, b2, c, d := row("a", "1"), row("b", "1"), row("c", "1"), row("d", "1")
	for name, second := range map[string][][]string{"it is empty": pages(2), "it ends after its first page": pages(2, a)} {
		t.Run(name, func(t *testing.T) {
			b := newBundle(t)
			b.scripted(t, pages(2, a, b2, c), second, pages(2, a, b2, c, d))
			r := crawl(t, b.ingester(t))
			if r.Record.Identities != 4 {
				t.Errorf("%d identities after %d traversals", r.Record.Identities, r.Record.Traversals)
			}
		})
	}
}

// Where pages are not stable each traversal misses rows. That the last one missed one of two rows that disagree does not settle which is true.
func TestRowsThatDisagreeStayAtOddsThoughATraversalMissesOne(t *testing.T) {
	old, fresh := row("a", "1"), row("a", "2")
	for name, traversals := range map[string][][][]string{
		"the old one is missing": {with(old, fresh), with(fresh)},
		"the new one is missing": {with(old, fresh), with(old)},
	} {
		for _, begin := range []string{"known", "unknown"} {
			t.Run(name+", "+begin, func(t *testing.T) {
				b := newBundle(t)
				s := b.scripted(t, with(old))
				g := b.ingester(t)
				if begin == "known" {
					crawl(t, g)
					b.clock.move(time.Hour)
				}
				s.play(traversals...)
				r, err := g.Crawl(t.Context(), ingester.CrawlRequest{})
				if err != nil {
					t.Fatal(err)
				}
				if r.Record.Quarantined != 2 || r.Record.Counts.PriceChanged != 0 {
					t.Errorf("%+v\n%v", r.Record, b.story(t))
				}
			})
		}
	}
}

// A price that changes while a catalogue is read is told of once, with the next crawl at the latest.
func TestAPriceThatChangesWhileACatalogueIsReadChangesOnce(t *testing.T) {
	old, fresh, another := row("a", "1"), row("a", "2"), row("c", "1")
	b := newBundle(t)
	s := b.scripted(t, with(old))
	g := b.ingester(t)
	crawl(t, g)
	s.play(with(old, another), with(fresh, another))
	for range 2 {
		b.clock.move(time.Hour)
		crawl(t, g)
	}
	var told []string
	for _, c := range b.changes(t)[21:] {
		told = append(told, fmt.Sprint(c.Identity.MeterID, " ", c.Kind, " ", c.After.Price))
	}
	slices.Sort(told)
	if diff := cmp.Diff([]string{"a price_changed 2.00", "c added 1.00"}, told); diff != "" {
		t.Error(diff)
	}
}
