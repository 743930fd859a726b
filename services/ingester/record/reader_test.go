package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

func wanted() []Column {
	return []Column{{Name: "Code", Required: true}, {Name: "Price", Required: true}, {Name: "Note"}}
}

// readAll returns the cells of every record, and where each begins.
func readAll(from io.Reader, limits Limits) (cells [][]string, where []string, err error) {
	r, err := NewReader(from, wanted(), limits)
	for err == nil {
		var rec Record
		if rec, err = r.Next(); err == nil {
			cells = append(cells, []string{rec.Cell(0), rec.Cell(1), rec.Cell(2), string(rec.Raw)})
			where = append(where, rec.Where())
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return cells, where, err
}

func TestColumnsAreFoundByNameInAnyOrderAmongOthers(t *testing.T) {
	text := "\uFEFFother, PRICE ,\"code\"\r\nx,1.50, EUR \r\n\r\n\"a \"\"b\"\"\nc\",\"2\",GBP\nlast,3,\"\""
	cells, where, err := readAll(iotest.OneByteReader(strings.NewReader(text)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"EUR", "1.50", "", "x,1.50, EUR "}, {"GBP", "2", "", "\"a \"\"b\"\"\nc\",\"2\",GBP"}, {"", "3", "", `last,3,""`},
	}
	if diff := cmp.Diff(want, cells); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"line 2, byte 25", "line 4, byte 41", "line 6, byte 61"}, where); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestMalformedFilesAreOneErrorThatNamesTheLineAndTheWayOut(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		limits Limits
		where  string
		says   string
	}{
		"nothing":              {"", Limits{}, "line 1, byte 0", "empty"},
		"blank lines only":     {"\n\r\n", Limits{}, "line 1, byte 0", "empty"},
		"columns are missing":  {"\ncode,other\n1,2", Limits{}, "line 2, byte 1", "no column Price"},
		"semicolons":           {"code;price;note\n", Limits{}, "line 1, byte 0", "no column Code, Price"},
		"a column twice":       {"code,price,Price\n", Limits{}, "line 1, byte 0", "Price is there twice"},
		"a field too few":      {"code,price\na,1\nb\n", Limits{}, "line 3, byte 15", "1 fields, the header 2"},
		"a field too many":     {"code,price\na,1,2\n", Limits{}, "line 2, byte 11", "3 fields, the header 2"},
		"a bare quote":         {"code,price\na\"b,1\n", Limits{}, "line 2, byte 12", "holds a quote"},
		"behind the quote":     {"code,price\n\"a\"b,1\n", Limits{}, "line 2, byte 14", "behind its closing quote"},
		"cut off in quotes":    {"code,price\na,1\n\"b,2\nc,3", Limits{}, "line 3, byte 15", "ends inside a quoted field"},
		"a lone return":        {"code,price\ra,1\r", Limits{}, "line 1, byte 10", "carriage return"},
		"UTF-16":               {"c\x00o\x00d\x00e\x00", Limits{}, "line 1, byte 1", "UTF-16"},
		"a line too long":      {"code,price\n\"" + strings.Repeat("x", 100), Limits{LineBytes: 50}, "line 2, byte 11", "longer than 50 bytes"},
		"a file too large":     {"code,price\na,1\n", Limits{Bytes: 12}, "line 2, byte 11", "larger than 12 bytes"},
		"too many records":     {"code,price\na,1\nb,2\n", Limits{Lines: 1}, "line 3, byte 15", "more than 1 records"},
		"too many columns":     {"code,price\n", Limits{Columns: 1}, "line 1, byte 0", "2 columns, more than 1"},
		"two lines, no header": {"EUR,1.1\nGBP,1.2\n", Limits{}, "line 1, byte 0", "no column Code, Price"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(strings.NewReader(c.text), c.limits)
			places := fault.PlacesOf(err)
			if !fault.Is(err, fault.Invalid) || len(places) != 1 || places[0].Where != c.where || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v at %v, want %q at %s", err, places, c.says, c.where)
			}
			if fault.HintOf(err) == "" && !strings.Contains(name, "columns") && name != "too many columns" {
				t.Error("no hint")
			}
		})
	}
}

