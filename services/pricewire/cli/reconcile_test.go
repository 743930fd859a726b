package cli

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// azure has meters as lists have them: hours that were corrected afterwards, operations in blocks of 10,000 with tiers, a reservation.
func azure(t *testing.T) *bulk {
	t.Helper()
	b := serveBulk(t)
	machine := rate.Identity{PriceList: "retail", Currency: "USD", MeterID: "0008fc59-f088-5d25-8e72-147ec2e66261", SKUID: "DZH318Z092QW/007H", Type: "Consumption"}
	b.observe(machine, "1 Hour", "0.4", "0", "2025-06-01", "2025-06-01T06:00:00Z")
	b.observe(machine, "1 Hour", "0.5", "0", "2026-01-01", "2026-01-01T06:00:00Z")
	b.observe(machine, "1 Hour", "0.45", "0", "2026-01-01", "2026-01-20T06:00:00Z") // it was wrong
	for _, tier := range [][2]string{{"0", "0.05"}, {"10", "0.04"}} {
		operations := rate.Identity{PriceList: "retail", Currency: "USD", MeterID: "11111111-2222-3333-4444-555555555555", SKUID: "DZH318Z0BNXT/0001", Type: "Consumption", Tier: b.dec(tier[0])}
		b.observe(operations, "10K", tier[1], "0", "2025-01-01", "2025-01-01T06:00:00Z")
	}
	reserved := machine
	reserved.Type, reserved.ReservationTerm = rate.Reservation, "1 Year"
	b.observe(reserved, "1 Hour", "2400", "0", "2025-06-01", "2025-06-01T06:00:00Z")
	card := rate.Identity{PriceList: "ratecard", Currency: "EUR", MeterID: "m-storage", SKUID: "m-storage", Type: "Consumption"}
	b.observe(card, "GB", "0.1", "5", "2025-01-01", "2025-01-01T06:00:00Z")
	euro := rate.Identity{PriceList: "fx", Currency: "USD", MeterID: "EUR", SKUID: "EUR", Type: "ExchangeRate"}
	b.observe(euro, "1 EUR", "1.25", "0", "2026-01-01", "2026-02-03T06:00:00Z")
	return b
}

const usageBill = `SubscriptionId,UsageDate,MeterId,SkuId,Quantity,UnitOfMeasure,Cost,BillingCurrency,PriceType,reservation_term,price_list,price_currency,Department
sub-1,2026-01-10,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,24,1 Hour,12.00,USD,,,,,a
sub-1,2026-01-11,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,24,1 Hour,10.80,USD,,,,,a
sub-1,2026-01-12,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,24,1 Hour,9.60,USD,,,,,a
sub-1,2026-01-13,11111111-2222-3333-4444-555555555555,DZH318Z0BNXT/0001,50000,1,0.20,USD,,,,,a
sub-1,2026-01-12,11111111-2222-3333-4444-555555555555,DZH318Z0BNXT/0001,10,10K,0.50,USD,,,,,a
sub-2,2026-01-12,11111111-2222-3333-4444-555555555555,DZH318Z0BNXT/0001,10,10K,0.40,USD,,,,,a
sub-1,2026-01-12,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,1,,200,USD,Reservation,P1Y,,,a
sub-1,2026-01-12,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,10,Hours,4.00,EUR,,,,,a
=sum(A1),2026-01-12,m-storage,,8,GB,0.30,EUR,,,ratecard,EUR,a
sub-1,2026-01-12,no-such-meter,P/1,1,1 Hour,1,USD,,,,,a
sub-3,2026-01-12,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,24,1 Hour,11.11,USD,,,,,a
`

// reasonsOf reads the reasons of a report in CSV, row by row.
func reasonsOf(t *testing.T, report string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(report, "\ufeff"))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatal(err, report)
	}
	column := -1
	for i, name := range rows[0] {
		if name == "reason" {
			column = i
		}
	}
	var reasons []string
	for _, row := range rows[1:] {
		reasons = append(reasons, row[0]+" "+row[column])
	}
	return strings.Join(reasons, ", ")
}

