package rate

import (
	"cmp"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
)

// ReplayChange takes over a change that was published. After every change and every record in the order of their publication, the
// ledger judges any observation as the one that published them would. Absences are not published: each is counted anew from the next
// complete crawl on, so a restart from the stream alone may retire later than otherwise, never earlier.
//
// A change that does not fit (another currency, a key that is not its identity's, a scope that does not own it) is an error of kind
// fault.Invalid and changes nothing.
func (l *Ledger) ReplayChange(c Change) error {
	k, err := l.replayed(&c)
	if err != nil {
		return err
	}
	k.Belief = Apply(k.Belief, c.Periods)
	k.Absences, k.AbsentSince = 0, never.time()
	if c.After != nil {
		row := *c.After
		row.SavingsPlans = slices.SortedFunc(slices.Values(row.SavingsPlans), comparePlans)
		k.Row, k.Retired = &row, false
	}
	if c.Kind == Retired {
		k.Retired = true
	}
	l.store.put(&k)
	l.version++
	return nil
}

// replayed returns the state that a change goes on from.
func (l *Ledger) replayed(c *Change) (Known, error) {
	switch {
	case c.Identity.Currency != l.store.currency:
		return Known{}, fault.New(fault.Invalid, "replay change of %s: it is in %q, the ledger in %s", c.Key, clip(c.Identity.Currency), l.store.currency)
	case l.keyOf(c.Identity) != c.Key:
		return Known{}, fault.New(fault.Invalid, "replay change of %s: that is not the key of %s", c.Key, c.Identity.describe())
	case c.Scope == "" || c.Region == "":
		return Known{}, fault.New(fault.Invalid, "replay change of %s: it names no scope or no region", c.Key)
	case c.After != nil && c.After.Identity != c.Identity:
		return Known{}, fault.New(fault.Invalid, "replay change of %s: its row is of another identity", c.Key)
	}
	k, ok := l.Known(c.Key)
	switch {
	case !ok:
		return Known{Identity: c.Identity, Key: c.Key, Scope: c.Scope, Region: c.Region}, nil
	case k.Identity != c.Identity:
		return Known{}, collision(c.Key, k.Identity, c.Identity)
	case k.Scope != c.Scope:
		return Known{}, fault.New(fault.Invalid, "replay change of %s: it is of scope %q, but %q owns it", c.Key, clip(c.Scope), k.Scope)
	}
	return k, nil
}

// ReplayRecord takes over the record of a crawl that was published; those of refused crawls are no observations and change nothing.
// Records of a scope come in order of their times, else the error is of kind fault.Invalid.
func (l *Ledger) ReplayRecord(r Record) error {
	if r.Refused != "" {
		return nil
	}
	content, err := contentOf(&r)
	if err != nil {
		return err
	}
	at := toInstant(r.At)
	switch sc := l.scopes[r.Scope]; {
	case r.Currency != l.store.currency:
		return fault.New(fault.Invalid, "replay crawl %s: it is in %q, the ledger in %s", r.ID, clip(r.Currency), l.store.currency)
	case r.Scope == "" || !storable(r.At):
		return fault.New(fault.Invalid, "replay crawl %s: it names no scope or no time", r.ID)
	case sc != nil && cmp.Compare(at, sc.last()) <= 0:
		return fault.New(fault.Invalid, "replay crawl %s: it is not later than the one before it", r.ID)
	}
	l.remember(r.Scope, past{at: at, content: content, identities: r.Identities, whole: r.Complete && !r.Partial, accepted: r.Accepted})
	return nil
}
