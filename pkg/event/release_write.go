package event

import "time"

// Type returns TypeReleasePublished.
func (*ReleasePublished) Type() Type           { return TypeReleasePublished }
func (*ReleasePublished) source() string       { return sourceReleases }
func (r *ReleasePublished) instant() time.Time { return r.PublishedAt }
func (r *ReleasePublished) subject() string    { return r.head().subject(WhatPublished) }

func (r *ReleasePublished) write(w *writer) {
	w.open('{')
	r.head().write(w)
	w.text("kind", r.Kind)
	w.instant("effective_at", r.EffectiveAt)
	w.instant("published_at", r.PublishedAt)
	w.flagIfSet("baseline", r.Baseline)
	w.textUnlessEmpty("predecessor", r.Predecessor)
	w.textUnlessEmpty("supersedes", r.Supersedes)
	w.textUnlessEmpty("corrects", r.Corrects)
	w.flagIfSet("backfilled", r.Backfilled)
	w.textUnlessEmpty("reason", r.Reason)
	w.name("notice")
	w.open('{')
	w.text("policy", r.Notice.Policy)
	w.number("days", r.Notice.Days)
	w.flag("short", r.Notice.Short)
	w.textUnlessEmpty("reason", r.Notice.Reason)
	w.close('}')
	w.number("lines", r.Lines)
	w.number("changed", r.Changed)
	w.cost("checksum", r.Checksum)
	w.cost("content", r.Content)
	w.name("diff")
	r.Diff.write(w)
	w.text("created_by", r.CreatedBy)
	w.text("approved_by", r.ApprovedBy)
	w.close('}')
}

// digest takes what the release is and says, all of it frozen before it is published; who made it, why, and the notice it gave are no part
// of that.
func (r *ReleasePublished) digest(d *digest) {
	d.text(r.Release, r.Content, r.Checksum, r.Predecessor)
	d.number(r.Changed)
	d.instant(r.EffectiveAt)
	d.instant(r.PublishedAt)
}

func (c *DiffCounts) write(w *writer) {
	w.open('{')
	w.number("added", c.Added)
	w.number("price_changed", c.PriceChanged)
	w.number("changed", c.Changed)
	w.number("ending", c.Ending)
	w.number("removed", c.Removed)
	w.number("unchanged", c.Unchanged)
	w.close('}')
}

// Type returns TypeReleaseEffective.
func (*ReleaseEffective) Type() Type           { return TypeReleaseEffective }
func (*ReleaseEffective) source() string       { return sourceReleases }
func (r *ReleaseEffective) instant() time.Time { return r.EffectiveAt }
func (r *ReleaseEffective) subject() string    { return r.head().subject(WhatEffective) }

func (r *ReleaseEffective) write(w *writer) {
	w.open('{')
	r.head().write(w)
	w.instant("effective_at", r.EffectiveAt)
	w.textUnlessEmpty("supersedes", r.Supersedes)
	w.close('}')
}

func (r *ReleaseEffective) digest(d *digest) {
	d.text(r.Release)
	d.instant(r.EffectiveAt)
}

// Type returns TypeReleaseCorrected.
func (*ReleaseCorrected) Type() Type           { return TypeReleaseCorrected }
func (*ReleaseCorrected) source() string       { return sourceReleases }
func (r *ReleaseCorrected) instant() time.Time { return r.CorrectedAt }
func (r *ReleaseCorrected) subject() string    { return r.head().subject(WhatCorrected) }

func (r *ReleaseCorrected) write(w *writer) {
	w.open('{')
	r.head().write(w)
	w.need("by", r.By)
	w.text("reason", r.Reason)
	w.instant("effective_at", r.EffectiveAt)
	w.flagIfSet("retroactive", r.Retroactive)
	w.instant("corrected_at", r.CorrectedAt)
	w.close('}')
}

// digest leaves out why: that one release mends the other is the fact.
func (r *ReleaseCorrected) digest(d *digest) {
	d.text(r.Release, r.By)
	d.instant(r.EffectiveAt)
	d.instant(r.CorrectedAt)
}

// Type returns TypeReleaseWithdrawn.
func (*ReleaseWithdrawn) Type() Type           { return TypeReleaseWithdrawn }
func (*ReleaseWithdrawn) source() string       { return sourceReleases }
func (r *ReleaseWithdrawn) instant() time.Time { return r.WithdrawnAt }
func (r *ReleaseWithdrawn) subject() string    { return r.head().subject(WhatWithdrawn) }

func (r *ReleaseWithdrawn) write(w *writer) {
	w.open('{')
	r.head().write(w)
	w.number("withdrawal", r.Withdrawal)
	w.flag("whole", r.Whole)
	w.number("lines", r.Lines)
	w.instant("from", r.From)
	w.flagIfSet("retroactive", r.Retroactive)
	w.text("reason", r.Reason)
	w.text("withdrawn_by", r.WithdrawnBy)
	w.textUnlessEmpty("in_force", r.InForce)
	w.number("changed", r.Changed)
	w.cost("checksum", r.Checksum)
	w.instant("withdrawn_at", r.WithdrawnAt)
	w.close('}')
}

// digest takes what is withdrawn from when on and what answers instead, all of it frozen before it is published; who asked for it and why
// are no part of that.
func (r *ReleaseWithdrawn) digest(d *digest) {
	d.text(r.Release, r.InForce, r.Checksum)
	d.number(r.Withdrawal)
	d.flags(r.Whole)
	d.number(r.Lines)
	d.number(r.Changed)
	d.instant(r.From)
	d.instant(r.WithdrawnAt)
}

// Type returns TypeReleaseMissing.
func (*ReleaseMissing) Type() Type           { return TypeReleaseMissing }
func (*ReleaseMissing) source() string       { return sourceReleases }
func (r *ReleaseMissing) instant() time.Time { return r.NoticedAt }
func (r *ReleaseMissing) subject() string    { return r.head().subject(WhatMissing) }

func (r *ReleaseMissing) write(w *writer) {
	w.open('{')
	r.head().write(w)
	w.instant("publish_at", r.PublishAt)
	w.instant("effective_at", r.EffectiveAt)
	w.number("days", r.Days)
	w.instant("noticed_at", r.NoticedAt)
	w.close('}')
}

// digest leaves out when it was noticed: who looks first does not matter.
func (r *ReleaseMissing) digest(d *digest) {
	d.text(r.Release)
	d.instant(r.PublishAt)
	d.instant(r.EffectiveAt)
}
