package azure

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

func price(t *testing.T, s string) money.Decimal {
	t.Helper()
	d, err := money.Parse(s)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return d
}

func TestARowIsReadWithEveryFieldAndItsExactNumbers(t *testing.T) {
	page := decode(t, `[`+azuretest.Row("m-1", map[string]string{
		"retailPrice": "1.6e-05", "tierMinimumUnits": "102400.0", "reservationTerm": "null", "meterName": `"Caf\u00e9 \ud83d\ude00\/"`,
		"effectiveEndDate": `"2025-03-31T23:59:00Z"`, "unknown": `{"deep":[1,{"x":null}]}`,
		"savingsPlan": `[{"unitPrice":0.3,"retailPrice":0.34323,"term":"3 Years"},{"unitPrice":0.4,"retailPrice":0.49129,"term":"1 Year","more":[]}]`,
	})+`]`)
	if len(page.rows) != 1 || len(page.bad) != 0 {
		t.Fatalf("%+v", page)
	}
	row := page.rows[0]
	want := rate.Row{
		Identity:   rate.Identity{PriceList: rate.Retail, Currency: "USD", MeterID: "m-1", SKUID: "DZH318Z0BPVW/00QZ", Type: "Consumption", Tier: price(t, "102400")},
		Attributes: row.Attributes, Price: price(t, "0.000016"),
		SavingsPlans: []rate.SavingsPlan{{Term: "1 Year", Price: price(t, "0.49129")}, {Term: "3 Years", Price: price(t, "0.34323")}},
	}
	want.Effective.From = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	want.Effective.To = time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)
	if diff := cmp.Diff(want, row, cmp.Comparer(func(a, b money.Decimal) bool { return a == b })); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if row.MeterName != "Café 😀/" || row.IsPrimaryMeterRegion != "true" || row.ARMSKUName != "Standard_D2_v5" || row.UnitOfMeasure != "1 Hour" {
		t.Errorf("attributes %+v", row.Attributes)
	}
}

func TestTheEnvelopeAndTheBareArraySayTheSame(t *testing.T) {
	rows := azuretest.Row("a", nil) + "," + azuretest.Row("b", nil)
	bare := decode(t, "\uFEFF [ "+rows+" ] \n")
	page := decode(t, `{"BillingCurrency":"USD","NextPageLink":"https://x/y?$skip=2","Items":[`+rows+`],"Count":2}`)
	if page.Next != "https://x/y?$skip=2" || bare.Next != "" {
		t.Errorf("links %q, %q", page.Next, bare.Next)
	}
	if bare.Rows != 2 || page.Rows != 2 || page.rows[1].MeterID != bare.rows[1].MeterID {
		t.Errorf("%d and %d rows", bare.Rows, page.Rows)
	}
	if empty := decode(t, `{"Items":[],"NextPageLink":null,"Count":0}`); empty.Rows != 0 || empty.Next != "" {
		t.Errorf("%+v", empty)
	}
}

