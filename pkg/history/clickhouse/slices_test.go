package clickhouse_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/rate"
)

// sliced is a database whose slices are cut as often as can be, and what it must answer like.
type sliced struct {
	t     *testing.T
	dsn   string
	store *clickhouse.Store
	conn  driver.Conn
	model *memory.Store

	stream string
	seq    uint64
	bulk   int
	few    int
}

func newSliced(t *testing.T) *sliced {
	s := &sliced{t: t, dsn: clickhousetest.Start(t), model: &memory.Store{}, stream: historytest.Stream}
	s.open()
	s.conn = connect(t, s.dsn)
	return s
}

// open opens the store, as a process that starts does, and reads where its writer begins.
func (s *sliced) open() {
	s.t.Helper()
	if s.store != nil {
		_ = s.store.Close()
	}
	var err error
	if s.store, err = clickhouse.Open(s.t.Context(), clickhouse.Config{DSN: s.dsn, CutRows: 1, BulkRows: s.bulk, FewRates: s.few}); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = s.store.Close() })
	if _, err := s.store.Mark(s.t.Context(), historytest.Stream); err != nil {
		s.t.Fatal(err)
	}
}

// randomRates are random changes, of which every other period begins with the row that gives its price, as sources mostly say it.
func randomRates(seed uint64) history.Rows {
	rows := historytest.RandomRates(seed)
	for i := range rows.RateChanges {
		for j := range rows.RateChanges[i].Periods {
			if p := &rows.RateChanges[i].Periods[j]; !p.None && !p.From.IsZero() && (i+j)%2 == 0 {
				p.Start = p.From
			}
		}
	}
	return rows
}

// put writes random changes behind those before: of rates of their own, known from days later on.
func (s *sliced) put(seed uint64, days int) {
	s.t.Helper()
	rows := randomRates(seed)
	for i := range rows.RateChanges {
		c := &rows.RateChanges[i]
		s.seq++
		c.Stream, c.Sequence = s.stream, s.seq
		c.Identity.Type = fmt.Sprint("seed-", seed)
		c.Key = c.Identity.Key()
		c.KnownAt = c.KnownAt.AddDate(0, 0, days)
		one := history.Rows{
			RateChanges: rows.RateChanges[i : i+1],
			Progress:    []history.Position{{Stream: s.stream, Sequence: s.seq}},
		}
		token := fmt.Sprint(s.stream, "-message-", s.seq)
		historytest.Put(s.t, s.store, token, one)
		historytest.Put(s.t, s.model, token, one)
	}
}

// agree compares lists as of many instants on both axes, through the port and in SQL.
func (s *sliced) agree(what string) {
	s.t.Helper()
	for v := -1; v <= 25; v += 4 {
		k := v*7%27 - 1
		at := history.AsOf{At: historytest.Day("2026-01-01").AddDate(0, 0, v), KnownAt: historytest.Day("2026-01-01").AddDate(0, 0, k)}
		s.same(what, history.RateList{AsOf: at})
		s.same(what, history.RateList{AsOf: at, Region: "region-1", Type: "seed-1"})
	}
}

func (s *sliced) same(what string, q history.RateList) {
	s.t.Helper()
	want, err := s.model.Rates(s.t.Context(), q)
	if err != nil {
		s.t.Fatal(err)
	}
	got, err := s.store.Rates(s.t.Context(), q)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := historytest.Diff(want, got); diff != "" {
		s.t.Fatalf("%s, %+v: the store answers otherwise (-model +store): %s", what, q, diff)
	}
	if q.Region != "" {
		return
	}
	view := fmt.Sprintf("rates_at(valid_at = '%s', known_at = '%s')", q.At.Format(time.RFC3339), q.KnownAt.Format(time.RFC3339))
	if diff := historytest.Diff(sorted(rateLines(want)), sorted(texts(s.t, s.conn, ratesAt+view))); diff != "" {
		s.t.Fatalf("%s: %s answers otherwise (-model +view): %s", what, view, diff)
	}
}

