//go:build real

package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// noon is when a dated file is observed.
func noon(date time.Time) time.Time { return date.Add(12 * time.Hour) }

func TestRealKarpenterRowsHoldEveryPriceOfTheLists(t *testing.T) {
	dates, lists := karpenterLists(t)
	files := new(karpenterFeed).convert(dates, lists)
	if again := new(karpenterFeed).convert(dates, lists); !gocmp.Equal(files, again, gocmp.AllowUnexported(karpenterFile{}, karpenterRow{})) {
		t.Fatal("the same lists give other files the second time")
	}
	dir := t.TempDir()
	writeKarpenter(t, dir, files)
	for i, file := range files {
		raw, err := os.ReadFile(filepath.Join(dir, dates[i].Format(time.DateOnly)+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var rows []struct {
			ARMRegionName, ARMSKUName, MeterID, SKUID string
			RetailPrice                               json.Number
			EffectiveStartDate                        time.Time
			EffectiveEndDate                          *time.Time
		}
		if err := json.Unmarshal(raw, &rows); err != nil || len(rows) != len(file.rows) {
			t.Fatalf("%s: %d rows, %v", dates[i], len(rows), err)
		}
		found := map[[2]string]bool{}
		for _, r := range rows {
			key := [2]string{r.ARMRegionName, r.ARMSKUName}
			current := !r.EffectiveStartDate.After(noon(dates[i])) && (r.EffectiveEndDate == nil || r.EffectiveEndDate.After(noon(dates[i])))
			if current && (found[key] || !equal(lists[i][key], string(r.RetailPrice))) {
				t.Fatalf("%s: %v is %s, the list says %s", dates[i], key, r.RetailPrice, lists[i][key])
			}
			found[key] = found[key] || current
		}
		for key := range lists[i] {
			if !found[key] {
				t.Fatalf("%s: %v has no current row", dates[i], key)
			}
		}
	}
}

func TestRealKarpenterModelKnowsTheRules(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2025, 1, n, 12, 0, 0, 0, time.UTC) }
	row := func(meter, price string, start int, end string) karpenterRow {
		return karpenterRow{meter: meter, price: price, start: day(start).Add(-12 * time.Hour).Format(time.RFC3339), end: end}
	}
	others := func(n int) (rows []karpenterRow) {
		for i := range n {
			rows = append(rows, row(fmt.Sprint(i), "1", 1, ""))
		}
		return rows
	}
	var m model
	named := row("a", "2.50", 5, "")
	named.product = "new"
	for _, c := range []struct {
		day  int
		rows []karpenterRow
		want tally
	}{
		{2, nil, tally{Refused: true}},
		{3, append(others(19), row("a", "1.0", 1, "")), tally{Rows: 20, Identities: 20, Added: 20, Periods: 20}},
		{4, append(others(19), row("a", "1.00", 1, "")), tally{Rows: 20, Identities: 20}},
		{5, append(others(19), row("a", "1", 1, "2025-01-04T23:59:00Z"), row("a", "2", 5, "")), tally{Rows: 21, Identities: 20, PriceChanged: 1, Periods: 1}},
		{6, append(others(19), row("a", "2.5", 5, "")), tally{Rows: 20, Identities: 20, PriceChanged: 1, Corrections: 1, Periods: 1}},
		{7, append(others(19), named), tally{Rows: 20, Identities: 20, Renamed: 1}},
		{8, others(16), tally{Rows: 16, Identities: 16, Refused: true}},
		{9, append(others(19), row("a", "2.5", 5, "2025-01-31T23:59:00Z")), tally{Rows: 20, Identities: 20, Rescheduled: 1, Expiring: 1, Periods: 1}},
		{10, append(others(19), row("a", "3", 2, "")), tally{Rows: 20, Identities: 20, PriceChanged: 1, Backdated: 1, Periods: 1}},
		{11, append(others(19), row("a", "3", 2, ""), row("a", "4", 20, "")), tally{Rows: 20 + 1, Identities: 20, Restated: 1, Periods: 1}},
		{12, others(19), tally{Rows: 19, Identities: 19}},
		{13, others(19), tally{Rows: 19, Identities: 19}},
		{14, others(19), tally{Rows: 19, Identities: 19}},
		{15, others(19), tally{Rows: 19, Identities: 19, Retired: 1, Periods: 1}},
		{16, others(19), tally{Rows: 19, Identities: 19}},
		{17, append(others(19), row("a", "3", 2, "")), tally{Rows: 20, Identities: 20, Added: 1, Periods: 1}},
	} {
		c.want.At = day(c.day)
		if diff := gocmp.Diff(c.want, m.observe(day(c.day), c.rows)); diff != "" {
			t.Errorf("day %d (-want +got):\n%s", c.day, diff)
		}
	}
	for _, c := range []struct {
		valid, known int
		want         string
	}{
		{4, 3, "1"},
		{4, 2, ""},
		{5, 4, "1"},
		{5, 5, "2"},
		{5, 6, "2.5"},
		{4, 6, "1"},
		{4, 10, "3"},
		{1, 10, "1"},
		{25, 10, "3"},
		{25, 11, "4"},
		{13, 14, "3"},
		{13, 15, ""},
		{11, 15, "3"},
		{25, 15, ""},
		{13, 17, "3"},
		{25, 17, "3"},
		{31, 9, "2.5"},
	} {
		got := answer(m.tracks["a"].said, day(c.valid), day(c.known))
		if (got == nil) != (c.want == "") || got != nil && !equal(got.price, c.want) {
			t.Errorf("valid on day %d, known on day %d: %+v, want %q", c.valid, c.known, got, c.want)
		}
	}
}

