package streamtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

func resumes(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, rates("a", 10)...)
	f.publish(t, stream.Expectation{}, rate("b"))
	sub := f.subscribe(t, stream.Start{Sequence: 9})
	wantIDs(t, f.read(t, sub, 3), "a000008", "a000009", "b")
	f.wantEmpty(t, sub)
	f.publish(t, stream.Expectation{}, rate("c"))
	wantIDs(t, f.read(t, sub, 1), "c")
}

func startsAtTime(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, rate("a"))
	first := f.read(t, f.subscribe(t, stream.Start{}), 1)[0]
	for later := first.Stored; !later.After(first.Stored); { // the clock may be coarse
		f.publish(t, stream.Expectation{}, rate("b"))
		last, err := f.Port.Last(f.ctx, usd, ">")
		if err != nil {
			t.Fatal(err)
		}
		later = last.Stored
	}
	wantIDs(t, f.read(t, f.subscribe(t, stream.Start{Time: first.Stored}), 2), "a", "b")
	wantIDs(t, f.read(t, f.subscribe(t, stream.Start{Time: first.Stored.Add(1)}), 1), "b")
}

func selectsSubjects(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, rateUnder("pw.rate.usd.x.1", "x1"), rateUnder("pw.rate.usd.y.1", "y1"),
		rateUnder("pw.rate.usd.x.2", "x2"), crawl("retail", "c1"))
	wantIDs(t, f.read(t, f.subscribe(t, stream.Start{}, "pw.rate.usd.x.*", anyCrawl), 3), "x1", "x2", "c1")
	sub := f.subscribe(t, stream.Start{Sequence: 2}, "pw.rate.usd.x.*")
	wantIDs(t, f.read(t, sub, 1), "x2")
	f.wantEmpty(t, sub)
}

func countsPending(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, append(rates("a", 8), crawl("retail", "c1"))...)
	for _, c := range []struct {
		start    stream.Start
		subjects []string
		want     uint64
	}{
		{stream.Start{}, nil, 9},
		{stream.Start{Sequence: 8}, nil, 2},
		{stream.Start{}, []string{"pw.rate.>"}, 8},
		{stream.Start{Sequence: 3}, []string{"pw.rate.>"}, 6},
		{stream.Start{New: true}, nil, 0},
		{stream.Start{LastPerSubject: true}, []string{anyCrawl}, 1},
	} {
		f.subscribed(t, c.want, c.start, c.subjects...)
	}
	sub := f.subscribed(t, 8, stream.Start{}, "pw.rate.>")
	for i, r := range f.read(t, sub, 8) {
		if r.Pending != uint64(7-i) {
			t.Fatalf("record %d: %d pending", i, r.Pending)
		}
	}
}

func lastPerSubject(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, rateUnder("pw.rate.usd.x", "x1"), rateUnder("pw.rate.usd.y", "y1"), crawl("retail", "c1"))
	f.publish(t, stream.Expectation{}, rateUnder("pw.rate.usd.z", "z1"), rateUnder("pw.rate.usd.x", "x2"), crawl("retail", "c2"))
	all := f.subscribed(t, 4, stream.Start{LastPerSubject: true})
	some := f.subscribed(t, 3, stream.Start{LastPerSubject: true}, "pw.rate.usd.>")
	records := f.read(t, all, 4)
	wantIDs(t, records, "y1", "z1", "x2", "c2")
	if records[2].Pending != 1 || records[3].Pending != 0 {
		t.Fatalf("pending %d, %d", records[2].Pending, records[3].Pending)
	}
	f.publish(t, stream.Expectation{}, rateUnder("pw.rate.usd.x", "x3"), rateUnder("pw.rate.usd.x", "x4"))
	wantIDs(t, f.read(t, all, 2), "x3", "x4")
	first := f.read(t, some, 3)
	wantIDs(t, first[:2], "y1", "z1")
}

