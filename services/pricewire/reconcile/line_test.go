package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/bill"
)

// column is a column of a report, row by row.
func column(t *testing.T, r *Result, name string) string {
	t.Helper()
	var all []string
	for _, row := range cells(t, r.Table()) {
		all = append(all, row[name])
	}
	return strings.Join(all, ", ")
}

// problemsOf are the problems of a bill, and makes sure that nothing was asked.
func problemsOf(t *testing.T, content string, c *catalogue) string {
	t.Helper()
	r := check(t, content, c, thenPolicy())
	if len(c.requests) != 0 {
		t.Errorf("asked %v", c.requests)
	}
	var all []string
	for _, p := range r.Problems {
		all = append(all, fmt.Sprint(p.Row, " ", p.Column, " ", p.Rule))
	}
	return strings.Join(all, ", ")
}

func TestAGroupIsOneHoweverItsIdsAreWritten(t *testing.T) {
	c := meters(t)
	r := check(t, `SubscriptionId,date,MeterId,ProductId,SkuId,type,price_list,quantity,unit,charged
0008FC59-F088-5D25-8E72-147EC2E66261,2026-01-10,AAAAAAAA-f088-5d25-8e72-147ec2e66261,dzh318z092qw,7h,consumption,Retail,100,1 Hour,15.00
0008fc59-f088-5d25-8e72-147ec2e66261,2026-01-11,aaaaaaaa-F088-5d25-8e72-147ec2e66261,DZH318Z092QW,7H,CONSUMPTION,,100,1 Hour,12.50
0008fc59-f088-5d25-8e72-147ec2e66261,2026-01-12,aaaaaaaa-F088-5d25-8e72-147ec2e66261,,dzh318z092qw/7h,,RETAIL,100,1 Hour,12.50
`, c, thenPolicy())
	if got := column(t, r, "reason"); got != "match, match, match" {
		t.Errorf("%s", got)
	}
	for asked := range c.asked {
		if q, ok := asked.(bill.RateQuestion); !ok || q.MeterID != "aaaaaaaa-f088-5d25-8e72-147ec2e66261" || q.SKUID != "DZH318Z092QW/7H" || q.Type != "Consumption" || q.PriceList != "retail" {
			t.Errorf("%+v", asked)
		}
	}
	c = meters(t)
	check(t, "scope,date,meter,sku,price_list,quantity,charged\ns,2026-01-10,dzh/1a,dzh/1a,Price-Sheet,1,1\n", c, thenPolicy())
	for asked := range c.asked {
		if q, ok := asked.(bill.RateQuestion); !ok || q.MeterID != "DZH/1A" || q.SKUID != "DZH/1A" || q.PriceList != "price-sheet" {
			t.Errorf("%+v", asked)
		}
	}
	c = meters(t)
	check(t, "scope,date,meter,sku,type,price_list,quantity,charged\nsub-A,2026-01-10,Requests,requests,Spot,RateCard,1,1\n", c, thenPolicy())
	for asked := range c.asked {
		if q, ok := asked.(bill.RateQuestion); !ok || q.MeterID != "Requests" || q.SKUID != "Requests" || q.Type != "Spot" || q.PriceList != "ratecard" {
			t.Errorf("what is no GUID, and no word that is known, is another: %+v", asked)
		}
	}
}

func TestALicenceIsAskedForAsListsWriteIt(t *testing.T) {
	c := licences(t)
	check(t, `market,product,sku,term,billing,seats,ordered,currency,charged
us,cfq7ttc0lh18,00a1,p1y,MONTHLY,1,2026-01-15,usd,10
US,031c9e47-4802-4248-838e-778fb1d2cc05,corporate,1 month(s),academic,1,2026-01-15,USD,10
US,031C9E47-4802-4248-838E-778FB1D2CC05,Corporate,1 Month(s),STUDENT,1,2026-01-15,USD,10
`, c, thenPolicy())
	asked := map[string]bool{}
	for a := range c.asked {
		if q, ok := a.(bill.PriceQuestion); ok {
			asked[strings.Join([]string{q.Market, q.Product, q.SKU, q.Term, q.Plan}, " ")] = true
		}
	}
	for _, want := range []string{
		"US CFQ7TTC0LH18 00A1 P1Y Monthly", "US 031C9E47-4802-4248-838E-778FB1D2CC05 Corporate 1 Month(s) academic", "US 031C9E47-4802-4248-838E-778FB1D2CC05 Corporate 1 Month(s) Student",
	} {
		if !asked[want] {
			t.Errorf("%s is not asked for: %v", want, asked)
		}
	}
	if len(asked) != 3 {
		t.Errorf("%v", asked)
	}
}

