package effective

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Notice is the policy that says how long before its effective instant a list must be public. The zero value asks for none.
type Notice struct {
	days         int
	firstOfMonth bool
}

// Days asks for n times 24 hours. Source: Partner Center, pricing-and-offers: "published 30 days before they take effect".
func Days(n int) Notice { return Notice{days: n} }

// FirstOfMonth asks for publication on the first of the month before, or 30 days ahead where that is earlier: Partner Center's habit of
// showing the next month's list on the first.
func FirstOfMonth() Notice { return Notice{days: 30, firstOfMonth: true} }

// ParseNotice reads "days:N" (N from 0 to 366), "first-of-month" or "none".
func ParseNotice(s string) (Notice, error) {
	switch {
	case s == "none":
		return Notice{}, nil
	case s == "first-of-month":
		return FirstOfMonth(), nil
	case strings.HasPrefix(s, "days:"):
		n, err := strconv.Atoi(strings.TrimPrefix(s, "days:"))
		if err == nil && n >= 0 && n <= 366 {
			return Days(n), nil
		}
	}
	return Notice{}, fmt.Errorf("%q is not a notice policy; use days:N with N from 0 to 366, first-of-month or none", s)
}

// String returns what ParseNotice reads.
func (n Notice) String() string {
	switch {
	case n.firstOfMonth:
		return "first-of-month"
	case n.days > 0:
		return "days:" + strconv.Itoa(n.days)
	}
	return "none"
}

// PublishAt returns the latest instant at which a list that takes effect at the given instant may become public.
func (n Notice) PublishAt(effectiveAt time.Time) time.Time {
	at := effectiveAt.UTC().Add(-time.Duration(n.days) * day)
	if first := MonthOf(effectiveAt).Add(-1).Start(); n.firstOfMonth && first.Before(at) {
		return first
	}
	return at
}

// DaysBetween returns the notice really given, in whole days rounded down; it is negative for a list that was late.
func DaysBetween(published, effectiveAt time.Time) int {
	return int(math.Floor(effectiveAt.Sub(published).Hours() / 24))
}
