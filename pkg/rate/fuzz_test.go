package rate

import (
	"bytes"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func FuzzNewRow(f *testing.F) {
	f.Add("usd", "m", "P/1", Reservation, "1 Year", "0.0", "1.6e-05", "2025-06-01T00:00:00Z", "2025-06-30T23:59:00Z", "3 Years", "0.1")
	f.Add("", "", "", "", "", "", "", "", "", "", "")
	f.Add("EUR", "m", "s", "Consumption", "1 Year", "1024", "0", "2026-07-02", "9999-12-31T23:59:59", "", "-1")
	f.Fuzz(func(t *testing.T, currency, meter, sku, kind, term, tier, amount, start, end, planTerm, planPrice string) {
		in := Fields{
			Currency: currency, MeterID: meter, SKUID: sku, Type: kind, ReservationTerm: term, TierMinimum: tier, Price: amount, Start: start, End: end,
			SavingsPlans: []SavingsPlanFields{{planTerm, planPrice}},
		}
		r, q := NewRow(in)
		if q != nil {
			if q.Reason == "" || q.Detail == "" || q.Digest == ([32]byte{}) {
				t.Fatalf("a quarantined row must say why: %+v", q)
			}
			return
		}
		if r.Effective.Empty() || r.Effective.From.IsZero() || r.Price.IsNegative() || r.MeterID == "" || (r.Type == Reservation) != (r.ReservationTerm != "") {
			t.Fatalf("not a valid row: %+v", r)
		}
		l, err := NewLedger(r.Currency)
		if err != nil {
			t.Fatal(err)
		}
		out, err := l.Judge(Observation{Scope: "s", Currency: r.Currency, At: at("2026-01-01"), Complete: true, Rows: []Row{r}}, DefaultPolicy())
		if err != nil || len(out.Changes) != 1 || l.Apply(out) != nil {
			t.Fatalf("a valid row makes a change: %v, %+v", err, out)
		}
		loaded, err := Open(r.Currency, fileOf(l))
		if err != nil {
			t.Fatal(err)
		}
		again := Observation{Scope: "s", Currency: r.Currency, At: at("2026-01-02"), Complete: true, Rows: []Row{r}}
		if out, err := loaded.Judge(again, DefaultPolicy()); err != nil || len(out.Changes) > 1 || (len(out.Changes) == 1 && out.Changes[0].Kind != Added) {
			t.Fatalf("the same row again: %v, %+v", err, out)
		}
	})
}

func FuzzStatesOnAShelf(f *testing.F) {
	l := furnished(f)
	_ = l.states(l.index.sorted, func(_ int, k Known) error {
		var e encoder
		e.known(&k)
		f.Add(e.buf)
		return nil
	})
	f.Fuzz(func(t *testing.T, value []byte) {
		d := decoder{rest: string(value)}
		k := d.known(1)
		if d.whole() != nil {
			return
		}
		var e encoder
		e.known(&k)
		again := decoder{rest: string(e.buf)}
		if second := again.known(1); again.whole() != nil || diffKnown(k, second) != "" {
			t.Fatalf("a state that reads must write and read alike: %v\n%s", again.err, diffKnown(k, second))
		}
	})
}

func FuzzOpen(f *testing.F) {
	f.Add(fileOf(furnished(f)).data)
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Open("USD", &MemoryFile{MemorySpool{data}})
		if err != nil {
			return
		}
		for n := range l.index.count { // one that is damaged inside is an error, not a panic
			_ = l.states([]uint32{n}, func(int, Known) error { return nil })
		}
	})
}

func FuzzSpool(f *testing.F) {
	f.Add(spooled(f, furnished(f)))
	f.Add([]byte{'e', 0, 0, 0, 4, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, spool []byte) {
		s, err := furnished(t).Survey(Crawl{Scope: "azure-usd", Currency: "USD", At: at("2026-02-01")})
		if err != nil {
			t.Fatal(err)
		}
		if s.Resume("", Everything, &MemorySpool{spool}, bytes.NewReader(spool)) == nil {
			return
		}
		if _, err := s.Judge(Ending{}, DefaultPolicy()); err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatal(err)
		}
	})
}
