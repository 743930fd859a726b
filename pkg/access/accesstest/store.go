package accesstest

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

// Instant is the time at which the fixtures happen.
func Instant() time.Time { return time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC) }

// Store runs the promises of access.Store. Empty returns an empty store.
func Store(t *testing.T, empty func(t *testing.T) access.Store) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, access.Store)
	}{
		{"what was created is read back", createdIsReadBack},
		{"an id is created once", idOnce},
		{"an update replaces the version it was made from and no other", updateReplaces},
		{"what is not there is not found", missing},
		{"a list has each token once in the order they were made", listed},
		{"of many revocations at once one wins", revocationsRace},
		{"use is noted and changes no version", usesAreNoted},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, empty(t)) })
	}
}

// token returns the nth token, in which no field is zero that a store keeps.
func token(n int) access.Token {
	return access.Token{
		ID: fmt.Sprintf("abcdefghij%c%c", 'a'+n/26, 'a'+n%26), Name: "nightly", Owner: "alice", Roles: access.Roles{access.Reader, access.Operator}, Cost: true,
		Hash: sha256.Sum256([]byte{byte(n)}), CreatedBy: "bob", CreatedAt: Instant().Add(time.Duration(n) * time.Second), ExpiresAt: Instant().AddDate(0, 1, 0),
		RevokedBy: "carol", RevokedAt: Instant().Add(time.Hour),
	}
}

func create(t *testing.T, s access.Store, want access.Token) access.Token {
	t.Helper()
	stored, err := s.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("error %v is of kind %v, want %v", err, fault.KindOf(err), kind)
	}
}

func createdIsReadBack(t *testing.T, s access.Store) {
	stored := create(t, s, token(1))
	got, err := s.Get(t.Context(), token(1).ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(stored, got); d != "" || got.Version == 0 {
		t.Errorf("version %d; changed (-stored +read):\n%s", got.Version, d)
	}
	got.Version = 0
	if d := cmp.Diff(token(1), got); d != "" {
		t.Errorf("changed (-given +read):\n%s", d)
	}
}

func idOnce(t *testing.T, s access.Store) {
	create(t, s, token(1))
	other := token(1)
	other.Owner = "mallory"
	_, err := s.Create(t.Context(), other)
	wantKind(t, err, fault.Conflict)
	if got, err := s.Get(t.Context(), other.ID); err != nil || got.Owner != "alice" {
		t.Errorf("the first token is of %q, %v", got.Owner, err)
	}
	other.ID = "../etc"
	_, err = s.Create(t.Context(), other)
	wantKind(t, err, fault.Invalid)
}

func updateReplaces(t *testing.T, s access.Store) {
	first := create(t, s, token(1))
	next := first
	next.RevokedBy = "dave"
	second, err := s.Update(t.Context(), next)
	if err != nil || second.Version <= first.Version {
		t.Fatalf("version went from %d to %d, %v", first.Version, second.Version, err)
	}
	_, err = s.Update(t.Context(), first)
	wantKind(t, err, fault.Conflict)
	if got, err := s.Get(t.Context(), first.ID); err != nil || got.RevokedBy != "dave" || got.Version != second.Version {
		t.Errorf("read %+v, %v", got, err)
	}
}

func missing(t *testing.T, s access.Store) {
	for _, id := range []string{token(1).ID, "", "*", ">", "a.b", "../x", "ABCDEFGHIJKL"} {
		_, err := s.Get(t.Context(), id)
		wantKind(t, err, fault.NotFound)
		wantKind(t, s.Used(t.Context(), id, Instant()), fault.NotFound)
	}
	unstored := token(1)
	unstored.Version = 4711
	_, err := s.Update(t.Context(), unstored)
	wantKind(t, err, fault.NotFound)
	if all, err := s.List(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("an empty store lists %d tokens, %v", len(all), err)
	}
}

func listed(t *testing.T, s access.Store) {
	const many = 300
	for n := range many {
		create(t, s, token(n))
	}
	changed, err := s.Get(t.Context(), token(7).ID)
	if err == nil {
		_, err = s.Update(t.Context(), changed)
	}
	if err == nil {
		err = s.Used(t.Context(), token(9).ID, Instant())
	}
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.List(t.Context())
	if err != nil || len(all) != many {
		t.Fatalf("%d of %d tokens, %v", len(all), many, err)
	}
	for n, got := range all {
		if got.ID != token(n).ID || got.UsedAt.IsZero() == (n == 9) {
			t.Errorf("token %d is %s, used %s", n, got.ID, got.UsedAt)
		}
	}
}

func revocationsRace(t *testing.T, s access.Store) {
	first := create(t, s, token(1))
	const many = 8
	errs := make([]error, many)
	var group sync.WaitGroup
	for n := range many {
		group.Go(func() {
			mine := first
			mine.RevokedBy = fmt.Sprintf("person %d", n)
			_, errs[n] = s.Update(t.Context(), mine)
		})
	}
	group.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wantKind(t, err, fault.Conflict)
	}
	if won != 1 {
		t.Errorf("%d of %d won", won, many)
	}
}

func usesAreNoted(t *testing.T, s access.Store) {
	first := create(t, s, token(1))
	if err := s.Used(t.Context(), first.ID, Instant().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := s.Used(t.Context(), first.ID, Instant()); err != nil { // of a process that was late
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), first.ID)
	if err != nil || !got.UsedAt.Equal(Instant().Add(time.Minute)) || got.Version != first.Version {
		t.Errorf("used %s, version %d was %d, %v", got.UsedAt, got.Version, first.Version, err)
	}
	if _, err := s.Update(t.Context(), first); err != nil {
		t.Errorf("a token that was used cannot be revoked: %v", err)
	}
}