const partnerHeader = "CustomerCountry,ProductId,SkuId,TermDuration,BillingPlan,Currency,Subtotal,"

func TestTheDayOfABillingEventIsNotThatOfTheOrder(t *testing.T) {
	_, err := Check(t.Context(), strings.NewReader(partnerHeader+"Quantity,OrderDate\nUS,P,1,P1Y,Monthly,USD,10,1,2026-01-15\n"), licences(t), Options{Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "ordered") {
		t.Errorf("%v", err)
	}
	for header, row := range map[string]string{
		"Quantity,OrderDate,SubscriptionStartDate":                           "1,2026-03-01,2026-01-15",
		"Quantity,OrderDate,Ordered":                                         "1,2026-03-01,2026-01-15",
		"Quantity,Ordered,SubscriptionStartDate":                             "1,2026-01-15,2025-01-15",
		"BillableQuantity,Ordered,SubscriptionStartDate":                     "1,,2026-01-15",
		"BillableQuantity,Quantity,SubscriptionStartDate":                    "1,1,2026-01-15",
		"BillableQuantity,Seats,SubscriptionStartDate,ordered,ChargeType":    "1,1,2025-01-15,2026-01-15,new",
		"BillableQuantity,Licenses,Ordered,ChargeType,PartnerId,ProductName": "1,1,2026-01-15,new,a,b",
	} {
		r := check(t, partnerHeader+header+"\nUS,P,1,P1Y,Monthly,USD,10,"+row+"\n", licences(t), thenPolicy())
		if r.Layout != LicenseLayout || column(t, r, "ordered") != "2026-01-15T00:00:00Z" || column(t, check(t, partnerHeader+header+"\nUS,P,1,P1Y,Monthly,USD,10,"+row+"\n", licences(t), thenPolicy()), "reason") != "match" {
			t.Errorf("%s: %s", header, r.Layout)
		}
	}
}

func TestWhatIsBilledOfAQuantityCounts(t *testing.T) {
	r := check(t, partnerHeader+`Quantity,BillableQuantity,Ordered
US,P,1,P1Y,Monthly,USD,20,1,2,2026-01-15
US,P,1,P1Y,Monthly,USD,20,2,2.0,2026-01-15
US,P,1,P1Y,Monthly,USD,30,1,3,2026-01-15
US,P,1,P1Y,Monthly,USD,10,1,,2026-01-15
`, licences(t), thenPolicy())
	if got := column(t, r, "seats"); got != "2, 2, 3, 1" || len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "2 lines, first in row 2") {
		t.Errorf("%s, %v", got, r.Remarks)
	}
	r = check(t, "scope,date,meter,sku,quantity,billable quantity,unit,charged\ns,2026-01-10,m,P/1,9,10,1 Hour,1.50\n", meters(t), thenPolicy())
	if r.Layout != UsageLayout || column(t, r, "quantity") != "10" || len(r.Remarks) != 1 {
		t.Errorf("%s, %v", r.Layout, r.Remarks)
	}
	r = check(t, "scope,date,meter,sku,BillableQuantity,unit,charged\ns,2026-01-10,m,P/1,10,1 Hour,1.50\n", meters(t), thenPolicy())
	if column(t, r, "reason") != "match" || len(r.Remarks) != 0 {
		t.Errorf("%v", r.Remarks)
	}
	if got := problemsOf(t, "scope,date,meter,sku,quantity,BillableQuantity,charged\ns,2026-01-10,m,P/1,9,x,1.50\n", meters(t)); got != "2 billable_quantity not-a-number" {
		t.Errorf("%s", got)
	}
}

func TestAFrequencyRefusesNoBillWhosePlansSayHowOftenTheyPay(t *testing.T) {
	r := check(t, partnerHeader+`Quantity,Ordered,BillingFrequency
US,P,1,P1Y,Monthly,USD,10,1,2026-01-15,OneTime
US,P,1,P1Y,Monthly,USD,10,1,2026-01-15,whenever
US,P,1,P1Y,Annual,USD,120,1,2026-01-15,Monthly
US,P,1,P1Y,None,USD,120,1,2026-01-15,None
US,P,1,P1Y,None,USD,120,1,2026-01-15,ONETIME
US,P,1,P1Y,None,USD,10,1,2026-01-15,Monthly
`, licences(t), thenPolicy())
	if got := column(t, r, "reason"); got != "match, match, match, match, match, match" {
		t.Errorf("%v %s", r.Problems, got)
	}
	if got := problemsOf(t, partnerHeader+"Quantity,Ordered,BillingFrequency\nUS,P,1,P1Y,None,USD,10,1,2026-01-15,whenever\n", licences(t)); got != "2 frequency unknown-word" {
		t.Errorf("%s", got)
	}
}

