package event

import (
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/effective"
)

// head is what every event about a release begins with: its id and what the id is made of.
type head struct {
	release, list, market, month *string
	revision                     *int
}

func (r *ReleasePublished) head() head {
	return head{&r.Release, &r.List, &r.Market, &r.Month, &r.Revision}
}

func (r *ReleaseEffective) head() head {
	return head{&r.Release, &r.List, &r.Market, &r.Month, &r.Revision}
}

func (r *ReleaseCorrected) head() head {
	return head{&r.Release, &r.List, &r.Market, &r.Month, &r.Revision}
}

func (r *ReleaseWithdrawn) head() head {
	return head{&r.Release, &r.List, &r.Market, &r.Month, &r.Revision}
}

func (r *ReleaseMissing) head() head {
	return head{&r.Release, &r.List, &r.Market, &r.Month, &r.Revision}
}

// subject returns the subject on which what happened to the release is told.
func (h head) subject(what string) string {
	return releaseSubject(*h.list, *h.market, *h.month, *h.revision, what)
}

func (h head) write(w *writer) {
	w.need("release", *h.release)
	w.need("list", *h.list)
	w.capitals("market", *h.market, 2)
	w.text("month", *h.month)
	w.number("revision", *h.revision)
}

// head reads an object that begins with a head and has the other fields required. Rest reads a field of those, or returns false for a name
// it does not know. The release must be called what its list, market, month and revision make.
func (r *reader) head(h head, required []string, rest func(name string) bool) {
	r.object(append([]string{"release", "list", "market", "month", "revision"}, required...), func(name string) bool {
		switch name {
		case "release":
			*h.release = r.nonEmpty()
		case "list":
			*h.list = r.nonEmpty()
		case "market":
			*h.market = r.capitals(2)
		case "month":
			*h.month = r.month()
		case "revision":
			*h.revision = r.count(1)
		default:
			return rest(name)
		}
		return true
	})
	r.called(h)
}

func (r *reader) called(h head) {
	if r.err != nil {
		return
	}
	wanted := strings.ToLower(*h.list+"-"+*h.market+"-"+*h.month) + "-r" + strconv.Itoa(*h.revision)
	if id := *h.release; id != wanted {
		r.path = append(r.path, step{field: "release"})
		r.fail(quote(id) + " is not the release of its list, market, month and revision, " + quote(wanted))
	}
}

// month reads a month such as 2026-12.
func (r *reader) month() string {
	s := r.text()
	if r.err == nil {
		if m, err := effective.ParseMonth(s); err != nil || m.String() != s {
			r.fail(quote(s) + " is not a month such as 2026-12")
		}
	}
	return s
}
