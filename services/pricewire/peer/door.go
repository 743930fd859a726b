package peer

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
)

// Door lets in who speaks an interface and knows the secret. With a secret, every request must bear it; without one, only requests to a
// loopback name are answered, and none where other machines reach us, because they can send any name.
type Door struct {
	Speaks  Interface
	Secret  string // empty: none
	Exposed bool   // whether other machines reach us
	Log     *zap.Logger
}

// Answering makes a handler of what answers a request with a value. What is done belongs to the trace that the other process says. What was interrupted
// is unavailable, and can be asked for again.
func (d *Door) Answering(answer func(w http.ResponseWriter, r *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := d.admit(r)
		var value any
		if err == nil {
			value, err = answer(w, r.WithContext(trace.With(r.Context(), trace.Received(r.Header.Values(trace.Header)))))
		}
		if errors.Is(err, context.Canceled) {
			err = fault.New(fault.Unavailable, "the %s was interrupted: %w", d.Speaks.Name, err).WithHint("ask again")
		}
		status := http.StatusOK
		if err != nil {
			status, value = statusOf(fault.KindOf(err)), faultOf(err)
			d.Log.Info("request of another process failed", zap.String("path", r.URL.Path), zap.String("kind", fault.KindOf(err).String()), zap.Error(err))
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(value) // whoever has gone needs no answer
	})
}

// admit lets in who speaks this version and knows the secret.
func (d *Door) admit(r *http.Request) error {
	s := &d.Speaks
	if d.Secret == "" && (d.Exposed || !loopbackName(r.Host)) {
		return fault.New(fault.Refused, "the %s has no secret and answers under a loopback address only", s.Name).
			WithHint("give it and the API one with %s", s.secretFlag())
	}
	if got := r.Header.Get(s.Header); got != s.Version {
		return fault.New(fault.Unavailable, "the %s speaks version %s of its interface, and was asked in version %q", s.Name, s.Version, got).
			WithHint("run the same version of both")
	}
	if d.Secret == "" {
		return nil
	}
	got, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !equal(got, d.Secret) {
		return fault.New(fault.Refused, "the %s refuses the secret", s.Name).WithHint("give the API the same %s as the %s", s.secretFlag(), s.Name)
	}
	return nil
}

// equal compares secrets in a time that tells neither their lengths nor where they differ.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func loopbackName(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return name == "localhost" || net.ParseIP(strings.Trim(name, "[]")).IsLoopback()
}

// Read reads a small request, of JSON.
func Read(body io.Reader, into any) error {
	data, err := io.ReadAll(io.LimitReader(body, largestRequest))
	if err != nil {
		return fault.New(fault.Unavailable, "the request broke off: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fault.New(fault.Invalid, "read request: %w", err)
	}
	return nil
}
