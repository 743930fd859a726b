package release

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

// MaxSet is how many releases a set may hold.
const MaxSet = 500

var setPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Member is a sheet of a set, and the file it was read from.
type Member struct {
	File string
	CreateInput
}

// CreateSet makes the drafts of a set: many sheets, often one a market, that are reviewed, submitted and approved as one, each a release of
// its own. All sheets are judged before the first draft is stored; where one cannot become a draft, none does, and the fault names the file.
// After a failure between two drafts the same call makes those that are missing.
func (d *Desk) CreateSet(ctx context.Context, name string, members []Member, act Act) ([]Release, error) {
	if err := checkSet(name, len(members)); err != nil {
		return nil, err
	}
	there, err := d.store.List(ctx, Filter{})
	if err != nil {
		return nil, err
	}
	var failures failures
	slots := map[Slot]string{}
	var drafts []prepared
	var made []Release
	for _, m := range members {
		m.Set = name
		done, p, err := d.member(ctx, m, act, there)
		if other, twice := slots[p.sheet.Slot]; err == nil && twice {
			err = fault.New(fault.Invalid, "%s is for %s too", other, p.sheet.Slot)
		}
		slots[p.sheet.Slot] = m.File
		switch {
		case err != nil:
			failures.add(m.File, err)
		case done.ID != "":
			made = append(made, done)
		default:
			drafts = append(drafts, p)
		}
	}
	if err := failures.fault("no draft of set "+name+" was made", len(members)); err != nil {
		return nil, err
	}
	for _, p := range drafts {
		r, err := d.keep(ctx, p, act)
		if err != nil {
			return made, fault.Wrap(err, "make draft %s of set %s, %d of which are made", p.sheet.prospect().ID, name, len(made))
		}
		made = append(made, r)
	}
	slices.SortFunc(made, func(a, b Release) int { return strings.Compare(a.ID, b.ID) })
	return made, nil
}

// member prepares the draft of a sheet, or returns the draft that an earlier try of the same set has made of it.
func (d *Desk) member(ctx context.Context, m Member, act Act, there []Release) (Release, prepared, error) {
	sheet, _, err := d.sheet(ctx, m.CreateInput)
	if err != nil {
		return Release{}, prepared{}, err
	}
	for i := range there {
		r := &there[i]
		if r.Slot != sheet.Slot || r.Set != m.Set || r.State != Draft || !access.SamePerson(r.CreatedBy, act.Who) {
			continue
		}
		same, err := d.madeOf(*r, sheet, m.body())
		if err == nil && !same {
			err = fault.New(fault.Conflict, "%s was made of another sheet", r.ID).WithHint("reject it first: pricewire release reject %s --reason …", r.ID)
		}
		return *r, prepared{sheet: sheet}, err
	}
	p, err := d.prepare(ctx, m.CreateInput, act)
	p.sheet.Slot = sheet.Slot
	return Release{}, p, err
}

// madeOf reports whether a draft was made of a sheet that says just this.
func (d *Desk) madeOf(r Release, s Sheet, own body) (bool, error) {
	sum, err := d.lists.sum(own, Priced(r.Slot.List))
	return sum == r.Sheet && s.EffectiveAt.Equal(r.EffectiveAt) && s.Kind == r.Kind, err
}

func checkSet(name string, members int) error {
	switch {
	case !setPattern.MatchString(name):
		return badParameter("set", "%q is not the name of a set", name).WithHint("use up to 40 of a-z, 0-9 and hyphens, such as december-2026")
	case members == 0:
		return fault.New(fault.Invalid, "set %s holds no sheet", name).WithHint("give a folder or a zip archive with one sheet a market")
	case members > MaxSet:
		return fault.New(fault.Invalid, "set %s holds %d sheets, more than %d", name, members, MaxSet)
	}
	return nil
}

