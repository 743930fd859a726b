package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// genText draws text as reading leaves it: trimmed, with what is awkward in files.
func genText(t *rapid.T, label string) string {
	piece := rapid.SampledFrom([]string{"a", "b c", ",", `"`, "'", "=1+1", "+", "-", "@", "＝", "é", "日本", "\n", "\\", ";", "\t"})
	return strings.TrimSpace(strings.Join(rapid.SliceOfN(piece, 0, 4).Draw(t, label), ""))
}

func genLine(t *rapid.T) pricelist.Line {
	amount := func(label string) money.Decimal {
		d, err := money.Parse(rapid.StringMatching(`[0-9]{1,6}(\.[0-9]{1,10})?`).Draw(t, label))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	instant := func(label string) time.Time {
		if rapid.Bool().Draw(t, label+" is empty") {
			return time.Time{}
		}
		seconds := rapid.Int64Range(-6_000_000_000, 200_000_000_000).Draw(t, label)
		return time.Unix(seconds, int64(rapid.SampledFrom([]int{0, 100, 1}).Draw(t, label+" fraction"))).UTC()
	}
	key := rapid.StringMatching(`[A-Z0-9]{4,8}`)
	l := pricelist.Line{
		Identity: pricelist.Identity{
			Market: "US", Currency: rapid.SampledFrom([]string{"USD", "JPY", "KWD"}).Draw(t, "currency"), Product: key.Draw(t, "product"), SKU: rapid.StringMatching(`[0-9A-Z]{4}`).Draw(t, "SKU"),
			Term: rapid.SampledFrom([]string{"P1M", "P1Y", "P3Y"}).Draw(t, "term"), Billing: rapid.SampledFrom([]string{"Monthly", "None", "OneTime"}).Draw(t, "billing"),
		},
		UnitPrice: amount("unit"), ERPPrice: amount("ERP"), Basis: pricelist.PerTerm,
		Effective: effective.Period{From: instant("from"), To: effective.End(instant("to"))},
		Attributes: pricelist.Attributes{
			ProductTitle: genText(t, "product title"), SKUTitle: genText(t, "title"), Publisher: genText(t, "publisher"), Description: genText(t, "description"),
			Unit: genText(t, "unit"), TierMax: genText(t, "tier max"), EndOfSale: genText(t, "end of sale"), Segment: genText(t, "segment"), Tags: genText(t, "tags"),
		},
	}
	if rapid.Bool().Draw(t, "tiered") {
		l.Tier = amount("tier")
	}
	if (effective.Period{To: l.Effective.To}) == (effective.Period{To: effective.End(time.Time{})}) {
		l.Effective.To = time.Time{}
	}
	return l
}

func TestWhatIsWrittenReadsBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(genLine), 0, 5).Draw(t, "lines")
		var file bytes.Buffer
		if err := WriteNewCommerce(&file, lines); err != nil {
			t.Fatal(err)
		}
		s, err := ReadNewCommerce(&file, Options{})
		if err != nil || found(s.Problems) != "" {
			t.Fatalf("%v, %v", err, s.Problems)
		}
		if diff := cmp.Diff(lines, s.Lines(), exact(), cmp.Transformer("empty", func(l []pricelist.Line) []pricelist.Line { return append([]pricelist.Line{}, l...) })); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
	})
}

func TestRowsAreWrittenInTheOfficialOrder(t *testing.T) {
	var file bytes.Buffer
	if err := WriteNewCommerceRows(&file, []pricelist.Row{goodLine()}); err != nil {
		t.Fatal(err)
	}
	want := "\ufeff" + goodHeader + "\n" + strings.NewReplacer(",5,", ",0005,", ",1008,", ",1008.00,", ",1440,", ",1440.00,").Replace(goodRow) + "\n"
	if diff := cmp.Diff(want, file.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(official()); n != 21 {
		t.Errorf("%d columns", n)
	}
}

func TestFlagsAndClaimsAreWrittenToo(t *testing.T) {
	for _, flag := range []pricelist.Flag{pricelist.FlagAdded, pricelist.FlagChanged, pricelist.FlagRemoved, pricelist.FlagUnchanged, pricelist.NoFlag} {
		row := goodLine()
		row.Flag = flag
		var file bytes.Buffer
		if err := WriteNewCommerceRows(&file, []pricelist.Row{row}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]pricelist.Row{row}, read(t, file.String()).Rows, exact()); diff != "" {
			t.Errorf("%s (-written +read):\n%s", flag, diff)
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, start := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "'=", "''+"} {
		row := goodLine()
		row.ProductTitle = start + `HYPERLINK("http://example.invalid")`
		row.Product, row.Segment = "=A1", start
		var file bytes.Buffer
		if err := WriteNewCommerce(&file, []pricelist.Line{row.Line}); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(bytes.NewReader(file.Bytes()[3:])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range records[1] {
			if formula(cell) {
				t.Errorf("cell %q", cell)
			}
		}
		if got := read(t, file.String()).Lines()[0]; got != row.Line {
			t.Errorf("%+v", got)
		}
	}
	for _, s := range []string{"'quoted'", "it's", "'", "''"} {
		if protect(s) != s || unprotect(s) != s {
			t.Errorf("%q is no formula", s)
		}
	}
}

func TestMonthlyPricesHaveNoPlaceInANewCommerceList(t *testing.T) {
	row := goodLine()
	row.Basis = pricelist.PerMonth
	if err := WriteNewCommerce(&bytes.Buffer{}, []pricelist.Line{row.Line}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

type full struct{ room int }

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestAWriterThatFailsIsReported(t *testing.T) {
	lines := slices.Repeat([]pricelist.Line{goodLine().Line}, 1000)
	for _, room := range []int{0, 100, 70_000} {
		if err := WriteNewCommerce(&full{room}, lines); !errors.Is(err, errFull) {
			t.Errorf("sheet with room for %d: %v", room, err)
		}
		lines[room%1000].Product = "ANOTHER"
		if err := Encode(&full{min(room, 100)}, lines); !errors.Is(err, errFull) {
			t.Errorf("content with room for %d: %v", room, err)
		}
	}
}
