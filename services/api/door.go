package api

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// Limits of requests, as the description states them.
const (
	// longestRequest bounds the request line, longestParameter one parameter of it, in bytes.
	longestRequest   = 16 << 10
	longestParameter = 2 << 10
	// questionTime, fileTime and writeTime are how long an answer may take in all.
	questionTime = time.Minute
	fileTime     = 30 * time.Minute
	writeTime    = 15 * time.Minute
	// heavyAtOnce is how many heavy questions run at once, heavyWait how long one more waits for its turn, and retryHeavy when it is to be sent again.
	heavyAtOnce = 8
	heavyWait   = 5 * time.Second
	retryHeavy  = 5 * time.Second
)

// door is what every request passes before its operation: what it is, whether it may come in now, and how its answer leaves.
func (s *server) door(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern == "" || path.Clean(r.URL.Path) != r.URL.Path { // which the router would send elsewhere
			if pattern != "" {
				handler = http.NotFoundHandler()
			}
			if pattern == "" && serveApp(s.app, w, r) {
				return
			}
			missed(w, r, handler)
			return
		}
		op, described := s.operations[pattern]
		if p := wrongRequest(r, described); p != nil {
			answerProblem(w, p)
			return
		}
		if !described { // pages for people and their files
			s.sent(operation{reads: true}, w, r, mux)
			return
		}
		if !op.acceptable(r) {
			p := newProblem(fault.Invalid, "none of what is accepted can be had: "+r.Header.Get("Accept"))
			p.Status, p.Hint = http.StatusNotAcceptable, "accept one of "+strings.Join(op.types, ", ")
			answerProblem(w, p)
			return
		}
		if op.endless && r.Method == http.MethodHead {
			w.Header().Set("Content-Type", eventStream)
			return
		}
		tidyAccept(r)
		s.inTime(op, w, r, mux)
	})
}

// tidyAccept leaves of an Accept header what can be read of it: what reads it further on takes it for well-formed.
func tidyAccept(r *http.Request) {
	header := strings.Join(r.Header.Values("Accept"), ",")
	r.Header.Del("Accept")
	var ranges []string
	for _, a := range acceptedRanges(header) {
		ranges = append(ranges, a.mediaType+";q="+strconv.FormatFloat(a.quality, 'f', 3, 64))
	}
	if len(ranges) > 0 {
		r.Header.Set("Accept", strings.Join(ranges, ", "))
	}
}

// crowded answers a client that sends more requests than one may, and reports whether it did.
func (s *server) crowded(op operation, w http.ResponseWriter, r *http.Request) bool {
	wait := s.limiter.take(clientOf(r))
	if wait <= 0 || !op.limited() {
		return false
	}
	answerLater(w, http.StatusTooManyRequests, wait, fault.New(fault.Unavailable, "more than %d requests a second", requestRate).
		WithHint("send fewer; ask for larger pages, or for many lines at once"))
	return true
}

// limited reports whether the operation counts for the limit of a client: what tells how the server is always answers.
func (o operation) limited() bool {
	return !slices.Contains([]string{"live", "ready", "metrics"}, o.id)
}

// clientOf is whose requests are counted together: those of one who is known, or says who he is, from one address.
func clientOf(r *http.Request) string {
	return principal(r.Context()).Name + "@" + network(address(r))
}

// inTime answers within the time and the turns that an operation has.
func (s *server) inTime(op operation, w http.ResponseWriter, r *http.Request, next http.Handler) {
	file := op.sendsFile(r)
	if (op.heavy || file) && r.Method != http.MethodHead {
		if !s.heavy.enter(r.Context().Done()) {
			answerLater(w, http.StatusServiceUnavailable, retryHeavy, fault.New(fault.Unavailable, "%d heavy questions run already, as many as may at once", heavyAtOnce).
				WithHint("ask again after %s; ask for less at once", retryHeavy))
			return
		}
		defer s.heavy.leave()
	}
	if op.endless {
		s.sent(op, w, r, next)
		return
	}
	within := questionTime
	switch {
	case file:
		within = fileTime
	case !op.reads || r.Method == http.MethodPost:
		within = writeTime
	}
	ctx, cancel := context.WithTimeout(r.Context(), within)
	defer cancel()
	s.sent(op, w, r.WithContext(ctx), next)
}

// sent answers as the client can take it: nothing when it has it already, and compressed.
func (s *server) sent(op operation, w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !op.reads {
		s.once(op, w, r, next)
		return
	}
	if op.endless {
		next.ServeHTTP(w, r)
		return
	}
	out := s.pressed(w, r, op)
	next.ServeHTTP(&conditional{ResponseWriter: out, asked: r.Header.Get("If-None-Match")}, r)
	out.end() // not when it panics: what broke off must look broken
}

// sendsFile reports whether a list is asked for as a whole.
func (o operation) sendsFile(r *http.Request) bool {
	if !slices.Contains(o.types, "text/csv") {
		return false
	}
	q := r.URL.Query()
	return q.Get("format") != "" || strings.HasPrefix(o.id, "export-") || accepted(r.Header.Get("Accept")) != ""
}

