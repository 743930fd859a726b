package api

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/current"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// remembering is the same API with present prices in memory.
func (b *bundle) remembering(t *testing.T) string {
	t.Helper()
	deps := b.server.deps
	c, err := current.New(current.Config{}, current.Deps{Streams: b.streams, History: b.history, Clock: deps.Clock, Log: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = c.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(stop)
	deps.Current, deps.Metrics = c, prometheus.NewRegistry()
	server, err := New(Config{Version: "test", Source: "none"}, deps)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	t.Cleanup(server.stop)
	return listener.URL
}

// remembered asks until the answer comes from memory, and requires that it is the one that history gives.
func (b *bundle) remembered(t *testing.T, url, path string) http.Header {
	t.Helper()
	_, want := b.raw(t, "GET", path, "")
	own := *b
	own.url = url
	var header http.Header
	err := b.server.await(t.Context(), "memory", func(context.Context) (bool, error) {
		reply, got := own.raw(t, "GET", path, "")
		if reply.status != http.StatusOK || !bytes.Equal(got, want) {
			t.Fatalf("%d %s; want %s", reply.status, got, want)
		}
		header = reply.header
		return header.Get(headerSource) == string(current.Memory), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return header
}

func TestWhatIsAskedOfNowIsAnsweredFromMemoryAndTellsItsAge(t *testing.T) {
	b := world(t)
	ctx, id := t.Context(), historytest.Meter("m")
	info, err := b.streams.Declare(ctx, stream.RatesDeclaration("USD"))
	if err != nil {
		t.Fatal(err)
	}
	change := historytest.Change(1, id, rate.Added, "2026-01-10", historytest.Current(id, "2026-01-01", "", "1.5", "westeurope", "VM"), historytest.Span("2026-01-01", "", "1.5"))
	change.Stream = info.Name.String()
	historytest.Put(t, b.history, "rates", history.Rows{RateChanges: []history.RateChange{change}})
	url := b.remembering(t)

	header := b.remembered(t, url, "/v1/rates?meter_id=m&sku_id="+id.SKUID+"&type=Consumption&reservation_term=&tier=0")
	if header.Get(headerEvent) != "2026-01-10T00:00:00Z" || header.Get(headerPosition) != info.Name.String()+":0" || header.Get(headerAge) == "" {
		t.Errorf("a rate: %v", header)
	}
	line := "/v1/prices?market=US&product=CFQ7TTC0LH18&sku=1&term=P1M&billing=Monthly"
	header = b.remembered(t, url, line)
	if !strings.HasPrefix(header.Get(headerPosition), "PRICES@") || header.Get(headerAge) != "0" || header.Get(headerCrawl) != "" {
		t.Errorf("a line: %v", header)
	}
	own := *b
	own.url = url
	for _, path := range []string{line + "&at=2026-12-05", line + "&known_at=2026-12-05", "/v1/prices?market=US", "/v1/rates?meter_id=m"} {
		if reply, _ := own.raw(t, "GET", path, ""); reply.status != http.StatusOK || reply.header.Get(headerSource) != "" {
			t.Errorf("%s: %d %v", path, reply.status, reply.header)
		}
	}
	own.bad(t, http.StatusNotFound, "has no price", "GET", "/v1/prices?market=US&product=CFQ7TTC0LH18&sku=9&term=P1M&billing=Monthly", "", "")
	if _, metrics := own.raw(t, "GET", "/metrics", ""); !bytes.Contains(metrics, []byte("pricewire_current_hits_total 2\n")) && !bytes.Contains(metrics, []byte("pricewire_current_hits_total 3\n")) {
		t.Errorf("metrics: %s", metrics)
	}
	if reply, _ := b.raw(t, "GET", line, ""); reply.header.Get(headerSource) != string(current.Tables) {
		t.Errorf("without memory: %v", reply.header)
	}
}

func TestWhatWasWrittenIsInTheNextAnswerFromMemory(t *testing.T) {
	b := world(t)
	url := b.remembering(t)
	line := "/v1/prices?market=US&product=CFQ7TTC0LH18&sku=0001&term=P1M&billing=Monthly"
	b.remembered(t, url, line)
	own := *b
	own.url = url
	mended := strings.ReplaceAll(november("US"), "6.00,,", "6.10,,")
	own.approved(t, own.good(t, "POST", "/v1/releases/license-us-2026-11-r1/correct?reason=typo&filename=fixed.csv", mended, "alice"))
	_, want := b.raw(t, "GET", line, "")
	if _, got := own.raw(t, "GET", line, ""); !bytes.Equal(got, want) || !bytes.Contains(got, []byte(`"6.10"`)) {
		t.Errorf("%s; want %s", got, want)
	}
	b.remembered(t, url, line)
}
