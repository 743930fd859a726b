package rate

import (
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/money"
)

func fields(change ...func(*Fields)) Fields {
	f := Fields{
		Currency: "USD", MeterID: "m", SKUID: "P/0001", Type: "Consumption", TierMinimum: "0.0", Price: "0.5", Start: "2026-01-01T00:00:00Z",
		Attributes: Attributes{MeterName: "name"}, Raw: []byte("{}"),
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func valid(t *testing.T, change ...func(*Fields)) Row {
	t.Helper()
	r, q := NewRow(fields(change...))
	if q != nil {
		t.Fatalf("quarantined: %s: %s", q.Reason, q.Detail)
	}
	return r
}

func TestAMissingIdentityFieldOrStartIsQuarantined(t *testing.T) {
	for field, change := range map[string]func(*Fields){
		"currencyCode":       func(f *Fields) { f.Currency = " " },
		"meterId":            func(f *Fields) { f.MeterID = "" },
		"skuId":              func(f *Fields) { f.SKUID = "\t" },
		"type":               func(f *Fields) { f.Type = "" },
		"tierMinimumUnits":   func(f *Fields) { f.TierMinimum = "" },
		"reservationTerm":    func(f *Fields) { f.Type = Reservation },
		"effectiveStartDate": func(f *Fields) { f.Start = "" },
	} {
		_, q := NewRow(fields(change))
		if q == nil || q.Reason != ReasonMissingField || !strings.HasPrefix(q.Detail, field) || string(q.Raw) != "{}" {
			t.Errorf("without %s: %+v", field, q)
			continue
		}
		if q.HasIdentity != (field == "effectiveStartDate") {
			t.Errorf("without %s the identity is whole: %v", field, q.HasIdentity)
		}
	}
}

func TestACurrencyThatDoesNotExistIsNoIdentity(t *testing.T) {
	_, q := NewRow(fields(func(f *Fields) { f.Currency = "XQQ" }))
	if q == nil || q.Reason != ReasonMissingField || q.HasIdentity || !strings.Contains(q.Detail, "XQQ") {
		t.Fatalf("%+v", q)
	}
}

func TestAnUnparsableNegativeOrTooPreciseNumberIsQuarantined(t *testing.T) {
	places := map[string]func(string) func(*Fields){
		"retailPrice":      func(s string) func(*Fields) { return func(f *Fields) { f.Price = s } },
		"tierMinimumUnits": func(s string) func(*Fields) { return func(f *Fields) { f.TierMinimum = s } },
		"savingsPlan retailPrice": func(s string) func(*Fields) {
			return func(f *Fields) { f.SavingsPlans = []SavingsPlanFields{{"1 Year", s}} }
		},
	}
	for _, bad := range []string{"-0.01", "1,5", "NaN", "0.0000000000000000001", "1e-19", "100000000000000000000", "true", "1 2"} {
		for field, set := range places {
			_, q := NewRow(fields(set(bad)))
			if q == nil || q.Reason != ReasonInvalidNumber || !strings.HasPrefix(q.Detail, field) || !strings.Contains(q.Detail, bad) {
				t.Errorf("%s %q: %+v", field, bad, q)
			}
			if q != nil && q.HasIdentity != (field != "tierMinimumUnits") {
				t.Errorf("%s %q: the identity is whole: %v", field, bad, q.HasIdentity)
			}
		}
	}
	if _, q := NewRow(fields(func(f *Fields) { f.Price = "" })); q == nil || q.Reason != ReasonInvalidNumber {
		t.Errorf("no price: %+v", q)
	}
}

func TestAPriceOfZeroIsAPrice(t *testing.T) {
	for _, zero := range []string{"0", "0.0", "-0", "0e5"} {
		if r := valid(t, func(f *Fields) { f.Price = zero }); !r.Price.IsZero() {
			t.Errorf("%q is %s", zero, r.Price)
		}
	}
}

func TestTimesAreReadInTheFormsThatSourcesWrite(t *testing.T) {
	for in, want := range map[string]string{
		"2026-07-02T00:00:00Z":         "2026-07-02T00:00:00Z",
		"2026-07-02T00:00:00":          "2026-07-02T00:00:00Z", // without a zone: UTC
		"2026-07-02T00:00:00.1234567Z": "2026-07-02T00:00:00.1234567Z",
		"2026-07-02T00:00:00.1234567":  "2026-07-02T00:00:00.1234567Z",
		"2026-07-02":                   "2026-07-02T00:00:00Z",
		"2026-07-02T02:00:00+02:00":    "2026-07-02T00:00:00Z",
		" 2026-07-02T00:00:00Z ":       "2026-07-02T00:00:00Z",
	} {
		r := valid(t, func(f *Fields) { f.Start = in })
		if got := r.Effective.From.Format(timeLayout); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

func TestAnUnreadableTimeIsQuarantined(t *testing.T) {
	for _, bad := range []string{"soon", "2026-13-01", "2026-02-30T00:00:00Z", "01/02/2026", "2026-07-02T", "20260702", "1753-01-01", "2262-01-01", "0001-01-01T00:00:00Z"} {
		if _, q := NewRow(fields(func(f *Fields) { f.Start = bad })); q == nil || q.Reason != ReasonInvalidTime || !q.HasIdentity || !strings.Contains(q.Detail, bad) {
			t.Errorf("start %q: %+v", bad, q)
		}
	}
	if _, q := NewRow(fields(func(f *Fields) { f.End = "never" })); q == nil || q.Reason != ReasonInvalidTime || !strings.HasPrefix(q.Detail, "effectiveEndDate") {
		t.Errorf("end: %+v", q)
	}
}

func TestAnEndAt2359MeansTheNextMidnightAndOtherEndsStand(t *testing.T) {
	for in, want := range map[string]string{
		"2026-07-31T23:59:00Z": "2026-08-01T00:00:00Z", "2026-07-31T23:59:59": "2026-08-01T00:00:00Z", "2026-07-31T23:58:00Z": "2026-07-31T23:58:00Z",
		"2026-07-31": "2026-07-31T00:00:00Z", "2026-07-31T12:00:00Z": "2026-07-31T12:00:00Z", "2026-08-01T01:59:00+02:00": "2026-08-01T00:00:00Z",
	} {
		r := valid(t, func(f *Fields) { f.End = in })
		if got := r.Effective.To.Format(timeLayout); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
}

func TestAnEndBeyondAllStoresIsOpen(t *testing.T) {
	for _, in := range []string{"9999-12-31T23:59:59Z", "2262-01-01T00:00:00Z", "2261-12-31T23:59:00Z"} {
		if r := valid(t, func(f *Fields) { f.End = in }); !r.Effective.To.IsZero() {
			t.Errorf("%s ends %s", in, r.Effective.To)
		}
	}
}

func TestAnEndNotAfterTheStartIsQuarantined(t *testing.T) {
	for _, end := range []string{"2025-12-31T23:58:00Z", "2026-01-01T00:00:00Z", "2025-12-31T23:59:00Z", "1753-01-01"} {
		if _, q := NewRow(fields(func(f *Fields) { f.End = end })); q == nil || q.Reason != ReasonEndBeforeStart || !q.HasIdentity {
			t.Errorf("%s: %+v", end, q)
		}
	}
	r := valid(t, func(f *Fields) { f.Start, f.End = "2025-12-31T23:59:00Z", "2025-12-31T23:59:00Z" })
	if r.Effective.Empty() {
		t.Error("an end in the last minute is judged as the midnight that it means")
	}
}

func TestATermCountsForReservationsOnly(t *testing.T) {
	r := valid(t, func(f *Fields) { f.ReservationTerm = "1 Year" })
	if r.ReservationTerm != "" {
		t.Errorf("a consumption rate has the term %q", r.ReservationTerm)
	}
	r = valid(t, func(f *Fields) { f.Type, f.ReservationTerm = Reservation, " 3 Years " })
	if r.ReservationTerm != "3 Years" {
		t.Errorf("term %q", r.ReservationTerm)
	}
}

func TestARowIsTrimmedAndItsDefaultsFilledIn(t *testing.T) {
	got := valid(t, func(f *Fields) {
		f.Currency, f.MeterID, f.Price, f.Attributes.MeterName, f.Attributes.Location = " usd", "m ", " 0.50", " name\t", " EU West "
		f.SavingsPlans = []SavingsPlanFields{{" 3 Years", "0.1"}, {"1 Year", " 0.2"}, {"3 Years", "0.10"}}
	})
	want := Row{
		Identity: identity("m"), Attributes: Attributes{MeterName: "name", Location: "EU West"}, Price: price("0.5"), Effective: rowOf("m", "1", "2026-01-01", "").Effective,
		SavingsPlans: []SavingsPlan{{"1 Year", price("0.2")}, {"3 Years", price("0.1")}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(money.Decimal{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := valid(t, func(f *Fields) { f.PriceList = "csp" }); got.PriceList != "csp" {
		t.Errorf("price list %q", got.PriceList)
	}
}

func TestASavingsPlanWithoutATermIsQuarantined(t *testing.T) {
	if _, q := NewRow(fields(func(f *Fields) { f.SavingsPlans = []SavingsPlanFields{{" ", "1"}} })); q == nil || q.Reason != ReasonMissingField {
		t.Fatalf("%+v", q)
	}
}

func TestNumbersAreNeverRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,22}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?`).Draw(t, "number")
		r, q := NewRow(fields(func(f *Fields) { f.Price = text }))
		if q != nil {
			if q.Reason != ReasonInvalidNumber {
				t.Fatalf("%s: %s", text, q.Reason)
			}
			return
		}
		want, ok := new(big.Rat).SetString(text)
		got, _ := new(big.Rat).SetString(r.Price.String())
		if !ok || want.Cmp(got) != 0 {
			t.Fatalf("%s was read as %s", text, r.Price)
		}
	})
}

func TestQuarantinedRowsThatSayTheSameHaveOneDigest(t *testing.T) {
	bad := func(f *Fields) { f.Price = "x" }
	_, a := NewRow(fields(bad))
	_, b := NewRow(fields(bad, func(f *Fields) { f.Raw, f.MeterID = []byte("{ }"), " m " }))
	_, c := NewRow(fields(bad, func(f *Fields) { f.Attributes.Location = "EU West" }))
	if a.Digest != b.Digest || a.Digest == c.Digest {
		t.Fatal("the digest must follow what the row says, not its bytes")
	}
}
