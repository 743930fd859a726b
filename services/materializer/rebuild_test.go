package materializer_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/materializer"
)

func TestAMessageThatIsUnderstoodNowLeavesTheRejectsByARebuild(t *testing.T) {
	streams, store, dsn := written(t)
	want := content(t, dsn)
	// As if an older version of the program had not understood message 3, and a table had refused message 4.
	damage(t, dsn, "ALTER TABLE rates_store DELETE WHERE seq IN (3, 4)", "ALTER TABLE rate_changes_store DELETE WHERE seq = 3",
		"INSERT INTO rejects_store SELECT 'pw.rate', 'id', 'it is not understood', '{}', stream, 3, 0 FROM rejects_store WHERE stream LIKE 'RATES%' LIMIT 1")
	damage(t, dsn, "ALTER TABLE rate_slices DELETE WHERE seq IN (3, 4)", "ALTER TABLE rate_row_slices DELETE WHERE seq = 3")
	refused := message(t, streams, "RATES_USD", 4)
	damage(t, dsn, "INSERT INTO rejects_store SELECT '"+refused.Subject+"', '"+refused.ID+"', 'keep in rates: it is too long', '"+
		strings.ReplaceAll(string(refused.Data), "'", "\\'")+"', stream, 4, 0 FROM rejects_store WHERE stream LIKE 'RATES%' LIMIT 1")
	k, _ := keepWhole(t, streams, store)
	if n := number(t, dsn, "SELECT count() FROM rates_store WHERE seq IN (3, 4)"); n != 0 {
		t.Errorf("%d rows of rejected messages were added by a repair", n)
	}
	if a := k.Audits()[0]; a.Wrong != 0 || a.Restored != 0 {
		t.Errorf("what was rejected is counted as missing:\n%s", told(a.Findings))
	}
	deep := k.audit(t, materializer.Order{Deep: true, Repair: true, Stream: "RATES_USD"})
	found := told(deep.Findings)
	if deep.Outdated != 1 || !strings.Contains(found, "outdated rejects RATES_USD 3-3") || strings.Contains(found, "4-4") {
		t.Errorf("%d outdated:\n%s", deep.Outdated, found)
	}
	if r := k.rebuild(t, "usage"); r.State != materializer.Done {
		t.Fatal(r.Failure)
	}
	if diff := historytest.Diff(want, content(t, dsn)); diff != "" {
		t.Error(diff)
	}
	page, err := store.Rejects(t.Context(), history.RejectList{})
	if err != nil || slices.ContainsFunc(page.Items, func(r history.Reject) bool { return r.Sequence < 5 && strings.HasPrefix(r.Stream, "RATES") }) {
		t.Errorf("%+v, %v", page.Items, err)
	}
}

// torn is a store whose rebuilds cannot exchange all names, because somebody drops a table beside.
type torn struct {
	whole
	tear func(name string)
}

type tornBeside struct {
	history.Beside
	tear func(string)
}

func (s torn) Beside(ctx context.Context, of []history.Table) (history.Beside, error) {
	b, err := s.whole.Beside(ctx, of)
	return tornBeside{b, s.tear}, err
}

func (b tornBeside) Swap(ctx context.Context) error {
	b.tear("crawls_store")
	return b.Beside.Swap(ctx)
}

func TestASwapThatBreaksOffLeavesOldOrNewTablesAndNoHole(t *testing.T) {
	streams, store, dsn := written(t)
	want := content(t, dsn)
	tear := func(table string) {
		damage(t, dsn, "DROP TABLE "+text(t, dsn, "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE '"+table+"_rebuild%'")+" SYNC")
	}
	broken := torn{store, tear}
	k, stop := keep(t, streams, broken, broken, broken)
	if r := k.rebuild(t, "usage"); r.State != materializer.Failed || !strings.Contains(r.Failure, "another process") {
		t.Errorf("%+v", r)
	}
	publish(t, streams, "RATES_USD", crawl(t, 20, 3)...)
	patiently(t, func() bool { return caughtUp(t, streams, store) })
	stop()
	k, _ = keepWhole(t, streams, store)
	if a := k.audit(t, materializer.Order{Deep: true}); len(a.Findings) != 0 {
		t.Errorf("%s", told(a.Findings))
	}
	leftovers(t, dsn)
	damage(t, dsn, "ALTER TABLE rates_store DELETE WHERE seq > 50", "ALTER TABLE rate_changes_store DELETE WHERE seq > 50",
		"ALTER TABLE crawls_store DELETE WHERE seq > 50", "ALTER TABLE quarantine_store DELETE WHERE seq > 50")
	if diff := historytest.Diff(want, content(t, dsn)); diff != "" {
		t.Error(diff)
	}
}

