package historytest

import (
	"fmt"
	"testing"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// quote is an answer in short: prices, the line's start, since and until when the answer holds, when it became known, and both releases.
func quote(a history.PriceAnswer) string {
	text := "none"
	if !a.None {
		text = a.UnitPrice.String() + "/" + a.ERPPrice.String()
	}
	for _, f := range []struct {
		name string
		day  string
	}{
		{"since", date(a.Valid.From)}, {"until", date(a.Valid.To)}, {"known", date(a.KnownAt)}, {"by", a.Release}, {"in", a.InForce},
	} {
		if f.day != "" {
			text += " " + f.name + " " + f.day
		}
	}
	return text
}

func date(at interface {
	IsZero() bool
	Format(string) string
},
) string {
	if at.IsZero() {
		return ""
	}
	return at.Format("2006-01-02")
}

func askPrice(t *testing.T, s Store, sku, at, knownAt, want string) {
	t.Helper()
	a, err := s.Price(t.Context(), history.PricePoint{Identity: SKU(sku), AsOf: asOf(at, knownAt)})
	if err != nil || quote(a) != want {
		t.Errorf("%s valid at %s, known at %s: %q, %v; want %q", sku, at, knownAt, quote(a), err, want)
	}
	page, err := s.Prices(t.Context(), history.PriceList{Market: "US", SKU: sku, AsOf: asOf(at, knownAt)})
	if err != nil || len(page.Items) > 1 || (len(page.Items) == 0) != a.None || page.InForce != a.InForce {
		t.Errorf("%s listed valid at %s, known at %s: %+v, %v", sku, at, knownAt, page, err)
		return
	}
	if len(page.Items) == 1 {
		if diff := Diff(a, page.Items[0]); diff != "" {
			t.Errorf("the list answers otherwise: %s", diff)
		}
	}
}

// firstRelease has two lines: 0001 from 2026-12-01 on, and 0002 until 2027-01-01.
func firstRelease() history.Rows {
	return history.Rows{
		PriceChanges: []history.PriceChange{
			PriceChange(1, "license-us-2026-12-r1", "2026-11-01", 1, 2, SKU("0001"), Line(SKU("0001"), "6", "7.5"), "2026-12-01", ""),
			PriceChange(2, "license-us-2026-12-r1", "2026-11-01", 2, 2, SKU("0002"), Line(SKU("0002"), "10", "12"), "2026-12-01", "2027-01-01"),
		},
		Releases: []history.Release{Manifest(3, "license-us-2026-12-r1", "2026-11-01", "2026-12-01", 1, 2)},
	}
}

func releaseVisibility(t *testing.T, s Store) {
	rows := firstRelease()
	nothing := func(when string) {
		t.Helper()
		if a, err := s.Price(t.Context(), history.PricePoint{Identity: SKU("0001"), AsOf: asOf("2026-12-05", "2026-12-05")}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %+v, %v", when, a, err)
		}
		list := must[history.PricePage](t)(s.Prices(t.Context(), history.PriceList{Market: "US", AsOf: asOf("2026-12-05", "2026-12-05")}))
		releases := must[history.ReleasePage](t)(s.Releases(t.Context(), history.ReleaseList{}))
		if len(list.Items)+len(releases.Items) > 0 || list.InForce != "" {
			t.Errorf("%s: %+v, %+v", when, list, releases)
		}
	}
	Put(t, s, "1", history.Rows{PriceChanges: rows.PriceChanges[:1]})
	nothing("without its manifest")
	Put(t, s, "2", history.Rows{Releases: rows.Releases})
	nothing("with a line missing")
	Put(t, s, "3", history.Rows{PriceChanges: rows.PriceChanges[1:]})
	askPrice(t, s, "0001", "2026-12-05", "2026-12-05", "6/7.5 since 2026-12-01 known 2026-11-01 by license-us-2026-12-r1 in license-us-2026-12-r1")
	list := must[history.ReleasePage](t)(s.Releases(t.Context(), history.ReleaseList{Market: "US"}))
	if diff := Diff(rows.Releases, list.Items); diff != "" {
		t.Error(diff)
	}
	again := rows.PriceChanges[0]
	again.Sequence = 8
	Put(t, s, "told again", history.Rows{PriceChanges: []history.PriceChange{again}})
	list = must[history.ReleasePage](t)(s.Releases(t.Context(), history.ReleaseList{Market: "US"}))
	if diff := Diff(rows.Releases, list.Items); diff != "" {
		t.Error("a line that was told twice: ", diff)
	}
	Put(t, s, "4", history.Rows{Releases: []history.Release{Manifest(9, "license-us-2027-01-r1", "2026-12-01", "2027-01-01", 1, 0)}})
	askPrice(t, s, "0001", "2027-01-05", "2027-01-05", "6/7.5 since 2026-12-01 known 2026-11-01 by license-us-2026-12-r1 in license-us-2027-01-r1")
}

func laterRelease(t *testing.T, s Store) {
	rows := firstRelease()
	const second = "license-us-2027-03-r1"
	changed := PriceChange(4, second, "2027-01-30", 1, 2, SKU("0001"), Line(SKU("0001"), "6.6", "8.25"), "2027-03-01", "")
	removed := PriceChange(5, second, "2027-01-30", 2, 2, SKU("0002"), nil, "2027-03-01", "")
	rows.PriceChanges = append(rows.PriceChanges, changed, removed)
	rows.Releases = append(rows.Releases, Manifest(6, second, "2027-01-30", "2027-03-01", 1, 2))
	Put(t, s, "1", rows)
	const first = "license-us-2026-12-r1"
	askPrice(t, s, "0001", "2026-12-01", "2026-11-01", "6/7.5 since 2026-12-01 known 2026-11-01 by "+first+" in "+first)
	askPrice(t, s, "0001", "2026-11-30T23:59:59.999Z", "2026-11-01", "none until 2026-12-01")
	askPrice(t, s, "0001", "2027-02-28", "2027-01-29", "6/7.5 since 2026-12-01 known 2026-11-01 by "+first+" in "+first)
	askPrice(t, s, "0001", "2027-02-28", "2027-01-30", "6/7.5 since 2026-12-01 until 2027-03-01 known 2026-11-01 by "+first+" in "+first)
	askPrice(t, s, "0001", "2027-03-01", "2027-01-29", "6/7.5 since 2026-12-01 known 2026-11-01 by "+first+" in "+first)
	askPrice(t, s, "0001", "2027-03-01", "2027-01-30", "6.6/8.25 since 2027-03-01 known 2027-01-30 by "+second+" in "+second)
	askPrice(t, s, "0002", "2026-12-31", "2027-01-30", "10/12 since 2026-12-01 until 2027-01-01 known 2026-11-01 by "+first+" in "+first)
	askPrice(t, s, "0002", "2027-01-01", "2027-01-30", "none since 2027-01-01 in "+first)
	askPrice(t, s, "0002", "2027-04-01", "2027-01-30", "none since 2027-01-01 known 2027-01-30 by "+second+" in "+second)
	for _, q := range []history.PricePoint{{Identity: SKU("0003"), AsOf: asOf("2027-04-01", "2027-04-01")}, {Identity: SKU("0001"), AsOf: asOf("2027-04-01", "2026-10-31")}} {
		if a, err := s.Price(t.Context(), q); !fault.Is(err, fault.NotFound) {
			t.Errorf("%+v: %+v, %v", q, a, err)
		}
	}
}

func pricePages(t *testing.T, s Store) {
	var rows history.Rows
	for i := range 25 {
		id := SKU(fmt.Sprintf("%04d", i/5))
		id.Tier, id.Currency = Amount(fmt.Sprint(i%5*100)), []string{"USD", "EUR"}[i%2]
		line := Line(id, "1.5", "2")
		line.Effective, line.TierMax, line.Tags, line.EndOfSale = effective.Period{From: Day("2026-12-01"), To: Day("2027-12-01")}, "99", "a;b", "2027-06-30"
		rows.PriceChanges = append(rows.PriceChanges, PriceChange(uint64(i+1), "r1", "2026-11-01", i+1, 25, id, line, "2026-12-01", ""))
	}
	other := PriceChange(26, "r1", "2026-11-01", 26, 26, SKU("0001"), Line(SKU("0001"), "1", "1"), "2026-12-01", "")
	other.Identity.Market = "DE"
	rows.PriceChanges = append(rows.PriceChanges, other)
	rows.Releases = []history.Release{Manifest(27, "r1", "2026-11-01", "2026-12-01", 1, 26)}
	Put(t, s, "1", rows)
	q := history.PriceList{Market: "US", AsOf: asOf("2026-12-05", "2026-12-05"), Page: history.Page{Limit: 10}}
	var got []history.PriceAnswer
	for {
		page := must[history.PricePage](t)(s.Prices(t.Context(), q))
		got = append(got, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if len(got) != 25 {
		t.Fatalf("%d prices listed", len(got))
	}
	for i, a := range got {
		if i > 0 && !got[i-1].Identity.Less(a.Identity) {
			t.Errorf("%v comes before %v", got[i-1].Identity, a.Identity)
		}
		if a.TierMax != "99" || a.Tags != "a;b" || a.EndOfSale != "2027-06-30" || !a.Starts.Equal(Day("2026-12-01")) {
			t.Errorf("attributes %+v", a)
		}
	}
	tier := Amount("400")
	one := must[history.PricePage](t)(s.Prices(t.Context(), history.PriceList{
		Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0000", Term: "P1M", Billing: "Monthly", Tier: &tier, AsOf: q.AsOf,
	}))
	if len(one.Items) != 1 || one.Items[0].Identity.Tier != tier {
		t.Errorf("one tier of one SKU: %+v", one.Items)
	}
}
