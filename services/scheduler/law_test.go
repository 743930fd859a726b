package scheduler_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// market replays the stream of one market and checks it against what must hold.
type market struct {
	w         *world
	records   map[string]release.Release
	manifests map[string]*event.ReleasePublished
	sequence  map[string]uint64
	effective map[string]uint64
	order     []*event.ReleasePublished
	lines     []stored // of the batch being read
	ids       map[string]int
	belief    map[pricelist.Identity][]pricelist.Span // in the order they became known
}

// checkLaws checks everything that must hold at any time, whatever people do and whatever dies.
func checkLaws(t failer, w *world) {
	t.Helper()
	all, err := w.records.List(context.Background(), release.Filter{})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	markets := map[string]*market{}
	for _, r := range all {
		if markets[r.Slot.Market] == nil {
			markets[r.Slot.Market] = &market{
				w: w, records: map[string]release.Release{}, manifests: map[string]*event.ReleasePublished{}, sequence: map[string]uint64{},
				effective: map[string]uint64{}, ids: map[string]int{}, belief: map[pricelist.Identity][]pricelist.Span{},
			}
		}
		markets[r.Slot.Market].records[r.ID] = r
	}
	for _, s := range w.history() {
		id := ""
		switch p := s.payload.(type) {
		case *event.PriceChanged:
			id = p.Release
		case *event.ReleasePublished:
			id = p.Release
		case *event.ReleaseEffective:
			id = p.Release
		}
		slot, _, err := release.ParseID(id)
		if err != nil {
			t.Fatalf("%s: %v", s.Subject, err)
		}
		markets[slot.Market].read(t, s)
	}
	for _, name := range slices.Sorted(maps.Keys(markets)) {
		markets[name].recordsFollow(t)
		markets[name].answers(t)
	}
}

func (m *market) read(t failer, s stored) {
	t.Helper()
	if m.ids[s.ID]++; m.ids[s.ID] > 1 {
		t.Fatalf("event %s came %d times: %s", s.ID, m.ids[s.ID], s.Subject)
	}
	switch p := s.payload.(type) {
	case *event.PriceChanged:
		m.lines = append(m.lines, s)
	case *event.ReleasePublished:
		m.published(t, s, p)
	case *event.ReleaseEffective:
		if _, published := m.manifests[p.Release]; !published {
			t.Fatalf("%s took effect before it was published", p.Release)
		}
		if p.EffectiveAt.After(m.w.clock.now) {
			t.Fatalf("%s took effect too early", p.Release)
		}
		if m.effective[p.Release] != 0 {
			t.Fatalf("%s took effect twice", p.Release)
		}
		m.effective[p.Release] = s.Sequence
	}
}

func (m *market) published(t failer, s stored, p *event.ReleasePublished) {
	t.Helper()
	r := m.records[p.Release]
	switch {
	case m.manifests[p.Release] != nil:
		t.Fatalf("%s was published twice", p.Release)
	case p.ApprovedBy == "" || strings.EqualFold(p.ApprovedBy, p.CreatedBy) || strings.EqualFold(p.ApprovedBy, r.SubmittedBy):
		t.Fatalf("%s by %q and %q was approved by %q", p.Release, p.CreatedBy, r.SubmittedBy, p.ApprovedBy)
	case p.PublishedAt.Before(r.PublishAt):
		t.Fatalf("%s was published at %s, before %s", p.Release, p.PublishedAt, r.PublishAt)
	case p.PublishedAt.After(m.w.clock.now):
		t.Fatalf("%s was published in the future", p.Release)
	case p.Notice.Days != effective.DaysBetween(p.PublishedAt, p.EffectiveAt):
		t.Fatalf("%s claims %d days of notice", p.Release, p.Notice.Days)
	case p.Notice.Short != p.PublishedAt.After(effective.Days(30).PublishAt(p.EffectiveAt)) || p.Notice.Short && p.Notice.Reason == "":
		t.Fatalf("%s, published at %s, has notice %+v", p.Release, p.PublishedAt, p.Notice)
	case len(m.order) > 0 && p.PublishedAt.Before(m.order[len(m.order)-1].PublishedAt):
		t.Fatalf("%s was published at %s, before the one before it in the stream", p.Release, p.PublishedAt)
	}
	m.batch(t, s, p)
	m.place(t, p)
	m.manifests[p.Release], m.sequence[p.Release], m.order = p, s.Sequence, append(m.order, p)
}

