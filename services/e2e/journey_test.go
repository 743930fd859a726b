package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// list writes the sample's list of a month for the American market.
func list(t *testing.T, month string, lines int) string {
	t.Helper()
	r := command(t, "sample", "list", "--month", month, "--lines", fmt.Sprint(lines))
	if r.code != 0 {
		t.Fatal(r.err)
	}
	path := filepath.Join(t.TempDir(), month+".csv")
	if err := os.WriteFile(path, []byte(r.out), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// approve takes a sheet to an approved release by two people.
func (i *instance) approve(t *testing.T, sheet, effective string, more ...string) string {
	t.Helper()
	made := i.object(t, append([]string{"release", "create", sheet, "--list", "license", "--market", "US", "--effective", effective, "--as", "alice"}, more...)...)
	id := made["id"].(string)
	i.ok(t, "release", "submit", id, "--as", "alice")
	i.ok(t, "release", "approve", id, "--as", "bob")
	return id
}

func TestReleasesGoOutWhenDueInSimulatedTime(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-09-20", "--clock-rate", "432000")
	december := list(t, "2026-12", 500)
	id := i.approve(t, december, "2026-12-01")
	if id != "license-us-2026-12-r1" {
		t.Fatalf("first release is %s", id)
	}
	march := i.approve(t, list(t, "2027-03", 500), "2027-03-01")
	if r := i.run(t, "release", "create", december, "--market", "US", "--effective", "2026-12-01", "--as", "alice"); r.code != 4 {
		t.Errorf("a second open revision: exit %d: %s", r.code, r.err)
	}

	published := func(id, at string) {
		eventually(t, id+" is published", func() error {
			r := i.object(t, "release", "show", id)
			if r["published_at"] == nil {
				return fmt.Errorf("it is %v", r["state"])
			}
			if r["published_at"] != at {
				t.Fatalf("%s was published at %v, want %s", id, r["published_at"], at)
			}
			notice := r["notice"].(map[string]any)
			if notice["days"] != 30.0 || notice["short"] != false {
				t.Errorf("%s gave notice %v", id, notice)
			}
			return nil
		})
	}
	published(id, "2026-11-01T00:00:00Z")
	eventually(t, id+" is effective", func() error {
		if state := i.object(t, "release", "show", id)["state"]; state != "effective" && state != "superseded" {
			return fmt.Errorf("it is %v", state)
		}
		return nil
	})
	published(march, "2027-01-30T00:00:00Z")

	out := i.ok(t, "events", "tail", "--subject", "pw.release.license.us.2026-12.>", "--from", "start", "--count", "2")
	var times []string
	for line := range strings.Lines(out) {
		var e struct{ Type, Time string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		times = append(times, e.Type+" "+e.Time)
	}
	want := []string{"pricewire.release.published.v1 2026-11-01T00:00:00Z", "pricewire.release.effective.v1 2026-12-01T00:00:00Z"}
	if fmt.Sprint(times) != fmt.Sprint(want) {
		t.Errorf("events %v, want %v", times, want)
	}

	first := i.object(t, "price", "list", "--market", "US", "--at", "2026-12-01")["items"].([]any)[0].(map[string]any)
	line := []string{"--market", "US", "--product", first["product"].(string), "--sku", first["sku"].(string), "--term", first["term"].(string), "--billing", first["billing"].(string)}
	for _, c := range []struct {
		at, known string
		code      int
	}{
		{"2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z", 0},
		{"2026-12-01T00:00:00Z", "2026-10-31T23:59:59Z", 3},
		{"2026-11-30T23:59:59Z", "2026-12-05T00:00:00Z", 3},
		{"2027-02-15", "2026-11-02", 0},
	} {
		if r := i.run(t, append([]string{"price", "get", "--at", c.at, "--known-at", c.known}, line...)...); r.code != c.code {
			t.Errorf("valid at %s, known at %s: exit %d, want %d: %s%s", c.at, c.known, r.code, c.code, r.out, r.err)
		}
	}
	diff := i.object(t, "release", "diff", march)
	if summary := diff["summary"].(map[string]any); summary["price_changed"].(float64) == 0 || len(diff["lines"].([]any)) == 0 {
		t.Errorf("diff of March: %v", diff["summary"])
	}
	checkTables(t, i.ClickHouse)
	if code := i.stop(t); code != 0 {
		t.Errorf("stopped with %d", code)
	}

	again := start(t, i.data, "--source", "none", "--clock-rate", "1")
	if now := again.object(t, "status")["now"].(string); now < "2027-01-30" {
		t.Errorf("after a restart it is %s: simulated time went back", now)
	}
	if code := again.stop(t); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	if real := launch(t, i.data, "--source", "none"); real.wait(t, patience) != 5 {
		t.Errorf("a real clock was let onto a folder of simulated time:\n%s", real.log)
	}
}

func TestFourEyesAndShortNotice(t *testing.T) {
	i := start(t, t.TempDir(), "--source", "none", "--clock-start", "2026-11-20", "--clock-rate", "1")
	id := i.object(t, "release", "create", list(t, "2026-12", 200), "--market", "US", "--effective", "2026-12-01", "--as", "alice")["id"].(string)
	if r := i.run(t, "release", "approve", id, "--as", "bob"); r.code != 5 {
		t.Errorf("approving a draft: exit %d", r.code)
	}
	i.ok(t, "release", "submit", id, "--as", "carol")
	for _, who := range []string{"alice", "carol"} {
		if r := i.run(t, "release", "approve", id, "--as", who, "--short-notice", "x"); r.code != 5 {
			t.Errorf("%s approved: exit %d", who, r.code)
		}
	}
	if r := i.run(t, "release", "approve", id, "--as", "bob"); r.code != 5 || !strings.Contains(r.err, "short-notice") {
		t.Errorf("late without a reason: exit %d: %s", r.code, r.err)
	}
	r := i.object(t, "release", "approve", id, "--as", "bob", "--short-notice", "the price of a new product")
	notice := r["notice"].(map[string]any)
	if r["state"] != "published" || notice["short"] != true || notice["days"] != 10.0 || notice["reason"] != "the price of a new product" {
		t.Errorf("short notice: %v, %v", r["state"], notice)
	}
	items := i.object(t, "price", "list", "--market", "US", "--at", "2026-12-02")["items"].([]any)
	if len(items) < 150 {
		t.Errorf("%d prices right after approval: a command answers when what it wrote can be queried", len(items))
	}
	if log := i.object(t, "release", "log", id)["items"].([]any); len(log) < 4 {
		t.Errorf("log: %v", log)
	}
}
