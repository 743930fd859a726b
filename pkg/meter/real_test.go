//go:build real

package meter

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// otherwise are the rows of the toolkit's table that the rules read in another way, or not at all, and why.
func otherwise() map[string]Unit {
	one := func(name string) Unit { return Unit{Block: money.Int(1), Name: name} }
	return map[string]Unit{
		"1 1 Hour":     {},               // two numbers: which of them counts is not said
		"10000 1,000s": {},               // the same
		"10000s":       {},               // seconds or ten thousands; the table says 1 Transactions
		"1 por mes":    {},               // a preposition that no rule knows; the table says Months, not Units/Month
		"Unassigned":   {},               // says that there is none
		"1 Million":    {},               // the table calls a number a unit
		"1 Rotation":   one("Rotations"), // the table has a singular here, and the plural for 10
		"MB/month":     one("MB/Month"),  // the table keeps the small letter here, and nowhere else
	}
}

func TestRealUnitsOfTheToolkitAreReadAsItsTableReadsThem(t *testing.T) {
	file, err := os.Open(filepath.Join(data(t), "finops-open-data", "PricingUnits.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	agree, others := 0, otherwise()
	for _, row := range rows[1:] {
		block, err := money.Parse(row[2])
		if err != nil {
			t.Fatal(err)
		}
		want, got := Unit{Block: block, Name: row[3]}, ParseUnit(row[0])
		if other, ok := others[row[0]]; ok {
			if got != other || got == want {
				t.Errorf("%q: %s of %q, want %s of %q", row[0], got.Block, got.Name, other.Block, other.Name)
			}
			delete(others, row[0])
			continue
		}
		if got != want {
			t.Errorf("%q: %s of %q, the table says %s of %q", row[0], got.Block, got.Name, want.Block, want.Name)
			continue
		}
		agree++
	}
	for text := range others {
		t.Errorf("%q is not in the table", text)
	}
	t.Logf("%d of %d rows are read as the table reads them", agree, len(rows)-1)
}

func data(t testing.TB) string {
	dir := os.Getenv("DATA")
	if dir == "" {
		t.Fatal("DATA must name the folder of the public data")
	}
	return dir
}

// row is what the tests need of a row of the snapshots.
type row struct {
	Unit    string      `json:"unitOfMeasure"`
	Type    string      `json:"type"`
	Term    string      `json:"reservationTerm"`
	Product string      `json:"productName"`
	SKU     string      `json:"skuName"`
	Meter   string      `json:"meterName"`
	Service string      `json:"serviceName"`
	Region  string      `json:"armRegionName"`
	ARM     string      `json:"armSkuName"`
	Primary bool        `json:"isPrimaryMeterRegion"`
	Price   json.Number `json:"retailPrice"`
}

func (r *row) identity() *rate.Identity {
	return &rate.Identity{Type: r.Type, ReservationTerm: r.Term}
}

func (r *row) attributes() *rate.Attributes {
	return &rate.Attributes{UnitOfMeasure: r.Unit, ProductName: r.Product, SKUName: r.SKU, MeterName: r.Meter, ServiceName: r.Service}
}

// snapshots calls use for every row of the daily snapshots, with the day.
func snapshots(t testing.TB, use func(day string, r *row)) {
	files, err := filepath.Glob(filepath.Join(data(t), "azure-retail-daily-usd", "*.json.gz"))
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		var rows []row
		if err := json.NewDecoder(unzipped).Decode(&rows); err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			use(strings.TrimSuffix(filepath.Base(name), ".json.gz"), &rows[i])
		}
		file.Close()
	}
}

