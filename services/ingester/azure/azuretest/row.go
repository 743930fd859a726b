package azuretest

import (
	"maps"
	"slices"
	"strings"
)

// Row returns a row of the API as JSON: a plain virtual machine, with fields (name to JSON value) added or replaced, or left out where
// the value is empty.
func Row(meter string, changes map[string]string) string {
	fields := map[string]string{
		"currencyCode": `"USD"`, "tierMinimumUnits": "0.0", "retailPrice": "0.5", "unitPrice": "0.5", "armRegionName": `"westeurope"`,
		"location": `"EU West"`, "effectiveStartDate": `"2025-01-01T00:00:00Z"`, "meterId": `"` + meter + `"`, "meterName": `"D2 v5"`,
		"productId": `"DZH318Z0BPVW"`, "skuId": `"DZH318Z0BPVW/00QZ"`, "productName": `"Virtual Machines Dv5"`, "skuName": `"D2 v5"`,
		"serviceName": `"Virtual Machines"`, "serviceId": `"DZH313Z7MMC8"`, "serviceFamily": `"Compute"`, "unitOfMeasure": `"1 Hour"`,
		"type": `"Consumption"`, "isPrimaryMeterRegion": "true", "armSkuName": `"Standard_D2_v5"`,
	}
	maps.Copy(fields, changes)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] != "" {
			parts = append(parts, `"`+name+`":`+fields[name])
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}
