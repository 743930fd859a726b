package pricesheet

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

const header = "ProductId,SkuId,TermDuration,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,MeterIds\n"

// lineWith is a line below header with the given cells instead of the usual ones.
func lineWith(changes map[string]string) string {
	cells := map[string]string{
		"ProductId": "P", "SkuId": "0001", "TermDuration": "payG-1", "Market": "US", "Currency": "USD", "UnitPrice": "0.5", "EffectiveStartDate": "3/1/2018 12:00:00 AM",
		"EffectiveEndDate": "11/30/9999 11:59:59 PM", "MeterIds": "m-1",
	}
	for name, cell := range changes {
		cells[name] = cell
	}
	var line []string
	for name := range strings.SplitSeq(strings.TrimSpace(header), ",") {
		line = append(line, `"`+cells[name]+`"`)
	}
	return strings.Join(line, ",") + "\n"
}

func rangeOf(from, to string) string {
	return lineWith(map[string]string{"PricingTierRangeMin": from, "PricingTierRangeMax": to})
}

func read(t interface{ Fatal(args ...any) }, text string) (Sheet, *recordtest.Collector) {
	var got recordtest.Collector
	sheet, err := Read(strings.NewReader(text), "USD", Limits{}, &got)
	if err != nil {
		t.Fatal(err)
	}
	return sheet, &got
}

