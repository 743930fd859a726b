package historytest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// said is an answer in short: price, start, end, and when it became known.
func said(a history.RateAnswer) string {
	price := a.Price.String()
	if a.None {
		price = "none"
	}
	day := func(name string, at interface{ Format(string) string }, zero bool) string {
		if zero {
			return ""
		}
		return " " + name + " " + at.Format("2006-01-02")
	}
	return price + day("from", a.EffectiveFrom, a.EffectiveFrom.IsZero()) + day("to", a.ValidTo, a.ValidTo.IsZero()) + day("known", a.KnownAt, a.KnownAt.IsZero())
}

func ask(t *testing.T, s Store, id rate.Identity, at, knownAt, want string) {
	t.Helper()
	a, err := s.Rate(t.Context(), history.RatePoint{Identity: id, AsOf: asOf(at, knownAt)})
	if err != nil || said(a) != want {
		t.Errorf("valid at %s, known at %s: %q, %v; want %q", at, knownAt, said(a), err, want)
	}
	page, err := s.Rates(t.Context(), history.RateList{MeterID: id.MeterID, AsOf: asOf(at, knownAt)})
	if err != nil || len(page.Items) > 1 || (len(page.Items) == 0) != a.None {
		t.Errorf("listed valid at %s, known at %s: %v, %v", at, knownAt, page.Items, err)
		return
	}
	if len(page.Items) == 1 {
		if diff := Diff(a, page.Items[0]); diff != "" {
			t.Errorf("the list answers otherwise: %s", diff)
		}
	}
}

func correction(t *testing.T, s Store) {
	id := Meter("0008fc59")
	Put(t, s, "1", history.Rows{RateChanges: []history.RateChange{
		Change(1, id, rate.Added, "2025-10-21", Current(id, "2025-10-01", "", "0.886", "westeurope", "VM"), Span("2025-10-01", "", "0.886")),
		Change(2, id, rate.PriceChanged, "2025-11-01", Current(id, "2025-10-01", "", "1.457", "westeurope", "VM"), Span("2025-10-01", "", "1.457")),
		Change(3, id, rate.PriceChanged, "2026-01-21", Current(id, "2026-01-01", "", "0.886", "westeurope", "VM"), Span("2026-01-01", "", "0.886")),
		Change(4, id, rate.PriceChanged, "2026-01-27", Current(id, "2026-01-01", "", "1.457", "westeurope", "VM"),
			Span("2025-10-01", "2026-01-01", "0.886"), Span("2026-01-01", "", "1.457")),
	}})
	ask(t, s, id, "2026-01-10", "2026-01-15", "1.457 from 2025-10-01 known 2025-11-01")
	ask(t, s, id, "2026-01-10", "2026-01-21", "0.886 from 2026-01-01 known 2026-01-21")
	ask(t, s, id, "2026-01-10", "2026-01-27", "1.457 from 2026-01-01 known 2026-01-27")
	ask(t, s, id, "2025-12-01", "2025-10-21", "0.886 from 2025-10-01 known 2025-10-21")
	ask(t, s, id, "2025-12-01", "2025-11-01", "1.457 from 2025-10-01 known 2025-11-01")
	ask(t, s, id, "2025-12-01", "2026-01-21", "1.457 from 2025-10-01 to 2026-01-01 known 2025-11-01")
	ask(t, s, id, "2025-12-01", "2026-01-27", "0.886 from 2025-10-01 to 2026-01-01 known 2026-01-27")
	ask(t, s, id, "2025-09-30T23:59:59.999Z", "2026-01-27", "none to 2025-10-01")
}

