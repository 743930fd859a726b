package ingester_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// shrunk crawls ten rows and then, an hour later, the given ones, which are refused.
func (b *bundle) shrunk(t *testing.T, rows ...string) string {
	t.Helper()
	var ten []string
	for i := range 10 {
		ten = append(ten, row(fmt.Sprint("m", i), "0.5"))
	}
	b.source.Set(ten...)
	g := b.ingester(t)
	crawl(t, g)
	b.clock.move(time.Hour)
	b.source.Set(rows...)
	r := crawl(t, g)
	if !strings.HasPrefix(r.Record.Refused, "shrunk") {
		t.Fatalf("%+v", r.Record)
	}
	return r.Record.ID
}

func TestARefusedCrawlCanBeAcceptedWithAllThatItHeld(t *testing.T) {
	plan := azuretest.Row("m1", map[string]string{
		"retailPrice": "1.6e-05", "effectiveEndDate": `"2027-01-31T23:59:00Z"`, "skuName": `"\u00e9\u2028<"`, "savingsPlan": `[{"term":"3 Years","retailPrice":0.1},{"term":"1 Year","retailPrice":0.2}]`,
	})
	b := newBundle(t)
	id := b.shrunk(t, row("m0", "0.6"), plan, row("m2", `"x"`), row("m3", "0.1"), row("m3", "0.2"))
	before := len(b.records(t))
	g := b.ingester(t)
	r, err := g.Accept(t.Context(), id)
	if s := g.Status(); len(s.Scopes) != 1 || !s.Scopes[0].Last.Accepted || s.Scopes[0].Refused != 0 {
		t.Errorf("%+v", s)
	}
	if err != nil || r.Record.ID != id || !r.Record.Accepted || r.Record.Refused != "" || r.Record.Counts.PriceChanged != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	got := strings.Join(b.story(t)[before:], ", ")
	for _, part := range []string{"m0 price_changed 0.60", "m1 price_changed 0.000016", "quarantined 3", "shop 4"} {
		if !strings.Contains(got, part) {
			t.Errorf("%s: no %s", got, part)
		}
	}
	if raw := string(b.records(t)[len(b.records(t))-2].Data); !strings.Contains(raw, `\"retailPrice\":0.2`) {
		t.Errorf("the bytes of rows that disagree are lost: %s", raw)
	}
}

func TestACrawlIsNotAcceptedOnceTheScopeWasObservedAgain(t *testing.T) {
	b := newBundle(t)
	id := b.shrunk(t, row("m0", "0.6"))
	kept := filepath.Join(b.cfg.Folder, "usd", "refused", "shop", id)
	copied := copyFolder(t, kept)
	b.clock.move(time.Hour)
	var ten []string
	for i := range 10 {
		ten = append(ten, row(fmt.Sprint("m", i), "0.7"))
	}
	b.source.Set(ten...)
	g := b.ingester(t)
	crawl(t, g)
	if _, err := g.Accept(t.Context(), id); !fault.Is(err, fault.Conflict) {
		t.Errorf("its rows are dropped: %v", err)
	}
	if err := os.CopyFS(kept, os.DirFS(copied)); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Accept(t.Context(), id); !fault.Is(err, fault.Conflict) {
		t.Errorf("its rows are there: %v", err)
	}
	if _, err := b.ingester(t).Accept(t.Context(), id); !fault.Is(err, fault.Conflict) {
		t.Errorf("after a restart: %v", err)
	}
}

func TestWhatWasNotRefusedCannotBeAccepted(t *testing.T) {
	b := newBundle(t)
	b.source.Set(row("a", "0.5"))
	g := b.ingester(t)
	r := crawl(t, g)
	for _, id := range []string{r.Record.ID, "", "../current", "nothing", "*"} {
		if _, err := g.Accept(t.Context(), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestRefusedCrawlsAreKeptWithinBounds(t *testing.T) {
	b := newBundle(t)
	b.shrunk(t, row("m0", "0.6"))
	g := b.ingester(t)
	for range 25 {
		b.clock.move(time.Minute)
		crawl(t, g)
	}
	entries, err := os.ReadDir(filepath.Join(b.cfg.Folder, "usd", "refused", "shop"))
	if err != nil || len(entries) != 20 {
		t.Errorf("%d kept, %v", len(entries), err)
	}
}
