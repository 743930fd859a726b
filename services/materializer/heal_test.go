package materializer_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/services/materializer"
)

// ordered are the rows of every table in order of their places, whatever order they came in.
func ordered(all map[history.Table]history.Rows) map[history.Table]history.Rows {
	for t, rows := range all {
		inOrder(rows.Rejects, func(r *history.Reject) history.Position { return r.Position })
		inOrder(rows.Quarantine, func(r *history.Quarantined) history.Position { return r.Position })
		inOrder(rows.RateChanges, func(r *history.RateChange) history.Position { return r.Position })
		inOrder(rows.PriceChanges, func(r *history.PriceChange) history.Position { return r.Position })
		inOrder(rows.ItemChanges, func(r *history.ItemChange) history.Position { return r.Position })
		inOrder(rows.CrawlParts, func(r *history.CrawlPart) history.Position { return r.Position })
		inOrder(rows.Crawls, func(r *history.Crawl) history.Position { return r.Position })
		inOrder(rows.Effective, func(r *history.Effective) history.Position { return r.Position })
		inOrder(rows.Corrections, func(r *history.Correction) history.Position { return r.Position })
		inOrder(rows.Missing, func(r *history.Missing) history.Position { return r.Position })
		inOrder(rows.Withdrawals, func(r *history.Withdrawal) history.Position { return r.Position })
		inOrder(rows.Releases, func(r *history.Release) history.Position { return r.Position })
		all[t] = rows
	}
	return all
}

func inOrder[R any](rows []R, at func(*R) history.Position) {
	slices.SortStableFunc(rows, func(a, b R) int {
		p, q := at(&a), at(&b)
		return cmp.Or(strings.Compare(p.Stream, q.Stream), cmp.Compare(p.Sequence, q.Sequence), cmp.Compare(p.Row, q.Row))
	})
}

// harm is something that happened to the rows of a message in a table.
type harm struct {
	table    history.Table
	stream   string
	sequence uint64
	kind     history.FindingKind // hole, double or altered
}

// places are all messages that tables hold rows of, in order.
func places(all map[history.Table]history.Rows) []harm {
	var found []harm
	for _, t := range history.Tables() {
		rows := all[t]
		rows.EachPosition(t, func(p history.Position) {
			h := harm{table: t, stream: p.Stream, sequence: p.Sequence}
			if !slices.Contains(found, h) {
				found = append(found, h)
			}
		})
	}
	return found
}

