package sheet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func content(t interface {
	Helper()
	Fatal(...any)
}, lines []pricelist.Line,
) string {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, lines); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestContentReadsBackAndDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(genLine), 0, 6).Draw(t, "lines")
		bytes := content(t, lines)
		if again := content(t, rapid.Permutation(lines).Draw(t, "shuffled")); again != bytes {
			t.Fatalf("%s\nand\n%s", bytes, again)
		}
		got, err := Decode(strings.NewReader(bytes))
		if err != nil {
			t.Fatal(err)
		}
		want := pricelist.Canonical(lines)
		if len(want) != len(got) {
			t.Fatalf("%d lines, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i].Compare(want[i]) != 0 {
				t.Fatalf("line %d is %+v, want %+v", i, got[i], want[i])
			}
		}
	})
}

func TestContentIsJSONALine(t *testing.T) {
	for i, row := range strings.Split(strings.TrimSuffix(content(t, []pricelist.Line{goodLine().Line}), "\n"), "\n") {
		var header struct{ Columns []string }
		var values []string
		if i == 0 && (json.Unmarshal([]byte(row), &header) != nil || len(header.Columns) != contentColumns) {
			t.Errorf("header %s", row)
		}
		if i == 1 && (json.Unmarshal([]byte(row), &values) != nil || len(values) != contentColumns || values[10] != "2025-11-01T00:00:00Z") {
			t.Errorf("line %s", row)
		}
	}
}

func TestTheNameOfContentStaysTheSame(t *testing.T) {
	line := goodLine().Line
	line.Description = "a \"quoted\"\\ \n\u2028 日本 <&>\x7f"
	sum := sha256.Sum256([]byte(content(t, []pricelist.Line{line})))
	if got, want := hex.EncodeToString(sum[:]), "3c8716c1d6ef8d75938249354c2801e1d8f5c6d1b973a4ab3a99a04e08560f89"; got != want {
		t.Errorf("%s, want %s: lists that are stored cannot be found any more", got, want)
	}
}

func TestContentThatWasNotWrittenByUsIsRefused(t *testing.T) {
	other := goodLine().Line
	other.Product = "B"
	good := content(t, []pricelist.Line{goodLine().Line, other})
	rows := strings.SplitAfter(good, "\n")
	for name, c := range map[string]struct{ content, want string }{
		"empty":          {"", "row 1 is not the header"},
		"other header":   {"{}\n", "row 1 is not the header"},
		"a long header":  {strings.Repeat("x", maxContentRow+1), "row 1 is not the header"},
		"out of order":   {rows[0] + rows[2] + rows[1], "row 3: the line is out of order"},
		"twice":          {rows[0] + rows[1] + rows[1], "row 3: the line is out of order"},
		"cut":            {good[:len(good)-10], "row 3 is cut off"},
		"a value more":   {rows[0] + strings.Replace(rows[1], `"]`, `",""]`, 1), "row 2: the row does not have 21 values"},
		"no price":       {rows[0] + strings.Replace(rows[1], `"1008"`, `"free"`, 1), `row 2: value 8, "free"`},
		"another number": {rows[0] + strings.Replace(rows[1], `"1008"`, `"1008.0"`, 1), `row 2: value 8, "1008.0"`},
		"another time":   {rows[0] + strings.Replace(rows[1], "2025-11-01T00:00:00Z", "2025-11-01T00:00:00.0Z", 1), "is not a time"},
		"no basis":       {rows[0] + strings.Replace(rows[1], `"term"`, `"week"`, 1), "is not a price basis"},
		"CRLF":           {strings.ReplaceAll(good, "\n", "\r\n"), "row 1 is not the header"},
		"not UTF-8":      {rows[0] + strings.Replace(rows[1], "Contoso", "\xff", 1), "row 2: the row is not UTF-8"},
		"a wrong escape": {rows[0] + strings.Replace(rows[1], "Contoso", `\q`, 1), "cannot be read"},
		"a long row":     {rows[0] + `["` + strings.Repeat("x", maxContentRow), "row 2 has more than"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Decode(strings.NewReader(c.content)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestTextThatIsNotUTF8OrTooLongIsNotStored(t *testing.T) {
	line := goodLine().Line
	for _, text := range []string{"\xff", strings.Repeat("x", maxContentRow)} {
		line.SKUTitle = text
		if err := Encode(&bytes.Buffer{}, []pricelist.Line{line}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	}
}

func TestContentKeepsEveryDecimal(t *testing.T) {
	line := goodLine().Line
	line.UnitPrice, _ = money.Parse("0.000000000000000001")
	got, err := Decode(strings.NewReader(content(t, []pricelist.Line{line})))
	if diff := cmp.Diff([]pricelist.Line{line}, got, exact()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
