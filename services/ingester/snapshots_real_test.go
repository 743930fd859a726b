//go:build real

package ingester_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// snapshotFile is one of the daily snapshots.
type snapshotFile struct {
	name string
	at   time.Time
	rows []string
}

func dailySnapshots(t *testing.T) []snapshotFile {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("DATA"), "azure-retail-daily-usd", "*.json.gz"))
	if err != nil || len(files) != 154 {
		t.Fatalf("DATA names no folder with the 154 daily snapshots: %d, %v", len(files), err)
	}
	var all []snapshotFile
	for _, path := range files {
		date, err := time.Parse("2006-01-02.json.gz", filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		s := snapshotFile{name: filepath.Base(path), at: date.Add(12 * time.Hour)}
		var rows []json.RawMessage
		data := unzipped(t, path)
		if err := json.Unmarshal(data, &rows); err != nil {
			var envelope struct{ Items []json.RawMessage }
			if err := json.Unmarshal(data, &envelope); err != nil {
				t.Fatal(err)
			}
			rows = envelope.Items
		}
		for _, row := range rows {
			s.rows = append(s.rows, string(row))
		}
		all = append(all, s)
	}
	return all
}

func (s *snapshotFile) input(rows []string) ingester.ObserveInput {
	return ingester.ObserveInput{Name: s.name, At: s.at, Partial: true, Body: bytes.NewReader(snapshot(rows...))}
}

// uploaded are the messages that uploading the snapshots as they are gives.
func uploaded(t *testing.T, all []snapshotFile) []string {
	t.Helper()
	b := newBundle(t)
	g := b.ingester(t)
	var sum totals
	for i := range all {
		r, err := g.Observe(t.Context(), all[i].input(all[i].rows))
		if err != nil {
			t.Fatal(err)
		}
		sum.add(r)
	}
	if sum.Added != 1244 || sum.PriceChanged != 924 || sum.Periods != 3050 {
		t.Fatalf("%+v", sum)
	}
	return b.told(t)
}

// shuffled returns rows in another order, some of them several times.
func shuffled(random *rand.Rand, rows []string) []string {
	mixed := append([]string(nil), rows...)
	for range len(rows) / 5 {
		mixed = append(mixed, rows[random.IntN(len(rows))])
	}
	random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	return mixed
}

func TestRealSnapshotsInAnyOrderAndRepeatedGiveTheSameMessages(t *testing.T) {
	all := dailySnapshots(t)
	want := uploaded(t, all)
	for _, seed := range seeds(t, 1, 2) {
		random := rand.New(rand.NewPCG(seed, 1))
		b := newBundle(t)
		g := b.ingester(t)
		for i := range all {
			if _, err := g.Observe(t.Context(), all[i].input(shuffled(random, all[i].rows))); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, b.told(t)); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

// Processes die between any two uploads, and in the middle of some: before or after what they say is published.
func TestRealSnapshotsSurviveProcessesThatDie(t *testing.T) {
	all := dailySnapshots(t)
	want := uploaded(t, all)
	for _, seed := range seeds(t, 1, 2) {
		random := rand.New(rand.NewPCG(seed, 2))
		b := newBundle(t)
		g := b.ingester(t)
		deaths := 0
		for i := range all {
			if step := random.IntN(6); step < 3 {
				deaths++
				left := copyFolder(t, b.cfg.Folder)
				if step > 0 {
					left = b.dieOf(t, g, all[i].input(all[i].rows), step == 1)
				}
				b.cfg.Folder = left
				g = b.ingester(t)
			}
			if _, err := g.Observe(t.Context(), all[i].input(all[i].rows)); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, b.told(t)); diff != "" || deaths < 50 {
			t.Errorf("seed %d, %d deaths (-want +got):\n%s", seed, deaths, diff)
		}
	}
}

// dieOf uploads and dies before what the upload says is published, or after, and returns what is on disk then.
func (b *bundle) dieOf(t *testing.T, g *ingester.Ingester, in ingester.ObserveInput, before bool) (left string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	die := func() error {
		left = copyFolder(t, b.cfg.Folder)
		cancel()
		return errDead
	}
	if before {
		b.publ.before = die
	} else {
		b.publ.after = die
	}
	defer func() { b.publ.before, b.publ.after = nil, nil }()
	if _, err := g.Observe(ctx, in); err == nil && left != "" {
		t.Fatal("it lives on, though dead")
	}
	if left == "" { // it published nothing
		left = copyFolder(t, b.cfg.Folder)
	}
	return left
}

// Crawled instead of uploaded, a snapshot is a whole: absence counts, and what shrinks is refused. However it is divided into pages, it gives
// the same messages.
func TestRealSnapshotsGiveTheSameMessagesInAnyPages(t *testing.T) {
	all := dailySnapshots(t)
	told := func(pageRows int, chances azuretest.Chances) []string {
		b := newBundle(t)
		b.source.PageRows, b.source.Unordered, b.source.Plain, b.source.Chances = pageRows, true, true, chances
		g := b.ingester(t)
		for i := range all {
			b.clock.move(all[i].at.Sub(b.clock.Now()))
			b.source.Set(all[i].rows...)
			crawl(t, g)
		}
		return b.told(t)
	}
	want := told(10_000, azuretest.Chances{})
	if len(want) < 1_500 {
		t.Fatalf("only %d messages", len(want))
	}
	got := told(90, azuretest.Chances{Repeated: .2, Overlapping: .2, TooMany: .02, Broken: .02, CutOff: .02, Truncated: .02})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
