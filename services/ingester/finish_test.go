package ingester_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester"
)

// finished counts the added rates and the records of a stream.
func (b *bundle) finished(t *testing.T) (added map[string]int, records []*event.CrawlFinished) {
	t.Helper()
	added = make(map[string]int)
	for _, r := range b.records(t) {
		e, err := event.Decode(r.Subject, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		switch p := e.Payload.(type) {
		case *event.RateChanged:
			added[p.Identity.MeterID]++
		case *event.CrawlFinished:
			records = append(records, p)
		}
	}
	return added, records
}

// What a process that died had published in part is finished by the next one that runs, though its source is gone.
func TestWhatIsPublishedInPartIsFinishedAtTheNextStart(t *testing.T) {
	var rows []string
	for i := range 1800 {
		rows = append(rows, row(fmt.Sprint("m", i), "1"))
	}
	for name, take := range map[string]func(b *bundle, g *ingester.Ingester, ctx context.Context) error{
		"a crawl": func(b *bundle, g *ingester.Ingester, ctx context.Context) error {
			b.source.Set(rows...)
			_, err := g.Crawl(ctx, ingester.CrawlRequest{})
			return err
		},
		"an upload": func(b *bundle, g *ingester.Ingester, ctx context.Context) error {
			_, err := g.Observe(ctx, ingester.ObserveInput{Scope: "shop", At: b.clock.Now(), Body: strings.NewReader("[" + strings.Join(rows, ",") + "]")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBundle(t)
			b.cfg.PartMessages, b.cfg.Policy = 100, rate.DefaultPolicy()
			g := b.ingester(t)
			ctx, cancel := context.WithCancel(t.Context())
			left, published := "", 0
			b.publ.after = func() error {
				if published++; published == 2 {
					left = copyFolder(t, b.cfg.Folder)
					cancel()
					return errors.New("the process is dead")
				}
				return nil
			}
			if err := take(b, g, ctx); err == nil {
				t.Fatal("it did not die")
			}
			b.publ.after = nil
			b.cfg.Folder, b.cfg.Source, b.cfg.Scope = left, ingester.SourceNone, ""
			stop := run(t, b.ingester(t))
			defer stop()
			eventually(t, "the crawl is finished", func() bool { _, records := b.finished(t); return len(records) == 1 })
			added, records := b.finished(t)
			for meter, n := range added {
				if n != 1 {
					t.Fatalf("%s was added %d times", meter, n)
				}
			}
			if len(added) != 1800 || records[0].Counts.Added != 1800 {
				t.Errorf("%d added, %+v", len(added), records[0])
			}
			eventually(t, "nothing is left of uploads", func() bool {
				entries, _ := os.ReadDir(filepath.Join(b.cfg.Folder, "usd", "uploads"))
				return len(entries) == 0
			})
			b.clock.move(time.Hour)
		})
	}
}
