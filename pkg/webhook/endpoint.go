package webhook

import (
	"net/url"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
)

// Bounds of endpoints.
const (
	MaxEndpoints = 200
	MaxName      = 64
	MaxURL       = 2_048 // bytes
	MaxRequests  = 32    // of one endpoint that wait
	MaxOverlap   = 7 * 24 * time.Hour
	UsualOverlap = 24 * time.Hour
)

// State says whether events are sent to an endpoint.
type State string

// The states.
const (
	Active   State = "active"
	Disabled State = "disabled" // what comes waits in the streams until it is enabled again
)

// Endpoint is where events are sent to. Version is 0 until it is stored, and then another after every change.
type Endpoint struct {
	Name        string // small letters, digits and hyphens, at most 64
	Description string
	URL         string
	Filter      Filter
	Secrets     []Secret // the newest first; it never has none
	Cost        bool     // whether the creator may see the partner's cost: without it events are sent without
	State       State
	Reason      string    // why it is disabled
	StateAt     time.Time // since when it is as State says
	Requests    []Request // in order of their numbers: what the sender is to do beside
	CreatedBy   string
	CreatedAt   time.Time
	Version     uint64
}

// Filter chooses events, as the parameters of the same names do over HTTP. Empty fields let everything through.
type Filter struct {
	Subjects, Types             []string
	Watchlist, Market, Currency string
}

// RequestKind says what the sender is to do.
type RequestKind string

// The kinds of requests.
const (
	Begin  RequestKind = "begin"  // from a place on: what waits is dropped
	Resend RequestKind = "resend" // one event, once more
	Test   RequestKind = "test"   // an event that says nothing
	Revive RequestKind = "revive" // it was enabled again: what waits is tried at once
)

// Request is something that the sender is to do once. Numbers grow.
type Request struct {
	Number    int
	Kind      RequestKind
	Position  string       // Begin: behind it, as the id of a server-sent event has it; empty: from the beginning
	NotBefore time.Time    // Begin: only what became known at it or later; zero: everything
	Stream    string       // Resend
	Sequence  uint64       // Resend
	Trace     trace.Parent // Test: of whoever asked for it
}

// New makes an endpoint that was not stored yet, which begins behind a place. An invalid fault names every field that is wrong, a URL that would never
// be reached included; whether the filter's patterns are good is for whoever follows events to say.
func New(name, description, address string, filter Filter, begin Request, reach Reach) (Endpoint, error) {
	var places []fault.Place
	wrong := func(where, problem string) { places = append(places, fault.Place{Where: where, Problem: problem}) }
	if name == "" || len(name) > MaxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || name[0] == '-' {
		wrong("name", "must be small letters, digits and hyphens, at most 64")
	}
	if len(description) > 500 || strings.ContainsFunc(description, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		wrong("description", "must be printable text of at most 500 bytes")
	}
	if problem := badURL(address, reach); problem != "" {
		wrong("url", problem)
	}
	if len(places) > 0 {
		return Endpoint{}, fault.New(fault.Invalid, "webhook %s: %s: %s", name, places[0].Where, places[0].Problem).WithPlaces(places...)
	}
	begin.Number, begin.Kind = 1, Begin
	return Endpoint{Name: name, Description: description, URL: address, Filter: filter, State: Active, Requests: []Request{begin}}, nil
}

// badURL says why nothing can ever be sent to a URL; whether the address that its name means may be reached is seen when it is dialled.
func badURL(address string, reach Reach) string {
	if address == "" {
		return "is required"
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || len(address) > MaxURL || u.Host == "" || u.Hostname() == "":
		return "must be a URL such as https://example.com/hook, of at most 2048 bytes"
	case u.Scheme != "https" && u.Scheme != "http":
		return "must begin with https://, or with http:// in a network that --webhook-allow names"
	case u.User != nil:
		return "must not hold a user or a password: what is sent is signed"
	case u.Fragment != "":
		return "must not have a fragment"
	}
	return reach.refusal(u)
}

// Request returns the endpoint with one more request; a refused fault when too many wait.
func (e Endpoint) Request(r Request) (Endpoint, error) {
	if len(e.Requests) >= MaxRequests {
		e.Requests = e.Requests[:MaxRequests:MaxRequests]
		return e, fault.New(fault.Refused, "webhook %s has %d requests that wait", e.Name, len(e.Requests)).WithHint("wait until they are done; see pricewire webhook show %s", e.Name)
	}
	r.Number = e.lastRequest() + 1
	e.Requests = append(append([]Request(nil), e.Requests...), r)
	return e, nil
}

func (e Endpoint) lastRequest() int {
	if len(e.Requests) == 0 {
		return 0
	}
	return e.Requests[len(e.Requests)-1].Number
}

// Without returns the endpoint without the requests that are done, up to a number. The last one stays, because its number counts.
func (e Endpoint) Without(done int) Endpoint {
	var left []Request
	for i, r := range e.Requests {
		if r.Number > done || i == len(e.Requests)-1 {
			left = append(left, r)
		}
	}
	e.Requests = left
	return e
}

// Turned returns the endpoint in a state.
func (e Endpoint) Turned(s State, reason string, now time.Time) Endpoint {
	e.State, e.Reason, e.StateAt = s, reason, now
	return e
}
