package api

import (
	"context"
	"net/http"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/pricewire/pricewire/pkg/trace"
)

// follow makes a request a step of the trace that its client says it belongs to, and of a new one where he says none. The answer tells it; what is
// published because of the request tells it too.
func follow(w http.ResponseWriter, r *http.Request) *http.Request {
	p := trace.Received(r.Header.Values(trace.Header))
	if p.IsZero() {
		p = trace.New()
	} else {
		p = p.Child()
	}
	w.Header().Set(trace.Header, p.String())
	return r.WithContext(trace.With(r.Context(), p))
}

// traceID is the id of the trace that a request belongs to, for the log.
func traceID(ctx context.Context) zap.Field { return zap.String("trace_id", trace.From(ctx).ID()) }

// told lets a request be answered, and writes a line about it: of a write always, of a read where everything is logged. Who asked is not in it, but in
// the record of writes.
func (s *server) told(w http.ResponseWriter, r *http.Request, what need, answer func(http.ResponseWriter)) {
	level := zapcore.DebugLevel
	if what.writes {
		level = zapcore.InfoLevel
	}
	if !s.log.Core().Enabled(level) {
		answer(w)
		return
	}
	began := time.Now() //nolint:forbidigo // clients wait in real time
	status := &statusWriter{ResponseWriter: w}
	answer(status) // where it panics, whoever stops that says so
	s.log.Log(level, "request answered", zap.String("operation", what.operation), zap.String("method", r.Method), zap.String("path", printable(r.URL.Path)),
		zap.Int("status", status.sent()), zap.Duration("took", time.Since(began)), traceID(r.Context()))
}
