package notifier

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
	streammemory "github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/pkg/watchlist"
	watchlistmemory "github.com/pricewire/pricewire/pkg/watchlist/memory"
	"github.com/pricewire/pricewire/pkg/webhook"
	hookmemory "github.com/pricewire/pricewire/pkg/webhook/memory"
	"github.com/pricewire/pricewire/schemas"
)

// taken is a request that an endpoint got.
type taken struct {
	at                      time.Time
	id, signature, sentAt   string
	subject, kind, sequence string
	trace, eventTrace       trace.Parent // of the request, and of the event in it
	body                    []byte
}

// receiver is an endpoint of the tests, reached without a network.
type receiver struct {
	mu     sync.Mutex
	got    []taken
	answer func(n int, t taken) (status int, retryAfter string) // of the n-th request, from 1
}

// RoundTrip is http.RoundTripper's.
func (r *receiver) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	var e struct{ Subject, Type, Sequence, Traceparent string }
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	h := request.Header
	t := taken{now(), h.Get("Webhook-Id"), h.Get("Webhook-Signature"), h.Get("Webhook-Timestamp"), e.Subject, e.Type, e.Sequence, trace.Received(h.Values(trace.Header)), trace.Parse(e.Traceparent), body}
	r.mu.Lock()
	defer r.mu.Unlock()
	status, retryAfter := 200, ""
	if r.answer != nil {
		status, retryAfter = r.answer(len(r.got)+1, t)
	}
	r.got = append(r.got, t)
	if status == 0 {
		return nil, fmt.Errorf("no route")
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}, Body: io.NopCloser(strings.NewReader("thanks")), Request: request}, nil
}

// sequences are those of the requests, in order.
func (r *receiver) sequences() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, t := range r.got {
		all = append(all, t.sequence)
	}
	return all
}

// bed is streams, stores and a receiver.
type bed struct {
	t        *testing.T
	streams  *streammemory.Adapter
	hooks    *hookmemory.Store
	lists    *watchlistmemory.Store
	receiver *receiver
	givesUp  time.Duration
	because  trace.Parent // of what is written
	log      *zap.Logger
}

func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{t: t, streams: streammemory.New(now), hooks: hookmemory.NewStore(), lists: watchlistmemory.NewStore(), receiver: &receiver{}, log: zap.NewNop()}
	for _, d := range []stream.Declaration{stream.PricesDeclaration(), stream.RatesDeclaration("USD")} {
		if _, err := b.streams.Declare(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// write publishes golden examples, and returns how many there are.
func (b *bed) write(kinds ...event.Type) {
	b.t.Helper()
	for _, kind := range kinds {
		data, err := schemas.Example(string(kind))
		if err != nil {
			b.t.Fatal(err)
		}
		var envelope event.Envelope
		if err := json.Unmarshal(data, &envelope); err != nil {
			b.t.Fatal(err)
		}
		name := stream.Prices
		if !stream.MatchesAny(stream.PricesDeclaration().Subjects, envelope.Subject) {
			name = stream.Rates("USD")
		}
		if _, err := b.streams.Publish(context.WithoutCancel(b.t.Context()), name, []stream.Message{{Subject: envelope.Subject, ID: envelope.ID, Trace: b.because, Data: data}}, stream.Expectation{}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// hook makes an endpoint that begins at the beginning.
func (b *bed) hook(change func(*webhook.Endpoint)) webhook.Endpoint {
	b.t.Helper()
	e, err := webhook.New("ours", "", "https://example.com/hook", webhook.Filter{}, webhook.Request{}, webhook.Reach{})
	if err != nil {
		b.t.Fatal(err)
	}
	secret, err := webhook.NewSecret(strings.NewReader(strings.Repeat("s", 32)))
	if err != nil {
		b.t.Fatal(err)
	}
	e = e.Rotated(secret, 0, now())
	e.Cost, e.CreatedAt = true, now()
	if change != nil {
		change(&e)
	}
	return b.put(e)
}

func (b *bed) put(e webhook.Endpoint) webhook.Endpoint {
	b.t.Helper()
	e, err := b.hooks.Put(b.t.Context(), e)
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// change asks something of the endpoint as it is.
func (b *bed) change(how func(webhook.Endpoint) webhook.Endpoint) {
	b.t.Helper()
	e, err := b.hooks.Get(b.t.Context(), "ours")
	if err != nil {
		b.t.Fatal(err)
	}
	b.put(how(e))
}

func (b *bed) request(r webhook.Request) {
	b.t.Helper()
	b.change(func(e webhook.Endpoint) webhook.Endpoint {
		e, err := e.Request(r)
		if err != nil {
			b.t.Fatal(err)
		}
		return e
	})
}

func (b *bed) progress() webhook.Progress {
	b.t.Helper()
	p, err := b.hooks.Progress(b.t.Context(), "ours")
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// start runs a notifier until stop is called.
func (b *bed) start(owner string) (stop func()) {
	b.t.Helper()
	n, err := New(Config{Owner: owner, Version: "test", GivesUp: b.givesUp}, Deps{Streams: b.streams, Hooks: b.hooks, Watchlists: b.lists, Clock: clock.Real(), Log: b.log})
	if err != nil {
		b.t.Fatal(err)
	}
	n.client.secure.Transport = b.receiver
	ctx, cancel := context.WithCancel(b.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.Run(ctx); err != nil {
			b.t.Error(err)
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// settle lets time pass until nothing happens any more within it.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// inOrder reports whether the first time that each subject's sequences were taken goes forward, and which were taken.
func (r *receiver) inOrder(accepted func(taken) bool) (bool, []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, all := map[string]string{}, []string{}
	for _, t := range r.got {
		if !accepted(t) || slices.Contains(all, t.subject+t.sequence) {
			continue
		}
		if len(t.sequence) < len(last[t.subject]) || len(t.sequence) == len(last[t.subject]) && t.sequence < last[t.subject] {
			return false, all
		}
		last[t.subject], all = t.sequence, append(all, t.subject+t.sequence)
	}
	return true, all
}

var _ watchlist.Store = (*watchlistmemory.Store)(nil)
