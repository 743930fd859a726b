package event

import "github.com/pricewire/pricewire/pkg/release"

func (p *ReleasePublished) read(r *reader) {
	required := []string{
		"kind", "effective_at", "published_at", "notice", "lines", "changed", "checksum", "content", "diff", "created_by", "approved_by",
	}
	r.head(p.head(), r.asked(required, "checksum", "content"), func(name string) bool {
		switch name {
		case "kind":
			p.Kind = r.oneOf(string(release.Full), string(release.Delta))
		case "effective_at":
			p.EffectiveAt = r.instant()
		case "published_at":
			p.PublishedAt = r.instant()
		case "notice":
			p.Notice.read(r)
		case "lines":
			p.Lines = r.count(0)
		case "changed":
			p.Changed = r.count(0)
		case "checksum":
			p.Checksum = r.hex(64)
		case "content":
			p.Content = r.hex(64)
		case "diff":
			p.Diff.read(r)
		default:
			return p.readRest(r, name)
		}
		return true
	})
}

func (p *ReleasePublished) readRest(r *reader, name string) bool {
	switch name {
	case "baseline":
		p.Baseline = r.flag()
	case "predecessor":
		p.Predecessor = r.nonEmpty()
	case "supersedes":
		p.Supersedes = r.nonEmpty()
	case "corrects":
		p.Corrects = r.nonEmpty()
	case "backfilled":
		p.Backfilled = r.flag()
	case "reason":
		p.Reason = r.text()
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
	r.head(e.head(), []string{"effective_at"}, func(name string) bool {
		switch name {
		case "effective_at":
			e.EffectiveAt = r.instant()
		case "supersedes":
			e.Supersedes = r.nonEmpty()
		default:
			return false
		}
		return true
	})
}

func (c *ReleaseCorrected) read(r *reader) {
	r.head(c.head(), []string{"by", "reason", "effective_at", "corrected_at"}, func(name string) bool {
		switch name {
		case "by":
			c.By = r.nonEmpty()
		case "reason":
			c.Reason = r.text()
		case "effective_at":
			c.EffectiveAt = r.instant()
		case "retroactive":
			c.Retroactive = r.flag()
		case "corrected_at":
			c.CorrectedAt = r.instant()
		default:
			return false
		}
		return true
	})
}

func (e *ReleaseWithdrawn) read(r *reader) {
	required := []string{"withdrawal", "whole", "lines", "from", "reason", "withdrawn_by", "changed", "checksum", "withdrawn_at"}
	r.head(e.head(), r.asked(required, "checksum"), func(name string) bool {
		switch name {
		case "withdrawal":
			e.Withdrawal = r.count(1)
		case "whole":
			e.Whole = r.flag()
		case "lines":
			e.Lines = r.count(0)
		case "from":
			e.From = r.instant()
		case "retroactive":
			e.Retroactive = r.flag()
		case "reason":
			e.Reason = r.text()
		case "withdrawn_by":
			e.WithdrawnBy = r.text()
		case "in_force":
			e.InForce = r.nonEmpty()
		case "changed":
			e.Changed = r.count(0)
		case "checksum":
			e.Checksum = r.hex(64)
		case "withdrawn_at":
			e.WithdrawnAt = r.instant()
		default:
			return false
		}
		return true
	})
}

func (m *ReleaseMissing) read(r *reader) {
	r.head(m.head(), []string{"publish_at", "effective_at", "days", "noticed_at"}, func(name string) bool {
		switch name {
		case "publish_at":
			m.PublishAt = r.instant()
		case "effective_at":
			m.EffectiveAt = r.instant()
		case "days":
			m.Days = r.number()
		case "noticed_at":
			m.NoticedAt = r.instant()
		default:
			return false
		}
		return true
	})
}