func successor(t *testing.T, s Store) {
	id := Meter("future")
	Put(t, s, "1", history.Rows{RateChanges: []history.RateChange{
		Change(1, id, rate.Added, "2026-01-10", Current(id, "2026-01-01", "2026-02-01", "1", "", "VM"),
			Span("2026-01-01", "2026-02-01", "1"), Span("2026-03-01", "2026-05-01", "2")),
		// The same answer goes on in a second period: it does not end between the two.
		Change(2, id, rate.Restated, "2026-01-12", Current(id, "2026-01-01", "2026-02-01", "1", "", "VM"),
			rate.Span{Period: Span("2026-05-01", "", "2").Period, Price: Amount("2"), Start: Day("2026-03-01")}),
	}})
	ask(t, s, id, "2026-01-31T23:59:59.999Z", "2026-01-11", "1 from 2026-01-01 to 2026-02-01 known 2026-01-10")
	ask(t, s, id, "2026-02-01", "2026-01-11", "none to 2026-03-01")
	ask(t, s, id, "2026-04-01", "2026-01-11", "2 from 2026-03-01 to 2026-05-01 known 2026-01-10")
	ask(t, s, id, "2026-04-01", "2026-01-12", "2 from 2026-03-01 known 2026-01-10")
	ask(t, s, id, "2027-04-01", "2026-01-12", "2 from 2026-03-01 known 2026-01-12")
	ask(t, s, id, "2027-04-01", "2026-01-11T23:59:59.999999Z", "none")
}

func retired(t *testing.T, s Store) {
	id := Meter("retired")
	Put(t, s, "1", history.Rows{RateChanges: []history.RateChange{
		Change(1, id, rate.Added, "2026-01-10", Current(id, "2026-01-01", "", "0", "", "VM"), Span("2026-01-01", "", "0")),
		Change(2, id, rate.Retired, "2026-02-10", nil, Span("2026-02-07", "", "")),
	}})
	ask(t, s, id, "2026-02-08", "2026-02-09", "0 from 2026-01-01 known 2026-01-10")
	ask(t, s, id, "2026-02-06", "2026-02-10", "0 from 2026-01-01 to 2026-02-07 known 2026-01-10")
	ask(t, s, id, "2026-02-07", "2026-02-10", "none known 2026-02-10")
}

func unknown(t *testing.T, s Store) {
	id := Meter("later")
	Put(t, s, "1", history.Rows{RateChanges: []history.RateChange{Change(1, id, rate.Added, "2026-01-10", nil, Span("2026-01-01", "", "1"))}})
	for _, q := range []history.RatePoint{{Identity: Meter("never"), AsOf: asOf("2026-01-10", "2026-01-10")}, {Identity: id, AsOf: asOf("2026-01-10", "2026-01-09")}} {
		if a, err := s.Rate(t.Context(), q); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v known at %v: %v, %v", q.Identity.MeterID, q.KnownAt, a, err)
		}
	}
	if series, err := s.RateHistory(t.Context(), history.RateHistory{Identity: Meter("never")}); !fault.Is(err, fault.NotFound) {
		t.Errorf("history of what was never seen: %v, %v", series, err)
	}
}

func attributes(t *testing.T, s Store) {
	id := Meter("named")
	first, second := Current(id, "2026-01-01", "", "1", "westeurope", "Old name"), Current(id, "2026-01-01", "", "1", "northeurope", "New name")
	second.SavingsPlans = []rate.SavingsPlan{{Term: "1 Year", Price: Amount("0.7")}, {Term: "3 Years", Price: Amount("0.5")}}
	second.IncludedQuantity = Amount("100.5")
	renamed := Change(2, id, rate.Renamed, "2026-01-20", second)
	renamed.Before = first
	gone := Change(3, id, rate.Retired, "2026-02-10", nil, Span("2026-02-01", "", ""))
	gone.Before = second
	Put(t, s, "1", history.Rows{RateChanges: []history.RateChange{
		Change(1, id, rate.Added, "2026-01-10", first, Span("2026-01-01", "", "1")), renamed, gone,
	}})
	for knownAt, want := range map[string]*rate.Row{"2026-01-19": first, "2026-01-20": second, "2026-03-01": second} {
		a := must[history.RateAnswer](t)(s.Rate(t.Context(), history.RatePoint{Identity: id, AsOf: asOf("2026-01-15", knownAt)}))
		if diff := Diff(want.Attributes, a.Attributes) + Diff(want.SavingsPlans, a.SavingsPlans) + Diff(want.IncludedQuantity, a.IncludedQuantity); diff != "" {
			t.Errorf("known at %s: %s", knownAt, diff)
		}
		for _, service := range []string{"Old name", "New name"} {
			page := must[history.RatePage](t)(s.Rates(t.Context(), history.RateList{Service: service, Region: want.ARMRegionName, AsOf: asOf("2026-01-15", knownAt)}))
			if found := len(page.Items) == 1; found != (service == want.ServiceName) {
				t.Errorf("known at %s, %q is found under %q: %v", knownAt, want.ServiceName, service, found)
			}
		}
	}
}

