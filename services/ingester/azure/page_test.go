package azure

import (
	"bytes"
	"encoding/json"
	"io"
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

func decode(t *testing.T, text string) Page {
	t.Helper()
	page, err := NewDecoder("USD", Limits{}).Page(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return page
}

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
	if len(page.Rows) != 1 || len(page.Quarantined) != 0 {
		t.Fatalf("%+v", page)
	}
	row := page.Rows[0]
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
	if len(bare.Rows) != 2 || len(page.Rows) != 2 || page.Rows[1].MeterID != bare.Rows[1].MeterID {
		t.Errorf("%d and %d rows", len(bare.Rows), len(page.Rows))
	}
	if empty := decode(t, `{"Items":[],"NextPageLink":null,"Count":0}`); empty.Count() != 0 || empty.Next != "" {
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
			if len(page.Rows) != 1 || len(page.Quarantined) != 1 {
				t.Fatalf("%d rows, %d quarantined", len(page.Rows), len(page.Quarantined))
			}
			q := page.Quarantined[0]
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
			_, err := NewDecoder("USD", Limits{}).Page(strings.NewReader(c.text))
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
			_, err := NewDecoder("USD", c.limits).Page(strings.NewReader(c.text))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	_, err := NewDecoder("USD", Limits{}).Page(io.MultiReader(strings.NewReader("["+row), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if err == nil || fault.Is(err, fault.Invalid) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestTheBytesOfValidRowsAreKeptUpToTheLimit(t *testing.T) {
	row := azuretest.Row("m", nil)
	page, err := NewDecoder("USD", Limits{KeptBytes: 2*len(row) + 10}).Page(strings.NewReader("[" + row + "," + row + " ," + row + "]"))
	if err != nil {
		t.Fatalf("%v", err)
	}
	if string(page.Raw[1]) != row || page.Raw[2] != nil {
		t.Errorf("kept %q and %q", page.Raw[1], page.Raw[2])
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
		got, err := NewDecoder("USD", Limits{}).Page(from)
		if err != nil || cmp.Diff(want.Rows, got.Rows, cmp.Comparer(func(a, b money.Decimal) bool { return a == b })) != "" {
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
	if len(page.Rows) != 3000 || page.Rows[2999].MeterName != strings.Repeat("é", 2999%50) {
		t.Errorf("%d rows", len(page.Rows))
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
	f.Fuzz(func(t *testing.T, text string) {
		page, err := NewDecoder("USD", Limits{}).Page(iotest.HalfReader(strings.NewReader(text)))
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v", err)
		}
		if len(page.Raw) != len(page.Rows) {
			t.Fatalf("%d rows with %d bytes", len(page.Rows), len(page.Raw))
		}
	})
}