func TestAConsumptionSheetIsReadMeterByMeter(t *testing.T) {
	data, err := os.ReadFile("testdata/consumption.csv")
	if err != nil {
		t.Fatal(err)
	}
	var got recordtest.Collector
	sheet, err := Read(iotest.OneByteReader(bytes.NewReader(data)), "USD", Limits{}, &got)
	if err != nil {
		t.Fatal(err)
	}
	const meter = "price-sheet USD aaaaaaaa-0000-4000-8000-00000000000"
	want := meter + "1 DZH000000P01/001J Consumption tier 0 = 15, 2018-03-01T00:00:00Z to open, included 0 |  | DZH000000P01 | Pool Guard | Standard |  | 1 Node/Month |  | \n" +
		meter + "2 DZH000000P02/0012 Consumption tier 0 = 1, 2018-03-01T00:00:00Z to open, included 0 |  | DZH000000P02 | Data Pipe | Out |  | 1 GB |  | \n" +
		meter + "2 DZH000000P02/0012 Consumption tier 100 = 0.8, 2018-03-01T00:00:00Z to open, included 0 |  | DZH000000P02 | Data Pipe | Out |  | 1 GB |  | \n" +
		meter + "2 DZH000000P02/0012 Consumption tier 100000 = 0.5, 2018-03-01T00:00:00Z to open, included 0 |  | DZH000000P02 | Data Pipe | Out |  | 1 GB |  | \n" +
		meter + "3 DZH000000P03/0001 Consumption tier 0 = 1234.5, 1900-01-01T00:00:00Z to 2025-07-01T00:00:00Z, included 0 |  | DZH000000P03 | Twin Meter | Both |  | 1 Hour |  | \n" +
		meter + "4 DZH000000P03/0001 Consumption tier 0 = 1234.5, 1900-01-01T00:00:00Z to 2025-07-01T00:00:00Z, included 0 |  | DZH000000P03 | Twin Meter | Both |  | 1 Hour |  | \n" +
		"bad invalid-number: line 7: UnitPrice: \"1,234\": not a decimal number (aaaaaaaa-0000-4000-8000-000000000005 DZH000000P03/0002 0, present true)\n"
	if diff := cmp.Diff(want, got.Text()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if sheet != (Sheet{Rows: 7, Market: "US"}) {
		t.Errorf("%+v", sheet)
	}
	for _, raw := range got.Raw {
		if !bytes.Contains(data, append(raw, '\n')) {
			t.Errorf("%q is no line of the sheet", raw)
		}
	}
}

func TestAReservationsSheetHasItsTermsAndNeedsNoMeters(t *testing.T) {
	data, err := os.ReadFile("testdata/reservations.csv")
	if err != nil {
		t.Fatal(err)
	}
	var got recordtest.Collector
	sheet, err := Read(io.MultiReader(strings.NewReader("\uFEFF"), bytes.NewReader(data)), "EUR", Limits{}, &got)
	if err != nil {
		t.Fatal(err)
	}
	want := "price-sheet EUR DZH000000R01/0004 DZH000000R01/0004 Reservation 3 Years tier 0 = 1300, 2025-11-01T00:00:00Z to open, included 0 |  | DZH000000R01 | Pool Reservation | Pool, three years |  | 1 Hour |  | \n" +
		"price-sheet EUR DZH000000R01/00A5 DZH000000R01/00A5 Reservation 5 Years tier 0 = 0, 2025-11-01T00:00:00Z to open, included 0 |  | DZH000000R01 | Pool Reservation | Pool, five years |  | 1 Hour |  | \n" +
		"price-sheet EUR aaaaaaaa-0000-4000-8000-000000000006 DZH000000R01/0003 Reservation 1 Year tier 0 = 525.5, 2025-11-01T00:00:00Z to open, included 0 |  | DZH000000R01 | Pool Reservation | Pool, one year |  | 1 Hour |  | \n"
	if diff := cmp.Diff(want, got.Text()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if sheet != (Sheet{Rows: 3, Market: "DE"}) {
		t.Errorf("%+v", sheet)
	}
}

func TestAWrongLineIsSetAsideAndTheOthersAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		cells          map[string]string
		reason, detail string
		present        bool
	}{
		"no meter":             {map[string]string{"MeterIds": " ; "}, rate.ReasonMissingField, "line 3: MeterIds is missing", false},
		"no product":           {map[string]string{"ProductId": ""}, rate.ReasonMissingField, "line 3: ProductId is missing", false},
		"no SKU":               {map[string]string{"SkuId": ""}, rate.ReasonMissingField, "line 3: SkuId is missing", false},
		"another term":         {map[string]string{"TermDuration": "P2Y"}, rate.ReasonMissingField, `line 3: TermDuration: "P2Y"`, false},
		"another currency":     {map[string]string{"Currency": "EUR"}, record.ReasonOtherCurrency, "Currency is EUR, USD was asked for", false},
		"no currency":          {map[string]string{"Currency": ""}, rate.ReasonMissingField, "line 3: Currency is missing", false},
		"no price":             {map[string]string{"UnitPrice": ""}, rate.ReasonInvalidNumber, "line 3: UnitPrice: \"\"", true},
		"price with a sign":    {map[string]string{"UnitPrice": "$1.00"}, rate.ReasonInvalidNumber, "$1.00", true},
		"price is negative":    {map[string]string{"UnitPrice": "-1.00"}, rate.ReasonInvalidNumber, "negative", true},
		"price is ambiguous":   {map[string]string{"UnitPrice": "12,345"}, rate.ReasonInvalidNumber, "12,345", true},
		"price with a comma":   {map[string]string{"UnitPrice": "12,5"}, rate.ReasonInvalidNumber, "12,5", true},
		"no start":             {map[string]string{"EffectiveStartDate": ""}, rate.ReasonMissingField, "line 3: EffectiveStartDate is missing", true},
		"day before month":     {map[string]string{"EffectiveStartDate": "30/11/2025"}, rate.ReasonInvalidTime, "30/11/2025", true},
		"start in 9999":        {map[string]string{"EffectiveStartDate": "11/30/9999"}, rate.ReasonInvalidTime, "1900 and 2261", true},
		"end before its start": {map[string]string{"EffectiveEndDate": "3/1/2018"}, rate.ReasonEndBeforeStart, "line 3: EffectiveEndDate 2018-03-01T00:00:00Z is not after EffectiveStartDate", true},
		"not UTF-8":            {map[string]string{"ProductId": "P\xff"}, record.ReasonNotUTF8, "not UTF-8", true},
		"a range of words":     {map[string]string{"PricingTierRangeMin": "all"}, reasonTiers, `PricingTierRangeMin: "all"`, false},
		"a range of halves":    {map[string]string{"PricingTierRangeMax": "1.5"}, reasonTiers, "not a count of units", false},
		"a range below zero":   {map[string]string{"PricingTierRangeMin": "-1"}, reasonTiers, "not a count of units", false},
		"a range backwards":    {map[string]string{"PricingTierRangeMin": "9", "PricingTierRangeMax": "8"}, reasonTiers, "PricingTierRangeMax 8 is before PricingTierRangeMin 9", false},
		"a range of nothing":   {map[string]string{"PricingTierRangeMin": "0", "PricingTierRangeMax": "0"}, reasonTiers, "PricingTierRangeMax 0", false},
	} {
		t.Run(name, func(t *testing.T) {
			line := lineWith(c.cells)
			sheet, got := read(t, header+lineWith(map[string]string{"MeterIds": "good"})+line)
			if len(got.Rows) != 1 || len(got.Bads) != 1 || sheet.Rows != 2 {
				t.Fatalf("%d rows: %s", sheet.Rows, got.Text())
			}
			q := got.Bads[0]
			if q.Reason != c.reason || !strings.Contains(q.Detail, c.detail) || string(q.Raw)+"\n" != line || q.HasIdentity != c.present {
				t.Errorf("%q, %q, present %v\n%s", q.Reason, q.Detail, q.HasIdentity, q.Raw)
			}
		})
	}
}

