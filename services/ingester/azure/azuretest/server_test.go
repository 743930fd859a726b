package azuretest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func serve(t *testing.T, seed uint64, rows int) (*Server, *Catalogue) {
	t.Helper()
	s := New(t, seed)
	c := NewCatalogue(Settings{Seed: seed, Rows: rows})
	s.Serve(c)
	return s, c
}

func TestATraversalGivesEveryRowOnce(t *testing.T) {
	s, c := serve(t, 1, 3_210)
	rows, pages := walk(t, s.URL()+"?currencyCode='USD'&api-version="+Version)
	if pages != 4 || len(rows) != 3_210 || cmp.Diff(set(c.JSON()), set(rows)) != "" {
		t.Errorf("%d rows on %d pages", len(rows), pages)
	}
	if s.Asked() != 4 {
		t.Errorf("asked %d times", s.Asked())
	}
}

func TestALinkNamesThePortAndKeepsTheQueryAsItWasWritten(t *testing.T) {
	s, _ := serve(t, 1, 5_000)
	query := "?x=%41&%24filter=serviceFamily+eq+'Compute'"
	if link := *ask(t, s.URL()+query+"&$skip=1000").page(t).NextPageLink; link != s.URL()+query+"&$skip=2000" {
		t.Errorf("%s", link)
	}
	if link := *ask(t, s.URL()).page(t).NextPageLink; link != s.URL()+"?$skip=1000" {
		t.Errorf("%s", link)
	}
	if got := withPort("prices.example"); got != "prices.example:80" || withPort("[::1]:5") != "[::1]:5" || withPort("[::1]") != "[::1]:80" {
		t.Errorf("%s", got)
	}
}

func TestFiltersSelectWhatTheySay(t *testing.T) {
	s, c := serve(t, 2, 4_000)
	all := c.JSON()
	one := fields(t, all[1234])
	is := func(name, value string) func(map[string]any) bool {
		return func(row map[string]any) bool { return row[name] == value }
	}
	for filter, want := range map[string]func(row map[string]any) bool{
		"serviceFamily eq 'Compute'": is("serviceFamily", "Compute"),
		"serviceFamily ne 'Compute'": func(r map[string]any) bool { return r["serviceFamily"] != "Compute" },
		"serviceFamily eq 'compute'": func(map[string]any) bool { return false },
		"armRegionName eq ''":        is("armRegionName", ""),
		"priceType eq 'Reservation'": is("type", "Reservation"),
		"(serviceFamily eq 'Storage') and (armRegionName eq 'westeurope')": func(r map[string]any) bool {
			return r["serviceFamily"] == "Storage" && r["armRegionName"] == "westeurope"
		},
		"armRegionName eq 'eastus' or armRegionName eq 'westus' and priceType ne 'Consumption'": func(r map[string]any) bool {
			return r["armRegionName"] == "eastus" || r["armRegionName"] == "westus" && r["type"] != "Consumption"
		},
		"currencyCode eq 'USD'":     func(map[string]any) bool { return false },
		"((location eq 'EU West'))": is("location", "EU West"),
		"contains(serviceName, 'Azure') and serviceFamily eq 'Analytics'": func(r map[string]any) bool {
			return strings.Contains(r["serviceName"].(string), "Azure") && r["serviceFamily"] == "Analytics"
		},
		fmt.Sprintf("meterId eq '%s' and skuId eq '%s' and armSkuName eq '%s'", one["meterId"], one["skuId"], one["armSkuName"]): func(r map[string]any) bool {
			return r["meterId"] == one["meterId"] && r["skuId"] == one["skuId"]
		},
		fmt.Sprintf("productName eq '%s' and productId eq '%s'", one["productName"], one["productId"]): is("productId", one["productId"].(string)),
		fmt.Sprintf("meterName eq '%s' and skuName eq '%s' and serviceId eq '%s'", one["meterName"], one["skuName"], one["serviceId"]): func(r map[string]any) bool {
			return r["meterName"] == one["meterName"] && r["serviceId"] == one["serviceId"]
		},
	} {
		var expected []string
		for _, row := range all {
			if want(fields(t, row)) {
				expected = append(expected, row)
			}
		}
		got, _ := walk(t, withFilter(s, filter))
		if diff := cmp.Diff(set(expected), set(got)); diff != "" {
			t.Errorf("%s: %d rows, want %d", filter, len(got), len(expected))
		}
	}
}

