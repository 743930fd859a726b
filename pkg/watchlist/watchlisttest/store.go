// Package watchlisttest holds the promises of watchlist.Store as tests that every adapter runs.
package watchlisttest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/watchlist"
)

// Sample is a list that was not stored yet.
func Sample(t *testing.T, name string) watchlist.Watchlist {
	t.Helper()
	w, err := watchlist.New(name, "what we sell", []watchlist.Line{{Market: "US", Product: "CFQ7TTC0LH18", SKU: "1"}, {Product: "CFQ7TTC0LHQ7"}},
		[]watchlist.Meter{{ID: "m-1", Currency: "usd"}, {ID: "m-2", SKU: "DZH318Z0BPVW/00QZ", Region: "westeurope"}})
	if err != nil {
		t.Fatal(err)
	}
	return w.Stamped(nil, "alice", time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
}

// Store checks an adapter; open gives a fresh one to each test.
func Store(t *testing.T, open func(t *testing.T) watchlist.Store) {
	t.Helper()
	t.Run("a list reads back as it was put", func(t *testing.T) { readsBack(t, open(t)) })
	t.Run("a list is replaced over its version only", func(t *testing.T) { comparesAndSets(t, open(t)) })
	t.Run("lists come in order of their names", func(t *testing.T) { inOrder(t, open(t)) })
	t.Run("a deleted list is gone and can be made again", func(t *testing.T) { deletes(t, open(t)) })
}

func put(t *testing.T, s watchlist.Store, w watchlist.Watchlist) watchlist.Watchlist {
	t.Helper()
	stored, err := s.Put(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func readsBack(t *testing.T, s watchlist.Store) {
	t.Helper()
	stored := put(t, s, Sample(t, "ours"))
	got, err := s.Get(t.Context(), "ours")
	if diff := cmp.Diff(stored, got); err != nil || diff != "" || got.Version == 0 {
		t.Errorf("%v, version %d: %s", err, got.Version, diff)
	}
	if _, err := s.Get(t.Context(), "theirs"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a list that is not there: %v", err)
	}
}

func comparesAndSets(t *testing.T, s watchlist.Store) {
	t.Helper()
	first := put(t, s, Sample(t, "ours"))
	other := Sample(t, "ours")
	other.Description = "another"
	if _, err := s.Put(t.Context(), other); !fault.Is(err, fault.Conflict) {
		t.Errorf("made twice: %v", err)
	}
	other.Version = first.Version
	second := put(t, s, other)
	if second.Version <= first.Version {
		t.Errorf("version %d after %d", second.Version, first.Version)
	}
	first.Description = "late"
	if _, err := s.Put(t.Context(), first); !fault.Is(err, fault.Conflict) {
		t.Errorf("over a version that is gone: %v", err)
	}
	never := Sample(t, "never")
	never.Version = second.Version
	if _, err := s.Put(t.Context(), never); !fault.Is(err, fault.NotFound) {
		t.Errorf("over one that never was: %v", err)
	}
}

func inOrder(t *testing.T, s watchlist.Store) {
	t.Helper()
	if all, err := s.List(t.Context()); err != nil || len(all) != 0 {
		t.Fatalf("%v, %v", all, err)
	}
	for _, name := range []string{"b", "c", "a"} {
		put(t, s, Sample(t, name))
	}
	b, err := s.Get(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	b.Description = "changed"
	put(t, s, b)
	all, err := s.List(t.Context())
	if err != nil || len(all) != 3 || all[0].Name != "a" || all[1].Name != "b" || all[2].Name != "c" || all[1].Description != "changed" {
		t.Errorf("%v, %v", all, err)
	}
}

func deletes(t *testing.T, s watchlist.Store) {
	t.Helper()
	stored := put(t, s, Sample(t, "ours"))
	if err := s.Delete(t.Context(), "ours", stored.Version+1); !fault.Is(err, fault.Conflict) {
		t.Errorf("of another version: %v", err)
	}
	if err := s.Delete(t.Context(), "ours", stored.Version); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "ours", stored.Version); !fault.Is(err, fault.NotFound) {
		t.Errorf("twice: %v", err)
	}
	if all, err := s.List(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	put(t, s, Sample(t, "ours"))
	if all, err := s.List(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("made again: %v, %v", all, err)
	}
}