func TestAWrongRowIsSetAsideWithItsBytesAndItsField(t *testing.T) {
	for name, c := range map[string]struct {
		row, reason, detail string
		present             bool
	}{
		"price as text":        {azuretest.Row("x", map[string]string{"retailPrice": `"0.5"`}), rate.ReasonInvalidNumber, "retailPrice is a text, not a number", true},
		"price is missing":     {azuretest.Row("x", map[string]string{"retailPrice": ""}), rate.ReasonInvalidNumber, "retailPrice", true},
		"price is negative":    {azuretest.Row("x", map[string]string{"retailPrice": "-0.1"}), rate.ReasonInvalidNumber, "retailPrice", true},
		"price too fine":       {azuretest.Row("x", map[string]string{"retailPrice": "1e-19"}), rate.ReasonInvalidNumber, "retailPrice", true},
		"meter is a number":    {azuretest.Row("x", map[string]string{"meterId": "7"}), rate.ReasonMissingField, "meterId is a number, not a text", false},
		"meter is null":        {azuretest.Row("x", map[string]string{"meterId": "null"}), rate.ReasonMissingField, "meterId", false},
		"start is a number":    {azuretest.Row("x", map[string]string{"effectiveStartDate": "20250101"}), rate.ReasonInvalidTime, "effectiveStartDate is a number, not a text", true},
		"start is no time":     {azuretest.Row("x", map[string]string{"effectiveStartDate": `"soon"`}), rate.ReasonInvalidTime, "effectiveStartDate", true},
		"name is an object":    {azuretest.Row("x", map[string]string{"meterName": `{"en":"D2"}`}), reasonWrongType, "meterName is an object, not a text", true},
		"primary is a text":    {azuretest.Row("x", map[string]string{"isPrimaryMeterRegion": `"true"`}), reasonWrongType, "isPrimaryMeterRegion is a text, not true or false", true},
		"plans are an object":  {azuretest.Row("x", map[string]string{"savingsPlan": `{}`}), reasonWrongType, "savingsPlan is an object, not a list", true},
		"a plan is a number":   {azuretest.Row("x", map[string]string{"savingsPlan": `[1]`}), reasonWrongType, "savingsPlan holds a number, not an object", true},
		"a plan's price":       {azuretest.Row("x", map[string]string{"savingsPlan": `[{"term":"1 Year","retailPrice":null}]`}), rate.ReasonInvalidNumber, "savingsPlan.retailPrice is null, not a number", true},
		"a field twice":        {`{"retailPrice":1,` + azuretest.Row("x", nil)[1:], rate.ReasonInvalidNumber, "retailPrice is there twice", true},
		"not UTF-8":            {azuretest.Row("x", map[string]string{"skuName": "\"\xff\""}), reasonWrongType, "skuName is not UTF-8", true},
		"another currency":     {azuretest.Row("x", map[string]string{"currencyCode": `"EUR"`}), reasonOtherCurrency, "currencyCode is EUR, USD was asked for", false},
		"no object":            {`17`, reasonWrongType, "the row is not an object", false},
		"end before its start": {azuretest.Row("x", map[string]string{"effectiveEndDate": `"2024-01-01T00:00:00Z"`}), rate.ReasonEndBeforeStart, "effectiveEndDate", true},
	} {
		t.Run(name, func(t *testing.T) {
			page := decode(t, "["+azuretest.Row("good", nil)+",\n"+c.row+"]")
			if len(page.rows) != 1 || len(page.bad) != 1 {
				t.Fatalf("%d rows, %d quarantined", len(page.rows), len(page.bad))
			}
			q := page.bad[0]
			if q.Reason != c.reason || !strings.Contains(q.Detail, c.detail) || string(q.Raw) != c.row || q.HasIdentity != c.present {
				t.Errorf("%q, %q, present %v\n%s", q.Reason, q.Detail, q.HasIdentity, q.Raw)
			}
		})
	}
}