// batch requires that a manifest ends the batch of its own lines, all of them.
func (m *market) batch(t failer, s stored, p *event.ReleasePublished) {
	t.Helper()
	sum := sha256.New()
	for i, l := range m.lines {
		c, ok := l.payload.(*event.PriceChanged)
		if !ok || c.Release != p.Release || c.N != i+1 || c.Of != len(m.lines) || !c.KnownAt.Equal(p.PublishedAt) {
			t.Fatalf("line %d of %s: %+v", i+1, p.Release, c)
		}
		if l.Sequence != s.Sequence-uint64(len(m.lines)-i) || l.Commit || !s.Commit {
			t.Fatalf("line %d of %s is not in its batch", i+1, p.Release)
		}
		sum.Write([]byte(l.ID))
		spans, err := c.Spans()
		if err != nil {
			t.Fatalf("spans: %v", err)
		}
		d, err := c.Difference()
		if err != nil {
			t.Fatalf("difference: %v", err)
		}
		m.belief[d.Identity] = append(m.belief[d.Identity], spans...)
	}
	if p.Changed != len(m.lines) || p.Checksum != hex.EncodeToString(sum.Sum(nil)) {
		t.Fatalf("%s says %d lines with checksum %s, there are %d", p.Release, p.Changed, p.Checksum, len(m.lines))
	}
	m.lines = nil
}

// place requires that a manifest names the right predecessor, and that effective moments came before it.
func (m *market) place(t failer, p *event.ReleasePublished) {
	t.Helper()
	want := ""
	var best *event.ReleasePublished
	for _, o := range m.order {
		if o.EffectiveAt.Before(p.EffectiveAt) && (best == nil || compareManifests(o, best) > 0) {
			best, want = o, o.Release
		}
		replaced := slices.ContainsFunc(m.order, func(x *event.ReleasePublished) bool {
			return x.EffectiveAt.Equal(o.EffectiveAt) && x.Revision > o.Revision
		})
		if !o.EffectiveAt.After(p.PublishedAt) && m.effective[o.Release] == 0 && !replaced {
			t.Fatalf("%s was published at %s before %s was said to be effective", p.Release, p.PublishedAt, o.Release)
		}
	}
	if p.Predecessor != want || p.Baseline != (want == "") {
		t.Fatalf("%s follows %q, the stream says %q", p.Release, p.Predecessor, want)
	}
}

func compareManifests(a, b *event.ReleasePublished) int {
	return cmp.Or(a.EffectiveAt.Compare(b.EffectiveAt), cmp.Compare(a.Revision, b.Revision))
}

// recordsFollow requires that no record is ahead of the stream.
func (m *market) recordsFollow(t failer) {
	t.Helper()
	for id, r := range m.records {
		p := m.manifests[id]
		switch {
		case p == nil && r.State.Public():
			t.Fatalf("%s is %s, but the stream does not hold it", id, r.State)
		case p != nil && !r.State.Public() && r.State != release.Publishing:
			t.Fatalf("%s is %s, but the stream holds it", id, r.State)
		case r.State == release.Effective && m.effective[id] == 0:
			t.Fatalf("%s is effective, but the stream does not say so", id)
		case p != nil && r.State.Public() && (r.Sequence != m.sequence[id] || !r.PublishedAt.Equal(p.PublishedAt) || r.Checksum != p.Checksum ||
			r.Predecessor != p.Predecessor || release.Notice(p.Notice) != r.Notice):
			t.Fatalf("%s differs from its manifest:\n%+v\n%+v", id, r, p)
		}
	}
}

// answers requires that whoever writes the periods of all lines over one another knows what the lists say.
func (m *market) answers(t failer) {
	t.Helper()
	var lists []pricelist.List
	for _, p := range m.order {
		data, err := m.w.content.Get(context.Background(), p.Content)
		if err != nil {
			t.Fatalf("content: %v", err)
		}
		lines, err := sheet.Decode(strings.NewReader(string(data)))
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		lists = append(lists, pricelist.NewList(p.Release, p.Revision, p.EffectiveAt, lines))
	}
	book := pricelist.NewBook(lists...)
	for id, spans := range m.belief {
		for v := day("2026-09-15"); v.Before(day("2027-09-01")); v = v.AddDate(0, 0, 15) {
			want, _ := book.LineAt(id, v)
			var got *pricelist.Line
			for _, s := range spans {
				if s.Contains(v) {
					got = s.Line
				}
			}
			if (want == nil) != (got == nil) || want != nil && want.UnitPrice != got.UnitPrice {
				t.Fatalf("%s at %s: the events say %+v, the lists %+v; spans %+v; stream %v", id.Key(), v, got, want, spans, tell(m.w.history()))
			}
		}
	}
}

// TestWhateverHappensTheLawsHold lets people, clocks and deaths act at random.
func TestWhateverHappensTheLawsHold(t *testing.T) {
	for range 6 { // a round is a hundred lives
		rapid.Check(t, whatever)
	}
}

func whatever(rt *rapid.T) {
	a := &actors{T: rt, w: newWorld(rt, day("2026-09-20"))}
	rt.Repeat(map[string]func(*rapid.T){
		"create": a.create, "submit": a.submit, "approve": a.approve, "reject": a.reject, "wait": a.wait, "pass": a.pass, "approve2": a.approve,
		"": func(rt *rapid.T) { checkLaws(rt, a.w) },
	})
	a.w.settle()
	if _, err := a.w.start().pass(); err != nil {
		rt.Fatalf("the last pass: %v", err)
	}
	checkLaws(rt, a.w)
	a.nothingIsLeft(rt)
}

