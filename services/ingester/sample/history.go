package sample

import "time"

// version is one row in the life of an item: a price from a start on.
type version struct {
	start, end      time.Time // end is zero while nobody has announced one
	visible, hidden time.Time // when the row is first listed, and last (zero: still)
	announced       time.Time // when its end is first shown
	price           price
	withoutZone     bool
	discount        int // thousandths off for a three-year savings plan
}

// history is an item's rows up to an instant; the last few are enough, older ones are never listed any more.
type history struct {
	versions []version
	renamed  int       // how often by now
	inverted time.Time // start of the broken row listed beside the others; zero when there is none
}

// Chances in ten thousand, per item and month, of what may happen to it; at most one does.
const (
	announcedChange   = 260 // times the month's burst
	unannouncedChange = 60  // times the month's burst
	reissue           = 50
	upcomingChange    = 30 // an announced change whose new row is listed soon after, long before it starts
	backdatedChange   = 25
	silentCorrection  = 20
	rename            = 35
	planChange        = 20 // of the savings plans alone
	brokenRow         = 25
)

// historyOf tells what happened to an item of a meter by an instant.
func historyOf(seed chance, it *item, l life, at time.Time) history {
	c := it.chance.of(uint64(l.generation))
	first := version{price: it.base, start: monthAt(-c.of(1).between(1, 70)), discount: c.of(2).between(380, 520)}
	if l.born >= 0 {
		day := l.since.Truncate(24 * time.Hour)
		first.start, first.visible = day, l.since
	}
	h := history{versions: append(make([]version, 0, 4), first)}
	for m, last := max(l.born+1, 0), months(at)+1; m <= last; m++ {
		h.month(c.of(uint64(m)+100), burst(seed, m), m, at)
		if len(h.versions) > 3 {
			h.versions = append(h.versions[:0], h.versions[1:]...)
		}
	}
	return h
}

// burst is how lively the first of a month is, in per cent: most are quiet.
func burst(seed chance, month int) int {
	return [...]int{30, 40, 60, 100, 150, 350}[seed.named("burst").of(uint64(month)).below(6)]
}

// month adds what happens in, or on the first of, a month.
func (h *history) month(c chance, burst, m int, at time.Time) {
	n := c.below(tenThousand)
	passed := func(weight int) bool {
		n -= weight
		return n < 0
	}
	switch {
	case passed(announcedChange * burst / 100):
		h.succeed(c, m, c.of(9).between(850, 1180), true)
	case passed(unannouncedChange * burst / 100):
		h.succeed(c, m, c.of(9).between(850, 1180), false)
	case passed(reissue):
		h.succeed(c, m, 1000, false)
	case passed(upcomingChange):
		h.succeed(c, m, c.of(9).between(900, 1120), true)
		last := &h.versions[len(h.versions)-1]
		last.visible = h.versions[len(h.versions)-2].announced.Add(time.Duration(c.of(8).between(18, 90)) * time.Hour)
	case passed(backdatedChange):
		h.backdate(c, m)
	case passed(silentCorrection):
		if last := &h.versions[len(h.versions)-1]; !at.Before(within(c, m, 3)) {
			last.price = last.price.times(c.of(9).between(700, 1450))
		}
	case passed(planChange):
		if last := &h.versions[len(h.versions)-1]; !at.Before(within(c, m, 3)) {
			last.discount += c.of(9).between(-60, 60)
		}
	case passed(rename):
		if !at.Before(within(c, m, 3)) {
			h.renamed++
		}
	case passed(brokenRow):
		start := monthAt(m)
		if !at.Before(start) && at.Before(start.AddDate(0, 0, c.of(3).between(1, 3))) {
			h.inverted = start
		}
	}
}

// succeed ends the current row with the month before m and begins a new one.
func (h *history) succeed(c chance, m, thousandths int, announced bool) {
	start := monthAt(m)
	old := &h.versions[len(h.versions)-1]
	next := version{start: start, visible: start.Add(late(c)), price: old.price.times(thousandths), discount: old.discount}
	old.end = start
	old.announced = next.visible
	if announced {
		lead := time.Duration(c.of(3).between(10*24, 20*24)) * time.Hour
		old.announced = start.Add(-lead)
	}
	old.hidden = next.visible.Add(time.Duration(c.of(4).between(4, 60)) * time.Hour)
	old.withoutZone = c.of(5).below(40) == 0
	h.versions = append(h.versions, next)
}

// late is how long after its start a new row is first listed: mostly at once, some within three days, a few much later.
func late(c chance) time.Duration {
	switch n := c.of(6).below(100); {
	case n < 70:
		return 0
	case n < 82:
		return time.Duration(c.of(7).between(1, 12)) * time.Hour
	case n < 94:
		return time.Duration(c.of(7).between(12, 72)) * time.Hour
	}
	return time.Duration(c.of(7).between(80, 200)) * time.Hour
}

// backdate replaces the current row in the middle of a month by one that started long before.
func (h *history) backdate(c chance, m int) {
	shown := within(c, m, 9)
	start := shown.Truncate(24*time.Hour).AddDate(0, 0, -c.of(3).between(4, 120))
	old := &h.versions[len(h.versions)-1]
	if !old.start.Before(start) {
		start = old.start.AddDate(0, 0, 1)
	}
	old.hidden = shown
	h.versions = append(h.versions, version{start: start, visible: shown, price: old.price.times(c.of(9).between(800, 1250)), discount: old.discount})
}

// listed reports whether the row is on the list at an instant.
func (v *version) listed(at time.Time) bool {
	return !at.Before(v.visible) && (v.hidden.IsZero() || at.Before(v.hidden))
}