// Set returns the releases of a set, in order of their ids; a notFound fault when there is none of that name.
func (d *Desk) Set(ctx context.Context, name string) ([]Release, error) {
	all, err := d.store.List(ctx, Filter{})
	if err != nil {
		return nil, err
	}
	members := slices.DeleteFunc(all, func(r Release) bool { return r.Set != name || name == "" })
	if len(members) == 0 {
		return nil, fault.New(fault.NotFound, "there is no set %q", name).WithHint("pricewire release list -o csv shows the set of every release")
	}
	return members, nil
}

// SubmitSet puts all drafts of a set up for review, or none when one cannot be.
func (d *Desk) SubmitSet(ctx context.Context, name string, act Act, acknowledged ...string) ([]Release, error) {
	return d.moveSet(ctx, name, acknowledged, "submitted", func(r Release) bool { return r.State == Draft },
		func(r Release, rules []string) (Release, error) { return d.submitted(ctx, r.ID, act, rules) })
}

// ApproveSet approves all releases of a set that wait for an approver, or none when one cannot be; those approved already stay so.
func (d *Desk) ApproveSet(ctx context.Context, name string, act Act, acknowledged ...string) ([]Release, error) {
	return d.moveSet(ctx, name, acknowledged, "approved", func(r Release) bool { return r.State == Draft || r.State == InReview || r.Held != "" },
		func(r Release, rules []string) (Release, error) { return d.approved(ctx, r.ID, act, rules) })
}

// RejectSet ends all releases of a set that have not begun to be published; the act's reason is needed.
func (d *Desk) RejectSet(ctx context.Context, name string, act Act) ([]Release, error) {
	return d.moveSet(ctx, name, nil, "rejected", func(r Release) bool { return r.State.Open() },
		func(r Release, _ []string) (Release, error) { return r.Reject(act) })
}

// moveSet moves the releases of a set that wait: first it makes sure that each can be moved, then it stores one after the other. Of the
// warnings acknowledged, each release takes those that it has.
func (d *Desk) moveSet(
	ctx context.Context, name string, acknowledged []string, what string, waits func(Release) bool, move func(Release, []string) (Release, error),
) ([]Release, error) {
	members, err := d.Set(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := checkAcknowledged(acknowledged, problemsOf(members)); err != nil {
		return nil, err
	}
	var failures failures
	var moved []int
	for i, r := range members {
		if !waits(r) {
			continue
		}
		own := slices.DeleteFunc(slices.Clone(acknowledged), func(rule string) bool { return !warned(r.Problems, rule) })
		next, err := move(r, own)
		if err != nil {
			failures.add(r.ID, err)
			continue
		}
		members[i] = next
		moved = append(moved, i)
	}
	if err := failures.fault(fmt.Sprintf("no release of set %s was %s", name, what), len(members)); err != nil {
		return nil, err
	}
	if len(moved) == 0 {
		return nil, fault.New(fault.Conflict, "no release of set %s waits to be %s", name, what)
	}
	for n, i := range moved {
		stored, err := d.store.Update(ctx, members[i])
		if err != nil {
			return nil, fault.Wrap(err, "%d of %d releases of set %s were %s; %s was not", n, len(moved), name, what, members[i].ID)
		}
		members[i] = stored
	}
	return members, nil
}

// SetReview is a set as a whole: what its releases change, and which lines go another way than the same lines elsewhere.
type SetReview struct {
	Name     string
	Releases []Comparison
	Odd      []Odd
}

// ReviewSet compares the releases of a set with their predecessors and with each other.
func (d *Desk) ReviewSet(ctx context.Context, name string, now time.Time) (SetReview, error) {
	members, err := d.Set(ctx, name)
	if err != nil {
		return SetReview{}, err
	}
	review := SetReview{Name: name}
	var o oddities
	for _, r := range members {
		c, err := d.Diff(ctx, r.ID, "", now)
		if err != nil {
			return review, err
		}
		o.change(r.ID, c.Lines)
		c.Lines, c.Items = nil, nil // the set's own diffs show them
		review.Releases = append(review.Releases, c)
	}
	for _, r := range members {
		contents, err := d.load(ctx, r.Slot.List, r.Content)
		if err != nil {
			return review, err
		}
		o.keep(r.ID, contents.lines)
	}
	review.Odd = o.find()
	return review, nil
}