func TestFiltersSelectOfRecordedRowsToo(t *testing.T) {
	s := New(t, 1)
	s.Set(Row("a", map[string]string{"serviceName": `"L'x"`}), Row("b", nil), Row("c", map[string]string{"type": `"Reservation"`, "reservationTerm": `"1 Year"`}))
	for filter, want := range map[string]int{"serviceName eq 'L''x'": 1, "priceType ne 'Reservation'": 2, "meterId eq 'b' or meterId eq 'c'": 2, "armRegionName eq ''": 0} {
		if rows, _ := walk(t, withFilter(s, filter)); len(rows) != want {
			t.Errorf("%s: %d rows", filter, len(rows))
		}
	}
	if rows, _ := walk(t, s.URL()+"?$filter=meterId eq 'B'"); len(rows) != 1 {
		t.Errorf("older versions do not mind the case: %d rows", len(rows))
	}
}

func TestWhatTheAPIDoesNotKnowIsABadRequest(t *testing.T) {
	s, _ := serve(t, 1, 1_500)
	for _, query := range []string{
		"$top=5", "$orderby=x", "$skip=1500", "$skip=-1", "$skip=x", "$skip=1000000", "currencyCode='XXX'", "$filter=price eq '1'", "$filter=meterId gt '1'", "$filter=meterId eq 1",
		"$filter=(meterId eq '1'", "$filter=meterId eq '1", "$filter=meterId eq '1' xor meterId eq '2'", "$filter=contains(meterId, '1'",
		"$filter=not(contains(meterId, '1'))",
	} {
		if r := ask(t, s.URL()+"?"+query); r.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, r.status, r.body)
		}
	}
	if r := ask(t, s.URL()+"/other"); r.status != http.StatusNotFound {
		t.Errorf("another path: %d", r.status)
	}
}

func TestAQueryWithoutRowsIsAnEmptyPage(t *testing.T) {
	s, _ := serve(t, 1, 100)
	if page := ask(t, withFilter(s, "armRegionName eq 'moon'")).page(t); page.Items == nil || page.Count != 0 || page.NextPageLink != nil {
		t.Errorf("%+v", page)
	}
	if page := ask(t, s.URL()+"?armRegionName=eastus").page(t); page.Count != 100 {
		t.Errorf("a shorthand is ignored: %d rows", page.Count)
	}
}

func TestCurrenciesAreServedSideBySide(t *testing.T) {
	s := New(t, 1)
	s.Serve(NewCatalogue(Settings{Seed: 5, Rows: 50}), NewCatalogue(Settings{Seed: 5, Rows: 50, Currency: "EUR"}))
	usd, _ := walk(t, s.URL())
	eur, _ := walk(t, s.URL()+"?currencyCode='EUR'")
	for i := range usd {
		a, b := fields(t, usd[i]), fields(t, eur[i])
		if a["meterId"] != b["meterId"] || a["currencyCode"] != "USD" || b["currencyCode"] != "EUR" {
			t.Fatalf("%s\n%s", usd[i], eur[i])
		}
	}
	if page := ask(t, s.URL()+"?currencyCode='EUR'").page(t); page.BillingCurrency != "EUR" {
		t.Errorf("%s", page.BillingCurrency)
	}
}

