package azure

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// waits records pauses instead of waiting; time passes by them only.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
	now time.Time
}

func (w *waits) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	w.now = w.now.Add(d)
	return ctx.Err()
}

func (w *waits) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func newClient(t *testing.T, cfg Config) (*Client, *waits) {
	t.Helper()
	w := &waits{now: time.Date(2026, 9, 20, 10, 0, 0, 0, time.UTC)}
	c, err := New(cfg, Deps{Wait: w.wait, Now: w.clock, Jitter: func() float64 { return 0 }})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(c.Close)
	return c, w
}

// usd asks for everything in one currency.
func usd() Query { return Query{Currency: "USD"} }

func rowsOf(n int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = azuretest.Row(fmt.Sprintf("m-%d", i), nil)
	}
	return rows
}

func TestACatalogueIsReadPageByPage(t *testing.T) {
	s := azuretest.New(t, 1)
	s.Set(rowsOf(25)...)
	s.PageRows = 10
	var seen []string
	c, _ := newClient(t, Config{BaseURL: s.URL() + "?$filter=serviceFamily eq 'Compute'"})
	b := &basket{}
	got, err := c.Traverse(t.Context(), usd(), b, func(pages, rows int) { seen = append(seen, fmt.Sprint(pages, " ", rows)) })
	if err != nil || !got.Complete || got.Pages != 3 || got.Rows != 25 || len(b.meters()) != 25 {
		t.Fatalf("%+v, %v", got.Pages, err)
	}
	if !slices.Equal(seen, []string{"1 10", "2 20", "3 25"}) {
		t.Errorf("progress %v", seen)
	}
}

func TestTheFirstLinkAsksForTheCurrencyAndKeepsTheRest(t *testing.T) {
	for _, c := range []struct{ base, filter, want string }{
		{"http://h/p", "", "http://h/p?currencyCode=%27EUR%27"},
		{"http://h/p?api-version=2023-01-01-preview", "", "http://h/p?api-version=2023-01-01-preview&currencyCode=%27EUR%27"},
		{"http://h/p?$filter=serviceName eq 'Storage'", "", "http://h/p?$filter=serviceName%20eq%20'Storage'&currencyCode=%27EUR%27"},
		{"http://h/p?currencyCode='EUR'&other=1", "", "http://h/p?currencyCode='EUR'&other=1"},
		{PublicEndpoint, "", PublicEndpoint + "?api-version=2023-01-01-preview&currencyCode=%27EUR%27"},
		{"https://h:443/p?$filter=armRegionName%20eq%20'x'", "", "https://h:443/p?$filter=armRegionName%20eq%20'x'&currencyCode=%27EUR%27"},
		{"http://h/p", "a eq 'b+c&d'", "http://h/p?currencyCode=%27EUR%27&$filter=a%20eq%20%27b%2Bc%26d%27"},
		{"http://h/p?x=1&%24filter=a eq 'b' or a eq 'c%2B'&y", "d eq 'e'", "http://h/p?x=1&y&currencyCode=%27EUR%27&$filter=%28a%20eq%20%27b%27%20or%20a%20eq%20%27c%2B%27%29%20and%20%28d%20eq%20%27e%27%29"},
	} {
		u, err := Config{BaseURL: c.base}.base()
		if err != nil {
			t.Fatalf("%s: %v", c.base, err)
		}
		if got, err := first(u, Query{"EUR", c.filter}); err != nil || got != c.want {
			t.Errorf("%s and %q:\n%s, want\n%s, %v", c.base, c.filter, got, c.want, err)
		}
	}
}

