package ingester_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// many are n rows at a price.
func many(n int, price string) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = row(fmt.Sprint("m", i), price)
	}
	return rows
}

// batches returns, for each batch on the stream, how many changes it has and what ends it.
func (b *bundle) batches(t *testing.T) (changes []int, ends []any) {
	t.Helper()
	n := 0
	for _, r := range b.records(t) {
		e, err := event.Decode(r.Subject, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		switch e.Payload.(type) {
		case *event.RateChanged:
			n++
		case *event.CrawlProgressed, *event.CrawlFinished:
			changes, ends = append(changes, n), append(ends, e.Payload)
			n = 0
		}
	}
	return changes, ends
}

// inParts checks that the newest crawl came in several batches that hold so many changes in all, each rate once, and returns its record.
func (b *bundle) inParts(t *testing.T, total int) *event.CrawlFinished {
	t.Helper()
	changes, ends := b.batches(t)
	last, ok := ends[len(ends)-1].(*event.CrawlFinished)
	if !ok || last.Parts < 2 {
		t.Fatalf("the stream ends in %+v", ends[len(ends)-1])
	}
	sum, part := changes[len(changes)-1], 0
	for i, end := range ends {
		if p, ok := end.(*event.CrawlProgressed); ok && p.Crawl == last.Crawl {
			part++
			sum += changes[i]
			if p.Part != part || p.Changes != changes[i] || p.Scope != last.Scope || !p.Started.Equal(last.Started) {
				t.Errorf("the %d. part with %d changes ends in %+v", part, changes[i], p)
			}
		}
	}
	if sum != total || part != last.Parts-1 {
		t.Errorf("%d changes in %d parts, told are %d parts", sum, part+1, last.Parts)
	}
	seen := make(map[string]bool)
	for _, c := range b.changes(t) {
		if c.Crawl != last.Crawl {
			continue
		}
		if seen[c.Key] {
			t.Errorf("%s changes twice", c.Identity.MeterID)
		}
		seen[c.Key] = true
	}
	return last
}

const manyRates = 1_800 // several parts, however many identities are decided about at once

func TestManyChangesComeInParts(t *testing.T) {
	b := newBundle(t)
	b.cfg.PartMessages = 3
	g := b.ingester(t)
	b.source.Set(many(manyRates, "1")...)
	crawl(t, g)
	if r := b.inParts(t, manyRates); r.Counts.Added != manyRates || r.Identities != manyRates {
		t.Errorf("%+v", r)
	}
	b.clock.move(time.Hour)
	b.source.Set(append(many(manyRates, "2")[5:], row("m0", `"x"`), row("m1", "3"), row("m1", "4"))...)
	crawl(t, g)
	if r := b.inParts(t, manyRates-5); r.Counts.PriceChanged != manyRates-5 || r.Quarantined != 3 {
		t.Errorf("%+v", r)
	}
	b.clock.move(time.Hour)
	if r := crawl(t, g); r.Record.Parts != 0 || r.Record.Counts != (rate.Counts{}) {
		t.Errorf("%+v", r.Record)
	}
}

func TestAllPartsOfACrawlHaveOneCause(t *testing.T) {
	b := newBundle(t)
	b.cfg.PartMessages = 3
	g := b.ingester(t)
	b.source.Set(many(manyRates, "1")...)
	asked := trace.New()
	if _, err := g.Crawl(trace.With(t.Context(), asked), ingester.CrawlRequest{}); err != nil {
		t.Fatal(err)
	}
	b.inParts(t, manyRates)
	first := b.records(t)
	b.clock.move(time.Hour)
	b.source.Set(many(manyRates, "2")...)
	crawl(t, g)
	b.inParts(t, manyRates)
	own := b.records(t)[len(first)].Trace
	b.clock.move(time.Hour)
	b.source.Set(many(1, "2")...) // it is refused
	crawl(t, g)
	all := b.records(t)
	for i, r := range all {
		want := asked
		switch {
		case i == len(all)-1:
			if r.Trace.IsZero() || r.Trace.TraceID == own.TraceID {
				t.Errorf("the third crawl: %s", r.Trace)
			}
			continue
		case i >= len(first):
			want = own
		}
		if r.Trace != want || want.IsZero() {
			t.Fatalf("message %d: %s, want %s", i+1, r.Trace, want)
		}
	}
	if own.TraceID == asked.TraceID {
		t.Error("nobody asked for the second crawl, and it says so")
	}
}

func TestACrawlThatDiesBetweenItsPartsGoesOnWithTheNext(t *testing.T) {
	for step, last := range map[string]int{"before it is published": 4, "after it is published": 3} { // after the fourth all is done
		for dying := 1; dying <= last; dying++ {
			t.Run(fmt.Sprint(step, ", part ", dying), func(t *testing.T) {
				s := &soaking{t: t, bundle: newBundle(t)}
				s.cfg.PartMessages = 3
				m := newMortal(t, 1)
				s.g = s.ingester(t)
				s.source.Set(many(manyRates, "1")...)
				crawl(t, s.g)
				s.clock.move(time.Hour)
				s.source.Set(many(manyRates, "2")[1:]...) // one is absent
				s.threaten(m)
				s.g = s.ingester(t)
				left, _, err := s.kill(m, dying, step)
				if left == "" {
					t.Fatal(err)
				}
				s.cfg.Folder = left
				s.g = s.ingester(t)
				s.clock.move(time.Minute)
				r := crawl(t, s.g)
				told := s.inParts(t, manyRates-1)
				if told.Counts.PriceChanged != manyRates-1 || told.Crawl != r.Record.ID || told.Started.Minute() != 0 || told.Identities != manyRates-1 {
					t.Errorf("%+v", told)
				}
				for range 5 {
					s.clock.move(24 * time.Hour)
					crawl(t, s.g)
				}
				if c := s.bundle.changes(t); c[len(c)-1].Kind != "retired" || c[len(c)-1].Identity.MeterID != "m0" || len(c) != 2*manyRates {
					t.Errorf("%d changes, the last is %+v", len(c), c[len(c)-1])
				}
			})
		}
	}
}

// Whoever else publishes between two parts, of another scope or the same, makes the rest be judged again: nothing is told twice.
func TestAnotherIngesterMayPublishBetweenTheParts(t *testing.T) {
	for _, dies := range []bool{false, true} {
		for _, scope := range []string{"other", "shop"} {
			t.Run(fmt.Sprintf("of scope %s, the first dies: %v", scope, dies), func(t *testing.T) {
				s := &soaking{t: t, bundle: newBundle(t)}
				s.log = zap.NewNop()
				s.cfg.PartMessages = 3
				first := s.ingester(t)
				s.source.Set(many(manyRates, "1")...)
				crawl(t, first)
				s.clock.move(time.Hour)
				s.source.Set(many(manyRates, "2")...)
				elsewhere := &soaking{t: t, bundle: &bundle{clock: s.clock, port: s.port, publ: &interceptor{Publisher: s.port}, source: s.source, cfg: s.cfg, log: s.log}}
				elsewhere.cfg.Folder, elsewhere.cfg.Scope = t.TempDir(), scope
				second := elsewhere.ingester(t)
				meddle := func() {
					s.clock.move(time.Minute)
					if scope == "other" {
						s.source.Set(append(many(manyRates, "9"), row("elsewhere", "1"))...)
					}
					crawl(t, second)
					s.source.Set(many(manyRates, "2")...)
				}
				s.meddled(t, first, dies, meddle)
				if got := len(s.bundle.changes(t)); got != 2*manyRates+map[string]int{"other": 1}[scope] {
					t.Errorf("%d changes", got)
				}
				told := make(map[string]bool)
				for _, c := range s.bundle.changes(t) {
					line := c.Identity.MeterID + " " + c.Kind
					if told[line] {
						t.Fatalf("%s: told twice", line)
					}
					told[line] = true
				}
			})
		}
	}
}

// meddled crawls, with something that happens between the first and the second part; perhaps the process dies of it, and another goes on.
func (s *soaking) meddled(t *testing.T, g *ingester.Ingester, dies bool, meddle func()) {
	t.Helper()
	if dies {
		m := newMortal(t, 1)
		s.threaten(m)
		s.g = s.ingester(t)
		left, _, err := s.kill(m, 2, "before it is published")
		if left == "" {
			t.Fatal(err)
		}
		meddle()
		s.cfg.Folder = left
		crawl(t, s.ingester(t))
		return
	}
	parts := 0
	s.publ.before = func() error {
		if parts++; parts == 2 {
			meddle()
		}
		return nil
	}
	_, err := g.Crawl(t.Context(), ingester.CrawlRequest{})
	s.publ.before = nil
	if err != nil && !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Refused) && !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
	s.clock.move(time.Minute)
	crawl(t, g)
}