func derivedFilters(t *testing.T, s Store) {
	var rows history.Rows
	add := func(meterID, product, sku, kind string) {
		id := Meter(meterID)
		id.Type = kind
		row := Current(id, "2026-01-01", "", "1", "westeurope", "Virtual Machines")
		row.ProductName, row.SKUName = product, sku
		rows.RateChanges = append(rows.RateChanges, Change(uint64(len(rows.RateChanges)+1), id, rate.Added, "2026-01-10", row, Span("2026-01-01", "", "1")))
	}
	const series = "Virtual Machines Easv4 Series"
	add("linux", series, "E8as v4", "Consumption")
	add("linux-spot", series, "E8as v4 Spot", "Consumption")
	add("windows", series+" Windows", "E8as v4", "Consumption")
	add("windows-dev", series+" Windows", "E8as v4", "DevTestConsumption")
	add("reserved", series, "E8as v4", "Reservation")
	Put(t, s, "1", rows)
	for _, c := range []struct {
		system, option string
		want           []string
	}{
		{"Linux", "", []string{"linux", "linux-spot"}},
		{"Windows", "", []string{"windows", "windows-dev"}},
		{"", "on-demand", []string{"linux", "windows"}},
		{"Linux", "on-demand", []string{"linux"}},
		{"", "reservation", []string{"reserved"}},
		{"Windows", "dev-test", []string{"windows-dev"}},
		{"Windows", "spot", nil},
	} {
		page := must[history.RatePage](t)(s.Rates(t.Context(), history.RateList{
			OperatingSystem: c.system, PurchaseOption: c.option, Region: "westeurope", AsOf: asOf("2026-01-15", "2026-01-15"),
		}))
		var got []string
		for _, a := range page.Items {
			got = append(got, a.Identity.MeterID)
		}
		slices.Sort(got)
		if diff := Diff(c.want, got); diff != "" {
			t.Errorf("%q bought %q: %s", c.system, c.option, diff)
		}
	}
	wordsAndGroups(t, s)
}

// wordsAndGroups asks about the rates of derivedFilters by words, and counts them.
func wordsAndGroups(t *testing.T, s Store) {
	t.Helper()
	at := asOf("2026-01-15", "2026-01-15")
	for words, want := range map[string][]string{"spot": {"linux-spot"}, "WINDOWS e8as": {"windows", "windows-dev"}, "westeurope reserved": {"reserved"}, "no_such": nil, "'": nil} {
		var got []string
		for _, a := range must[history.RatePage](t)(s.Rates(t.Context(), history.RateList{Words: strings.Fields(words), AsOf: at})).Items {
			got = append(got, a.Identity.MeterID)
		}
		slices.Sort(got)
		if diff := Diff(want, got); diff != "" {
			t.Errorf("%q: %s", words, diff)
		}
	}
	var all, windows uint64
	for _, g := range must[[]history.RateGroup](t)(s.RateGroups(t.Context(), history.RateList{Region: "westeurope", AsOf: at})) {
		if all += g.Rates; g.Region != "westeurope" || g.Service == "" {
			t.Errorf("group %+v", g)
		}
	}
	for _, g := range must[[]history.RateGroup](t)(s.RateGroups(t.Context(), history.RateList{OperatingSystem: "Windows", AsOf: at})) {
		windows += g.Rates
	}
	if all != 5 || windows != 2 {
		t.Errorf("%d rates, %d of Windows", all, windows)
	}
	if groups, err := s.RateGroups(t.Context(), history.RateList{AsOf: asOf("2020-01-15", "2020-01-15")}); err != nil || len(groups) > 0 {
		t.Errorf("before anything: %v, %v", groups, err)
	}
}

