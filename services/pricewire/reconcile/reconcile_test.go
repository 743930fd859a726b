package reconcile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// TestALineIsJudgedAsIfItsGroupWereAlone: lines of many groups, in any order, over several chunks, are judged as each group's are one by one,
// and reported in the order of the file.
func TestALineIsJudgedAsIfItsGroupWereAlone(t *testing.T) {
	const lines = 2*chunk + 17
	random := rand.New(rand.NewPCG(3, 4))
	var content strings.Builder
	content.WriteString("\ufeffSubscription ID;Usage Date;Meter_ID;SkuId;ProductId;Quantity;Unit of measure;Cost;Tags\n")
	groups := map[bill.Group][]bill.Usage{}
	for i := range lines {
		u := bill.Usage{
			Charge: bill.Charge{Row: i + 2, Scope: fmt.Sprint("sub-", random.IntN(3)), Charged: money.Int(int64(random.IntN(9))), Currency: "USD"}, PriceList: "retail",
			Meter: fmt.Sprint("m", random.IntN(4)), SKU: "DZH/0001", Type: "Consumption", PriceCurrency: "USD", Quantity: money.Int(int64(random.IntN(40) - 4)), Unit: "1 Hour",
		}
		date := fmt.Sprintf("2026-%02d-%02dT%02d:00:00Z", random.IntN(3)+1, random.IntN(28)+1, random.IntN(24))
		u.Date = parsed(t, date)
		fmt.Fprintf(&content, "%s;%s;%s;1;DZH;%s;%s;%s;\"a;\nb\"\n", u.Scope, date, u.Meter, u.Quantity, u.Unit, u.Charged)
		groups[u.Group()] = append(groups[u.Group()], u)
	}
	expected := model(t, groups)
	c := meters(t)
	r := check(t, content.String(), c, thenPolicy())
	if r.Layout != UsageLayout || r.Lines != lines || len(r.Notes) != 1 || r.Notes[0].Column != "Tags" {
		t.Fatalf("%s of %d lines, %v", r.Layout, r.Lines, r.Notes)
	}
	for i, row := range cells(t, r.Table()) {
		want := expected[i+2]
		if row["row"] != fmt.Sprint(i+2) || row["expected"] != money.Currency("USD").Format(want.Expected) || row["reason"] != string(want.Reason) || row["note"] != want.Note {
			t.Fatalf("row %d: %v, want %+v", i+2, row, want)
		}
	}
	for question, times := range c.asked {
		if times > 1 {
			t.Errorf("%+v was asked %d times", question, times)
		}
	}
	for _, n := range c.requests {
		if n > mostAsked {
			t.Errorf("%d questions at once", n)
		}
	}
}

// model judges each group alone, in order of dates, found by looking for the earliest line again and again.
func model(t *testing.T, groups map[bill.Group][]bill.Usage) map[int]bill.Verdict {
	t.Helper()
	expected, policy, c := map[int]bill.Verdict{}, thenPolicy().Policy, meters(t)
	for _, lines := range groups {
		var used bill.Used
		for done := map[int]bool{}; len(done) < len(lines); {
			first := -1
			for i := range lines {
				if !done[i] && (first < 0 || lines[i].Date.Before(lines[first].Date)) {
					first = i
				}
			}
			done[first] = true
			u := &lines[first]
			check, err := u.Check(&policy, c.rates(u.Question(policy.Knowledge)), &used, nil)
			if err != nil {
				t.Fatal(err)
			}
			for check.Explain(c.rates) {
			}
			expected[u.Row] = check.Verdict
		}
	}
	return expected
}