func TestSavingsPlansAreToldInTheirVersionOnly(t *testing.T) {
	s, _ := serve(t, 1, 500)
	for query, want := range map[string]bool{"": false, "?api-version=2021-10-01-preview": false, "?api-version=" + Version: true} {
		if got := strings.Contains(ask(t, s.URL()+query).body, "savingsPlan"); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}

func TestABodyIsCompressedWhenAskedFor(t *testing.T) {
	s, _ := serve(t, 1, 500)
	packed := ask(t, s.URL(), "Accept-Encoding", "gzip")
	if packed.header.Get("Content-Encoding") != "gzip" || packed.body != ask(t, s.URL()).body {
		t.Errorf("%v", packed.header)
	}
	s.Plain = true
	if plain := ask(t, s.URL(), "Accept-Encoding", "gzip"); plain.header.Get("Content-Encoding") != "" {
		t.Errorf("%v", plain.header)
	}
}

func TestEveryFaultHappensAsItIsPlanned(t *testing.T) {
	s, _ := serve(t, 1, 200)
	s.Patience = time.Millisecond
	whole := ask(t, s.URL()).body
	status := map[Fault]int{TooManySeconds: 429, TooManyDate: 429, TooManyBare: 429, Broken500: 500, Broken502: 502, Broken503: 503, Broken503After: 503}
	for fault := Fine; fault <= Slow; fault++ {
		s.Fail(fault)
		r := ask(t, s.URL())
		want := status[fault]
		if want == 0 {
			want = http.StatusOK
		}
		after := r.header.Get("Retry-After")
		if r.status != want || (r.err != nil) != (fault == CutOff) || (r.body == whole) != (fault == Fine) {
			t.Errorf("fault %d: %d, %d bytes, %v", fault, r.status, len(r.body), r.err)
		}
		if (after != "") != (fault == TooManySeconds || fault == TooManyDate || fault == Broken503After) || strings.Contains(after, "GMT") != (fault == TooManyDate) {
			t.Errorf("fault %d: Retry-After %q", fault, after)
		}
		if fault == Truncated && !strings.HasPrefix(whole, r.body) || fault == Garbage && !strings.HasPrefix(r.body, "<") {
			t.Errorf("fault %d: %.50s", fault, r.body)
		}
	}
	if r := ask(t, s.URL()); r.body != whole {
		t.Errorf("the plan goes on")
	}
}

func TestFaultsByChanceAllHappenAndNoLinkFailsTooOften(t *testing.T) {
	s, _ := serve(t, 3, 20)
	s.Patience = time.Millisecond
	s.Chances = Chances{TooMany: .2, Broken: .2, CutOff: .15, Truncated: .15, Garbage: .15, Slow: .1}
	whole := NewCatalogue(Settings{Seed: 3, Rows: 20}).JSON()
	seen, row := make(map[string]int), 0
	for range 300 {
		r := ask(t, s.URL()+"?api-version="+Version)
		kind := fmt.Sprint(r.status, r.header.Get("Retry-After"), r.err != nil, strings.HasPrefix(r.body, "<!"), strings.HasSuffix(r.body, "}"))
		seen[kind]++
		if fine := strings.Contains(r.body, whole[19]) && r.err == nil; fine {
			row = 0
		} else if row++; row > 2 {
			t.Fatalf("%d failures in a row", row)
		}
	}
	if len(seen) < 10 {
		t.Errorf("%v", seen)
	}
	s.MostFailures, s.Chances = 0, Chances{Broken: 1}
	if r := ask(t, s.URL()); r.status != http.StatusOK {
		t.Errorf("none may fail: %d", r.status)
	}
}

func TestAnUnstableOrderMissesAndRepeatsRowsInItsShare(t *testing.T) {
	s, c := serve(t, 4, 20_000)
	s.Chances.Unstable = .2
	all, missed := set(c.JSON()), make(map[string]int)
	for n := range 2 {
		rows, pages := walk(t, s.URL()+"?api-version="+Version)
		got := set(rows)
		share := 1 - float64(len(got))/20_000
		if len(rows) != 20_000 || pages != 20 || share < .15 || share > .2 {
			t.Errorf("traversal %d: %d rows, %.3f missed", n, len(rows), share)
		}
		for row := range all {
			if got[row] == 0 {
				missed[row]++
			}
		}
	}
	if both := slices.Collect(maps.Values(missed)); !slices.Contains(both, 1) || !slices.Contains(both, 2) {
		t.Errorf("two traversals miss the same rows")
	}
	if rows, _ := walk(t, withFilter(s, "serviceFamily eq 'Gaming'")); len(rows) == 0 || len(set(rows)) != len(rows) {
		t.Errorf("one page is stable: %d rows, %d distinct", len(rows), len(set(rows)))
	}
}

func TestPagesLieInEveryWayThatChancesSay(t *testing.T) {
	for name, c := range map[string]struct {
		chances Chances
		wrong   func(rows, distinct, pages int) bool
	}{
		"empty":       {Chances{Empty: 1}, func(rows, _, pages int) bool { return rows != 0 || pages != 1 }},
		"ends early":  {Chances{EndsEarly: 1}, func(rows, _, pages int) bool { return rows != 100 || pages != 1 }},
		"overlapping": {Chances{Overlapping: 1}, func(rows, distinct, pages int) bool { return rows < 1700 || distinct != 1000 || pages < 18 }},
		"repeated":    {Chances{Repeated: 1}, func(rows, distinct, _ int) bool { return rows != 1030 || distinct != 1000 }},
		"left out":    {Chances{LeftOut: .3}, func(rows, distinct, _ int) bool { return rows != distinct || rows > 780 || rows < 620 }},
	} {
		s, _ := serve(t, 5, 1000)
		s.PageRows, s.Chances = 100, c.chances
		if rows, pages := walk(t, s.URL()); c.wrong(len(rows), len(set(rows)), pages) {
			t.Errorf("%s: %d rows, %d distinct, on %d pages", name, len(rows), len(set(rows)), pages)
		}
	}
}

func TestOtherOrdersHoldForOneTraversal(t *testing.T) {
	s, c := serve(t, 6, 500)
	s.PageRows, s.Unordered = 50, true
	first, _ := walk(t, s.URL()+"?api-version="+Version)
	second, _ := walk(t, s.URL()+"?api-version="+Version)
	if slices.Equal(first, second) || cmp.Diff(set(c.JSON()), set(first)) != "" || cmp.Diff(set(first), set(second)) != "" {
		t.Errorf("%d and %d rows", len(first), len(second))
	}
}

func TestARowInAnotherLayoutSaysTheSame(t *testing.T) {
	s, c := serve(t, 7, 400)
	s.Chances.Relaid = 1
	plain := c.JSON()
	rows, _ := walk(t, s.URL()+"?api-version="+Version)
	other, bare, exponents := 0, 0, 0
	for i, row := range rows {
		a, b := fields(t, plain[i]), fields(t, row)
		if row != plain[i] {
			other++
		}
		if end, ok := b["effectiveEndDate"].(string); ok && !strings.HasSuffix(end, "Z") {
			bare++
			b["effectiveEndDate"] = end + "Z"
		}
		if strings.Contains(fmt.Sprint(b["retailPrice"]), "e") {
			exponents++
		}
		for _, name := range []string{"meterId", "skuId", "type", "meterName", "effectiveStartDate", "effectiveEndDate", "serviceFamily"} {
			if a[name] != b[name] {
				t.Fatalf("%s is %v, was %v", name, b[name], a[name])
			}
		}
	}
	if other < 390 || bare == 0 || exponents == 0 {
		t.Errorf("%d rows of 400 are other, %d ends without a zone, %d exponents", other, bare, exponents)
	}
	for number, want := range map[string]string{"0.34323": "34323e-5", "0.0": "0e0", "569.0": "5690e-1", "7": "7", "1e5": "1e5"} {
		if got := exponential(number); got != want {
			t.Errorf("%s as %s", number, got)
		}
	}
}

// What a stand-in does follows from its seed, in whatever order requests come.
func TestTheSeedReproducesEverything(t *testing.T) {
	var bodies [2]map[string]string
	for n := range bodies {
		s, c := serve(t, 8, 3000)
		c.Plant(time.Date(2026, 9, 21, 0, 0, 0, 0, time.UTC), 50)
		s.PageRows, s.Patience = 500, time.Millisecond
		s.Chances = Chances{TooMany: .1, Broken: .1, Truncated: .1, Garbage: .1, Unstable: .1, LeftOut: .1, Relaid: .3, Repeated: .2, Overlapping: .2, EndsEarly: .1, Empty: .1}
		var links []string
		for skip := 0; skip < 3000; skip += 500 {
			for range 3 {
				links = append(links, fmt.Sprintf("?$skip=%d", skip))
			}
		}
		if n == 1 {
			slices.Reverse(links)
		}
		bodies[n] = make(map[string]string)
		times := make(map[string]int)
		for _, link := range links {
			times[link]++
			bodies[n][fmt.Sprint(link, " ", times[link])] = strings.ReplaceAll(ask(t, s.URL()+link).body, s.URL(), "")
		}
	}
	if diff := cmp.Diff(bodies[0], bodies[1]); diff != "" {
		t.Errorf("%.500s", diff)
	}
}
