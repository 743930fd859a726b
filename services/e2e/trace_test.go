package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/client"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/trace"
)

// endpoint is a webhook of the tests: what it was sent.
type endpoint struct {
	mu   sync.Mutex
	sent map[string]trace.Parent // by what the event says caused it, what the request says
}

// ServeHTTP takes whatever comes.
func (e *endpoint) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var event struct{ Traceparent string }
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &event)
	}
	if err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sent[event.Traceparent] = trace.Received(r.Header.Values(trace.Header))
}

// of returns what the last request said whose event was caused so.
func (e *endpoint) of(by trace.Parent) trace.Parent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sent[by.String()]
}

// headers returns what the messages of a stream say caused them, and how many messages say so; nothing while there is no such stream.
func headers(t *testing.T, i *instance, name string) map[string]int {
	t.Helper()
	nc, err := nats.Connect(i.NATS)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]int{}
	for n := range s.CachedInfo().State.LastSeq {
		m, err := s.GetMsg(t.Context(), n+1)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(m.Subject, ".missing") { // which nobody asked for
			said[strings.Join(m.Header.Values("traceparent"), ",")]++
		}
	}
	return said
}

// TestOneTraceLeadsFromARequestToEverySubscriber approves a list and takes a snapshot in traces of the client's, and looks for them wherever events are told.
func TestOneTraceLeadsFromARequestToEverySubscriber(t *testing.T) {
	hook := &endpoint{sent: map[string]trace.Parent{}}
	receiver := httptest.NewServer(hook)
	defer receiver.Close()
	data := t.TempDir()
	i := start(t, data, "--source", "none")
	c, err := client.New(i.HTTP, client.WithUser("alice"))
	if err != nil {
		t.Fatal(err)
	}
	in := client.WebhookInput{Name: "ours", URL: receiver.URL, From: "start"}
	if _, err := c.CreateWebhook(t.Context(), in); !errors.Is(err, client.ErrInvalid) || !strings.Contains(err.Error(), "--webhook-allow") {
		t.Fatalf("an endpoint that is never sent to: %v", err)
	}
	i.stop(t)
	i = start(t, data, "--source", "none", "--erp-streams", "on", "--webhook-allow", "127.0.0.0/8")
	if c, err = client.New(i.HTTP, client.WithUser("alice")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateWebhook(t.Context(), in); err != nil {
		t.Fatal(err)
	}

	approved, observed := approveIn(t, i), trace.New()
	snapshot, err := os.Open(aSnapshot(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = snapshot.Close() }()
	if _, err := c.Observe(trace.With(t.Context(), observed), client.Observation{Content: snapshot, Name: filepath.Base(snapshot.Name())}); err != nil {
		t.Fatal(err)
	}

	var causes [2]trace.Parent // of the list, and of the snapshot
	for n, where := range []struct {
		stream string
		asked  trace.Parent
	}{{"PRICES", approved}, {"RATES_USD", observed}} {
		all := headers(t, i, where.stream)
		for header, times := range all {
			causes[n] = trace.Parse(header)
			if len(all) != 1 || causes[n].TraceID != where.asked.TraceID || causes[n].SpanID == where.asked.SpanID || times < 2 {
				t.Fatalf("%s says %v, the request was %s", where.stream, all, where.asked)
			}
		}
		eventually(t, "the stream without cost says the same", func() error {
			if told := headers(t, i, "ERP_"+where.stream); len(told) != 1 || told[causes[n].String()] == 0 {
				return fmt.Errorf("%v", told)
			}
			return nil
		})
		eventually(t, "the webhook is sent it", func() error {
			if said := hook.of(causes[n]); said.TraceID != where.asked.TraceID || said == causes[n] {
				return fmt.Errorf("the request says %s, its event %s", said, causes[n])
			}
			return nil
		})
	}
	seen := map[event.Type]trace.Parent{}
	for e, err := range c.FollowEvents(t.Context(), client.EventFilter{From: "start"}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[e.Type] = e.Trace
		if !seen[event.TypeReleasePublished].IsZero() && !seen[event.TypeCrawlFinished].IsZero() {
			break
		}
	}
	if seen[event.TypeReleasePublished] != causes[0] || seen[event.TypePriceChanged] != causes[0] || seen[event.TypeRateChanged] != causes[1] || seen[event.TypeCrawlFinished] != causes[1] {
		t.Errorf("server-sent events say %v, want %v", seen, causes)
	}
	for _, says := range []string{"release published", "crawl published", "request answered"} {
		id := causes[0].ID()
		if says == "crawl published" {
			id = causes[1].ID()
		}
		if !logged(i.log.String(), says, id) {
			t.Errorf("no line %q of the log names the trace %s", says, id)
		}
	}
}

// approveIn takes a list of 50 lines through its life, and approves it in a trace of its own.
func approveIn(t *testing.T, i *instance) trace.Parent {
	t.Helper()
	when := time.Now().UTC().AddDate(0, 0, 10)
	list := command(t, "sample", "list", "--month", when.Format("2006-01"), "--lines", "50", "--market", "US")
	sheet := filepath.Join(t.TempDir(), "US.csv")
	if err := os.WriteFile(sheet, []byte(list.out), 0o600); err != nil || list.code != 0 {
		t.Fatal(err, list.err)
	}
	id := i.object(t, "release", "create", sheet, "--market", "US", "--effective", when.Format(time.DateOnly), "--as", "alice")["id"].(string)
	i.ok(t, "release", "submit", id, "--as", "alice")
	asked := trace.New()
	asked.Flags = 1
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.HTTP+"/v1/releases/"+id+"/approve", bytes.NewBufferString(`{"short_notice":"a trial"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Pricewire-User", "bob")
	request.Header.Set("traceparent", asked.String())
	request.Header.Set("tracestate", "vendor=secret")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if told := trace.Parse(response.Header.Get("traceparent")); response.StatusCode != http.StatusOK || told.TraceID != asked.TraceID || told.Flags != 1 || response.Header.Get("tracestate") != "" {
		t.Fatalf("%s, in the trace %s", response.Status, told)
	}
	return asked
}

// logged reports whether a line of a log says two things.
func logged(log, one, other string) bool {
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(line, one) && strings.Contains(line, other) {
			return true
		}
	}
	return false
}