func identityFields(t *testing.T, s Store) {
	base := Meter("m")
	variants := []rate.Identity{base, base, base, base, base, base, base, base}
	variants[1].PriceList = "ea"
	variants[2].Currency = "EUR"
	variants[3].MeterID = "n"
	variants[4].SKUID = "other"
	variants[5].Type = "DevTestConsumption"
	variants[6].Type, variants[6].ReservationTerm = "Reservation", "1 Year"
	variants[7].Tier = Amount("102400.5")
	var rows history.Rows
	for i, id := range variants {
		price := fmt.Sprint(i + 1)
		rows.RateChanges = append(rows.RateChanges, Change(uint64(i+1), id, rate.Added, "2026-01-10", Current(id, "2026-01-01", "", price, "", "VM"), Span("2026-01-01", "", price)))
	}
	euros := []history.RateChange{rows.RateChanges[2]} // a stream of rates has one currency
	euros[0].Stream = "RATES_EUR@life-1"
	rows.RateChanges = slices.Delete(rows.RateChanges, 2, 3)
	Put(t, s, "1", rows)
	Put(t, s, "2", history.Rows{RateChanges: euros})
	for i, id := range variants {
		a := must[history.RateAnswer](t)(s.Rate(t.Context(), history.RatePoint{Identity: id, AsOf: asOf("2026-01-10", "2026-01-10")}))
		if a.Price != money.Int(int64(i+1)) || a.Identity != id {
			t.Errorf("%v: %v", id, a)
		}
		page := must[history.RatePage](t)(s.Rates(t.Context(), history.RateList{
			PriceList: id.PriceList, Currency: id.Currency, MeterID: id.MeterID, SKUID: id.SKUID, Type: id.Type, ReservationTerm: &id.ReservationTerm, Tier: &id.Tier,
			AsOf: asOf("2026-01-10", "2026-01-10"),
		}))
		if len(page.Items) != 1 || page.Items[0].Identity != id {
			t.Errorf("%v is listed as %v", id, page.Items)
		}
	}
	page := must[history.RatePage](t)(s.Rates(t.Context(), history.RateList{Currency: "USD", AsOf: asOf("2026-01-10", "2026-01-10")}))
	if len(page.Items) != 7 {
		t.Errorf("%d rates in USD", len(page.Items))
	}
}

func strangeText(t *testing.T, s Store) {
	for i, text := range []string{`it's`, `back\slash`, `') OR 1=1 --`, `@key ? $1 {x:String}`, "new\nline\x00zero", "日本 🗼", `\`, `'`, "`"} {
		id := Meter(text)
		id.SKUID, id.ReservationTerm = text, text
		row := Current(id, "2026-01-01", "", "1", text, text)
		Put(t, s, fmt.Sprint(i), history.Rows{RateChanges: []history.RateChange{Change(uint64(i+1), id, rate.Added, "2026-01-10", row, Span("2026-01-01", "", "1"))}})
		a, err := s.Rate(t.Context(), history.RatePoint{Identity: id, AsOf: asOf("2026-01-10", "2026-01-10")})
		if err != nil || a.Attributes != row.Attributes {
			t.Errorf("%q: %+v, %v", text, a, err)
		}
		page, err := s.Rates(t.Context(), history.RateList{Service: text, Region: text, AsOf: asOf("2026-01-10", "2026-01-10")})
		if err != nil || len(page.Items) != 1 || page.Items[0].Identity != id {
			t.Errorf("%q is listed as %+v, %v", text, page.Items, err)
		}
	}
}

