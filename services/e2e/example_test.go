package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// exampleRow is a row of the example's snapshots.
func exampleRow(meter int, sku, name string, price float64, start string, more map[string]any) map[string]any {
	row := map[string]any{
		"currencyCode": "EUR", "tierMinimumUnits": 0, "retailPrice": price, "unitPrice": price, "armRegionName": "westeurope", "location": "EU West",
		"effectiveStartDate": start + "T00:00:00Z", "meterId": fmt.Sprintf("00000000-0000-4000-8000-%012d", meter), "meterName": name, "productId": sku[:12],
		"skuId": sku, "productName": "Virtual Machines Series of " + name, "skuName": name, "serviceName": "Virtual Machines", "serviceId": "EXAMPLESVC",
		"serviceFamily": "Compute", "unitOfMeasure": "1 Hour", "type": "Consumption", "isPrimaryMeterRegion": true, "armSkuName": "Standard_" + name,
	}
	maps.Copy(row, more)
	return row
}

// exampleSnapshots writes four days of a few meters: a price that changes and is corrected, reservations, tiers, a meter that is new, one that
// will end, and a row that cannot be believed.
func exampleSnapshots(t *testing.T) (dir string) {
	t.Helper()
	always := []map[string]any{
		exampleRow(2, "EXAMPLE00001/0002", "D2s v5", 525.6, "2026-09-01", map[string]any{"type": "Reservation", "reservationTerm": "1 Year"}),
		exampleRow(2, "EXAMPLE00001/0003", "D2s v5", 1051.2, "2026-09-01", map[string]any{"type": "Reservation", "reservationTerm": "3 Years"}),
	}
	for minimum, price := range map[int]float64{0: 0.0184, 51200: 0.0177, 512000: 0.017} {
		always = append(always, exampleRow(3, "EXAMPLE00002/0001", "Hot LRS Data Stored", price, "2026-09-01", map[string]any{
			"tierMinimumUnits": minimum, "serviceName": "Storage", "serviceFamily": "Storage", "unitOfMeasure": "1 GB/Month", "productName": "Blob Storage", "armSkuName": "",
		}))
	}
	machine := func(price float64, start string) map[string]any {
		return exampleRow(1, "EXAMPLE00001/0001", "D2s v5", price, start, nil)
	}
	old := exampleRow(4, "EXAMPLE00003/0001", "A4 v2", 0.3, "2026-09-01", nil)
	ends := exampleRow(4, "EXAMPLE00003/0001", "A4 v2", 0.3, "2026-09-01", map[string]any{"effectiveEndDate": "2027-01-01T00:00:00Z"})
	added := exampleRow(5, "EXAMPLE00004/0001", "D4s v6", 0.2, "2026-11-01", nil)
	wrong := exampleRow(6, "EXAMPLE00005/0001", "F2 v3", 0.2, "2026-11-15", map[string]any{"effectiveEndDate": "2026-11-01T00:00:00Z"})
	dir = t.TempDir()
	for day, rows := range map[string][]map[string]any{
		"2026-10-01": {machine(0.10, "2026-09-01"), old},
		"2026-11-01": {machine(0.12, "2026-11-01"), old, added},
		"2026-11-15": {machine(0.11, "2026-11-01"), ends, added, wrong},
		"2026-12-01": {machine(0.11, "2026-11-01"), ends, added},
	} {
		data, err := json.Marshal(append(rows, always...))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, day+".json"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
