package service

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// said makes values of "column=text".
func said(pairs ...string) []item.Value {
	var values []item.Value
	for _, p := range pairs {
		name, text, _ := strings.Cut(p, "=")
		values = append(values, item.Value{Name: name, Text: text})
	}
	return values
}

func written(i item.Item) string {
	all := []string{i.Key}
	for _, v := range i.Values {
		all = append(all, v.Name+"="+v.Text)
	}
	return strings.Join(all, " | ")
}

func problems(all []listing.Problem) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, fmt.Sprintf("%s: %s %s %q", p.Place(), p.Severity, p.Rule, p.Value))
	}
	return strings.Join(texts, "; ")
}

func made(number int, pairs ...string) item.Row {
	i, _ := Make(said(pairs...))
	return item.Row{Item: i, Number: number}
}

func TestARowBecomesALineInOneSpelling(t *testing.T) {
	for _, c := range []struct{ name, row, want string }{
		{
			"all of it", "service= Virtual  Machines|category=Compute|subcategory=Virtual Machines|publisher=Microsoft|usage_names=microsoft.compute;Virtual Machines Licenses",
			"virtual machines | service=Virtual Machines | category=Compute | subcategory=Virtual Machines | publisher=Microsoft | usage_names=microsoft.compute;Virtual Machines Licenses",
		},
		{"columns in another order", "category=Web|service=API Center", "api center | service=API Center | category=Web"},
		{"names once, whatever their case", "service=S|usage_names=b; A;a ;B;;b", "s | service=S | usage_names=A;B"},
		{"nothing but a name", "service=S|usage_names= ; ", "s | service=S"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, wrongs := Make(said(strings.Split(c.row, "|")...))
			if diff := cmp.Diff(c.want, written(i)); diff != "" || len(wrongs) > 0 {
				t.Error(diff, wrongs)
			}
		})
	}
}

func TestARowWithoutAServiceIsAnError(t *testing.T) {
	_, wrongs := Make(said("service= ", "category=Compute"))
	if len(wrongs) != 1 || wrongs[0].Severity != listing.Error || wrongs[0].Rule != RuleMissingService {
		t.Errorf("%+v", wrongs)
	}
}

func TestAServiceIsKnownByItsNameAndItsUsageNames(t *testing.T) {
	s := Service{Name: "Azure VMware Solution", UsageNames: []string{"microsoft.avs"}}
	for name, want := range map[string]bool{"azure vmware  solution": true, "Microsoft.AVS": true, "microsoft.compute": false, "": false} {
		if s.Called(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestRowsOfOneServiceThatDifferInUsageNamesAreBroughtTogether(t *testing.T) {
	rows := []item.Row{
		made(2, "service=API Center", "category=Integration", "usage_names=microsoft.apicenter"),
		made(3, "service=Azure VMWare Solution", "category=Compute"),
		made(4, "service=API center", "category=Integration", "usage_names=api center;Microsoft.ApiCenter"),
		made(5, "service=API Center", "category=Integration", "usage_names=microsoft.apicenter"),
		made(6, "service=API Center", "category=Web", "usage_names=other"),
	}
	before := written(rows[0].Item)
	var got []string
	for _, r := range Gather(rows) {
		got = append(got, fmt.Sprint(r.Number, " ", written(r.Item)))
	}
	want := []string{
		"2 api center | service=API Center | category=Integration | usage_names=api center;Microsoft.ApiCenter",
		"3 azure vmware solution | service=Azure VMWare Solution | category=Compute",
		"6 api center | service=API Center | category=Web | usage_names=other",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if written(rows[0].Item) != before {
		t.Error("the rows given were changed")
	}
}

func TestAListOfServicesIsChecked(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []item.Row
		want string
	}{
		{"nothing", []item.Row{made(2, "service=A", "category=X", "usage_names=a"), made(3, "service=B", "category=X")}, ""},
		{"no category", []item.Row{made(2, "service=A")}, `row 2, column category: warning missing-category ""`},
		{
			"two of one name",
			[]item.Row{made(2, "service=A", "category=X"), made(3, "service=a", "category=Y")},
			`row 3, column service: error duplicate-identity "a"`,
		},
		{
			"a usage name of two",
			[]item.Row{made(2, "service=A", "category=X", "usage_names=n;b"), made(3, "service=B", "category=X", "usage_names=N")},
			`row 3, column usage_names: note shared-usage-name "b"`,
		},
		{"no line", nil, `the list: error no-lines ""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := problems(Validate(c.rows, Check{})); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestASharedNameIsToldWithTheOtherService(t *testing.T) {
	all := Validate([]item.Row{made(2, "service=A", "category=X", "usage_names=n;b"), made(3, "service=B", "category=X", "usage_names=N")}, Check{})
	if len(all) != 1 || all[0].Text != "usage records by this name may also mean A; other names that it shares: 1" {
		t.Errorf("%+v", all)
	}
}

func genValues(t *rapid.T) []item.Value {
	var values []item.Value
	for _, c := range columns() {
		text := rapid.SampledFrom([]string{"", "a", " B  b ", "É;e;E", "b;A; a", ";"}).Draw(t, c.Name)
		if text != "" {
			values = append(values, item.Value{Name: c.Name, Text: text})
		}
	}
	return values
}

func TestALineIsTheServiceItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i, wrongs := Make(genValues(t))
		again, _ := Make(i.Values)
		if diff := cmp.Diff(i, again); diff != "" {
			t.Fatal(diff)
		}
		s, err := FromItem(i)
		if (err != nil) != (len(wrongs) > 0) {
			t.Fatalf("%v, %+v", err, wrongs)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(i, s.Item()); diff != "" {
			t.Fatal(diff)
		}
		same, err := FromItem(s.Item())
		if diff := cmp.Diff(s, same); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func TestALineInAnotherSpellingIsNoService(t *testing.T) {
	for _, i := range []item.Item{
		{},
		{Key: "a", Values: said("category=X")},
		{Key: "A", Values: said("service=A")},
		{Key: "a", Values: said("service=A ")},
		{Key: "a", Values: said("service=A", "usage_names=b;a")},
	} {
		if s, err := FromItem(i); err == nil {
			t.Errorf("%s is %+v", written(i), s)
		}
	}
}

func TestTheSchemaIsUnambiguous(t *testing.T) {
	owner := map[string]string{}
	for _, c := range Schema().Columns {
		for _, header := range append([]string{c.Header, c.Name}, c.Aliases...) {
			normal := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(header))
			if other, taken := owner[normal]; taken && other != c.Name {
				t.Errorf("header %q means %s and %s", header, other, c.Name)
			}
			owner[normal] = c.Name
		}
	}
}
