package azuretest

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter is how long the stand-in asks to wait when it refuses, in seconds or as a date.
const RetryAfter = 7 * time.Second

// fail answers a request in the way of a fault; body is what it would have been.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, fault Fault, body []byte) {
	const busy = `{"error":{"code":"TooManyRequests","message":"Too many requests. Please try again later."}}`
	switch fault {
	case TooManySeconds:
		w.Header().Set("Retry-After", strconv.Itoa(int(RetryAfter/time.Second)))
		http.Error(w, busy, http.StatusTooManyRequests)
	case TooManyDate:
		date := time.Date(2026, 9, 20, 10, 0, 0, 0, time.UTC) // any: clients go by the difference
		w.Header().Set("Date", date.Format(http.TimeFormat))
		w.Header().Set("Retry-After", date.Add(RetryAfter).Format(http.TimeFormat))
		http.Error(w, busy, http.StatusTooManyRequests)
	case TooManyBare:
		http.Error(w, busy, http.StatusTooManyRequests)
	case Broken500:
		http.Error(w, `{"Error":"Something went wrong"}`, http.StatusInternalServerError)
	case Broken502:
		http.Error(w, "<html><body>Bad Gateway", http.StatusBadGateway)
	case Broken503:
		http.Error(w, "<html><body>The service is unavailable.", http.StatusServiceUnavailable)
	case Broken503After:
		w.Header().Set("Retry-After", strconv.Itoa(int(RetryAfter/time.Second)))
		http.Error(w, "", http.StatusServiceUnavailable)
	case CutOff:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
	case Truncated:
		_, _ = w.Write(body[:len(body)/2])
	case Garbage:
		_, _ = w.Write([]byte("<!DOCTYPE html><html><head><title>Azure</title></head><body>We will be back soon.</body></html>"))
	case Slow:
		s.slow(w, r, body)
	case Fine:
		_, _ = w.Write(body)
	}
}

// slow sends a third of the body and then nothing until patience or the client ends.
func (s *Server) slow(w http.ResponseWriter, r *http.Request, body []byte) {
	_, _ = w.Write(body[:len(body)/3])
	_ = http.NewResponseController(w).Flush()
	patience := time.NewTimer(s.Patience)
	defer patience.Stop()
	select {
	case <-r.Context().Done():
	case <-s.stopping:
	case <-patience.C:
	}
}
