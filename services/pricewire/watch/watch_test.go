package watch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "the secret of both"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// record is that of a crawl with everything in it.
func record() rate.Record {
	return rate.Record{
		ID: "azure-usd-20261122T120000Z-0123456789ab", Source: "azure", Scope: "azure-usd", Currency: "USD", At: noon, Finished: noon.Add(time.Minute),
		Pages: 3, Rows: 30, Identities: 29, Content: strings.Repeat("0a", 32), Broken: "page 3: gone", Traversals: 2, Parts: 2, Accepted: true,
		Shards: []rate.ShardRecord{{Name: "compute", Pages: 2, Rows: 20, Identities: 20, Traversals: 2}, {Name: "storage", Refused: "incomplete"}},
		Counts: rate.Counts{Added: 2, PriceChanged: 1, Periods: 5}, Quarantined: 1, Foreign: 1,
	}
}

// scripted is a watcher that does what a test says.
type scripted struct {
	crawl    func(context.Context, api.CrawlInput) (api.Observed, error)
	observe  func(context.Context, api.ObserveInput) (api.Observed, error)
	watching func() (api.Watching, error)
}

func (s *scripted) Crawl(ctx context.Context, in api.CrawlInput) (api.Observed, error) {
	return s.crawl(ctx, in)
}

func (s *scripted) Observe(ctx context.Context, in api.ObserveInput) (api.Observed, error) {
	return s.observe(ctx, in)
}

func (s *scripted) Accept(ctx context.Context, id string) (api.Observed, error) {
	return s.crawl(ctx, api.CrawlInput{Scope: id})
}
func (s *scripted) Watching(context.Context) (api.Watching, error) { return s.watching() }

func serve(t *testing.T, s *scripted, log *zap.Logger) *Client {
	t.Helper()
	return NewClient(listen(t, s, log)+"/", secret)
}

