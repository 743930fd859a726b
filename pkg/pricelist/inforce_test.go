package pricelist

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/effective"
)

// mustAnswer checks prices by instant; "none" is no price.
func mustAnswer(t *testing.T, b *Book, product string, want map[string]string) {
	t.Helper()
	for v, answer := range want {
		if got, release := b.LineAt(identity(product), at(v)); price(got) != answer {
			t.Errorf("at %s: %s from %q, want %s", v, price(got), release, answer)
		}
	}
}

func TestALineAnswersFromItsStartUntilBeforeItsEnd(t *testing.T) {
	b := NewBook(list("r", "2026-01-01", line("A", 10, "2026-02-01", "2026-03-01")))
	mustAnswer(t, b, "A", map[string]string{
		"2026-01-31T23:59:59Z": "none", "2026-02-01": "10", "2026-02-28T23:59:59Z": "10", "2026-03-01": "none",
	})
}

func TestAnEmptyStartMeansAlwaysAndAnEmptyEndOpen(t *testing.T) {
	l := list("r", "2026-01-01", line("A", 10, "", ""))
	for _, v := range []string{"1800-01-01", "2026-01-01", "9999-12-31"} {
		if got := l.LineAt(identity("A"), at(v)); price(got) != "10" {
			t.Errorf("at %s: %s", v, price(got))
		}
	}
}

func TestOverlappingLinesAnswerAsThePublishedExampleSays(t *testing.T) {
	first := line("CFQ7TTC0HD7P", 10, "2021-10-01", "2021-11-03T06:57:00Z")
	second := line("CFQ7TTC0HD7P", 12, "2021-11-01", "")
	mustAnswer(t, NewBook(list("r", "2021-10-01", second, first)), "CFQ7TTC0HD7P", map[string]string{
		"2021-10-31": "10", "2021-11-02": "10", "2021-11-03T06:56:59Z": "10", "2021-11-03T06:57:00Z": "12", "2021-11-04": "12",
	})
}

func TestAnEarlierLineWithoutEndAnswersForEver(t *testing.T) {
	b := NewBook(list("r", "2026-01-01", line("A", 10, "2026-01-01", ""), line("A", 12, "2026-02-01", "")))
	mustAnswer(t, b, "A", map[string]string{"2026-03-01": "10"})
}

func TestUntilALaterStartThePredecessorAnswers(t *testing.T) {
	october := list("october", "2026-10-01", line("A", 10, "", ""))
	november := list("november", "2026-11-01", line("A", 11, "2026-12-10", ""))
	december := list("december", "2026-12-01", line("A", 12, "2026-12-20", ""))
	b := NewBook(december, october, november)
	mustAnswer(t, b, "A", map[string]string{
		"2026-11-15": "10", "2026-12-05": "10", "2026-12-10": "11", "2026-12-19": "11", "2026-12-20": "12",
	})
	mustAnswer(t, NewBook(november), "A", map[string]string{"2026-11-15": "none", "2026-12-10": "11"})
}

func TestInAGapBetweenTwoLinesNothingAnswers(t *testing.T) {
	b := NewBook(
		list("october", "2026-10-01", line("A", 10, "", "")),
		list("november", "2026-11-01", line("A", 11, "", "2026-11-05"), line("A", 12, "2026-11-10", "")))
	mustAnswer(t, b, "A", map[string]string{"2026-11-04": "11", "2026-11-07": "none", "2026-11-10": "12"})
}

func TestOfTheListsInEffectTheLatestIsInForceAndOfItsRevisionsTheGreatest(t *testing.T) {
	november := list("r1", "2026-11-01", line("A", 10, "", ""))
	corrected := NewList("r2", 2, at("2026-11-01"), []Line{line("A", 11, "", "")})
	december := list("r3", "2026-12-01", line("A", 12, "", ""))
	for _, b := range []*Book{NewBook(november, corrected, december), NewBook(december, corrected, november)} {
		mustAnswer(t, b, "A", map[string]string{"2026-10-31": "none", "2026-11-01": "11", "2026-11-30T23:59:59Z": "11", "2026-12-01": "12"})
		if l, ok := b.InForce(at("2026-11-15")); !ok || l.Release != "r2" {
			t.Errorf("in force is %q", l.Release)
		}
		if _, ok := b.InForce(at("2026-10-31")); ok {
			t.Error("a list is in force before it takes effect")
		}
	}
}

func TestThePredecessorIsInForceJustBeforeWhateverReplacesItThen(t *testing.T) {
	b := NewBook(list("october", "2026-10-01"), list("r1", "2026-11-01"))
	if p, ok := b.Predecessor(at("2026-11-01")); !ok || p.Release != "october" {
		t.Errorf("the predecessor of a correction with the original's effective instant is %q", p.Release)
	}
	if p, ok := b.Predecessor(at("2026-11-15")); !ok || p.Release != "r1" {
		t.Errorf("the predecessor of a correction in mid-month is %q", p.Release)
	}
	if _, ok := b.Predecessor(at("2026-10-01")); ok {
		t.Error("a baseline has a predecessor")
	}
}

func TestWithoutANewListTheLastStaysInForce(t *testing.T) {
	mustAnswer(t, NewBook(list("r", "2020-01-01", line("A", 10, "", ""))), "A", map[string]string{"2030-01-01": "10"})
}

func TestALineThatIsGoneFromTheListInForceDoesNotAnswer(t *testing.T) {
	b := NewBook(list("r1", "2026-11-01", line("A", 10, "", "")), list("r2", "2026-12-01", line("B", 1, "", "")))
	mustAnswer(t, b, "A", map[string]string{"2026-11-30": "10", "2026-12-01": "none"})
	if _, release := b.LineAt(identity("A"), at("2026-12-01")); release != "r2" {
		t.Errorf("%q says that there is no price", release)
	}
}

func TestATimelineTellsPresentAndFutureWithoutHoles(t *testing.T) {
	lists := []List{
		list("november", "2026-11-01", line("A", 10, "", "")),
		list("december", "2026-12-01", line("A", 12, "2026-12-01", "2027-03-01")),
	}
	spans := NewBook(lists...).Timeline(identity("A"), at("2026-11-05"))
	mustBeTimeline(t, spans, at("2026-11-05"))
	want := []struct {
		period         effective.Period
		price, release string
	}{
		{period("2026-11-05", "2026-12-01"), "10", "november"},
		{period("2026-12-01", "2027-03-01"), "12", "december"},
		{period("2027-03-01", ""), "none", "december"},
	}
	if len(spans) != len(want) {
		t.Fatalf("%d spans, want %d", len(spans), len(want))
	}
	for i, w := range want {
		if s := spans[i]; s.Period != w.period || price(s.Line) != w.price || s.Release != w.release {
			t.Errorf("span %d is %v %s %s, want %v", i, s.Period, price(s.Line), s.Release, w)
		}
	}
	mustBeTimeline(t, NewBook().Timeline(identity("A"), at("2026-11-05")), at("2026-11-05"))
	mustBeTimeline(t, NewBook(lists...).Timeline(identity("A"), at("2026-10-05")), at("2026-10-05"))
}

func TestAListThatRepeatsALineDoesNotCutItsSpan(t *testing.T) {
	book := NewBook(
		list("november", "2026-11-01", line("A", 10, "2026-01-01", "")), list("december", "2026-12-01", line("A", 10, "2026-01-01", "")),
	)
	spans := book.Timeline(identity("A"), at("2026-11-01"))
	if len(spans) != 1 || spans[0].Release != "november" {
		t.Fatalf("%d spans, the first from %s", len(spans), spans[0].Release)
	}
}
