//go:build real

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// snapshotFolder is the shared history of daily snapshots; a run without it fails.
func snapshotFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(os.Getenv("DATA"), "azure-retail-daily-usd")
	if files, err := filepath.Glob(filepath.Join(dir, "*.json.gz")); err != nil || len(files) != 154 {
		t.Fatalf("DATA must name the folder of the public data: %s holds %d snapshots (%v), want 154", dir, len(files), err)
	}
	return dir
}

// wantTotals are what the 154 snapshots give in an empty store, counted independently.
func wantTotals() map[string]float64 {
	return map[string]float64{
		"snapshots": 154, "rows": 153000, "added": 1244, "price_changed": 924, "corrections": 7, "backdated": 28, "rescheduled": 879,
		"expiring": 800, "renamed": 58, "quarantined": 187, "refused": 1, "periods": 3050, "retired": 0, "repeated": 0, "foreign": 0,
	}
}

// answers are as-of questions about one rate of the shared history: valid at, known at, price.
func answers() [][3]string {
	return [][3]string{
		{"2026-01-10", "2026-01-15", "1.457"},
		{"2026-01-10", "2026-01-21", "0.886"},
		{"2026-01-10", "2026-01-27", "1.457"},
		{"2025-12-01", "2025-10-21", "0.886"},
		{"2025-12-01", "2025-11-01", "1.457"},
		{"2025-12-01", "2026-01-27", "0.886"},
	}
}

func checkAnswers(t *testing.T, i *instance) {
	t.Helper()
	for _, a := range answers() {
		got := i.object(t, "rate", "get", "--meter", "0008fc59-f088-5d25-8e72-147ec2e66261", "--sku", "DZH318Z092QW/007H", "--at", a[0], "--known-at", a[1])
		if got["price"] != a[2] || got["currency"] != "USD" {
			t.Errorf("valid at %s, known at %s: %v %v, want %s", a[0], a[1], got["price"], got["currency"], a[2])
		}
	}
}

func TestRealHistoryGivesTheKnownTotalsAndAnswers(t *testing.T) {
	dir := snapshotFolder(t)
	i := start(t, t.TempDir(), "--source", "none")
	got := i.object(t, "rate", "backfill", dir, "--partial")
	for name, want := range wantTotals() {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	checkAnswers(t, i)
	checkTables(t, i.ClickHouse)
	if n := count(t, i.ClickHouse, "SELECT count() FROM pricewire.rates"); n != 3050 {
		t.Errorf("rates has %d periods, want 3050", n)
	}

	before := len(eventIDs(t, i, "pw.rate.>"))
	again := i.object(t, "rate", "backfill", dir, "--partial")
	if again["repeated"] != 153.0 || again["refused"] != 1.0 || again["added"] != 0.0 || again["price_changed"] != 0.0 || again["periods"] != 0.0 {
		t.Errorf("again: %v", again)
	}
	if after := len(eventIDs(t, i, "pw.rate.>")); after != before {
		t.Errorf("a repeated backfill published %d events", after-before)
	}

	t.Run("memory", func(t *testing.T) {
		const limit = 1200 << 20
		resident := residentBytes(t, i.PID)
		t.Logf("resident memory of up with the shared history loaded: %d MiB (limit %d MiB)", resident>>20, limit>>20)
		if resident > limit {
			t.Errorf("up uses %d MiB", resident>>20)
		}
	})

	if code := i.stop(t); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	i = start(t, i.data, "--source", "none")
	checkAnswers(t, i)
	checkTables(t, i.ClickHouse)
}

// eventIDs reads every event under a subject that is stored now, in order.
func eventIDs(t *testing.T, i *instance, subject string) []string {
	t.Helper()
	var stored uint64
	status := i.object(t, "status")
	for _, s := range status["streams"].([]any) {
		stored += uint64(s.(map[string]any)["messages"].(float64))
	}
	if stored == 0 {
		return nil
	}
	out := i.ok(t, "events", "tail", "--from", "start", "--count", strconv.FormatUint(stored, 10))
	var ids []string
	for line := range strings.Lines(out) {
		var e struct{ ID, Subject string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("event %q: %v", line, err)
		}
		if strings.HasPrefix(e.Subject, strings.TrimSuffix(subject, ">")) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// residentBytes reads a process's resident memory.
func residentBytes(t *testing.T, pid int) uint64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