// listen answers for a watcher at a URL.
func listen(t *testing.T, s *scripted, log *zap.Logger) string {
	t.Helper()
	mux := http.NewServeMux()
	NewHandler(s, secret, log).Register(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestWhatIsAskedAndAnsweredArrivesWhole(t *testing.T) {
	s := &scripted{}
	c := serve(t, s, zap.NewNop())
	want := api.Observed{Record: record(), Repeated: true}
	s.crawl = func(_ context.Context, in api.CrawlInput) (api.Observed, error) {
		if diff := cmp.Diff(api.CrawlInput{Source: "http://feed", Currency: "USD", Scope: "mine"}, in); diff != "" {
			t.Error(diff)
		}
		return want, nil
	}
	got, err := c.Crawl(t.Context(), api.CrawlInput{Source: "http://feed", Currency: "USD", Scope: "mine"})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	s.crawl = func(_ context.Context, in api.CrawlInput) (api.Observed, error) {
		return api.Observed{Record: record()}, map[bool]error{false: errors.New(in.Scope)}[in.Scope == "a crawl/id"]
	}
	if got, err := c.Accept(t.Context(), "a crawl/id"); err != nil || got.Record.ID != record().ID || got.Repeated {
		t.Errorf("%+v, %v", got, err)
	}
	s.observe = func(_ context.Context, in api.ObserveInput) (api.Observed, error) {
		data, err := io.ReadAll(in.Body)
		in.Body = nil
		if diff := cmp.Diff(api.ObserveInput{Name: "a&b é.json", Scope: "s", Currency: "EUR", At: noon.Add(time.Nanosecond), Partial: true}, in); diff != "" {
			t.Error(diff)
		}
		if string(data) != "rows" {
			t.Errorf("body %q", data)
		}
		return want, err
	}
	got, err = c.Observe(t.Context(), api.ObserveInput{
		Name: "a&b é.json", Scope: "s", Currency: "EUR", At: noon.Add(time.Nanosecond), Partial: true, Body: strings.NewReader("rows"),
	})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestWatchingArrivesWhole(t *testing.T) {
	want := api.Watching{
		Source:  "azure",
		Running: []api.Running{{Source: "azure", Scope: "azure-usd", Currency: "USD", Started: noon, Pages: 8, Rows: 7, Shards: 6, ShardsRead: 5, Expected: 4, Left: 90 * time.Second}},
		Scopes: []api.ScopeHealth{
			{Scope: "azure-eur", Currency: "EUR", Failed: "gone", Failing: 2},
			{Scope: "azure-usd", Currency: "USD", Last: record(), Taken: noon, Refused: 3},
		},
		Quarantined: map[string]int{"disagreement": 2},
	}
	got, err := serve(t, &scripted{watching: func() (api.Watching, error) { return want, nil }}, zap.NewNop()).Watching(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestErrorsKeepTheirKindPlacesAndHint(t *testing.T) {
	s := &scripted{}
	c := serve(t, s, zap.NewNop())
	for _, kind := range []fault.Kind{fault.Internal, fault.Invalid, fault.NotFound, fault.Conflict, fault.Refused, fault.Unavailable} {
		s.crawl = func(context.Context, api.CrawlInput) (api.Observed, error) {
			return api.Observed{}, fault.New(kind, "100%% wrong").WithHint("mend 100%% of it").WithPlaces(fault.Place{Where: "scope", Problem: "not a name"})
		}
		_, err := c.Crawl(t.Context(), api.CrawlInput{})
		if fault.KindOf(err) != kind || err.Error() != "100% wrong" || fault.HintOf(err) != "mend 100% of it" || !cmp.Equal(fault.PlacesOf(err), []fault.Place{{Where: "scope", Problem: "not a name"}}) {
			t.Errorf("%v became %v, %q, %q, %v", kind, fault.KindOf(err), err, fault.HintOf(err), fault.PlacesOf(err))
		}
	}
}

func TestOnlyWhoKnowsTheSecretAndTheVersionIsAnswered(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	s := &scripted{watching: func() (api.Watching, error) { return api.Watching{}, nil }}
	base := listen(t, s, zap.New(core))
	for _, wrong := range []string{"", "hunter2", secret + "x", secret[:5]} {
		_, err := NewClient(base, wrong).Watching(t.Context())
		if !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "--ingester-secret-file") {
			t.Errorf("secret %q: %v", wrong, err)
		}
		if said := fmt.Sprint(err, logs.All()); strings.Contains(said, secret) || (wrong == "hunter2" && strings.Contains(said, wrong)) {
			t.Errorf("a secret is shown: %s", said)
		}
	}
	response, err := http.Get(base + pathWatching)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "version") {
		t.Errorf("a request without a version: %s, %s", response.Status, body)
	}
}

func TestWithoutASecretOnlyLoopbackNamesAreAnswered(t *testing.T) {
	mux := http.NewServeMux()
	NewHandler(&scripted{watching: func() (api.Watching, error) { return api.Watching{}, nil }}, "", zap.NewNop()).Register(mux)
	for host, want := range map[string]int{"127.0.0.1:8082": 200, "localhost": 200, "[::1]:1": 200, "evil.example": 422, "10.0.0.1:80": 422} {
		request := httptest.NewRequest(http.MethodGet, pathWatching, nil)
		request.Host = host
		request.Header.Set(header, version)
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("%s: %d, want %d", host, answer.Code, want)
		}
	}
}

func TestASnapshotStreamsThrough(t *testing.T) {
	s := &scripted{}
	c := serve(t, s, zap.NewNop())
	reader, writer := io.Pipe()
	s.observe = func(_ context.Context, in api.ObserveInput) (api.Observed, error) {
		first := make([]byte, 5)
		if _, err := io.ReadFull(in.Body, first); err != nil {
			return api.Observed{}, err
		}
		_, _ = io.WriteString(writer, " and the rest") // only now is the rest there
		_ = writer.Close()
		rest, err := io.ReadAll(in.Body)
		if string(first)+string(rest) != "first and the rest" {
			t.Errorf("got %q and %q", first, rest)
		}
		return api.Observed{Record: record()}, err
	}
	go func() { _, _ = io.WriteString(writer, "first") }()
	if _, err := c.Observe(t.Context(), api.ObserveInput{At: noon, Body: reader}); err != nil {
		t.Error(err)
	}
}

func TestASnapshotThatBreaksOffIsNotTakenForItsContent(t *testing.T) {
	s := &scripted{}
	c := serve(t, s, zap.NewNop())
	told := make(chan error, 1)
	s.observe = func(_ context.Context, in api.ObserveInput) (api.Observed, error) {
		_, err := io.ReadAll(in.Body)
		told <- err
		return api.Observed{}, fault.New(fault.Invalid, "row 1 ends early")
	}
	cut := errors.New("the client has gone")
	_, err := c.Observe(t.Context(), api.ObserveInput{At: noon, Body: io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), broken{cut})})
	if !errors.Is(err, cut) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("the sender is told %v", err)
	}
	if err := <-told; err == nil {
		t.Error("the cut was not noticed")
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestASnapshotCutOnTheWireIsUnavailable(t *testing.T) {
	s := &scripted{observe: func(_ context.Context, in api.ObserveInput) (api.Observed, error) {
		_, _ = io.ReadAll(in.Body)
		return api.Observed{}, fault.New(fault.Invalid, "row 1 ends early")
	}}
	host := strings.TrimPrefix(listen(t, s, zap.NewNop()), "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "POST %s?name=a.json&at=2026-11-22T12:00:00Z&partial=false HTTP/1.1\r\nHost: %s\r\n%s: 1\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"a\"\r\n",
		pathObserve, host, header, secret)
	if tcp, ok := conn.(*net.TCPConn); ok { // so that the answer can still be read
		_ = tcp.CloseWrite()
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "the upload of a.json broke off") {
		t.Errorf("%s: %s", answer.Status, body)
	}
}

// zeros never ends.
type zeros struct{ read int64 }

func (z *zeros) Read(p []byte) (int, error) {
	z.read += int64(len(p))
	return len(p), nil
}

func TestSnapshotsAreBoundedAndEarlyRefusalsArrive(t *testing.T) {
	s := &scripted{observe: func(_ context.Context, in api.ObserveInput) (api.Observed, error) {
		_, err := io.Copy(io.Discard, in.Body)
		return api.Observed{}, err
	}}
	c := serve(t, s, zap.NewNop())
	_, err := c.Observe(t.Context(), api.ObserveInput{Name: "a.json", At: noon, Body: &zeros{}})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "more than 256 MiB") {
		t.Errorf("without an end: %v", err)
	}
	s.observe = func(context.Context, api.ObserveInput) (api.Observed, error) {
		return api.Observed{}, fault.New(fault.Refused, "not now")
	}
	_, err = c.Observe(t.Context(), api.ObserveInput{At: noon, Body: io.LimitReader(&zeros{}, 32<<20)})
	if !fault.Is(err, fault.Refused) {
		t.Errorf("refused early: %v", err)
	}
}

