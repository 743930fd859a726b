package current

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	historymemory "github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// hole is a batch that tables lack.
type hole struct {
	stream      string // with its incarnation
	first, last uint64
	rows        history.Rows
}

// lose publishes a batch that no table gets, though the writer says so, and starts current prices anew: they know what the tables say.
func (b *bed) lose(cfg Config, name string, messages ...stream.Message) {
	b.t.Helper()
	b.write(name)
	if len(messages) == 0 {
		return
	}
	b.publish(name, messages...)
	rows := b.queues[name][0].rows
	end := rows.Progress[0]
	h := hole{stream: end.Stream, first: end.Sequence - uint64(len(messages)) + 1, last: end.Sequence, rows: rows}
	h.rows.Progress = nil
	b.holes = append(b.holes, h)
	b.queues[name][0].rows = history.Rows{Progress: rows.Progress}
	b.write(name)
	b.restart(cfg)
}

func (b *bed) restart(cfg Config) {
	b.t.Helper()
	b.halt()
	b.hits += b.current.Totals().Hits
	b.start(cfg)
}

// repair adds what tables lack, as an audit does, and lets as much time pass as it may go unnoticed.
func (b *bed) repair() {
	b.t.Helper()
	for _, h := range b.holes {
		for _, table := range history.Tables() {
			if h.rows.Count(table) == 0 {
				continue
			}
			e := history.Extent{Stream: h.stream, First: h.first, Last: h.last, Tables: []history.Table{table}}
			if _, err := b.kept().Restore(context.Background(), e, h.rows); err != nil {
				b.t.Fatalf("restore: %v", err)
			}
		}
	}
	b.holes = nil
	time.Sleep(time.Second)
}

// kept is the history as who repairs and rebuilds it knows it.
func (b *bed) kept() historytest.Kept { return b.history.(historytest.Kept) }

// rebuild makes all tables again, without holes. Until derive is called it is not done.
func (b *bed) rebuild() {
	b.t.Helper()
	var tables []history.Table
	for _, table := range history.Tables() {
		if table != history.TableProgress {
			tables = append(tables, table)
		}
	}
	beside, err := b.kept().Beside(context.Background(), tables)
	if err != nil {
		b.t.Fatalf("beside: %v", err)
	}
	for _, table := range tables {
		rows := b.rowsOf(table)
		for _, h := range b.holes {
			rows.Append(h.rows)
		}
		if err := beside.Insert(context.Background(), table, rows, "again"); err != nil {
			b.t.Fatalf("insert beside: %v", err)
		}
	}
	if err := beside.Swap(context.Background()); err != nil {
		b.t.Fatalf("swap: %v", err)
	}
	b.holes, b.beside = nil, beside
	time.Sleep(time.Second)
}

func (b *bed) rowsOf(table history.Table) history.Rows {
	switch store := b.history.(type) {
	case *historymemory.Store:
		return store.Rows(table)
	case *slow:
		return store.Rows(table)
	}
	b.t.Fatalf("the rows of %T are not known", b.history)
	return history.Rows{}
}

func (b *bed) derive() {
	b.t.Helper()
	if b.beside == nil {
		return
	}
	if err := b.beside.Derive(context.Background()); err != nil {
		b.t.Fatalf("derive: %v", err)
	}
	b.beside = nil
	time.Sleep(time.Second)
}

// mendPast repairs the past, begins to rebuild it, or ends that.
func (b *bed) mendPast(t *rapid.T) {
	b.t.Helper()
	switch {
	case b.beside != nil:
		b.derive()
	case rapid.Bool().Draw(t, "rebuild"):
		b.rebuild()
	default:
		b.repair()
	}
}

// lost prepares a rate that costs 1 as far as tables say, and 2 as its stream does.
func (b *bed) lost() {
	b.t.Helper()
	b.changed(meterID(0), "1", "2026-01-01")
	b.write(usd)
	messages := b.captured(func() { b.changed(meterID(0), "2", "2026-01-02") })
	b.clock.advance(time.Hour)
	b.lose(Config{}, usd, messages...)
}

// captured are the messages that would be published.
func (b *bed) captured(publish func()) (messages []stream.Message) {
	b.capture = func(m []stream.Message) { messages = append(messages, m...) }
	defer func() { b.capture = nil }()
	publish()
	return messages
}

func TestARepairIsNoticedWithinAPoll(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, _ *slow) {
		b.lost()
		time.Sleep(2 * time.Second)
		b.asks(meterID(0), "1", Memory)
		b.repair()
		b.asks(meterID(0), "2", Memory)
		b.agree()
	})
}

