package client

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

const (
	// answerLimit bounds an answer that is read whole: a lookup of 100,000 lines takes a quarter of it.
	answerLimit = 256 << 20
	// attempts, retryLeast and retryMost bound how often and how long a call tries again.
	attempts   = 4
	retryLeast = 200 * time.Millisecond
	retryMost  = 10 * time.Second
)

// Client asks one Pricewire server. It may be used from several goroutines.
//
// Every call ends with its context. Errors are *Error where the server answered with one, and of a kind in any case: errors.Is(err, ErrNotFound). What
// may be sent twice is: reads, lookups, and writes, which carry a key by which the server knows them again. It is tried again after an answer that
// says so (429, 502, 503, 504) and after none at all, each time later, and not before the answer's Retry-After.
type Client struct {
	base     *url.URL
	http     *http.Client
	token    func() (string, error) // nil: none
	plain    bool                   // a token may go over a connection that anybody can read
	user     string
	agent    string
	limit    int64
	attempts int
	least    time.Duration
	most     time.Duration
}

// Option changes what New makes.
type Option func(*Client)

// WithHTTP makes a client send through another one, for its TLS, its proxy and its time limits. A time limit there ends long answers, too.
func WithHTTP(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithUser says who acts. Only servers on a loopback address believe it; others want a token.
func WithUser(name string) Option { return func(c *Client) { c.user = name } }

// WithAgent names the program in the server's logs.
func WithAgent(name string) Option { return func(c *Client) { c.agent = name } }

// WithAnswerLimit bounds an answer that is read whole, in bytes: 256 MiB if this is not said. Files and events are not read whole.
func WithAnswerLimit(bytes int64) Option { return func(c *Client) { c.limit = bytes } }

// WithRetries says how often a call is tried in all, 4 times if this is not said, and how long it waits: least before the second attempt, twice as
// long before each further one, most at most. One attempt is no retry.
func WithRetries(times int, least, most time.Duration) Option {
	return func(c *Client) { c.attempts, c.least, c.most = times, least, most }
}

// New makes a client of the server at a base URL such as http://127.0.0.1:8080. It sends nothing. An invalid fault says what is wrong with the URL
// or the options.
func New(base string, options ...Option) (*Client, error) {
	at, err := url.Parse(strings.TrimSuffix(base, "/"))
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" || at.RawQuery != "" || at.User != nil {
		return nil, failed(fault.Invalid, "server %q is not the URL of one", base).hint("write for example http://127.0.0.1:8080")
	}
	c := &Client{base: at, http: &http.Client{}, agent: "pricewire-client-go", limit: answerLimit, attempts: attempts, least: retryLeast, most: retryMost}
	for _, o := range options {
		o(c)
	}
	switch {
	case c.http == nil || c.limit < 1 || c.attempts < 1 || c.least < 0 || c.most < c.least:
		return nil, failed(fault.Invalid, "options of the client contradict each other: limit %d, %d attempts, waits %s to %s", c.limit, c.attempts, c.least, c.most)
	case c.token != nil && at.Scheme == "http" && !loopback(at.Hostname()) && !c.plain:
		return nil, failed(fault.Refused, "a token would go to %s for everybody to read", base).hint("use https, or WithPlainToken where something else hides the connection")
	}
	return c, nil
}

// Base returns the URL of the server.
func (c *Client) Base() string { return c.base.String() }
