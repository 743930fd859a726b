package pricelist

import (
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
)

// effectiveDay is when the later list of each case takes effect.
const effectiveDay = "2026-12-01"

func endOfSale(l Line, date string) Line {
	l.EndOfSale = date
	return l
}

func erp(l Line) Line {
	l.ERPPrice = l.UnitPrice
	return l
}

func tagged(l Line, tags string) Line {
	l.Tags = tags
	return l
}

func TestChangeKinds(t *testing.T) {
	always := line("A", 10, "2026-01-01", "")
	for name, c := range map[string]struct {
		before, after     []Line
		want              listing.Change
		wasPrice, isPrice string
	}{
		"a new identity is added":                     {nil, []Line{always}, listing.Added, "none", "10"},
		"a missing identity is removed":               {[]Line{always}, nil, listing.Removed, "10", "none"},
		"the same line is unchanged":                  {[]Line{always}, []Line{always}, listing.Unchanged, "10", "10"},
		"another unit price":                          {[]Line{always}, []Line{line("A", 12, "2026-12-01", "")}, listing.PriceChanged, "10", "12"},
		"another ERP price":                           {[]Line{always}, []Line{erp(always)}, listing.PriceChanged, "10", "10"},
		"another title":                               {[]Line{always}, []Line{titled(always, "new")}, listing.Changed, "10", "10"},
		"other tags":                                  {[]Line{always}, []Line{tagged(always, "License;Trial")}, listing.Changed, "10", "10"},
		"another start":                               {[]Line{always}, []Line{line("A", 10, "2026-12-01", "")}, listing.Changed, "10", "10"},
		"an end appears":                              {[]Line{always}, []Line{line("A", 10, "2026-01-01", "2027-03-01")}, listing.Ending, "10", "10"},
		"an end appears that is already there":        {[]Line{always}, []Line{line("A", 10, "2026-01-01", "2026-12-01")}, listing.Ending, "10", "10"},
		"an end of sale appears":                      {[]Line{always}, []Line{endOfSale(always, "2027-03-01")}, listing.Ending, "10", "10"},
		"an end moves":                                {[]Line{line("A", 10, "", "2027-03-01")}, []Line{line("A", 10, "", "2027-02-01")}, listing.Changed, "10", "10"},
		"an end of sale moves":                        {[]Line{endOfSale(always, "2027-03-01")}, []Line{endOfSale(always, "2027-04-01")}, listing.Changed, "10", "10"},
		"an end goes away":                            {[]Line{line("A", 10, "", "2027-03-01")}, []Line{line("A", 10, "", "")}, listing.Changed, "10", "10"},
		"a price and a title are a price":             {[]Line{always}, []Line{titled(line("A", 12, "", ""), "new")}, listing.PriceChanged, "10", "12"},
		"a price and an end are a price":              {[]Line{always}, []Line{line("A", 12, "", "2027-03-01")}, listing.PriceChanged, "10", "12"},
		"a title and an end are an ending":            {[]Line{always}, []Line{titled(line("A", 10, "2026-01-01", "2027-03-01"), "new")}, listing.Ending, "10", "10"},
		"a later start is compared with what is":      {[]Line{always}, []Line{line("A", 12, "2026-12-10", "")}, listing.PriceChanged, "10", "12"},
		"a successor in mid-month":                    {[]Line{always}, []Line{line("A", 10, "2026-01-01", "2026-12-10"), line("A", 12, "2026-12-10", "")}, listing.PriceChanged, "10", "10"},
		"an overlapping successor":                    {[]Line{always}, []Line{line("A", 10, "2026-01-01", "2026-12-10"), line("A", 12, "2026-12-05", "")}, listing.PriceChanged, "10", "10"},
		"the same two lines":                          {[]Line{line("A", 10, "", "2026-12-10"), line("A", 12, "2026-12-05", "")}, []Line{line("A", 10, "", "2026-12-10"), line("A", 12, "2026-12-05", "")}, listing.Unchanged, "10", "10"},
		"an announced price that comes into force":    {[]Line{line("A", 10, "", "2026-12-01"), line("A", 12, "2026-12-01", "")}, []Line{line("A", 12, "2026-12-01", "")}, listing.Unchanged, "10", "12"},
		"an announced price that is dropped":          {[]Line{line("A", 10, "", "2026-12-10"), line("A", 12, "2026-12-10", "")}, []Line{line("A", 10, "", "")}, listing.PriceChanged, "10", "10"},
		"an ended line that goes beside another":      {[]Line{line("A", 9, "", "2026-03-01"), line("A", 10, "2026-03-01", "")}, []Line{line("A", 10, "2026-03-01", "")}, listing.Unchanged, "10", "10"},
		"an ended line that goes alone":               {[]Line{line("A", 9, "", "2026-03-01")}, nil, listing.Removed, "9", "none"},
		"an ended line that comes back":               {[]Line{line("A", 9, "", "2026-03-01")}, []Line{line("A", 10, "2026-12-01", "")}, listing.PriceChanged, "9", "10"},
		"a line that starts later, told in both":      {[]Line{line("A", 10, "2027-01-01", "")}, []Line{line("A", 10, "2027-01-01", "")}, listing.Unchanged, "10", "10"},
		"prices are compared where both lists answer": {[]Line{line("A", 10, "", "2026-12-10")}, []Line{line("A", 10, "", "2026-12-10"), line("A", 12, "2027-01-01", "")}, listing.Changed, "10", "10"},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := list("before", "2026-11-01", c.before...), list("after", effectiveDay, c.after...)
			differences, counts := Diff(before, after)
			if len(differences) != 1 {
				t.Fatalf("%d differences", len(differences))
			}
			d := differences[0]
			if d.Change != c.want || price(d.Before) != c.wasPrice || price(d.After) != c.isPrice {
				t.Errorf("%s from %s to %s, want %s from %s to %s", d.Change, price(d.Before), price(d.After), c.want, c.wasPrice, c.isPrice)
			}
			var want listing.Counts
			want.Add(c.want)
			if counts != want {
				t.Errorf("counts %+v", counts)
			}
		})
	}
}

