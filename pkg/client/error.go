package client

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// KindError says what a caller can do about an error, in the words of package fault. It is an error itself, so that errors.Is(err, client.ErrConflict)
// asks for it.
type KindError string

// The kinds.
const (
	ErrInternal        KindError = "internal"        // a failure that only the server's people can mend
	ErrInvalid         KindError = "invalid"         // the request is wrong: mend it and send it again
	ErrNotFound        KindError = "not-found"       // there is no such thing
	ErrConflict        KindError = "conflict"        // somebody else was first, or what the request was based on is stale: read again
	ErrRefused         KindError = "refused"         // a rule of the business forbids it
	ErrUnavailable     KindError = "unavailable"     // something needed is not reachable now: try later
	ErrUnauthenticated KindError = "unauthenticated" // the server does not know who asks: get a token
	ErrForbidden       KindError = "forbidden"       // it does, and you may not
)

// Error returns the kind as one word.
func (k KindError) Error() string { return string(k) }

// Error is what every call fails with, the end of its context apart: a problem that the server answered with, or that there was no answer. It wraps
// a *fault.Error, which has the kind, the wrong places and the hint.
type Error struct {
	Kind       KindError     // what a caller can do
	Status     int           // of the answer; 0: there was none
	Type       string        // stable URI of the problem's type; empty where the server did not say
	RetryAfter time.Duration // how long the server asks to wait before the next attempt; 0: it does not say
	Fault      *fault.Error
}

// Error returns what happened, in one sentence.
func (e *Error) Error() string { return e.Fault.Error() }

// Unwrap gives errors.As the fault.
func (e *Error) Unwrap() error { return e.Fault }

// Hint says what a person can do; it may be empty.
func (e *Error) Hint() string { return e.Fault.Hint }

// Places are the wrong places of the request.
func (e *Error) Places() []fault.Place { return e.Fault.Places }

// Is reports whether the error is of a kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(KindError) //nolint:errorlint // the very kind that is asked for
	return ok && e.Kind == kind
}

// failed is an error that no server told.
func failed(kind fault.Kind, format string, args ...any) *Error {
	return &Error{Kind: KindError(kind.String()), Fault: fault.New(kind, format, args...)}
}

// hint adds what a person can do.
func (e *Error) hint(text string) *Error {
	e.Fault = e.Fault.WithHint("%s", text)
	return e
}

// ProblemOf makes an error of an answer that is none: its body as RFC 9457 has it, or its status where the body says nothing.
func ProblemOf(status int, body []byte) *Error {
	var p struct {
		Type   string `json:"type"`
		Detail string `json:"detail"`
		Hint   string `json:"hint"`
		Errors []struct {
			Location string `json:"location"`
			Message  string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(body, &p); err != nil || p.Detail == "" {
		return &Error{Kind: wordOf("", status), Status: status, Type: p.Type, Fault: fault.New(kindOfStatus(status), "server answered %d %s", status, http.StatusText(status))}
	}
	places := make([]fault.Place, 0, len(p.Errors))
	for _, e := range p.Errors {
		places = append(places, fault.Place{Where: e.Location, Problem: e.Message})
	}
	f := fault.New(kindOfType(p.Type, status), "%s", p.Detail).WithPlaces(places...)
	f.Hint = p.Hint
	return &Error{Kind: wordOf(p.Type, status), Status: status, Type: p.Type, Fault: f}
}

// wordOf is the last word of a problem's type, which may be newer than this package, or the word for its status where it has none.
func wordOf(problemType string, status int) KindError {
	word := problemType[strings.LastIndexAny(problemType, "/:")+1:]
	if word != "" && word != "blank" { // about:blank says nothing
		return KindError(word)
	}
	return KindError(kindOfStatus(status).String())
}

func kindOfType(problemType string, status int) fault.Kind {
	word := problemType[strings.LastIndexAny(problemType, "/:")+1:]
	for _, kind := range []fault.Kind{
		fault.Invalid, fault.NotFound, fault.Conflict, fault.Refused, fault.Unavailable, fault.Unauthenticated, fault.Forbidden, fault.Internal,
	} {
		if word == kind.String() {
			return kind
		}
	}
	return kindOfStatus(status)
}

func kindOfStatus(status int) fault.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusMethodNotAllowed, http.StatusNotAcceptable:
		return fault.Invalid
	case http.StatusNotFound:
		return fault.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return fault.Conflict
	case http.StatusUnprocessableEntity:
		return fault.Refused
	case http.StatusUnauthorized:
		return fault.Unauthenticated
	case http.StatusForbidden:
		return fault.Forbidden
	case http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusGatewayTimeout, http.StatusBadGateway:
		return fault.Unavailable
	}
	return fault.Internal
}