func TestRealKarpenterHistoryEqualsThatOfAnIndependentModel(t *testing.T) {
	dates, lists := karpenterLists(t)
	files := new(karpenterFeed).convert(dates, lists)
	dir := t.TempDir()
	writeKarpenter(t, dir, files)
	var m model
	want := make([]tally, len(files))
	for i, file := range files {
		want[i] = m.observe(noon(file.date), file.rows)
		t.Logf("%s: %+v", file.date.Format(time.DateOnly), want[i])
	}
	i := start(t, t.TempDir(), "--source", "none")
	total := i.object(t, "rate", "backfill", dir, "--scope", "karpenter-usd")
	if total["snapshots"] != float64(len(files)) || total["repeated"] != 0.0 {
		t.Errorf("%v", total)
	}
	if diff := gocmp.Diff(want, karpenterCrawls(t, i)); diff != "" {
		t.Fatalf("counts (-model +pricewire):\n%s", diff)
	}
	r := rand.New(rand.NewPCG(4, 2023))
	askWholeLists(t, i, &m, dates, r)
	askOneByOne(t, i, &m, dates, files, r)
	checkTables(t, i.ClickHouse)

	again := i.object(t, "rate", "backfill", dir, "--scope", "karpenter-usd")
	if again["repeated"] != float64(len(files)-refusals(want)) || again["added"] != 0.0 || again["price_changed"] != 0.0 || again["retired"] != 0.0 || again["periods"] != 0.0 {
		t.Errorf("again: %v", again)
	}
}

func refusals(tallies []tally) int {
	n := 0
	for _, one := range tallies {
		if one.Refused {
			n++
		}
	}
	return n
}

// karpenterCrawls are the crawl records of the scope in order of time, as the API has them.
func karpenterCrawls(t *testing.T, i *instance) []tally {
	t.Helper()
	status, body := i.get(t, "/v1/crawls?scope=karpenter-usd")
	if status != http.StatusOK {
		t.Fatalf("crawls: %d %v", status, body)
	}
	var list []tally
	for _, item := range body["items"].([]any) {
		c := item.(map[string]any)
		at, err := time.Parse(time.RFC3339, c["started"].(string))
		if err != nil {
			t.Fatal(err)
		}
		counts := c["counts"].(map[string]any)
		n := func(of map[string]any, name string) int { return int(of[name].(float64)) }
		list = append(list, tally{
			At: at.UTC(), Refused: c["refused"] != "", Rows: n(c, "rows"), Identities: n(c, "identities"), Quarantined: n(c, "quarantined"), Foreign: n(c, "foreign"),
			Added: n(counts, "added"), PriceChanged: n(counts, "price_changed"), Corrections: n(counts, "corrections"), Backdated: n(counts, "backdated"),
			Rescheduled: n(counts, "rescheduled"), Expiring: n(counts, "expiring"), Renamed: n(counts, "renamed"), Restated: n(counts, "restated"),
			Retired: n(counts, "retired"), Periods: n(counts, "periods"),
		})
	}
	slices.SortFunc(list, func(a, b tally) int { return a.At.Compare(b.At) })
	return list
}

