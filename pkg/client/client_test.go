package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/client"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
)

// serving is a client of a server that a function answers for, and that waits for nothing.
func serving(t testing.TB, handle http.HandlerFunc, options ...client.Option) *client.Client {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	c, err := client.New(s.URL+"/", append([]client.Option{client.WithRetries(3, time.Microsecond, time.Microsecond)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestARequestSaysWhoActsAndWhatIsAsked(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("pw_a_b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.String()+" "+r.Header.Get("X-Pricewire-User")+" "+r.Header.Get("Authorization")+" "+r.Header.Get("User-Agent")+" "+r.Header.Get("traceparent"))
		_, _ = io.WriteString(w, `{"items": []}`)
	}, client.WithUser("alice"), client.WithTokenFile(token), client.WithAgent("billing/1.0"))
	f := client.PriceFilter{Market: "US", Product: "CFQ7TTC0LH18"}
	for range c.ListPrices(t.Context(), f, client.AsOf{At: time.Date(2026, 12, 5, 0, 0, 0, 0, time.FixedZone("", 3600))}) {
		t.Error("there are no prices")
	}
	if err := os.WriteFile(token, []byte("pw_c_d"), 0o600); err != nil {
		t.Fatal(err)
	}
	by := trace.New()
	if _, err := c.ListAudits(trace.With(t.Context(), by)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET /v1/prices?at=2026-12-04T23%3A00%3A00Z&limit=1000&market=US&product=CFQ7TTC0LH18 alice Bearer pw_a_b billing/1.0 ",
		"GET /v1/audits alice Bearer pw_c_d billing/1.0 " + by.String(),
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", got)
	}
}

func TestAProblemKeepsItsKindHintAndPlaces(t *testing.T) {
	c := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"type":"https://pricewire.dev/problems/invalid","detail":"no","hint":"do 100 %","errors":[{"location":"query.at","message":"bad"}]}`)
	})
	_, err := c.ShowRelease(t.Context(), "x")
	var e *client.Error
	if !errors.As(err, &e) || e.Status != 422 || e.Hint() != "do 100 %" || len(e.Places()) != 1 || e.Places()[0].Where != "query.at" {
		t.Fatalf("%+v", err)
	}
	if !errors.Is(err, client.ErrInvalid) || errors.Is(err, client.ErrRefused) || !fault.Is(err, fault.Invalid) {
		t.Errorf("it is %v", e.Kind)
	}
}

func TestAnAnswerThatIsNoProblemIsJudgedByItsStatus(t *testing.T) {
	for status, want := range map[int]client.KindError{
		400: client.ErrInvalid, 401: client.ErrUnauthenticated, 403: client.ErrForbidden, 404: client.ErrNotFound, 409: client.ErrConflict, 412: client.ErrConflict, 413: client.ErrInvalid, 422: client.ErrRefused,
		429: client.ErrUnavailable, 500: client.ErrInternal, 502: client.ErrUnavailable, 503: client.ErrUnavailable, 504: client.ErrUnavailable, 307: client.ErrInternal,
	} {
		c := serving(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", status) })
		if _, err := c.Status(t.Context()); !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", status, err, want)
		}
	}
}

func TestWhatMayPassIsTriedAgainAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		status, tries int
		call          func(context.Context, *client.Client) error
	}{
		{503, 3, func(ctx context.Context, c *client.Client) error { _, err := c.Status(ctx); return err }},
		{429, 3, func(ctx context.Context, c *client.Client) error { _, err := c.Status(ctx); return err }},
		{500, 1, func(ctx context.Context, c *client.Client) error { _, err := c.Status(ctx); return err }},
		{404, 1, func(ctx context.Context, c *client.Client) error { _, err := c.Status(ctx); return err }},
		{503, 3, func(ctx context.Context, c *client.Client) error {
			_, err := c.ApproveRelease(ctx, "x", client.Transition{})
			return err
		}},
		{503, 3, func(ctx context.Context, c *client.Client) error {
			_, err := c.LintRelease(ctx, client.Sheet{Content: strings.NewReader("sheet")})
			return err
		}},
		{503, 1, func(ctx context.Context, c *client.Client) error { // it cannot be read a second time
			_, err := c.LintRelease(ctx, client.Sheet{Content: io.MultiReader(strings.NewReader("sheet"))})
			return err
		}},
	} {
		var keys []string
		bodies := map[string]bool{}
		k := serving(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			bodies[string(body)] = true
			keys = append(keys, r.Header.Get("Idempotency-Key"))
			w.WriteHeader(c.status)
		})
		if err := c.call(t.Context(), k); err == nil {
			t.Error("it did not fail")
		}
		if len(keys) != c.tries || len(bodies) != 1 {
			t.Errorf("%d was tried %d times, with %d bodies", c.status, len(keys), len(bodies))
		}
		for _, key := range keys {
			if key != keys[0] {
				t.Errorf("keys %v differ: the server takes them for different writes", keys)
			}
		}
	}
}

func TestAServerSaysHowLongToWait(t *testing.T) {
	n := 0
	c := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := c.Status(ctx); !errors.Is(err, context.DeadlineExceeded) || n != 1 {
		t.Errorf("%v after %d attempts: it did not wait", err, n)
	}
	if _, err := c.Status(t.Context()); err != nil || n != 2 {
		t.Errorf("%v, %d", err, n)
	}
}

func TestAListIsReadPageByPageAsItIsNeeded(t *testing.T) {
	asked := 0
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		next := `"2"`
		if r.URL.Query().Get("cursor") == "2" {
			next = "null"
		}
		_, _ = fmt.Fprintf(w, `{"items": [{"id": "a%d"}, {"id": "b%d"}], "next": %s}`, asked, asked, next)
	})
	var ids []string
	for r, err := range c.ListReleases(t.Context(), client.ReleaseFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if strings.Join(ids, " ") != "a1 b1 a2 b2" {
		t.Errorf("%v", ids)
	}
	asked = 0
	for range c.ListReleases(t.Context(), client.ReleaseFilter{}) {
		break
	}
	if asked != 1 {
		t.Errorf("%d pages were asked for although one was enough", asked)
	}
}

func TestAnAnswerThatIsTooLongOrBreaksOffIsNoAnswer(t *testing.T) {
	c := serving(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"source": "sample"}`) }, client.WithAnswerLimit(10))
	if _, err := c.Status(t.Context()); !errors.Is(err, client.ErrRefused) {
		t.Errorf("too long: %v", err)
	}
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	}
	if _, err := serving(t, half).Status(t.Context()); !errors.Is(err, client.ErrUnavailable) {
		t.Errorf("half: %v", err)
	}
	var out strings.Builder
	if err := serving(t, half).ExportRelease(t.Context(), "x", client.CSV, false, &out); !errors.Is(err, client.ErrUnavailable) || out.String() != "half" {
		t.Errorf("half a file: %v, %q", err, out.String())
	}
	full := errors.New("disk full")
	whole := serving(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	if err := whole.ExportRelease(t.Context(), "x", client.CSV, false, failing{full}); !errors.Is(err, full) {
		t.Errorf("a full disk: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestALookupAnswersInOrderAndKnowsWhenLinesAreMissing(t *testing.T) {
	missing := 0
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		decoder := json.NewDecoder(r.Body)
		for n := 0; ; n++ {
			var in client.RateLookupItem
			if err := decoder.Decode(&in); err != nil {
				return
			}
			if n >= 5-missing {
				continue
			}
			_, _ = fmt.Fprintf(w, `{"rates":[{"meter_id":%q,"price":"0.0000166667"}]}`+"\n", in.MeterID)
		}
	})
	lines := make([]client.RateLookupItem, 5)
	for i := range lines {
		lines[i].MeterID = fmt.Sprint(i)
	}
	n := 0
	for a, err := range c.LookupRates(t.Context(), lines) {
		if err != nil || a.Rates[0].MeterID != fmt.Sprint(n) || a.Rates[0].Price.String() != "0.0000166667" {
			t.Fatalf("%d: %+v, %v", n, a, err)
		}
		n++
	}
	if n != 5 {
		t.Errorf("%d answers", n)
	}
	missing = 1
	var last error
	for _, err := range c.LookupRates(t.Context(), lines) {
		last = err
	}
	if !errors.Is(last, client.ErrUnavailable) {
		t.Errorf("got %v", last)
	}
	for _, err := range c.LookupRates(t.Context(), make([]client.RateLookupItem, client.LookupLimit+1)) {
		if !errors.Is(err, client.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAReleaseCarriesItsETagAndAnActNamesIt(t *testing.T) {
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if tag := r.Header.Get("If-Match"); tag != "" && tag != `"7"` {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		w.Header().Set("ETag", `"7"`)
		_, _ = fmt.Fprintf(w, `{"id": "x", "reason": %q}`, r.Header.Get("Idempotency-Key"))
	})
	r, err := c.ShowRelease(t.Context(), "x")
	if err != nil || r.ETag != `"7"` {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err = c.SubmitRelease(t.Context(), "x", client.Transition{}, client.IfMatch(r.ETag), client.IdempotencyKey("mine")); err != nil || r.Reason != "mine" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err = c.SubmitRelease(t.Context(), "x", client.Transition{}, client.IfMatch(`"6"`)); !errors.Is(err, client.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatIsNotThereIsUnavailableAndAnInterruptionIsNot(t *testing.T) {
	c, err := client.New("http://127.0.0.1:1", client.WithRetries(2, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, client.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Status(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestATokenIsNotSentWhereEverybodyCanReadIt(t *testing.T) {
	for _, c := range []struct {
		base    string
		options []client.Option
		want    error
	}{
		{"http://prices.example", []client.Option{client.WithToken("x")}, client.ErrRefused},
		{"http://prices.example", []client.Option{client.WithToken("x"), client.WithPlainToken()}, nil},
		{"https://prices.example", []client.Option{client.WithToken("x")}, nil},
		{"http://127.0.0.1:1", []client.Option{client.WithToken("x")}, nil},
		{"http://prices.example", nil, nil},
		{"prices.example", nil, client.ErrInvalid},
		{"ftp://x", nil, client.ErrInvalid},
		{"http://a b", nil, client.ErrInvalid},
		{"http://user:pw@x", nil, client.ErrInvalid},
		{"http://x", []client.Option{client.WithRetries(0, 0, 0)}, client.ErrInvalid},
	} {
		_, err := client.New(c.base, c.options...)
		if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.base, err, c.want)
		}
	}
	for _, content := range []string{"", "a b", strings.Repeat("x", 20_000)} {
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c := serving(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }, client.WithTokenFile(path))
		if _, err := c.Status(t.Context()); !errors.Is(err, client.ErrInvalid) {
			t.Errorf("%.20q: %v", content, err)
		}
	}
}

func TestAnItemHasTheColumnsOfItsList(t *testing.T) {
	c := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"market":"WW","key":"k","title":"The guide","valid_from":null,"valid_to":"2027-01-01T00:00:00Z","known_at":"2026-01-01T00:00:00Z","release":"r","in_force":"r"}`)
	})
	i, err := c.ResolveDocument(t.Context(), "program-guide", "JP", "", client.AsOf{})
	if err != nil || i.Key != "k" || i.ValidFrom != nil || i.ValidTo == nil || len(i.Values) != 1 || i.Values["title"] != "The guide" {
		t.Errorf("%+v, %v", i, err)
	}
}
