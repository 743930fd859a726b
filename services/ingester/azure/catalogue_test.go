package azure

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// everyFault is what a source may do to a client that reads it whole.
func everyFault() azuretest.Chances {
	return azuretest.Chances{TooMany: .05, Broken: .05, CutOff: .05, Truncated: .05, Garbage: .03, Slow: .01, Overlapping: .1, Repeated: .2, Relaid: .1}
}

func TestPartsReadAtOnceGiveTheWholeCatalogue(t *testing.T) {
	s := azuretest.New(t, 1)
	c := azuretest.NewCatalogue(azuretest.Settings{Seed: 1, Rows: 6_000})
	s.Serve(c)
	s.PageRows, s.Chances = 250, everyFault()
	client, _ := newClient(t, Config{BaseURL: s.URL(), APIVersion: VersionSavingsPlans, PageTimeout: 500 * time.Millisecond, RequestsPerSecond: 1000})
	var mu sync.Mutex
	var all sync.WaitGroup
	found := make(map[string]bool)
	for _, family := range append(Families(), "Moon") {
		all.Go(func() {
			b := &basket{}
			got, err := client.Traverse(t.Context(), Query{"USD", FilterEqual("serviceFamily", family)}, b, nil)
			if err != nil || !got.Complete || got.Rows > len(b.rows) {
				t.Errorf("%s: %+v, %v", family, got, err)
			}
			mu.Lock()
			defer mu.Unlock()
			for i := range b.rows {
				if b.rows[i].ServiceFamily != family {
					t.Errorf("%s gives a row of %s", family, b.rows[i].ServiceFamily)
				}
				found[b.rows[i].Identity.Key().String()] = true
			}
		})
	}
	all.Wait()
	if len(found) != c.Identities() {
		t.Errorf("%d rates of %d", len(found), c.Identities())
	}
}

func TestASourceThatLiesIsReadAsItLies(t *testing.T) {
	for name, c := range map[string]struct {
		chances azuretest.Chances
		wrong   func(t Traversal, distinct int) bool
	}{
		"empty":      {azuretest.Chances{Empty: 1}, func(t Traversal, n int) bool { return !t.Complete || t.Pages != 1 || n != 0 }},
		"ends early": {azuretest.Chances{EndsEarly: 1}, func(t Traversal, n int) bool { return !t.Complete || t.Pages != 1 || n != 100 }},
		"unstable":   {azuretest.Chances{Unstable: .24}, func(t Traversal, n int) bool { return t.Rows != 2_000 || n > 1_750 || n < 1_500 }},
		"left out":   {azuretest.Chances{LeftOut: .1}, func(t Traversal, n int) bool { return t.Rows != n || n > 1_880 }},
	} {
		s := azuretest.New(t, 2)
		s.Serve(azuretest.NewCatalogue(azuretest.Settings{Seed: 2, Rows: 2_000}))
		s.PageRows, s.Chances = 100, c.chances
		client, _ := newClient(t, Config{BaseURL: s.URL()})
		b := &basket{}
		got, err := client.Traverse(t.Context(), usd(), b, nil)
		keys := make(map[string]bool)
		for i := range b.rows {
			keys[b.rows[i].Identity.Key().String()] = true
		}
		if err != nil || c.wrong(got, len(keys)) {
			t.Errorf("%s: %+v, %d distinct, %v", name, got, len(keys), err)
		}
	}
}

// A row in any layout is the same row, and what the catalogue puts beside the real rows is set aside.
func TestLayoutsDoNotMatterAndDummiesAreSetAside(t *testing.T) {
	s := azuretest.New(t, 3)
	c := azuretest.NewCatalogue(azuretest.Settings{Seed: 3, Rows: 1_000})
	c.Plant(time.Date(2026, 9, 21, 0, 0, 0, 0, time.UTC), 900)
	s.Serve(c)
	client, _ := newClient(t, Config{BaseURL: s.URL(), APIVersion: VersionSavingsPlans})
	var read [2]map[string]bool
	for n := range read {
		s.Chances.Relaid = float64(n)
		b := &basket{}
		if _, err := client.Traverse(t.Context(), usd(), b, nil); err != nil || len(b.bad) == 0 {
			t.Fatalf("%d quarantined, %v", len(b.bad), err)
		}
		read[n] = make(map[string]bool)
		for i := range b.rows {
			read[n][fmt.Sprintf("%+v", b.rows[i])] = true
		}
	}
	if !maps.Equal(read[0], read[1]) {
		t.Errorf("%d rows, relaid %d", len(read[0]), len(read[1]))
	}
}

func TestASinkThatFailsIsNotTheSourcesFault(t *testing.T) {
	s := azuretest.New(t, 4)
	s.Set(rowsOf(3)...)
	client, w := newClient(t, Config{BaseURL: s.URL()})
	full := fmt.Errorf("the disk is full")
	if _, err := client.Traverse(t.Context(), usd(), &basket{err: full}, nil); err == nil || !strings.Contains(err.Error(), "take page 1: the disk is full") || len(w.all) != 0 || s.Asked() != 1 {
		t.Errorf("%v after %d requests", err, s.Asked())
	}
}

func TestRowsOfAFailedAttemptAreHandedOverAgainButCountedOnce(t *testing.T) {
	s := azuretest.New(t, 5)
	s.Set(rowsOf(20)...)
	s.Fail(azuretest.Truncated, azuretest.CutOff)
	client, _ := newClient(t, Config{BaseURL: s.URL()})
	b := &basket{}
	got, err := client.Traverse(t.Context(), usd(), b, nil)
	if err != nil || got.Rows != 20 || len(b.rows) <= 30 || len(b.meters()) != 20 {
		t.Errorf("%+v, %d rows, %v", got, len(b.rows), err)
	}
}

func TestFamiliesAreNamedOnce(t *testing.T) {
	if all := Families(); len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) || len(all) < 20 {
		t.Errorf("%v", all)
	}
}

// generatedPages are pages of a generated catalogue, as the API writes them.
func generatedPages() (pages [][]byte, size int64) {
	for rows := range slices.Chunk(azuretest.NewCatalogue(azuretest.Settings{Seed: 1, Rows: 20_000}).JSON(), 1000) {
		pages = append(pages, []byte(`{"BillingCurrency":"USD","Items":[`+strings.Join(rows, ",")+`],"NextPageLink":null,"Count":1000}`))
		size += int64(len(pages[len(pages)-1]))
	}
	return pages, size
}

func BenchmarkDecode(b *testing.B)     { benchmarkDecode(b, &scale{}) }
func BenchmarkDecodeSame(b *testing.B) { benchmarkDecode(b, &scale{all: true}) }

func benchmarkDecode(b *testing.B, to *scale) {
	pages, size := generatedPages()
	d := NewDecoder("USD", Limits{})
	rows := 0
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, page := range pages {
			got, err := d.Page(bytes.NewReader(page), to)
			if err != nil {
				b.Fatal(err)
			}
			rows += got.Rows
		}
	}
	if to.bad > 0 {
		b.Fatalf("%d rows are quarantined", to.bad)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
