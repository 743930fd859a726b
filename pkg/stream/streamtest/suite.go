package streamtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Port is what an adapter implements.
type Port interface {
	stream.Publisher
	stream.Reader
	stream.Declarer
	stream.Watcher
	// MaxData returns how many bytes of data a message may have.
	MaxData() int
}

// Bed is an adapter under test, without streams.
type Bed struct {
	Port   Port
	Delete func(t *testing.T, name string) // deletes a stream behind the adapter's back
}

// Run checks an adapter; open gives a fresh bed to each test.
func Run(t *testing.T, open func(t *testing.T) Bed) {
	tests := []struct {
		name string
		test func(*testing.T, *fixture)
	}{
		{"a declared stream is there and empty", declaredIsEmpty},
		{"declaring again changes nothing", declaringAgain},
		{"only the streams of the product are listed", listsOurs},
		{"a stream that was never declared is not found", undeclared},
		{"a watcher hears of a new stream", watcherHears},
		{"a batch is contiguous and knows its end", batchIsContiguous},
		{"a single message is no batch", singleIsNoBatch},
		{"what was published is read back", readBack},
		{"batches follow in the order of publication", batchesInOrder},
		{"a batch of twenty thousand is stored whole", largeBatch},
		{"a batch that can never be stored is invalid", invalidBatches},
		{"an unmet expectation stores nothing", conflictStoresNothing},
		{"an expectation of nothing makes a record create-only", createOnly},
		{"an expectation covers all subjects that its wildcards match", wildcardExpectation},
		{"an expectation ignores the batch it guards", expectationBeforeBatch},
		{"an expectation on another subject than the last message's holds", otherSubject},
		{"of two racing writers one wins", racingWriters},
		{"the last record answers for an unknown outcome", unknownOutcome},
		{"the last record is found under wildcards", lastUnderWildcards},
		{"a subscription resumes from a sequence", resumes},
		{"a subscription starts at a time", startsAtTime},
		{"a subscription selects several subjects", selectsSubjects},
		{"a subscription counts what is waiting", countsPending},
		{"the last per subject come in order and then what follows", lastPerSubject},
		{"a subscription may begin with what is new", newOnly},
		{"a subscription may begin ahead of the stream", aheadOfStream},
		{"a subscription says where it begins", saysWhereItBegins},
		{"next waits for a record", nextWaits},
		{"next honours its context and goes on", nextHonoursContext},
		{"a stopped subscription is over", stopped},
		{"a subscription ends with its incarnation", endsWithIncarnation},
		{"malformed and overlapping subjects are refused", badQueries},
		{"an ended context publishes nothing", endedContext},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			t.Cleanup(cancel)
			c.test(t, &fixture{Bed: open(t), ctx: ctx})
		})
	}
}

// fixture is a bed and the steps that most tests share.
type fixture struct {
	Bed
	ctx context.Context //nolint:containedctx // one test's
}

var usd = stream.Rates("USD")

func (f *fixture) declare(t *testing.T) stream.Info {
	t.Helper()
	info, err := f.Port.Declare(f.ctx, stream.RatesDeclaration("USD"))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func (f *fixture) publish(t *testing.T, expect stream.Expectation, batch ...stream.Message) uint64 {
	t.Helper()
	seq, err := f.Port.Publish(f.ctx, usd, batch, expect)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func (f *fixture) subscribe(t *testing.T, start stream.Start, subjects ...string) stream.Subscription {
	t.Helper()
	sub, err := f.Port.Subscribe(f.ctx, stream.Query{Stream: usd, Subjects: subjects, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sub.Stop)
	return sub
}

// subscribed subscribes until so many records are said to wait: a server that lags behind the leader of the stream knows of fewer.
func (f *fixture) subscribed(t *testing.T, want uint64, start stream.Start, subjects ...string) stream.Subscription {
	t.Helper()
	for {
		sub := f.subscribe(t, start, subjects...)
		switch got := sub.Pending(); {
		case got == want:
			return sub
		case got > want || f.ctx.Err() != nil:
			t.Fatalf("%+v %v: %d pending, want %d", start, subjects, got, want)
		}
		sub.Stop()
	}
}

func (f *fixture) read(t *testing.T, sub stream.Subscription, n int) []stream.Record {
	t.Helper()
	records := make([]stream.Record, 0, n)
	for range n {
		r, err := sub.Next(f.ctx)
		if err != nil {
			t.Fatalf("after %d records: %v", len(records), err)
		}
		records = append(records, r)
	}
	return records
}

func (f *fixture) wantEmpty(t *testing.T, sub stream.Subscription) {
	t.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, 150*time.Millisecond)
	defer cancel()
	if r, err := sub.Next(ctx); err == nil {
		t.Fatalf("unexpected record %d %s", r.Sequence, r.ID)
	}
}

func (f *fixture) wantLast(t *testing.T, want uint64) {
	t.Helper()
	info, err := f.Port.Info(f.ctx, usd)
	if err != nil || info.Last != want || info.Messages != want {
		t.Fatalf("last %d, messages %d, want %d: %v", info.Last, info.Messages, want, err)
	}
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("got %v (%v), want %v", err, fault.KindOf(err), kind)
	}
}

func wantIDs(t *testing.T, records []stream.Record, want ...string) {
	t.Helper()
	ids := make([]string, 0, len(records))
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Fatal(diff)
	}
}

func rate(id string) stream.Message { return rateUnder("pw.rate.usd."+id, id) }

func rateUnder(subject, id string) stream.Message {
	return stream.Message{Subject: subject, ID: id, Data: []byte("rate " + id)}
}

func crawl(source, id string) stream.Message {
	return stream.Message{Subject: "pw.crawl.usd." + source, ID: id, Data: []byte("crawl " + id)}
}

func rates(prefix string, n int) []stream.Message {
	batch := make([]stream.Message, n)
	for i := range batch {
		batch[i] = rate(fmt.Sprintf("%s%06d", prefix, i))
	}
	return batch
}