func TestMalformedJSONIsOneErrorThatNamesTheByte(t *testing.T) {
	good := azuretest.Row("good", nil)
	for name, c := range map[string]struct{ text, where string }{
		"nothing":               {"", "start, byte 0"},
		"no JSON":               {"<html>", "start, byte 0"},
		"a number":              {"12", "start, byte 0"},
		"an error in 200":       {`{"error":"busy"}`, "envelope, byte 0"},
		"items is null":         {`{"Items":null}`, "rows, byte 9"},
		"items twice":           {`{"Items":[],"Items":[]}`, "envelope, byte 20"},
		"link is a number":      {`{"Items":[],"NextPageLink":3}`, "NextPageLink, byte 27"},
		"cut off in a row":      {"[" + good + `,{"meterId":"`, "row 2, byte"},
		"cut off between":       {"[" + good, "row 1, byte"},
		"a comma too many":      {"[" + good + ",]", "row 2, byte"},
		"a bad escape":          {`[{"meterName":"\q"}]`, "row 1, byte 15"},
		"a control character":   {"[{\"meterName\":\"a\nb\"}]", "row 1, byte 16"},
		"a bad number":          {`[{"retailPrice":01}]`, "row 1, byte 16"},
		"a broken \\u":          {`[{"meterName":"\u12g4"}]`, "row 1, byte 15"},
		"two values":            {"[] []", "end, byte 3"},
		"nested without end":    {`[{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}]", "row 1, byte"},
		"an unknown word":       {`[{"x":nil}]`, "row 1, byte 6"},
		"a key without a value": {`[{"x"}]`, "row 1, byte 5"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewDecoder("USD", Limits{}).Page(strings.NewReader(c.text), &basket{})
			places := fault.PlacesOf(err)
			if !fault.Is(err, fault.Invalid) || len(places) != 1 || !strings.HasPrefix(places[0].Where, c.where) {
				t.Errorf("%v at %v, want %s", err, places, c.where)
			}
		})
	}
}

func TestLimitsAreEnforced(t *testing.T) {
	row := azuretest.Row("m", nil)
	long := azuretest.Row("m", map[string]string{"meterName": `"` + strings.Repeat("x", 300<<10) + `"`})
	for name, c := range map[string]struct {
		limits     Limits
		text, want string
	}{
		"bytes": {Limits{BodyBytes: 1000}, "[" + row + "," + row + "," + row + "]", "larger than 1000 bytes"},
		"rows":  {Limits{RowsPerPage: 2}, "[" + row + "," + row + "," + row + "]", "row 3, byte"},
		"row":   {Limits{}, "[" + row + "," + long + "]", "row 2, byte"},
		"field": {Limits{}, `{"x":"` + strings.Repeat("x", 2<<20) + `","Items":[]}`, "field x, byte"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewDecoder("USD", c.limits).Page(strings.NewReader(c.text), &basket{})
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	_, err := NewDecoder("USD", Limits{}).Page(io.MultiReader(strings.NewReader("["+row), iotest.ErrReader(io.ErrUnexpectedEOF)), &basket{})
	if err == nil || fault.Is(err, fault.Invalid) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestOfAQuarantinedRowNoMoreThanItsBeginningIsKept(t *testing.T) {
	row := azuretest.Row("m", map[string]string{"retailPrice": "-1", "meterName": `"` + strings.Repeat("x", 100<<10) + `"`})
	page := decode(t, "["+row+"]")
	if len(page.bad) != 1 || len(page.bad[0].Raw) != rawKept || !strings.HasPrefix(row, string(page.bad[0].Raw)) {
		t.Errorf("%d bytes", len(page.bad[0].Raw))
	}
}

func TestARowThatIsKnownByItsBytesIsNotReadAgain(t *testing.T) {
	for name, changes := range map[string]map[string]string{
		"plain":            nil,
		"with plans":       {"savingsPlan": `[{"retailPrice":0.1,"term":"1 Year"},{"retailPrice":0.2,"term":"3 Years"}]`},
		"braces in a text": {"meterName": `"a {b} c"`},
		"escapes":          {"meterName": `"\u007b \"x\" \\"`},
	} {
		row := azuretest.Row("m", changes)
		b := &basket{known: map[string]bool{row: true}}
		page, err := NewDecoder("USD", Limits{}).Page(iotest.HalfReader(strings.NewReader("[ "+row+" , "+row+","+azuretest.Row("n", nil)+"]")), b)
		if err != nil || page.Rows != 3 || b.same != 2 || len(b.rows) != 1 || b.rows[0].MeterID != "n" {
			t.Errorf("%s: %d rows, %d the same, %d read, %v", name, page.Rows, b.same, len(b.rows), err)
		}
	}
}

func TestBracesInTextsThatMisleadAreReadAllTheSame(t *testing.T) {
	for _, name := range []string{`"}"`, `"{"`, `"}{"`, `"{{{"`, `"}}}\\"`, `"\"}{\""`} {
		row := azuretest.Row("m", map[string]string{"meterName": name})
		page := decode(t, "["+row+","+row+"]")
		if len(page.rows) != 2 || len(page.bad) != 0 || string(page.raw[1]) != row {
			t.Errorf("%s: %d rows", name, len(page.rows))
		}
	}
}

// A row that breaks off is not known, even if what is there of it looks like a row that is.
func TestOnlyWholeRowsAreKnown(t *testing.T) {
	row := azuretest.Row("m", nil)
	b := &basket{known: map[string]bool{row: true}}
	if _, err := NewDecoder("USD", Limits{}).Page(strings.NewReader("["+row[:len(row)-1]+`,"x":{}`), b); !fault.Is(err, fault.Invalid) || b.same != 0 {
		t.Errorf("%d the same, %v", b.same, err)
	}
}

func TestWhatTheSinkSaysEndsThePage(t *testing.T) {
	full := errors.New("the disk is full")
	row := azuretest.Row("m", nil)
	for _, text := range []string{row, "17"} {
		b := &basket{err: full}
		_, err := NewDecoder("USD", Limits{}).Page(strings.NewReader("["+text+","+row+"]"), b)
		if !errors.Is(err, full) || len(b.rows)+len(b.bad) != 1 {
			t.Errorf("%v", err)
		}
		if _, err := DecodeSnapshot(strings.NewReader("["+text+"]"), "USD", Limits{}, b); err != full { //nolint:errorlint // the very one
			t.Errorf("%v", err)
		}
	}
}

func TestADecoderReadsPageAfterPage(t *testing.T) {
	d, b := NewDecoder("USD", Limits{}), &basket{}
	long := azuretest.Row("long", map[string]string{"more": `"` + strings.Repeat("x", 200<<10) + `"`})
	for n, c := range []struct {
		text string
		fine bool
	}{{azuretest.Row("a", nil), true}, {azuretest.Row("b", nil)[:40], false}, {long, true}, {azuretest.Row("c", map[string]string{"type": ""}), true}, {azuretest.Row("d", nil), true}} {
		if _, err := d.Page(strings.NewReader("["+c.text+"]"), b); (err == nil) != c.fine {
			t.Errorf("page %d: %v", n, err)
		}
	}
	if !slices.Equal(b.meters(), []string{"a", "d", "long"}) || len(b.bad) != 1 || b.bad[0].Detail != "type is missing" {
		t.Errorf("%v, %v", b.meters(), b.bad)
	}
}

// However the bytes arrive, and whatever white space lies between them, the rows are the same.
func TestPiecesAndSpaceDoNotMatter(t *testing.T) {
	var rows []string
	for _, meter := range strings.Split("abcdefgh", "") {
		rows = append(rows, azuretest.Row(meter, map[string]string{"retailPrice": "1.5e-3", "savingsPlan": `[{"retailPrice":0.1,"term":"1 Year"}]`}))
	}
	text := `{"Items":[` + strings.Join(rows, ",") + `],"NextPageLink":null}`
	var spread bytes.Buffer
	if err := json.Indent(&spread, []byte(text), "\t", "  "); err != nil {
		t.Fatal(err)
	}
	want := decode(t, text)
	for name, from := range map[string]io.Reader{
		"byte by byte": iotest.OneByteReader(strings.NewReader(text)), "spread": &spread, "data with its end": iotest.DataErrReader(strings.NewReader(text)),
	} {
		b := &basket{}
		_, err := NewDecoder("USD", Limits{}).Page(from, b)
		if err != nil || cmp.Diff(want.rows, b.rows, cmp.Comparer(func(a, b money.Decimal) bool { return a == b })) != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPageLargerThanTheWindowIsReadWhole(t *testing.T) {
	rows := make([]string, 3000)
	for i := range rows {
		rows[i] = azuretest.Row(strings.Repeat("m", 1+i%40), map[string]string{"meterName": `"` + strings.Repeat(`\u00e9`, i%50) + `"`})
	}
	page := decode(t, "["+strings.Join(rows, ",")+"]")
	if len(page.rows) != 3000 || page.rows[2999].MeterName != strings.Repeat("é", 2999%50) {
		t.Errorf("%d rows", len(page.rows))
	}
}

// The cursor accepts exactly what the standard library accepts, and reads strings as it does.
func TestTheCursorAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkAgainstStandard(t, rapid.StringMatching(`[\[\]{}",:\\untfalse0-9eE+. -]{0,30}`).Draw(t, "text"))
		valid, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.String())).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		checkAgainstStandard(t, string(valid))
	})
}