// question draws two instants, mostly near those at which something happens.
func question(dates []time.Time, r *rand.Rand) (valid, known time.Time) {
	pick := func() time.Time {
		at := dates[r.IntN(len(dates))]
		if r.IntN(4) == 0 {
			return dates[0].AddDate(0, 0, r.IntN(900)-200)
		}
		near := [...]time.Duration{0, -time.Second, 12 * time.Hour, 12*time.Hour - time.Second, -10 * 24 * time.Hour, -10*24*time.Hour - time.Second, 24 * time.Hour}
		return at.Add(near[r.IntN(len(near))])
	}
	return pick(), pick()
}

// askWholeLists compares the whole list as of some instants, in SQL.
func askWholeLists(t *testing.T, i *instance, m *model, dates []time.Time, r *rand.Rand) {
	t.Helper()
	conn := connect(t, i.ClickHouse)
	for range 16 {
		valid, known := question(dates, r)
		at := fmt.Sprintf("valid at %s, known at %s", valid.Format(time.RFC3339), known.Format(time.RFC3339))
		rows, err := conn.Query(t.Context(), fmt.Sprintf(
			"SELECT meter_id, toString(price), toInt64(toUnixTimestamp(effective_from)) FROM pricewire.rates_at(valid_at = '%s', known_at = '%s')",
			valid.Format(time.RFC3339), known.Format(time.RFC3339)))
		if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		got, wrong := map[string]bool{}, 0
		for rows.Next() {
			var meter, price string
			var from int64
			if err := rows.Scan(&meter, &price, &from); err != nil {
				t.Fatal(err)
			}
			got[meter] = true
			want := answer(m.tracks[meter].said, valid, known)
			if want == nil || !equal(want.price, price) || want.start.Unix() != from {
				if wrong++; wrong < 5 {
					t.Errorf("%s: %s is %s from %s, the model says %+v", at, meter, price, time.Unix(from, 0).UTC(), want)
				}
			}
		}
		if err := cmp.Or(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		for meter, tr := range m.tracks {
			if want := answer(tr.said, valid, known); want != nil && !got[meter] {
				if wrong++; wrong < 5 {
					t.Errorf("%s: %s has no price, the model says %+v", at, meter, *want)
				}
			}
		}
		t.Logf("%s: %d prices, %d wrong", at, len(got), wrong)
	}
}

// askOneByOne compares answers to questions about one rate each, over HTTP.
func askOneByOne(t *testing.T, i *instance, m *model, dates []time.Time, files []karpenterFile, r *rand.Rand) {
	t.Helper()
	wrong := 0
	for range 2_000 {
		file := files[r.IntN(len(files))]
		row := file.rows[r.IntN(len(file.rows))]
		valid, known := question(dates, r)
		query := url.Values{
			"currency": {"USD"}, "meter_id": {row.meter}, "sku_id": {row.sku}, "type": {"Consumption"}, "reservation_term": {""}, "tier": {"0"},
			"at": {valid.Format(time.RFC3339)}, "known_at": {known.Format(time.RFC3339)},
		}
		status, body := i.get(t, "/v1/rates?"+query.Encode())
		want := answer(m.tracks[row.meter].said, valid, known)
		if ok := want == nil && status == http.StatusNotFound || want != nil && status == http.StatusOK && saysSo(body, want); !ok {
			if wrong++; wrong < 10 {
				t.Errorf("%s %s, valid at %s, known at %s: %d %v, the model says %+v", row.region, row.size, valid.Format(time.RFC3339), known.Format(time.RFC3339), status, body, want)
			}
		}
	}
	t.Logf("%d of 2,000 answers are wrong", wrong)
}

// saysSo reports whether a list of one rate says what the model does.
func saysSo(body map[string]any, want *fact) bool {
	items, _ := body["items"].([]any)
	if len(items) != 1 {
		return false
	}
	item, _ := items[0].(map[string]any)
	price, _ := item["price"].(string)
	from, _ := item["effective_from"].(string)
	at, err := time.Parse(time.RFC3339, from)
	return err == nil && at.Equal(want.start) && equal(strings.TrimSpace(price), want.price)
}