func TestAFailingSourceIsNoFaultOfTheFile(t *testing.T) {
	broken := errors.New("disk on fire")
	_, _, err := readAll(io.MultiReader(strings.NewReader("code,price\na,1\nb"), iotest.ErrReader(broken)), Limits{})
	if !errors.Is(err, broken) || fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "byte 16") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.StringMatching(`[a-z ,"\n;]{0,6}`), 3, 3), 0, 8).Draw(t, "rows")
		var file bytes.Buffer
		file.WriteString("code,price,note\n")
		var want [][]string
		for _, row := range rows {
			quoted := make([]string, len(row))
			for i, cell := range row {
				quoted[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			line := strings.Join(quoted, ",")
			file.WriteString(line + "\n")
			want = append(want, []string{strings.TrimSpace(row[0]), strings.TrimSpace(row[1]), strings.TrimSpace(row[2]), line})
		}
		got, _, err := readAll(&file, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestThousandsAreReadOnlyWhereTheyAreCertain(t *testing.T) {
	for text, want := range map[string]string{
		"1,234.50": "1234.50", "1,234,567": "1234567", "12,345,678.9": "12345678.9", "-1,234.5": "-1234.5", ".5": ".5", "1.234": "1.234", "7.50": "7.50", "1.6E-05": "1.6E-05",
		"1,234": "1,234", "12,5": "12,5", "1.234,50": "1.234,50", "1234,567.8": "1234,567.8", "0,123.4": "0,123.4", "1,23.4": "1,23.4", ",123.4": ",123.4", "1,,234.5": "1,,234.5", "": "",
		"$1,234.50": "$1,234.50", "1,2a4.5": "1,2a4.5",
	} {
		if got := Number(text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

func TestANumberKeepsItsValueThroughItsThousands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.StringMatching(`[1-9][0-9]{0,14}`).Draw(t, "whole")
		fraction := rapid.StringMatching(`[0-9]{1,18}`).Draw(t, "fraction")
		grouped := whole
		for i := len(whole) - 3; i > 0; i -= 3 {
			grouped = grouped[:i] + "," + grouped[i:]
		}
		want, err := money.Parse(whole + "." + fraction)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := money.Parse(Number(grouped + "." + fraction)); err != nil || got != want {
			t.Fatalf("%s.%s is %s, %v", grouped, fraction, got, err)
		}
	})
}

func TestTimesAreReadMonthFirst(t *testing.T) {
	for text, want := range map[string]string{
		"3/1/2018 12:00:00 AM": "2018-03-01T00:00:00Z", "11/30/9999 11:59:59 PM": "9999-11-30T23:59:59Z", "1/1/1753": "1753-01-01T00:00:00Z", "3/1/2018 13:05:00": "2018-03-01T13:05:00Z",
		"2025-11-01T00:00:00.0000000Z": "2025-11-01T00:00:00Z", "2025-11-01T02:00:00+02:00": "2025-11-01T00:00:00Z", "2025-11-01": "2025-11-01T00:00:00Z", "2025-11-01 10:00:00": "2025-11-01T10:00:00Z",
		"30/11/2025": "", "1.3.2018": "", "soon": "", "": "",
	} {
		got := ""
		if at, ok := Time(text); ok {
			got = at.Format("2006-01-02T15:04:05Z")
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{"code,price\na,1\n", "\uFEFFcode,price,note\r\n\"a\"\"\n\",1,\r\n", "code,price\n\"", "a;b", "code,price\n,,,\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{Bytes: 1 << 16, LineBytes: 1 << 10, Lines: 100, Columns: 16}
		cells, where, err := readAll(bytes.NewReader(data), limits)
		again, places, errAgain := readAll(iotest.OneByteReader(bytes.NewReader(data)), limits)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) || !cmp.Equal(cells, again) || !cmp.Equal(where, places) {
			t.Fatalf("read byte by byte it differs: %v, %v", err, errAgain)
		}
		if err != nil && (!fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1) {
			t.Fatalf("%v", err)
		}
		for _, c := range cells {
			if len(c[3]) > limits.LineBytes || !bytes.Contains(data, []byte(c[3])) {
				t.Fatalf("%q is not in the file", c[3])
			}
		}
	})
}
