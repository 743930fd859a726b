package scheduler_test

import (
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
	withdrawn map[string][]*event.ReleaseWithdrawn
	sequence  map[string]uint64
	effective map[string]uint64
	missing   map[string]bool
	story     pricelist.Story
	lines     []stored // of the batch being read
	corrected *event.ReleaseCorrected
	latest    time.Time // the latest instant that anything was known at
	ids       map[string]int
	belief    []belief
}

// belief is what a store keeps of one period: of those known at K that hold V, the latest known answers.
type belief struct {
	id    pricelist.Identity
	known time.Time
	span  pricelist.Span
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
				w: w, records: map[string]release.Release{}, manifests: map[string]*event.ReleasePublished{}, withdrawn: map[string][]*event.ReleaseWithdrawn{},
				sequence: map[string]uint64{}, effective: map[string]uint64{}, missing: map[string]bool{}, ids: map[string]int{},
			}
		}
		markets[r.Slot.Market].records[r.ID] = r
	}
	for _, s := range w.history() {
		slot, _, err := release.ParseID(releaseOf(s.payload))
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

func releaseOf(payload event.Payload) string {
	switch p := payload.(type) {
	case *event.PriceChanged:
		return p.Release
	case *event.ReleasePublished:
		return p.Release
	case *event.ReleaseEffective:
		return p.Release
	case *event.ReleaseCorrected:
		return p.Release
	case *event.ReleaseWithdrawn:
		return p.Release
	case *event.ReleaseMissing:
		return p.Release
	}
	return ""
}

func (m *market) read(t failer, s stored) {
	t.Helper()
	if m.ids[s.ID]++; m.ids[s.ID] > 1 {
		t.Fatalf("event %s came %d times: %s", s.ID, m.ids[s.ID], s.Subject)
	}
	switch p := s.payload.(type) {
	case *event.PriceChanged:
		m.lines = append(m.lines, s)
	case *event.ReleaseCorrected:
		m.corrected = p
	case *event.ReleasePublished:
		m.published(t, s, p)
	case *event.ReleaseWithdrawn:
		m.takenBack(t, s, p)
	case *event.ReleaseMissing:
		if m.missing[p.Month] {
			t.Fatalf("%s was said to be missing twice", p.Month)
		}
		m.missing[p.Month] = true
	case *event.ReleaseEffective:
		m.tookEffect(t, s, p)
	}
}

func (m *market) tookEffect(t failer, s stored, p *event.ReleaseEffective) {
	t.Helper()
	switch {
	case m.manifests[p.Release] == nil:
		t.Fatalf("%s took effect before it was published", p.Release)
	case p.EffectiveAt.After(m.w.clock.now):
		t.Fatalf("%s took effect too early", p.Release)
	case m.effective[p.Release] != 0:
		t.Fatalf("%s took effect twice", p.Release)
	case m.isWithdrawn(p.Release):
		t.Fatalf("%s took effect after it was withdrawn", p.Release)
	}
	m.effective[p.Release] = s.Sequence
}

func (m *market) isWithdrawn(id string) bool {
	return slices.ContainsFunc(m.withdrawn[id], func(w *event.ReleaseWithdrawn) bool { return w.Whole })
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
	case p.Backfilled && (p.Notice.Short || !p.PublishedAt.Equal(r.PublishAt) || p.Reason == ""):
		t.Fatalf("%s of the past, published at %s, is %+v", p.Release, p.PublishedAt, p)
	case !p.Backfilled && (p.Notice.Short != p.PublishedAt.After(effective.Days(30).PublishAt(p.EffectiveAt)) || p.Notice.Short && p.Notice.Reason == ""):
		t.Fatalf("%s, published at %s, has notice %+v", p.Release, p.PublishedAt, p.Notice)
	case !p.Backfilled && p.PublishedAt.Before(m.latest):
		t.Fatalf("%s was published at %s, before what stands before it in the stream", p.Release, p.PublishedAt)
	case p.Corrects != "" && (m.corrected == nil || m.corrected.Release != p.Corrects || m.corrected.By != p.Release || m.corrected.Reason == ""):
		t.Fatalf("%s mends %s, and before it stands %+v", p.Release, p.Corrects, m.corrected)
	case p.Corrects == "" && m.corrected != nil:
		t.Fatalf("%s mends nothing, and before it stands %+v", p.Release, m.corrected)
	}
	ends := uint64(0)
	if p.Corrects != "" {
		ends = 1
	}
	m.batch(t, s, p.Release, 0, p.Changed, p.Checksum, ends, p.PublishedAt, p.Backfilled)
	m.place(t, p)
	m.manifests[p.Release], m.sequence[p.Release], m.corrected = p, s.Sequence, nil
	list := pricelist.NewList(p.Release, p.Revision, p.EffectiveAt, m.content(t, p.Content))
	m.story = pricelist.NewStory(append(m.story, pricelist.Step{KnownAt: p.PublishedAt, Sequence: s.Sequence, List: list})...)
	m.latest = later(m.latest, p.PublishedAt)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (m *market) takenBack(t failer, s stored, p *event.ReleaseWithdrawn) {
	t.Helper()
	r := m.records[p.Release]
	switch {
	case m.manifests[p.Release] == nil:
		t.Fatalf("%s was withdrawn before it was published", p.Release)
	case p.Withdrawal != len(m.withdrawn[p.Release])+1 || p.Withdrawal > len(r.Withdrawals):
		t.Fatalf("%s was withdrawn for the %d. time after %d", p.Release, p.Withdrawal, len(m.withdrawn[p.Release]))
	case strings.EqualFold(p.WithdrawnBy, r.CreatedBy) || strings.EqualFold(p.WithdrawnBy, r.SubmittedBy) || p.Reason == "":
		t.Fatalf("%s by %q was withdrawn by %q because of %q", p.Release, r.CreatedBy, p.WithdrawnBy, p.Reason)
	case p.WithdrawnAt.Before(m.latest) || p.WithdrawnAt.After(m.w.clock.now):
		t.Fatalf("%s was withdrawn at %s", p.Release, p.WithdrawnAt)
	case p.Retroactive && !p.From.Equal(r.EffectiveAt) || !p.Retroactive && !p.From.Equal(later(p.WithdrawnAt, r.EffectiveAt)):
		t.Fatalf("%s was withdrawn at %s from %s on", p.Release, p.WithdrawnAt, p.From)
	}
	m.batch(t, s, p.Release, p.Withdrawal, p.Changed, p.Checksum, 0, p.WithdrawnAt, false)
	step := pricelist.Withdrawal{Release: p.Release, From: p.From}
	if !p.Whole {
		for _, l := range m.content(t, r.Withdrawals[p.Withdrawal-1].Lines) {
			step.Identities = append(step.Identities, l.Identity)
		}
	}
	m.story = pricelist.NewStory(append(m.story, pricelist.Step{KnownAt: p.WithdrawnAt, Sequence: s.Sequence, Withdrawal: step})...)
	m.withdrawn[p.Release], m.latest = append(m.withdrawn[p.Release], p), p.WithdrawnAt
}

func (m *market) content(t failer, sum string) []pricelist.Line {
	t.Helper()
	data, err := m.w.content.Get(context.Background(), sum)
	if err != nil {
		t.Fatalf("content: %v", err)
	}
	lines, err := sheet.Decode(strings.NewReader(string(data)))
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return lines
}

// batch requires that an event ends the batch of its own lines, all of them; so many other events may stand between them and it.
func (m *market) batch(t failer, s stored, id string, withdrawal, changed int, checksum string, between uint64, known time.Time, past bool) {
	t.Helper()
	sum := sha256.New()
	for i, l := range m.lines {
		c, ok := l.payload.(*event.PriceChanged)
		if !ok || c.Release != id || c.Withdrawal != withdrawal || c.N != i+1 || c.Of != len(m.lines) || c.KnownAt.Before(known) || c.KnownAt.After(known) && !past {
			t.Fatalf("line %d of %s: %+v", i+1, id, c)
		}
		if l.Sequence != s.Sequence-between-uint64(len(m.lines)-i) || l.Commit || !s.Commit {
			t.Fatalf("line %d of %s is not in its batch", i+1, id)
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
		for _, span := range spans {
			m.belief = append(m.belief, belief{d.Identity, c.KnownAt, span})
		}
	}
	if changed != len(m.lines) || checksum != hex.EncodeToString(sum.Sum(nil)) {
		t.Fatalf("%s says %d lines with checksum %s, there are %d", id, changed, checksum, len(m.lines))
	}
	m.lines = nil
}

// place requires that a manifest names the right predecessor, and that effective moments came before it.
func (m *market) place(t failer, p *event.ReleasePublished) {
	t.Helper()
	want := ""
	if predecessor, ok := m.story.Book(p.PublishedAt).Predecessor(p.EffectiveAt); ok {
		want = predecessor.Release
	}
	if p.Predecessor != want || p.Baseline != (want == "") {
		t.Fatalf("%s follows %q, the stream says %q: %v", p.Release, p.Predecessor, want, tell(m.w.history()))
	}
	for id, o := range m.manifests {
		replaced := false
		for other, x := range m.manifests {
			replaced = replaced || x.EffectiveAt.Equal(o.EffectiveAt) && x.Revision > o.Revision && !m.isWithdrawn(other)
		}
		if !p.Backfilled && !o.EffectiveAt.After(p.PublishedAt) && m.effective[id] == 0 && !replaced && !m.isWithdrawn(id) {
			t.Fatalf("%s was published at %s before %s was said to be effective", p.Release, p.PublishedAt, id)
		}
	}
}

// recordsFollow requires that no record is ahead of the stream.
func (m *market) recordsFollow(t failer) {
	t.Helper()
	for id, r := range m.records {
		p := m.manifests[id]
		told := r.State.Public() || r.State == release.Withdrawn && r.Told()
		switch {
		case p == nil && told:
			t.Fatalf("%s is %s, but the stream does not hold it", id, r.State)
		case p != nil && !told && r.State != release.Publishing:
			t.Fatalf("%s is %s, but the stream holds it", id, r.State)
		case r.State == release.Effective && m.effective[id] == 0:
			t.Fatalf("%s is effective, but the stream does not say so", id)
		case told && r.State == release.Withdrawn && !m.isWithdrawn(id):
			t.Fatalf("%s is withdrawn, but the stream does not say so", id)
		case p != nil && told && (r.Sequence != m.sequence[id] || !r.PublishedAt.Equal(p.PublishedAt) || r.Checksum != p.Checksum ||
			r.Predecessor != p.Predecessor || release.Notice(p.Notice) != r.Notice):
			t.Fatalf("%s differs from its manifest:\n%+v\n%+v", id, r, p)
		}
		for _, w := range r.Withdrawals {
			if w.Told() && (w.N > len(m.withdrawn[id]) || m.withdrawn[id][w.N-1].Checksum != w.Checksum || !m.withdrawn[id][w.N-1].From.Equal(w.From)) {
				t.Fatalf("withdrawal %+v of %s is not the stream's", w, id)
			}
		}
	}
}

// answers requires that whoever keeps the periods of all lines knows, on both time axes, what the lists say.
func (m *market) answers(t failer) {
	t.Helper()
	knowledge := []time.Time{day("2026-01-01"), m.w.clock.now}
	ids := map[pricelist.Identity]bool{}
	for _, step := range m.story {
		knowledge = append(knowledge, step.KnownAt, step.KnownAt.Add(-time.Millisecond))
		for i := range step.List.Lines {
			ids[step.List.Lines[i].Identity] = true
		}
	}
	for _, k := range knowledge {
		book := m.story.Book(k)
		for id := range ids {
			for v := day("2026-08-15"); v.Before(day("2027-09-01")); v = v.AddDate(0, 0, 15) {
				want, _ := book.LineAt(id, v)
				if got := m.believed(id, v, k); (want == nil) != (got == nil) || want != nil && want.UnitPrice != got.UnitPrice {
					t.Fatalf("%s at %s, known at %s: the events say %+v, the lists %+v; stream %v", id.Key(), v, k, got, want, tell(m.w.history()))
				}
			}
		}
	}
}

func (m *market) believed(id pricelist.Identity, v, k time.Time) *pricelist.Line {
	var best *belief
	for i := range m.belief {
		b := &m.belief[i]
		if b.id == id && !b.known.After(k) && b.span.Contains(v) && (best == nil || !b.known.Before(best.known)) {
			best = b
		}
	}
	if best == nil {
		return nil
	}
	return best.span.Line
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
		"correct": a.correct, "withdraw": a.withdraw, "backfill": a.backfill, "whole life": a.life,
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
	prices := a.prices(t)
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

// prices draws a small list; none is fine too.
func (a *actors) prices(t *rapid.T) map[string]int {
	prices := map[string]int{}
	for _, product := range []string{"a", "b", "c"} {
		if price := rapid.IntRange(-3, 5).Draw(t, product); price != 0 {
			prices[product] = price
		}
	}
	return prices
}

// life takes a list up to its approval at one go, so that much comes to be public.
func (a *actors) life(t *rapid.T) {
	prices := a.prices(t)
	if len(prices) == 0 {
		return
	}
	month := effective.MonthOf(a.w.clock.now).Add(rapid.IntRange(0, 2).Draw(t, "month"))
	ctx, desk := context.Background(), a.w.start().desk
	r, err := desk.Create(ctx, input("US", month.String(), release.Full, prices), release.Act{Who: "alice", At: a.w.clock.now})
	a.finish(t, r, err)
}

// finish submits and approves a draft.
func (a *actors) finish(t *rapid.T, r release.Release, err error) {
	ctx, desk := context.Background(), a.w.start().desk
	if err == nil {
		_, err = desk.Submit(ctx, r.ID, release.Act{Who: "alice", At: a.w.clock.now})
	}
	if err == nil {
		_, err = desk.Approve(ctx, r.ID, release.Act{Who: "bob", At: a.w.clock.now, Reason: "late"}, release.RuleLaterList)
	}
	tolerate(t, err)
}

func (a *actors) correct(t *rapid.T) {
	prices := a.prices(t)
	id, ok := a.some(t, release.Published, release.Effective, release.Superseded, release.Withdrawn)
	if !ok || len(prices) == 0 {
		return
	}
	slot, _, err := release.ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	in := release.CorrectInput{CreateInput: input(slot.Market, slot.Month.String(), release.Full, prices)}
	switch rapid.IntRange(0, 3).Draw(t, "when") {
	case 0:
		in.Retroactive = true
	case 1:
		in.From = a.w.clock.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "days")) * 24 * time.Hour)
	}
	r, err := a.w.start().desk.Correct(context.Background(), id, in, release.Act{Who: "alice", At: a.w.clock.now, Reason: "wrong"})
	if fault.Is(err, fault.Invalid) && !in.From.IsZero() { // before it takes effect there is no other time
		return
	}
	a.finish(t, r, err)
}

