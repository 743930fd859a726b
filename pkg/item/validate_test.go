package item

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/listing"
)

func row(number int, key string, values ...string) Row {
	r := Row{Item: Item{Key: key}, Number: number}
	for i := 0; i+1 < len(values); i += 2 {
		r.Values = append(r.Values, Value{values[i], values[i+1]})
	}
	return r
}

func onSheet(r Row, sheet string) Row {
	r.Sheet = sheet
	return r
}

func said(problems []listing.Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, fmt.Sprintf("%s: %s %s %q", p.Place(), p.Severity, p.Rule, p.Value))
	}
	return strings.Join(all, "; ")
}

func items(n int) []Item {
	all := make([]Item, n)
	for i := range all {
		all[i].Key = fmt.Sprint("k", i)
	}
	return all
}

func rowsOf(items []Item) []Row {
	rows := make([]Row, len(items))
	for i := range items {
		rows[i] = Row{Item: items[i], Number: i + 2}
	}
	return rows
}

func TestWhatIsWrongInAnyListIsFound(t *testing.T) {
	for _, c := range []struct {
		name  string
		rows  []Row
		check Check
		want  string
	}{
		{"nothing", []Row{row(2, "a", "title", "A"), row(3, "b", "title", "A")}, Check{Whole: true}, ""},
		{"no lines", nil, Check{}, `the list: error no-lines ""`},
		{"a line twice", []Row{row(2, "a", "title", "A"), row(3, "a", "title", "A")}, Check{}, `row 3: warning repeated-line "a"`},
		{"two of one key", []Row{row(2, "a", "title", "B"), row(3, "a", "title", "A")}, Check{}, `row 3, column title: error duplicate-identity "a"`},
		{"a value less", []Row{row(2, "a", "title", "B", "x", "y"), row(3, "a", "title", "B")}, Check{}, `row 3, column x: error duplicate-identity "a"`},
		{
			"three of one key, of which two say the same",
			[]Row{row(2, "a", "title", "A"), row(3, "a", "title", "B"), row(4, "a", "title", "A")},
			Check{},
			`row 3, column title: error duplicate-identity "a"; row 4: warning repeated-line "a"`,
		},
		{
			"sheets in their order",
			[]Row{onSheet(row(3, "b"), "Two"), onSheet(row(9, "a"), "One"), onSheet(row(2, "b"), "Two"), onSheet(row(8, "a"), "One")},
			Check{},
			`sheet "One", row 8: warning repeated-line "a"; sheet "Two", row 2: warning repeated-line "b"`,
		},
		{"15 of 100 lines less", rowsOf(items(85)), Check{Whole: true, Before: items(100)}, ""},
		{"16 of 100 lines less", rowsOf(items(84)), Check{Whole: true, Before: items(100)}, `the list: warning lines-gone "16"`},
		{"a delta of a line", rowsOf(items(1)), Check{Before: items(100)}, ""},
		{"a first list", rowsOf(items(1)), Check{Whole: true}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := said(Validate(c.rows, c.check)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestADuplicateNamesTheOtherPlace(t *testing.T) {
	problems := Validate([]Row{onSheet(row(4, "a", "title", "A"), "Offers"), onSheet(row(7, "a", "title", "B"), "Offers")}, Check{})
	if len(problems) != 1 || problems[0].Row != 7 || !strings.Contains(problems[0].Text, "row 4 of sheet Offers") {
		t.Errorf("%+v", problems)
	}
}

func TestEveryRowBeyondTheFirstOfItsKeyIsNamedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Row {
			return row(0, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"), "title", rapid.SampledFrom([]string{"A", "B"}).Draw(t, "title"))
		}), 1, 12).Draw(t, "rows")
		want := map[int]string{}
		first, said := map[string]string{}, map[string]bool{}
		for i := range rows {
			rows[i].Number = i + 2
			key, title := rows[i].Key, rows[i].Get("title")
			switch {
			case said[key+title]:
				want[i+2] = RuleRepeatedLine
			case first[key] != "":
				want[i+2] = RuleDuplicateIdentity
			default:
				first[key] = title
			}
			said[key+title] = true
		}
		last := 0
		for _, p := range Validate(rows, Check{}) {
			if want[p.Row] != p.Rule || p.Row <= last {
				t.Fatalf("row %d is called %s after row %d, want %q", p.Row, p.Rule, last, want[p.Row])
			}
			delete(want, p.Row)
			last = p.Row
		}
		if len(want) > 0 {
			t.Fatalf("rows %v are not named", want)
		}
	})
}
