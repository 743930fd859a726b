package fxrates

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/record"
	"github.com/pricewire/pricewire/services/ingester/record/recordtest"
)

const header = "CurrencyCode,USDPerUnit,Month\n"

func read(t interface{ Fatal(args ...any) }, text string) (File, *recordtest.Collector) {
	var got recordtest.Collector
	file, err := Read(strings.NewReader(text), Limits{}, &got)
	if err != nil {
		t.Fatal(err)
	}
	return file, &got
}

func TestARateIsThePriceOfOneUnitFromTheFirstOfItsMonth(t *testing.T) {
	data, err := os.ReadFile("testdata/fx.csv")
	if err != nil {
		t.Fatal(err)
	}
	var got recordtest.Collector
	file, err := Read(iotest.OneByteReader(bytes.NewReader(data)), Limits{}, &got)
	if err != nil {
		t.Fatal(err)
	}
	want := "fx USD EUR EUR ExchangeRate tier 0 = 1.0985, 2019-09-01T00:00:00Z to open, included 0 |  |  |  |  |  | 1 EUR |  | \n" +
		"fx USD EUR EUR ExchangeRate tier 0 = 1.1012, 2019-09-01T00:00:00Z to open, included 0 |  |  |  |  |  | 1 EUR |  | \n" +
		"fx USD JPY JPY ExchangeRate tier 0 = 0.0092764378478664, 2019-10-01T00:00:00Z to open, included 0 |  |  |  |  |  | 1 JPY |  | \n" +
		"bad invalid-number: line 6: USDPerUnit is 0 (GBP GBP 0, present true)\n" +
		"bad invalid-number: line 7: USDPerUnit: \"-1\" is negative (CHF CHF 0, present true)\n" +
		"bad invalid-time: line 8: Month: \"9/2/2019\" is not a month such as 201909 (SEK SEK 0, present true)\n" +
		"bad no-currency: line 5: CurrencyCode: \"QQX\" is not an ISO 4217 currency (QQX QQX 0, present false)\n"
	if diff := cmp.Diff(want, got.Text()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if file.Rows != 7 {
		t.Errorf("%+v", file)
	}
}

func TestAWrongRateIsSetAside(t *testing.T) {
	for name, c := range map[string]struct{ line, reason, detail string }{
		"no currency":       {",1,201909", rate.ReasonMissingField, "line 2: CurrencyCode is missing"},
		"no rate":           {"EUR,,201909", rate.ReasonInvalidNumber, "line 2: USDPerUnit: \"\""},
		"no month":          {"EUR,1,", rate.ReasonMissingField, "line 2: Month is missing"},
		"thirteenth month":  {"EUR,1,201913", rate.ReasonInvalidTime, "201913"},
		"another century":   {"EUR,1,160001", rate.ReasonInvalidTime, "1900 and 2261"},
		"not UTF-8":         {"EUR\xff,1,201909", record.ReasonNotUTF8, "not UTF-8"},
		"zero with a point": {"EUR,0.000,201909", rate.ReasonInvalidNumber, "USDPerUnit is 0"},
		"a name":            {"EURO,1,201909", record.ReasonNoCurrency, "line 2: CurrencyCode: \"EURO\""},
		"too fine":          {"EUR,1e-19,201909", rate.ReasonInvalidNumber, "18 decimals"},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := read(t, header+c.line)
			if len(got.Rows) != 0 || len(got.Bads) != 1 {
				t.Fatal(got.Text())
			}
			if q := got.Bads[0]; q.Reason != c.reason || !strings.Contains(q.Detail, c.detail) || string(q.Raw) != c.line {
				t.Errorf("%+v", q)
			}
		})
	}
}

