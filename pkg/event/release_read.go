package event

import (
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/release"
)

func (p *ReleasePublished) read(r *reader) {
	required := []string{
		"release", "list", "market", "month", "revision", "kind", "effective_at", "published_at", "notice", "lines", "changed", "checksum",
		"content", "diff", "created_by", "approved_by",
	}
	r.object(required, func(name string) bool {
		switch name {
		case "release":
			p.Release = r.nonEmpty()
		case "list":
			p.List = r.nonEmpty()
		case "market":
			p.Market = r.capitals(2)
		case "month":
			p.Month = r.month()
		case "revision":
			p.Revision = r.count(1)
		case "effective_at":
			p.EffectiveAt = r.instant()
		case "published_at":
			p.PublishedAt = r.instant()
		case "lines":
			p.Lines = r.count(0)
		case "changed":
			p.Changed = r.count(0)
		default:
			return p.readRest(r, name)
		}
		return true
	})
	r.releaseID(p.Release, p.List, p.Market, p.Month, p.Revision)
}

func (p *ReleasePublished) readRest(r *reader, name string) bool {
	switch name {
	case "kind":
		p.Kind = r.oneOf(string(release.Full), string(release.Delta))
	case "baseline":
		p.Baseline = r.flag()
	case "predecessor":
		p.Predecessor = r.nonEmpty()
	case "supersedes":
		p.Supersedes = r.nonEmpty()
	case "notice":
		p.Notice.read(r)
	case "checksum":
		p.Checksum = r.hex(64)
	case "content":
		p.Content = r.hex(64)
	case "diff":
		p.Diff.read(r)
	case "created_by":
		p.CreatedBy = r.text()
	case "approved_by":
		p.ApprovedBy = r.text()
	default:
		return false
	}
	return true
}

func (n *ReleaseNotice) read(r *reader) {
	r.object([]string{"policy", "days", "short"}, func(name string) bool {
		switch name {
		case "policy":
			n.Policy = r.text()
		case "days":
			n.Days = r.number()
		case "short":
			n.Short = r.flag()
		case "reason":
			n.Reason = r.text()
		default:
			return false
		}
		return true
	})
}

func (c *DiffCounts) read(r *reader) {
	r.counts([]string{"added", "price_changed", "changed", "ending", "removed", "unchanged"},
		&c.Added, &c.PriceChanged, &c.Changed, &c.Ending, &c.Removed, &c.Unchanged)
}

func (e *ReleaseEffective) read(r *reader) {
	r.object([]string{"release", "list", "market", "month", "revision", "effective_at"}, func(name string) bool {
		switch name {
		case "release":
			e.Release = r.nonEmpty()
		case "list":
			e.List = r.nonEmpty()
		case "market":
			e.Market = r.capitals(2)
		case "month":
			e.Month = r.month()
		case "revision":
			e.Revision = r.count(1)
		case "effective_at":
			e.EffectiveAt = r.instant()
		case "supersedes":
			e.Supersedes = r.nonEmpty()
		default:
			return false
		}
		return true
	})
	r.releaseID(e.Release, e.List, e.Market, e.Month, e.Revision)
}

// releaseID requires that a release is called what its list, market, month and revision make.
func (r *reader) releaseID(id, list, market, month string, revision int) {
	if r.err != nil {
		return
	}
	if wanted := strings.ToLower(list+"-"+market+"-"+month) + "-r" + strconv.Itoa(revision); id != wanted {
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