func TestABillOfUsageIsCheckedAgainstTheServer(t *testing.T) {
	b := azure(t)
	bill := file(t, t.TempDir(), "usage.csv", usageBill)
	out, errs, code := invoke(t, "reconcile", bill, "-o", "csv", "--server", b.URL)
	const want = "2 match, 3 price_known_later, 4 old_price, 5 match, 6 match, 7 other_tier, 8 match, 9 match, 10 match, 11 missing_price, 12 unexplained"
	if code != exitOK || reasonsOf(t, out) != want {
		t.Errorf("exit %d: %s%s\nwant %s", code, out, errs, want)
	}
	for _, said := range []string{"11 lines: 6 as expected, 5 differ", "columns left out: Department"} {
		if !strings.Contains(errs, said) {
			t.Errorf("%q is not said: %s", said, errs)
		}
	}
	for _, row := range []string{
		"2,sub-1,usage,2026-01-10T00:00:00Z,retail,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,Consumption,,24,1 Hour,USD,12.00,12.00,0.00,match,,0.50,USD,1 Hour,0,,retail crawl of 2026-01-01T06:00:00Z,2026-01-01T00:00:00Z,2026-01-01T06:00:00Z,RATES_USD@1,2,0",
		",RATES_USD@1,5,0\n", // of the second tier
		`3,sub-1,usage,2026-01-11T00:00:00Z,retail,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,Consumption,,24,1 Hour,USD,10.80,12.00,-1.20,price_known_later,"0.45 USD from 2026-01-01, known since 2026-01-20T06:00:00Z",0.50,USD`,
		"10,'=sum(A1),usage,", // not a formula
		"9,sub-1,usage,2026-01-12T00:00:00Z,retail,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,Consumption,,10,Hours,EUR,4.00,4.00,0.00,match,,0.50,USD,1 Hour,0,0.8,",
	} {
		if !strings.Contains(out, row) {
			t.Errorf("the report lacks %s: %s", row, out)
		}
	}
	if b.asked["/v1/rates:lookup"] > 40 || b.asked["/v1/prices:lookup"] != 0 {
		t.Errorf("%v questions", b.asked)
	}
}

func TestWhoseKnowledgeCountsIsAFlag(t *testing.T) {
	b := azure(t)
	bill := file(t, t.TempDir(), "usage.csv", usageBill)
	for known, want := range map[string]string{
		"then": "2 match, 3 price_known_later", "now": "2 old_price, 3 match", "2026-01-15": "2 match, 3 price_known_later", "2026-02-01T00:00:00Z": "2 old_price, 3 match",
	} {
		out, errs, code := invoke(t, "reconcile", bill, "-o", "csv", "--known-at", known, "--server", b.URL)
		if code != exitOK || !strings.HasPrefix(reasonsOf(t, out), want) {
			t.Errorf("%s: exit %d: %s%s", known, code, reasonsOf(t, out), errs)
		}
		if noted := strings.Contains(out, "unit and included quantity are of a row known since 2026-01-20T06:00:00Z"); noted != strings.HasPrefix(want, "2 old_price") {
			t.Errorf("%s: the row of the last attributes is noted: %v", known, noted)
		}
	}
}

