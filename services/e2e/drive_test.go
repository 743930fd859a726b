package e2e

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/pricewire/pricewire/services/api/apitest"
)

// amount is a number of the environment: DRIVE_SEED begins elsewhere, DRIVE_TIMES and DRIVE_SECONDS do more.
func amount(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// someRate is a rate that the sample has.
func someRate(t *testing.T, i *instance) map[string]any {
	t.Helper()
	var rate map[string]any
	eventually(t, "the sample has a rate", func() error {
		_, page := i.get(t, "/v1/rates?limit=1")
		items, _ := page["items"].([]any)
		if len(items) == 0 {
			return fmt.Errorf("no rates: %v", page)
		}
		rate, _ = items[0].(map[string]any)
		return nil
	})
	return rate
}

func TestEveryOperationOfARunningProgramKeepsToItsDescription(t *testing.T) {
	i := start(t, t.TempDir())
	rate := someRate(t, i)
	text := func(name string) []string { return []string{rate[name].(string)} }
	counts := apitest.Drive(t, apitest.Options{
		URL: i.HTTP, Seed: amount(t, "DRIVE_SEED", 1000), Times: amount(t, "DRIVE_TIMES", 40), Within: time.Duration(amount(t, "DRIVE_SECONDS", 15)) * time.Second,
		Names: map[string][]string{
			"meter_id": text("meter_id"), "sku_id": text("sku_id"), "type": text("type"), "region": text("region"), "currency": {"USD"}, "market": {"NZ", "nz", "US"},
			"at": {"2026-11-05", "2027-01-05"}, "from": {"2026-11-05", "start", "now"}, "to": {"2026-12-05"}, "effective": {"2028-01-01", "2028-02-01"}, "reservation_term": {"", "1 Year"}, "tier": {"0"},
		},
	})
	for _, status := range []int{200, 400, 404, 406, 422} {
		if counts[status] == 0 {
			t.Errorf("no request was answered with %d: %v", status, counts)
		}
	}
	t.Log(counts)
	if code := i.stop(t); code != 0 {
		t.Errorf("it stopped with %d", code)
	}
}