func TestTheDateThatAChargeEndsWithIsTheLastDayOrTheOneBehind(t *testing.T) {
	content := func(ends ...string) string {
		var b strings.Builder
		b.WriteString(partnerHeader + "Quantity,Ordered,ChargeStartDate,ChargeEndDate\n")
		for _, end := range ends {
			b.WriteString("US,P,1,P1Y,Monthly,USD,10,1,2026-01-01,2026-01-01," + end + "\n")
		}
		return b.String()
	}
	for _, c := range []struct {
		inclusive bool
		end, want string
		remark    bool
	}{
		{true, "2026-01-31", "match", false},
		{true, "1/31/2026", "match", false},
		{true, "2026-01-31T00:00:00Z", "match", false},
		{true, "2026-01-31T23:59:59Z", "match", false},
		{false, "2026-01-31T23:59:59Z", "match", false},
		{false, "2026-02-01", "match", false},
		{false, "2026-01-31", "proration", true},
	} {
		o := thenPolicy()
		o.EndsInclusive = c.inclusive
		r := check(t, content(c.end), licences(t), o)
		if got := column(t, r, "reason"); got != c.want || len(r.Remarks) == 1 != c.remark {
			t.Errorf("%+v: %s, %v", c, got, r.Remarks)
		}
	}
	r := check(t, content("2026-01-31", "2026-02-28", "2026-03-31"), licences(t), thenPolicy())
	if len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "--charge-end inclusive") {
		t.Errorf("%v", r.Remarks)
	}
	if r := check(t, content("2026-01-31", "2026-02-27"), licences(t), thenPolicy()); len(r.Remarks) != 0 {
		t.Errorf("one ends within a month: %v", r.Remarks)
	}
}

func TestWhatTheServerWouldRefuseIsAProblemOfItsRow(t *testing.T) {
	half := strings.Repeat("p", 130)
	if got := problemsOf(t, "scope,date,meter,product,sku,quantity,charged\ns,2026-01-10,m,"+half+","+half+",1,1\ns,2026-01-10,m,"+half+","+half[:125]+",1,1\n", meters(t)); got != "2 sku too-long" {
		t.Errorf("%s", got)
	}
	if got := problemsOf(t, "market,product,sku,term,billing,seats,ordered,currency,charged\nUK,P,1,P1Y,Monthly,1,2026-01-15,USD,1\nGermany,P,1,P1Y,Monthly,1,2026-01-15,USD,1\nde,P,1,P1Y,Monthly,1,2026-01-15,USD,1\n,P,1,P1Y,Monthly,1,2026-01-15,USD,1\n", licences(t)); got != "2 market unknown-market, 3 market unknown-market, 5 market missing-value" {
		t.Errorf("%s", got)
	}
}

func TestTheReportNamesThePlaceOfEveryTierThatPricesALine(t *testing.T) {
	c := meters(t)
	usual := c.rates
	c.rates = func(q bill.RateQuestion) bill.Scale {
		rates := usual(q).Rates()
		for i := range rates {
			rates[i].Place = bill.Place{Stream: "RATES_USD@1", Sequence: uint64(40 + i), Row: uint32(i)}
		}
		return bill.NewScale(rates)
	}
	r := check(t, "scope,date,meter,sku,quantity,unit,charged\ns,2026-01-10,m,P/1,50,1 Hour,1\ns,2026-01-11,m,P/1,2000,1 Hour,1\n", c, thenPolicy())
	rows := cells(t, r.Table())
	if rows[0]["source_stream"] != "RATES_USD@1" || rows[0]["source_seq"] != "40" || rows[0]["source_row"] != "0" {
		t.Errorf("%v", rows[0])
	}
	if rows[1]["source_stream"] != "RATES_USD@1" || rows[1]["source_seq"] != "40;41;42" || rows[1]["source_row"] != "0;1;2" {
		t.Errorf("%v", rows[1])
	}
	if got := column(t, check(t, "scope,date,meter,sku,quantity,unit,charged\ns,2026-01-10,m,P/1,50,1 Hour,1\n", meters(t), thenPolicy()), "source_seq"); got != "" {
		t.Errorf("a server that does not say: %s", got)
	}
	if got := placeCells([]bill.Place{{Stream: "A@1", Sequence: 1}, {Stream: "A@2", Sequence: 2}}); strings.Join(got, " ") != "A@1;A@2 1;2 0;0" {
		t.Errorf("%v", got)
	}
}
