package api

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

// machine is what is known of a rate of a virtual machine.
func machine(kind, term, unit, product, sku, price string) history.RateAnswer {
	id := historytest.Meter("m-1")
	id.Type, id.ReservationTerm = kind, term
	return history.RateAnswer{
		Identity: id, Price: historytest.Amount(price), EffectiveFrom: historytest.Day("2026-01-01"), KnownAt: historytest.Day("2026-01-02"),
		Attributes: rate.Attributes{
			MeterName: "E8as v4", ProductName: product, SKUName: sku, ServiceName: "Virtual Machines", ServiceFamily: "Compute", UnitOfMeasure: unit,
			ARMRegionName: "westeurope", Location: "EU West", ARMSKUName: "Standard_E8as_v4",
		},
	}
}

func TestAListUnitPriceIsOfOnePricingUnit(t *testing.T) {
	const series = "Virtual Machines Easv4 Series"
	for _, c := range []struct{ kind, term, unit, price, wantPrice, wantUnit string }{
		{"Consumption", "", "1 Hour", "0.5", "0.50", "Hours"},
		{"Consumption", "", "10K", "0.05", "0.000005", "Units"},
		{"Consumption", "", "1 GB/Month", "0.0184", "0.0184", "GB/Month"},
		{"Consumption", "", "100 GB Seconds", "1", "0.01", "GB-Seconds"},
		{"Consumption", "", "1/10 Days", "1", "1.00", "Units/10 Days"},
		{"Consumption", "", "60 Minutes", "1", "1.00", "60 Minutes"}, // a sixtieth is not exact
		{"Consumption", "", "1000000 Data Points", "1", "0.000001", "Data Points"},
		{"Consumption", "", "1 Widget", "3", "3.00", "1 Widget"}, // not understood
		{"Reservation", "1 Year", "1 Hour", "8760", "8760.00", "Years"},
		{"Reservation", "3 Years", "1 Hour", "20000", "20000.00", "3 Years"},
	} {
		v := focusView(machine(c.kind, c.term, c.unit, series, "E8as v4", c.price))
		if v.ListUnitPrice != c.wantPrice || *v.PricingUnit != c.wantUnit {
			t.Errorf("%s a %s (%s) is %s a %s, want %s a %s", c.price, c.unit, c.kind, v.ListUnitPrice, *v.PricingUnit, c.wantPrice, c.wantUnit)
		}
	}
}

