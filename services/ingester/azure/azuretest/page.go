package azuretest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// question is what a query asks, without its place in the pages.
type question struct {
	shelf     shelf
	currency  string
	filter    filter
	fold      bool // capital and small letters are the same in filters
	plans     bool
	version   uint64
	refs      []ref
	traversal uint64
}

// mostSkip is the $skip from which on the API refuses: a traversal ends after a million rows at most.
const mostSkip = 1_000_000

// mostQuestions bounds how many answers are kept.
const mostQuestions = 5000

// answer renders the page that a request asks for; the lock is held.
func (s *Server) answer(r *http.Request, random *rand.Rand) ([]byte, error) {
	values, rest, err := plainQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if values.Has("$top") || values.Has("$orderby") {
		return nil, errors.New("Bad request: $top and $orderby are not for traversals") //nolint:staticcheck // words of the API
	}
	skip := 0
	if values.Has("$skip") {
		if skip, err = strconv.Atoi(values.Get("$skip")); err != nil || skip < 0 {
			return nil, fmt.Errorf("%q is no $skip", values.Get("$skip"))
		}
		if skip >= mostSkip {
			return nil, fmt.Errorf("$skip=%d is too much", skip)
		}
	}
	s.refresh()
	q, err := s.question(rest, values)
	if err != nil {
		return nil, err
	}
	var body []byte
	q.shelf.read(func(version uint64) {
		if q.refs == nil || q.version != version {
			q.refs, q.version = q.shelf.find(q.filter, q.fold), version
		}
		if skip == 0 {
			s.begin(q, rest)
		}
		if skip > 0 && skip >= len(q.refs) {
			err = fmt.Errorf("$skip=%d is past the end", skip)
			return
		}
		link := "http://" + withPort(r.Host) + Path + "?"
		if rest != "" {
			link += rest + "&"
		}
		body = s.page(q, skip, link+"$skip=", random)
	})
	return body, err
}

// question returns what a query asks, as it was asked before if it was.
func (s *Server) question(rest string, values url.Values) (*question, error) {
	if q, ok := s.questions[rest]; ok {
		return q, nil
	}
	version := values.Get("api-version")
	q := &question{currency: "USD", fold: version < Version, plans: version == Version} // versions are dates
	if c := values.Get("currencyCode"); c != "" {
		q.currency = strings.Trim(c, "'")
	}
	var ok bool
	if q.shelf, ok = s.shelf(q.currency); !ok {
		return nil, fmt.Errorf("currency %s is not supported", q.currency)
	}
	var err error
	if q.filter, err = parseFilter(values.Get("$filter")); err != nil {
		return nil, fmt.Errorf("invalid $filter: %w", err)
	}
	if len(s.questions) >= mostQuestions {
		clear(s.questions)
	}
	s.questions[rest] = q
	return q, nil
}

// begin begins a traversal: perhaps in another order than the last.
func (s *Server) begin(q *question, rest string) {
	q.traversal++
	if s.Unordered {
		random := newRandom(s.seed, mixText(rest), q.traversal, 1)
		random.Shuffle(len(q.refs), func(i, j int) { q.refs[i], q.refs[j] = q.refs[j], q.refs[i] })
	}
}

// page renders the rows from skip on.
func (s *Server) page(q *question, skip int, link string, random *rand.Rand) []byte {
	end := min(skip+s.PageRows, len(q.refs))
	empty := skip == 0 && random.Float64() < s.Chances.Empty
	early := random.Float64() < s.Chances.EndsEarly
	again := random.Float64() < s.Chances.Overlapping
	if empty {
		end = 0
	}
	body := append(make([]byte, 0, 256+(end-skip)*700), `{"BillingCurrency":"`+q.currency+`","CustomerEntityId":"Default","CustomerEntityType":"Retail","Items":[`...)
	body, count := s.items(body, q, skip, end, random)
	next := "null"
	if end < len(q.refs) && !empty && !early {
		if again && end-skip > 1 {
			end -= (end - skip) / 2
		}
		next = `"` + strings.ReplaceAll(link, `"`, "%22") + itoa(end) + `"`
	}
	return append(body, `],"NextPageLink":`+next+`,"Count":`+itoa(count)+`}`...)
}

// items renders the rows from skip to end, and what chances make of them.
func (s *Server) items(body []byte, q *question, skip, end int, random *rand.Rand) (rendered []byte, count int) {
	write := func(r ref) {
		if count++; count > 1 {
			body = append(body, ',')
		}
		if s.Chances.Relaid > 0 && random.Float64() < s.Chances.Relaid {
			body = append(body, relaid(string(q.shelf.append(nil, r, q.plans)), random)...)
			return
		}
		body = q.shelf.append(body, r, q.plans)
	}
	if len(q.refs) > 0 && end > skip && s.Chances.Repeated > 0 && random.Float64() < s.Chances.Repeated {
		for range 3 {
			write(q.refs[random.IntN(len(q.refs))])
		}
	}
	several := len(q.refs) > s.PageRows
	for i := skip; i < end; i++ {
		r := q.refs[i]
		if s.Chances.LeftOut > 0 && random.Float64() < s.Chances.LeftOut {
			continue
		}
		if several && s.Chances.Unstable > 0 && random.Float64() < s.Chances.Unstable {
			r = q.refs[random.IntN(len(q.refs))]
		}
		write(r)
	}
	return body, count
}

// withPort names the port, as the API's links do.
func withPort(host string) string {
	if strings.Contains(host[strings.LastIndexByte(host, ']')+1:], ":") {
		return host
	}
	return host + ":80"
}
