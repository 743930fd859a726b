package azuretest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Path is where the stand-in answers.
const Path = "/api/retail/prices"

// Chances of each misbehaviour, from 0 to 1, a request. At most two requests in a row fail.
type Chances struct {
	TooMany   float64 // 429 with a Retry-After of 7 s
	Broken    float64 // 500 or 503
	CutOff    float64 // the body ends in the middle, though the length promised more
	Truncated float64 // the body ends in the middle, properly
	Slow      float64 // the body takes longer than any client should wait
	Repeated  float64 // the page begins with rows of another one
}

// Server serves a catalogue. Its fields may be set before the first request.
type Server struct {
	Rows      []string // JSON objects
	PageRows  int      // default 1,000
	Unordered bool     // pages of one traversal are in one order, those of the next in another
	Chances   Chances
	Patience  time.Duration // how long a slow body takes; default 1 minute

	http    *httptest.Server
	mu      sync.Mutex
	random  *rand.Rand
	order   []int
	asked   int
	failing int
}

// New starts a stand-in whose misbehaviour follows from the seed; it is closed with the test.
func New(tb testing.TB, seed uint64) *Server {
	tb.Helper()
	s := &Server{PageRows: 1000, Patience: time.Minute, random: rand.New(rand.NewPCG(seed, 1))}
	s.http = httptest.NewServer(s)
	tb.Cleanup(s.http.Close)
	return s
}

// URL is the base URL of the API.
func (s *Server) URL() string { return s.http.URL + Path }

// Asked returns how many requests came.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Set replaces the catalogue.
func (s *Server) Set(rows ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Rows = rows
}

// ServeHTTP answers one page, or misbehaves.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	skip, err := strconv.Atoi(query(r.URL, "$skip", "0"))
	if err != nil || r.URL.Path != Path {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	s.asked++
	body := s.page(skip, r)
	fault := s.misbehave()
	s.mu.Unlock()
	if fault == nil {
		_, _ = w.Write(body)
		return
	}
	fault(w, r, body)
}

func query(u *url.URL, name, otherwise string) string {
	if v := u.Query().Get(name); v != "" {
		return v
	}
	return otherwise
}

// page renders a page; the lock is held.
func (s *Server) page(skip int, r *http.Request) []byte {
	if skip == 0 || len(s.order) != len(s.Rows) {
		s.order = make([]int, len(s.Rows))
		for i := range s.order {
			s.order[i] = i
		}
		if s.Unordered {
			s.random.Shuffle(len(s.order), func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
		}
	}
	end := min(skip+s.PageRows, len(s.order))
	var rows []string
	if len(s.order) > 0 && s.random.Float64() < s.Chances.Repeated {
		for range 3 {
			rows = append(rows, s.Rows[s.random.IntN(len(s.Rows))])
		}
	}
	for _, i := range s.order[min(skip, end):end] {
		rows = append(rows, s.Rows[i])
	}
	next := "null"
	if end < len(s.order) {
		link := *r.URL
		link.Scheme, link.Host = "http", r.Host
		q := link.Query()
		q.Set("$skip", strconv.Itoa(end))
		link.RawQuery = strings.ReplaceAll(q.Encode(), "%24", "$")
		next = strconv.Quote(link.String())
	}
	return fmt.Appendf(nil, `{"BillingCurrency":"USD","CustomerEntityId":"Default","CustomerEntityType":"Retail","Items":[%s],"NextPageLink":%s,"Count":%d}`,
		strings.Join(rows, ","), next, len(rows))
}

type misbehaviour func(w http.ResponseWriter, r *http.Request, body []byte)

// misbehave chooses what goes wrong, nil for nothing; the lock is held.
func (s *Server) misbehave() misbehaviour {
	n := s.random.Float64()
	for _, choice := range []struct {
		chance float64
		act    misbehaviour
	}{{s.Chances.TooMany, tooMany}, {s.Chances.Broken, broken}, {s.Chances.CutOff, cutOff}, {s.Chances.Truncated, truncated}, {s.Chances.Slow, s.slow}} {
		if n -= choice.chance; n < 0 && s.failing < 2 {
			s.failing++
			return choice.act
		}
	}
	s.failing = 0
	return nil
}

func tooMany(w http.ResponseWriter, _ *http.Request, _ []byte) {
	w.Header().Set("Retry-After", "7")
	http.Error(w, `{"error":{"code":"TooManyRequests"}}`, http.StatusTooManyRequests)
}

func broken(w http.ResponseWriter, _ *http.Request, body []byte) {
	http.Error(w, "<html>no", http.StatusInternalServerError+3*(len(body)%2))
}

func cutOff(w http.ResponseWriter, _ *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body[:len(body)/2])
}

func truncated(w http.ResponseWriter, _ *http.Request, body []byte) {
	_, _ = w.Write(body[:len(body)/2])
}

func (s *Server) slow(w http.ResponseWriter, r *http.Request, body []byte) {
	_, _ = w.Write(body[:len(body)/3])
	_ = http.NewResponseController(w).Flush()
	select {
	case <-r.Context().Done():
	case <-time.After(s.Patience):
	}
}