func (a *actors) withdraw(t *rapid.T) {
	id, ok := a.some(t)
	if !ok {
		return
	}
	what := release.Taken{Retroactive: rapid.Bool().Draw(t, "retroactive")}
	if product := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "product"); product != "" {
		what.Lines = []pricelist.Selector{{Product: product}}
	}
	_, err := a.w.start().desk.Withdraw(context.Background(), id, what, release.Act{Who: a.person(t), At: a.w.clock.now, Reason: "wrong"})
	if fault.Is(err, fault.Invalid) && len(what.Lines) > 0 { // it holds no such line
		return
	}
	tolerate(t, err)
}

func (a *actors) backfill(t *rapid.T) {
	prices := a.prices(t)
	if len(prices) == 0 {
		return
	}
	month := effective.MonthOf(a.w.clock.now).Add(rapid.IntRange(-3, 1).Draw(t, "month"))
	in := input("US", month.String(), release.Full, prices)
	in.Backfilled, in.PublishAt = true, a.w.clock.now.Add(-time.Duration(rapid.IntRange(0, 60).Draw(t, "days ago"))*24*time.Hour)
	r, err := a.w.start().desk.Create(context.Background(), in, release.Act{Who: "alice", At: a.w.clock.now, Reason: "history"})
	a.finish(t, r, err)
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
		act := rapid.SampledFrom([]string{"scheduler", "approve", "reject", "withdraw", "late", "time"}).Draw(t, fmt.Sprint("visitor ", i))
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
	case "withdraw":
		a.withdraw(t)
	case "late":
		a.w.settle()
	case "time":
		a.w.clock.now = a.w.clock.now.Add(90 * time.Second)
	}
}
