package sample

import "time"

// Things begin to change with the year 2025; before it the feed stands still.
const epochYear = 2025

// months returns how many months after the epoch t lies.
func months(t time.Time) int { return (t.Year()-epochYear)*12 + int(t.Month()-time.January) }

// monthAt returns the start of the month n months after the epoch.
func monthAt(n int) time.Time {
	return time.Date(epochYear, time.January+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}

// within draws an instant of the month, to the minute, from the given day on and before the 26th.
func within(c chance, month, fromDay int) time.Time {
	day := c.of(1).between(fromDay, 25)
	return monthAt(month).AddDate(0, 0, day-1).Add(time.Duration(c.of(2).below(24*60)) * time.Minute)
}

// life is what has become of a meter by some instant: which of its generations is listed, since when, and whether it is.
type life struct {
	generation int       // each has its own ids
	born       int       // month of its first appearance; -1 for the first generation
	since      time.Time // instant of it; zero for the first
	listed     bool
}

// Chances in ten thousand, per meter and month.
const (
	unbornMeters     = 300 // not a rate: how many of all meters do not exist at the epoch
	discontinued     = 30
	gone             = 12 // off the list for some days, then back under the same ids
	tenThousand      = 10_000
	restMonths       = 2 // a place on the list stays empty for at least this long
	goneDaysLeast    = 7
	goneDaysMost     = 12
	missingSpan      = 6 * time.Hour
	missingPer10000  = 30 // rows that one span of hours misses
	firstGenerations = -1
)

// lifeOf follows a meter up to an instant.
func lifeOf(meter chance, at time.Time) life {
	c := meter.named("life")
	l := life{born: firstGenerations, listed: true}
	next := 0 // first month in which something may happen
	if c.below(tenThousand) < unbornMeters {
		l.listed = false
		next = c.of(1).between(1, 30)
	}
	for last, m := months(at), next; m <= last; m++ {
		draw := c.of(uint64(m) + 100)
		switch n := draw.below(tenThousand); {
		case !l.listed:
			birth := within(draw, m, 2)
			if at.Before(birth) {
				return l
			}
			l = life{generation: l.generation + 1, born: m, since: birth, listed: true}
		case n < discontinued:
			if at.Before(within(draw, m, 2)) {
				return l
			}
			l.listed = false
			m += draw.of(3).between(restMonths, 3*restMonths) // born again after that
		case n < discontinued+gone:
			from := within(draw, m, 2)
			back := from.AddDate(0, 0, draw.of(3).between(goneDaysLeast, goneDaysMost))
			if !at.Before(from) && at.Before(back) {
				l.listed = false
				return l
			}
		}
	}
	return l
}

// meterChance returns what the ids of a generation of the item's meter are drawn from.
func (it *item) meterChance(generation int) chance { return it.ids.of(uint64(generation)) }