func TestFiltersAreWrittenAsTheProtocolHasThem(t *testing.T) {
	if got := FilterEqual("productName", "L'Oréal's"); got != "productName eq 'L''Oréal''s'" {
		t.Error(got)
	}
	a, b := FilterEqual("a", "1"), FilterEqual("b", "")
	for want, got := range map[string]string{"": And(), a: And("", a, ""), "(a eq '1') and (b eq '')": And(a, "", b)} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTheVersionIsAskedForUnlessTheBaseURLNamesOne(t *testing.T) {
	for _, c := range []struct{ base, version, want string }{
		{PublicEndpoint, "", "api-version=2023-01-01-preview"},
		{PublicEndpoint, VersionStable, ""},
		{PublicEndpoint, "2021-10-01-preview", "api-version=2021-10-01-preview"},
		{PublicEndpoint + "?api-version=2021-10-01", "2023-01-01-preview", "api-version=2021-10-01"},
		{"http://h/p?x=1", "", "x=1"},
		{"http://h/p?x=1", "2023-01-01-preview", "x=1&api-version=2023-01-01-preview"},
	} {
		u, err := Config{BaseURL: c.base, APIVersion: c.version}.base()
		if err != nil || u.RawQuery != c.want {
			t.Errorf("%s in version %q: %q, %v", c.base, c.version, u.RawQuery, err)
		}
	}
}

func TestAValueOutOfItsRangeIsRefusedByName(t *testing.T) {
	for place, c := range map[string]Config{
		"concurrency": {Concurrency: 65}, "requests per second": {RequestsPerSecond: math.NaN()}, "api version": {APIVersion: "2023"},
		"attempts": {Attempts: -1}, "page timeout": {PageTimeout: -1}, "backoff": {Backoff: -1}, "longest backoff": {BackoffMost: -1}, "longest retry-after": {RetryAfterMost: -1},
	} {
		c.BaseURL = PublicEndpoint
		_, err := New(c, Deps{})
		if places := fault.PlacesOf(err); !fault.Is(err, fault.Invalid) || len(places) != 1 || places[0].Where != place {
			t.Errorf("%s: %v at %v", place, err, places)
		}
	}
	for _, c := range []Config{
		{Concurrency: 64, RequestsPerSecond: 1000, APIVersion: "2023-01-01-preview"}, {Concurrency: 1, RequestsPerSecond: 0.01, APIVersion: "2023-01-01"}, {APIVersion: VersionStable},
	} {
		c.BaseURL = PublicEndpoint
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestABadBaseURLIsRefused(t *testing.T) {
	for _, base := range []string{
		"", "sample", "ftp://h/p", "http://", "http://u:p@h/p", "http://h/p#x", "http://h/p?$top=10", "http://h/p?%24orderby=x", "http://h/p?$skip=5", "http://h/p?%zz=1", ":",
		"http://h/p?$filter=a&%24filter=b",
	} {
		if _, err := New(Config{BaseURL: base}, Deps{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func TestASourceIsNamedByItsHost(t *testing.T) {
	for base, want := range map[string]string{
		PublicEndpoint: "azure", "https://prices.azure.com/x": "azure", "http://127.0.0.1:8099/p": "127.0.0.1", "http://Mirror_1.Example:80/": "mirror-1.example", "http://[::1]:5/": "--1",
	} {
		if got, err := SourceName(base); got != want || err != nil {
			t.Errorf("%s is %q, %v", base, got, err)
		}
	}
}

func TestALinkToAnotherPlaceIsNotFollowed(t *testing.T) {
	base, err := url.Parse("https://prices.azure.com/api/retail/prices")
	if err != nil {
		t.Fatal(err)
	}
	for link, ok := range map[string]bool{
		"https://prices.azure.com:443/api/retail/prices?$filter=a eq 'b'&$skip=1000": true,
		"https://prices.azure.com/other?$skip=1000":                                  true,
		"http://prices.azure.com/api/retail/prices?$skip=1000":                       false,
		"https://prices.azure.com:8443/api/retail/prices":                            false,
		"https://prices.azure.com.evil.example/api":                                  false,
		"https://user@prices.azure.com/api":                                          false,
		"https://169.254.169.254/latest":                                             false,
		"/api/retail/prices?$skip=1":                                                 false,
		"://":                                                                        false,
	} {
		if _, err := newTrail(base).visit(link); (err == nil) != ok || (err != nil && !fault.Is(err, fault.Invalid)) {
			t.Errorf("%s: %v", link, err)
		}
	}
}

// serve answers with what each request number, from 1, is to see.
func serve(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	n := 0
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		k := n
		mu.Unlock()
		answer(k, w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestPagesThatLeadInACircleEndTheTraversal(t *testing.T) {
	base := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"Items":[%s],"NextPageLink":"http://%s/?$skip=1"}`, azuretest.Row("m", nil), r.Host)
	})
	c, _ := newClient(t, Config{BaseURL: base})
	got, err := c.Traverse(t.Context(), usd(), &basket{}, nil)
	if err != nil || got.Complete || got.Pages != 2 || !strings.Contains(got.Broken, "page 3") || !strings.Contains(got.Broken, "circle") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTooManyPagesEndTheTraversal(t *testing.T) {
	s := azuretest.New(t, 1)
	s.Set(rowsOf(5)...)
	s.PageRows = 1
	c, _ := newClient(t, Config{BaseURL: s.URL(), Limits: Limits{Pages: 3}})
	got, err := c.Traverse(t.Context(), usd(), &basket{}, nil)
	if err != nil || got.Complete || got.Pages != 3 || !strings.Contains(got.Broken, "3 pages") {
		t.Errorf("%+v, %v", got.Broken, err)
	}
}

func TestARedirectToAnotherPlaceIsNotFollowed(t *testing.T) {
	secret := serve(t, func(int, http.ResponseWriter, *http.Request) { t.Error("it was followed") })
	base := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secret, http.StatusFound) })
	c, w := newClient(t, Config{BaseURL: base})
	if _, err := c.Traverse(t.Context(), usd(), &basket{}, nil); !fault.Is(err, fault.Invalid) || len(w.all) != 0 {
		t.Errorf("%v after %v", err, w.all)
	}
}

func TestTheSourceSaysHowLongToWait(t *testing.T) {
	date := time.Date(2026, 9, 20, 10, 0, 0, 0, time.UTC)
	base := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		switch n {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.Header().Set("Date", date.Format(http.TimeFormat))
			w.Header().Set("Retry-After", date.Add(90*time.Second).Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			w.WriteHeader(http.StatusBadGateway)
		default:
			fmt.Fprint(w, `{"Items":[]}`)
		}
	})
	c, w := newClient(t, Config{BaseURL: base})
	got, err := c.Traverse(t.Context(), usd(), &basket{}, nil)
	if err != nil || !got.Complete || !slices.Equal(w.all, []time.Duration{7 * time.Second, 90 * time.Second, 4 * time.Second}) {
		t.Errorf("%v after %v", err, w.all)
	}
}

func TestASourceThatAsksForTooMuchPatienceIsLeft(t *testing.T) {
	base := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c, w := newClient(t, Config{BaseURL: base})
	if _, err := c.Traverse(t.Context(), usd(), &basket{}, nil); !fault.Is(err, fault.Unavailable) || len(w.all) != 0 {
		t.Errorf("%v after %v", err, w.all)
	}
}

func TestWhatWillNotHelpIsNotTriedAgain(t *testing.T) {
	asked := 0
	base := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		asked = n
		http.Error(w, `{"Error": "no   such filter"}`, http.StatusBadRequest)
	})
	c, _ := newClient(t, Config{BaseURL: base})
	_, err := c.Traverse(t.Context(), usd(), &basket{}, nil)
	if !fault.Is(err, fault.Invalid) || asked != 1 || !strings.Contains(err.Error(), `page 1`) || !strings.Contains(err.Error(), `400 Bad Request: {"Error": "no such filter"}`) {
		t.Errorf("%v after %d requests", err, asked)
	}
}

func TestWhoeverCannotBeReachedIsUnavailable(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	c, w := newClient(t, Config{BaseURL: s.URL})
	_, err := c.Traverse(t.Context(), usd(), &basket{}, nil)
	if !fault.Is(err, fault.Unavailable) || len(w.all) != 4 || w.all[3] != 8*time.Second {
		t.Errorf("%v after %v", err, w.all)
	}
}

func TestABodyThatNeverEndsIsGivenUp(t *testing.T) {
	s := azuretest.New(t, 1)
	s.Set(rowsOf(3)...)
	s.Chances.Slow = 1
	c, _ := newClient(t, Config{BaseURL: s.URL(), PageTimeout: 50 * time.Millisecond})
	got, err := c.Traverse(t.Context(), usd(), &basket{}, nil)
	if err != nil || !got.Complete || s.Asked() != 3 {
		t.Errorf("%v after %d requests", err, s.Asked())
	}
}

func TestAPageThatIsNeverWholeBreaksTheTraversalOffAndSaysWhere(t *testing.T) {
	base := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			fmt.Fprintf(w, `{"Items":[%s],"NextPageLink":"http://%s/?$skip=1"}`, azuretest.Row("m", nil), r.Host)
			return
		}
		fmt.Fprintf(w, `{"Items":[%s,{"meterId":`, azuretest.Row("n", nil))
	})
	c, w := newClient(t, Config{BaseURL: base})
	got, err := c.Traverse(t.Context(), usd(), &basket{}, nil)
	if err != nil || got.Complete || got.Rows != 1 || len(w.all) != 2 {
		t.Fatalf("%+v, %v after %v", got, err, w.all)
	}
	for _, part := range []string{"page 2", "$skip=1", "row 2, byte"} {
		if !strings.Contains(got.Broken, part) {
			t.Errorf("%q does not say %s", got.Broken, part)
		}
	}
}

func TestWhoIsStoppedStops(t *testing.T) {
	s := azuretest.New(t, 1)
	s.Set(rowsOf(3)...)
	ctx, cancel := context.WithCancel(t.Context())
	c, err := New(Config{BaseURL: s.URL() + "/missing"}, Deps{Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := c.Traverse(ctx, usd(), &basket{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestEveryMisbehaviourAtOnceStillGivesEveryRow(t *testing.T) {
	for seed := range uint64(20) {
		s := azuretest.New(t, seed)
		s.Set(rowsOf(230)...)
		s.PageRows = 20
		s.Chances = azuretest.Chances{TooMany: .1, Broken: .1, CutOff: .1, Truncated: .1, Slow: .02, Repeated: .3}
		c, _ := newClient(t, Config{BaseURL: s.URL(), PageTimeout: 250 * time.Millisecond})
		b := &basket{}
		got, err := c.Traverse(t.Context(), usd(), b, nil)
		if err != nil || !got.Complete || len(b.meters()) != 230 || got.Pages != 12 || got.Rows < 230 || got.Rows > len(b.rows) {
			t.Errorf("seed %d: %d rows in %d pages, %v %v", seed, len(b.meters()), got.Pages, got.Broken, err)
		}
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	base := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("asked for %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		fmt.Fprint(packed, `{"Items":[`)
		for range 100 {
			_, _ = packed.Write(bytes.Repeat([]byte(" "), 1<<20)) // the client leaves in the middle
		}
	})
	c, _ := newClient(t, Config{BaseURL: base, Limits: Limits{BodyBytes: 1 << 20}})
	if _, err := c.Traverse(t.Context(), usd(), &basket{}, nil); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("%v", err)
	}
}