// acceptable reports whether something of what the operation answers with is accepted. A format that is named counts before the header.
func (o operation) acceptable(r *http.Request) bool {
	header := strings.Join(r.Header.Values("Accept"), ",")
	if header == "" || o.id == "metrics" || r.URL.Query().Get("format") != "" && slices.Contains(o.types, "text/csv") {
		return true
	}
	ranges := acceptedRanges(header)
	return len(ranges) == 0 || slices.ContainsFunc(o.types, func(t string) bool {
		quality, _ := qualityOf(ranges, t)
		return quality > 0
	})
}

// missed answers where no operation is, by path or by method, with a problem as all others do; and OPTIONS with what there is.
func missed(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	answer := &statusOnly{header: w.Header()}
	handler.ServeHTTP(answer, r)
	p := newProblem(fault.NotFound, "there is nothing at "+printable(r.URL.Path))
	if answer.status == http.StatusMethodNotAllowed {
		allowed := w.Header().Get("Allow") + ", OPTIONS"
		w.Header().Set("Allow", allowed)
		if r.Method == http.MethodOptions {
			w.Header().Del("Content-Type")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		p = newProblem(fault.Invalid, r.Method+" is not what "+printable(r.URL.Path)+" answers, but "+allowed)
	}
	p.Status, p.Hint = answer.status, "/openapi.json lists what this server answers"
	answerProblem(w, p)
}

// printable is a text that a problem can repeat, however long or wrong it was.
func printable(s string) string {
	const most = 200
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return s
}

// statusOnly keeps the status and headers of an answer and drops its body.
type statusOnly struct {
	header http.Header
	status int
}

func (o *statusOnly) Header() http.Header         { return o.header }
func (o *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (o *statusOnly) WriteHeader(status int)      { o.status = status }

// wrongRequest says what is wrong with a request line, nil when nothing is: what cannot be read is not guessed at, and nothing is left out silently.
func wrongRequest(r *http.Request, described bool) *Problem {
	if len(r.RequestURI) > longestRequest {
		p := newProblem(fault.Invalid, "the request line has "+strconv.Itoa(len(r.RequestURI))+" bytes, and may have "+strconv.Itoa(longestRequest))
		p.Status, p.Hint = http.StatusRequestURITooLong, "ask for many lines at once with a lookup"
		return p
	}
	var p params
	if !utf8.ValidString(r.URL.Path) || strings.ContainsFunc(r.URL.Path, unicode.IsControl) {
		p.wrong("path", "it is not printable UTF-8 text")
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p.wrong("query", "it is not encoded as a query is: "+err.Error())
	}
	for name, given := range values {
		where := "query." + printable(name)
		if described && len(given) > 1 {
			p.wrong(where, "it is given "+strconv.Itoa(len(given))+" times")
		}
		for _, v := range given {
			p.readable(where, v)
		}
	}
	if err := p.err(); err != nil {
		return problemOf(err)
	}
	return nil
}

// readable notes a text that nothing can be: too long, no UTF-8, or with control characters.
func (p *params) readable(where, s string) {
	switch {
	case len(s) > longestParameter:
		p.wrong(where, "it has "+strconv.Itoa(len(s))+" bytes, and may have "+strconv.Itoa(longestParameter))
	case !utf8.ValidString(s):
		p.wrong(where, "it is not UTF-8 text")
	case strings.ContainsFunc(s, unicode.IsControl):
		p.wrong(where, "it has control characters")
	}
}

// answerLater answers a request that is to be sent again.
func answerLater(w http.ResponseWriter, status int, after time.Duration, err error) {
	w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
	p := problemOf(err)
	p.Status, p.Title = status, http.StatusText(status)
	answerProblem(w, p)
}

// conditional answers 304 where the client has what it asks for.
type conditional struct {
	http.ResponseWriter
	asked string
	begun bool
	same  bool
}

// WriteHeader begins the answer.
func (c *conditional) WriteHeader(status int) {
	if c.begun {
		return
	}
	c.begun = true
	if tag := c.Header().Get("ETag"); status == http.StatusOK && tag != "" && c.asked != "" && hasTag(c.asked, tag) {
		c.same = true
		c.Header().Del("Content-Type")
		c.Header().Del("Content-Disposition")
		status = http.StatusNotModified
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write is io.Writer's.
func (c *conditional) Write(b []byte) (int, error) {
	if !c.begun {
		c.WriteHeader(http.StatusOK)
	}
	if c.same {
		return len(b), nil
	}
	return c.ResponseWriter.Write(b)
}

// Unwrap lets the rest of what the server can do be found.
func (c *conditional) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// hasTag reports whether a header of tags names one, whatever it was compressed with.
func hasTag(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == "*" || bareTag(one) == tag {
			return true
		}
	}
	return false
}

// bareTag is a tag without what its answer was compressed with.
func bareTag(tag string) string {
	for _, coding := range codings() {
		if bare, ok := strings.CutSuffix(tag, "-"+coding+`"`); ok {
			return bare + `"`
		}
	}
	return tag
}

// formatsOf are formats in the order in which an operation prefers them.
func formatsOf(first sheet.Format) []sheet.Format {
	all := []sheet.Format{first}
	for _, f := range []sheet.Format{sheet.JSON, sheet.CSV, sheet.XLSX, sheet.NDJSON, sheet.Parquet} {
		if f != first {
			all = append(all, f)
		}
	}
	return all
}