func manyNames(t *testing.T, s Store) {
	var rows history.Rows
	for i, meter := range []string{"a", "It's", "c"} {
		id := Meter(meter)
		rows.RateChanges = append(rows.RateChanges, Change(uint64(i+1), id, rate.Added, "2026-01-10", Current(id, "2026-01-01", "", "1", "", ""), Span("2026-01-01", "", "1")))
	}
	Put(t, s, "1", rows)
	for _, c := range []struct {
		meters []string
		want   int
	}{{nil, 3}, {[]string{"A", "it's"}, 2}, {[]string{"none"}, 0}, {[]string{"c", "none", "c"}, 1}} {
		page, err := s.Rates(t.Context(), history.RateList{Meters: c.meters, AsOf: asOf("2026-01-10", "2026-01-10")})
		if err != nil || len(page.Items) != c.want {
			t.Errorf("meters %q: %d rates, %v", c.meters, len(page.Items), err)
		}
	}
	line := PriceChange(1, "r1", "2026-11-01", 1, 1, SKU("A"), Line(SKU("A"), "1", "2"), "2026-12-01", "")
	Put(t, s, "2", history.Rows{PriceChanges: []history.PriceChange{line}, Releases: []history.Release{Manifest(2, "r1", "2026-11-01", "2026-12-01", 1, 1)}})
	for product, want := range map[string]int{strings.ToLower(SKU("A").Product): 1, "none": 0} {
		page, err := s.Prices(t.Context(), history.PriceList{Market: "US", Products: []string{"x", product}, AsOf: asOf("2026-12-05", "2026-12-05")})
		if err != nil || len(page.Items) != want {
			t.Errorf("product %s: %d prices, %v", product, len(page.Items), err)
		}
	}
}

func beyondTheRange(t *testing.T, s Store) {
	id := Meter("range")
	always := Span("1753-01-01", "9999-12-31", "0.000000000000000001")
	Put(t, s, "1", history.Rows{RateChanges: []history.RateChange{Change(1, id, rate.Added, "2026-01-10T12:00:00.123456789Z", nil, always)}})
	ask(t, s, id, "1900-01-01", "2026-01-10T12:00:00.123456Z", "0.000000000000000001 known 2026-01-10")
	ask(t, s, id, "2261-12-31T23:59:59.999Z", "2261-12-31", "0.000000000000000001 known 2026-01-10")
	if _, err := s.Rate(t.Context(), history.RatePoint{Identity: id, AsOf: asOf("2026-01-10", "2026-01-10T12:00:00.123455Z")}); !fault.Is(err, fault.NotFound) {
		t.Errorf("known a microsecond early: %v", err)
	}
}

