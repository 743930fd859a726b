package release

import (
	"context"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// DeskConfig says what may be released, and how.
type DeskConfig struct {
	// Policies are the notice policies of the lists that may be released; no other list may.
	Policies map[string]effective.Notice
	// BatchLimit is how many messages one publication may hold: a release that changes as many lines or more is refused at approval.
	BatchLimit int
	// MovePercent is how far a price may move before a warning says so; 0 warns of none.
	MovePercent int
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c DeskConfig) Validate() error {
	switch {
	case len(c.Policies) == 0:
		return fault.New(fault.Invalid, "no list may be released: there is no notice policy")
	case c.BatchLimit < 2:
		return fault.New(fault.Invalid, "batch limit %d is below 2", c.BatchLimit)
	case c.MovePercent < 0:
		return fault.New(fault.Invalid, "move percent %d is negative", c.MovePercent)
	}
	return nil
}

// Desk is where people's commands on releases arrive. Each reads what it needs, decides, and writes one record at last; a command that
// fails has changed nothing. Commands that meet on one release: one wins, the other gets a conflict fault.
//
// A Desk publishes nothing: whoever approves a release that is due at once waits for the scheduler.
type Desk struct {
	cfg   DeskConfig
	store Store
	lists *Lists
}

// NewDesk makes a desk.
func NewDesk(cfg DeskConfig, store Store, lists *Lists) (*Desk, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if store == nil || lists == nil {
		return nil, fault.New(fault.Invalid, "a desk needs a store and lists")
	}
	return &Desk{cfg: cfg, store: store, lists: lists}, nil
}

// CreateInput is a sheet and what it is to become.
type CreateInput struct {
	List         string
	Market       string // upper case
	EffectiveAt  time.Time
	PublishAt    time.Time // zero: when the list's policy says
	Kind         SheetKind
	Rows         []pricelist.Row   // as read from the sheet
	Problems     []listing.Problem // found while reading it
	Acknowledged []string          // rules of warnings that the author takes responsibility for
}

// Report is what is wrong and noteworthy in a sheet.
type Report struct {
	Problems    []listing.Problem // all of them
	Lines       int               // of the whole list
	Diff        listing.Counts
	Predecessor string // the release it was compared with, empty when there is none
}

// Create makes a draft of a sheet. Errors in it are an invalid fault that names their places, an open revision of the same list, market
// and month is a conflict, a publication later than the policy asks for is refused.
func (d *Desk) Create(ctx context.Context, in CreateInput, act Act) (Release, error) {
	sheet, all, err := d.sheet(ctx, in)
	if err != nil {
		return Release{}, err
	}
	if err := checkAcknowledged(in.Acknowledged); err != nil {
		return Release{}, err
	}
	if err := notRewriting(sheet, act.At, all); err != nil {
		return Release{}, err
	}
	if sheet.Revision, err = NextRevision(sheet.Slot, all); err != nil {
		return Release{}, err
	}
	found, err := d.compare(ctx, sheet.prospect(), in, act.At, all)
	if err != nil {
		return Release{}, err
	}
	sheet.Review = found.review()
	sheet.Review.Acknowledged = in.Acknowledged
	if _, err := New(sheet, act); err != nil { // before anything is stored
		return Release{}, err
	}
	if sheet.Digest, sheet.Review.Content, err = d.save(ctx, in.Kind, lines(in.Rows), found.whole); err != nil {
		return Release{}, err
	}
	r, err := New(sheet, act)
	if err != nil {
		return Release{}, err
	}
	return d.store.Create(ctx, r)
}

// Lint returns all problems of a sheet and stores nothing. Without a market or an effective instant the sheet is judged by itself.
func (d *Desk) Lint(ctx context.Context, in CreateInput, now time.Time) (Report, error) {
	if in.Market == "" || in.EffectiveAt.IsZero() {
		if _, err := d.policy(in.List); err != nil {
			return Report{}, err
		}
		check := pricelist.Check{Market: in.Market, EffectiveAt: in.EffectiveAt}
		return Report{Problems: slices.Concat(in.Problems, pricelist.Validate(in.Rows, check)), Lines: len(in.Rows)}, nil
	}
	sheet, all, err := d.sheet(ctx, in)
	if err != nil {
		return Report{}, err
	}
	found, err := d.compare(ctx, sheet.prospect(), in, now, all)
	if err != nil {
		return Report{}, err
	}
	return Report{Problems: found.problems, Lines: len(found.whole), Diff: found.counts, Predecessor: found.predecessor}, nil
}

// sheet returns what a release would be made of, revision and review apart, and all releases of its list and market.
func (d *Desk) sheet(ctx context.Context, in CreateInput) (Sheet, []Release, error) {
	policy, err := d.policy(in.List)
	if err != nil {
		return Sheet{}, nil, err
	}
	if in.Kind == "" {
		in.Kind = Full
	}
	s := Sheet{
		Slot:     Slot{List: in.List, Market: in.Market, Month: effective.MonthOf(in.EffectiveAt)},
		Revision: 1, Kind: in.Kind, EffectiveAt: in.EffectiveAt, PublishAt: in.PublishAt, Policy: policy,
	}
	if _, err := s.schedule(); err != nil {
		return Sheet{}, nil, err
	}
	all, err := d.store.List(ctx, Filter{List: in.List, Market: in.Market})
	return s, all, err
}

// notRewriting refuses another revision of a month that is public for instants that have passed: what a list has answered stays, and what is
// mended is mended from now on.
func notRewriting(s Sheet, now time.Time, all []Release) error {
	if s.EffectiveAt.After(now) {
		return nil
	}
	for i := range all {
		if all[i].Slot == s.Slot && all[i].State.Public() {
			return fault.New(fault.Refused, "%s is public, and %s has passed", all[i].ID, s.EffectiveAt.UTC().Format(time.RFC3339)).
				WithHint("what is mended takes effect from now on: give a later instant of %s with --effective", s.Slot.Month)
		}
	}
	return nil
}

func (d *Desk) policy(list string) (effective.Notice, error) {
	policy, known := d.cfg.Policies[list]
	if !known {
		return policy, fault.New(fault.Invalid, "%q is not a list that is released", list).
			WithHint("the list of licence prices is %q", License).WithPlaces(fault.Place{Where: "list", Problem: "not one that is released"})
	}
	return policy, nil
}

// prospect returns the release that a sheet would become, as far as comparing it with others needs.
func (s Sheet) prospect() Release {
	publishAt := s.PublishAt
	if publishAt.IsZero() {
		publishAt = s.Policy.PublishAt(s.EffectiveAt)
	}
	return Release{
		ID: FormatID(s.Slot, s.Revision), Slot: s.Slot, Revision: s.Revision, State: Draft, Kind: s.Kind,
		EffectiveAt: s.EffectiveAt, PublishAt: publishAt,
	}
}

func (d *Desk) save(ctx context.Context, kind SheetKind, own, whole []pricelist.Line) (sheet, content string, err error) {
	if content, err = d.lists.Save(ctx, whole); err != nil {
		return "", "", err
	}
	if kind != Delta {
		return content, content, nil
	}
	sheet, err = d.lists.Save(ctx, own)
	return sheet, content, err
}

func lines(rows []pricelist.Row) []pricelist.Line {
	own := make([]pricelist.Line, len(rows))
	for i := range rows {
		own[i] = rows[i].Line
	}
	return own
}

// Show returns a release; a notFound fault when there is none.
func (d *Desk) Show(ctx context.Context, id string) (Release, error) { return d.store.Get(ctx, id) }

// List returns the releases that match, in order of their ids.
func (d *Desk) List(ctx context.Context, f Filter) ([]Release, error) { return d.store.List(ctx, f) }

// Log returns who did what to a release and when, oldest first.
func (d *Desk) Log(ctx context.Context, id string) ([]Entry, error) {
	r, err := d.store.Get(ctx, id)
	return r.Log, err
}

// Reject ends a release that has not begun to be published; the act's reason is needed.
func (d *Desk) Reject(ctx context.Context, id string, act Act) (Release, error) {
	r, err := d.store.Get(ctx, id)
	if err != nil {
		return Release{}, err
	}
	if r, err = r.Reject(act); err != nil {
		return Release{}, err
	}
	return d.store.Update(ctx, r)
}

// AtOnce reports whether a release goes out as soon as the scheduler looks: it is approved, due and not held.
func (r Release) AtOnce(now time.Time) bool {
	return (r.State == Approved || r.State == Publishing) && r.Held == "" && !r.PublishAt.After(now)
}

// Settled waits until a release that goes out at once is public, and returns it. A conflict fault says that it is held, or was taken back,
// and why; when ctx ends first, an unavailable one that it is still on its way.
func (d *Desk) Settled(ctx context.Context, id string) (Release, error) {
	watch, cancel := context.WithCancel(ctx)
	defer cancel()
	changed, err := d.store.Watch(watch)
	if err != nil {
		return Release{}, err
	}
	for {
		r, err := d.store.Get(ctx, id)
		switch {
		case ctx.Err() != nil:
		case err != nil || r.State.Public():
			return r, err
		case r.Held != "":
			return r, fault.New(fault.Conflict, "%s is held: %s", id, r.Held).
				WithHint("look at the diff, then approve it again: pricewire release approve %s", id)
		case r.State != Approved && r.State != Publishing:
			return r, fault.New(fault.Conflict, "%s is %s", id, r.State)
		}
		if _, open := <-changed; !open {
			return r, fault.New(fault.Unavailable, "%s is approved but not yet published", id).WithHint("pricewire release show %s tells when it is", id)
		}
	}
}