// familyRow is a row of a family.
func familyRow(family, meter, price string) string {
	return azuretest.Row(meter, map[string]string{"serviceFamily": `"` + family + `"`, "retailPrice": price})
}

func family(name string, from, to int, price string) (rows []string) {
	for i := from; i < to; i++ {
		rows = append(rows, familyRow(name, fmt.Sprint(name, i), price))
	}
	return rows
}

func (b *bundle) sharded(policy rate.Policy) {
	b.cfg.ShardRows, b.cfg.Policy = 300, policy
	b.log = zap.NewNop()
}

// kinds counts the changes on the stream behind the first n, by family and kind.
func (b *bundle) kinds(t *testing.T, n int) map[string]int {
	t.Helper()
	counts := make(map[string]int)
	for _, c := range b.changes(t)[n:] {
		counts[strings.TrimRight(c.Identity.MeterID, "0123456789")+" "+c.Kind]++
	}
	return counts
}

func TestAShardThatShrinksIsRefusedAloneUntilItIsAccepted(t *testing.T) {
	b := newBundle(t)
	b.sharded(rate.Policy{Shrink: .15, RetireCrawls: 2})
	g := b.ingester(t)
	b.source.Set(slices.Concat(family("Compute", 0, 290, "1"), family("Storage", 0, 100, "1"), family("Web", 0, 110, "1"))...)
	crawl(t, g)
	b.source.Set(slices.Concat(family("Compute", 0, 290, "2"), family("Storage", 0, 70, "2"), family("Web", 0, 109, "2"))...)
	var last ingester.Result
	for range 3 { // were the absences of the refused shard counted, they would be retired by now
		b.clock.move(time.Hour)
		last = crawl(t, g)
		for _, s := range last.Record.Shards {
			if (s.Refused != "") != (s.Name == "storage") {
				t.Errorf("%+v", s)
			}
		}
		if last.Record.Refused != "" || last.Record.Counts.Added != 0 {
			t.Errorf("%+v", last.Record)
		}
	}
	if got := fmt.Sprint(b.kinds(t, 500)); got != "map[Compute price_changed:290 Web price_changed:109 Web retired:1]" {
		t.Errorf("without the refused shard: %s", got)
	}
	for range 2 { // by another process, too
		g = b.ingester(t)
	}
	before := len(b.changes(t))
	r, err := g.Accept(t.Context(), last.Record.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(b.kinds(t, before)); got != "map[Storage price_changed:70]" || !r.Record.Accepted || len(r.Record.Shards) != 1 {
		t.Errorf("accepted: %s, %+v", got, r.Record)
	}
	if _, err := g.Accept(t.Context(), last.Record.ID); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
		t.Errorf("accepted again: %v", err)
	}
	b.clock.move(time.Hour)
	next := crawl(t, g)
	if got := fmt.Sprint(b.kinds(t, before+70)); got != "map[Storage retired:30]" || slices.ContainsFunc(next.Record.Shards, func(s rate.ShardRecord) bool { return s.Refused != "" }) {
		t.Errorf("one crawl later: %s, %+v", got, next.Record)
	}
	for _, c := range b.changes(t)[before+70:] {
		if !c.Periods[0].From.Equal(last.Record.At) {
			t.Errorf("%s is absent since %s, not %s", c.Identity.MeterID, c.Periods[0].From, last.Record.At)
		}
	}
}