func TestALicenceBillIsToldByItsHeader(t *testing.T) {
	r := check(t, `Country,ProductId,SkuId,TermDuration,BillingPlan,Quantity,SubscriptionStartDate,ChargeStartDate,ChargeEndDate,Currency,Subtotal
US,CFQ7TTC0LH18,1,P1Y,Monthly,3,2026-01-15,2026-02-15,2026-03-14T23:59:59Z,USD,30.00
us,CFQ7TTC0LH18,0001,P1Y,Annual,3,1/15/2026 9:30:00 AM,,,usd,500
`, licences(t), thenPolicy())
	rows := cells(t, r.Table())
	if r.Layout != LicenseLayout || len(rows) != 2 || rows[0]["reason"] != "match" || rows[0]["kind"] != "license" || rows[0]["sku"] != "0001" || rows[0]["source"] != "license-us-2026-01-r1" ||
		rows[1]["reason"] != "unexplained" || rows[1]["expected"] != "360.00" || rows[1]["difference"] != "140.00" || rows[1]["market"] != "US" || rows[1]["price_unit"] != "term" {
		t.Errorf("%v", rows)
	}
}

func TestEveryProblemOfABillIsNamedByRowAndColumnAndNothingIsAsked(t *testing.T) {
	c := meters(t)
	r := check(t, "scope,date,meter,sku,quantity,unit,charged,currency,type,reservation_term,paid\n"+
		"s,2026-01-01,m,P/1,1,1 Hour,1,USD,,,\n"+
		",soon,,,x,1 Hour,\"1,50\",QQX,,,\n"+
		"s,2026-01-01,m,P/1,1\n"+
		"\n"+
		"s,2026-01-01,m,P/1,1,1 Hour,1 \"x\",USD,,,\n"+
		"s,2026-01-01,m,P/1,1e13,1 Hour,1,USD,Reservation,a while,weekly\n"+
		"s,1800-01-01,"+strings.Repeat("m", 300)+",P/1,1,1 Hour,,USD,Reservation,,\n"+
		"s,2026-01-01,m\x01,P/1,1,1 Hour,\xff,USD,,,\n", c, thenPolicy())
	var got []string
	for _, p := range r.Problems {
		got = append(got, fmt.Sprint(p.Row, " ", p.Column, " ", p.Rule))
	}
	want := []string{
		"3 date not-a-date", "3 meter missing-value", "3 quantity not-a-number", "3 charged not-a-number", "3 currency unknown-currency", "3 scope missing-value", "3 sku missing-value",
		"4  wrong-column-count", "6  malformed-row", "7 quantity out-of-range", "7 paid unknown-word", "7 reservation_term unknown-word",
		"8 date out-of-range", "8 meter too-long", "8 charged missing-value", "8 reservation_term missing-value", "9 meter control-character", "9 charged not-utf-8",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.Lines != 7 || len(c.requests) != 0 || len(cells(t, r.Table())) != 0 {
		t.Errorf("%d lines, asked %v", r.Lines, c.requests)
	}
	r = check(t, "market,product,sku,term,billing,tier,seats,ordered,currency,charged,charge_start,charge_end,frequency\n"+
		"US,P,1,P1Y,Corporate,x,1.5,2026-01-01,,1,2026-02-01,2026-01-01,often\n"+
		"US,P,1,P1Y,Monthly,,2000000000,2026-01-01,USD,1,2026-02-01,,\n"+
		"US,P,1,P1Y,Monthly,,1,2026-01-01,USD,1,1990-02-01,2200-01-01,\n", licences(t), thenPolicy())
	got = nil
	for _, p := range r.Problems {
		got = append(got, fmt.Sprint(p.Row, " ", p.Column, " ", p.Rule))
	}
	want = []string{"2 frequency unknown-word", "2 currency missing-value", "2 seats out-of-range", "2 tier not-a-number", "2 charge_end out-of-range", "3 seats out-of-range", "3 charge_end missing-value", "4 charge_end out-of-range"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestProblemsBeyondTheFirstAreCounted(t *testing.T) {
	var content strings.Builder
	content.WriteString("scope,date,meter,sku,quantity,charged\n")
	for range mostProblems + 5 {
		content.WriteString("s,2026-01-01,m,P/1,many,1\n")
	}
	if r := check(t, content.String(), meters(t), thenPolicy()); len(r.Problems) != mostProblems || r.More != 5 {
		t.Errorf("%d and %d", len(r.Problems), r.More)
	}
}

func TestAFileThatIsNoBillIsRefused(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "blank": "\n\n", "no header": "a,b,c\n1,2,3\n", "header alone": "scope,date,meter,sku,quantity,charged\n", "workbook": "PK\x03\x04abc", "JSON": `{"lines":[]}`,
		"gzip": "\x1f\x8b\x08", "UTF-16": "\xff\xfes\x00", "twice": "scope,date,date,meter,sku,quantity,charged\ns,2026-01-01,2026-01-01,m,P/1,1,1\n",
		"missing": "scope,date,sku,quantity,charged\ns,2026-01-01,P/1,1,1\n", "never closed": "scope,date,meter,sku,quantity,charged\n\"" + strings.Repeat("x", 1<<17),
	} {
		r, err := Check(t.Context(), strings.NewReader(content), meters(t), Options{Dir: t.TempDir()})
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestAnAmountThatCannotBeIsToldByItsRow(t *testing.T) {
	c := meters(t)
	_, err := Check(t.Context(), strings.NewReader("scope,date,meter,sku,quantity,unit,charged\ns,2026-01-01,m,P/1,1,1M,1\ns,2026-01-01,m,P/1,900000000000,100 Hours,1\n"), c, thenPolicy())
	if !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 || fault.PlacesOf(err)[0].Where != "row 3" {
		t.Errorf("%v %v", err, fault.PlacesOf(err))
	}
}

func TestTemporaryFilesGoWhateverHappens(t *testing.T) {
	dir := t.TempDir()
	o := thenPolicy()
	o.Dir = dir
	left := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	const content = "scope,date,meter,sku,quantity,charged\ns,2026-01-01,m,P/1,1,1\n"
	if _, err := Check(t.Context(), strings.NewReader(content), broken{errors.New("no server")}, o); err == nil || left() != 0 {
		t.Errorf("%v, %d left", err, left())
	}
	if _, err := Check(t.Context(), strings.NewReader("x"), meters(t), o); err == nil || left() != 0 {
		t.Errorf("%v, %d left", err, left())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(ctx, strings.NewReader(content), meters(t), o); !errors.Is(err, context.Canceled) || left() != 0 {
		t.Errorf("%v, %d left", err, left())
	}
	r, err := Check(t.Context(), strings.NewReader(content), meters(t), o)
	if err != nil || left() != 1 {
		t.Fatal(err, left())
	}
	r.Close()
	if left() != 0 {
		t.Errorf("%d left", left())
	}
	o.Dir = dir + "/nowhere"
	if _, err := Check(t.Context(), strings.NewReader(content), meters(t), o); err == nil {
		t.Error("there is no such folder")
	}
}

// broken is a server that is not there.
type broken struct{ err error }

func (b broken) Rates(context.Context, []bill.RateQuestion) ([]bill.Scale, error) { return nil, b.err }

func (b broken) Prices(context.Context, []bill.PriceQuestion) ([]bill.Prices, error) {
	return nil, b.err
}

func TestExchangeRatesAreReadFromAFileOrAskedForTheMonth(t *testing.T) {
	rates, err := ReadExchange(strings.NewReader("CurrencyCode,USDPerUnit,Month\nEUR,1.25,202601\nEUR,1.25,2026-01\nGBP,1.5,2026-01\n"))
	if err != nil || len(rates) != 2 {
		t.Fatal(rates, err)
	}
	const content = "scope,date,meter,sku,quantity,unit,charged,currency\ns,2026-01-31,m,P/1,10,1 Hour,1.20,EUR\ns,2026-02-01,m,P/1,10,1 Hour,1.20,EUR\n"
	o := thenPolicy()
	o.Exchange = rates
	rows := cells(t, check(t, content, meters(t), o).Table())
	if rows[0]["reason"] != "match" || rows[0]["exchange_rate"] != "0.8" || rows[1]["reason"] != "missing_exchange_rate" {
		t.Errorf("%v", rows)
	}
	c := meters(t)
	usual := c.rates
	c.rates = func(q bill.RateQuestion) bill.Scale {
		if q.PriceList != "fx" {
			return usual(q)
		}
		if q.MeterID != "EUR" || q.SKUID != "EUR" || q.Type != "ExchangeRate" || q.Currency != "USD" || !q.KnownAt.IsZero() {
			t.Errorf("%+v", q)
		}
		return bill.NewScale([]bill.Rate{{Price: dec(t, "1.25"), From: parsed(t, "2026-01-01T00:00:00Z")}}) // the last that is known
	}
	rows = cells(t, check(t, content, c, thenPolicy()).Table())
	if rows[0]["reason"] != "match" || rows[1]["reason"] != "missing_exchange_rate" {
		t.Errorf("%v", rows)
	}
	for name, wrong := range map[string]string{
		"two rates": "CurrencyCode,USDPerUnit,Month\nEUR,1.25,202601\nEUR,1.5,202601\n", "no currency": "CurrencyCode,USDPerUnit,Month\nQQX,1.25,202601\n", "zero": "CurrencyCode,USDPerUnit,Month\nEUR,0,202601\n",
		"no month": "CurrencyCode,USDPerUnit,Month\nEUR,1,202613\n", "empty": "",
	} {
		if got, err := ReadExchange(strings.NewReader(wrong)); !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) == 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestLicencesAreConvertedByTheFileOrByWhatTheListSaysOfTheMonth(t *testing.T) {
	const content = `CustomerCountry,ProductId,SkuId,TermDuration,BillingPlan,Quantity,Subtotal,BillingCurrency,PricingCurrency,SubscriptionStartDate,ChargeStartDate,ChargeEndDate
DE,P,1,P1Y,Monthly,1,8.00,EUR,USD,2026-01-15,2026-01-15,2026-02-15
DE,P,1,P1Y,Monthly,1,8.00,EUR,USD,2026-01-15,2026-02-15,2026-03-15
DE,P,1,P1Y,Monthly,1,10.00,USD,,2026-01-15,2026-02-15,2026-03-15
`
	rates, err := ReadExchange(strings.NewReader("CurrencyCode,USDPerUnit,Month\nEUR,1.25,2026-01\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := thenPolicy()
	o.Exchange = rates
	asking := licences(t)
	asking.rates = func(q bill.RateQuestion) bill.Scale {
		if q.PriceList != "fx" || q.MeterID != "EUR" {
			t.Errorf("%+v", q)
		}
		return bill.NewScale([]bill.Rate{{Price: dec(t, "1.25"), From: parsed(t, "2026-01-01T00:00:00Z")}})
	}
	for name, r := range map[string]*Result{"file": check(t, content, licences(t), o), "list": check(t, content, asking, thenPolicy())} {
		rows := cells(t, r.Table())
		if rows[0]["reason"] != "match" || rows[0]["exchange_rate"] != "0.8" || rows[0]["price_currency"] != "USD" || rows[0]["expected"] != "8.00" {
			t.Errorf("%s: %v", name, rows[0])
		}
		if rows[1]["reason"] != "missing_exchange_rate" || rows[1]["note"] != "USD to EUR in 2026-02" || rows[2]["reason"] != "match" || rows[2]["exchange_rate"] != "" {
			t.Errorf("%s: %v, %v", name, rows[1], rows[2])
		}
	}
	r := check(t, strings.Replace(content, "EUR,USD", "EUR,QQX", 1), licences(t), o)
	if len(r.Problems) != 1 || r.Problems[0].Column != "price_currency" {
		t.Errorf("%+v", r.Problems)
	}
}
