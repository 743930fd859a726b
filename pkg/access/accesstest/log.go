package accesstest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/access"
)

// Log runs the promises of access.Log. Empty returns an empty log.
func Log(t *testing.T, empty func(t *testing.T) access.Log) {
	for _, promise := range []struct {
		name string
		test func(*testing.T, access.Log)
	}{
		{"what was recorded is read back", recordedIsReadBack},
		{"pages go from the newest to the oldest and have each record once", pagesGoBack},
		{"an empty log has an empty page", emptyPage},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.test(t, empty(t)) })
	}
}

// record returns the nth record, in which no field is zero.
func record(n int) access.Record {
	return access.Record{
		At: Instant().Add(time.Duration(n) * time.Second), Request: fmt.Sprintf("r%d", n), Who: "alice \"<>", Via: access.ViaToken, Token: "abcdefghijkl",
		Operation: "approve-release", Object: "license-us-2026-12-r1", Address: "192.0.2.7", Outcome: access.Done, Status: 200,
	}
}

func recordedIsReadBack(t *testing.T, l access.Log) {
	if err := l.Append(t.Context(), record(1)); err != nil {
		t.Fatal(err)
	}
	page, err := l.List(t.Context(), 0, 10)
	if err != nil || len(page) != 1 {
		t.Fatalf("%d records, %v", len(page), err)
	}
	want := record(1)
	want.Sequence = page[0].Sequence
	if d := cmp.Diff(want, page[0]); d != "" || want.Sequence == 0 {
		t.Errorf("sequence %d; changed (-given +read):\n%s", want.Sequence, d)
	}
}

func pagesGoBack(t *testing.T, l access.Log) {
	const many = 23
	for n := range many {
		if err := l.Append(t.Context(), record(n)); err != nil {
			t.Fatal(err)
		}
	}
	next := many - 1
	for below := uint64(0); ; {
		page, err := l.List(t.Context(), below, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			if r.Request != record(next).Request {
				t.Fatalf("%s where %s is next", r.Request, record(next).Request)
			}
			next, below = next-1, r.Sequence
		}
		if len(page) < 5 {
			break
		}
	}
	if next != -1 {
		t.Errorf("%d records are missing", next+1)
	}
}

func emptyPage(t *testing.T, l access.Log) {
	for _, below := range []uint64{0, 1, 99} {
		if page, err := l.List(t.Context(), below, 5); err != nil || len(page) != 0 {
			t.Errorf("below %d: %d records, %v", below, len(page), err)
		}
	}
}
