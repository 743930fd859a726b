package effective

import "time"

// Period is the half-open range [From, To). A zero From means always, a zero To means open.
type Period struct {
	From, To time.Time
}

// Contains reports whether From <= t < To.
func (p Period) Contains(t time.Time) bool {
	return !t.Before(p.From) && (p.To.IsZero() || t.Before(p.To))
}

// Empty reports whether the period contains no instant.
func (p Period) Empty() bool { return !p.To.IsZero() && !p.From.Before(p.To) }

// Overlaps reports whether some instant lies in both periods.
func (p Period) Overlaps(o Period) bool { return !p.Clip(o).Empty() }

// Clip returns the part of p that lies in o; it may be empty.
func (p Period) Clip(o Period) Period {
	if o.From.After(p.From) {
		p.From = o.From
	}
	if p.To.IsZero() || (!o.To.IsZero() && o.To.Before(p.To)) {
		p.To = o.To
	}
	return p
}

// End turns a list's inclusive end into a half-open one: an end at 23:59, whatever its seconds, means the next midnight; every other
// end stands. Microsoft's lists and feeds write the last minute of a day.
func End(t time.Time) time.Time {
	t = t.UTC()
	if t.Hour() != 23 || t.Minute() != 59 {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, time.UTC)
}