func TestABillOfLicencesIsCheckedAgainstTheServer(t *testing.T) {
	b := serveBulk(t)
	line := func(unit string) *pricelist.Line {
		return &pricelist.Line{
			Identity:  pricelist.Identity{Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1Y", Billing: "Monthly"},
			UnitPrice: b.dec(unit), ERPPrice: b.dec("150"), Basis: pricelist.PerTerm, Effective: effective.Period{},
		}
	}
	b.release("license-us-2026-01-r1", "2026-01-01", "2025-12-02", 1, line("120"))
	b.release("license-us-2026-02-r1", "2026-02-01", "2026-01-02", 1, line("132"))
	bill := file(t, t.TempDir(), "licences.csv", `SubscriptionId,Market,ProductId,SkuId,TermDuration,BillingPlan,Seats,Ordered,OrderDate,ChargeStartDate,ChargeEndDate,Charged,Currency
sub-1,US,CFQ7TTC0LH18,1,P1Y,Monthly,3,2026-01-15,2026-03-15,2026-03-15,2026-04-15,30,USD
sub-1,US,CFQ7TTC0LH18,1,P1Y,Monthly,2,2026-01-15,2026-03-02,2026-03-01,2026-03-15,10.00,USD
sub-2,US,CFQ7TTC0LH18,1,P1Y,Monthly,3,2026-02-15,2026-03-02,,,30,USD
sub-3,US,CFQ7TTC0LH18,1,P1Y,Monthly,3,2026-01-15,2026-03-02,,,27,USD
`)
	out, errs, code := invoke(t, "reconcile", bill, "-o", "csv", "--server", b.URL)
	if code != exitOK || reasonsOf(t, out) != "2 match, 3 match, 4 old_price, 5 unexplained" || !strings.Contains(out, "license_prorated") || !strings.Contains(out, "license-us-2026-02-r1,,2026-01-02T00:00:00Z,PRICES@1,3,0") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if b.asked["/v1/rates:lookup"] != 0 {
		t.Errorf("%v", b.asked)
	}
}

func TestWhetherAChargesLastDayIsInItIsAFlag(t *testing.T) {
	b := serveBulk(t)
	b.release("license-us-2026-01-r1", "2026-01-01", "2025-12-02", 1, &pricelist.Line{
		Identity:  pricelist.Identity{Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1Y", Billing: "Monthly"},
		UnitPrice: b.dec("120"), ERPPrice: b.dec("150"), Basis: pricelist.PerTerm,
	})
	bill := file(t, t.TempDir(), "licences.csv", `market,product,sku,term,billing,Quantity,BillableQuantity,ordered,ChargeStartDate,ChargeEndDate,charged,currency
US,CFQ7TTC0LH18,1,P1Y,Monthly,1,2,2026-01-01,2026-03-01,2026-03-31,20,USD
`)
	for args, want := range map[string]string{"": "2 proration", "--charge-end exclusive": "2 proration", "--charge-end inclusive": "2 match"} {
		out, errs, code := invoke(t, append([]string{"reconcile", bill, "-o", "csv", "--server", b.URL}, strings.Fields(args)...)...)
		if code != exitOK || reasonsOf(t, out) != want || strings.Contains(errs, "--charge-end inclusive") != (want == "2 proration") || strings.Count(errs, "BillableQuantity is another") != 1 {
			t.Errorf("%s: exit %d: %s%s", args, code, out, errs)
		}
	}
}

func TestAReportComesInEveryFormAndIntoAFile(t *testing.T) {
	b := azure(t)
	dir := t.TempDir()
	bill := file(t, dir, "usage.csv", usageBill)
	for _, form := range []string{"table", "json", "ndjson", "csv"} {
		for _, args := range [][]string{nil, {"--report", filepath.Join(dir, "report.csv")}, {"--report", filepath.Join(dir, "report.ndjson"), "--only", "differences"}} {
			out, errs, code := invoke(t, append([]string{"reconcile", bill, "-o", form, "--server", b.URL}, args...)...)
			if code != exitOK {
				t.Fatalf("%s %v: exit %d: %s", form, args, code, errs)
			}
			checkForm(t, form, strings.TrimPrefix(out, "\ufeff"))
			if lines := strings.Contains(out+errs, "known since 2026-01-20"); lines != (args == nil) || !strings.Contains(out+errs, "missing_price") {
				t.Errorf("%s %v: %s%s", form, args, out, errs)
			}
		}
	}
	if report := text(t, filepath.Join(dir, "report.csv")); strings.Count(report, "\n") != 12 || !strings.Contains(report, "'=sum(A1)") {
		t.Errorf("%s", report)
	}
	var lines int
	for line := range strings.Lines(text(t, filepath.Join(dir, "report.ndjson"))) {
		var row struct{ Reason, Charged string }
		if err := json.Unmarshal([]byte(line), &row); err != nil || row.Reason == "match" || row.Charged == "" {
			t.Errorf("%s %v", line, err)
		}
		lines++
	}
	if lines != 5 {
		t.Errorf("%d lines differ, want 5", lines)
	}
	var all struct {
		Lines  []map[string]any
		Totals []struct {
			Currency, Kind, Reason, Charged string
			Lines                           int
		}
	}
	out, _, _ := invoke(t, "reconcile", bill, "-o", "json", "--server", b.URL)
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all.Lines) != 11 || all.Lines[2]["row"] != 4.0 {
		t.Fatal(err, out)
	}
	sum := 0
	for _, total := range all.Totals {
		sum += total.Lines
	}
	if first := all.Totals[0]; sum != 11 || first.Currency != "EUR" || first.Reason != "match" || first.Charged != "4.30" || first.Lines != 2 {
		t.Errorf("%+v", all.Totals)
	}
}

func TestDifferencesAreNoFailureUnlessTheyAreToBe(t *testing.T) {
	b := azure(t)
	bill := file(t, t.TempDir(), "usage.csv", usageBill)
	if _, errs, code := invoke(t, "reconcile", bill, "--fail-on-difference", "--server", b.URL); code != exitRefused || !strings.Contains(errs, "5 of 11 lines differ") {
		t.Errorf("exit %d: %s", code, errs)
	}
	header, _, _ := strings.Cut(usageBill, "\n")
	good := file(t, t.TempDir(), "usage.csv", header+"\nsub-1,2026-01-10,0008fc59-f088-5d25-8e72-147ec2e66261,DZH318Z092QW/007H,24,1 Hour,12.01,USD,,,,,a\n")
	if out, errs, code := invoke(t, "reconcile", good, "--fail-on-difference", "--tolerance", "0.01", "--server", b.URL); code != exitOK || !strings.Contains(out, "rounding") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if out, _, code := invoke(t, "reconcile", good, "--fail-on-difference", "--server", b.URL); code != exitRefused || !strings.Contains(out, "unexplained") {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestExchangeRatesComeFromAFileInsteadOfTheServer(t *testing.T) {
	b := azure(t)
	dir := t.TempDir()
	bill := file(t, dir, "usage.csv", usageBill)
	rates := file(t, dir, "fx.csv", "CurrencyCode,USDPerUnit,Month\nEUR,1.00,202601\n")
	out, errs, code := invoke(t, "reconcile", bill, "--fx", rates, "-o", "csv", "--server", b.URL)
	if code != exitOK || !strings.Contains(out, "EUR,4.00,5.00,-1.00,old_price") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	wrong := file(t, dir, "wrong.csv", "CurrencyCode,USDPerUnit,Month\nEUR,none,202601\nQQX,1,202601\n")
	if _, errs, code := invoke(t, "reconcile", bill, "--fx", wrong, "--server", b.URL); code != exitFailure || !strings.Contains(errs, "line 2") || !strings.Contains(errs, "line 3") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestProblemsOfABillAreAllNamedAndNothingIsChecked(t *testing.T) {
	b := azure(t)
	dir := t.TempDir()
	old := file(t, dir, "report.csv", "old")
	bill := file(t, dir, "usage.csv", "scope,date,meter,sku,quantity,charged\ns,soon,m,P/1,1,1\n"+strings.Repeat("s,2026-01-01,m,P/1,=1+1,1\n", 50))
	for _, form := range []string{"table", "json", "ndjson", "csv"} {
		out, errs, code := invoke(t, "reconcile", bill, "--report", old, "-o", form, "--server", b.URL)
		if code != exitFailure || !strings.Contains(errs, "51 problems in 51 lines") || strings.Count(out, "not-a-number") != 50 || strings.Count(out, "not-a-date") != 1 {
			t.Errorf("%s: exit %d: %s%s", form, code, out, errs)
		}
		checkForm(t, form, strings.TrimPrefix(out, "\ufeff"))
	}
	if len(b.asked) != 0 || text(t, old) != "old" {
		t.Errorf("asked %v, report %q", b.asked, text(t, old))
	}
}

func TestWhatIsWrongWithTheCommandLineOfAReconciliation(t *testing.T) {
	dir := t.TempDir()
	bill := file(t, dir, "usage.csv", usageBill)
	for args, said := range map[string]string{
		bill + " --tolerance much":          "--tolerance",
		bill + " --tolerance -1":            "--tolerance",
		bill + " --known-at soon":           "--known-at",
		bill + " --known-at 1800-01-01":     "--known-at",
		bill + " --only some":               "--only",
		bill + " --charge-end never":        "--charge-end",
		bill + " --report report.xlsx":      "--report",
		bill + " --price-currency QQX":      "--price-currency",
		bill + " -o xlsx":                   "--output",
		bill + " --report " + bill:          "is the bill",
		dir + "/nowhere.csv":                "nowhere.csv",
		dir:                                 "folder",
		"":                                  "FILE is missing",
		bill + " --fx " + dir + "/none.csv": "none.csv",
	} {
		out, errs, code := invoke(t, append(append([]string{"reconcile"}, strings.Fields(args)...), "--server", "http://127.0.0.1:1")...)
		if code != exitUsage || out != "" || !strings.Contains(errs, said) {
			t.Errorf("%s: exit %d, %q, %s", args, code, out, errs)
		}
	}
	empty := file(t, dir, "empty.csv", "")
	if _, errs, code := invoke(t, "reconcile", empty); code != exitFailure || !strings.Contains(errs, "empty") {
		t.Errorf("exit %d: %s", code, errs)
	}
	list := file(t, dir, "list.csv", "a,b\n1,2\n")
	if _, errs, code := invoke(t, "reconcile", list); code != exitFailure || !strings.Contains(errs, "a bill of usage has date, meter, quantity, charged") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestAServerThatFailsLeavesTheReportAsItWas(t *testing.T) {
	dir := t.TempDir()
	bill, old := file(t, dir, "usage.csv", usageBill), file(t, dir, "report.csv", "old")
	for name, c := range map[string]struct {
		status int
		answer string
		code   int
	}{
		"not json":        {200, "<html>", exitUnavailable},
		"broken off":      {200, `{"items":[{"rates":[`, exitUnavailable},
		"too few":         {200, `{"items":[]}`, exitFailure},
		"no list":         {200, `{"items":null}`, exitUnavailable},
		"no number":       {200, `{"items":[{"rates":[{"price":"x"}]}]}`, exitUnavailable},
		"does not know":   {404, "404 page not found", exitNotFound},
		"overloaded":      {503, `{"detail":"busy"}`, exitUnavailable},
		"takes it not":    {422, `{"type":"/problems/invalid","detail":"too many","errors":[{"location":"body.items","message":"at most 100"}]}`, exitFailure},
		"or a line of it": {422, `{"type":"/problems/invalid","detail":"no","errors":[{"location":"items[0].meter_id","message":"too long"}]}`, exitFailure},
		"something else":  {200, `{"next":"x","items":[{"rates":5}]}`, exitUnavailable},
		"not an object":   {200, `[]`, exitUnavailable},
		"internal, plain": {500, "", exitFailure},
	} {
		f := serve(t, c.answer)
		f.status = c.status
		out, errs, code := f.run(t, "reconcile", bill, "--report", old)
		if code != c.code || out != "" || !strings.HasPrefix(lastLine(errs, "error: "), "error: ") || text(t, old) != "old" {
			t.Errorf("%s: exit %d, want %d: %q %s", name, code, c.code, out, errs)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v %v", entries, err)
	}
}

// lastLine returns the last line that begins so.
func lastLine(s, prefix string) string {
	found := ""
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, prefix) {
			found = line
		}
	}
	return found
}

func TestATerminalSeesHowFarAReconciliationIs(t *testing.T) {
	b := azure(t)
	f := &fake{Server: b.Server}
	bill := file(t, t.TempDir(), "usage.csv", usageBill)
	_, errs, code := f.onTerminal(t, "reconcile", bill)
	if code != exitOK || !strings.Contains(errs, "\r\x1b[K[####################] 100 %  11 of 11 lines checked\r\x1b[K") {
		t.Errorf("exit %d: %q", code, errs)
	}
}

// TestTheExampleOfTheReadmeIsAsItSays runs the bill of the README by the rate card that it loads.
func TestTheExampleOfTheReadmeIsAsItSays(t *testing.T) {
	b := serveBulk(t)
	for _, tier := range [][2]string{{"0", "1"}, {"100", "0.8"}} {
		requests := rate.Identity{PriceList: "ratecard", Currency: "USD", MeterID: "requests", SKUID: "requests", Type: "Consumption", Tier: b.dec(tier[0])}
		b.observe(requests, "10K", tier[1], "0", "2026-01-01", "2026-01-01")
	}
	_, example, found := strings.Cut(text(t, "../../../README.md"), "printf '%s\\n' ")
	example, _, ended := strings.Cut(example, " > bill.csv")
	if !found || !ended {
		t.Fatal("the README has no such example")
	}
	bill := file(t, t.TempDir(), "bill.csv", strings.Join(strings.Fields(strings.ReplaceAll(example, "\\\n", " ")), "\n")+"\n")
	out, errs, code := invoke(t, "reconcile", bill, "-o", "csv", "--server", b.URL)
	if code != exitOK || reasonsOf(t, out) != "2 match, 3 other_tier" || !strings.Contains(out, "2.00,1.60,0.40,other_tier") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