func TestRealUnitsOfTheSnapshotsAreAllUnderstood(t *testing.T) {
	want := map[string]string{
		"1": "1 Units", "1 GB": "1 GB", "1 GB/Month": "1 GB/Month", "1 GiB/Hour": "1 GiB/Hour", "1 GiB/Month": "1 GiB/Month", "1 Hour": "1 Hours",
		"1 MB/Day": "1 MB/Day", "1 Second": "1 Seconds", "1/Day": "1 Units/Day", "1/Hour": "1 Units/Hour", "1/Month": "1 Units/Month",
		"1/Year": "1 Units/Year", "100 Seconds": "100 Seconds", "10K": "10000 Units", "10K/Month": "10000 Units/Month", "1K": "1000 Units",
		"1M": "1000000 Units", "25K": "25000 Units",
	}
	got := map[string]string{}
	snapshots(t, func(_ string, r *row) {
		if got[r.Unit] == "" {
			u := ParseUnit(r.Unit)
			got[r.Unit] = u.Block.String() + " " + u.Name
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRealPricesOfASingleUnitAndOfAnHourAreExactOrRoundedAsSaid(t *testing.T) {
	rows, single, hourly := 0, 0, 0
	snapshots(t, func(day string, r *row) {
		price, err := money.Parse(r.Price.String())
		if err != nil {
			t.Fatal(err)
		}
		rows++
		u := ParseUnit(r.Unit)
		if d, ok := PerUnit(r.identity(), price, u); ok {
			single++
			if !d.Exact().Mul(u.Block.Exact()).Equal(price.Exact()) {
				t.Errorf("%s: %s a %s is not %s a unit", day, price, r.Unit, d)
			}
		} else if r.Type != rate.Reservation {
			t.Errorf("%s: %s a %s has no price of a single unit", day, price, r.Unit)
		}
		d, ok := Hourly(r.identity(), price)
		if ok != (r.Type == rate.Reservation) {
			t.Errorf("%s: %s %s: hourly equivalent %v", day, r.Type, r.Term, ok)
		}
		if ok {
			hourly++
			off := d.Exact().Mul(money.Int(hours(r.Term)).Exact()).Sub(price.Exact()).Abs()
			if d.Decimals() > HourlyDecimals || off.Cmp(money.Int(hours(r.Term)).Exact().Mul(money.FromUnscaled(0, unscaledLast/2).Exact())) > 0 {
				t.Errorf("%s: %s over %s is not %s an hour", day, price, r.Term, d)
			}
		}
	})
	t.Logf("%d rows, %d with a price of a single unit, %d with an hourly equivalent", rows, single, hourly)
}

func TestRealOperatingSystemsAndPurchaseOptionsAreAsTheSnapshotsNameThem(t *testing.T) {
	systems, options := map[string]int{}, map[string]int{}
	snapshots(t, func(day string, r *row) {
		system, option := OperatingSystem(r.identity(), r.attributes()), PurchaseOption(r.identity(), r.attributes())
		systems[system]++
		options[option]++
		if named := strings.Contains(r.Product, "Windows"); r.Service == VirtualMachines && named != (system == Windows) {
			t.Errorf("%s: %s is for %q", day, r.Product, system)
		}
		if system == Linux && r.Type == rate.Reservation && !strings.Contains(r.Product, "Linux") {
			t.Errorf("%s: a reservation of %s is for %q", day, r.Product, system)
		}
		names := r.SKU + " " + r.Meter
		if strings.Contains(names, "Spot") != (option == Spot) || strings.Contains(names, "Low Priority") != (option == LowPriority) {
			t.Errorf("%s: %s, %s, %s is bought %q", day, r.Product, r.SKU, r.Type, option)
		}
	})
	t.Logf("operating systems %v, purchase options %v", systems, options)
	if options[""] > 0 {
		t.Errorf("%d rows are bought nobody knows how", options[""])
	}
}

// TestRealLinuxPricesAreThoseThatOthersPublishAsLinuxPrices compares the snapshots with Linux on-demand prices that were published by
// others for the same regions and days: whatever they hold must be the price of a rate that is called Linux and on demand here.
func TestRealLinuxPricesAreThoseThatOthersPublishAsLinuxPrices(t *testing.T) {
	published := karpenter(t)
	compared, equal := 0, 0
	snapshots(t, func(day string, r *row) {
		if day > "2025-06-30" || OperatingSystem(r.identity(), r.attributes()) != Linux || PurchaseOption(r.identity(), r.attributes()) != OnDemand {
			return
		}
		prices := published[r.Region+" "+r.ARM]
		if len(prices) == 0 || !r.Primary {
			return
		}
		compared++
		price, err := money.Parse(r.Price.String())
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(prices, price.String()) {
			equal++
		}
	})
	t.Logf("%d of %d Linux prices on demand are among those published", equal, compared)
	if compared == 0 || equal*100 < compared*95 {
		t.Errorf("%d of %d prices agree", equal, compared)
	}
}

// karpenter returns the published Linux prices of each region and size, of all dates.
func karpenter(t testing.TB) map[string][]string {
	files, err := filepath.Glob(filepath.Join(data(t), "karpenter-ondemand-usd", "*.csv.gz"))
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	published := map[string][]string{}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(unzipped).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows[1:] {
			price, err := money.Parse(r[3])
			if err != nil {
				t.Fatal(err)
			}
			published[r[1]+" "+r[2]] = append(published[r[1]+" "+r[2]], price.String())
		}
		file.Close()
	}
	return published
}
