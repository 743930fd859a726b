package azure

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// trail is the way a traversal has gone: it refuses links that leave the source or lead in a circle.
type trail struct {
	base *url.URL
	seen map[string]bool
}

func newTrail(base *url.URL) *trail { return &trail{base: base, seen: make(map[string]bool)} }

// visit judges the link to the next page and returns it, verbatim but for spaces, which no request can carry.
func (t *trail) visit(link string) (string, error) {
	link = strings.ReplaceAll(link, " ", "%20")
	u, err := url.Parse(link)
	if err != nil {
		return "", fault.New(fault.Invalid, "read NextPageLink: %w", err)
	}
	if err := sameOrigin(t.base, u); err != nil {
		return "", fmt.Errorf("follow NextPageLink: %w", err)
	}
	if t.seen[link] {
		return "", fault.New(fault.Invalid, "follow NextPageLink: %s was read before: the pages lead in a circle", link)
	}
	t.seen[link] = true
	return link, nil
}

// errElsewhere refuses to leave the source.
var errElsewhere = errors.New("is another place than the source")

// sameOrigin refuses another scheme, host or port: a source must not send us to a place nobody configured. Azure's own links name the
// default port, which is the same as none.
func sameOrigin(base, u *url.URL) error {
	if !strings.EqualFold(u.Scheme, base.Scheme) || !strings.EqualFold(u.Hostname(), base.Hostname()) || port(u) != port(base) || u.User != nil {
		return fault.New(fault.Invalid, "%s://%s: %w %s://%s", u.Scheme, u.Host, errElsewhere, base.Scheme, base.Host)
	}
	return nil
}

func port(u *url.URL) string {
	switch p := u.Port(); {
	case p != "":
		return p
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}

// redirects follows redirects within the source only.
func redirects(base *url.URL) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		if len(via) >= 5 {
			return errors.New("more than 5 redirects")
		}
		return sameOrigin(base, r.URL)
	}
}
