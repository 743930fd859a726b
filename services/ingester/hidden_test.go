package ingester_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// hiding asks another source where a request has a filter.
type hiding struct{ filtered *url.URL }

func (h *hiding) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Has("$filter") {
		asked := r.Clone(r.Context())
		asked.URL.Host, asked.Host = h.filtered.Host, ""
		r = asked
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A source that hides rows from filters is found out by the first crawl in shards, before anything is taken from that.
func TestASourceThatHidesRowsFromFiltersIsReadAsAWhole(t *testing.T) {
	b := newBundle(t)
	seen := azuretest.New(t, 2)
	address, err := url.Parse(seen.URL())
	if err != nil {
		t.Fatal(err)
	}
	b.transport = &hiding{address}
	b.cfg.ShardRows = 50
	var rows, visible []string
	for i := range 100 {
		r := row(fmt.Sprint("m", i), "1")
		if rows = append(rows, r); i%5 > 0 {
			visible = append(visible, r)
		}
	}
	b.source.Set(rows...)
	seen.Set(visible...)
	g := b.ingester(t)
	for n := range 6 {
		r := crawl(t, g)
		if r.Record.Refused != "" || r.Record.Identities != 100 || len(r.Record.Shards) != 0 || (n > 0 && r.Record.Counts.Retired+r.Record.Counts.Added > 0) {
			t.Fatalf("crawl %d: %+v", n, r.Record)
		}
		b.clock.move(24 * time.Hour)
	}
	if seen.Asked() == 0 {
		t.Error("no filter was tried")
	}
}

// A source that heeds its filters is read in shards, and verified once.
func TestASourceThatHeedsFiltersIsVerifiedOnce(t *testing.T) {
	b := newBundle(t)
	b.cfg.ShardRows = 50
	var rows []string
	for i := range 100 {
		rows = append(rows, row(fmt.Sprint("m", i), "1"))
	}
	b.source.Set(rows...)
	g := b.ingester(t)
	var asked []int
	for range 4 {
		before := b.source.Asked()
		if r := crawl(t, g); r.Record.Identities != 100 {
			t.Fatalf("%+v", r.Record)
		}
		asked = append(asked, b.source.Asked()-before)
		b.clock.move(time.Hour)
	}
	if asked[2] >= asked[1] || asked[3] > asked[2] {
		t.Errorf("requests a crawl: %v", asked)
	}
}
