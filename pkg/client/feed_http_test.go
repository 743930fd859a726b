package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/client"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
)

// door answers /v1/events as the API does, from the stream of prices, and cuts connections off after some events.
type door struct {
	*published
	cut   atomic.Int64 // events of a connection; 0: it is not cut off
	calls atomic.Int64
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.calls.Add(1)
	info, err := d.Info(r.Context(), stream.Prices)
	if err != nil {
		http.Error(w, "no", http.StatusServiceUnavailable)
		return
	}
	at := func(sequence uint64) string { return fmt.Sprintf("id: %s:%d\n", info.Name, sequence) }
	q := stream.Query{Stream: stream.Prices}
	switch position, _ := client.ParsePosition(r.Header.Get("Last-Event-ID")); {
	case len(position) > 0 && position[stream.Prices].Incarnation != info.Name.Incarnation:
		_, _ = fmt.Fprint(w, "event: problem\ndata: {\"type\":\"conflict\",\"detail\":\"made anew\"}\n\n")
		return
	case len(position) > 0:
		q.Start.Sequence = position[stream.Prices].Sequence + 1
	case r.URL.Query().Get("last_per_subject") != "":
		q.Start.LastPerSubject = true
	case r.URL.Query().Get("from") == "now":
		q.Start.Sequence = info.Last + 1
	}
	_, _ = fmt.Fprint(w, "retry: 2000\n")
	if q.Start.Sequence > 0 {
		_, _ = fmt.Fprint(w, at(q.Start.Sequence-1))
	}
	_, _ = fmt.Fprint(w, ": follow\n\n")
	_ = http.NewResponseController(w).Flush()
	s, err := d.Subscribe(r.Context(), q)
	if err != nil {
		return
	}
	defer s.Stop()
	for n := int64(1); d.cut.Load() == 0 || n <= d.cut.Load(); n++ {
		m, err := s.Next(r.Context())
		if err != nil {
			return
		}
		if subjects := r.URL.Query().Get("subject"); subjects != "" && !stream.MatchesAny(strings.Split(subjects, ","), m.Subject) {
			continue
		}
		kind := event.TypePriceChanged
		if strings.HasPrefix(m.Subject, "pw.release.") {
			kind = event.TypeReleasePublished
		}
		_, _ = fmt.Fprintf(w, "%sdata: {\"id\":%q,\"type\":%q,\"subject\":%q,\"stream\":\"PRICES\",\"sequence\":\"%d\",\"traceparent\":%q}\n\n", at(m.Sequence), m.ID, kind, m.Subject, m.Sequence, m.Trace)
		_ = http.NewResponseController(w).Flush()
	}
	if d.cut.Load() > 0 {
		_, _ = fmt.Fprint(w, "id: half of an ev") // the connection ends in the middle of a message
	}
}

func newDoor(t *testing.T) (*door, *client.Client) {
	t.Helper()
	d := &door{published: newPublished(t)}
	s := httptest.NewServer(d)
	t.Cleanup(s.Close)
	c, err := client.New(s.URL, client.WithRetries(3, time.Microsecond, time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return d, c
}

func TestASubscriberOverHTTPGetsTheSameOverConnectionsThatBreakOff(t *testing.T) {
	d, c := newDoor(t)
	for n := range 8 {
		d.release(n, n+1, n+2)
	}
	last := d.release(3)
	s := &copyOf{}
	if err := following(t, c.Feed(), client.Options{}, s, last); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.latest(), s.state); diff != "" || len(s.changes) > 0 || !s.pieces[0].First {
		t.Fatalf("the snapshot: %s, %d changes", diff, len(s.changes))
	}
	d.cut.Store(7) // a batch of at most 5 gets through
	for n := range 12 {
		last = d.release(n, n+2, n+3)
	}
	if err := following(t, c.Feed(), client.Options{}, s, last); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.latest(), s.state); diff != "" {
		t.Fatal(diff)
	}
	if len(s.changes) != 12*4 {
		t.Errorf("%d changes, want 48", len(s.changes))
	}
	for i, sequence := range s.changes {
		if want := last - 48 + uint64(i) + 1; sequence != want {
			t.Fatalf("change %d is at %d, not %d", i, sequence, want)
		}
	}
	for _, b := range s.pieces {
		if !b.Snapshot && len(b.Events) != 4 {
			t.Errorf("a batch of %d", len(b.Events))
		}
	}
}

func TestASnapshotOverHTTPGoesOnWhereItWasCutOff(t *testing.T) {
	d, c := newDoor(t)
	for n := range 40 {
		d.release(n)
	}
	d.cut.Store(60)
	last := d.release(41)
	s := &copyOf{}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	reached := errors.New("reached")
	trouble := func(error) { d.cut.Store(0) }
	s.after = func(b client.Batch) error {
		if !b.More && b.Position[stream.Prices].Sequence >= last {
			return reached
		}
		return nil
	}
	if err := client.Follow(ctx, c.Feed(), client.Options{Piece: 10, Trouble: trouble}, s); !errors.Is(err, reached) {
		t.Fatal(err)
	}
	seen := map[uint64]bool{}
	for i, b := range s.pieces {
		if b.First != (i == 0) || len(b.Events) > 10 {
			t.Errorf("piece %d: first %v, %d events", i, b.First, len(b.Events))
		}
		for _, e := range b.Events {
			if seen[e.Sequence] {
				t.Errorf("%d came twice", e.Sequence)
			}
			seen[e.Sequence] = true
		}
	}
	if diff := cmp.Diff(d.latest(), s.state); diff != "" {
		t.Fatal(diff)
	}
}

func TestOverHTTPAPositionInAnotherLifeNeedsASnapshot(t *testing.T) {
	d, c := newDoor(t)
	d.release(1, 2)
	s := &copyOf{}
	if err := following(t, c.Feed(), client.Options{}, s, 3); err != nil {
		t.Fatal(err)
	}
	d.Delete(stream.Prices)
	if _, err := d.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	last := d.release(7)
	s.after = nil
	err := client.Follow(t.Context(), c.Feed(), client.Options{}, s)
	var need *client.NeedSnapshotError
	if !errors.As(err, &need) || need.Stream != stream.Prices || need.Held.Sequence != 3 {
		t.Fatalf("got %v", err)
	}
	s.position[stream.Prices] = client.Mark{Incarnation: need.Held.Incarnation, Sequence: 1}
	if err := following(t, c.Feed(), client.Options{Renew: true}, s, last); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.latest(), s.state); diff != "" {
		t.Error(diff)
	}
}

func TestEventsComeOneByOneAndGoOnBehindTheLast(t *testing.T) {
	d, c := newDoor(t)
	for n := range 10 {
		d.release(n)
	}
	d.cut.Store(3)
	var got []uint64
	for e, err := range c.FollowEvents(t.Context(), client.EventFilter{From: "start", Subjects: []string{"pw.>"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Trace != d.because {
			t.Fatalf("event %d was caused by %s, and says %s", e.Sequence, d.because, e.Trace)
		}
		if got = append(got, e.Sequence); len(got) == 20 {
			break
		}
	}
	for i, sequence := range got {
		if sequence != uint64(i)+1 {
			t.Fatalf("got %v", got)
		}
	}
	if d.calls.Load() < 6 {
		t.Errorf("%d connections: none was cut off", d.calls.Load())
	}
}