func FuzzTheCursor(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e+3,"x\ud83d\ude00",true,null]}`, `"\ud800"`, `[01]`, `1.`, `{"a":}`, `"\u00"`, "\"\t\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkAgainstStandard(t, text) })
}

func checkAgainstStandard(t interface {
	Fatalf(string, ...any)
}, text string,
) {
	c := cursor{data: []byte(text + " ")}
	err := c.skip(0)
	if err == nil {
		_, more := c.peek()
		if more == nil {
			err = errShort
		}
	}
	if (err == nil) != json.Valid([]byte(text)) {
		t.Fatalf("%q: %v", text, err)
	}
	var want string
	if json.Unmarshal([]byte(text), &want) != nil || !strings.HasPrefix(strings.TrimSpace(text), `"`) || !utf8.ValidString(text) {
		return // bytes that are no UTF-8 are left to the reader of rows, which sets such rows aside
	}
	c = cursor{data: []byte(text + " ")}
	got, err := c.str()
	if err != nil || string(got) != want {
		t.Fatalf("%q is %q, %v; want %q", text, got, err, want)
	}
}

func FuzzThePage(f *testing.F) {
	f.Add("[" + azuretest.Row("m", nil) + "]")
	f.Add(`{"Items":[{"meterId":5},null],"NextPageLink":"x"}`)
	f.Add("[" + azuretest.Row("}", map[string]string{"meterName": `"{\\\"}"`}) + "," + azuretest.Row("{", nil) + "]")
	f.Fuzz(func(t *testing.T, text string) {
		checkPage(t, text)
	})
}

// checkPage reads a page as it comes, and again with its own rows known: what was read is the same, and is no more than what the standard
// library finds.
func checkPage(t *testing.T, text string) {
	t.Helper()
	b := &basket{known: make(map[string]bool)}
	page, err := NewDecoder("USD", Limits{}).Page(iotest.HalfReader(strings.NewReader(text)), b)
	if err != nil {
		if !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v", err)
		}
		return
	}
	var list []json.RawMessage
	if json.Unmarshal([]byte(text), &list) == nil && utf8.ValidString(text) && len(list) != page.Rows {
		t.Fatalf("%d rows, want %d", page.Rows, len(list))
	}
	for i, raw := range b.raw {
		if !json.Valid(raw) && utf8.Valid(raw) {
			t.Fatalf("row %d is %q", i, raw)
		}
		b.known[string(raw)] = true
	}
	again := &basket{known: b.known}
	second, err := NewDecoder("USD", Limits{}).Page(iotest.OneByteReader(strings.NewReader(text)), again)
	if err != nil || second != page || again.same+len(again.rows) != len(b.rows) || len(again.bad) != len(b.bad) {
		t.Fatalf("again: %+v, %d the same and %d read, want %+v, %d; %v", second, again.same, len(again.rows), page, len(b.rows), err)
	}
}
