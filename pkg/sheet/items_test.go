package sheet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// library is a list of books, for tests.
func library() item.Schema {
	return item.Schema{List: "books", Columns: []item.Column{
		{Name: "title", Header: "Title", Required: true},
		{Name: "shelf", Header: "Shelf No", Aliases: []string{"Place"}, Required: true},
		{Name: "bought", Header: "Bought"},
		{Name: "topics", Header: "Topics", Aliases: []string{"Subjects"}},
	}, Make: func(values []item.Value) (item.Item, []item.Wrong) {
		i := item.Item{Values: values}
		i.Key = strings.ToLower(i.Get("title"))
		var wrongs []item.Wrong
		if i.Get("title") == "" {
			wrongs = append(wrongs, item.Wrong{Severity: listing.Error, Rule: "missing-title", Column: "title", Text: "give one"})
		}
		if shelf := i.Get("shelf"); strings.Trim(shelf, "0123456789") != "" {
			wrongs = append(wrongs, item.Wrong{Severity: listing.Warning, Rule: "odd-shelf", Column: "shelf", Value: shelf, Text: "is it a number?"})
		}
		return i, wrongs
	}}
}

// said writes items as "sheet!row key name=text ...".
func said(rows []item.Row) string {
	var all []string
	for _, r := range rows {
		s := fmt.Sprintf("%s!%d %s", r.Sheet, r.Number, r.Key)
		for _, v := range r.Values {
			s += " " + v.Name + "=" + v.Text
		}
		all = append(all, s)
	}
	return strings.Join(all, "|")
}

func TestItemsAreReadFromEveryKindOfFile(t *testing.T) {
	rows := [][]any{{"Subjects", "PLACE", "title", "Colour"}, {"a;b", 7, " Emma "}, nil, {nil, "x", "Persuasion", "red"}, {nil, 1, "'=Sense"}, {"c"}}
	file := "\ufeffSubjects;PLACE;title;Colour\r\n\"a;b\";7; Emma ;\r\n\r\n;x;Persuasion;red\r\n;1;'=Sense;\r\nc;;;\r\n"
	for name, c := range map[string]struct {
		data  []byte
		sheet string
	}{
		"csv": {[]byte(file), ""}, "workbook": {workbookOf(t, tab{"S", rows}), "S"}, "zip": {zipOf(t, "a/b.csv", file), ""},
	} {
		s, err := ReadItems(name, c.data, library(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll("S!2 emma title=Emma shelf=7 topics=a;b|S!4 persuasion title=Persuasion shelf=x|S!5 =sense title==Sense shelf=1", "S!", c.sheet+"!")
		if got := said(s.Rows); got != want {
			t.Errorf("%s: %s", name, got)
		}
		problems := "note unknown-column S!1 Colour; warning odd-shelf S!4 Shelf No x; error missing-title S!6 Title"
		if c.sheet == "" {
			problems = strings.ReplaceAll(problems, "S!", "")
		}
		if got := found(s.Problems); got != problems {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestDatesAndBooleansOfItemsAreTexts(t *testing.T) {
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	data := workbookOf(t, tab{"S", [][]any{{"Title", "Place", "Bought", "Topics"}, {"A", 1, day, true}, {"B", 1.50, day.Add(90 * time.Minute), "x"}}})
	s, err := ReadItems("x", data, library(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "S!2 a title=A shelf=1 bought=2026-05-01 topics=TRUE|S!3 b title=B shelf=1.5 bought=2026-05-01T01:30:00Z topics=x"
	if got := said(s.Rows); got != want {
		t.Error(got)
	}
}

func TestItemsWithoutARequiredColumnAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"one":   {"Title,Topics\nA,b\n", "column Shelf No is missing"},
		"all":   {"x,y\n", "column Title is missing; column Shelf No is missing"},
		"twice": {"Title,Place,Shelf No\n", "column Shelf No is there twice"},
		"empty": {"", "the file is empty"},
	} {
		_, err := ReadItems("x", []byte(c.file), library(), Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "one" && fault.HintOf(err) != "the header must name the columns of the list books: Title, Shelf No, Bought, Topics" {
			t.Error(fault.HintOf(err))
		}
	}
	free := library()
	free.Columns = []item.Column{{Name: "a", Header: "A"}, {Name: "b", Header: "B"}}
	for _, data := range [][]byte{[]byte("x,y\n1,2\n"), workbookOf(t, tab{"S", [][]any{{"x"}}})} {
		if _, err := ReadItems("x", data, free, Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "it has none of the columns") {
			t.Error(err)
		}
	}
}

func TestServicePlansAreRead(t *testing.T) {
	header := "\ufeffProduct_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Service_Plans_Included_Friendly_Names\n"
	file := header + "Contoso,CONTOSO,420C7602-7f70-4895-9394-d3d679ea36fb\u00a0,MAIL,a7c70a41-5e02-4271-93e6-d9b4184d83f5,Mail (Plan 1)\n" +
		"Contoso,,420c7602,MAIL,a7c70a41+5e02-4271-93e6-d9b4184d83f5,\nContoso,CONTOSO,x20c7602-7f70-4895-9394-d3d679ea36fb,,a7c70a41-5e02-4271-93e6-d9b4184d83f5,y\n"
	plans, problems, err := ReadServicePlans([]byte(file), Options{})
	want := []ServicePlan{{"CONTOSO", "420c7602-7f70-4895-9394-d3d679ea36fb", "MAIL", "a7c70a41-5e02-4271-93e6-d9b4184d83f5", "Mail (Plan 1)"}}
	if diff := cmp.Diff(want, plans); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	wrong := "error not-a-guid 3 GUID 420c7602; error not-a-guid 3 Service_Plan_Id a7c70a41+5e02-4271-93e6-d9b4184d83f5; error missing-value 3 String_Id; " +
		"error not-a-guid 4 GUID x20c7602-7f70-4895-9394-d3d679ea36fb; error missing-value 4 Service_Plan_Name"
	if got := found(problems); got != wrong {
		t.Error(got)
	}
	if _, _, err := ReadServicePlans([]byte("GUID,x\n"), Options{}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "column Service_Plan_Name is missing") {
		t.Error(err)
	}
}