func TestAFileThatIsWrongAsAWholeIsOneError(t *testing.T) {
	for name, c := range map[string]struct {
		text, where string
		limits      Limits
	}{
		"nothing":       {"", "line 1, byte 0", Limits{}},
		"another list":  {"Code,Rate\n", "line 1, byte 0", Limits{}},
		"cut off":       {header + "EUR,1.1", "line 2, byte 30", Limits{}},
		"too many":      {header + "EUR,1,201909\nGBP,1,201909\n", "line 3, byte 43", Limits{Lines: 1}},
		"a long line":   {header + strings.Repeat("x", 50), "line 2, byte 30", Limits{LineBytes: 40}},
		"a large file":  {header + "EUR,1,201909\n", "line 2, byte 31", Limits{Bytes: 32}},
		"an open quote": {header + `"EUR`, "line 2, byte 30", Limits{}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text), c.limits, &recordtest.Collector{})
			if places := fault.PlacesOf(err); !fault.Is(err, fault.Invalid) || len(places) != 1 || places[0].Where != c.where || fault.HintOf(err) == "" {
				t.Errorf("%v at %v, want %s", err, places, c.where)
			}
		})
	}
}

func TestFailuresOfSourceAndSinkAreNoFaultOfTheFile(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, c := range map[string]struct {
		from io.Reader
		sink error
	}{
		"source":          {io.MultiReader(strings.NewReader(header), iotest.ErrReader(broken)), nil},
		"sink":            {strings.NewReader(header + "EUR,1,201909"), broken},
		"sink of the bad": {strings.NewReader(header + "EUR,0,201909"), broken},
	} {
		if _, err := Read(c.from, Limits{}, &recordtest.Collector{Err: c.sink}); !errors.Is(err, broken) || fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheOrderOfLinesMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`(EUR|GBP|QQX),(0|1\.1|-2|x),(201909|2019-10|9/1/2019|9/2/2019)`), 0, 8).Draw(t, "lines")
		_, first := read(t, header+strings.Join(lines, "\n"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		_, second := read(t, header+strings.Join(lines, "\n"))
		if diff := cmp.Diff(first.Said(), second.Said()); diff != "" {
			t.Fatalf("in another order (-first +second):\n%s", diff)
		}
	})
}

func TestARateIsNeverRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literal := rapid.StringMatching(`(0|[1-9][0-9]{0,19})\.[0-9]{0,17}[1-9]`).Draw(t, "literal")
		want, err := money.Parse(literal)
		if err != nil {
			t.Fatal(err)
		}
		if _, got := read(t, header+"EUR,"+literal+",201909"); len(got.Rows) != 1 || got.Rows[0].Price != want {
			t.Fatalf("%s: %s", literal, got.Text())
		}
	})
}

func FuzzRead(f *testing.F) {
	data, err := os.ReadFile("testdata/fx.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(header + "EUR,\"1,234.5\",2019-09-01T00:00:00Z\n\"\",\"\",\"\"\n\xff,1e400,209912"))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{Bytes: 1 << 16, LineBytes: 1 << 10, Lines: 100}
		var got, again recordtest.Collector
		file, err := Read(bytes.NewReader(data), limits, &got)
		_, errAgain := Read(iotest.OneByteReader(bytes.NewReader(data)), limits, &again)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) || got.Text() != again.Text() {
			t.Fatalf("read byte by byte it differs: %v, %v", err, errAgain)
		}
		if err != nil && (!fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 || file.Rows != 0) {
			t.Fatalf("%v", err)
		}
		if err == nil && file.Rows != len(got.Rows)+len(got.Bads) {
			t.Fatalf("%d rows counted, %d and %d handed over", file.Rows, len(got.Rows), len(got.Bads))
		}
		for i := range got.Rows {
			row := got.Rows[i]
			line := fmt.Sprintf("%s,%s,%s", row.MeterID, row.Price, row.Effective.From.Format("2006-01"))
			if _, one := read(t, header+line); len(one.Rows) != 1 || !cmp.Equal(row, one.Rows[0], cmp.Comparer(func(a, b money.Decimal) bool { return a == b })) {
				t.Fatalf("%s is read again as %s", line, one.Text())
			}
		}
	})
}
