package event

import "time"

// Type returns TypeReleasePublished.
func (*ReleasePublished) Type() Type           { return TypeReleasePublished }
func (*ReleasePublished) source() string       { return sourceReleases }
func (r *ReleasePublished) instant() time.Time { return r.PublishedAt }
func (r *ReleasePublished) subject() string {
	return releaseSubject(r.List, r.Market, r.Month, r.Revision, WhatPublished)
}

func (r *ReleasePublished) write(w *writer) {
	w.open('{')
	w.need("release", r.Release)
	w.need("list", r.List)
	w.capitals("market", r.Market, 2)
	w.text("month", r.Month)
	w.number("revision", r.Revision)
	w.text("kind", r.Kind)
	w.instant("effective_at", r.EffectiveAt)
	w.instant("published_at", r.PublishedAt)
	w.flagIfSet("baseline", r.Baseline)
	w.textUnlessEmpty("predecessor", r.Predecessor)
	w.textUnlessEmpty("supersedes", r.Supersedes)
	w.name("notice")
	w.open('{')
	w.text("policy", r.Notice.Policy)
	w.number("days", r.Notice.Days)
	w.flag("short", r.Notice.Short)
	w.textUnlessEmpty("reason", r.Notice.Reason)
	w.close('}')
	w.number("lines", r.Lines)
	w.number("changed", r.Changed)
	w.text("checksum", r.Checksum)
	w.text("content", r.Content)
	w.name("diff")
	r.Diff.write(w)
	w.text("created_by", r.CreatedBy)
	w.text("approved_by", r.ApprovedBy)
	w.close('}')
}

// digest takes what the release is and says, all of it frozen before it is published; who made it and the notice it gave are no part of
// that.
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
func (r *ReleaseEffective) subject() string {
	return releaseSubject(r.List, r.Market, r.Month, r.Revision, WhatEffective)
}

func (r *ReleaseEffective) write(w *writer) {
	w.open('{')
	w.need("release", r.Release)
	w.need("list", r.List)
	w.capitals("market", r.Market, 2)
	w.text("month", r.Month)
	w.number("revision", r.Revision)
	w.instant("effective_at", r.EffectiveAt)
	w.textUnlessEmpty("supersedes", r.Supersedes)
	w.close('}')
}

func (r *ReleaseEffective) digest(d *digest) {
	d.text(r.Release)
	d.instant(r.EffectiveAt)
}
