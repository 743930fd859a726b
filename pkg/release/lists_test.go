package release_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/memory"
)

// shelves draws releases of one market that the world was told of, with withdrawals, on few instants.
type shelves struct {
	*rapid.T
	lists *release.Lists
}

var shelved = []string{"a", "b", "c"}

// noon is an instant of a small world in which lists take effect on days 1 to 3.
func noon(n int) time.Time { return time.Date(2026, 12, n, 12, 0, 0, 0, time.UTC) }

func identityOf(product string) pricelist.Identity {
	return pricelist.Identity{Market: "US", Currency: "USD", Product: product, SKU: "0001", Term: "P1M", Billing: "Monthly"}
}

// lines draws a list's lines, of the products given; some start later than some list.
func (s shelves) lines(products []string) []pricelist.Line {
	var lines []pricelist.Line
	for _, product := range products {
		price := int64(rapid.IntRange(0, 4).Draw(s.T, "price of "+product))
		if price == 0 {
			continue
		}
		l := pricelist.Line{Identity: identityOf(product), UnitPrice: money.Int(price), ERPPrice: money.Int(price), Basis: pricelist.PerTerm}
		if day := rapid.IntRange(-3, 6).Draw(s.T, "later"); day > 0 {
			l.Effective.From = noon(day)
		}
		lines = append(lines, l)
	}
	return lines
}

func (s shelves) save(lines []pricelist.Line) string {
	sum, err := s.lists.Save(s.Context(), lines)
	if err != nil {
		s.Fatal(err)
	}
	return sum
}

// taken draws what was withdrawn of a release so far.
func (s shelves) taken(r release.Release) []release.Withdrawal {
	var all []release.Withdrawal
	for n := range rapid.IntRange(0, 2).Draw(s.T, "withdrawals") {
		w := release.Withdrawal{N: n + 1, From: r.EffectiveAt, KnownAt: noon(5), Sequence: 100 + uint64(n)}
		if rapid.Bool().Draw(s.T, "not retroactive") {
			w.From = noon(5)
		}
		if product := rapid.SampledFrom(append([]string{""}, shelved...)).Draw(s.T, "what"); product != "" {
			w.Lines, w.Count = s.save([]pricelist.Line{{Identity: identityOf(product), Basis: pricelist.PerTerm}}), 1
		}
		all = append(all, w)
	}
	return all
}

// releases draws what is known, in the order in which it takes effect.
func (s shelves) releases() []release.Release {
	var all []release.Release
	for n := range rapid.IntRange(1, 6).Draw(s.T, "releases") {
		r := release.Release{
			ID: fmt.Sprintf("license-us-2026-12-r%d", n+1), Slot: release.Slot{List: release.License, Market: "US"}, Revision: n + 1,
			State: release.Published, Sequence: uint64(n + 1), EffectiveAt: noon(rapid.IntRange(1, 3).Draw(s.T, "effective")), Content: s.save(s.lines(shelved)),
		}
		r.Withdrawals = s.taken(r)
		all = append(all, r)
	}
	return release.Known(all[0].Slot, all)
}

// A book that leaves older lists out answers as the one that holds all, before and after whatever it is read for.
func TestABookLeavesOutOnlyListsThatDoNotAnswer(t *testing.T) {
	for range 10 { // a round is a hundred shelves
		rapid.Check(t, leavesOut)
	}
}

func leavesOut(t *rapid.T) {
	lists, err := release.NewLists(memory.NewContent(), codec)
	if err != nil {
		t.Fatal(err)
	}
	s := shelves{t, lists}
	known := s.releases()
	story, err := lists.Story(t.Context(), known)
	if err != nil {
		t.Fatal(err)
	}
	from, back := noon(rapid.IntRange(1, 5).Draw(t, "from")), rapid.SampledFrom(known).Draw(t, "taken back")
	few, err := lists.Book(t.Context(), known, from, back.ID)
	if err != nil {
		t.Fatal(err)
	}
	all := story.Book(noon(9))
	s.alike(few, all, from.Add(-1), "as it is")
	next := pricelist.NewList("license-us-2026-12-r9", 9, from, s.lines(shelved))
	s.alike(few.With(next), all.With(next), from.Add(-1), "with one more list")
	gone := pricelist.Withdrawal{Release: back.ID, From: from}
	s.alike(few.Without(gone), all.Without(gone), from, "without "+back.ID)
	gone.Identities = []pricelist.Identity{identityOf(rapid.SampledFrom(shelved).Draw(t, "line taken back"))}
	s.alike(few.Without(gone), all.Without(gone), from, "without a line of "+back.ID)
}

// alike requires that two books answer alike from an instant on.
func (s shelves) alike(few, all *pricelist.Book, from time.Time, how string) {
	s.Helper()
	for _, product := range shelved {
		got, want := few.Timeline(identityOf(product), from), all.Timeline(identityOf(product), from)
		if !slices.EqualFunc(got, want, sameSpan) {
			s.Fatalf("%s from %s on, %s: %v, want %v", product, from, how, got, want)
		}
	}
}

func sameSpan(a, b pricelist.Span) bool {
	if a.Period != b.Period || (a.Line == nil) != (b.Line == nil) {
		return false
	}
	return a.Line == nil || a.Line.UnitPrice == b.Line.UnitPrice
}
