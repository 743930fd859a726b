package pricelist

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
)

func rows(lines ...Line) []Row {
	rows := make([]Row, len(lines))
	for i, l := range lines {
		rows[i] = Row{Line: l, Number: i + 2}
	}
	return rows
}

// found writes problems as "severity rule row column", separated by semicolons.
func found(problems []listing.Problem) string {
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = strings.TrimSpace(fmt.Sprintf("%s %s %d %s", p.Severity, p.Rule, p.Row, p.Column))
	}
	return strings.Join(texts, "; ")
}

func with(l Line, change func(*Line)) Line {
	change(&l)
	return l
}

func TestRowsAreValidatedByThemselves(t *testing.T) {
	good := line("A", 10, "2026-11-01", "")
	check := Check{Market: "US", EffectiveAt: at(effectiveDay)}
	for name, c := range map[string]struct {
		rows []Row
		want string
	}{
		"nothing is wrong":            {rows(good, line("B", 1, "", "")), ""},
		"an empty list":               {nil, "error no-lines 0"},
		"an unknown market":           {rows(good, with(good, func(l *Line) { l.Market = "UK" })), "error unknown-market 3 Market"},
		"an empty market":             {rows(with(good, func(l *Line) { l.Market = "" })), "error unknown-market 2 Market"},
		"another market":              {rows(with(good, func(l *Line) { l.Market = "DE" })), "error other-market 2 Market"},
		"an unknown currency":         {rows(with(good, func(l *Line) { l.Currency = "USX" })), "error unknown-currency 2 Currency"},
		"a price of half a yen":       {rows(with(good, func(l *Line) { l.Currency, l.UnitPrice = "JPY", decimal(t, "9.5") })), "warning too-many-decimals 2 UnitPrice"},
		"a negative price":            {rows(with(good, func(l *Line) { l.UnitPrice = decimal(t, "-1") })), "error negative-price 2 UnitPrice"},
		"a retail price below ours":   {rows(with(good, func(l *Line) { l.ERPPrice = decimal(t, "9.99") })), "warning erp-below-unit-price 2 ERP Price"},
		"an end before the start":     {rows(line("A", 1, "2026-11-02", "2026-11-01")), "error ends-before-start 2 EffectiveEndDate"},
		"an end at the start":         {rows(line("A", 1, "2026-11-01", "2026-11-01")), "error ends-before-start 2 EffectiveEndDate"},
		"a trial that costs":          {rows(tagged(good, "License; trial")), "warning trial-with-price 2 UnitPrice"},
		"a start before the month":    {rows(line("A", 1, "2020-01-01", "")), ""},
		"a start within the month":    {rows(line("A", 1, "2026-12-31", "")), ""},
		"a start after the month":     {rows(line("A", 1, "2027-01-01", "")), "warning starts-after-month 2 EffectiveStartDate"},
		"the same line twice":         {rows(good, good), "warning repeated-line 3 ProductId"},
		"one identity and start":      {rows(line("A", 11, "2026-11-01", ""), good), "error duplicate-identity 3 ProductId"},
		"overlapping periods":         {rows(line("A", 11, "2026-11-20", ""), good), "warning overlapping-periods 2 EffectiveStartDate"},
		"periods that follow":         {rows(line("A", 11, "2026-11-20", ""), line("A", 1, "", "2026-11-20")), ""},
		"a period within an earlier":  {rows(good, line("A", 1, "2026-11-05", "2026-11-06"), line("A", 2, "2026-11-07", "2026-11-08")), "warning overlapping-periods 3 EffectiveStartDate; warning overlapping-periods 4 EffectiveStartDate"},
		"all at once, in order of it": {rows(tagged(good, "Trial"), line("B", -5, "2026-11-02", "2026-11-01")), "warning trial-with-price 2 UnitPrice; error negative-price 3 UnitPrice; error negative-price 3 ERP Price; error ends-before-start 3 EffectiveEndDate"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := found(Validate(c.rows, check)); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func decimal(t *testing.T, s string) money.Decimal {
	t.Helper()
	d, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// compared validates a whole sheet against the list before.
func compared(before, after []Row, moved int) []listing.Problem {
	lines := func(rows []Row) []Line {
		var lines []Line
		for _, r := range rows {
			lines = append(lines, r.Line)
		}
		return lines
	}
	differences, _ := Diff(list("before", "2026-11-01", lines(before)...), list("after", effectiveDay, lines(after)...))
	return Validate(after, Check{EffectiveAt: at(effectiveDay), Whole: true, Differences: differences, MovePercent: moved})
}

// many returns n lines.
func many(n int) []Row {
	var lines []Line
	for i := range n {
		lines = append(lines, line(fmt.Sprintf("P%03d", i), 10, "", ""))
	}
	return rows(lines...)
}

func TestALossOfMoreThanFifteenPercentHasToBeAcknowledged(t *testing.T) {
	if problems := compared(many(100), many(85), 0); len(problems) > 0 {
		t.Errorf("15 of 100: %s", found(problems))
	}
	problems := compared(many(100), many(84), 0)
	if found(problems) != "warning lines-gone 0" || problems[0].Value != "16" || problems[0].Stops() {
		t.Errorf("16 of 100: %+v", problems)
	}
}

func TestALostCurrencyOrSegmentHasToBeAcknowledgedHoweverFewItsLines(t *testing.T) {
	last := func(change func(*Line)) []Row {
		r := many(100)
		change(&r[99].Line)
		return r
	}
	for name, c := range map[string]struct {
		before []Row
		want   string
	}{
		"currency":            {last(func(l *Line) { l.Currency = "EUR" }), "Currency EUR"},
		"segment":             {last(func(l *Line) { l.Segment = "Education" }), "Segment Education"},
		"ended lines may go":  {last(func(l *Line) { l.Segment, l.Effective.To = "Education", at("2026-11-15") }), ""},
		"an unnamed one too":  {last(func(l *Line) { l.Segment = "" }), ""},
		"others of it remain": {many(100), ""},
	} {
		got := ""
		for _, p := range compared(c.before, many(99), 0) {
			got += p.Column + " " + p.Value
			if p.Rule != RuleLinesGone {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestASegmentThatIsRenamedIsLost(t *testing.T) {
	after := many(10)
	for i := range after {
		after[i].Segment = "Nonprofit"
	}
	if got := found(compared(many(10), after, 0)); got != "warning lines-gone 0 Segment" {
		t.Error(got)
	}
}

func TestADeltaLosesNothing(t *testing.T) {
	differences, _ := Diff(list("before", "2026-11-01", line("A", 1, "", "")), list("after", effectiveDay, line("B", 1, "", "")))
	if problems := Validate(rows(line("B", 1, "", "")), Check{Differences: differences}); len(problems) > 0 {
		t.Error(found(problems))
	}
}

func TestPricesThatMoveFarAreWarnedOf(t *testing.T) {
	before := rows(line("A", 100, "", ""), line("B", 100, "", ""), line("C", 0, "", ""))
	after := rows(line("A", 120, "", ""), line("B", 79, "", ""), line("C", 1, "", ""))
	want := "warning price-moved 3 UnitPrice; warning price-moved 3 ERP Price; warning price-moved 4 UnitPrice; warning price-moved 4 ERP Price"
	if got := found(compared(before, after, 20)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := found(compared(before, after, 0)); got != "" {
		t.Error(got)
	}
}

func TestFlagsAndClaimsThatAreWrongAreNotedAndNeverTrusted(t *testing.T) {
	before := rows(line("A", 10, "", ""), line("B", 10, "", ""), line("C", 10, "", ""), line("D", 10, "", ""))
	after := rows(line("A", 12, "", ""), line("B", 10, "", ""), line("C", 10, "", "2027-01-01"), line("D", 10, "", ""), line("E", 1, "", ""))
	after[0].Flag, after[0].Claims = FlagUnchanged, []Claim{{ColumnUnitPrice, "10.00"}, {ColumnERPPrice, "11"}, {"Colour", "red"}}
	after[1].Flag = FlagChanged
	after[2].Flag = FlagRemoved
	after[4].Flag, after[4].Claims = FlagAdded, []Claim{{ColumnUnitPrice, "3"}}
	want := "note flag-mismatch 2 ChangeIndicator; note previous-value-mismatch 2 PreviousValues; note flag-mismatch 3 ChangeIndicator"
	if got := found(compared(before, after, 0)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := found(compared(nil, after, 0)); got != "" {
		t.Errorf("a first list has nothing to be compared with: %s", got)
	}
}

func TestEveryFlagStandsForSomeChanges(t *testing.T) {
	want := map[Flag]string{
		FlagAdded: "added", FlagChanged: "price_changed changed ending", FlagRemoved: "ending removed", FlagUnchanged: "unchanged",
		NoFlag: "added price_changed changed ending removed unchanged",
	}
	for flag, changes := range want {
		var agreed []string
		for _, c := range []listing.Change{listing.Added, listing.PriceChanged, listing.Changed, listing.Ending, listing.Removed, listing.Unchanged} {
			if flag.agrees(c) {
				agreed = append(agreed, string(c))
			}
		}
		if got := strings.Join(agreed, " "); got != changes {
			t.Errorf("%q stands for %s, want %s", flag, got, changes)
		}
	}
}
