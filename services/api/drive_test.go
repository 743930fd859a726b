package api

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/pricewire/pricewire/services/api/apitest"
)

// fromEnv is a number of the environment: DRIVE_SEED begins elsewhere, DRIVE_TIMES and DRIVE_SECONDS do more.
func fromEnv(t *testing.T, name string, otherwise int) int {
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

func TestEveryOperationKeepsToItsDescriptionWhateverItIsAsked(t *testing.T) {
	b := world(t)
	b.good(t, "POST", "/v1/releases?"+query("market", "DE", "effective", "2027-01-01"), december("DE"), "alice")
	b.server.Ready(true)
	counts := apitest.Drive(t, apitest.Options{
		URL: b.url, Seed: fromEnv(t, "DRIVE_SEED", 1), Times: fromEnv(t, "DRIVE_TIMES", 60), Within: time.Duration(fromEnv(t, "DRIVE_SECONDS", 20)) * time.Second,
		Names: map[string][]string{
			"id": {"license-us-2026-11-r1", "license-us-2026-12-r1", "license-de-2027-01-r1", "offers-ww-2026-11-r1", "documents-ww-2026-11-r1", "x"}, "market": {"US", "us", "DE", "WW"},
			"product": {"CFQ7TTC0LH18"}, "sku": {"0001", "1"}, "term": {"P1M"}, "billing": {"Monthly"}, "currency": {"USD", "EUR"}, "list": {"license", "offers", "services", "documents"},
			"kind": {"full", "delta", "program-guide", "partner-agreement"}, "at": {"2026-11-05", "2026-12-05"}, "effective": {"2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01"}, "name": {"december", "january", "2026-01-15.json"}, "from": {"2026-11-05", "start", "now"}, "to": {"2026-12-05"}, "against": {"license-us-2026-11-r1"},
		},
	})
	for _, status := range []int{200, 201, 400, 404, 406, 409, 422} {
		if counts[status] == 0 {
			t.Errorf("no request was answered with %d: %v", status, counts)
		}
	}
	t.Log(counts)
}
