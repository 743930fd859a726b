package ingester_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/pkg/stream/streamtest"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

func TestACrawlPublishesWhatChangedAndItsRecord(t *testing.T) {
	b := newBundle(t)
	g := b.ingester(t)
	b.source.Set(row("a", "0.5"), row("b", "0.7"))
	first := crawl(t, g)
	b.clock.move(time.Hour)
	b.source.Set(row("a", "0.6"), row("b", "0.7"), row("c", `"1"`))
	second := crawl(t, g)
	want := []string{"09-20T00 a added 0.50", "09-20T00 b added 0.70", "09-20T00 shop 2", "09-20T01 a price_changed 0.60", "09-20T01 quarantined 1", "09-20T01 shop 3"}
	got := b.story(t)
	if len(got) > 1 && got[0] > got[1] { // changes are in order of their keys
		got[0], got[1] = got[1], got[0]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
	if first.Sequence != 3 || second.Sequence != 6 || second.Record.Counts.Corrections != 1 || second.Record.Source != "127.0.0.1" || second.Record.Pages != 1 {
		t.Errorf("%+v\n%+v", first, second)
	}
	info, err := b.port.Info(t.Context(), stream.Rates("USD"))
	if err != nil || second.Stream != info.Name.String() {
		t.Errorf("stream %s, %v", second.Stream, err)
	}
}

func TestARepeatedObservationPublishesNothing(t *testing.T) {
	b := newBundle(t)
	g := b.ingester(t)
	b.source.Set(row("a", "0.5"))
	first := crawl(t, g)
	again := crawl(t, g)
	if !again.Repeated || again.Sequence != first.Sequence || len(b.records(t)) != 2 {
		t.Errorf("%+v, %v", again, b.story(t))
	}
	b.clock.move(-time.Hour)
	b.source.Set(row("a", "0.6"))
	if _, err := g.Crawl(t.Context(), ingester.CrawlRequest{}); !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
		t.Errorf("an observation that goes back: %v", err)
	}
	if len(b.records(t)) != 2 {
		t.Errorf("%v", b.story(t))
	}
}

func TestARefusedCrawlPublishesItsRecordAloneAndOnce(t *testing.T) {
	b := newBundle(t)
	b.source.Set(row("a", "0.5"), row("b", "0.5"))
	crawl(t, b.ingester(t))
	b.clock.move(time.Hour)
	b.source.Set()
	for range 2 { // the second process learns of the refusal from the stream
		g := b.ingester(t)
		for range 2 {
			if r := crawl(t, g); r.Record.Refused == "" || r.Repeated || r.Sequence != 4 {
				t.Errorf("%+v", r)
			}
		}
	}
	b.clock.move(time.Hour)
	b.source.Set(row("a", "0.5"), row("b", "0.5"))
	g := b.ingester(t)
	crawl(t, g)
	b.clock.move(-time.Hour)
	b.source.Set()
	crawl(t, b.ingester(t)) // now it learns of it from the state on disk
	if got := b.story(t)[2:]; !cmp.Equal(got, []string{"09-20T00 shop 2", "09-20T01 shop 0 empty", "09-20T02 shop 2"}) {
		t.Errorf("%v", got)
	}
	if s := g.Status(); len(s.Scopes) != 1 || s.Scopes[0].Refused != 0 || s.Scopes[0].Last.Scope != "shop" || len(s.Running) != 0 {
		t.Errorf("%+v", s)
	}
}

// days are what the source holds on each of six days: changes of all kinds, absences, a refused crawl and a quarantined row.
func days() [][]string {
	return [][]string{
		{row("a", "0.5"), row("b", "0.5"), row("c", "0.5")},
		{row("a", "0.6"), row("b", "0.5"), row("c", "0.5"), row("d", "1")},
		{row("a", "0.6"), row("c", "0.5"), row("b", "0.4"), row("d", `"x"`)},
		{row("a", "0.6")},
		{row("d", "2"), row("a", "0.7"), row("b", "0.4"), row("c", "0.5"), row("e", "9")},
		{row("d", "2"), row("a", "0.5"), row("b", "0.4"), row("c", "0.1"), row("e", "9")},
	}
}

// play crawls once a day, by whatever ingester next gives.
func (b *bundle) play(t *testing.T, next func(day int) *ingester.Ingester) {
	t.Helper()
	for day, rows := range days() {
		b.source.Set(rows...)
		crawl(t, next(day))
		b.clock.move(24 * time.Hour)
	}
}

