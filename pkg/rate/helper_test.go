package rate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// at reads a date or an RFC 3339 time; empty is the zero time.
func at(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, ok := readTime(s)
	if !ok {
		return time.Unix(0, 0)
	}
	return t
}

func price(s string) money.Decimal {
	d, err := money.Parse(s)
	if err != nil {
		return money.Int(-1)
	}
	return d
}

func identity(meter string) Identity {
	return Identity{PriceList: Retail, Currency: "USD", MeterID: meter, SKUID: "P/0001", Type: "Consumption"}
}

// row is a row of meter m.
func row(p, from, to string) Row { return rowOf("m", p, from, to) }

func rowOf(meter, p, from, to string) Row {
	return Row{
		Identity: identity(meter), Attributes: Attributes{MeterName: "name", ARMRegionName: "westeurope", UnitOfMeasure: "1 Hour"},
		Price: price(p), Effective: effective.Period{From: at(from), To: at(to)},
	}
}

// span is an answer from a row that starts where the span does; an empty price is none.
func span(p, from, to string) Span { return spanOf(p, from, from, to) }

func spanOf(p, start, from, to string) Span {
	if p == "" {
		return Span{Period: effective.Period{From: at(from), To: at(to)}, None: true}
	}
	return Span{Period: effective.Period{From: at(from), To: at(to)}, Price: price(p), Start: at(start)}
}

// watcher judges and applies one observation after the other.
type watcher struct {
	t      testing.TB
	l      *Ledger
	policy Policy
}

func watch(t testing.TB) *watcher {
	t.Helper()
	l, err := NewLedger("USD")
	if err != nil {
		t.Fatal(err)
	}
	return &watcher{t, l, DefaultPolicy()}
}

func crawl(when string, rows ...Row) Observation {
	return Observation{Source: "azure", Scope: "azure-usd", Currency: "USD", At: at(when), Finished: at(when), Pages: 1, Complete: true, Rows: rows}
}

func window(when string, rows ...Row) Observation {
	o := crawl(when, rows...)
	o.Partial = true
	return o
}

// take judges and applies an observation.
func (w *watcher) take(o Observation) Outcome {
	w.t.Helper()
	out, err := w.l.Judge(o, w.policy)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.l.Apply(out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// sees takes a window, in which absence means nothing.
func (w *watcher) sees(when string, rows ...Row) Outcome {
	w.t.Helper()
	return w.take(window(when, rows...))
}

// crawls takes a whole crawl.
func (w *watcher) crawls(when string, rows ...Row) Outcome {
	w.t.Helper()
	return w.take(crawl(when, rows...))
}

// one returns the only change of an outcome.
func (w *watcher) one(o Outcome) Change {
	w.t.Helper()
	if len(o.Changes) != 1 {
		w.t.Fatalf("%d changes, want 1: %+v", len(o.Changes), o.Changes)
	}
	return o.Changes[0]
}

// none makes sure that an outcome was taken and changes nothing.
func (w *watcher) none(o Outcome) {
	w.t.Helper()
	if len(o.Changes) != 0 || !o.Taken() {
		w.t.Fatalf("want an observation without change, got %+v", o)
	}
}

// flags are what is compared of a change besides rows and periods.
type flags struct {
	Kind                                                Kind
	Returned, Correction, Backdated, Expiring, Upcoming bool
	Field                                               string
}

func (w *watcher) is(c Change, want flags, periods ...Span) {
	w.t.Helper()
	got := flags{c.Kind, c.Returned, c.Correction, c.Backdated, c.Expiring, c.Upcoming, c.Field}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("change (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(periods, c.Periods, cmpopts.EquateEmpty(), cmpopts.EquateComparable(money.Decimal{})); diff != "" {
		w.t.Errorf("periods (-want +got):\n%s", diff)
	}
}

// answers makes sure of the answer for meter m at v, an empty price being none.
func (w *watcher) answers(v, p string) {
	w.t.Helper()
	k, _, _ := w.l.Known(identity("m").Key())
	s, ok := AnswerAt(k.Belief, at(v))
	if ok != (p != "") || (ok && s.Price != price(p)) {
		w.t.Errorf("at %s the answer is %v %s, want %q", v, ok, s.Price, p)
	}
}

// same makes sure that two outcomes are equal.
func same(t testing.TB, what string, want, got Outcome) {
	t.Helper()
	if diff := diffOutcomes(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func diffOutcomes(want, got Outcome) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(Outcome{}), cmpopts.EquateEmpty(), cmpopts.EquateComparable(money.Decimal{}))
}

// spooled returns the spool of a shard that holds something of everything, for the ledger of furnished.
func spooled(t testing.TB, l *Ledger) []byte {
	t.Helper()
	s, err := l.Survey(Crawl{Scope: "azure-usd", Currency: "USD", At: at("2026-02-01")})
	if err != nil {
		t.Fatal(err)
	}
	var spool MemorySpool
	shard := s.Shard("", Everything, &spool)
	_, bad := NewRow(fields(func(f *Fields) { f.Price = "x" }))
	first, second := row("0.6", "2026-01-11", ""), rowOf("new", "1", "2026-01-01", "")
	for _, pass := range [][]Row{{first, second}, {first, rowOf("new", "2", "2026-01-01", ""), rowOf("of other", "1", "2025-01-01", "")}} {
		if err := shard.Begin(); err != nil {
			t.Fatal(err)
		}
		for i := range pass {
			if err := shard.Row(&pass[i], []byte(pass[i].MeterID+pass[i].Price.String())); err != nil {
				t.Fatal(err)
			}
		}
		if err := shard.Bad(bad); err != nil {
			t.Fatal(err)
		}
	}
	if err := shard.End(Traversal{Pages: 1, Rows: 3, Complete: true}); err != nil {
		t.Fatal(err)
	}
	return spool.data
}
