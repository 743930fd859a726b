package ingester_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure"
	"github.com/pricewire/pricewire/services/ingester/sample"
)

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// run starts an ingester and returns what stops it.
func run(t *testing.T, g *ingester.Ingester) func() {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
}

func TestItCrawlsAtOnceAndThenAsScheduled(t *testing.T) {
	b := newBundle(t)
	b.cfg.Cadence = "0 */6 * * *"
	b.source.Set(row("a", "0.5"))
	b.clock.move(90 * time.Minute)
	stop := run(t, b.ingester(t))
	defer stop()
	for _, next := range []int{6, 12, 18} {
		due := time.Date(2026, 9, 20, next, 0, 0, 0, time.UTC)
		eventually(t, "the alarm is set for "+due.String(), func() bool { return b.clock.due().Equal(due) })
		b.clock.move(due.Sub(b.clock.Now()))
	}
	eventually(t, "four crawls", func() bool { return len(b.story(t)) == 5 })
	got := strings.Join(b.story(t), ", ")
	if got != "09-20T01 a added 0.50, 09-20T01 shop 1, 09-20T06 shop 1, 09-20T12 shop 1, 09-20T18 shop 1" {
		t.Errorf("%s", got)
	}
}

func TestAFailedCrawlIsTriedAgainSoon(t *testing.T) {
	b := newBundle(t)
	b.log = zap.NewNop()
	b.source.Chances.Broken = 1
	b.cfg.Client, b.cfg.Traversals = azure.Config{Attempts: 2}, 1 // of three requests in a row one works
	b.source.Set(row("a", "0.5"))
	g := b.ingester(t)
	defer run(t, g)()
	soon := b.clock.Now().Add(time.Minute)
	eventually(t, "the alarm is set for a minute later", func() bool { return b.clock.due().Equal(soon) })
	if s := g.Status(); len(s.Scopes) != 1 || s.Scopes[0].Failing != 1 || !strings.Contains(s.Scopes[0].Failed, "page 1") {
		t.Errorf("%+v", s)
	}
	b.clock.move(time.Minute)
	eventually(t, "the crawl works", func() bool { return len(b.story(t)) == 2 })
}

func TestNoSourceNoCrawl(t *testing.T) {
	b := newBundle(t)
	b.cfg.Source, b.cfg.Scope = ingester.SourceNone, ""
	g := b.ingester(t)
	run(t, g)()
	if _, err := g.Crawl(t.Context(), ingester.CrawlRequest{}); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
	if b.source.Asked() != 0 {
		t.Error("the source was asked")
	}
}

func TestTheCadenceFitsSourceAndClock(t *testing.T) {
	for _, c := range []struct {
		source string
		rate   float64
		want   string
	}{
		{ingester.SourceAzure, 1, "0 */6 * * *"},
		{"http://x/y", 86400, "0 */6 * * *"},
		{ingester.SourceSample, 1, "* * * * *"},
		{ingester.SourceSample, 900, "*/15 * * * *"},
		{ingester.SourceSample, 21600, "0 */6 * * *"},
		{ingester.SourceSample, 86400, "0 0 * * *"},
		{ingester.SourceSample, 1e6, "0 0 * * *"},
	} {
		if got := ingester.DefaultCadence(c.source, c.rate); got != c.want {
			t.Errorf("%s at %g: %s, want %s", c.source, c.rate, got, c.want)
		}
	}
}

func TestABadConfigurationNamesEveryField(t *testing.T) {
	err := ingester.Config{Source: "ftp://x", Cadence: "now and then", Currencies: []string{"XXQ"}, Scope: "A b", Policy: rate.Policy{Shrink: 2}}.Validate()
	var where []string
	for _, p := range fault.PlacesOf(err) {
		where = append(where, p.Where)
	}
	if got := strings.Join(where, " "); got != "folder cadence currency policy source scope" || !fault.Is(err, fault.Invalid) {
		t.Errorf("%s: %v", got, err)
	}
}

// snapshot is what a client uploads.
func snapshot(rows ...string) []byte { return []byte("[" + strings.Join(rows, ",") + "]") }

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSnapshotsAreTakenInOrderOnce(t *testing.T) {
	b := newBundle(t)
	g := b.ingester(t)
	noon := time.Date(2025, 3, 18, 12, 0, 0, 0, time.UTC)
	files := [][]byte{snapshot(row("a", "0.5")), zipped(t, snapshot(row("a", "0.6"))), snapshot(), snapshot(row("b", "1"), row("a", "0.6"))}
	for round := range 2 {
		var repeated, refused int
		for i, file := range files {
			r, err := g.Observe(t.Context(), ingester.ObserveInput{Name: "x", At: noon.AddDate(0, 0, i), Partial: true, Body: bytes.NewReader(file)})
			if err != nil {
				t.Fatal(err)
			}
			if r.Repeated {
				repeated++
			}
			if r.Record.Refused != "" {
				refused++
			}
			if r.Record.Scope != "backfill-usd" || r.Record.Source != "backfill" || !r.Record.Finished.Equal(r.Record.At) {
				t.Errorf("%+v", r.Record)
			}
		}
		if refused != 1 || repeated != 3*round {
			t.Errorf("round %d: %d refused, %d repeated", round, refused, repeated)
		}
	}
	got := strings.Join(b.story(t), ", ")
	if got != "03-18T12 a added 0.50, 03-18T12 backfill-usd 1, 03-19T12 a price_changed 0.60, 03-19T12 backfill-usd 1, 03-20T12 backfill-usd 0 empty, "+
		"03-21T12 b added 1.00, 03-21T12 backfill-usd 2" {
		t.Errorf("%s", got)
	}
}