func TestDifferencesComeInOrderOfIdentities(t *testing.T) {
	before := list("before", "2026-11-01", line("D", 1, "", ""), line("B", 1, "", ""), line("A", 1, "", ""))
	after := list("after", effectiveDay, line("C", 1, "", ""), line("B", 2, "", ""), line("D", 1, "", ""))
	differences, counts := Diff(before, after)
	if want := (listing.Counts{Added: 1, Removed: 1, PriceChanged: 1, Unchanged: 1}); counts != want {
		t.Errorf("counts %+v, want %+v", counts, want)
	}
	for i, want := range []listing.Change{listing.Removed, listing.PriceChanged, listing.Added, listing.Unchanged} {
		if d := differences[i]; d.Identity.Product != "ABCD"[i:i+1] || d.Change != want {
			t.Errorf("difference %d is %s of %s, want %s", i, d.Change, d.Identity.Product, want)
		}
	}
}

func TestWhatCountsAsBeforeIsWhatAnsweredThroughThePredecessors(t *testing.T) {
	b := NewBook(list("october", "2026-10-01", line("A", 10, "", "")), list("november", "2026-11-01", line("A", 12, "2026-12-10", "")))
	differences, _ := b.Diff(list("december", effectiveDay, line("A", 12, "2026-12-01", "")))
	if d := differences[0]; d.Change != listing.PriceChanged || price(d.Before) != "10" || price(d.After) != "12" {
		t.Errorf("%s from %s to %s", d.Change, price(d.Before), price(d.After))
	}
}

