package pricelist

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/money"
)

func TestTheOrderOfIdentitiesIsTheirPartsThenTheTierAsANumber(t *testing.T) {
	base := identity("CFQ7TTC0LH18")
	tier := func(s string) Identity {
		id := base
		id.Tier, _ = money.Parse(s)
		return id
	}
	ordered := []Identity{{Market: "AT", Currency: "ZZZ"}, {Market: "US", Currency: "EUR"}, base, tier("9"), tier("10"), tier("100.5")}
	if !slices.IsSortedFunc(ordered, Identity.Compare) || !ordered[0].Less(ordered[1]) || base.Less(base) {
		t.Error("identities are out of order")
	}
}

func TestKeysNameIdentities(t *testing.T) {
	if got, want := identity("CFQ7TTC0LH18").Key(), "US/USD/CFQ7TTC0LH18/0001/P1Y/Annual/0"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	part := rapid.SampledFrom([]string{"", "a", "/", "%", "a/b", "%2F", "b"})
	rapid.Check(t, func(t *rapid.T) {
		gen := func(label string) Identity {
			return Identity{
				Market: part.Draw(t, label), Currency: part.Draw(t, label), Product: part.Draw(t, label), SKU: part.Draw(t, label),
				Tier: money.Int(int64(rapid.IntRange(0, 1).Draw(t, label))),
			}
		}
		a, b := gen("a"), gen("b")
		if (a.Key() == b.Key()) != (a == b) || (a.Compare(b) == 0) != (a == b) || a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%q and %q", a.Key(), b.Key())
		}
	})
}

func TestLostZerosOfSKUsComeBack(t *testing.T) {
	for in, want := range map[string]string{"5": "0005", "12": "0012", "0001": "0001", "12345": "12345", "1J": "1J", "001J": "001J", "": "", "A": "A"} {
		if got := PadSKU(in); got != want {
			t.Errorf("PadSKU(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCanonicalLinesAreInOrderAndOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []Line
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			lines = append(lines, genLine(t, identity(rapid.SampledFrom(modelIdentities[:]).Draw(t, "product"))))
		}
		shuffled := rapid.Permutation(lines).Draw(t, "shuffled")
		a, b := Canonical(lines), Canonical(append(shuffled, lines...))
		if !slices.Equal(a, b) {
			t.Fatalf("%v and %v", a, b)
		}
		for i := 1; i < len(a); i++ {
			if a[i-1].Compare(a[i]) >= 0 {
				t.Fatalf("line %d is out of order", i)
			}
		}
		if len(a) > 0 && &Canonical(a)[0] != &a[0] {
			t.Fatal("lines in order are copied")
		}
	})
}

func TestADeltaReplacesWhatItHoldsAndKeepsTheRest(t *testing.T) {
	predecessor := []Line{line("A", 1, "", ""), line("B", 2, "", "2026-12-10"), line("B", 3, "2026-12-10", ""), line("D", 4, "", "")}
	delta := []Line{line("D", 4, "", "2026-12-01"), line("C", 9, "", ""), line("B", 5, "", "")}
	want := []Line{line("A", 1, "", ""), line("B", 5, "", ""), line("C", 9, "", ""), line("D", 4, "", "2026-12-01")}
	if got := Resolve(delta, predecessor); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestADeltaOfTheChangesMakesTheWholeList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := genList(t, 1, nil), genList(t, 2, nil)
		var delta []Line
		for _, l := range after.Lines {
			if !slices.Equal(before.Of(l.Identity), after.Of(l.Identity)) {
				delta = append(delta, l)
			}
		}
		want := after.Lines
		for _, l := range before.Lines {
			if len(after.Of(l.Identity)) == 0 {
				want = append(want[:len(want):len(want)], l)
			}
		}
		if got := Resolve(delta, before.Lines); !slices.Equal(got, Canonical(want)) {
			t.Fatalf("%v, want %v", got, Canonical(want))
		}
	})
}

func TestLinesOfAnIdentityAreFoundWhereverTheyStand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := genList(t, 1, nil)
		for _, product := range append(modelIdentities[:], "", "Z") {
			var want []Line
			for _, line := range l.Lines {
				if line.Product == product {
					want = append(want, line)
				}
			}
			if got := l.Of(identity(product)); !slices.Equal(got, want) {
				t.Fatalf("%s: %v, want %v", product, got, want)
			}
		}
	})
}
