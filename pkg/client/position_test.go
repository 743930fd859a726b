package client_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/client"
)

func TestAPositionReadsBackAsItWasStored(t *testing.T) {
	for _, p := range []client.Position{
		{},
		{"PRICES": {Incarnation: "20260101T000000.000000000Z", Sequence: 12}},
		{"PRICES": {Incarnation: "a:b", Sequence: 0, Snapshot: 3}, "RATES_USD": {Incarnation: "x", Sequence: 7}},
	} {
		back, err := client.ParsePosition(p.String())
		if err != nil || cmp.Diff(p, back) != "" {
			t.Errorf("%q: %v, %v", p, back, err)
		}
	}
	for _, bad := range []string{"x", "A@", "A@b", "@b:1", "A@:1", "A@b:", "A@b:-1", "A@b:1/1", "A@b:1/x", "A@b:1,", "A@b:1,A@c:2"} {
		if p, err := client.ParsePosition(bad); !errors.Is(err, client.ErrInvalid) {
			t.Errorf("%q reads as %v, %v", bad, p, err)
		}
	}
}

func TestAFileKeepsTheLastPosition(t *testing.T) {
	folder := t.TempDir()
	store := client.FilePosition(filepath.Join(folder, "position"))
	if p, err := store.Load(t.Context()); err != nil || len(p) != 0 {
		t.Fatalf("%v, %v", p, err)
	}
	want := client.Position{"PRICES": {Incarnation: "x", Sequence: 12}}
	for range 2 {
		if err := store.Save(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := store.Load(t.Context()); err != nil || cmp.Diff(want, p) != "" {
		t.Fatalf("%v, %v", p, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if err := client.FilePosition(filepath.Join(folder, "no", "such")).Save(t.Context(), want); !errors.Is(err, client.ErrInternal) {
		t.Errorf("got %v", err)
	}
}

func TestAPositionIsStoredBehindTheHandler(t *testing.T) {
	p := newPublished(t)
	p.release(1)
	last := p.release(2)
	store := client.FilePosition(filepath.Join(t.TempDir(), "position"))
	fails := errors.New("no")
	told := 0
	handle := func(_ context.Context, b client.Batch) error {
		if told++; told < 3 {
			return fails
		}
		return nil
	}
	for range 2 {
		if err := client.Follow(t.Context(), client.Streams(p), client.Options{}, client.Storing(store, handle)); !errors.Is(err, fails) {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := client.Storing(store, func(ctx context.Context, b client.Batch) error {
		err := handle(ctx, b)
		cancel()
		return err
	})
	if err := client.Follow(ctx, client.Streams(p), client.Options{}, done); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if at, err := store.Load(t.Context()); err != nil || at["PRICES"].Sequence != last {
		t.Errorf("%v, %v", at, err)
	}
}
