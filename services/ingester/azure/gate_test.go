package azure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// script answers each request by the function, without a network: so that time can be simulated.
type script func(r *http.Request) *http.Response

func (s script) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return s(r), nil
}

func answer(r *http.Request, code int, body string, header ...string) *http.Response {
	w := httptest.NewRecorder()
	for i := 0; i+1 < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.WriteHeader(code)
	_, _ = w.WriteString(body)
	response := w.Result()
	response.Request = r
	return response
}

// scripted runs n traversals at once in simulated time, each of a query of its own, and returns when each request came, in order.
func scripted(t *testing.T, cfg Config, n int, s script) (asked []time.Duration, failures []error) {
	t.Helper()
	cfg.BaseURL = "http://prices.example/p"
	start := time.Now()
	var mu sync.Mutex
	c, err := New(cfg, Deps{Now: time.Now, Jitter: func() float64 { return 0 }, Transport: script(func(r *http.Request) *http.Response {
		mu.Lock()
		asked = append(asked, time.Since(start))
		mu.Unlock()
		return s(r)
	})})
	if err != nil {
		t.Fatal(err)
	}
	failures = make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			_, failures[i] = c.Traverse(t.Context(), Query{"USD", FilterEqual("serviceName", fmt.Sprint(i))}, &scale{}, nil)
		})
	}
	all.Wait()
	slices.Sort(asked)
	return asked, failures
}

const emptyPage = `{"Items":[],"NextPageLink":null,"Count":0}`

func TestNoMoreRequestsAreUnderWayThanConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		scripted(t, Config{Concurrency: 3, RequestsPerSecond: 1000}, 20, func(r *http.Request) *http.Response {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			time.Sleep(time.Second)
			return answer(r, http.StatusOK, emptyPage)
		})
		if most.Load() != 3 {
			t.Errorf("%d at once", most.Load())
		}
	})
}

func TestRequestsComeNoFasterThanConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, _ := scripted(t, Config{Concurrency: 2, RequestsPerSecond: 5}, 12, func(r *http.Request) *http.Response { return answer(r, http.StatusOK, emptyPage) })
		if len(asked) != 12 || asked[1] != 0 || asked[2] != 200*time.Millisecond || asked[11] != 2*time.Second {
			t.Errorf("asked at %v", asked)
		}
	})
}

func TestWhenOneRequestIsOneTooManyAllTraversalsWait(t *testing.T) {
	for name, c := range map[string]struct {
		code   int
		header []string
		pause  time.Duration
		all    bool
	}{
		"429 with seconds":    {http.StatusTooManyRequests, []string{"Retry-After", "30"}, 30 * time.Second, true},
		"429 with a date":     {http.StatusTooManyRequests, []string{"Date", "Sun, 20 Sep 2026 10:00:00 GMT", "Retry-After", "Sun, 20 Sep 2026 10:00:45 GMT"}, 45 * time.Second, true},
		"429 without":         {http.StatusTooManyRequests, nil, 2 * time.Second, true},
		"503 with seconds":    {http.StatusServiceUnavailable, []string{"Retry-After", "30"}, 30 * time.Second, true},
		"503 without":         {http.StatusServiceUnavailable, nil, 2 * time.Second, false},
		"less than a backoff": {http.StatusTooManyRequests, []string{"Retry-After", "1"}, 2 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int64
				asked, failures := scripted(t, Config{Concurrency: 1, RequestsPerSecond: 1000, Backoff: 2 * time.Second}, 8, func(r *http.Request) *http.Response {
					if requests.Add(1) == 3 {
						return answer(r, c.code, "no", c.header...)
					}
					time.Sleep(100 * time.Millisecond)
					return answer(r, http.StatusOK, emptyPage)
				})
				if errors.Join(failures...) != nil || len(asked) != 9 {
					t.Fatalf("%d requests, %v", len(asked), failures)
				}
				refused, next, last := asked[2], asked[3], asked[8]
				if c.all && next != refused+c.pause || !c.all && (next-refused > 100*time.Millisecond || last != refused+c.pause) {
					t.Errorf("asked at %v", asked)
				}
			})
		})
	}
}

func TestALongerPauseProlongsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		asked, _ := scripted(t, Config{Concurrency: 2, RequestsPerSecond: 1000}, 4, func(r *http.Request) *http.Response {
			switch requests.Add(1) {
			case 1:
				time.Sleep(time.Second / 2)
				return answer(r, http.StatusTooManyRequests, "", "Retry-After", "10")
			case 2:
				time.Sleep(time.Second)
				return answer(r, http.StatusTooManyRequests, "", "Retry-After", "20")
			}
			return answer(r, http.StatusOK, emptyPage)
		})
		if len(asked) != 6 || asked[2] != 21*time.Second {
			t.Errorf("asked at %v", asked)
		}
	})
}

func TestTooMuchPatienceBreaksOffOneTraversalOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		asked, failures := scripted(t, Config{Concurrency: 1, RetryAfterMost: time.Minute}, 3, func(r *http.Request) *http.Response {
			if requests.Add(1) == 1 {
				return answer(r, http.StatusTooManyRequests, "", "Retry-After", "61")
			}
			return answer(r, http.StatusOK, emptyPage)
		})
		slices.SortFunc(failures, func(a, b error) int {
			if a == nil {
				return 1
			}
			return -1
		})
		if len(asked) != 3 || failures[0] == nil || failures[1] != nil || asked[2] > time.Second {
			t.Errorf("asked at %v: %v", asked, failures)
		}
	})
}

func TestWhoWaitsAtTheGateCanBeStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Concurrency: 1, RequestsPerSecond: 0.001}.withDefaults()
		g := newGate(cfg, Deps{Wait: wait, Now: time.Now})
		leave, err := g.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, free := range []bool{false, true} { // at the slots, then at the limiter
			if free {
				leave()
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := g.enter(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			cancel()
		}
		if len(g.slots) != 0 {
			t.Errorf("%d slots are not given back", len(g.slots))
		}
	})
}

// Who gives up does not take the pause along.
func TestTheLastAttemptStopsTheOthersToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		asked, failures := scripted(t, Config{Concurrency: 1, Attempts: 1}, 2, func(r *http.Request) *http.Response {
			if requests.Add(1) == 1 {
				return answer(r, http.StatusTooManyRequests, "", "Retry-After", "30")
			}
			return answer(r, http.StatusOK, emptyPage)
		})
		if len(asked) != 2 || asked[1] != 30*time.Second || (failures[0] == nil) == (failures[1] == nil) {
			t.Errorf("asked at %v: %v", asked, failures)
		}
	})
}

// Whatever waits do not really wait must not turn into endless rounds.
func TestAGateBearsAWaitThatDoesNotWait(t *testing.T) {
	s := azuretest.New(t, 1)
	s.Set(rowsOf(30)...)
	s.PageRows = 3
	s.Fail(azuretest.TooManySeconds, azuretest.TooManyBare)
	waits := 0
	c, err := New(Config{BaseURL: s.URL()}, Deps{Wait: func(context.Context, time.Duration) error { waits++; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, err := c.Traverse(t.Context(), usd(), &scale{}, nil); err != nil || !got.Complete || got.Rows != 30 || waits > 40 {
		t.Errorf("%+v after %d waits, %v", got, waits, err)
	}
}
