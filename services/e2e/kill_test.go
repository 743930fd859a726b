//go:build real

package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// kills is how often the disturbed run loses its process.
const kills = 20

// markets each get a release for two months, so that publications fall into the time of the kills.
func markets() []string { return []string{"US", "GB", "DE", "FR", "JP"} }

// workload prepares the releases of a run, which are published on simulated dates and so say the same in every run.
func workload(t *testing.T, i *instance) {
	t.Helper()
	for _, market := range markets() {
		for _, month := range []string{"2026-12", "2027-01"} {
			r := command(t, "sample", "list", "--month", month, "--lines", "1500", "--market", market)
			sheet := filepath.Join(t.TempDir(), market+month+".csv")
			if err := os.WriteFile(sheet, []byte(r.out), 0o600); err != nil {
				t.Fatal(err)
			}
			made := i.object(t, "release", "create", sheet, "--market", market, "--effective", month+"-01", "--as", "alice")
			id := made["id"].(string)
			i.ok(t, "release", "submit", id, "--as", "alice")
			i.ok(t, "release", "approve", id, "--as", "bob")
		}
	}
}

// finished reports whether the last release of the workload has been published and the backfill is complete.
func finished(t *testing.T, i *instance) error {
	t.Helper()
	r := i.run(t, "release", "list", "-o", "json")
	if r.code != 0 {
		return fmt.Errorf("exit %d: %s", r.code, r.err)
	}
	var releases struct {
		Items []struct{ ID, State string }
	}
	if err := json.Unmarshal([]byte(r.out), &releases); err != nil {
		return err
	}
	for _, release := range releases.Items {
		if release.State == "approved" {
			return fmt.Errorf("%s is %s", release.ID, release.State)
		}
	}
	return nil
}

// outcome is what a run left behind.
type outcome struct {
	events map[string]int // how often each event is stored, by subject and id
	counts map[string]uint64
}

func outcomeOf(t *testing.T, i *instance) outcome {
	t.Helper()
	o := outcome{events: map[string]int{}, counts: map[string]uint64{}}
	for _, e := range stored(t, i) {
		o.events[e]++
	}
	for _, table := range []string{"rates", "rate_changes", "license_prices", "releases", "crawls", "quarantine", "rejects"} {
		o.counts[table] = count(t, i.ClickHouse, "SELECT count() FROM pricewire."+table)
	}
	return o
}

// stored lists every stored event as "subject id", except those of a release taking effect, which a run may or may not have come to.
func stored(t *testing.T, i *instance) []string {
	t.Helper()
	total := uint64(0)
	for _, s := range i.object(t, "status")["streams"].([]any) {
		total += uint64(s.(map[string]any)["messages"].(float64))
	}
	return parseEvents(t, i.ok(t, "events", "tail", "--from", "start", "--count", strconv.FormatUint(total, 10)))
}

func parseEvents(t *testing.T, out string) []string {
	t.Helper()
	var events []string
	for line := range strings.Lines(out) {
		var e struct{ ID, Subject string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			continue // the last line of a follower that was cut off
		}
		if !strings.HasSuffix(e.Subject, ".effective") {
			events = append(events, e.Subject+" "+e.ID)
		}
	}
	return events
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// trial are the flags of both runs: a month in half a minute, beginning before the first publication.
func trial() []string {
	return []string{"--source", "none", "--clock-start", "2026-10-20", "--clock-rate", "86400"}
}

func TestRealRunKilledAtAnyMomentEqualsAnUndisturbedOne(t *testing.T) {
	dir := snapshotFolder(t)
	calm := start(t, t.TempDir(), trial()...)
	workload(t, calm)
	calm.ok(t, "rate", "backfill", dir, "--partial")
	eventually(t, "the undisturbed run is finished", func() error { return finished(t, calm) })
	want := outcomeOf(t, calm)
	if len(want.events) < 10_000 || want.counts["license_prices"] < 7_500 || want.counts["rates"] != 3050 {
		t.Fatalf("the undisturbed run left %d events and %v: too little to compare with", len(want.events), want.counts)
	}
	calm.stop(t)

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	address := freePort(t)
	flags := append(trial(), "--http", address)
	data := t.TempDir()
	i := start(t, data, flags...)
	workload(t, i)

	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	follower := exec.Command(path, "events", "tail", "--from", "start", "--server", "http://"+address)
	seen := &safeBuffer{}
	follower.Stdout = seen
	if err := follower.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = follower.Process.Kill(); _ = follower.Wait() }()

	for range kills {
		backfill := exec.Command(path, "rate", "backfill", dir, "--partial", "--server", "http://"+address)
		if err := backfill.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int64N(int64(2500 * time.Millisecond))))
		i.kill(t)
		_ = backfill.Process.Kill()
		_ = backfill.Wait()
		i = start(t, data, flags...)
	}
	i.ok(t, "rate", "backfill", dir, "--partial")
	eventually(t, "the disturbed run is finished", func() error { return finished(t, i) })
	got := outcomeOf(t, i)
	t.Logf("%d kills, %d events, tables %v", kills, len(got.events), got.counts)

	for event, n := range want.events {
		if got.events[event] != n {
			t.Errorf("event %s is stored %d times, undisturbed %d", event, got.events[event], n)
		}
	}
	for event := range got.events {
		if want.events[event] == 0 {
			t.Errorf("event %s is new", event)
		}
	}
	for table, n := range want.counts {
		if table != "releases" && got.counts[table] != n {
			t.Errorf("%s has %d rows, undisturbed %d", table, got.counts[table], n)
		}
	}
	checkTables(t, i.ClickHouse)
	checkAnswers(t, i)

	eventually(t, "the subscriber has seen everything", func() error {
		if n := len(parseEvents(t, seen.String())); n < len(want.events) {
			return fmt.Errorf("%d of %d", n, len(want.events))
		}
		return nil
	})
	all := parseEvents(t, seen.String())
	slices.Sort(all)
	if unique := slices.Compact(slices.Clone(all)); len(unique) != len(all) || len(unique) != len(want.events) {
		t.Errorf("the subscriber saw %d events, %d different, of %d", len(all), len(unique), len(want.events))
	}
}
