package webhook

import (
	"slices"
	"time"
)

// Bounds of what is kept of an endpoint's progress.
const (
	MaxHeld       = 1_000 // events that wait because their subject does; beyond them everything waits
	MaxDeliveries = 100   // attempts in the log
)

// Progress is how far an endpoint's events are sent: everything up to Position has been taken, or is held. Only the sender whose lease it
// is writes it. Version is 0 until it is stored.
type Progress struct {
	Name      string
	Made      time.Time // when the endpoint was made that it is of: another of its name begins anew
	Position  string    // as the id of a server-sent event has it
	NotBefore time.Time // what became known earlier is not sent
	Held      []Held    // in order of their streams and sequences
	Done      int       // number of the last request that is done
	Failing   Failing
	Log       []Delivery // the newest last
	Sent      uint64     // events that were taken, ever
	Owner     string     // the sender that works on it
	Lease     time.Time  // until then, unless it is renewed
	Version   uint64
}

// Held is an event that waits. Of a subject only the first one held is tried.
type Held struct {
	Stream   string // with its incarnation
	Sequence uint64
	Subject  string
	Failures int // 0: it waits for one before it
	Since    time.Time
	Next     time.Time // when it is tried again; zero unless it is the first of its subject
	Alone    bool      // it was asked for, and waits for nothing
}

// Failing is how an endpoint fails as a whole.
type Failing struct {
	Failures int // in a row; 0: it does not
	Since    time.Time
	Until    time.Time // nothing is sent before
	Problem  string
}

// Delivery is an attempt, for people.
type Delivery struct {
	At       time.Time
	Event    string // id
	Subject  string
	Stream   string
	Sequence uint64
	Attempt  int
	Status   int
	Problem  string
	Took     time.Duration
	Verdict  Verdict
	Test     int // number of the request that it answers; 0: it was an event
}

// Holds reports whether a subject waits.
func (p *Progress) Holds(subject string) bool {
	return slices.ContainsFunc(p.Held, func(h Held) bool { return h.Subject == subject && !h.Alone })
}

// Full reports whether so much is held that everything waits.
func (p *Progress) Full() bool { return len(p.Held) >= MaxHeld }

// Paused reports whether nothing is sent now.
func (p *Progress) Paused(now time.Time) bool { return now.Before(p.Failing.Until) }

// Hold lets an event wait, behind those of its subject; one that waits already is not held twice.
func (p *Progress) Hold(h Held) {
	at, there := slices.BinarySearchFunc(p.Held, h, compareHeld)
	if there && p.Held[at].Alone == h.Alone { // it was read again behind a place before it
		return
	}
	p.Held = slices.Insert(p.Held, at, h)
}

func compareHeld(a, b Held) int {
	switch {
	case a.Stream != b.Stream:
		if a.Stream < b.Stream {
			return -1
		}
		return 1
	case a.Sequence != b.Sequence:
		if a.Sequence < b.Sequence {
			return -1
		}
		return 1
	}
	return 0
}

// Due is the first held event that is to be tried now; false when there is none.
func (p *Progress) Due(now time.Time) (Held, bool) {
	seen := map[string]bool{}
	for _, h := range p.Held {
		first := h.Alone || !seen[h.Subject]
		if !h.Alone {
			seen[h.Subject] = true
		}
		if first && !now.Before(h.Next) {
			return h, true
		}
	}
	return Held{}, false
}

// Next is when something is to be done at the latest: the next attempt of what is held, or the end of a pause; zero when nothing waits.
func (p *Progress) Next() time.Time {
	var next time.Time
	seen := map[string]bool{}
	for _, h := range p.Held {
		if (h.Alone || !seen[h.Subject]) && (next.IsZero() || h.Next.Before(next)) {
			next = h.Next
		}
		if !h.Alone {
			seen[h.Subject] = true
		}
	}
	if next.Before(p.Failing.Until) {
		next = p.Failing.Until
	}
	return next
}

// Settle notes what came of an attempt to send a held event, or one that becomes held by it. It returns the verdict.
func (p *Progress) Settle(h Held, d Delivery, a Answer, chance float64, now time.Time) Verdict {
	verdict := a.Judge()
	h.Failures++
	d.Attempt, d.Status, d.Problem, d.Verdict = h.Failures, a.Status, a.Problem, verdict
	p.Note(d)
	p.Held = slices.DeleteFunc(p.Held, func(o Held) bool { return compareHeld(o, h) == 0 && o.Alone == h.Alone })
	if verdict == Delivered {
		p.Sent++
		p.Failing = Failing{}
		return verdict
	}
	if h.Since.IsZero() {
		h.Since = now
	}
	h.Next = now.Add(a.Wait(h.Failures, chance))
	p.Hold(h)
	if verdict == Pauses || verdict == Gone {
		if p.Failing.Failures == 0 {
			p.Failing.Since = now
		}
		p.Failing.Failures++
		p.Failing.Until = now.Add(a.Wait(p.Failing.Failures, chance))
		p.Failing.Problem = d.Text()
	}
	return verdict
}

// Note adds an attempt to the log, from which the oldest fall out.
func (p *Progress) Note(d Delivery) {
	p.Log = append(p.Log, d)
	if extra := len(p.Log) - MaxDeliveries; extra > 0 {
		p.Log = slices.Clone(p.Log[extra:])
	}
}

// Text is what came of an attempt, in words.
func (d *Delivery) Text() string {
	if d.Status == 0 {
		return d.Problem
	}
	return "it answered " + statusText(d.Status)
}

// GivenUp says why an endpoint is to be disabled, nothing when it is not: it has failed for so long, or one of its events has.
func (p *Progress) GivenUp(after time.Duration, now time.Time) string {
	if p.Failing.Failures > 0 && now.Sub(p.Failing.Since) >= after {
		return "it has failed since " + stamp(p.Failing.Since) + ": " + p.Failing.Problem
	}
	for i := range p.Held {
		if h := &p.Held[i]; h.Failures > 0 && now.Sub(h.Since) >= after {
			return "it has not taken an event of " + h.Subject + " since " + stamp(h.Since)
		}
	}
	return ""
}

// Renewed takes the lease for a sender, false when it is another's.
func (p *Progress) Renewed(owner string, lease time.Duration, now time.Time) bool {
	if p.Owner != "" && p.Owner != owner && now.Before(p.Lease) {
		return false
	}
	p.Owner, p.Lease = owner, now.Add(lease)
	return true
}

// Revived forgets that an endpoint failed: it was enabled again, and everything that waits is tried at once.
func (p *Progress) Revived() {
	p.Failing = Failing{}
	for i := range p.Held {
		p.Held[i].Failures, p.Held[i].Since, p.Held[i].Next = 0, time.Time{}, time.Time{}
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
