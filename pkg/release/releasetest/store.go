package releasetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/trace"
)

// patience bounds every wait of the suite.
const patience = 20 * time.Second

// Store runs the promises of release.Store. Make returns an empty store.
func Store(t *testing.T, empty func(t *testing.T) release.Store) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, release.Store)
	}{
		{"what was created is read back", createdIsReadBack},
		{"an id is created once", idOnce},
		{"an update replaces the version it was made from", updateReplaces},
		{"an update of another version is a conflict", staleUpdate},
		{"what is not there is not found", missing},
		{"malformed ids are invalid", malformed},
		{"a list holds what matches in order of ids", listed},
		{"a list of many is whole while records change", listedWhileChanging},
		{"of two approvals at once one wins", approvalsRace},
		{"of an approval and a rejection at once one wins", approvalAgainstRejection},
		{"of many who create one revision one wins", creationsRace},
		{"every change is told", changesAreTold},
		{"a watch ends with its context", watchEnds},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, empty(t)) })
	}
}

var sameRecord = cmp.Options{cmpopts.IgnoreFields(release.Release{}, "Version"), cmpopts.EquateEmpty()}

func createdIsReadBack(t *testing.T, s release.Store) {
	want := everyField(t)
	stored, err := s.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, sameRecord); d != "" {
		t.Errorf("record changed (-stored +read):\n%s", d)
	}
	if stored.Version == 0 || got.Version != stored.Version {
		t.Errorf("version is %d when created and %d when read", stored.Version, got.Version)
	}
}

// everyField returns a record in which no field is zero.
func everyField(t *testing.T) release.Release {
	r := InReview(t, "US", "2026-12", 2)
	r.ApprovedBy, r.ApprovedAt = "bob", Instant.Add(2*time.Hour)
	r.PublishedAt, r.Checksum, r.Predecessor, r.Supersedes = r.PublishAt, "cafe", "license-us-2026-11-r1", "license-us-2026-12-r1"
	r.SupersededBy, r.Held, r.After, r.Sequence = "license-us-2027-01-r1", "why", 7, 8
	r.Notice = release.Notice{Policy: "days:30", Days: -3, Short: true, Reason: "late"}
	r.Baseline = true
	r.Corrects, r.Retroactive, r.Follows, r.Backfilled, r.Reason, r.Set, r.BegunAt = "license-us-2026-12-r1", true, true, true, "why", "december", Instant
	r.Trace = trace.Parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	r.Withdrawals = []release.Withdrawal{{
		N: 1, By: "bob", At: Instant, Reason: "wrong", Retroactive: true, Lines: "ab", Count: 2, Trace: trace.Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"), KnownAt: Instant.Add(time.Hour),
		From: Instant.Add(2 * time.Hour), InForce: "license-us-2026-11-r1", After: 9, Checksum: "cafe", Sequence: 12,
	}}
	return r
}

func idOnce(t *testing.T, s release.Store) {
	create(t, s, Draft(t, "US", "2026-12", 1))
	_, err := s.Create(t.Context(), InReview(t, "US", "2026-12", 1))
	wantKind(t, err, fault.Conflict)
	if r, err := s.Get(t.Context(), "license-us-2026-12-r1"); err != nil || r.State != release.Draft {
		t.Errorf("the first record is %s, %v", r.State, err)
	}
}

