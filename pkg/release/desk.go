package release

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Policy is how a list is released.
type Policy struct {
	Notice  effective.Notice
	Monthly bool // a release is expected every month
	// Check returns what is wrong and noteworthy in a list's items; not asked of prices.
	Check func(rows []item.Row, check item.Check) []listing.Problem
}

// DeskConfig says what may be released, and how.
type DeskConfig struct {
	// Policies are the lists that may be released; no other list may.
	Policies Policies
	// BatchLimit is how many messages one publication may hold: a release that changes as many lines or more is refused at approval.
	BatchLimit int
	// MovePercent is how far a price may move before a warning says so; 0 warns of none.
	MovePercent int
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c DeskConfig) Validate() error {
	switch {
	case len(c.Policies) == 0:
		return fault.New(fault.Invalid, "no list may be released: there is no policy")
	case c.BatchLimit < 3:
		return fault.New(fault.Invalid, "batch limit %d is below 3", c.BatchLimit)
	case c.MovePercent < 0:
		return fault.New(fault.Invalid, "move percent %d is negative", c.MovePercent)
	}
	for list, policy := range c.Policies {
		if !Priced(list) && policy.Check == nil {
			return fault.New(fault.Invalid, "nobody checks the items of list %s", list)
		}
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
	Market       string // upper case; WW where the list has none
	EffectiveAt  time.Time
	PublishAt    time.Time // zero: when the list's policy says; of a list of the past, when it was published
	Backfilled   bool      // a list of the past
	Kind         SheetKind
	Rows         []pricelist.Row   // as read from the sheet, of a list of prices
	Items        []item.Row        // as read from the sheet, of any other list
	Problems     []listing.Problem // found while reading it
	Acknowledged []string          // rules of warnings that the author takes responsibility for
	Set          string            // name of the releases it is prepared with
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
	p, err := d.prepare(ctx, in, act)
	if err != nil {
		return Release{}, err
	}
	return d.keep(ctx, p, act)
}

// prepared is a draft that is ready to be stored.
type prepared struct {
	sheet Sheet
	found comparison
	own   body
}

// prepare does everything that making a draft takes but storing it.
func (d *Desk) prepare(ctx context.Context, in CreateInput, act Act) (prepared, error) {
	sheet, all, err := d.sheet(ctx, in)
	if err != nil {
		return prepared{}, err
	}
	if err := notRewriting(sheet, act.At, all); err != nil {
		return prepared{}, err
	}
	if sheet.Revision, err = NextRevision(sheet.Slot, all); err != nil {
		return prepared{}, err
	}
	return d.judge(ctx, sheet, in, act, all)
}

// judge compares a sheet with what is known and makes sure that it can become a draft.
func (d *Desk) judge(ctx context.Context, sheet Sheet, in CreateInput, act Act, all []Release) (prepared, error) {
	own := in.body()
	found, err := d.compare(ctx, sheet.prospect(), in, own, act.At, all)
	if err != nil {
		return prepared{}, err
	}
	if err := checkAcknowledged(in.Acknowledged, found.problems); err != nil {
		return prepared{}, err
	}
	sheet.Review = found.review()
	sheet.Review.Acknowledged = in.Acknowledged
	if _, err := New(sheet, act); err != nil {
		return prepared{}, err
	}
	return prepared{sheet, found, own}, nil
}

// keep stores what a draft says, and then its record.
func (d *Desk) keep(ctx context.Context, p prepared, act Act) (Release, error) {
	var err error
	if p.sheet.Review.Content, err = d.save(ctx, p.sheet.Slot.List, p.found.whole); err != nil {
		return Release{}, err
	}
	p.sheet.Digest = p.sheet.Review.Content
	if p.sheet.Kind == Delta {
		if p.sheet.Digest, err = d.save(ctx, p.sheet.Slot.List, p.own); err != nil {
			return Release{}, err
		}
	}
	r, err := New(p.sheet, act)
	if err != nil {
		return Release{}, err
	}
	return d.store.Create(ctx, r)
}

// Lint returns all problems of a sheet and stores nothing. Without a market or an effective instant the sheet is judged by itself.
func (d *Desk) Lint(ctx context.Context, in CreateInput, now time.Time) (Report, error) {
	if in.Market == "" || in.EffectiveAt.IsZero() {
		policy, err := d.policy(in.List)
		if err != nil {
			return Report{}, err
		}
		r := Release{Slot: Slot{List: in.List, Market: in.Market}, EffectiveAt: in.EffectiveAt, Kind: Delta}
		return Report{Problems: slices.Concat(in.Problems, d.problems(r, policy, in.Rows, in.Items, comparison{})), Lines: len(in.Rows) + len(in.Items)}, nil
	}
	sheet, all, err := d.sheet(ctx, in)
	if err != nil {
		return Report{}, err
	}
	found, err := d.compare(ctx, sheet.prospect(), in, in.body(), now, all)
	if err != nil {
		return Report{}, err
	}
	return Report{Problems: found.problems, Lines: found.whole.len(), Diff: found.counts, Predecessor: found.predecessor}, nil
}

// sheet returns what a release would be made of, revision and review apart, and all releases of its list and market.
func (d *Desk) sheet(ctx context.Context, in CreateInput) (Sheet, []Release, error) {
	policy, err := d.policy(in.List)
	if err != nil {
		return Sheet{}, nil, err
	}
	if !listing.KnownMarket(in.Market) && (in.Market != Worldwide || Priced(in.List)) {
		return Sheet{}, nil, badParameter("market", "%q is not a market", in.Market).WithHint("a market is an ISO 3166 code of two capitals such as US; lists without prices may be worldwide, WW")
	}
	s := Sheet{
		Slot:     Slot{List: in.List, Market: in.Market, Month: effective.MonthOf(in.EffectiveAt)},
		Revision: 1, Kind: cmp.Or(in.Kind, Full), EffectiveAt: in.EffectiveAt, PublishAt: in.PublishAt, Policy: policy.Notice, Backfilled: in.Backfilled, Set: in.Set,
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
	if s.EffectiveAt.After(now) && !s.Backfilled {
		return nil
	}
	for i := range all {
		if all[i].Slot == s.Slot && all[i].State.Public() {
			return fault.New(fault.Refused, "%s is public, and %s has passed", all[i].ID, s.EffectiveAt.UTC().Format(time.RFC3339)).
				WithHint("mend it from now on: pricewire release correct %s FILE --reason …", all[i].ID)
		}
	}
	return nil
}

func (d *Desk) policy(list string) (Policy, error) {
	policy, known := d.cfg.Policies[list]
	if !known {
		return policy, fault.New(fault.Invalid, "%q is not a list that is released", list).
			WithHint("the lists are %s", strings.Join(slices.Sorted(maps.Keys(d.cfg.Policies)), ", ")).WithPlaces(fault.Place{Where: "list", Problem: "not one that is released"})
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
		EffectiveAt: s.EffectiveAt, PublishAt: publishAt, Corrects: s.Corrects, Retroactive: s.Retroactive, Follows: s.Follows, Backfilled: s.Backfilled,
	}
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

// Calendar returns twelve months of every list and market.
func (d *Desk) Calendar(ctx context.Context, now time.Time) ([]Month, error) {
	all, err := d.store.List(ctx, Filter{})
	return Calendar(now, all, d.cfg.Policies), err
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

// AtOnce reports whether something of a release goes out as soon as the scheduler looks: it is approved, due and not held, or taken back.
func (r Release) AtOnce(now time.Time) bool {
	return (r.State == Approved || r.State == Publishing) && r.Held == "" && !r.PublishAt.After(now) || r.pending() >= 0
}

// Settled waits until what goes out at once of a release is public, and returns the release. A conflict fault says that it is held, or was
// taken back, and why; an unavailable one that it is still on its way when ctx ends first, or that it cannot be watched. What was recorded stays.
func (d *Desk) Settled(ctx context.Context, id string) (Release, error) {
	watch, cancel := context.WithCancel(ctx)
	defer cancel()
	hint := "pricewire release show %s tells when it is"
	changed, err := d.store.Watch(watch)
	if err != nil {
		return Release{}, fault.New(fault.Unavailable, "%s is recorded, but whether it is public yet is not known: %w", id, err).WithHint(hint, id)
	}
	for {
		r, err := d.store.Get(ctx, id)
		switch {
		case ctx.Err() != nil:
		case err != nil || r.Told() && r.pending() < 0:
			return r, err
		case r.Told(): // a withdrawal is on its way
		case r.Held != "":
			return r, fault.New(fault.Conflict, "%s is held: %s", id, r.Held).
				WithHint("look at the diff, then approve it again: pricewire release approve %s", id)
		case r.State != Approved && r.State != Publishing:
			return r, fault.New(fault.Conflict, "%s is %s", id, r.State)
		}
		if _, open := <-changed; !open {
			return r, fault.New(fault.Unavailable, "%s is recorded but not yet public", id).WithHint(hint, id)
		}
	}
}
