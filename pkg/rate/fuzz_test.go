package rate

import (
	"bytes"
	"testing"
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
		loaded, err := Load(bytes.NewReader(saved(t, l)))
		if err != nil {
			t.Fatal(err)
		}
		again := Observation{Scope: "s", Currency: r.Currency, At: at("2026-01-02"), Complete: true, Rows: []Row{r}}
		if out, err := loaded.Judge(again, DefaultPolicy()); err != nil || len(out.Changes) > 1 || (len(out.Changes) == 1 && out.Changes[0].Kind != Added) {
			t.Fatalf("the same row again: %v, %+v", err, out)
		}
	})
}