func TestARebuildBesideAnotherMaterializerLosesAndDoublesNothing(t *testing.T) {
	streams, store, dsn := written(t)
	other := newMaterializer(t, materializer.Config{Interval: 1, ChunkMessages: 7}, streams, openStore(t, dsn))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- other.Run(ctx) }()
	k, _ := keepWhole(t, streams, store)
	for i := range 3 {
		publish(t, streams, "RATES_USD", crawl(t, 30+2*i, 4)...)
		if r := k.rebuild(t, "usage"); r.State != materializer.Done {
			t.Error(r.Failure)
		}
		publish(t, streams, "RATES_USD", crawl(t, 31+2*i, 4)...)
	}
	patiently(t, func() bool {
		return caughtUp(t, streams, store) && k.Health()[1].Lag() == 0 && other.Health()[1].Lag() == 0
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if a := k.audit(t, materializer.Order{Deep: true}); len(a.Findings) != 0 {
		t.Errorf("%s", told(a.Findings))
	}
	noDoubles(t, dsn)
}

func TestTwoRepairsAtOnceAddNothingTwice(t *testing.T) {
	streams, store, dsn := written(t)
	want := content(t, dsn)
	damage(t, dsn, "TRUNCATE TABLE rates_store", "TRUNCATE TABLE license_changes_store", "ALTER TABLE quarantine_store DELETE WHERE row = 2")
	var keepers []*kept
	for range 3 {
		m, err := materializer.New(quick(), materializer.Deps{Reader: streams, Appender: store, Auditor: openStore(t, dsn), Log: zap.NewNop()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		keepers = append(keepers, &kept{m, zap.NewNop()})
	}
	for _, k := range keepers {
		patiently(t, func() bool { return len(k.Audits()) > 0 && over(k.Audits()[0].State) })
		if a := k.Audits()[0]; a.State != materializer.Done || a.Wrong != 0 {
			t.Errorf("%+v", a)
		}
	}
	noDoubles(t, dsn)
	if diff := historytest.Diff(want, content(t, dsn)); diff != "" {
		t.Error(diff)
	}
}

func TestAStreamThatLostItsEndIsNeitherAuditedNorRebuilt(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	store := &memory.Store{}
	k, _ := keepNow(t, streams, store)
	patiently(t, func() bool { return caughtUp(t, streams, store) })
	infos, err := streams.Streams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	progress := history.Rows{Progress: []history.Position{{Stream: infos[1].Name.String(), Sequence: infos[1].Last + 5}}}
	if err := store.Insert(t.Context(), history.TableProgress, progress, "ahead"); err != nil {
		t.Fatal(err)
	}
	a, err := k.Audit(t.Context(), materializer.Order{})
	if err != nil {
		t.Fatal(err)
	}
	patiently(t, func() bool { return over(k.Audits()[0].State) })
	if got := k.Audits()[0]; got.ID != a.ID || got.State != materializer.Failed || !strings.Contains(got.Failure, "but tables hold rows up to") {
		t.Errorf("%+v", got)
	}
	if r := k.rebuild(t, "usage"); r.State != materializer.Failed || !strings.Contains(r.Failure, "cannot be read again") {
		t.Errorf("%+v", r)
	}
	if _, err := k.Rebuild("x"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// derivingStore is a store whose rebuilds do something while they derive.
type derivingStore struct {
	whole
	during func(context.Context) error
}

type derivingBeside struct {
	history.Beside
	during func(context.Context) error
}

func (s derivingStore) Beside(ctx context.Context, of []history.Table) (history.Beside, error) {
	b, err := s.whole.Beside(ctx, of)
	return derivingBeside{b, s.during}, err
}

func (b derivingBeside) Derive(ctx context.Context) error { return b.during(ctx) }

func TestOnlyWritersOfRebuiltStreamsWaitForWhatIsDerived(t *testing.T) {
	streams := newStreams(t)
	publishAll(t, streams)
	model := &memory.Store{}
	position := func(ctx context.Context, of string) uint64 {
		all, err := model.Positions(ctx)
		if err != nil {
			t.Error(err)
		}
		for name, last := range all {
			if strings.HasPrefix(name, of+"@") {
				return last
			}
		}
		return 0
	}
	var rates uint64
	store := derivingStore{model, func(ctx context.Context) error {
		ctx, stop := context.WithTimeout(ctx, 30*time.Second)
		defer stop()
		rates = position(ctx, "RATES_USD")
		prices := position(ctx, "PRICES")
		publish(t, streams, "RATES_USD", stream.Message{Subject: "pw.rate.usd.x.y.z", ID: "while-deriving", Data: []byte("{")})
		publish(t, streams, "PRICES", stream.Message{Subject: "pw.price.us.x.y.z", ID: "while-deriving", Data: []byte("{")})
		for position(ctx, "PRICES") == prices {
			if ctx.Err() != nil {
				return errors.New("a writer waits whose stream is not rebuilt")
			}
			runtime.Gosched()
		}
		if now := position(ctx, "RATES_USD"); now != rates {
			return fmt.Errorf("a writer whose stream is rebuilt went on from %d to %d", rates, now)
		}
		return nil
	}}
	k, _ := keepWhole(t, streams, store)
	patiently(t, func() bool { return caughtUp(t, streams, store) })
	if r := k.rebuild(t, "usage"); r.State != materializer.Done {
		t.Fatal(r.Failure)
	}
	patiently(t, func() bool { return position(t.Context(), "RATES_USD") == rates+1 })
}