// Streams have slices of their own, and a rate that two incarnations of a stream tell of is what was known of it last.
func TestListsOfSeveralStreamsAnswerLikeTheModel(t *testing.T) {
	s := newSliced(t)
	s.few = 1
	s.open()
	ends := map[string]uint64{"RATES_USD@again": 3} // each stream counts its own messages, and the same number is of another change
	for _, of := range []struct {
		stream string
		seed   uint64
		days   int
	}{{historytest.Stream, 1, 0}, {"RATES_USD@again", 1, 4}, {"RATES_EUR@first", 2, 2}, {historytest.Stream, 1, 9}, {"RATES_EUR@first", 3, 6}} {
		s.stream, s.seq = of.stream, ends[of.stream]
		s.put(of.seed, of.days)
		ends[of.stream] = s.seq
	}
	s.agree("written to by turns")
}

// The present of each currency is as of its own newest crawl that was taken.
func TestEveryCurrencyHasAPresentOfItsOwn(t *testing.T) {
	s := newSliced(t)
	present := map[string]string{"": "2026-01-09", "euro-": "2026-01-05", "none-": ""}
	for meters, crawled := range present {
		s.stream = "RATES_" + meters + "@first"
		rows := randomRates(4)
		for i := range rows.RateChanges {
			c := &rows.RateChanges[i]
			s.seq++
			c.Stream, c.Sequence, c.Identity.MeterID = s.stream, s.seq, meters+c.Identity.MeterID
			c.Key = c.Identity.Key()
		}
		if crawled != "" {
			rows.Crawls = []history.Crawl{{Position: history.Position{Stream: s.stream, Sequence: s.seq + 1}, Record: rate.Record{At: historytest.Day(crawled)}}}
		}
		historytest.Put(t, s.store, s.stream, rows)
		historytest.Put(t, s.model, s.stream, rows)
	}
	var want []string
	for meters, crawled := range present {
		if crawled == "" {
			continue
		}
		page, err := s.model.Rates(t.Context(), history.RateList{AsOf: history.AsOf{At: historytest.Day(crawled), KnownAt: historytest.Day(crawled)}})
		if err != nil {
			t.Fatal(err)
		}
		page.Items = slices.DeleteFunc(page.Items, func(a history.RateAnswer) bool {
			of, _, _ := strings.Cut(a.Identity.MeterID, "meter")
			return of != meters
		})
		want = append(want, rateLines(page)...)
	}
	if len(want) < 4 {
		t.Fatalf("only %d answers are compared", len(want))
	}
	if diff := historytest.Diff(sorted(want), sorted(texts(t, s.conn, ratesAt+"rates_current"))); diff != "" {
		t.Error(diff)
	}
}