func updateReplaces(t *testing.T, s release.Store) {
	first := create(t, s, Draft(t, "US", "2026-12", 1))
	next, err := first.Submit(release.Act{Who: "alice", At: Instant}, Same(first))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Update(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	if second.Version <= first.Version {
		t.Errorf("version went from %d to %d", first.Version, second.Version)
	}
	got, err := s.Get(t.Context(), first.ID)
	if err != nil || got.State != release.InReview || got.Version != second.Version {
		t.Errorf("read %s, version %d, %v; want in_review, version %d", got.State, got.Version, err, second.Version)
	}
}

func staleUpdate(t *testing.T, s release.Store) {
	first := create(t, s, Draft(t, "US", "2026-12", 1))
	create(t, s, Draft(t, "CA", "2026-12", 1))
	if _, err := s.Update(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	first.Held = "changed too late"
	_, err := s.Update(t.Context(), first)
	wantKind(t, err, fault.Conflict)
	if r, err := s.Get(t.Context(), first.ID); err != nil || r.Held != "" {
		t.Errorf("a stale update got through: %q, %v", r.Held, err)
	}
}

func missing(t *testing.T, s release.Store) {
	_, err := s.Get(t.Context(), "license-us-2026-12-r1")
	wantKind(t, err, fault.NotFound)
	r := Draft(t, "US", "2026-12", 1)
	r.Version = 4711
	_, err = s.Update(t.Context(), r)
	wantKind(t, err, fault.NotFound)
	if found, err := s.List(t.Context(), release.Filter{}); err != nil || len(found) != 0 {
		t.Errorf("an empty store lists %d records, %v", len(found), err)
	}
}

func malformed(t *testing.T, s release.Store) {
	for _, id := range []string{"", "x", "license-us-2026-12", "license-us-2026-13-r1", "license.us.2026-12.r1", "license-us-2026-12-r0", "*", ">"} {
		_, err := s.Get(t.Context(), id)
		wantKind(t, err, fault.Invalid)
	}
}

func listed(t *testing.T, s release.Store) {
	us1 := create(t, s, Draft(t, "US", "2026-12", 1))
	create(t, s, Draft(t, "US", "2027-01", 1))
	create(t, s, InReview(t, "CA", "2026-12", 1))
	if _, err := s.Update(t.Context(), us1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter release.Filter
		want   []string
	}{
		{release.Filter{}, []string{"license-ca-2026-12-r1", "license-us-2026-12-r1", "license-us-2027-01-r1"}},
		{release.Filter{List: "license", Market: "US"}, []string{"license-us-2026-12-r1", "license-us-2027-01-r1"}},
		{release.Filter{Market: "CA"}, []string{"license-ca-2026-12-r1"}},
		{release.Filter{List: "offers"}, nil},
		{release.Filter{Market: "*"}, nil},
		{release.Filter{Market: "no market."}, nil},
		{release.Filter{States: []release.State{release.InReview}}, []string{"license-ca-2026-12-r1"}},
	} {
		found, err := s.List(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, r := range found {
			ids = append(ids, r.ID)
		}
		if d := cmp.Diff(c.want, ids); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c.filter, d)
		}
	}
}

func listedWhileChanging(t *testing.T, s release.Store) {
	const many = 300 // more than a page of any adapter
	for revision := range many {
		create(t, s, Draft(t, "US", "2026-12", revision+1))
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for revision := 1; ; revision = revision%many + 1 {
			select {
			case <-stop:
				return
			default:
			}
			r, err := s.Get(t.Context(), release.FormatID(Draft(t, "US", "2026-12", 1).Slot, revision))
			if err == nil {
				_, err = s.Update(t.Context(), r)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 20 {
		found, err := s.List(t.Context(), release.Filter{Market: "US"})
		if err != nil || len(found) != many {
			t.Errorf("listed %d of %d, %v", len(found), many, err)
		}
	}
	close(stop)
	<-stopped
}

func approvalsRace(t *testing.T, s release.Store) {
	r := create(t, s, InReview(t, "US", "2026-12", 1))
	race(t, s, r,
		func(r release.Release) (release.Release, error) {
			return r.Approve(release.Act{Who: "bob", At: Instant}, Same(r))
		},
		func(r release.Release) (release.Release, error) {
			return r.Approve(release.Act{Who: "carol", At: Instant}, Same(r))
		},
	)
}

func approvalAgainstRejection(t *testing.T, s release.Store) {
	r := create(t, s, InReview(t, "US", "2026-12", 1))
	race(t, s, r,
		func(r release.Release) (release.Release, error) {
			return r.Approve(release.Act{Who: "bob", At: Instant}, Same(r))
		},
		func(r release.Release) (release.Release, error) {
			return r.Reject(release.Act{Who: "carol", At: Instant, Reason: "wrong list"})
		},
	)
}

// race applies both moves to one version of a record at once, and requires that one gets through and the other is told of it.
func race(t *testing.T, s release.Store, r release.Release, moves ...func(release.Release) (release.Release, error)) {
	t.Helper()
	states, errs := make([]release.State, len(moves)), make([]error, len(moves))
	var wait sync.WaitGroup
	for i, move := range moves {
		wait.Go(func() {
			next, err := move(r)
			if err == nil {
				states[i] = next.State
				_, err = s.Update(t.Context(), next)
			}
			errs[i] = err
		})
	}
	wait.Wait()
	won, winners := release.State(""), 0
	for i, err := range errs {
		if err == nil {
			won = states[i]
			winners++
			continue
		}
		wantKind(t, err, fault.Conflict)
	}
	stored, err := s.Get(t.Context(), r.ID)
	if err != nil || winners != 1 || stored.State != won {
		t.Errorf("%d of two won; stored is %s, the winner's %s, %v", winners, stored.State, won, err)
	}
}

func creationsRace(t *testing.T, s release.Store) {
	const many = 8
	errs := make([]error, many)
	var wait sync.WaitGroup
	for i := range many {
		wait.Go(func() { _, errs[i] = s.Create(t.Context(), Draft(t, "US", "2026-12", 1)) })
	}
	wait.Wait()
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
			continue
		}
		// Equal records cannot be told apart, so a lost race may look won; it must never look like anything else.
		wantKind(t, err, fault.Conflict)
	}
	if winners == 0 {
		t.Error("nobody created the record")
	}
}

func changesAreTold(t *testing.T, s release.Store) {
	changed, err := s.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := create(t, s, Draft(t, "US", "2026-12", 1))
	for range 5 {
		await(t, changed)
		if r, err = s.Update(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	await(t, changed)
}

func await(t *testing.T, changed <-chan struct{}) {
	t.Helper()
	select {
	case _, open := <-changed:
		if !open {
			t.Fatal("the watch ended")
		}
	case <-time.After(patience):
		t.Fatal("a change was not told")
	}
}

func watchEnds(t *testing.T, s release.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	changed, err := s.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	deadline := time.After(patience)
	for {
		select {
		case _, open := <-changed:
			if !open {
				return
			}
		case <-deadline:
			t.Fatal("the watch goes on")
		}
	}
}

func create(t *testing.T, s release.Store, r release.Release) release.Release {
	t.Helper()
	r, err := s.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("got %v (%s), want a fault of kind %s", err, fault.KindOf(err), kind)
	}
	if err != nil && errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
