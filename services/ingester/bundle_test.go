package ingester_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hand is a clock moved by hand. Its alarms go off at once when they lie in the past.
type hand struct {
	mu     sync.Mutex
	at     time.Time
	alarms []*handAlarm
}

type handAlarm struct {
	clock *hand
	due   time.Time
	c     chan time.Time
}

func newHand() *hand { return &hand{at: time.Date(2026, 9, 20, 0, 0, 0, 0, time.UTC)} }

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) NewAlarm(string) clock.Alarm {
	h.mu.Lock()
	defer h.mu.Unlock()
	a := &handAlarm{clock: h, c: make(chan time.Time, 1)}
	h.alarms = append(h.alarms, a)
	return a
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
	for _, a := range h.alarms {
		a.look()
	}
}

// due returns when the only alarm goes off next, zero when it isn't set.
func (h *hand) due() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.alarms) == 0 {
		return time.Time{}
	}
	return h.alarms[0].due
}

func (a *handAlarm) look() {
	if !a.due.IsZero() && !a.due.After(a.clock.at) {
		a.c <- a.due
		a.due = time.Time{}
	}
}

func (a *handAlarm) C() <-chan time.Time { return a.c }

func (a *handAlarm) Set(at time.Time) {
	a.clock.mu.Lock()
	defer a.clock.mu.Unlock()
	a.due = at
	a.look()
}

func (a *handAlarm) Clear() {
	a.clock.mu.Lock()
	defer a.clock.mu.Unlock()
	a.due = time.Time{}
}

// interceptor is a publisher that lets a test step in.
type interceptor struct {
	stream.Publisher
	before func() error // an error: nothing is published
	after  func() error // an error: it is published, and the answer lost
}

func (i *interceptor) Publish(ctx context.Context, name string, batch []stream.Message, expect stream.Expectation) (uint64, error) {
	if i.before != nil {
		if err := i.before(); err != nil {
			return 0, err
		}
	}
	seq, err := i.Publisher.Publish(ctx, name, batch, expect)
	if err == nil && i.after != nil {
		err = i.after()
	}
	return seq, err
}

// port is all of a stream adapter that an ingester uses.
type port interface {
	stream.Publisher
	stream.Reader
	stream.Declarer
}

// bundle is an ingester on a stream, in memory unless said otherwise, and a source that stands in for the API.
type bundle struct {
	clock     *hand
	port      port
	publ      *interceptor
	source    *azuretest.Server
	transport http.RoundTripper // nil: the usual
	cfg       ingester.Config
	log       *zap.Logger
}

func newBundle(t *testing.T) *bundle {
	port := memory.New(time.Now)
	b := &bundle{clock: newHand(), port: port, publ: &interceptor{Publisher: port}, source: azuretest.New(t, 1), log: zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel))}
	b.cfg = ingester.Config{Source: b.source.URL(), Scope: "shop", Folder: t.TempDir()}
	return b
}

func (b *bundle) ingester(t *testing.T) *ingester.Ingester {
	t.Helper()
	g, err := ingester.New(b.cfg, ingester.Deps{
		Clock: b.clock, Publisher: b.publ, Reader: b.port, Declarer: b.port, Log: b.log, Transport: b.transport,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close(context.Background()) }) // those that died in the test fail here
	return g
}

// crawl crawls the source; it must work.
func crawl(t *testing.T, g *ingester.Ingester) ingester.Result {
	t.Helper()
	r, err := g.Crawl(t.Context(), ingester.CrawlRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// records returns all of a stream's records.
func (b *bundle) records(t *testing.T) []stream.Record {
	t.Helper()
	info, err := b.port.Info(t.Context(), stream.Rates("USD"))
	if fault.Is(err, fault.NotFound) || info.Last == 0 {
		return nil
	}
	sub, err := b.port.Subscribe(t.Context(), stream.Query{Stream: stream.Rates("USD")})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Stop()
	var all []stream.Record
	for uint64(len(all)) < info.Last {
		r, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// story tells a stream in short: one line a message, without ids of crawls.
func (b *bundle) story(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, r := range b.records(t) {
		e, err := event.Decode(r.Subject, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		switch p := e.Payload.(type) {
		case *event.RateChanged:
			price := "none"
			if p.After != nil {
				price = p.After.Price
			}
			lines = append(lines, fmt.Sprintf("%s %s %s %s", p.KnownAt.Format("01-02T15"), p.Identity.MeterID, p.Kind, price))
		case *event.CrawlFinished:
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %d %s", p.Started.Format("01-02T15"), p.Scope, p.Identities, p.Refused)))
		case *event.RateQuarantined:
			lines = append(lines, fmt.Sprintf("%s quarantined %d", p.KnownAt.Format("01-02T15"), len(p.Rows)))
		}
	}
	return lines
}

// copyFolder keeps the state on disk as it is now, as a process that dies now would leave it.
func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(filepath.Join(to, "state"), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(to, "state")
}

// row is a row of the source with a price.
func row(meter, price string) string {
	return azuretest.Row(meter, map[string]string{"retailPrice": price})
}

// changes returns every change on the stream.
func (b *bundle) changes(t *testing.T) []*event.RateChanged {
	t.Helper()
	var all []*event.RateChanged
	for _, r := range b.records(t) {
		e, err := event.Decode(r.Subject, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := e.Payload.(*event.RateChanged); ok {
			all = append(all, c)
		}
	}
	return all
}