// Rates that have no price yet are passed over, however many of them lie between two that have one.
func TestAPagePassesOverRatesWithoutAPrice(t *testing.T) {
	s := newSliced(t)
	var rows history.Rows
	for i := range 60 {
		meter, from := historytest.Meter(fmt.Sprint("meter-", i)), "2026-03-01"
		if i%15 == 0 {
			from = "2026-01-01"
		}
		s.seq++
		rows.RateChanges = append(rows.RateChanges,
			historytest.Change(s.seq, meter, rate.Added, "2026-01-02", historytest.Current(meter, from, "", "1", "", ""), historytest.Span(from, "", "1")))
	}
	historytest.Put(t, s.store, "rates", rows)
	historytest.Put(t, s.model, "rates", rows)
	for _, limit := range []int{1, 2, 3, 4, 5} {
		q := history.RateList{AsOf: history.AsOf{At: historytest.Day("2026-02-01"), KnownAt: historytest.Day("2026-02-01")}, Page: history.Page{Limit: limit}}
		found := 0
		for {
			want, err := s.model.Rates(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.store.Rates(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := historytest.Diff(want, got); diff != "" {
				t.Fatalf("pages of %d, behind %d: %s", limit, found, diff)
			}
			if found += len(got.Items); got.Next == "" {
				break
			}
			q.Cursor = got.Next
		}
		if found != 4 {
			t.Errorf("pages of %d hold %d rates, want 4", limit, found)
		}
	}
}

// What was announced and then overridden by something known later ends nothing.
func TestAnAnswerOutlivesWhatItOverrides(t *testing.T) {
	s := newSliced(t)
	s.few = 1
	s.open()
	for i, from := range []string{"2026-01-01", "2026-02-01", "2026-01-15"} {
		meter := historytest.Meter("meter-1")
		known, price := fmt.Sprintf("2026-01-%02d", i+2), fmt.Sprint(i+1)
		s.seq++
		c := historytest.Change(s.seq, meter, rate.PriceChanged, known, historytest.Current(meter, "2026-01-01", "", price, "", ""), historytest.Span(from, "", price))
		one := history.Rows{RateChanges: []history.RateChange{c}, Progress: []history.Position{{Stream: historytest.Stream, Sequence: s.seq}}}
		historytest.Put(t, s.store, known, one)
		historytest.Put(t, s.model, known, one)
	}
	for _, at := range []string{"2026-01-03", "2026-01-20", "2026-02-03"} {
		for _, known := range []string{"2026-01-03", "2026-01-05"} {
			q := history.RateList{AsOf: history.AsOf{At: historytest.Day(at), KnownAt: historytest.Day(known)}}
			s.same("announced and overridden", q)
			var ends time.Time
			question := fmt.Sprintf("SELECT valid_to FROM rates_at(valid_at = '%s', known_at = '%s')", at, known)
			if err := s.conn.QueryRow(t.Context(), question).Scan(&ends); err != nil {
				t.Fatal(err)
			}
			if page, err := s.model.Rates(t.Context(), q); err != nil || len(page.Items) != 1 || !history.ToStored(ends).Equal(page.Items[0].ValidTo) {
				t.Errorf("%s ends at %s, the model says %+v, %v", question, ends, page.Items, err)
			}
		}
	}
}

func (s *sliced) number(question string) (n uint64) {
	s.t.Helper()
	if err := s.conn.QueryRow(context.Background(), question).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *sliced) exec(statement string) {
	s.t.Helper()
	if err := s.conn.Exec(context.Background(), statement); err != nil {
		s.t.Fatal(err)
	}
}

const cutsMade = "SELECT count() FROM rate_cuts WHERE generation = (SELECT max(generation) FROM rate_cuts)"

// However often slices are cut, in whatever order knowledge comes, and whoever made them: lists answer like the model.
func TestListsFromSlicesAnswerLikeTheModel(t *testing.T) {
	s := newSliced(t)
	s.bulk = 3 // some are filled inside the server, others from here
	s.few = 1  // intricate rates are told apart
	s.open()
	s.put(1, 0)
	if n := s.number(cutsMade); n < 5 {
		t.Fatalf("%d slices: the test wants many", n)
	}
	s.agree("as they came")
	s.put(2, 12)
	s.put(3, 4) // known earlier than much that came before
	s.agree("out of order")
	s.open()
	s.put(4, 8)
	s.agree("after a start")
	for again := range uint64(2) {
		if err := s.store.Reslice(t.Context(), historytest.Stream); err != nil {
			t.Fatal(err)
		}
		if n := s.number(cutsMade); n < 3 {
			t.Fatalf("%d slices after they were made again", n)
		}
		s.agree("made again")
		s.put(5+again, 9)
	}
	s.agree("written to after they were made again")
	for s.number("SELECT count() FROM system.mutations WHERE database = currentDatabase() AND NOT is_done") > 0 { // nobody waits until old ones are gone
		s.agree("while old slices go")
	}
	if n := s.number("SELECT uniq(intDiv(slice, 4294967296)) FROM rate_slices"); n > 2 {
		t.Errorf("slices of %d generations are kept", n)
	}
}