func newOnly(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, rates("a", 3)...)
	sub := f.subscribe(t, stream.Start{New: true})
	f.wantEmpty(t, sub)
	f.publish(t, stream.Expectation{}, rate("b"))
	wantIDs(t, f.read(t, sub, 1), "b")
}

func aheadOfStream(t *testing.T, f *fixture) {
	f.declare(t)
	sub := f.subscribe(t, stream.Start{Sequence: 3})
	if sub.Pending() != 0 {
		t.Fatalf("%d pending", sub.Pending())
	}
	f.publish(t, stream.Expectation{}, rates("a", 2)...)
	f.wantEmpty(t, sub)
	f.publish(t, stream.Expectation{}, rate("b"))
	wantIDs(t, f.read(t, sub, 1), "b")
}

func saysWhereItBegins(t *testing.T, f *fixture) {
	f.declare(t)
	if got := f.subscribe(t, stream.Start{New: true}).From(); got != 1 {
		t.Errorf("what is new of an empty stream begins at %d", got)
	}
	f.publish(t, stream.Expectation{}, rates("a", 3)...)
	for _, c := range []struct {
		start stream.Start
		want  uint64
	}{
		{stream.Start{}, 1},
		{stream.Start{Sequence: 2}, 2},
		{stream.Start{Sequence: 9}, 9},
		{stream.Start{New: true}, 4},
		{stream.Start{LastPerSubject: true}, 0},
		{stream.Start{Time: time.Unix(1, 0)}, 0},
	} {
		if got := f.subscribe(t, c.start).From(); got != c.want {
			t.Errorf("%+v begins at %d, want %d", c.start, got, c.want)
		}
	}
}

func nextWaits(t *testing.T, f *fixture) {
	f.declare(t)
	sub := f.subscribe(t, stream.Start{})
	published := make(chan error, 1)
	go func() {
		for i := range 20 {
			if _, err := f.Port.Publish(f.ctx, usd, rates("w", 1+i%3), stream.Expectation{}); err != nil {
				published <- err
				return
			}
		}
		published <- nil
	}()
	records := f.read(t, sub, 39) // 20 batches of 1, 2, 3, 1, ...
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		if r.Sequence != uint64(i+1) {
			t.Fatalf("record %d has sequence %d", i, r.Sequence)
		}
	}
}

func nextHonoursContext(t *testing.T, f *fixture) {
	f.declare(t)
	sub := f.subscribe(t, stream.Start{})
	ctx, cancel := context.WithTimeout(f.ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := sub.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	f.publish(t, stream.Expectation{}, rate("a"))
	if _, err := sub.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	wantIDs(t, f.read(t, sub, 1), "a")
}

func stopped(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, rate("a"))
	sub := f.subscribe(t, stream.Start{})
	sub.Stop()
	sub.Stop()
	_, err := sub.Next(f.ctx)
	wantKind(t, err, fault.Unavailable)
}

func endsWithIncarnation(t *testing.T, f *fixture) {
	before := f.declare(t)
	f.publish(t, stream.Expectation{}, rates("a", 5)...)
	sub := f.subscribe(t, stream.Start{})
	f.read(t, sub, 5)
	f.Delete(t, usd)
	after := f.declare(t)
	if after.Name == before.Name || after.Last != 0 {
		t.Fatalf("%+v, then %+v", before, after)
	}
	f.publish(t, stream.Expectation{}, rates("b", 9)...)
	_, err := sub.Next(f.ctx)
	wantKind(t, err, fault.NotFound)
	if r := f.read(t, f.subscribe(t, stream.Start{}), 1)[0]; r.Stream != after.Name {
		t.Fatalf("%+v", r)
	}
}

func badQueries(t *testing.T, f *fixture) {
	f.declare(t)
	for _, subjects := range [][]string{{"pw..x"}, {""}, {"pw.rate.>", "pw.rate.usd.x"}} {
		_, err := f.Port.Subscribe(f.ctx, stream.Query{Stream: usd, Subjects: subjects})
		wantKind(t, err, fault.Invalid)
	}
}
