package history

import "time"

// Always is the instant that stands for an unbounded start where a store needs one.
func Always() time.Time { return time.Unix(alwaysSecond, 0).UTC() }

// Open is the instant that stands for an unbounded end where a store needs one.
func Open() time.Time { return time.Unix(openSecond, 0).UTC() }

// StoredFrom returns a period's start as it is kept: zero and everything before Always are Always, everything beyond Open is Open.
func StoredFrom(t time.Time) time.Time {
	if t.IsZero() || t.Before(Always()) {
		return Always()
	}
	return valid(t)
}

// StoredTo returns a period's end as it is kept: zero and everything beyond Open are Open, everything before Always is Always.
func StoredTo(t time.Time) time.Time {
	switch {
	case t.IsZero():
		return Open()
	case t.Before(Always()):
		return Always()
	}
	return valid(t)
}

// StoredKnown returns a time of knowledge as it is kept.
func StoredKnown(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// FromStored is the inverse of StoredFrom: Always is the zero time.
func FromStored(t time.Time) time.Time {
	if !t.After(Always()) {
		return time.Time{}
	}
	return t.UTC()
}

// ToStored is the inverse of StoredTo: Open is the zero time.
func ToStored(t time.Time) time.Time {
	if t.Unix() >= openSecond {
		return time.Time{}
	}
	return t.UTC()
}

func valid(t time.Time) time.Time {
	if t.Unix() >= openSecond {
		return Open()
	}
	return t.UTC().Truncate(time.Millisecond)
}
