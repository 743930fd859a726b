package current

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// fold makes the answer after a change of the one before it, as of now or of when the one before begins to hold, whichever is later. It
// reports false where the change does not tell all of it: whether another answer follows on one that ended, say, or whether there is a
// price at all. followed says that the newest of what the answer rests on came from the same stream, before the change.
func fold(a history.PresentRate, c *rate.Change, now time.Time, followed bool) (history.PresentRate, bool) {
	at := laterOf(now.UTC(), a.Since).Truncate(time.Millisecond)
	knownAt := history.StoredKnown(c.KnownAt)
	late := knownAt.Before(a.Newest) || knownAt.Equal(a.Newest) && !followed
	ended := !a.Until.IsZero() && !at.Before(a.Until)
	if late || ended {
		return a, false
	}
	periods := stored(c.Periods)
	before := rate.Span{Period: effective.Period{From: at, To: a.ValidTo}, Price: a.Price, Start: a.EffectiveFrom}
	belief := []rate.Span{before}
	if !a.ValidTo.IsZero() {
		belief = append(belief, unknown(a.ValidTo))
	}
	belief = rate.Apply(belief, periods)
	span, priced := rate.AnswerAt(belief, at)
	if !priced || !endIsKnown(belief, span, before) {
		return a, false
	}
	a.Price, a.EffectiveFrom, a.ValidTo = span.Price, span.Start, span.To
	next := a.Until
	for _, p := range periods {
		if p.Contains(at) {
			a.KnownAt, next = knownAt, time.Time{}
		}
	}
	next = sooner(at, next, a.ValidTo)
	for _, p := range periods {
		next = sooner(at, sooner(at, next, p.From), p.To)
	}
	if c.After != nil {
		a.Attributes, a.SavingsPlans, a.IncludedQuantity = c.After.Attributes, c.After.SavingsPlans, c.After.IncludedQuantity
	}
	a.Newest = knownAt
	a.Holds = history.NewHolds(at, laterOf(knownAt, a.Since), next)
	return a, true
}

// unknown stands for answers from an instant on that are not known: no stored price starts like it.
func unknown(from time.Time) rate.Span {
	return rate.Span{Period: effective.Period{From: from}, Start: time.Time{}.Add(time.Nanosecond)}
}

func isUnknown(s rate.Span) bool { return s.Start.Equal(unknown(s.From).Start) }

// endIsKnown reports whether it is known that another answer follows where a span ends. What the answer before the change ended with is
// not known, but that it was another one.
func endIsKnown(belief []rate.Span, span, before rate.Span) bool {
	if span.To.IsZero() {
		return true
	}
	next, _ := rate.AnswerAt(belief, span.To)
	return !isUnknown(next) || span.To.Equal(before.To) && span.SameAnswer(before)
}

// stored returns periods as they are kept.
func stored(periods []rate.Span) []rate.Span {
	kept := make([]rate.Span, len(periods))
	for i, p := range periods {
		p.From, p.To = history.FromStored(history.StoredFrom(p.From)), history.ToStored(history.StoredTo(p.To))
		if !p.None {
			p.Start = history.FromStored(history.StoredFrom(p.Start))
		}
		kept[i] = p
	}
	return kept
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sooner returns the earlier of two instants of which the second counts when it lies behind at; zero is none.
func sooner(at, a, b time.Time) time.Time {
	if b.After(at) && (a.IsZero() || b.Before(a)) {
		return b
	}
	return a
}
