package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

// recordTime is how long it may take to write down what became of a write.
const recordTime = 10 * time.Second

// deed is a write that is being done, and of what; the operation says so once it knows.
type deed struct{ object string }

type deedKey struct{}

// concerns says what a write is of, where the request could not.
func concerns(ctx context.Context, object string) {
	if d, ok := ctx.Value(deedKey{}).(*deed); ok && object != "" {
		d.object = object
	}
}

// recorded lets a write be done between two records of it: that it is about to be, without which it is not done, and what became of it.
func (s *server) recorded(w http.ResponseWriter, r *http.Request, what need, inside http.Handler) {
	if s.gatekeeper.Log == nil {
		inside.ServeHTTP(w, r)
		return
	}
	entry := s.record(r, what)
	entry.Outcome = access.Begun
	if err := s.gatekeeper.Log.Append(r.Context(), entry); err != nil {
		answerProblem(w, problemOf(fault.New(fault.Unavailable, "nothing was done, because it could not be written down who does it: %w", err).WithHint("try again later")))
		return
	}
	d := &deed{entry.Object}
	r = r.WithContext(context.WithValue(r.Context(), deedKey{}, d))
	status := &statusWriter{ResponseWriter: w}
	whole := false
	defer func() {
		entry.At, entry.Object, entry.Status = s.gatekeeper.Clock.Now().UTC(), d.object, status.sent()
		entry.Outcome = outcome(entry.Status, !whole)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordTime)
		defer cancel()
		if err := s.gatekeeper.Log.Append(ctx, entry); err != nil {
			s.log.Error("what became of a write was not recorded", zap.String("request", entry.Request), zap.String("outcome", entry.Outcome), zap.Error(err), traceID(ctx))
		}
	}()
	inside.ServeHTTP(status, r)
	whole = true
}

// record is a record of a request, without what became of it.
func (s *server) record(r *http.Request, what need) access.Record {
	who := principal(r.Context())
	return access.Record{
		At: s.gatekeeper.Clock.Now().UTC(), Request: strings.ToLower(rand.Text()), Who: cut100(who.Name), Via: who.Via, Token: who.Token,
		Operation: what.operation, Object: objectOf(r, what.path), Address: address(r),
	}
}

// recordRefusal writes down that somebody known wanted to do what he may not.
func (s *server) recordRefusal(r *http.Request, what need, status int) {
	if s.gatekeeper.Log == nil || !principal(r.Context()).Known() {
		return
	}
	entry := s.record(r, what)
	entry.Outcome, entry.Status = fault.Forbidden.String(), status
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordTime)
	defer cancel()
	if err := s.gatekeeper.Log.Append(ctx, entry); err != nil {
		s.log.Error("a refusal was not recorded", zap.String("operation", what.operation), zap.Error(err), traceID(ctx))
	}
}

// outcome is what a write ended with.
func outcome(status int, broken bool) string {
	switch {
	case broken:
		return fault.Internal.String()
	case status < http.StatusBadRequest:
		return access.Done
	case status == http.StatusConflict:
		return fault.Conflict.String()
	case status == http.StatusUnprocessableEntity:
		return fault.Refused.String()
	case status == http.StatusForbidden:
		return fault.Forbidden.String()
	}
	return kindOfStatus(status).String()
}

// objectOf is what a request names in its path; else, of a sheet, which list, market and date it is for.
func objectOf(r *http.Request, path string) string {
	given := strings.Split(r.URL.Path, "/")
	for i, part := range strings.Split(path, "/") {
		if strings.HasPrefix(part, "{") && i < len(given) {
			return cut100(given[i])
		}
	}
	var named []string
	for _, parameter := range []string{"list", "market", "effective", "scope", "observed_at"} {
		if v := r.URL.Query().Get(parameter); v != "" {
			named = append(named, parameter+"="+cut100(v))
		}
	}
	return strings.Join(named, " ")
}

// cut100 keeps a text that anybody can send from filling the log.
func cut100(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if all := []rune(s); len(all) > access.MaxName {
		return string(all[:access.MaxName])
	}
	return s
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader is http.ResponseWriter's. The first status holds.
func (w *statusWriter) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	if status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is io.Writer's.
func (w *statusWriter) Write(answer []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(answer)
}

// Unwrap lets the rest of what the server can do be found.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) sent() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
