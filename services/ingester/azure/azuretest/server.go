package azuretest

import (
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Path is where the stand-in answers.
const Path = "/api/retail/prices"

// Version is the api-version that tells of savings plans and minds the case of filters.
const Version = "2023-01-01-preview"

// Server serves a catalogue, or recorded rows. Its fields may be set while no request is under way.
type Server struct {
	Rows         []string // JSON objects: what is served when no catalogue is, in every currency
	PageRows     int      // default 1,000
	Unordered    bool     // pages of one traversal are in one order, those of the next in another
	Chances      Chances
	MostFailures int           // in a row, of one link; default 2
	Patience     time.Duration // how long a slow body takes; default 1 minute
	Plain        bool          // bodies are not compressed, though the client asks for it: saves time where many pages are read

	seed     uint64
	http     *httptest.Server
	stopping chan struct{}

	mu        sync.Mutex
	recorded  recorded
	shelves   map[string]shelf // by currency
	questions map[string]*question
	asked     map[string]int // how often, by link
	failing   map[string]int // how often in a row, by link
	planned   []Fault
	total     int
}

// New starts a stand-in whose misbehaviour follows from the seed; it is closed with the test.
func New(tb testing.TB, seed uint64) *Server {
	tb.Helper()
	s := &Server{
		PageRows: 1000, Patience: time.Minute, MostFailures: 2, seed: seed, stopping: make(chan struct{}),
		shelves: make(map[string]shelf), questions: make(map[string]*question), asked: make(map[string]int), failing: make(map[string]int),
	}
	s.http = httptest.NewServer(s)
	tb.Cleanup(func() {
		close(s.stopping)
		s.http.Close()
	})
	return s
}

// URL is the base URL of the API.
func (s *Server) URL() string { return s.http.URL + Path }

// Asked returns how many requests came.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Set replaces the recorded rows.
func (s *Server) Set(rows ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Rows = rows
	s.refresh()
}

// refresh notices that other rows are served; the lock is held.
func (s *Server) refresh() {
	old := s.recorded.rows
	if len(old) == len(s.Rows) && (len(old) == 0 || &old[0] == &s.Rows[0]) {
		return
	}
	s.recorded.rows = s.Rows
	s.recorded.version++
}

// Serve serves catalogues, one a currency, beside those it serves already.
func (s *Server) Serve(catalogues ...*Catalogue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range catalogues {
		s.shelves[c.Currency()] = c
	}
	clear(s.questions)
}

// Fail plans what goes wrong with the next requests, one fault each; chances are drawn again after them.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned = append(s.planned, faults...)
}

// ServeHTTP answers one page, or misbehaves.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != Path {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	s.total++
	link := r.URL.RequestURI()
	s.asked[link]++
	random := newRandom(s.seed, mixText(link), uint64(s.asked[link]))
	fault := s.next(link, random.Float64())
	body, err := s.answer(r, random)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	switch {
	case fault != Fine:
		s.fail(w, r, fault, body)
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"Error":"` + strings.ReplaceAll(err.Error(), `"`, `'`) + `"}`))
	case !s.Plain && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
		s.pack(w, body)
	default:
		_, _ = w.Write(body)
	}
}

// pack sends a body compressed.
func (s *Server) pack(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err == nil {
		_, _ = packed.Write(body)
		_ = packed.Close()
	}
}

// next chooses what goes wrong with a request; the lock is held.
func (s *Server) next(link string, n float64) Fault {
	if len(s.planned) > 0 {
		fault := s.planned[0]
		s.planned = s.planned[1:]
		return fault
	}
	fault := s.Chances.draw(n)
	if fault == Fine || s.failing[link] >= s.MostFailures {
		s.failing[link] = 0
		return Fine
	}
	s.failing[link]++
	return fault
}

// shelf returns what is served in a currency; the lock is held.
func (s *Server) shelf(currency string) (shelf, bool) {
	if len(s.shelves) > 0 {
		c, ok := s.shelves[currency]
		return c, ok
	}
	return &s.recorded, true
}

// plainQuery takes a query apart: its values by name, and all of it but the $skip as it was written.
func plainQuery(raw string) (values url.Values, rest string, err error) {
	values, err = url.ParseQuery(raw)
	if err != nil {
		return nil, "", err
	}
	var kept []string
	for part := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(name); err == nil && name != "$skip" && part != "" {
			kept = append(kept, part)
		}
	}
	return values, strings.Join(kept, "&"), nil
}