func TestTiersMustFollowEachOtherFromTheFirstUnitOn(t *testing.T) {
	for name, c := range map[string]struct {
		ranges [][2]string
		tiers  string // accepted, in order of the sheet
		detail string // of what is quarantined
	}{
		"one open range":            {[][2]string{{"1", ""}}, "0", ""},
		"from zero":                 {[][2]string{{"0", "100"}, {"101", ""}}, "0 100", ""},
		"an empty beginning":        {[][2]string{{"", "100"}, {"101", "200"}}, "0 100", ""},
		"backwards":                 {[][2]string{{"201", ""}, {"101", "200"}, {"1", "100"}}, "200 100 0", ""},
		"a range repeated":          {[][2]string{{"1", "100"}, {"101", ""}, {"1", "100"}}, "0 100 0", ""},
		"thousands":                 {[][2]string{{"1", "1,000,000"}, {"1,000,001", ""}}, "0 1000000", ""},
		"a gap":                     {[][2]string{{"1", "100"}, {"102", ""}}, "", "100 to 101 units have no price"},
		"a gap at the beginning":    {[][2]string{{"101", ""}}, "", "the first 100 units have no price"},
		"an overlap":                {[][2]string{{"1", "100"}, {"100", ""}}, "", "the ranges 0 to 100 units and 99 units on overlap"},
		"behind an open range":      {[][2]string{{"1", ""}, {"101", ""}}, "", "overlap"},
		"two ends of one beginning": {[][2]string{{"1", "100"}, {"1", "200"}, {"201", ""}}, "", "overlap"},
	} {
		t.Run(name, func(t *testing.T) {
			text := header
			for _, r := range c.ranges {
				text += rangeOf(r[0], r[1])
			}
			_, got := read(t, text)
			var tiers []string
			for _, row := range got.Rows {
				tiers = append(tiers, row.Tier.String())
			}
			if strings.Join(tiers, " ") != c.tiers || (c.detail == "") != (len(got.Bads) == 0) || len(got.Rows)+len(got.Bads) != len(c.ranges) {
				t.Fatal(got.Text())
			}
			for _, q := range got.Bads {
				if q.Reason != reasonTiers || !strings.Contains(q.Detail, c.detail) || !q.HasIdentity || len(q.Raw) == 0 {
					t.Errorf("%+v", q)
				}
			}
		})
	}
}