func TestWhoStopsWaitingStopsWhatHeAskedFor(t *testing.T) {
	ended := make(chan error, 1)
	begun := make(chan struct{})
	c := serve(t, &scripted{crawl: func(ctx context.Context, _ api.CrawlInput) (api.Observed, error) {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return api.Observed{}, ctx.Err()
	}}, zap.NewNop())
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if _, err := c.Crawl(ctx, api.CrawlInput{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the crawl ended with %v", err)
	}
}

func TestAnIngesterThatIsGoneOrIsNoneIsUnavailable(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	other := httptest.NewServer(http.NotFoundHandler())
	dying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(other.Close)
	t.Cleanup(dying.Close)
	closed.Close()
	for _, url := range []string{closed.URL, other.URL, dying.URL} {
		c := NewClient(url, secret)
		_, err := c.Watching(t.Context())
		_, crawlErr := c.Crawl(t.Context(), api.CrawlInput{})
		_, observeErr := c.Observe(t.Context(), api.ObserveInput{Body: bytes.NewReader(nil)})
		for _, err := range []error{err, crawlErr, observeErr} {
			if !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" || strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v, hint %q", url, err, fault.HintOf(err))
			}
		}
	}
	for _, err := range []error{
		second(None{}.Crawl(t.Context(), api.CrawlInput{})), second(None{}.Observe(t.Context(), api.ObserveInput{})), second(None{}.Accept(t.Context(), "x")),
		second(None{}.Watching(t.Context())),
	} {
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.HintOf(err), "--ingester") {
			t.Errorf("without an ingester: %v, hint %q", err, fault.HintOf(err))
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestASecretIsNotTakenElsewhere(t *testing.T) {
	elsewhere := make(chan string, 1)
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { elsewhere <- r.Header.Get("Authorization") }))
	t.Cleanup(thief.Close)
	lure := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	t.Cleanup(lure.Close)
	if _, err := NewClient(lure.URL, secret).Watching(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	select {
	case got := <-elsewhere:
		t.Errorf("a redirect was followed with %q", got)
	default:
	}
}