func undisturbed(t *testing.T) []string {
	t.Helper()
	b := newBundle(t)
	g := b.ingester(t)
	b.play(t, func(int) *ingester.Ingester { return g })
	return b.story(t)
}

// A process that dies in the middle of a commit, at whatever step, and is started again publishes each change once.
func TestACrashAtAnyStepNeitherLosesNorDoubles(t *testing.T) {
	want := undisturbed(t)
	errDead := errors.New("the process is dead")
	for _, step := range []string{"before the state is written", "before it is published", "after it is published", "after all"} {
		for dying := range days() {
			t.Run(fmt.Sprintf("%s of day %d", step, dying), func(t *testing.T) {
				b := newBundle(t)
				g := b.ingester(t)
				for day, rows := range days() {
					b.source.Set(rows...)
					if day == dying {
						left := copyFolder(t, b.cfg.Folder)
						b.die(t, g, step, errDead, &left)
						b.cfg.Folder = left
						g = b.ingester(t)
					}
					crawl(t, g)
					b.clock.move(24 * time.Hour)
				}
				if diff := cmp.Diff(want, b.story(t)); diff != "" {
					t.Errorf("stream (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// die crawls and dies at the step; left becomes what is on disk at that moment.
func (b *bundle) die(t *testing.T, g *ingester.Ingester, step string, dead error, left *string) {
	t.Helper()
	defer func() { b.publ.before, b.publ.after = nil, nil }()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	keep := func() error {
		*left = copyFolder(t, b.cfg.Folder)
		cancel()
		return dead
	}
	switch step {
	case "before the state is written":
		b.publ.before = func() error { cancel(); return dead }
	case "before it is published":
		b.publ.before = keep
	case "after it is published":
		b.publ.after = keep
	}
	_, err := g.Crawl(ctx, ingester.CrawlRequest{})
	if step == "after all" {
		*left = copyFolder(t, b.cfg.Folder)
	}
	if (err == nil) != (step == "after all") {
		t.Fatalf("the crawl at which it dies: %v", err)
	}
}

// A publisher whose failures leave open what happened is asked again, and each change is published once all the same.
func TestFailuresOfUnknownOutcomeNeitherLoseNorDouble(t *testing.T) {
	want := undisturbed(t)
	for seed := range uint64(30) {
		b := newBundle(t)
		b.publ.Publisher = streamtest.NewFlaky(b.port, streamtest.Chances{Before: .2, After: .2, Late: .2}, seed)
		g := b.ingester(t)
		for _, rows := range days() {
			b.source.Set(rows...)
			for {
				_, err := g.Crawl(t.Context(), ingester.CrawlRequest{})
				if err == nil {
					break
				}
				if !fault.Is(err, fault.Unavailable) {
					t.Fatal(err)
				}
			}
			b.clock.move(24 * time.Hour)
		}
		if diff := cmp.Diff(want, b.story(t)); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

// Pages that come in another order each time, overlap, repeat rows, and fail on the way tell the same story.
func TestTheManyWaysToReadACatalogueTellTheSameStory(t *testing.T) {
	want := undisturbed(t)
	for seed := range uint64(10) {
		b := newBundle(t)
		b.source = azuretest.New(t, seed)
		b.source.PageRows, b.source.Unordered = 1+int(seed%3), true
		b.source.Chances = azuretest.Chances{TooMany: .1, Broken: .1, CutOff: .1, Truncated: .1, Repeated: .4}
		b.cfg.Source = b.source.URL()
		b.play(t, func(int) *ingester.Ingester { return b.ingester(t) })
		if diff := cmp.Diff(want, b.story(t)); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func TestTwoIngestersOnOneStreamPublishEachChangeOnce(t *testing.T) {
	want := undisturbed(t)
	b := newBundle(t)
	one := b.ingester(t)
	b.cfg.Folder = t.TempDir()
	two := b.ingester(t)
	for _, rows := range days() {
		b.source.Set(rows...)
		done := make(chan error, 2)
		for _, g := range []*ingester.Ingester{one, two} {
			go func() {
				_, err := g.Crawl(t.Context(), ingester.CrawlRequest{})
				done <- err
			}()
		}
		if err := errors.Join(<-done, <-done); err != nil {
			t.Fatal(err)
		}
		b.clock.move(24 * time.Hour)
	}
	if diff := cmp.Diff(want, b.story(t)); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
}

func TestALostOrDamagedStateIsReplayedFromTheStream(t *testing.T) {
	want := undisturbed(t)
	for name, damage := range map[string]func(t *testing.T, folder string){
		"lost": func(t *testing.T, folder string) {
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
		},
		"cut off": func(t *testing.T, folder string) { rewrite(t, folder, func(b []byte) []byte { return b[:len(b)*2/3] }) },
		"no tag":  func(t *testing.T, folder string) { rewrite(t, folder, func([]byte) []byte { return nil }) },
		"other bits": func(t *testing.T, folder string) {
			rewrite(t, folder, func(b []byte) []byte { b[len(b)-20] ^= 1; return b })
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBundle(t)
			b.log = zap.NewNop() // it warns of what the test does on purpose
			b.play(t, func(day int) *ingester.Ingester {
				if day > 0 {
					damage(t, b.cfg.Folder)
				}
				return b.ingester(t)
			})
			if diff := cmp.Diff(want, b.story(t)); diff != "" {
				t.Errorf("stream (-want +got):\n%s", diff)
			}
		})
	}
}

func rewrite(t *testing.T, folder string, change func([]byte) []byte) {
	t.Helper()
	path := filepath.Join(folder, "usd", "state")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) { // a refused crawl after the damage writes no state
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnOldStateIsBroughtUpToDateFromTheStream(t *testing.T) {
	want := undisturbed(t)
	b := newBundle(t)
	old := ""
	b.play(t, func(day int) *ingester.Ingester {
		if day == 2 {
			old = copyFolder(t, b.cfg.Folder)
		}
		if day == 5 {
			b.cfg.Folder = old
		}
		return b.ingester(t)
	})
	if diff := cmp.Diff(want, b.story(t)); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
}

func TestTheStateOfAnotherStreamIsNotBelieved(t *testing.T) {
	b := newBundle(t)
	b.source.Set(row("a", "0.5"))
	g := b.ingester(t)
	crawl(t, g)
	memoryOf(t, b).Delete(stream.Rates("USD"))
	b.clock.move(time.Hour)
	crawl(t, b.ingester(t))
	if got := b.story(t); len(got) != 2 || got[0] != "09-20T01 a added 0.50" {
		t.Errorf("%v", got)
	}
}

func memoryOf(t *testing.T, b *bundle) *memory.Adapter {
	t.Helper()
	m, ok := b.port.(*memory.Adapter)
	if !ok {
		t.Fatalf("the stream is not in memory but %T", b.port)
	}
	return m
}

func TestAMessageThatNobodyCanReadDoesNotStopTheReplay(t *testing.T) {
	b := newBundle(t)
	b.source.Set(row("a", "0.5"))
	crawl(t, b.ingester(t))
	garbage := []stream.Message{{Subject: "pw.rate.usd.x.y.z", ID: "1", Data: []byte("{")}}
	if _, err := b.port.Publish(t.Context(), stream.Rates("USD"), garbage, stream.Expectation{}); err != nil {
		t.Fatal(err)
	}
	b.clock.move(time.Hour)
	b.cfg.Folder = t.TempDir()
	if r := crawl(t, b.ingester(t)); r.Record.Counts.Added != 0 {
		t.Errorf("%+v", r.Record)
	}
}

func TestScopesDoNotTouchEachOthersRates(t *testing.T) {
	b := newBundle(t)
	g := b.ingester(t)
	b.source.Set(row("a", "0.5"))
	crawl(t, g)
	b.source.Set(row("a", "0.9"), row("b", "1"))
	r, err := g.Crawl(t.Context(), ingester.CrawlRequest{Scope: "other"})
	if err != nil || r.Record.Foreign != 1 || r.Record.Counts.Added != 1 || r.Record.Counts.PriceChanged != 0 {
		t.Errorf("%+v, %v", r.Record, err)
	}
}

func TestAStateThatCannotBeWrittenPublishesNothing(t *testing.T) {
	b := newBundle(t)
	b.cfg.Folder = filepath.Join(b.cfg.Folder, "file")
	if err := os.WriteFile(b.cfg.Folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.source.Set(row("a", "0.5"))
	if _, err := b.ingester(t).Crawl(t.Context(), ingester.CrawlRequest{}); err == nil {
		t.Error("it worked")
	}
	if got := b.story(t); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
