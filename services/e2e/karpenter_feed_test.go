//go:build real

package e2e

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// karpenterRow is a row of the Retail Prices API as we write it: every value the text that stands in the file.
type karpenterRow struct {
	meter, sku, region, size, product, price, start, end string
}

// karpenterFile is one date's rows.
type karpenterFile struct {
	date time.Time
	rows []karpenterRow
}

// The ways in which a region's price of a size tells its starts, because the source has none. All are habits of the real feed.
const (
	prompt    = iota // a price starts on the day it is first seen
	silent           // the start never moves: changes are corrections, and backdated
	late             // a price starts ten days before it is first seen: backdated
	announced        // the old row stands beside the new one when it ends, and what goes away says so in its last file
	habits
)

// karpenterFeed turns the dated lists of region, size and price into rows of the Retail Prices API, with ids, starts and ends of our own.
// A price's start moves when the price does and at no other time: what is gone for a while comes back with the row it had.
type karpenterFeed struct {
	last map[string]karpenterRow // by region and size, as last written
}

// karpenterLists reads the shared lists: the price of every region and size, by date. A run without them fails.
func karpenterLists(t *testing.T) (dates []time.Time, lists []map[[2]string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("DATA"), "karpenter-ondemand-usd", "*.csv.gz"))
	if err != nil || len(files) != 6 {
		t.Fatalf("DATA must name the folder of the public data: it holds %d of the 6 lists (%v)", len(files), err)
	}
	slices.Sort(files)
	for _, name := range files {
		date, err := time.Parse(time.DateOnly, strings.TrimSuffix(filepath.Base(name), ".csv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		dates, lists = append(dates, date), append(lists, karpenterList(t, name))
	}
	return dates, lists
}

func karpenterList(t *testing.T, name string) map[[2]string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(unpacked).ReadAll()
	if err != nil || strings.Join(records[0], ",") != "generated_at,armRegionName,armSkuName,onDemandUSDPerHour" {
		t.Fatalf("%s: %v, %v", name, records[0], err)
	}
	prices := make(map[[2]string]string, len(records))
	for _, r := range records[1:] {
		key := [2]string{r[1], r[2]}
		if _, twice := prices[key]; twice {
			t.Fatalf("%s holds %v twice", name, key)
		}
		prices[key] = r[3]
	}
	return prices
}

// convert makes the files of all lists.
func (f *karpenterFeed) convert(dates []time.Time, lists []map[[2]string]string) []karpenterFile {
	f.last = map[string]karpenterRow{}
	files := make([]karpenterFile, len(lists))
	for i, list := range lists {
		files[i].date = dates[i]
		for key, price := range list {
			var leaves time.Time
			if i+1 < len(lists) {
				if _, stays := lists[i+1][key]; !stays {
					leaves = dates[i+1]
				}
			}
			files[i].rows = append(files[i].rows, f.rows(key, price, dates[i], leaves, i >= 2)...)
		}
		slices.SortFunc(files[i].rows, func(a, b karpenterRow) int { return strings.Compare(a.meter+a.start, b.meter+b.start) })
	}
	return files
}

// rows are those of one region and size in the file of a date; leaves is the date of the next file where that has none.
func (f *karpenterFeed) rows(key [2]string, price string, date, leaves time.Time, later bool) []karpenterRow {
	sum := sha256.Sum256([]byte(key[0] + "/" + key[1]))
	id := hex.EncodeToString(sum[:8])
	habit := sum[30] % habits
	row := karpenterRow{meter: "meter-" + id, sku: "KARPENTER/" + id[:4], region: key[0], size: key[1], product: "Virtual Machines", price: price}
	if later && sum[31]%16 == 0 {
		row.product += ", renamed" // as products are, in the third file and after
	}
	before, seen := f.last[row.meter]
	same := seen && plain(before.price) == plain(price)
	switch {
	case same:
		row.start = before.start
	case habit == silent:
		row.start = "2023-01-01T00:00:00Z"
	case habit == late:
		row.start = date.AddDate(0, 0, -10).Format(time.RFC3339)
	default:
		row.start = date.Format(time.RFC3339)
	}
	if habit == announced && !leaves.IsZero() {
		row.end = lastMinute(leaves)
	}
	f.last[row.meter] = row
	if seen && !same && habit == announced {
		before.end = lastMinute(date)
		return []karpenterRow{before, row}
	}
	return []karpenterRow{row}
}

// lastMinute is how the feed writes an end at midnight.
func lastMinute(midnight time.Time) string {
	return midnight.AddDate(0, 0, -1).Format(time.DateOnly) + "T23:59:00Z"
}

// plain is a decimal number without zeros that mean nothing.
func plain(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// write writes the files as dated snapshots into a folder.
func writeKarpenter(t *testing.T, dir string, files []karpenterFile) {
	t.Helper()
	for _, file := range files {
		out, err := os.Create(filepath.Join(dir, file.date.Format(time.DateOnly)+".json"))
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(out)
		separator := "["
		for _, r := range file.rows {
			end := ""
			if r.end != "" {
				end = fmt.Sprintf(`"effectiveEndDate":%q,`, r.end)
			}
			_, _ = fmt.Fprintf(w, `%s{"currencyCode":"USD","tierMinimumUnits":0.0,"retailPrice":%s,"unitPrice":%s,"armRegionName":%q,"location":%q,"effectiveStartDate":%q,%s`+
				`"meterId":%q,"meterName":%q,"productId":"KARPENTER","skuId":%q,"productName":%q,"skuName":%q,"serviceName":"Virtual Machines","serviceId":"","serviceFamily":"Compute",`+
				`"unitOfMeasure":"1 Hour","type":"Consumption","isPrimaryMeterRegion":true,"armSkuName":%q}`,
				separator, r.price, r.price, r.region, r.region, r.start, end, r.meter, r.size, r.sku, r.product, r.size, r.size)
			separator = ",\n"
		}
		_, _ = w.WriteString("]\n")
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
