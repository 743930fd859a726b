package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pricewire/pricewire/pkg/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// still is a clock that stands where it is put.
type still struct{ at time.Time }

func (c *still) Now() time.Time              { return c.at }
func (c *still) NewAlarm(string) clock.Alarm { return nil }

// line is a row of the feed as a client reads it.
type line struct {
	CurrencyCode, MeterID, SKUID, Type, ReservationTerm, EffectiveStartDate, EffectiveEndDate, MeterName, ProductName string
	TierMinimumUnits, RetailPrice, UnitPrice                                                                          json.Number
	SavingsPlan                                                                                                       []struct{ Term string }
}

func (l line) identity() string {
	return strings.Join([]string{l.MeterID, l.SKUID, l.Type, l.ReservationTerm, l.TierMinimumUnits.String()}, " ")
}

type answer struct {
	Items        []line
	NextPageLink string
	Count        int
}

func get(t *testing.T, h http.Handler, link string) (int, answer) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, strings.ReplaceAll(link, " ", "%20"), nil))
	var a answer
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		t.Fatalf("%s: %v in %s", link, err, w.Body)
	}
	return w.Code, a
}

// all reads all pages.
func all(t *testing.T, h http.Handler, link string) (lines []line, pages int) {
	t.Helper()
	for ; link != ""; pages++ {
		code, a := get(t, h, link)
		if code != http.StatusOK || a.Count != len(a.Items) {
			t.Fatalf("%s: %d, count %d of %d", link, code, a.Count, len(a.Items))
		}
		lines, link = append(lines, a.Items...), a.NextPageLink
	}
	return lines, pages
}

func at(month time.Month, day, hour int) time.Time {
	return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
}

const usd = Path + "?api-version=2023-01-01-preview&currencyCode='USD'"

func TestTheCatalogueHasSomeThousandRowsOnSeveralPages(t *testing.T) {
	lines, pages := all(t, New(Config{Seed: 1}, &still{at(9, 20, 0)}), usd)
	if len(lines) < 2400 || len(lines) > 3500 || pages != (len(lines)+999)/1000 {
		t.Errorf("%d rows on %d pages", len(lines), pages)
	}
	kinds := map[string]int{}
	for _, l := range lines {
		kinds[l.Type]++
		kinds["plans"] += min(len(l.SavingsPlan), 1)
		if l.TierMinimumUnits.String() != "0.0" {
			kinds["tiers"]++
		}
		if l.RetailPrice != l.UnitPrice || !strings.ContainsAny(l.RetailPrice.String(), ".") {
			t.Errorf("price %s, %s", l.RetailPrice, l.UnitPrice)
		}
	}
	for _, kind := range []string{"Consumption", "DevTestConsumption", "Reservation", "plans", "tiers"} {
		if kinds[kind] < 50 {
			t.Errorf("%d of %s", kinds[kind], kind)
		}
	}
}

func TestTheSameInstantAlwaysSaysTheSame(t *testing.T) {
	one, _ := all(t, New(Config{Seed: 7, Beat: LivelyBeat}, &still{at(10, 1, 3)}), usd)
	again, _ := all(t, New(Config{Seed: 7, Beat: LivelyBeat}, &still{at(10, 1, 3)}), usd)
	if fmt.Sprint(one) != fmt.Sprint(again) {
		t.Error("they differ")
	}
	other, _ := all(t, New(Config{Seed: 8, Beat: LivelyBeat}, &still{at(10, 1, 3)}), usd)
	if fmt.Sprint(one) == fmt.Sprint(other) {
		t.Error("the seed makes no difference")
	}
}