func rateHistory(t *testing.T, s Store) {
	id := Meter("told")
	first, second := Current(id, "2026-01-01", "", "1", "westeurope", "VM"), Current(id, "2026-02-01", "2026-03-01", "2.5", "", "VM")
	second.SavingsPlans = []rate.SavingsPlan{{Term: "1 Year", Price: Amount("2")}}
	changed := Change(2, id, rate.PriceChanged, "2026-02-10", second, Span("2026-02-01", "2026-03-01", "2.5"), Span("2026-03-01", "", ""))
	changed.Before, changed.Backdated, changed.Correction, changed.Expiring, changed.Field = first, true, true, true, rate.FieldSavingsPlan
	gone := Change(7, id, rate.Retired, "2026-04-10", nil)
	gone.Before, gone.Returned, gone.Upcoming = second, true, true
	added := Change(1, id, rate.Added, "2026-01-10", first, Span("2026-01-01", "", "1"))
	rows := []history.RateChange{added, changed, gone}
	Put(t, s, "1", history.Rows{RateChanges: rows})
	Put(t, s, "2", history.Rows{RateChanges: []history.RateChange{Change(3, Meter("another"), rate.Added, "2026-01-10", nil, Span("2026-01-01", "", "1"))}})
	want := history.RateSeries{Identity: id}
	for _, c := range rows {
		for i, p := range c.Periods {
			at := c.Position
			at.Row = uint32(i)
			want.Periods = append(want.Periods, history.RatePeriod{Position: at, Span: p, KnownAt: c.KnownAt, Kind: c.Kind})
		}
		c.Periods = nil
		want.Changes = append(want.Changes, c)
	}
	got := must[history.RateSeries](t)(s.RateHistory(t.Context(), history.RateHistory{Identity: id}))
	if diff := Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func ratePages(t *testing.T, s Store) {
	var rows history.Rows
	var want []string
	for i := range 25 {
		id := Meter(fmt.Sprintf("meter-%02d", i))
		rows.RateChanges = append(rows.RateChanges, Change(uint64(i+1), id, rate.Added, "2026-01-10", nil, Span("2026-01-01", "", "1")))
		want = append(want, id.MeterID)
	}
	Put(t, s, "1", rows)
	var got []string
	q := history.RateList{AsOf: asOf("2026-01-10", "2026-01-10"), Page: history.Page{Limit: 10}}
	for pages := 1; ; pages++ {
		page := must[history.RatePage](t)(s.Rates(t.Context(), q))
		for i, a := range page.Items {
			if i > 0 && page.Items[i-1].Identity.Key() >= a.Identity.Key() {
				t.Errorf("page %d is not in the order of keys", pages)
			}
			got = append(got, a.Identity.MeterID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			if pages != 3 {
				t.Errorf("25 rates make %d pages of 10", pages)
			}
			break
		}
	}
	slices.Sort(got)
	if diff := Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if whole := must[history.RatePage](t)(s.Rates(t.Context(), history.RateList{AsOf: q.AsOf, Page: history.Page{Limit: 25}})); len(whole.Items) != 25 || whole.Next != "" {
		t.Fatalf("a page that holds all has %d rates and next %q", len(whole.Items), whole.Next)
	}
}

func wrongQuestions(t *testing.T, s Store) {
	for name, err := range map[string]error{
		"rate":       second(s.Rate(t.Context(), history.RatePoint{})),
		"rates":      second(s.Rates(t.Context(), history.RateList{AsOf: asOf("2262-01-01", "1899-12-31"), Page: history.Page{Limit: 10_001}})),
		"history":    second(s.RateHistory(t.Context(), history.RateHistory{})),
		"price":      second(s.Price(t.Context(), history.PricePoint{})),
		"prices":     second(s.Prices(t.Context(), history.PriceList{})),
		"items":      second(s.Items(t.Context(), history.ItemList{})),
		"withdrawn":  second(s.Withdrawals(t.Context(), history.WithdrawalList{Page: history.Page{Limit: -1}})),
		"corrected":  second(s.Corrections(t.Context(), history.CorrectionList{Page: history.Page{Cursor: "x"}})),
		"crawls":     second(s.Crawls(t.Context(), history.CrawlList{Page: history.Page{Limit: -1}})),
		"quarantine": second(s.Quarantine(t.Context(), history.QuarantineList{Page: history.Page{Cursor: "x"}})),
		"releases":   second(s.Releases(t.Context(), history.ReleaseList{Page: history.Page{Cursor: history.EncodeCursor("a")}})),
		"rejects":    second(s.Rejects(t.Context(), history.RejectList{Page: history.Page{Limit: 10_001}})),
	} {
		if !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) == 0 {
			if name != "releases" || !fault.Is(err, fault.Invalid) { // a cursor of another adapter's shape may read
				t.Errorf("%s: %v with places %v", name, err, fault.PlacesOf(err))
			}
		}
	}
	_, err := s.Rate(t.Context(), history.RatePoint{})
	if len(fault.PlacesOf(err)) != 7 {
		t.Errorf("an empty question names %v", fault.PlacesOf(err))
	}
}

func second[T any](_ T, err error) error { return err }