func TestShardsThatComeBackByThemselvesNeedNobody(t *testing.T) {
	b := newBundle(t)
	b.sharded(rate.DefaultPolicy())
	g := b.ingester(t)
	all := slices.Concat(family("Compute", 0, 290, "1"), family("Storage", 0, 100, "1"))
	b.source.Set(all...)
	crawl(t, g)
	b.clock.move(24 * time.Hour)
	b.source.Set(all[:330]...)
	refused := crawl(t, g)
	for range 4 {
		b.clock.move(24 * time.Hour)
		b.source.Set(all...)
		crawl(t, g)
	}
	if got := b.kinds(t, 390); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if _, err := g.Accept(t.Context(), refused.Record.ID); !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) {
		t.Errorf("accepted too late: %v", err)
	}
}

func TestASourceThatDoesNotHeedFiltersIsReadAsAWhole(t *testing.T) {
	b := newBundle(t)
	b.sharded(rate.DefaultPolicy())
	m := newMortal(t, 1)
	b.threaten(m)
	rows := slices.Concat(family("Compute", 0, 290, "1"), family("Storage", 0, 100, "1"))
	b.scripted(t, pages(100, rows...)) // heeds nothing
	g := b.ingester(t)
	crawl(t, g)
	for n := range 3 {
		b.clock.move(time.Hour)
		if n == 2 { // as little does a process that starts then
			g = b.ingester(t)
		}
		m.asked = nil
		r := crawl(t, g)
		filtered := len(m.asked) - counted(m.asked)[""]
		if r.Record.Identities != 390 || len(r.Record.Shards) != 0 || r.Record.Refused != "" || (filtered > 0) != (n == 0) {
			t.Errorf("crawl %d: %d requests with a filter, %+v", n, filtered, r.Record)
		}
	}
	if got := b.kinds(t, 390); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