type actors struct {
	*rapid.T
	w *world
}

func (a *actors) nothingIsLeft(t *rapid.T) {
	all, err := a.w.records.List(context.Background(), release.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if steps := release.Due(a.w.clock.now, all).Steps; len(steps) > 0 {
		t.Fatalf("left undone: %s %s", steps[0].Do, steps[0].Release.ID)
	}
	inForce := map[string]int{}
	for _, r := range all {
		if r.State == release.Effective {
			inForce[r.Slot.Market]++
		}
	}
	for market, n := range inForce {
		if n > 1 {
			t.Fatalf("%d releases are in force in %s", n, market)
		}
	}
}

func (a *actors) person(t *rapid.T) string {
	return rapid.SampledFrom([]string{"alice", "bob", "carol"}).Draw(t, "who")
}

func (a *actors) some(t *rapid.T, states ...release.State) (string, bool) {
	all, err := a.w.records.List(context.Background(), release.Filter{States: states})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return "", false
	}
	return rapid.SampledFrom(all).Draw(t, "release").ID, true
}

// tolerate fails on errors that are not an answer to a person.
func tolerate(t *rapid.T, err error) {
	if err == nil || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Refused) {
		return
	}
	t.Fatalf("a person was told: %v", err)
}

func (a *actors) create(t *rapid.T) {
	prices := map[string]int{}
	for _, product := range []string{"a", "b", "c"} {
		if price := rapid.IntRange(-3, 5).Draw(t, product); price != 0 {
			prices[product] = price
		}
	}
	if len(prices) == 0 {
		return
	}
	market := rapid.SampledFrom([]string{"US", "CA"}).Draw(t, "market")
	month := effective.MonthOf(a.w.clock.now).Add(rapid.IntRange(0, 3).Draw(t, "month"))
	kind := rapid.SampledFrom([]release.SheetKind{release.Full, release.Full, release.Delta}).Draw(t, "kind")
	who := a.person(t)
	_, err := a.w.start().desk.Create(context.Background(), input(market, month.String(), kind, prices), release.Act{Who: who, At: a.w.clock.now})
	tolerate(t, err)
}

func (a *actors) submit(t *rapid.T) {
	if id, ok := a.some(t, release.Draft, release.InReview); ok {
		_, err := a.w.start().desk.Submit(context.Background(), id, release.Act{Who: a.person(t), At: a.w.clock.now})
		tolerate(t, err)
	}
}

func (a *actors) approve(t *rapid.T) {
	if id, ok := a.some(t, release.InReview, release.Approved); ok {
		act := release.Act{Who: a.person(t), At: a.w.clock.now, Reason: rapid.SampledFrom([]string{"", "late"}).Draw(t, "reason")}
		_, err := a.w.start().desk.Approve(context.Background(), id, act)
		tolerate(t, err)
	}
}

func (a *actors) reject(t *rapid.T) {
	if id, ok := a.some(t); ok && rapid.IntRange(0, 3).Draw(t, "really") == 0 {
		_, err := a.w.start().desk.Reject(context.Background(), id, release.Act{Who: a.person(t), At: a.w.clock.now, Reason: "wrong"})
		tolerate(t, err)
	}
}

// wait moves the clock by up to forty days, or exactly to the next thing that is due.
func (a *actors) wait(t *rapid.T) {
	all, err := a.w.records.List(context.Background(), release.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	next := release.Due(a.w.clock.now, all).Next
	if !next.IsZero() && rapid.Bool().Draw(t, "until due") {
		a.w.clock.now = next
		return
	}
	a.w.clock.now = a.w.clock.now.Add(time.Duration(rapid.IntRange(1, 40*24*3600).Draw(t, "seconds")) * time.Second)
}

// pass runs a scheduler that may die at any call, be visited by another one or by a person at any call, and leave a publication with a
// slow server.
func (a *actors) pass(t *rapid.T) {
	die := rapid.IntRange(-10, 14).Draw(t, "die at")
	p := a.w.startAndDie(max(die, -1), rapid.Bool().Draw(t, "after"))
	p.slow = rapid.Bool().Draw(t, "slow")
	visitors := rapid.SliceOfN(rapid.IntRange(0, 14), 0, 2).Draw(t, "visitors")
	for i, n := range visitors {
		act := rapid.SampledFrom([]string{"scheduler", "approve", "reject", "late", "time"}).Draw(t, fmt.Sprint("visitor ", i))
		p.visit[n] = func() { a.visit(t, act) }
	}
	_, _ = p.pass()
}

func (a *actors) visit(t *rapid.T, act string) {
	switch act {
	case "scheduler":
		_, _ = a.w.start().pass()
	case "approve":
		a.approve(t)
	case "reject":
		a.reject(t)
	case "late":
		a.w.settle()
	case "time":
		a.w.clock.now = a.w.clock.now.Add(90 * time.Second)
	}
}
