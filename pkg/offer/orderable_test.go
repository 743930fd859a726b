package offer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func judged(verdicts []Verdict) string {
	var all []string
	for _, v := range verdicts {
		s := v.Key + " no:"
		if v.Orderable {
			s = v.Key + " yes"
		}
		for _, r := range v.Missing {
			s += " " + string(r.Lack)
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

func TestWhatCanBeOrderedIsPricedInTheMatrixAllowedAndHasItsPrerequisites(t *testing.T) {
	for _, c := range []struct {
		name   string
		priced []Line
		matrix []Offer
		want   string
	}{
		{"all there", []Line{priced("P/0001")}, []Offer{offering("P/0001", "DE", "US")}, "P/0001 yes"},
		{"no end of the zeros a spreadsheet drops", []Line{priced("p/1")}, []Offer{offering("P/0001", "US")}, "P/0001 yes"},
		{"not yet in the matrix", []Line{priced("P/0001")}, nil, "P/0001 no: not-in-matrix"},
		{"its sale has ended", nil, []Offer{offering("P/0001", "US")}, "P/0001 no: not-in-price-list"},
		{"elsewhere", []Line{priced("P/0001")}, []Offer{offering("P/0001", "DE")}, "P/0001 no: country-not-allowed"},
		{"nowhere", []Line{priced("P/0001")}, []Offer{offering("P/0001")}, "P/0001 no: country-not-allowed"},
		{"elsewhere and ended", nil, []Offer{offering("P/0001", "DE")}, "P/0001 no: not-in-price-list country-not-allowed"},
		{
			"an add-on with one prerequisite of two",
			[]Line{priced("A/0001"), priced("B/0001")},
			[]Offer{needing(offering("A/0001", "US"), "B/0001", "C/0001"), offering("B/0001", "US"), offering("C/0001", "US")},
			"A/0001 yes; B/0001 yes; C/0001 no: not-in-price-list",
		},
		{
			"an add-on whose prerequisites are not for the country",
			[]Line{priced("A/0001"), priced("B/0001")},
			[]Offer{needing(offering("A/0001", "US"), "B/0001"), offering("B/0001", "DE")},
			"A/0001 no: no-prerequisite-orderable; B/0001 no: country-not-allowed",
		},
		{
			"an add-on to nothing that is known",
			[]Line{priced("A/0001")},
			[]Offer{needing(offering("A/0001", "US"), "X/0001")},
			"A/0001 no: no-prerequisite-orderable",
		},
		{
			"an add-on to itself",
			[]Line{priced("A/0001")},
			[]Offer{needing(offering("A/0001", "US"), "A/0001")},
			"A/0001 no: no-prerequisite-orderable",
		},
		{
			"add-ons that only require each other",
			[]Line{priced("A/0001"), priced("B/0001")},
			[]Offer{needing(offering("A/0001", "US"), "B/0001"), needing(offering("B/0001", "US"), "A/0001")},
			"A/0001 no: no-prerequisite-orderable; B/0001 no: no-prerequisite-orderable",
		},
		{
			"add-ons that require each other and one of them a thing that can come first",
			[]Line{priced("A/0001"), priced("B/0001"), priced("C/0001")},
			[]Offer{needing(offering("A/0001", "US"), "B/0001"), needing(offering("B/0001", "US"), "A/0001", "C/0001"), offering("C/0001", "US")},
			"A/0001 yes; B/0001 yes; C/0001 yes",
		},
		{
			"a legacy offer, whatever its agreements",
			[]Line{{Product: "ms-azr-0145p", SKU: "Corporate"}, {Product: "MS-AZR-0145P", SKU: "Government"}},
			[]Offer{{ID: "MS-AZR-0145P", Countries: []string{"US"}}},
			"MS-AZR-0145P yes",
		},
		{"a legacy offer that is not in the matrix", []Line{{Product: "MS-AZR-0145P", SKU: "Corporate"}}, nil, "MS-AZR-0145P no: not-in-matrix"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := judged(Orderable(Question{"us", c.priced, c.matrix})); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAVerdictNamesWhatAPersonNeeds(t *testing.T) {
	base := offering("BASE/0001", "DE")
	base.SKUTitle, base.Included, base.MinLicenses, base.MaxLicenses = "Base, monthly", []string{"Exchange Online (Plan 1)"}, 1, 300
	matrix := []Offer{needing(offering("ADD/0002", "US"), "BASE/0001", "GONE/0001"), base}
	lines := []Line{
		priced("ADD/0002", Term{"P1Y", "Monthly"}, Term{"P1M", "Monthly"}), priced("ADD/0002", Term{"P1Y", "Annual"}, Term{"P1M", "Monthly"}),
		{Product: "NEW", SKU: "0001", Title: "New", SKUTitle: "New and shiny"},
	}
	want := []Verdict{
		{
			Key: "ADD/0002", Product: "ADD", SKU: "0002", Title: "Title of ADD",
			Missing: []Reason{{NoPrerequisiteOrderable, "it is an add-on, and none of the offers that it can be bought with can be ordered in US: " +
				"Title of BASE, Base, monthly (BASE/0001); GONE/0001"}},
			Prerequisites: []Prerequisite{{"BASE/0001", "Title of BASE, Base, monthly", false}, {"GONE/0001", "", false}},
			Terms:         []Term{{"P1M", "Monthly"}, {"P1Y", "Annual"}, {"P1Y", "Monthly"}},
		},
		{
			Key: "BASE/0001", Product: "BASE", SKU: "0001", Title: "Title of BASE, Base, monthly", Includes: []string{"Exchange Online (Plan 1)"}, MinLicenses: 1, MaxLicenses: 300,
			Missing: []Reason{
				{NotInPriceList, "the price list in force has no price for it: its sale has ended, or has not begun"},
				{CountryNotAllowed, "the offer matrix does not allow it in US"},
			},
		},
		{
			Key: "NEW/0001", Product: "NEW", SKU: "0001", Title: "New, New and shiny",
			Missing: []Reason{{NotInMatrix, "the offer matrix does not hold it: it cannot be ordered yet"}},
		},
	}
	if diff := cmp.Diff(want, Orderable(Question{"US", lines, matrix})); diff != "" {
		t.Error(diff)
	}
}

// modelOrderable asks the contract's sentence of every offer until nothing more can be ordered.
func modelOrderable(q Question) map[string]bool {
	orderable := map[string]bool{}
	for range len(q.Matrix) + 1 {
		for _, o := range q.Matrix {
			hasPrice, met := false, len(o.Prerequisites) == 0
			for _, l := range q.Priced {
				hasPrice = hasPrice || l.Key() == o.Key()
			}
			for _, key := range o.Prerequisites {
				met = met || orderable[key]
			}
			if hasPrice && met && o.AllowedIn(q.Country) {
				orderable[o.Key()] = true
			}
		}
	}
	return orderable
}

func TestAnyMarketIsJudgedAsTheSentenceSaysInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Question{Country: "US"}
		keys := rapid.SampledFrom([]string{"A/0001", "B/0001", "C/0001", "D/0001", "E/0001"})
		for _, key := range rapid.SliceOfDistinct(keys, func(k string) string { return k }).Draw(t, "matrix") {
			country := rapid.SampledFrom([]string{"US", "US", "US", "DE"}).Draw(t, "country")
			q.Matrix = append(q.Matrix, needing(offering(key, country), rapid.SliceOfNDistinct(keys, 0, 2, func(k string) string { return k }).Draw(t, "needs")...))
		}
		for n, key := range rapid.SliceOf(keys).Draw(t, "priced") {
			l := priced(key, Term{fmt.Sprint("P", n, "M"), "Monthly"})
			l.Title = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "title")
			q.Priced = append(q.Priced, l)
		}
		want, got := modelOrderable(q), Orderable(q)
		for _, v := range got {
			if v.Orderable != want[v.Key] || v.Orderable != (len(v.Missing) == 0) {
				t.Fatalf("%+v, want orderable %v", v, want[v.Key])
			}
			delete(want, v.Key)
		}
		if len(want) > 0 {
			t.Fatalf("nothing is said of %v", want)
		}
		shuffled := Question{"US", rapid.Permutation(q.Priced).Draw(t, "lines"), rapid.Permutation(q.Matrix).Draw(t, "offers")}
		if diff := cmp.Diff(got, Orderable(shuffled)); diff != "" {
			t.Fatal(diff)
		}
	})
}