func TestALoadFromBeforeARepairIsNotKept(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, s *slow) {
		s.gate = make(chan struct{})
		b.lost()
		time.Sleep(2 * time.Second)
		answered := make(chan struct{})
		go func() { // asked before it too
			_, _, _ = b.current.Rate(context.Background(), meterID(0), b.clock.Now())
			close(answered)
		}()
		synctest.Wait()
		b.repair()
		close(s.gate)
		<-answered
		time.Sleep(5 * time.Second)
		b.asks(meterID(0), "2", Memory)
	})
}

func TestWhatIsInDoubtStaysSoThroughARepair(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, _ *slow) {
		b.lost()
		time.Sleep(2 * time.Second)
		b.changed(meterID(0), "3", "2026-01-03")
		for range history.Tables()[:len(history.Tables())-1] {
			b.step(usd) // it can be seen, but the writer has not said so
		}
		b.repair()
		time.Sleep(time.Second)
		b.asks(meterID(0), "3", Tables)
		b.write(usd)
		time.Sleep(time.Second)
		b.agree()
		b.asks(meterID(0), "3", Memory)
	})
}

func TestWithoutARevisionHistoryIsAsked(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, s *slow) {
		b.changed(meterID(0), "1", "2026-01-01")
		b.write(usd)
		b.restart(Config{})
		time.Sleep(2 * time.Second)
		b.asks(meterID(0), "1", Memory)
		s.blind.Store(true)
		time.Sleep(time.Second + time.Millisecond)
		b.asks(meterID(0), "1", Tables)
		s.blind.Store(false)
		time.Sleep(time.Second)
		b.asks(meterID(0), "1", Memory)
	})
}

// While slices are of the tables before a rebuild, a list of all may say what one question does not.
func TestUntilARebuildIsDoneTheAnswerForOneRateCounts(t *testing.T) {
	in(t, Config{}, func(_ *testing.T, b *bed, s *slow) {
		b.lost()
		time.Sleep(2 * time.Second)
		b.asks(meterID(0), "1", Memory)
		s.stale = true
		b.rebuild()
		time.Sleep(2 * time.Second)
		b.asks(meterID(0), "2", Tables)
		b.asks(meterID(0), "2", Memory)
		s.stale = false
		b.derive()
		b.asks(meterID(0), "2", Memory)
	})
}

func TestValuesThatNoAnswerHasAreNotKept(t *testing.T) {
	in(t, Config{}, func(t *testing.T, b *bed, _ *slow) {
		b.changed(meterID(0), "1", "2026-01-01")
		b.write(usd)
		time.Sleep(time.Second)
		b.asks(meterID(0), "1", Tables)
		r := b.current.follower(usd).keeper.(*rates)
		before := b.current.Stats()[1]
		for i := range 100 {
			b.clock.advance(time.Minute)
			after := historytest.Current(meterID(0), "2026-01-01", "", fmt.Sprint(i+2), fmt.Sprint("region-", i%10), "VM")
			if i < 99 {
				after.IncludedQuantity = historytest.Amount(fmt.Sprint(i + 7))
				after.SavingsPlans = append(after.SavingsPlans, rate.SavingsPlan{Term: fmt.Sprint(i%7, " Years"), Price: money.Int(int64(i))})
			} else {
				after = historytest.Current(meterID(0), "2026-01-01", "", "101", "westeurope", "VM")
			}
			b.change(b.clock.Now(), meterID(0), after, historytest.Span("2026-01-01", "", fmt.Sprint(i+2)))
			b.write(usd)
			time.Sleep(time.Second)
			b.asks(meterID(0), fmt.Sprint(i+2), Memory)
			b.agree()
		}
		if n := cap(r.values.amounts.values) + cap(r.values.plans.values) + cap(r.values.texts.values); n > 100 {
			t.Errorf("there were places for %d values, of one rate", n)
		}
		if after := b.current.Stats()[1]; after.Bytes != before.Bytes || after.Answers != 1 {
			t.Errorf("%+v; before 100 changes %+v", after, before)
		}
		r.drop(meterID(0).Key())
		if v := &r.values; v.texts.kept()+v.amounts.kept()+v.plans.kept()+v.texts.bytes+v.plans.bytes != 0 {
			t.Errorf("values of no answer: %+v", v)
		}
	})
}

func TestWhatFailsIsNotTakenForARepair(t *testing.T) {
	in(t, Config{}, func(t *testing.T, b *bed, s *slow) {
		b.changed(meterID(0), "1", "2026-01-01")
		b.write(usd)
		b.halt()
		s.blind.Store(true)
		b.start(Config{})
		time.Sleep(3 * time.Second)
		if _, err := s.Revision(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
		b.asks(meterID(0), "1", Tables)
		s.blind.Store(false)
		time.Sleep(3 * time.Second)
		b.asks(meterID(0), "1", Memory)
	})
}