// harmed is a store that holds what an undisturbed one does, but for some harms.
func harmed(t interface{ Fatal(args ...any) }, whole map[history.Table]history.Rows, progress history.Rows, harms []harm) *memory.Store {
	store := &memory.Store{}
	put := func(table history.Table, rows history.Rows, token string) {
		if err := store.Insert(context.Background(), table, rows, token); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range places(whole) {
		all := whole[p.table]
		rows := oneMessage(p, all)
		n := fmt.Sprint(p.stream, p.sequence)
		i := slices.IndexFunc(harms, func(h harm) bool { return h.table == p.table && h.stream == p.stream && h.sequence == p.sequence })
		switch {
		case i < 0:
			put(p.table, rows, n)
		case harms[i].kind == history.FindingDouble:
			put(p.table, rows, n)
			put(p.table, rows, n+" again")
		case harms[i].kind == history.FindingAltered:
			put(p.table, altered(rows), n)
		}
	}
	put(history.TableProgress, progress, "progress")
	return store
}

func oneMessage(p harm, all history.Rows) history.Rows {
	others := history.Rows{}
	others.Append(all)
	keepOf(&others.Rejects, p, func(r *history.Reject) history.Position { return r.Position })
	keepOf(&others.Quarantine, p, func(r *history.Quarantined) history.Position { return r.Position })
	keepOf(&others.RateChanges, p, func(r *history.RateChange) history.Position { return r.Position })
	keepOf(&others.PriceChanges, p, func(r *history.PriceChange) history.Position { return r.Position })
	keepOf(&others.ItemChanges, p, func(r *history.ItemChange) history.Position { return r.Position })
	keepOf(&others.Crawls, p, func(r *history.Crawl) history.Position { return r.Position })
	keepOf(&others.Effective, p, func(r *history.Effective) history.Position { return r.Position })
	keepOf(&others.Corrections, p, func(r *history.Correction) history.Position { return r.Position })
	keepOf(&others.Missing, p, func(r *history.Missing) history.Position { return r.Position })
	keepOf(&others.Withdrawals, p, func(r *history.Withdrawal) history.Position { return r.Position })
	keepOf(&others.Releases, p, func(r *history.Release) history.Position { return r.Position })
	return others
}

func keepOf[R any](rows *[]R, p harm, at func(*R) history.Position) {
	*rows = slices.DeleteFunc(slices.Clone(*rows), func(r R) bool { return at(&r).Stream != p.stream || at(&r).Sequence != p.sequence })
}

// altered are rows in which something is otherwise.
func altered(rows history.Rows) history.Rows {
	each(rows.Rejects, func(r *history.Reject) { r.Subject += "x" })
	each(rows.Quarantine, func(r *history.Quarantined) { r.Detail += "x" })
	each(rows.RateChanges, func(r *history.RateChange) { r.Crawl += "x" })
	each(rows.PriceChanges, func(r *history.PriceChange) { r.Release += "x" })
	each(rows.ItemChanges, func(r *history.ItemChange) { r.Market += "x" })
	each(rows.Crawls, func(r *history.Crawl) { r.Source += "x" })
	each(rows.Effective, func(r *history.Effective) { r.Market += "x" })
	each(rows.Corrections, func(r *history.Correction) { r.Reason += "x" })
	each(rows.Missing, func(r *history.Missing) { r.Month += "x" })
	each(rows.Withdrawals, func(r *history.Withdrawal) { r.Reason += "x" })
	each(rows.Releases, func(r *history.Release) { r.Reason += "x" })
	return rows
}

func each[R any](rows []R, do func(*R)) {
	for i := range rows {
		do(&rows[i])
	}
}

// progressOf is the progress of an undisturbed store.
func progressOf(t *testing.T, streams *streammemory.Adapter) (map[history.Table]history.Rows, history.Rows) {
	t.Helper()
	store := &memory.Store{}
	if err := writeAll(t, quick(), streams, store); err != nil {
		t.Fatal(err)
	}
	return ordered(tables(store)), store.Rows(history.TableProgress)
}

func TestWhateverIsDamagedIsFoundAndHealed(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	want, progress := progressOf(t, streams)
	all := places(want)
	rapid.Check(t, func(r *rapid.T) {
		var harms []harm
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(all)-1), 1, 8, rapid.ID).Draw(r, "places") {
			h := all[i]
			h.kind = rapid.SampledFrom([]history.FindingKind{history.FindingHole, history.FindingDouble, history.FindingAltered}).Draw(r, "kind")
			harms = append(harms, h)
		}
		store := harmed(r, want, progress, harms)
		k, stop := keepNow(t, streams, store)
		defer stop()
		first := k.Audits()[len(k.Audits())-1]
		deep := k.audit(t, materializer.Order{Deep: true})
		for _, h := range harms {
			if !tells(append(first.Findings, deep.Findings...), h) {
				r.Errorf("%+v is not found in\n%s\n%s", h, told(first.Findings), told(deep.Findings))
			}
		}
		if mended := k.audit(t, materializer.Order{Deep: true, Repair: true}); mended.Wrong > 0 {
			if done := k.rebuild(t, ""); done.State != materializer.Done {
				r.Error(done.Failure)
			}
		}
		if diff := historytest.Diff(want, ordered(tables(store))); diff != "" {
			r.Error(diff)
		}
		if after := k.audit(t, materializer.Order{Deep: true}); len(after.Findings) > 0 {
			r.Error(told(after.Findings))
		}
	})
}

// keepNow is keepWhole without the end of the test.
func keepNow(t *testing.T, streams *streammemory.Adapter, store whole) (*kept, func()) {
	t.Helper()
	return keepWhole(t, streams, store)
}

// tells reports whether findings tell of a harm.
func tells(findings []history.Finding, h harm) bool {
	return slices.ContainsFunc(findings, func(f history.Finding) bool {
		filled := h.kind == history.FindingHole && f.Kind == history.FindingCount && f.Repaired // a count that did not add up, and does now
		return (f.Kind == h.kind && (f.Table == h.table || f.Table == "") || filled) && f.Stream == h.stream && f.First <= h.sequence && f.Last >= h.sequence
	})
}