func TestAReservationIsToldAsThePurchaseOfACommitment(t *testing.T) {
	v := focusView(machine("Reservation", "1 Year", "1 Hour", "Virtual Machines Easv4 Series", "E8as v4", "8760"))
	got := []string{v.ChargeCategory, *v.PricingCategory, *v.CommitmentDiscountCategory, *v.CommitmentDiscountType, *v.HourlyEquivalent, v.SKUPriceID, *v.SKUPriceDetails}
	want := []string{
		"Purchase", "Standard", "Usage", "Reservation", "1.00", "DZH318Z0BPVW/00QZ_m-1_Reservation_1 Year_0",
		`{"InstanceType":"Standard_E8as_v4","x_PurchaseOption":"reservation","x_ReservationTerm":"1 Year"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPricingCategoriesFollowThePurchaseOption(t *testing.T) {
	const series = "Virtual Machines Easv4 Series Windows"
	for _, c := range []struct{ kind, sku, want string }{
		{"Consumption", "E8as v4", "Standard"},
		{"DevTestConsumption", "E8as v4", "Standard"},
		{"Consumption", "E8as v4 Spot", "Dynamic"},
		{"Consumption", "E8as v4 Low Priority", "Dynamic"},
		{"payG-1", "E8as v4", ""},
	} {
		v := focusView(machine(c.kind, "", "1 Hour", series, c.sku, "1"))
		if got := textOf(v.PricingCategory); got != c.want || v.ChargeCategory != "Usage" || v.CommitmentDiscountType != nil {
			t.Errorf("%s %s is %q, %s", c.kind, c.sku, got, v.ChargeCategory)
		}
	}
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestAServiceCategoryIsNamedOnlyWhereFamilyAndCategoryMeanTheSame(t *testing.T) {
	for family, want := range map[string]string{
		"Compute": "Compute", "Containers": "Compute", "AI + Machine Learning": "AI and Machine Learning", "Management and Governance": "Management and Governance",
		"Data": "", "Quantum Computing": "", "Azure Communication Services": "", "": "",
	} {
		if got := serviceCategory(family); got != want {
			t.Errorf("%q is of the category %q, want %q", family, got, want)
		}
	}
}

func TestTheUsageListComesInTheColumnsOfFOCUS(t *testing.T) {
	b := setup(t)
	b.rates(t, 3)
	response, raw := b.raw(t, "GET", "/v1/rates/export?layout=focus&currency=USD", "")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 4 || response.header.Get("Content-Disposition") != "attachment; filename=usage-USD-2026-11-22-focus.csv" {
		t.Fatalf("%v %v: %s", err, response.header, raw)
	}
	cell := func(name string) string { return rows[1][slices.Index(rows[0], name)] }
	got := map[string]string{}
	for _, name := range []string{
		"ListUnitPrice", "PricingUnit", "PricingCurrency", "BillingCurrency", "PricingCategory", "ProviderName", "ServiceName", "RegionId", "SkuId", "x_BlockSize", "x_EffectiveStart", "x_SkuTier",
		"x_UnitOfMeasure", "x_ValidTo",
	} {
		got[name] = cell(name)
	}
	want := map[string]string{
		"ListUnitPrice": "0.0000166667", "PricingUnit": "Hours", "PricingCurrency": "USD", "BillingCurrency": "USD", "PricingCategory": "Standard", "ProviderName": "Microsoft",
		"ServiceName": "Virtual Machines", "RegionId": "westeurope", "SkuId": "DZH318Z0BPVW/00QZ", "x_BlockSize": "1", "x_EffectiveStart": "2026-01-01T00:00:00Z", "x_SkuTier": "0",
		"x_UnitOfMeasure": "1 Hour", "x_ValidTo": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	first := slices.IndexFunc(rows[0], func(name string) bool { return strings.HasPrefix(name, "x_") })
	if !slices.IsSorted(rows[0][:first]) || !slices.IsSorted(rows[0][first:]) {
		t.Errorf("columns are not in order: %v", rows[0])
	}
	for _, format := range []string{"xlsx", "ndjson", "parquet"} {
		if response, raw := b.raw(t, "GET", "/v1/rates/export?layout=focus&format="+format, ""); response.status != 200 || len(raw) < 200 {
			t.Errorf("%s: %d: %s", format, response.status, raw)
		}
	}
	var items []map[string]any
	if _, raw := b.raw(t, "GET", "/v1/rates/export?layout=focus&format=json", ""); json.Unmarshal(raw, &items) != nil || len(items) != 3 || items[0]["PricingUnit"] != "Hours" || items[0]["x_ReservationTerm"] != nil {
		t.Errorf("%s", raw)
	}
	b.bad(t, 400, "query.layout", "GET", "/v1/rates/export?layout=aws", "", "")
}

func TestOfAnAnnouncedRateNoPurchaseOptionIsTold(t *testing.T) {
	for _, kind := range []string{"Consumption", "DevTestConsumption"} {
		a := machine(kind, "", "", "", "", "1")
		a.Attributes = rate.Attributes{}
		if v := rateView(a); v.PurchaseOption != "" || v.OperatingSystem != "" {
			t.Errorf("%s: %+v", kind, v)
		}
		if v := focusView(a); v.PricingCategory != nil || v.PurchaseOption != nil || v.SKUPriceDetails != nil {
			t.Errorf("%s: %+v", kind, v)
		}
	}
}
