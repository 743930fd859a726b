package streamtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/trace"
)

const anyCrawl = "pw.crawl.usd.>"

func declaredIsEmpty(t *testing.T, f *fixture) {
	info := f.declare(t)
	if info.Name.Name != usd || info.Name.Incarnation == "" || info.Last != 0 || info.Messages != 0 {
		t.Fatalf("%+v", info)
	}
	_, err := f.Port.Last(f.ctx, usd, ">")
	wantKind(t, err, fault.NotFound)
}

func declaringAgain(t *testing.T, f *fixture) {
	first := f.declare(t)
	f.publish(t, stream.Expectation{}, rate("1"))
	second := f.declare(t)
	info, err := f.Port.Info(f.ctx, usd)
	if err != nil || second.Name != first.Name || info.Name != first.Name || info.Last != 1 {
		t.Fatalf("%v, then %v, then %+v: %v", first.Name, second.Name, info, err)
	}
}

func listsOurs(t *testing.T, f *fixture) {
	other := stream.Declaration{Name: "OTHER", Subjects: []string{"other.>"}}
	for _, d := range []stream.Declaration{stream.RatesDeclaration("USD"), other, stream.WithoutCostDeclaration(stream.Prices), stream.PricesDeclaration(), stream.RatesDeclaration("EUR")} {
		if _, err := f.Port.Declare(f.ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	infos, err := f.Port.Streams(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range infos {
		names = append(names, i.Name.Name)
	}
	if diff := cmp.Diff([]string{"PRICES", "RATES_EUR", "RATES_USD"}, names); diff != "" {
		t.Fatal(diff)
	}
}

func undeclared(t *testing.T, f *fixture) {
	_, err := f.Port.Info(f.ctx, usd)
	wantKind(t, err, fault.NotFound)
	_, err = f.Port.Last(f.ctx, usd, ">")
	wantKind(t, err, fault.NotFound)
	_, err = f.Port.Subscribe(f.ctx, stream.Query{Stream: usd})
	wantKind(t, err, fault.NotFound)
	_, err = f.Port.Publish(f.ctx, usd, []stream.Message{rate("1")}, stream.Expectation{})
	wantKind(t, err, fault.NotFound)
}

func watcherHears(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	news, err := f.Port.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f.declare(t)
	select {
	case <-news:
	case <-f.ctx.Done():
		t.Fatal("nothing was heard")
	}
	cancel()
	for range news { // until it is closed
	}
}

func batchIsContiguous(t *testing.T, f *fixture) {
	f.declare(t)
	if seq := f.publish(t, stream.Expectation{}, append(rates("a", 9), crawl("retail", "c"))...); seq != 10 {
		t.Fatalf("sequence %d", seq)
	}
	records := f.read(t, f.subscribe(t, stream.Start{}), 10)
	for i, r := range records {
		if r.Sequence != uint64(i+1) || r.Batch == "" || r.Batch != records[0].Batch || r.Commit != (i == 9) || r.Pending != uint64(9-i) {
			t.Fatalf("record %d: %+v", i, r)
		}
	}
}

func singleIsNoBatch(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, rate("1"))
	r := f.read(t, f.subscribe(t, stream.Start{}), 1)[0]
	if r.Batch != "" || !r.Commit {
		t.Fatalf("%+v", r)
	}
}

func readBack(t *testing.T, f *fixture) {
	name := f.declare(t).Name
	sent := stream.Message{Subject: "pw.rate.usd.x", ID: "id-1/ä", Data: []byte{0, 1, 2, '\r', '\n', 255}}
	_, err := f.Port.Publish(f.ctx, usd, []stream.Message{sent}, stream.Expectation{})
	wantKind(t, err, fault.Invalid) // ids are ASCII
	sent.ID = "id-1/a"
	sent.Origin = "of\nthis"
	_, err = f.Port.Publish(f.ctx, usd, []stream.Message{sent}, stream.Expectation{})
	wantKind(t, err, fault.Invalid) // so are origins
	sent.Origin, sent.Trace = "PRICES@now:7", trace.Parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	empty := stream.Message{Subject: "pw.rate.usd.empty"}
	f.publish(t, stream.Expectation{}, sent, empty)
	sent.Data[0] = 9 // the caller may use it again
	for _, r := range f.read(t, f.subscribe(t, stream.Start{}), 2)[:1] {
		if r.Stream != name || r.Subject != sent.Subject || r.ID != "id-1/a" || r.Origin != sent.Origin || r.Trace != sent.Trace || r.Trace.IsZero() || string(r.Data) != "\x00\x01\x02\r\n\xff" || r.Stored.IsZero() {
			t.Fatalf("%+v", r)
		}
	}
	last, err := f.Port.Last(f.ctx, usd, sent.Subject)
	if err != nil || last.Stream != name || last.ID != "id-1/a" || last.Origin != sent.Origin || last.Trace != sent.Trace || len(last.Data) != 6 || last.Commit || last.Batch == "" {
		t.Fatalf("%+v: %v", last, err)
	}
	last, err = f.Port.Last(f.ctx, usd, ">")
	if err != nil || last.Subject != empty.Subject || last.ID != "" || last.Origin != "" || !last.Trace.IsZero() || len(last.Data) != 0 || !last.Commit {
		t.Fatalf("%+v: %v", last, err)
	}
}

func batchesInOrder(t *testing.T, f *fixture) {
	f.declare(t)
	var want []string
	for i := range 30 {
		batch := rates(fmt.Sprintf("b%02d-", i), 1+i%7)
		for _, m := range batch {
			want = append(want, m.ID)
		}
		f.publish(t, stream.Expectation{}, batch...)
	}
	records := f.read(t, f.subscribe(t, stream.Start{}), len(want))
	wantIDs(t, records, want...)
	for i, r := range records {
		if r.Sequence != uint64(i+1) {
			t.Fatalf("record %d has sequence %d", i, r.Sequence)
		}
	}
}

func largeBatch(t *testing.T, f *fixture) {
	f.declare(t)
	sub := f.subscribe(t, stream.Start{})
	batch := append(rates("n", 20_000-1), crawl("retail", "c"))
	if seq := f.publish(t, stream.Expectation{Subject: anyCrawl}, batch...); seq != 20_000 {
		t.Fatalf("sequence %d", seq)
	}
	for i, r := range f.read(t, sub, len(batch)) {
		if r.Sequence != uint64(i+1) || r.ID != batch[i].ID {
			t.Fatalf("record %d: %+v", i, r)
		}
	}
}

func invalidBatches(t *testing.T, f *fixture) {
	f.declare(t)
	huge := stream.Message{Subject: "pw.rate.usd.huge", Data: make([]byte, 64<<20)}
	batches := map[string][]stream.Message{
		"empty":              {},
		"of another stream":  {rate("1"), {Subject: "pw.rate.eur.1"}},
		"malformed":          {rate("1"), {Subject: "pw.rate.usd."}},
		"with a wildcard":    {{Subject: "pw.rate.usd.>"}},
		"too many":           slices.Repeat([]stream.Message{rate("1")}, stream.BatchLimit+1),
		"too long a subject": {{Subject: "pw.rate.usd." + strings.Repeat("x", 1024)}},
	}
	most := f.Port.MaxData()
	batches["too large"] = []stream.Message{rate("1"), huge}
	batches["just too large"] = []stream.Message{{Subject: huge.Subject, Data: huge.Data[:most+1]}}
	f.publish(t, stream.Expectation{}, stream.Message{Subject: huge.Subject, Data: huge.Data[:most]})
	before, err := f.Port.Info(f.ctx, usd)
	if err != nil {
		t.Fatal(err)
	}
	for name, batch := range batches {
		if _, err := f.Port.Publish(f.ctx, usd, batch, stream.Expectation{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = f.Port.Publish(f.ctx, usd, []stream.Message{rate("1"), rate("2")}, stream.Expectation{Subject: rate("1").Subject})
	wantKind(t, err, fault.Invalid)
	f.wantLast(t, before.Last)
}

func conflictStoresNothing(t *testing.T, f *fixture) {
	f.declare(t)
	first := f.publish(t, stream.Expectation{Subject: anyCrawl}, rate("1"), crawl("retail", "c1"))
	for _, expected := range []uint64{0, 1, first + 1} {
		batch := append(rates("x", 700), crawl("retail", "c2"))
		_, err := f.Port.Publish(f.ctx, usd, batch, stream.Expectation{Subject: anyCrawl, Sequence: expected})
		wantKind(t, err, fault.Conflict)
		_, err = f.Port.Publish(f.ctx, usd, batch[700:], stream.Expectation{Subject: anyCrawl, Sequence: expected})
		wantKind(t, err, fault.Conflict)
	}
	f.wantLast(t, first)
	f.publish(t, stream.Expectation{Subject: anyCrawl, Sequence: first}, rate("2"), crawl("retail", "c2"))
}

func createOnly(t *testing.T, f *fixture) {
	f.declare(t)
	record := crawl("retail", "c1")
	guard := stream.Expectation{Subject: record.Subject}
	first := f.publish(t, guard, rate("1"), rate("2"), record)
	_, err := f.Port.Publish(f.ctx, usd, []stream.Message{rate("1"), rate("2"), record}, guard)
	wantKind(t, err, fault.Conflict)
	_, err = f.Port.Publish(f.ctx, usd, []stream.Message{record}, guard)
	wantKind(t, err, fault.Conflict)
	f.wantLast(t, first)
	other := crawl("other", "c2")
	f.publish(t, stream.Expectation{Subject: other.Subject}, rate("1"), other)
}

func wildcardExpectation(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{Subject: anyCrawl}, rate("1"), crawl("retail", "c1"))
	second := f.publish(t, stream.Expectation{Subject: anyCrawl, Sequence: 2}, rate("1"), crawl("other", "c2"))
	f.publish(t, stream.Expectation{}, rate("2")) // not under the wildcard
	_, err := f.Port.Publish(f.ctx, usd, []stream.Message{rate("3"), crawl("retail", "c3")}, stream.Expectation{Subject: anyCrawl, Sequence: 2})
	wantKind(t, err, fault.Conflict)
	f.publish(t, stream.Expectation{Subject: anyCrawl, Sequence: second}, rate("3"), crawl("retail", "c3"))
}

func expectationBeforeBatch(t *testing.T, f *fixture) {
	f.declare(t)
	batch := []stream.Message{crawl("one", "c1"), crawl("two", "c2"), rate("1"), crawl("three", "c3")}
	if seq := f.publish(t, stream.Expectation{Subject: anyCrawl}, batch...); seq != 4 {
		t.Fatalf("sequence %d", seq)
	}
	f.publish(t, stream.Expectation{Subject: anyCrawl, Sequence: 4}, batch...)
	f.publish(t, stream.Expectation{Subject: ">", Sequence: 8}, batch...)
}

func otherSubject(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, rate("1"))
	guard := stream.Expectation{Subject: rate("1").Subject, Sequence: 1}
	f.publish(t, guard, rate("2"), crawl("retail", "c1"))
	f.publish(t, guard, crawl("retail", "c2"))
	guard.Sequence = 2
	_, err := f.Port.Publish(f.ctx, usd, []stream.Message{rate("2"), crawl("retail", "c3")}, guard)
	wantKind(t, err, fault.Conflict)
}

func racingWriters(t *testing.T, f *fixture) {
	f.declare(t)
	var last uint64
	for round := range 20 {
		results := make([]error, 2)
		var group sync.WaitGroup
		for w := range results {
			group.Go(func() {
				id := fmt.Sprintf("%d-%d", round, w)
				batch := append(rates(id+"-", 50), crawl(id, id))
				_, results[w] = f.Port.Publish(f.ctx, usd, batch, stream.Expectation{Subject: anyCrawl, Sequence: last})
			})
		}
		group.Wait()
		winners := 0
		for _, err := range results {
			if err == nil {
				winners++
				continue
			}
			wantKind(t, err, fault.Conflict)
		}
		last += 51
		if winners != 1 {
			t.Fatalf("round %d: %d winners", round, winners)
		}
		f.wantLast(t, last)
	}
}

// unknownOutcome is how every writer works: after an error other than conflict or invalid it reads the guarded record, and tries again
// if that is not its own. A conflict on the second attempt can be its own first one, come late.
func unknownOutcome(t *testing.T, f *fixture) {
	f.declare(t)
	flaky := NewFlaky(f.Port, Chances{Before: 0.2, After: 0.3, Late: 0.3}, 7)
	var last uint64
	for i := range 40 {
		id := fmt.Sprintf("crawl-%d", i)
		batch := []stream.Message{rate(id), crawl("retail", id)}
		for attempt := 0; ; attempt++ {
			if attempt == 100 {
				t.Fatal("never stored")
			}
			seq, err := flaky.Publish(f.ctx, usd, batch, stream.Expectation{Subject: anyCrawl, Sequence: last})
			if err == nil {
				last = seq
				break
			}
			if r, err := f.Port.Last(f.ctx, usd, anyCrawl); err == nil && r.ID == id {
				last = r.Sequence
				break
			}
		}
	}
	f.wantLast(t, 80)
	for i, r := range f.read(t, f.subscribe(t, stream.Start{}, anyCrawl), 40) {
		if r.ID != fmt.Sprintf("crawl-%d", i) || r.Sequence != uint64(2*i+2) {
			t.Fatalf("record %d: %s at %d", i, r.ID, r.Sequence)
		}
	}
}

func lastUnderWildcards(t *testing.T, f *fixture) {
	f.declare(t)
	f.publish(t, stream.Expectation{}, crawl("one", "c1"), crawl("two", "c2"), rate("1"))
	for subject, want := range map[string]string{"pw.crawl.usd.one": "c1", anyCrawl: "c2", "pw.*.usd.*": "1", ">": "1"} {
		if r, err := f.Port.Last(f.ctx, usd, subject); err != nil || r.ID != want {
			t.Errorf("%s: %q, %v", subject, r.ID, err)
		}
	}
	_, err := f.Port.Last(f.ctx, usd, "pw.crawl.usd.three")
	wantKind(t, err, fault.NotFound)
	_, err = f.Port.Last(f.ctx, usd, "pw..x")
	wantKind(t, err, fault.Invalid)
}

func endedContext(t *testing.T, f *fixture) {
	f.declare(t)
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	if _, err := f.Port.Publish(ctx, usd, []stream.Message{rate("1"), rate("2")}, stream.Expectation{}); err == nil {
		t.Fatal("published")
	}
	f.wantLast(t, 0)
}