func TestACorrectionThatTakesAChangeBackSaysSo(t *testing.T) {
	november := list("november", "2026-11-01", line("A", 10, "", ""), line("B", 1, "", ""))
	wrong := list("december-r1", effectiveDay, line("A", 12, "", ""), line("B", 1, "", ""), line("C", 5, "", ""))
	right := NewList("december-r2", 2, at(effectiveDay), []Line{line("A", 10, "", ""), line("B", 1, "", "")})
	changes := NewBook(november, wrong).Publish(right, at("2026-11-15"))
	if len(changes) != 2 {
		t.Fatalf("%d changes", len(changes))
	}
	a, c := changes[0], changes[1]
	if a.Change != listing.PriceChanged || price(a.Before) != "12" || price(a.After) != "10" || len(a.Spans) != 1 || price(a.Spans[0].Line) != "10" {
		t.Errorf("A: %s from %s to %s, spans %v", a.Change, price(a.Before), price(a.After), a.Spans)
	}
	if c.Change != listing.Removed || c.Identity.Product != "C" || len(c.Spans) != 1 || c.Spans[0].Line != nil {
		t.Errorf("C: %s of %s, spans %v", c.Change, c.Identity.Product, c.Spans)
	}
	mustBeTimeline(t, a.Timeline, at("2026-11-15"))
}

func TestALateListTellsItsTimelineFromItsEffectiveInstant(t *testing.T) {
	changes := NewBook().Publish(list("r", "2026-11-01", line("A", 10, "", "")), at("2026-11-20"))
	mustBeTimeline(t, changes[0].Timeline, at("2026-11-01"))
}

func TestAListThatAGreaterRevisionHidesChangesNoAnswer(t *testing.T) {
	book := NewBook(NewList("r2", 2, at(effectiveDay), []Line{line("A", 10, "", "")}))
	for _, c := range book.Publish(list("r1", effectiveDay, line("A", 12, "", "")), at("2026-11-01")) {
		if len(c.Spans) > 0 {
			t.Errorf("%s: %v", c.Change, c.Spans)
		}
	}
	mustAnswer(t, book.With(list("r1", effectiveDay, line("A", 12, "", ""))), "A", map[string]string{"2026-12-02": "10"})
}

func TestAnEndedLineThatIsNewKeepsThePredecessorsFromAnswering(t *testing.T) {
	soon := line("A", 12, "2026-12-10", "")
	b := NewBook(list("october", "2026-10-01", line("A", 10, "", "")), list("november", "2026-11-01", soon))
	changes := b.Publish(list("december", effectiveDay, line("A", 9, "2026-01-01", "2026-02-01"), soon), at("2026-11-01"))
	if len(changes) != 1 || changes[0].Change != listing.Changed || len(changes[0].Spans) != 1 {
		t.Fatalf("%+v", changes)
	}
	if s := changes[0].Spans[0]; s.Line != nil || s.Period != period(effectiveDay, "2026-12-10") {
		t.Errorf("%v is %s", s.Period, price(s.Line))
	}
}

func TestAStartThatMovesIsAnotherAnswerAndAnEndOnlyWhereItEnds(t *testing.T) {
	november := list("november", "2026-11-01", line("A", 10, "2026-01-01", ""), line("B", 10, "2026-01-01", ""))
	december := list("december", effectiveDay, line("A", 10, "2026-12-01", ""), line("B", 10, "2026-01-01", "2027-03-01"))
	changes := NewBook(november).Publish(december, at("2026-11-01"))
	for i, want := range []Span{{Period: period(effectiveDay, ""), Line: changes[0].After}, {Period: period("2027-03-01", "")}} {
		if got := changes[i].Spans; len(got) != 1 || got[0].Period != want.Period || !sameAnswer(got[0].Line, want.Line) {
			t.Errorf("%s: %v", changes[i].Identity.Product, got)
		}
	}
}

func TestManyLinesOfOneIdentityTakeNoLongerThanMany(t *testing.T) {
	var before, after []Line
	start := at("2026-11-01")
	for i := range 50_000 { // squared, it would not end within a test's patience
		l := line("A", int64(i), "", "")
		l.Effective.From = start.Add(time.Duration(i) * time.Hour)
		l.Effective.To = l.Effective.From.Add(90 * time.Minute)
		before = append(before, l)
		after = append(after, titled(l, "new"))
	}
	changes := NewBook(NewList("before", 1, start, before)).Publish(NewList("after", 1, start.Add(time.Hour), after), start)
	if len(changes) != 1 || len(changes[0].Spans) < 40_000 || changes[0].Change != listing.Changed {
		t.Fatalf("%d changes", len(changes))
	}
}
