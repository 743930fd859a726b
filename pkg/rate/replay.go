package rate

import (
	"encoding/binary"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
)

// ReplayChange takes over a change that was published. After every change and every record in the order of their publication, the
// ledger judges any observation as the one that published them would, and so it does when it met the last of them before. Absences are not
// published: each is counted anew from the next complete crawl on, so a restart from the stream alone may retire later than otherwise,
// never earlier.
//
// A change that does not fit (another currency, a key that is not its identity's, a scope that does not own it) is an error of kind
// fault.Invalid and changes nothing.
func (l *Ledger) ReplayChange(c Change) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, err := l.replayed(&c)
	if err != nil {
		return err
	}
	k.Belief = Apply(k.Belief, c.Periods)
	k.Absences, k.AbsentSince, k.absentLast = 0, never.time(), never.time()
	if c.After != nil {
		row := *c.After
		row.SavingsPlans = slices.SortedFunc(slices.Values(row.SavingsPlans), comparePlans)
		k.Row, k.Retired, k.group = &row, false, groupOf(&row)
	}
	if c.Kind == Retired {
		k.Retired = true
	}
	l.version++
	b := newBatch()
	l.put(b, &k, rawSum{}, digest{})
	return l.flush(b, nil, false)
}

// replayed returns the state that a change goes on from.
func (l *Ledger) replayed(c *Change) (Known, error) {
	switch {
	case c.Identity.Currency != l.currency:
		return Known{}, fault.New(fault.Invalid, "replay change of %s: it is in %q, the ledger in %s", c.Key, clip(c.Identity.Currency), l.currency)
	case l.keyOf(c.Identity) != c.Key:
		return Known{}, fault.New(fault.Invalid, "replay change of %s: that is not the key of %s", c.Key, c.Identity.describe())
	case c.Scope == "" || c.Region == "":
		return Known{}, fault.New(fault.Invalid, "replay change of %s: it names no scope or no region", c.Key)
	case c.After != nil && c.After.Identity != c.Identity:
		return Known{}, fault.New(fault.Invalid, "replay change of %s: its row is of another identity", c.Key)
	}
	k, ok, err := l.known(c.Key)
	switch {
	case err != nil:
		return Known{}, err
	case !ok:
		return Known{Identity: c.Identity, Key: c.Key, Scope: c.Scope, Region: c.Region}, nil
	case k.Identity != c.Identity:
		return Known{}, collision(c.Key, k.Identity, c.Identity)
	case k.Scope != c.Scope:
		return Known{}, fault.New(fault.Invalid, "replay change of %s: it is of scope %q, but %q owns it", c.Key, clip(c.Scope), k.Scope)
	}
	return k, nil
}

// ReplayRecord takes over the record of a crawl that was published, after its changes, with notes; those of refused crawls are no
// observations, and nor is one that is known. Absences are what Verdict.Absences gave of its last part; without them nothing is known of who
// was absent, and all absences of the scope are counted anew. Records of a scope come in order of their times, else the error is of kind
// fault.Invalid.
func (l *Ledger) ReplayRecord(r Record, absences []byte, notes ...Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := newBatch()
	if r.Refused != "" {
		return l.flush(b, notes, false)
	}
	content, err := contentOf(&r)
	if err != nil {
		return err
	}
	at := toInstant(r.At)
	sc := l.scopes[r.Scope]
	switch {
	case r.Currency != l.currency:
		return fault.New(fault.Invalid, "replay crawl %s: it is in %q, the ledger in %s", r.ID, clip(r.Currency), l.currency)
	case r.Scope == "" || !storable(r.At):
		return fault.New(fault.Invalid, "replay crawl %s: it names no scope or no time", r.ID)
	case sc.made(at, content) != nil:
		return l.flush(b, notes, false)
	case sc != nil && (at < sc.last() || (at == sc.last() && !r.Accepted)):
		return fault.New(fault.Invalid, "replay crawl %s: it is not later than the one before it", r.ID)
	}
	if absences == nil {
		l.forgetAbsences(b, r.Scope)
	} else if err := l.replayAbsences(b, absences); err != nil {
		return err
	}
	l.remember(b, r.Scope, pastOf(&r, content))
	return l.flush(b, notes, false)
}

// ReplayPart takes over that a part of a crawl was published which is not its last, with what Verdict.Absences gave of it; nil when that is
// not known.
func (l *Ledger) ReplayPart(p CrawlPart, absences []byte, notes ...Entry) error {
	if p.Scope == "" || !storable(p.At) {
		return fault.New(fault.Invalid, "replay part of crawl %s: it names no scope or no time", p.Crawl)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := newBatch()
	l.begin(b, p.Scope, toInstant(p.At))
	if absences != nil {
		if err := l.replayAbsences(b, absences); err != nil {
			return err
		}
	}
	l.version++
	return l.flush(b, notes, false)
}

func (l *Ledger) forgetAbsences(b *batch, scope string) {
	for n := range l.index.absent {
		if l.homeOf(n).scope == scope {
			l.putAbsence(b, n, absence{})
		}
	}
}

func (l *Ledger) replayAbsences(b *batch, absences []byte) error {
	d := decoder{rest: string(absences)}
	for range d.count(11) {
		key := d.take(8)
		a := absence{count: int(d.number()), since: d.instant(), last: d.instant()}
		if d.err != nil {
			break
		}
		if n, ok := l.index.find(Key(binary.BigEndian.Uint64([]byte(key)))); ok {
			l.putAbsence(b, n, a)
		}
	}
	if err := d.whole(); err != nil {
		return fault.New(fault.Invalid, "replay absences: %w", err)
	}
	return nil
}

func pastOf(r *Record, content [32]byte) past {
	return past{at: toInstant(r.At), content: content, identities: r.Identities, whole: r.Complete && !r.Partial, accepted: r.Accepted}
}
