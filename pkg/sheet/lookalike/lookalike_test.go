package lookalike

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/sheet"
)

var october = effective.Month{Year: 2025, Month: time.October}

// read writes a catalogue as a file and reads it back.
func read(t *testing.T, c Catalogue) sheet.Sheet {
	t.Helper()
	var file bytes.Buffer
	if err := c.WriteCSV(&file); err != nil {
		t.Fatal(err)
	}
	s, err := sheet.ReadNewCommerce(&file, sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Problems) > 0 {
		t.Fatalf("%d problems, the first %+v", len(s.Problems), s.Problems[0])
	}
	return s
}

func identities(differences []pricelist.Difference, change listing.Change) []pricelist.Identity {
	var ids []pricelist.Identity
	for _, d := range differences {
		if d.Change == change {
			ids = append(ids, d.Identity)
		}
	}
	return ids
}

func exact() cmp.Option { return cmpopts.EquateComparable(money.Decimal{}) }

func sorted(ids []pricelist.Identity) []pricelist.Identity {
	return slices.SortedFunc(slices.Values(ids), pricelist.Identity.Compare)
}

func TestTheNovemberListDiffersAsPlantedWhateverItsFlagsSay(t *testing.T) {
	base := Generate(Spec{Seed: 7, Lines: 4312, Month: october})
	next, planted := base.Next()
	before := pricelist.NewList("october", 1, october.Start(), read(t, base).Lines())
	november := read(t, next)
	after := pricelist.NewList("november", 1, next.Month.Start(), november.Lines())
	differences, counts := pricelist.Diff(before, after)
	want := listing.Counts{Added: 58, PriceChanged: 105, Changed: 77, Unchanged: 4130}
	if counts != want || len(after.Lines) != 4370 {
		t.Fatalf("%d lines, %+v, want %+v", len(after.Lines), counts, want)
	}
	for change, ids := range map[listing.Change][]pricelist.Identity{
		listing.Added: planted.Added, listing.PriceChanged: planted.Prices, listing.Changed: planted.Titles,
	} {
		if diff := cmp.Diff(sorted(ids), identities(differences, change), exact()); diff != "" {
			t.Errorf("%s (-planted +found):\n%s", change, diff)
		}
	}
	check := pricelist.Check{Market: "US", EffectiveAt: after.EffectiveAt, Whole: true, Differences: differences}
	var mismatched []pricelist.Identity
	for _, p := range pricelist.Validate(november.Rows, check) {
		if p.Rule != pricelist.RuleFlagMismatch || p.Severity != listing.Note {
			t.Errorf("unexpected problem %+v", p)
			continue
		}
		mismatched = append(mismatched, november.Rows[p.Row-2].Identity)
	}
	if diff := cmp.Diff(sorted(planted.WrongFlags), sorted(mismatched), exact()); diff != "" {
		t.Errorf("wrong flags (-planted +found):\n%s", diff)
	}
}

func TestALookalikeHasTheProportionsOfTheRealList(t *testing.T) {
	next, _ := Generate(Spec{Seed: 1, Lines: 4312, Month: october}).Next()
	counts := map[string]int{}
	for _, r := range next.Rows {
		counts[r.Term]++
		counts[r.Billing]++
		counts[r.Segment]++
		if r.UnitPrice.IsZero() {
			counts["zero price"]++
		}
		if r.SKU[0] == '0' && strings.Trim(r.SKU, "0123456789") == "" {
			counts["zeros lost"]++
		}
		if !ascii(r.SKUTitle + r.Description) {
			counts["not ASCII"]++
		}
		if r.Effective.From.Equal(next.Month.Start()) {
			counts["new start"]++
		}
		if r.Billing == "None" && !(r.IsTrial() && r.UnitPrice.IsZero() && r.ERPPrice.IsZero()) || r.ERPPrice.Cmp(r.UnitPrice) < 0 {
			t.Errorf("row %d: %+v", r.Number, r)
		}
	}
	for what, want := range map[string]int{
		"P1Y": 2616, "P1M": 1305, "P3Y": 449, "Monthly": 2688, "Annual": 1473, "Triennial": 143, "None": 66, "Education": 1467, "Commercial": 1454,
		"Charity": 798, "Government": 651, "zero price": 274, "zeros lost": 2312, "not ASCII": 471, "new start": 161,
	} {
		if got := counts[what]; got < want*2/3 || got > want*3/2 {
			t.Errorf("%s: %d, the real list had %d", what, got, want)
		}
	}
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}

