// Package webhooktest holds the promises of webhook.Store as tests that every adapter runs.
package webhooktest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// at is when everything happens.
func at() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }

// Sample is an endpoint that was not stored yet.
func Sample(t *testing.T, name string) webhook.Endpoint {
	t.Helper()
	e, err := webhook.New(name, "ours", "https://example.com/hook?key=x", webhook.Filter{Subjects: []string{"pw.price.>"}, Types: []string{"t"}, Watchlist: "w", Market: "US", Currency: "USD"},
		webhook.Request{Position: "PRICES@1:7", NotBefore: at(), Stream: "PRICES@1", Sequence: 9, Trace: trace.Parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")}, webhook.Reach{})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := webhook.NewSecret(strings.NewReader(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	other, err := webhook.NewSecret(strings.NewReader(strings.Repeat("t", 32)))
	if err != nil {
		t.Fatal(err)
	}
	e = e.Rotated(secret, 0, at()).Rotated(other, time.Hour, at()).Turned(webhook.Active, "", at())
	e.CreatedBy, e.CreatedAt, e.Cost = "alice", at(), true
	return e
}

// Store checks an adapter; open gives a fresh one to each test.
func Store(t *testing.T, open func(t *testing.T) webhook.Store) {
	t.Helper()
	t.Run("an endpoint reads back as it was put", func(t *testing.T) { readsBack(t, open(t)) })
	t.Run("an endpoint is replaced over its version only", func(t *testing.T) { comparesAndSets(t, open(t)) })
	t.Run("endpoints come in order of their names", func(t *testing.T) { inOrder(t, open(t)) })
	t.Run("a deleted endpoint is gone with its progress", func(t *testing.T) { deletes(t, open(t)) })
	t.Run("progress reads back and is replaced over its version only", func(t *testing.T) { progresses(t, open(t)) })
	t.Run("a watcher hears of changes", func(t *testing.T) { watches(t, open(t)) })
}

func put(t *testing.T, s webhook.Store, e webhook.Endpoint) webhook.Endpoint {
	t.Helper()
	stored, err := s.Put(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func readsBack(t *testing.T, s webhook.Store) {
	t.Helper()
	stored := put(t, s, Sample(t, "ours"))
	got, err := s.Get(t.Context(), "ours")
	if diff := cmp.Diff(stored, got, cmp.AllowUnexported(webhook.Secret{})); err != nil || diff != "" || got.Version == 0 {
		t.Errorf("%v, version %d: %s", err, got.Version, diff)
	}
	if _, err := s.Get(t.Context(), "theirs"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an endpoint that is not there: %v", err)
	}
}

func comparesAndSets(t *testing.T, s webhook.Store) {
	t.Helper()
	first := put(t, s, Sample(t, "ours"))
	other := Sample(t, "ours")
	other.Description = "another"
	if _, err := s.Put(t.Context(), other); !fault.Is(err, fault.Conflict) {
		t.Errorf("made twice: %v", err)
	}
	second := put(t, s, first.Turned(webhook.Disabled, "trial", at()))
	if _, err := s.Put(t.Context(), first.Turned(webhook.Disabled, "late", at())); !fault.Is(err, fault.Conflict) {
		t.Errorf("over a version that is gone: %v", err)
	}
	never := Sample(t, "never")
	never.Version = second.Version
	if _, err := s.Put(t.Context(), never); !fault.Is(err, fault.NotFound) {
		t.Errorf("over one that never was: %v", err)
	}
}

func inOrder(t *testing.T, s webhook.Store) {
	t.Helper()
	for _, name := range []string{"b", "a"} {
		put(t, s, Sample(t, name))
	}
	all, err := s.List(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "a" || all[1].Name != "b" {
		t.Errorf("%v, %v", all, err)
	}
}

func deletes(t *testing.T, s webhook.Store) {
	t.Helper()
	stored := put(t, s, Sample(t, "ours"))
	if _, err := s.PutProgress(t.Context(), webhook.Progress{Name: "ours"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "ours", stored.Version+7); !fault.Is(err, fault.Conflict) {
		t.Errorf("of another version: %v", err)
	}
	if err := s.Delete(t.Context(), "ours", stored.Version); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Progress(t.Context(), "ours"); !fault.Is(err, fault.NotFound) {
		t.Errorf("its progress: %v", err)
	}
	if err := s.Delete(t.Context(), "ours", stored.Version); !fault.Is(err, fault.NotFound) {
		t.Errorf("twice: %v", err)
	}
	put(t, s, Sample(t, "ours"))
}

func progresses(t *testing.T, s webhook.Store) {
	t.Helper()
	p := webhook.Progress{
		Name: "ours", Made: at(), Position: "PRICES@1:8", NotBefore: at(), Held: []webhook.Held{{Stream: "PRICES@1", Sequence: 7, Subject: "s", Failures: 2, Since: at(), Next: at(), Alone: true}},
		Done: 3, Failing: webhook.Failing{Failures: 2, Since: at(), Until: at(), Problem: "p"}, Sent: 9, Owner: "o", Lease: at(),
		Log: []webhook.Delivery{{At: at(), Event: "e", Subject: "s", Stream: "PRICES@1", Sequence: 7, Attempt: 2, Status: 500, Problem: "p", Took: time.Second, Verdict: webhook.Waits, Test: 1}},
	}
	stored, err := s.PutProgress(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Progress(t.Context(), "ours")
	if diff := cmp.Diff(stored, got); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	if p.Sent = 1; stored.Version == 0 {
		t.Error("no version")
	}
	if _, err := s.PutProgress(t.Context(), p); !fault.Is(err, fault.Conflict) {
		t.Errorf("made twice: %v", err)
	}
}

func watches(t *testing.T, s webhook.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	changed, err := s.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, Sample(t, "ours"))
	if _, open := <-changed; !open {
		t.Error("closed")
	}
	cancel()
	for range changed { //nolint:revive // until it is closed
	}
}
