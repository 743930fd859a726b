package peer

import (
	"net/http"
	"net/url"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Interface is what both ends agree on.
type Interface struct {
	// Name of the process that answers. It is also that of the flag by which the API is told of it, and that of their secret has it in it.
	Name string
	// Header says on every request which Version is spoken. That no web page can make a browser send it keeps pages of other origins out where no
	// secret does.
	Header, Version string
	// Recheck says how a person finds out what became of something, when the answer was lost.
	Recheck string
}

// flag is that of the URL, secretFlag that of the secret.
func (i *Interface) flag() string       { return "--" + i.Name }
func (i *Interface) secretFlag() string { return "--" + i.Name + "-secret-file" }

const (
	// largestRequest bounds what Read reads, largestAnswer what a client does.
	largestRequest = 64 << 10
	largestAnswer  = 64 << 20
)

// Validate says why a text is no base URL of another process, nothing when it is one.
func Validate(base string) string {
	u, err := url.Parse(base)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return "not an http or https URL"
	case u.User != nil:
		return "has a user in it; the secret goes into a file"
	case u.RawQuery != "" || u.Fragment != "":
		return "has more than a host and a path"
	}
	return ""
}

// faultWire is an error with all that a fault says.
type faultWire struct {
	Kind   string        `json:"kind"`
	Detail string        `json:"detail"`
	Hint   string        `json:"hint,omitempty"`
	Places []fault.Place `json:"places,omitempty"`
}

func faultOf(err error) faultWire {
	return faultWire{fault.KindOf(err).String(), err.Error(), fault.HintOf(err), fault.PlacesOf(err)}
}

func (w *faultWire) fault() error {
	kind := fault.Internal
	for _, k := range []fault.Kind{fault.Invalid, fault.NotFound, fault.Conflict, fault.Refused, fault.Unavailable, fault.Unauthenticated, fault.Forbidden} {
		if w.Kind == k.String() {
			kind = k
		}
	}
	return fault.New(kind, "%s", w.Detail).WithHint("%s", w.Hint).WithPlaces(w.Places...)
}

// statusOf lets tools that look at statuses only tell kinds apart; the other end reads the body.
func statusOf(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Refused:
		return http.StatusUnprocessableEntity
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Internal:
	}
	return http.StatusInternalServerError
}
