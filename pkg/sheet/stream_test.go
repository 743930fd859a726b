package sheet

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

func streamLayouts() []Layout {
	return []Layout{
		{"fruit", []LayoutColumn{{Name: "name", Required: true}, {Name: "price", Required: true, Aliases: []string{"Cost"}}, {Name: "picked"}}},
		{"trees", []LayoutColumn{{Name: "name", Required: true}, {Name: "height", Required: true}}},
	}
}

func opened(t *testing.T, content string) *Stream {
	t.Helper()
	s, err := OpenStream(strings.NewReader(content), streamLayouts(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAStreamIsReadRowByRowByItsColumns(t *testing.T) {
	s := opened(t, "\ufeffFruit of the year\n\nNAME;co st;Picked;colour\napple;1.50;31.12.2026;\"green\nor red\"\n;;;\n'=pear;2;;\n")
	if s.Layout() != "fruit" || !s.Has("price") || s.Has("height") || len(s.Notes()) != 1 || s.Notes()[0].Column != "colour" {
		t.Fatalf("%s %v", s.Layout(), s.Notes())
	}
	more, err := s.Next()
	if !more || err != nil || s.Row() != 4 || s.Required("name") != "apple" || s.Decimal("price").String() != "1.5" || !s.Time("picked").Equal(time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("row %d: %v %v %v", s.Row(), s.Text("name"), s.Problems(), err)
	}
	more, err = s.Next()
	if !more || err != nil || s.Row() != 6 || s.Text("name") != "=pear" || s.Text("height") != "" || !s.Time("picked").IsZero() || len(s.Problems()) > 0 {
		t.Errorf("row %d: %v %v", s.Row(), s.Text("name"), err)
	}
	if more, err := s.Next(); more || err != nil {
		t.Error(more, err)
	}
}

func TestAStreamTellsOfEveryProblemAndGoesOn(t *testing.T) {
	s := opened(t, "name,height\na\nb \"b\",1\nc\x02,2\n,much\nd,3\n")
	var rules []string
	for {
		more, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
		if len(s.Problems()) == 0 {
			s.Required("name")
			s.Decimal("height")
			if s.Text("name") == "d" {
				s.Wrong("rule", "height", "too high")
			}
		}
		for _, p := range s.Problems() {
			rules = append(rules, p.Place()+" "+p.Rule+" "+p.Value)
		}
	}
	want := "row 2 wrong-column-count |row 3 malformed-row |row 4, column name control-character c\x02|row 5, column name missing-value |row 5, column height not-a-number much|row 6, column height rule 3"
	if got := strings.Join(rules, "|"); got != want {
		t.Errorf("\n%q\n%q", got, want)
	}
}

func TestAStreamThatIsNoneOfTheTablesSaysWhatTheyHave(t *testing.T) {
	for _, content := range []string{"a,b\n1,2\n", "name,price,cost\n", "name\n", "", "PK\x03\x04"} {
		if s, err := OpenStream(strings.NewReader(content), streamLayouts(), Limits{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, %v", content, s, err)
		}
	}
	_, err := OpenStream(strings.NewReader("a,b\n"), streamLayouts(), Limits{})
	if hint := fault.HintOf(err); hint != "fruit has name, price; trees has name, height" {
		t.Error(hint)
	}
	if _, err := OpenStream(iotest.ErrReader(errors.New("disk")), streamLayouts(), Limits{}); err == nil || fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestAStreamKeepsItsLimits(t *testing.T) {
	s, err := OpenStream(strings.NewReader("name,height\n"+strings.Repeat("a,1\n", 10)), streamLayouts(), Limits{Rows: 5})
	for n := 0; err == nil; n++ {
		if n > 5 {
			t.Fatal("more rows than the limit")
		}
		if _, err = s.Next(); errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	if !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}
