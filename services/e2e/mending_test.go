package e2e

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// record is one row of a CSV file by its headers.
type record map[string]string

// readCSV reads a file with a header.
func readCSV(t *testing.T, text string) (header []string, rows []record) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%d rows of CSV: %v", len(all), err)
	}
	for _, cells := range all[1:] {
		row := record{}
		for i, cell := range cells {
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return all[0], rows
}

// writeCSV writes rows into a file and returns its path.
func writeCSV(t *testing.T, name string, header []string, rows ...record) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	cells := [][]string{header}
	for _, row := range rows {
		line := make([]string, len(header))
		for i, column := range header {
			line[i] = row[column]
		}
		cells = append(cells, line)
	}
	if err := w.WriteAll(cells); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// line are the flags that ask for the price of a sheet's row.
func line(market string, row record) []string {
	return []string{
		"price", "get", "--market", market, "--product", row["ProductId"], "--sku", row["SkuId"], "--term", row["TermDuration"],
		"--billing", row["BillingPlan"], "--tier", row["PricingTierRangeMin"],
	}
}

// unitPrice asks for the price of a row at an instant as known then; empty when there is none.
func (i *instance) unitPrice(t *testing.T, market string, row record, at, known string) string {
	t.Helper()
	r := i.run(t, append(line(market, row), "--at", at, "--known-at", known, "-o", "json")...)
	if r.code == 3 {
		return ""
	}
	var answer struct {
		UnitPrice string `json:"unit_price"`
	}
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || r.code != 0 {
		t.Fatalf("price of %v at %s known at %s: exit %d, %v: %s%s", row, at, known, r.code, err, r.out, r.err)
	}
	return answer.UnitPrice
}

// told lists the events of a subject as "type: what changed", in order.
func (i *instance) told(t *testing.T, subject string, n int) []map[string]any {
	t.Helper()
	out := i.ok(t, "events", "tail", "--subject", subject, "--from", "start", "--count", fmt.Sprint(n))
	var events []map[string]any
	for text := range strings.Lines(out) {
		var e map[string]any
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// instants of a release's JSON, between which knowledge is told apart.
func at(t *testing.T, v map[string]any, name string) time.Time {
	t.Helper()
	text, _ := v[name].(string)
	instant, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatalf("%s of %v: %v", name, v, err)
	}
	return instant
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// mended is a release in force for the tests of what happens to it afterwards.
type mended struct {
	id        string
	header    []string
	rows      []record
	published time.Time
}

func (i *instance) inForce(t *testing.T, month, effective string) mended {
	t.Helper()
	raw := command(t, "sample", "list", "--month", month, "--lines", "200").out
	header, rows := readCSV(t, raw)
	sheet := writeCSV(t, "list.csv", header, rows...)
	id := i.object(t, "release", "create", sheet, "--market", "US", "--effective", effective, "--as", "alice")["id"].(string)
	i.ok(t, "release", "submit", id, "--as", "alice")
	r := i.object(t, "release", "approve", id, "--as", "bob", "--short-notice", "the trial begins today")
	return mended{id, header, rows, at(t, r, "published_at")}
}

// priced returns a row of a positive price.
func (m mended) priced(t *testing.T, skip int) record {
	t.Helper()
	for _, row := range m.rows {
		if row["UnitPrice"] != "" && row["UnitPrice"] != "0" && !strings.HasPrefix(row["UnitPrice"], "0.") {
			if skip--; skip < 0 {
				return row
			}
		}
	}
	t.Fatal("no row has a price")
	return nil
}

func TestACorrectionIsToldAndAnsweredOnBothTimeAxes(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-12-10", "--clock-rate", "1")
	i.inForce(t, "2026-11", "2026-11-01")
	m := i.inForce(t, "2026-12", "2026-12-01")
	row := m.priced(t, 0)
	november := i.unitPrice(t, "US", row, "2026-11-30", stamp(m.published))
	old := i.unitPrice(t, "US", row, "2026-12-05", stamp(m.published))
	if old == "" {
		t.Fatalf("%v has no price", row)
	}

	wrong := record{}
	for k, v := range row {
		wrong[k] = v
	}
	wrong["UnitPrice"], wrong["ERP Price"] = "123.45", "150"
	fixed := writeCSV(t, "fixed.csv", m.header, wrong)
	if r := i.run(t, "release", "correct", m.id, fixed, "--kind", "delta", "--as", "carol"); r.code != 2 {
		t.Errorf("a correction without a reason: exit %d", r.code)
	}
	correct := func(id, who string, more ...string) (made map[string]any, known time.Time) {
		t.Helper()
		made = i.object(t, append([]string{"release", "correct", id, fixed, "--kind", "delta", "--reason", "it was November's price", "--as", who}, more...)...)
		draft := made["id"].(string)
		i.ok(t, "release", "submit", draft, "--as", who)
		if r := i.run(t, "release", "approve", draft, "--as", "bob"); r.code != 5 || !strings.Contains(r.err, "--acknowledge price-moved") {
			t.Errorf("a price that moves far went out without a word: exit %d: %s", r.code, r.err)
		}
		if r := i.run(t, "release", "approve", draft, "--as", who, "--acknowledge", "price-moved"); r.code != 5 {
			t.Errorf("%s approved the own correction: exit %d", who, r.code)
		}
		made = i.object(t, "release", "approve", draft, "--as", "bob", "--acknowledge", "price-moved")
		if made["corrects"] != id || made["published_at"] == nil {
			t.Fatalf("the correction is %v", made)
		}
		return made, at(t, made, "published_at")
	}
	second, first := correct(m.id, "carol", "--retroactive")
	wrong["UnitPrice"], wrong["ERP Price"] = "200", "250"
	fixed = writeCSV(t, "fixed.csv", m.header, wrong)
	if r := i.run(t, "release", "correct", m.id, fixed, "--kind", "delta", "--reason", "again", "--as", "dave"); r.code != 4 || !strings.Contains(r.err, second["id"].(string)) {
		t.Errorf("a second correction of the same release: exit %d: %s", r.code, r.err)
	}
	third, again := correct(second["id"].(string), "dave")
	if from := at(t, third, "effective_at"); !from.Equal(again) {
		t.Errorf("a correction of what is in force takes effect at %s, published at %s", from, again)
	}

	for _, c := range []struct{ at, known, want string }{
		{"2026-12-05", stamp(first.Add(-time.Microsecond)), old},
		{"2026-12-05", stamp(first), "123.45"}, // it tells the time before it anew
		{"2026-12-01", stamp(first), "123.45"},
		{"2027-02-01", stamp(first), "123.45"},
		{"2026-11-30", stamp(first), november},
		{"2026-12-05", stamp(again), "123.45"}, // the other answers from its publication on
		{stamp(again.Add(-time.Millisecond)), stamp(again), "123.45"},
		{stamp(again.Add(time.Millisecond)), stamp(again), "200.00"},
		{stamp(again.Add(time.Millisecond)), stamp(again.Add(-time.Microsecond)), "123.45"},
		{"2027-02-01", stamp(again), "200.00"},
		{"2027-02-01", stamp(m.published), old},
	} {
		if got := i.unitPrice(t, "US", row, c.at, c.known); got != c.want {
			t.Errorf("at %s as known at %s: %q, want %q", c.at, c.known, got, c.want)
		}
	}
	late := stamp(again)
	other := m.priced(t, 1)
	if got, want := i.unitPrice(t, "US", other, "2026-12-05", late), i.unitPrice(t, "US", other, "2026-12-05", stamp(m.published)); got != want {
		t.Errorf("a line that no correction names went from %q to %q", want, got)
	}

	for n, by := range []any{second["id"], third["id"]} {
		told := i.told(t, fmt.Sprintf("pw.release.license.us.2026-12.r%d.corrected", n+1), 1)[0]
		data := told["data"].(map[string]any)
		if data["by"] != by || data["reason"] != "it was November's price" || told["type"] != "pricewire.release.corrected.v1" {
			t.Errorf("correction %d is told as %v", n+1, told)
		}
	}
	if n := count(t, i.ClickHouse, "SELECT count() FROM pricewire.corrections"); n != 2 {
		t.Errorf("%d rows of corrections", n)
	}
	if n := count(t, i.ClickHouse, fmt.Sprintf("SELECT count() FROM pricewire.license_changes WHERE release = '%s'", third["id"])); n != 1 {
		t.Errorf("a correction of one line told %d changes", n)
	}
	log := i.object(t, "release", "log", third["id"].(string))["items"].([]any)
	if who := fmt.Sprint(log); !strings.Contains(who, "dave") || !strings.Contains(who, "bob") || !strings.Contains(who, "November") {
		t.Errorf("log of the correction: %v", log)
	}
	checkTables(t, i.ClickHouse)
}

func TestAWithdrawalIsToldAndAnsweredOnBothTimeAxes(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-12-10", "--clock-rate", "1")
	november := i.inForce(t, "2026-11", "2026-11-01")
	m := i.inForce(t, "2026-12", "2026-12-01")
	rows := m.rows
	was := map[string]record{}
	key := func(r record) string {
		return strings.Join([]string{r["ProductId"], r["SkuId"], r["TermDuration"], r["BillingPlan"], r["PricingTierRangeMin"]}, " ")
	}
	for _, r := range november.rows {
		was[key(r)] = r
	}
	moved := slices.IndexFunc(rows, func(r record) bool { return was[key(r)] != nil && was[key(r)]["UnitPrice"] != r["UnitPrice"] })
	added := slices.IndexFunc(rows, func(r record) bool { return was[key(r)] == nil })
	if moved < 0 || added < 0 {
		t.Fatal("the sample changes nothing")
	}

	lines := writeCSV(t, "lines.csv", []string{"ProductId", "SkuId", "TermDuration", "BillingPlan"}, rows[moved])
	if r := i.run(t, "release", "withdraw", m.id, "--lines", lines, "--reason", "x", "--as", "alice"); r.code != 5 {
		t.Errorf("alice withdrew the own release: exit %d: %s", r.code, r.err)
	}
	if r := i.run(t, "release", "withdraw", m.id, "--lines", lines, "--as", "carol"); r.code != 2 {
		t.Errorf("a withdrawal without a reason: exit %d", r.code)
	}
	nothing := writeCSV(t, "lines.csv", []string{"ProductId"}, record{"ProductId": "CFQ7TTC0NONE"})
	if r := i.run(t, "release", "withdraw", m.id, "--lines", nothing, "--reason", "x", "--as", "carol"); r.code != 1 || !strings.Contains(r.err, "CFQ7TTC0NONE") {
		t.Errorf("a withdrawal of lines that are not there: exit %d: %s", r.code, r.err)
	}

	withdrawals := func(v map[string]any) []any { w, _ := v["withdrawals"].([]any); return w }
	part := i.object(t, "release", "withdraw", m.id, "--lines", lines, "--reason", "the price was not agreed", "--as", "carol")
	if len(withdrawals(part)) != 1 {
		t.Fatalf("after the first withdrawal: %v", part)
	}
	one := at(t, withdrawals(part)[0].(map[string]any), "known_at")
	whole := i.object(t, "release", "withdraw", m.id, "--reason", "the wrong file", "--retroactive", "--as", "carol")
	if whole["state"] != "withdrawn" {
		t.Errorf("the withdrawn release is %v", whole["state"])
	}
	two := at(t, withdrawals(whole)[1].(map[string]any), "known_at")

	before, after := was[key(rows[moved])], rows[moved]
	price := func(r record) string { return i.unitPrice(t, "US", r, "2026-12-05", stamp(m.published)) }
	newer := price(after)
	older := i.unitPrice(t, "US", before, "2026-11-05", stamp(november.published))
	if newer == older || older == "" {
		t.Fatalf("the price went from %q to %q", older, newer)
	}
	extra := price(rows[added])
	for _, c := range []struct {
		row             record
		at, known, want string
	}{
		{after, "2027-01-01", stamp(one.Add(-time.Microsecond)), newer},
		{after, "2027-01-01", stamp(one), older},
		{after, "2026-12-05", stamp(one), newer}, // what was in force stays what it was
		{after, "2026-12-05", stamp(two), older}, // until the second withdrawal tells it anew
		{rows[added], "2027-01-01", stamp(one), extra},
		{rows[added], "2027-01-01", stamp(two), ""},
		{rows[added], "2026-12-05", stamp(two), ""},
		{rows[added], "2026-12-05", stamp(two.Add(-time.Microsecond)), extra},
	} {
		if got := i.unitPrice(t, "US", c.row, c.at, c.known); got != c.want {
			t.Errorf("%s at %s as known at %s: %q, want %q", key(c.row), c.at, c.known, got, c.want)
		}
	}
	if state := i.object(t, "release", "show", november.id)["state"]; state != "effective" {
		t.Errorf("November is %v after December was taken back", state)
	}
	diff := i.object(t, "price", "diff", "--market", "US", "--from", "2026-12-05", "--to", "2026-12-05", "--known-from", stamp(one.Add(-time.Microsecond)), "--known-to", stamp(two))
	if len(diff["items"].([]any)) == 0 {
		t.Error("what was believed before and after the withdrawal does not differ")
	}

	events := i.told(t, "pw.release.license.us.2026-12.r1.withdrawn", 2)
	for n, want := range []string{"the price was not agreed", "the wrong file"} {
		if data := events[n]["data"].(map[string]any); data["reason"] != want || data["withdrawn_by"] != "carol" {
			t.Errorf("withdrawal %d is told as %v", n+1, data)
		}
	}
	if n := count(t, i.ClickHouse, "SELECT count() FROM pricewire.withdrawals"); n != 2 {
		t.Errorf("%d rows of withdrawals", n)
	}
	if n := count(t, i.ClickHouse, "SELECT count() FROM pricewire.license_changes WHERE withdrawal = 1"); n < 1 {
		t.Errorf("the first withdrawal told %d changes", n)
	}
	checkTables(t, i.ClickHouse)
}

func TestAListOfThePastBecomesHistory(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-12-10", "--clock-rate", "1")
	header, rows := readCSV(t, command(t, "sample", "list", "--month", "2026-03", "--lines", "200").out)
	sheet := writeCSV(t, "march.csv", header, rows...)
	past := []string{"release", "backfill", sheet, "--list", "license", "--market", "US", "--effective", "2026-03-01", "--published", "2026-01-29T08:00:00Z", "--reason", "history from before day one", "--as", "alice"}
	id := i.object(t, past...)["id"].(string)
	i.ok(t, "release", "submit", id, "--as", "alice")
	r := i.object(t, "release", "approve", id, "--as", "bob")
	if r["published_at"] != "2026-01-29T08:00:00Z" || r["backfilled"] != true || r["state"] != "effective" {
		t.Fatalf("the backfilled release is %v, published at %v", r["state"], r["published_at"])
	}
	m := mended{rows: rows}
	row := m.priced(t, 0)
	for _, c := range []struct {
		at, known string
		want      bool
	}{
		{"2026-03-05", "2026-01-29T08:00:00Z", true}, {"2026-03-05", "2026-01-29T07:59:59Z", false}, {"2026-02-28", "2026-06-01", false}, {"2026-12-01", "2026-06-01", true},
	} {
		if got := i.unitPrice(t, "US", row, c.at, c.known); (got != "") != c.want {
			t.Errorf("at %s as known at %s: %q", c.at, c.known, got)
		}
	}
	events := i.told(t, "pw.release.license.us.2026-03.r1.published", 1)
	if data := events[0]["data"].(map[string]any); data["backfilled"] != true || data["reason"] != "history from before day one" {
		t.Errorf("the backfill is told as %v", data)
	}
}

func TestAMonthThatNobodyPreparesIsToldOnceAndInTheCalendar(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-10-30", "--clock-rate", "86400")
	i.approve(t, list(t, "2026-12", 100), "2026-12-01")
	events := i.told(t, "pw.release.license.us.>", 2) // the publication of December, and that January is missing
	missing := slices.IndexFunc(events, func(e map[string]any) bool { return e["type"] == "pricewire.release.missing.v1" })
	for missing < 0 {
		events = i.told(t, "pw.release.license.us.>", len(events)+1)
		missing = slices.IndexFunc(events, func(e map[string]any) bool { return e["type"] == "pricewire.release.missing.v1" })
	}
	if subject := events[missing]["subject"]; subject != "pw.release.license.us.2027-01.r1.missing" {
		t.Errorf("the first missing month is %v", subject)
	}
	for _, c := range i.object(t, "calendar", "--list", "license", "--market", "US")["items"].([]any) {
		entry := c.(map[string]any)
		if entry["month"] == "2027-01" && entry["missing"] != true {
			t.Errorf("January in the calendar: %v", entry)
		}
	}
	if n := len(i.object(t, "calendar", "--list", "license", "--market", "US")["items"].([]any)); n < 11 || n > 12 { // none before December
		t.Errorf("the calendar has %d months", n)
	}
	i.stop(t)
	again := start(t, i.data, "--source", "none", "--clock-rate", "1")
	january := "SELECT count() FROM pricewire.releases_missing WHERE month = '2027-01'"
	eventually(t, "the missing month can be queried", func() error {
		if n := count(t, again.ClickHouse, january); n != 1 {
			return fmt.Errorf("it was told %d times", n)
		}
		return nil
	})
}