// fragile is a store whose repairs and rebuilds die at a step.
type fragile struct {
	*memory.Store
	mu    sync.Mutex
	steps int
	at    int  // the step at which it dies, from 1
	after bool // it dies after the step is done
}

// step does a step, unless it dies at it.
func (f *fragile) step(do func() error) error {
	f.mu.Lock()
	f.steps++
	dies := f.steps == f.at
	f.mu.Unlock()
	if dies && !f.after {
		return crash()
	}
	if err := do(); err != nil {
		return err
	}
	if dies {
		return crash()
	}
	return nil
}

func (f *fragile) Restore(ctx context.Context, e history.Extent, rows history.Rows) (n uint64, err error) {
	err = f.step(func() error { n, err = f.Store.Restore(ctx, e, rows); return err })
	return n, err
}

func (f *fragile) Beside(ctx context.Context, of []history.Table) (b history.Beside, err error) {
	err = f.step(func() error { b, err = f.Store.Beside(ctx, of); return err })
	return &fragileBeside{b, f}, err
}

func (f *fragile) Cuts(ctx context.Context, stream string, after uint64, most int) (cuts []uint64, err error) {
	err = f.step(func() error { cuts, err = f.Store.Cuts(ctx, stream, after, most); return err })
	return cuts, err
}

type fragileBeside struct {
	history.Beside
	of *fragile
}

func (b *fragileBeside) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	return b.of.step(func() error { return b.Beside.Insert(ctx, t, rows, token) })
}

func (b *fragileBeside) Copy(ctx context.Context, but []string) error {
	return b.of.step(func() error { return b.Beside.Copy(ctx, but) })
}

func (b *fragileBeside) Derive(ctx context.Context) error {
	return b.of.step(func() error { return b.Beside.Derive(ctx) })
}

func (b *fragileBeside) Swap(ctx context.Context) error {
	return b.of.step(func() error { return b.Beside.Swap(ctx) })
}

func (b *fragileBeside) Drop(ctx context.Context) error {
	if b.Beside == nil {
		return errors.New("nothing was made")
	}
	return b.Beside.Drop(ctx)
}

func TestACrashAtAnyStepOfARepairOrRebuildLeavesEverythingRight(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	want, progress := progressOf(t, streams)
	all := places(want)
	hole, double := all[len(all)/3], all[len(all)/2]
	hole.kind, double.kind = history.FindingHole, history.FindingDouble
	crashes := 0
	for at, died := 1, true; died; at++ {
		died = false
		for _, after := range []bool{false, true} {
			store := &fragile{Store: harmed(t, want, progress, []harm{hole, double}), at: at, after: after}
			k, stop := keep(t, streams, store, store, store)
			if a := k.Audits()[0]; a.State == materializer.Failed {
				crashes++
			}
			if r := k.rebuild(t, ""); r.State == materializer.Failed {
				crashes++
			}
			stop()
			died = died || store.steps >= at
			k, stop = keepNow(t, streams, store.Store)
			if r := k.rebuild(t, ""); r.State != materializer.Done {
				t.Fatalf("after a crash at step %d: %s", at, r.Failure)
			}
			stop()
			if diff := historytest.Diff(want, ordered(tables(store.Store))); diff != "" {
				t.Fatalf("crash at step %d, after it %v: %s", at, after, diff)
			}
		}
	}
	if crashes < 60 {
		t.Fatalf("only %d crashes happened", crashes)
	}
}

func TestARebuildIsOneAtATimeAndAnswersForListsOnly(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	k, _ := keepNow(t, streams, &memory.Store{})
	if _, err := k.Rebuild("rates"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown list: %v", err)
	}
	if _, err := k.Audit(t.Context(), materializer.Order{Stream: "RATES_CHF"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown stream: %v", err)
	}
	none := newMaterializer(t, quick(), streams, &memory.Store{})
	if _, err := none.Rebuild("usage"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nothing to rebuild with: %v", err)
	}
	if _, err := none.Audit(t.Context(), materializer.Order{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nothing to audit with: %v", err)
	}
	if _, err := none.Rebuild(""); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
	waiting, err := materializer.New(quick(), materializer.Deps{
		Reader: streams, Appender: &memory.Store{}, Auditor: &memory.Store{}, Rebuilder: &memory.Store{}, Log: k.log,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := waiting.Rebuild(""); err != nil {
		t.Error(err)
	}
	if _, err := waiting.Rebuild("usage"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second rebuild: %v", err)
	}
}