func TestTheFileHasTheRealOnesQuirks(t *testing.T) {
	next, _ := Generate(Spec{Seed: 3, Lines: 500, Month: october}).Next()
	var file bytes.Buffer
	if err := next.WriteCSV(&file); err != nil {
		t.Fatal(err)
	}
	for _, quirk := range []string{
		"\ufeffChangeIndicator,ProductTitle,", ",CFQ7TTC0LH18,1,", "T00:00:00.0000000Z,9999-11-30T23:59:59.0000000Z,", "{'ERP Price': '", "\nAdd,", "\nChange,",
	} {
		if !bytes.Contains(file.Bytes(), []byte(quirk)) {
			t.Errorf("no %q in the file", quirk)
		}
	}
	if bytes.Contains(file.Bytes(), []byte("\r")) {
		t.Error("lines end in CR")
	}
}

func TestTheSameSpecificationMakesTheSameListOfAnySize(t *testing.T) {
	for _, spec := range []Spec{
		{Seed: 1, Lines: 1, Month: october},
		{Seed: 2, Lines: 5000, Month: october},
		{Seed: 3, Lines: 4000, Market: "DE", Currencies: []string{"EUR", "GBP", "SEK", "CHF", "JPY"}, Month: october},
	} {
		c, again := Generate(spec), Generate(spec)
		if diff := cmp.Diff(c.Rows, again.Rows, exact()); diff != "" {
			t.Errorf("%+v (-first +second):\n%s", spec, diff)
		}
		third, planted := c.Next()
		for range 2 {
			third, planted = third.Next()
		}
		seen := map[pricelist.Identity]bool{}
		for _, id := range slices.Concat(planted.Prices, planted.Titles, planted.Added) {
			if seen[id] {
				t.Errorf("%s is planted twice", id.Key())
			}
			seen[id] = true
		}
		for _, list := range []Catalogue{c, third} {
			check := pricelist.Check{Market: list.Rows[0].Market, EffectiveAt: list.Month.Start()}
			if problems := pricelist.Validate(list.Rows, check); len(problems) > 0 {
				t.Errorf("%+v: %+v", spec, problems[0])
			}
		}
		if len(c.Rows) != spec.Lines {
			t.Errorf("%d lines, want %d", len(c.Rows), spec.Lines)
		}
	}
}

func TestALegacyWorkbookIsReadAsItWasMade(t *testing.T) {
	l := GenerateLegacy(Spec{Seed: 4, Lines: 1001, Market: "DE", Currencies: []string{"EUR", "CHF", "JPY"}, Month: october})
	if len(l.Rows) != 1001 {
		t.Fatalf("%d rows", len(l.Rows))
	}
	var file bytes.Buffer
	if err := l.WriteXLSX(&file); err != nil {
		t.Fatal(err)
	}
	s, err := sheet.ReadLicense("October-2025-Cloud-Reseller-Pricelist.xlsx", file.Bytes(), sheet.Options{Market: "DE"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.Rows, s.Rows, exact()); diff != "" {
		t.Errorf("(-made +read):\n%s", diff)
	}
	for _, p := range append(s.Problems, pricelist.Validate(s.Rows, pricelist.Check{Market: "DE", EffectiveAt: october.Start()})...) {
		if p.Rule != sheet.RuleIgnoredSheet {
			t.Errorf("%+v", p)
		}
	}
	flags := map[pricelist.Flag]int{}
	for _, r := range s.Rows {
		flags[r.Flag]++
	}
	if len(flags) != 5 {
		t.Errorf("flags %v", flags)
	}
}