func TestABadSnapshotNamesFileRowAndByteAndChangesNothing(t *testing.T) {
	b := newBundle(t)
	g := b.ingester(t)
	at := time.Date(2025, 3, 18, 12, 0, 0, 0, time.UTC)
	good := snapshot(row("a", "0.5"), row("b", "0.5"))
	packed := zipped(t, bytes.Repeat(good, 50))
	for name, c := range map[string]struct {
		in   ingester.ObserveInput
		want string
	}{
		"cut off":        {ingester.ObserveInput{At: at, Body: bytes.NewReader(good[:len(good)-20])}, "2025-03-18.json, row 2, byte"},
		"no JSON":        {ingester.ObserveInput{At: at, Body: strings.NewReader("hello")}, "2025-03-18.json, byte 0"},
		"empty":          {ingester.ObserveInput{At: at, Body: strings.NewReader("")}, "2025-03-18.json, byte 0"},
		"damaged gzip":   {ingester.ObserveInput{At: at, Body: bytes.NewReader(packed[:len(packed)-30])}, "2025-03-18.json"},
		"no gzip at all": {ingester.ObserveInput{At: at, Body: strings.NewReader("\x1f\x8b\x00")}, "2025-03-18.json"},
		"no time":        {ingester.ObserveInput{Body: bytes.NewReader(good)}, ""},
		"bad scope":      {ingester.ObserveInput{At: at, Scope: "../x", Body: bytes.NewReader(good)}, ""},
		"bad currency":   {ingester.ObserveInput{At: at, Currency: "dollars", Body: bytes.NewReader(good)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.in.Name = "2025-03-18.json"
			_, err := g.Observe(t.Context(), c.in)
			places := fault.PlacesOf(err)
			if !fault.Is(err, fault.Invalid) || (c.want != "" && (len(places) != 1 || !strings.HasPrefix(places[0].Where, c.want))) {
				t.Errorf("%v at %v", err, places)
			}
		})
	}
	if got := b.story(t); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestASnapshotIsNeverUnpackedBeyondItsLimit(t *testing.T) {
	b := newBundle(t)
	b.cfg.SnapshotLimits.BodyBytes = 1 << 20
	bomb := zipped(t, append([]byte("["), bytes.Repeat([]byte(row("a", "1")+","), 100_000)...))
	_, err := b.ingester(t).Observe(t.Context(), ingester.ObserveInput{Name: "bomb.json.gz", At: b.clock.Now(), Body: bytes.NewReader(bomb)})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
		t.Errorf("%v", err)
	}
}

func TestCurrenciesAreKeptApart(t *testing.T) {
	b := newBundle(t)
	g := b.ingester(t)
	b.source.Set(row("a", "0.5"), strings.Replace(row("a", "0.4"), `"USD"`, `"EUR"`, 1))
	for _, currency := range []string{"USD", "EUR"} {
		r, err := g.Crawl(t.Context(), ingester.CrawlRequest{Currency: currency})
		if err != nil || r.Record.Counts.Added != 1 || r.Record.Quarantined != 1 || !strings.HasPrefix(r.Stream, "RATES_"+currency+"@") {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// Two simulated months of the sample, crawled twice a day, hold every kind of change and no retirement of what comes back.
func TestTheSampleHoldsEveryKindOfChange(t *testing.T) {
	b := newBundle(t)
	feed := httptest.NewServer(sample.New(sample.Config{}, b.clock))
	defer feed.Close()
	b.cfg.Source, b.cfg.Scope, b.cfg.SampleURL = ingester.SourceSample, "", sample.BaseURL(feed.Listener.Addr().String())
	g := b.ingester(t)
	var sum rate.Counts
	var quarantined, upcoming, returned int
	for range 61 * 2 {
		r := crawl(t, g)
		c := r.Record.Counts
		if r.Record.Refused != "" || r.Record.Scope != "sample-usd" || r.Record.Pages < 3 {
			t.Fatalf("%+v", r.Record)
		}
		sum.Added, sum.PriceChanged, sum.Rescheduled, sum.Renamed, sum.Restated = sum.Added+c.Added, sum.PriceChanged+c.PriceChanged, sum.Rescheduled+c.Rescheduled, sum.Renamed+c.Renamed, sum.Restated+c.Restated
		sum.Retired, sum.Corrections, sum.Backdated, sum.Expiring = sum.Retired+c.Retired, sum.Corrections+c.Corrections, sum.Backdated+c.Backdated, sum.Expiring+c.Expiring
		quarantined += r.Record.Quarantined
		b.clock.move(12 * time.Hour)
	}
	for _, line := range b.changes(t) {
		if line.Upcoming {
			upcoming++
		}
		if line.Returned {
			returned++
		}
	}
	t.Logf("%+v, %d upcoming, %d returned, %d quarantined", sum, upcoming, returned, quarantined)
	for name, n := range map[string]int{
		"added": sum.Added, "price_changed": sum.PriceChanged, "rescheduled": sum.Rescheduled, "renamed": sum.Renamed, "restated": sum.Restated, "retired": sum.Retired,
		"corrections": sum.Corrections, "backdated": sum.Backdated, "expiring": sum.Expiring, "upcoming": upcoming, "returned": returned, "quarantined": quarantined,
	} {
		if n == 0 {
			t.Errorf("no %s", name)
		}
	}
	if sum.Retired > 40 {
		t.Errorf("%d retired: more than were discontinued", sum.Retired)
	}
}