func TestTiersOfOtherMetersAndStartsAreNoGap(t *testing.T) {
	_, got := read(t, header+rangeOf("1", "100")+
		lineWith(map[string]string{"PricingTierRangeMin": "101", "MeterIds": "m-2"})+
		lineWith(map[string]string{"PricingTierRangeMin": "101", "EffectiveStartDate": "2020-01-01"})+
		lineWith(map[string]string{"PricingTierRangeMin": "1", "PricingTierRangeMax": "9", "EffectiveStartDate": "1/1/2021"})+
		lineWith(map[string]string{"PricingTierRangeMin": "10", "EffectiveStartDate": "2021-01-01", "UnitPrice": "x"}))
	if len(got.Rows) != 2 || len(got.Bads) != 3 {
		t.Error(got.Text())
	}
}

func TestASheetThatIsWrongAsAWholeIsOneError(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		limits Limits
		where  string
		says   string
	}{
		"nothing":          {"", Limits{}, "line 1, byte 0", "empty"},
		"another list":     {"ProductId,SkuId,ERP Price\n", Limits{}, "line 1, byte 0", "no column TermDuration, Market"},
		"another market":   {header + lineWith(nil) + lineWith(map[string]string{"Market": "DE"}), Limits{}, "line 3, byte", "holds DE, the lines before US"},
		"no market":        {header + lineWith(map[string]string{"Market": ""}), Limits{}, "line 2, byte", "not a country's two letters"},
		"cut off":          {header + lineWith(nil) + `"P","0001"`, Limits{}, "line 3, byte", "2 fields, the header 11"},
		"an open quote":    {header + `"P`, Limits{}, "line 2, byte", "inside a quoted field"},
		"too many meters":  {header + lineWith(map[string]string{"MeterIds": "a,b,c"}), Limits{Meters: 2}, "line 2, byte", "3 meters, more than 2"},
		"too much is held": {header + rangeOf("1", "2"), Limits{HeldBytes: 100}, "line 2, byte", "more than 100 bytes of rows with tier ranges"},
		"a line too long":  {header + lineWith(map[string]string{"MeterIds": strings.Repeat("x", 200)}), Limits{LineBytes: 200}, "line 2, byte", "longer than 200 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text), "USD", c.limits, &recordtest.Collector{})
			places := fault.PlacesOf(err)
			if !fault.Is(err, fault.Invalid) || len(places) != 1 || !strings.HasPrefix(places[0].Where, c.where) || !strings.Contains(err.Error(), c.says) || fault.HintOf(err) == "" && name != "too many meters" {
				t.Errorf("%v at %v (%s), want %q at %s", err, places, fault.HintOf(err), c.says, c.where)
			}
		})
	}
}

func TestFailuresOfSourceAndSinkAreNoFaultOfTheSheet(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, c := range map[string]struct {
		from io.Reader
		sink error
	}{
		"source":            {io.MultiReader(strings.NewReader(header), iotest.ErrReader(broken)), nil},
		"sink":              {strings.NewReader(header + lineWith(nil)), broken},
		"sink of the bad":   {strings.NewReader(header + lineWith(map[string]string{"UnitPrice": ""})), broken},
		"sink of the tiers": {strings.NewReader(header + rangeOf("1", "2")), broken},
	} {
		if _, err := Read(c.from, "USD", Limits{}, &recordtest.Collector{Err: c.sink}); !errors.Is(err, broken) || fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheOrderOfLinesAndColumnsMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		names := strings.Split(strings.TrimSpace(header), ",")
		var lines []map[string]string
		for range rapid.IntRange(0, 8).Draw(t, "lines") {
			one := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
			lines = append(lines, map[string]string{
				"ProductId": one("product", "P", "P", ""), "SkuId": one("sku", "1", "0001"), "TermDuration": one("term", "payG-1", "payG-1", "P1Y", "P2Y"), "Market": "US",
				"Currency": one("currency", "USD", "USD", "EUR"), "UnitPrice": one("price", "1", ".5", "x"), "EffectiveStartDate": one("start", "1/1/2025", "2025-01-01", "2026-01-01"),
				"MeterIds": one("meters", "a", "a;b", ""), "PricingTierRangeMin": one("min", "", "1", "101"), "PricingTierRangeMax": one("max", "", "100"), "EffectiveEndDate": one("end", "", "12/31/2026 11:59:00 PM"),
			})
		}
		write := func() string {
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
			text := strings.Join(names, ",") + ",BillingPlan\r\n"
			for _, line := range lines {
				for _, name := range names {
					text += line[name] + ","
				}
				text += "None\r\n"
			}
			return text
		}
		_, first := read(t, write())
		_, second := read(t, write())
		if diff := cmp.Diff(first.Said(), second.Said()); diff != "" {
			t.Fatalf("in another order (-first +second):\n%s", diff)
		}
	})
}

func TestAPriceIsNeverRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literal := rapid.StringMatching(`(0|[1-9][0-9]{0,19})?\.[0-9]{1,18}`).Draw(t, "literal")
		want, err := money.Parse(literal)
		if err != nil {
			t.Fatal(err)
		}
		_, got := read(t, header+lineWith(map[string]string{"UnitPrice": literal}))
		if len(got.Rows) != 1 || got.Rows[0].Price != want {
			t.Fatalf("%s: %s", literal, got.Text())
		}
	})
}

func FuzzRead(f *testing.F) {
	data, err := os.ReadFile("testdata/consumption.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(header + lineWith(nil) + rangeOf("1", "100") + rangeOf("101", "") + rangeOf("7", "")))
	f.Add([]byte(header + lineWith(map[string]string{"UnitPrice": "99999999999999999999999", "PricingTierRangeMin": "1e30", "MeterIds": ";;,"})))
	f.Add([]byte("\uFEFF" + header + "\"\"\"\xff\",,,US"))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{Bytes: 1 << 18, LineBytes: 1 << 12, Lines: 100, Meters: 10, HeldBytes: 1 << 17}
		var got, again recordtest.Collector
		sheet, err := Read(bytes.NewReader(data), "USD", limits, &got)
		_, errAgain := Read(iotest.OneByteReader(bytes.NewReader(data)), "USD", limits, &again)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) || got.Text() != again.Text() {
			t.Fatalf("read byte by byte it differs: %v, %v", err, errAgain)
		}
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 || sheet != (Sheet{}) {
				t.Fatalf("%v", err)
			}
			return
		}
		if sheet.Rows != len(got.Rows)+len(got.Bads) {
			t.Fatalf("%d rows counted, %d and %d handed over", sheet.Rows, len(got.Rows), len(got.Bads))
		}
		checkAgain(t, data, got, limits)
	})
}

// checkAgain reads the lines of what was handed over, below the sheet's own header: the same rows are accepted.
func checkAgain(t *testing.T, data []byte, got recordtest.Collector, limits Limits) {
	t.Helper()
	r, err := record.NewReader(bytes.NewReader(data), nil, record.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(nil)
	if first, err := r.Next(); err == nil {
		text = append(text, data[:first.Offset]...)
	}
	for _, raw := range got.Raw {
		text = append(append(text, raw...), '\n')
	}
	for i := range got.Bads {
		text = append(append(text, got.Bads[i].Raw...), '\n')
	}
	var again recordtest.Collector
	if len(got.Rows) == 0 {
		return
	}
	if _, err := Read(bytes.NewReader(text), "USD", Limits{}, &again); err != nil {
		t.Fatalf("the lines are not read again: %v", err)
	}
	for i := range got.Rows {
		found := false
		for j := range again.Rows {
			found = found || cmp.Equal(got.Rows[i], again.Rows[j], cmp.Comparer(func(a, b money.Decimal) bool { return a == b }))
		}
		if !found {
			t.Fatalf("row %d is read again as %s", i, again.Text())
		}
	}
}