func TestIdentitiesAreUnique(t *testing.T) {
	lines, _ := all(t, New(Config{Seed: 1}, &still{at(9, 20, 0)}), usd)
	seen := map[string]bool{}
	for _, l := range lines {
		key := l.identity() + l.EffectiveStartDate
		if seen[key] {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = true
	}
}

func TestPagesHaveNoOrder(t *testing.T) {
	c := &still{at(9, 20, 0)}
	h := New(Config{Seed: 1}, c)
	_, before := get(t, h, usd)
	c.at = c.at.Add(10 * time.Minute)
	_, after := get(t, h, usd)
	if before.Items[0].identity() == after.Items[0].identity() && before.Items[1].identity() == after.Items[1].identity() {
		t.Error("the order stayed")
	}
}

func TestALivelyFeedChangesEveryFewMinutes(t *testing.T) {
	c := &still{at(9, 20, 0)}
	h := New(Config{Seed: 1, Beat: LivelyBeat}, c)
	before := prices(t, h)
	c.at = c.at.Add(10 * time.Minute)
	changed := 0
	for id, price := range prices(t, h) {
		if was, ok := before[id]; ok && was != price {
			changed++
		}
	}
	if changed < 10 || changed > 120 {
		t.Errorf("%d changes in ten minutes", changed)
	}
}

func prices(t *testing.T, h http.Handler) map[string]string {
	lines, _ := all(t, h, usd)
	m := map[string]string{}
	for _, l := range lines {
		m[l.identity()] = l.RetailPrice.String()
	}
	return m
}

func TestOtherCurrenciesHaveOtherPricesForTheSameThings(t *testing.T) {
	h := New(Config{Seed: 1}, &still{at(9, 20, 0)})
	for _, currency := range []string{"EUR", "JPY", "KRW"} {
		lines, _ := all(t, h, Path+"?currencyCode="+currency)
		if len(lines) < 2400 || lines[0].CurrencyCode != currency || len(lines[0].SavingsPlan) != 0 {
			t.Errorf("%s: %d rows, %+v", currency, len(lines), lines[0])
		}
		for _, l := range lines {
			if strings.HasPrefix(l.RetailPrice.String(), "-") {
				t.Fatalf("%s: price %s", currency, l.RetailPrice)
			}
		}
	}
}

func TestWhatTheSampleDoesNotKnowItRefuses(t *testing.T) {
	h := New(Config{Seed: 1}, &still{at(9, 20, 0)})
	for _, query := range []string{"?$filter=serviceName eq 'x'", "?currencyCode='XXX'", "?$skip=-1", "?$skip=x", "?$skip=100000", "?$top=5", "?a=%zz"} {
		if code, _ := get(t, h, Path+query); code != http.StatusBadRequest {
			t.Errorf("%s: %d", query, code)
		}
	}
}

// What the first of a month brings was announced before, and old rows linger after it.
func TestMonthStartsAreAnnouncedAndOldRowsLinger(t *testing.T) {
	c := &still{}
	h := New(Config{Seed: 1}, c)
	var announced, together int
	for month := time.Month(1); month <= 12; month++ {
		c.at = at(month, 25, 0)
		end := time.Date(2026, month+1, 1, 0, -1, 0, 0, time.UTC).Format(time.RFC3339)
		lines, _ := all(t, h, usd)
		for _, l := range lines {
			if l.EffectiveEndDate == end {
				announced++
			}
		}
		c.at = time.Date(2026, month+1, 1, 2, 0, 0, 0, time.UTC)
		rows := map[string]int{}
		lines, _ = all(t, h, usd)
		for _, l := range lines {
			if rows[l.identity()]++; rows[l.identity()] == 2 {
				together++
			}
		}
	}
	if announced < 100 || together < 100 {
		t.Errorf("%d announced, %d together", announced, together)
	}
}

func TestPricesAreWrittenExactly(t *testing.T) {
	for p, want := range map[price]string{
		one * 569: "569.0", one * 37674 / 100000: "0.37674", one * 16 / 1_000_000: "1.6e-05", one / 10_000: "0.0001", 1: "1.0e-10", one*3 + 5000: "3.0000005", 0: "0.0",
	} {
		if got := string(p.appendTo(nil)); got != want {
			t.Errorf("%d is %s, want %s", p, got, want)
		}
	}
	for _, c := range []struct {
		p           price
		thousandths int
		want        string
	}{{one, 1100, "1.1"}, {one * 12345678 / 10_000_000, 1000, "1.2346"}, {one * 16 / 1_000_000, 1101, "1.7616e-05"}, {one * 158_000, 1_345_000, "212510000.0"}, {1, 1, "1.0e-10"}} {
		if got := string(c.p.times(c.thousandths).appendTo(nil)); got != c.want {
			t.Errorf("%d times %d is %s, want %s", c.p, c.thousandths, got, c.want)
		}
	}
}

func TestMetersComeAndGo(t *testing.T) {
	c := newCatalogue(1)
	var listed []string
	for _, month := range []time.Month{1, 6, 12} {
		f := &feed{catalogue: c, seed: 1}
		ids := map[string]bool{}
		for _, r := range f.rows(at(month, 15, 0)) {
			ids[guid(r.item.meterChance(r.generation))] = true
		}
		for id := range ids {
			listed = append(listed, id)
		}
		listed = append(listed, fmt.Sprint(month))
	}
	first := slices.Index(listed, "January")
	last := listed[slices.Index(listed, "June")+1:]
	gone := 0
	for _, id := range listed[:first] {
		if !slices.Contains(last, id) {
			gone++
		}
	}
	if gone < 10 || gone > 200 {
		t.Errorf("%d of %d meters are gone after a year", gone, first)
	}
}

func BenchmarkRows(b *testing.B) {
	f := &feed{catalogue: newCatalogue(1), seed: 1}
	for b.Loop() {
		f.rows(at(9, 20, 0))
	}
}

func TestNoTextNeedsEscaping(t *testing.T) {
	for _, it := range newCatalogue(1).items {
		for _, s := range []string{it.sku, it.armSKU, it.name, it.unit, it.kind, it.term, it.group.name, it.group.service, it.group.family, it.group.id, it.region.name, it.region.location} {
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
				t.Errorf("%q", s)
			}
		}
	}
}
