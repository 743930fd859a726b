package daemon

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestWhatIsNotUpYetIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		began, attempts := time.Now(), 0
		err := Await(t.Context(), time.Minute, zap.New(core), "NATS", func(context.Context) error {
			if attempts++; attempts < 5 {
				return fault.New(fault.Unavailable, "connection refused")
			}
			return nil
		})
		if err != nil || attempts != 5 || time.Since(began) != 250*15*time.Millisecond || logs.Len() != 4 {
			t.Fatalf("%v after %d attempts and %s, %d lines", err, attempts, time.Since(began), logs.Len())
		}
	})
}

func TestWaitingEndsWithItsLimitItsContextOrAnErrorThatItDoesNotMend(t *testing.T) {
	gone := fault.New(fault.Unavailable, "connection refused").WithHint("start it")
	wrong := fault.New(fault.Invalid, "wrong password")
	for _, c := range []struct {
		name  string
		limit time.Duration
		stop  time.Duration
		err   error
		kind  fault.Kind
		took  time.Duration
	}{
		{"limit", time.Minute, time.Hour, gone, fault.Unavailable, time.Minute},
		{"one attempt", 0, time.Hour, gone, fault.Unavailable, 0},
		{"context", time.Minute, 3 * time.Second, gone, fault.Internal, 3 * time.Second},
		{"other kind", time.Minute, time.Hour, wrong, fault.Invalid, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.stop)
				defer cancel()
				began := time.Now()
				err := Await(ctx, c.limit, zap.NewNop(), "NATS", func(context.Context) error { return c.err })
				if fault.KindOf(err) != c.kind || err == nil || time.Since(began) != c.took {
					t.Fatalf("%v of kind %v after %s", err, fault.KindOf(err), time.Since(began))
				}
				if c.kind == fault.Unavailable && fault.HintOf(err) != "start it" {
					t.Errorf("hint %q", fault.HintOf(err))
				}
			})
		})
	}
}

func TestHealthTellsLifeReadinessAndMetrics(t *testing.T) {
	broken := errors.New("password wrong for user pricewire")
	var trouble error
	h := NewHealth(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "up 1\n") }),
		Check{"NATS", func(context.Context) error { return trouble }})
	mux := http.NewServeMux()
	h.Register(mux)
	ask := func(path string) (int, string) {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		return answer.Code, answer.Body.String()
	}
	if code, _ := ask("/livez"); code != http.StatusOK {
		t.Errorf("livez %d", code)
	}
	if code, _ := ask("/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("readyz before it is: %d", code)
	}
	h.Ready(true)
	if code, _ := ask("/readyz"); code != http.StatusOK {
		t.Errorf("readyz %d", code)
	}
	trouble = broken
	if code, says := ask("/readyz"); code != http.StatusServiceUnavailable || says != "NATS is not well\n" {
		t.Errorf("readyz %d, %q", code, says)
	}
	if code, says := ask("/metrics"); code != http.StatusOK || says != "up 1\n" {
		t.Errorf("metrics %d, %q", code, says)
	}
}

func TestAServerLetsRunningRequestsFinish(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	server := Server{Log: zap.NewNop(), Drain: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		_, _ = io.WriteString(w, "done")
	}), Stopping: func() { close(leave) }}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, listener) }()
	answered := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		answered <- string(body)
	}()
	<-entered
	cancel()
	if got := <-answered; got != "done" {
		t.Errorf("the running request got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		_ = conn.Close()
		t.Error("after the end it still listens")
	}
}
