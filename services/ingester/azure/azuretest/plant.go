package azuretest

import "time"

// Change is a kind of change that Plant draws.
type Change string

// The changes there are, and what a watcher must make of them when it comes before anything else changes.
const (
	PlantAdded        Change = "added"        // added
	PlantPrice        Change = "price"        // price_changed
	PlantBurst        Change = "burst"        // price_changed: the old row stays beside the new one for some days
	PlantCorrection   Change = "correction"   // price_changed, correction
	PlantBackdated    Change = "backdated"    // price_changed, backdated
	PlantSavingsPlan  Change = "savings_plan" // price_changed of savings plans, correction
	PlantExpiring     Change = "expiring"     // rescheduled, expiring
	PlantMoved        Change = "moved"        // rescheduled
	PlantRenamed      Change = "renamed"      // renamed
	PlantAnnounced    Change = "announced"    // restated, upcoming; price_changed when its time comes
	PlantRemoved      Change = "removed"      // retired, some crawls later
	PlantReturned     Change = "returned"     // added, returned; nothing if it was not retired yet
	PlantInverted     Change = "inverted"     // nothing: a dummy row that ends before it begins
	PlantDisagreement Change = "disagreement" // nothing: two rows of one start, for some days
)

// Planted is a change that was made.
type Planted struct {
	Identity Identity
	Change   Change
}

// drawn are the changes in hundredths: bursts and ends are most of what really happens.
func drawn(n int) Change {
	for _, c := range []struct {
		share  int
		change Change
	}{
		{12, PlantAdded},
		{19, PlantPrice},
		{12, PlantBurst},
		{5, PlantCorrection},
		{6, PlantBackdated},
		{5, PlantSavingsPlan},
		{12, PlantExpiring},
		{5, PlantMoved},
		{6, PlantRenamed},
		{5, PlantAnnounced},
		{5, PlantRemoved},
		{4, PlantReturned},
		{2, PlantInverted},
		{2, PlantDisagreement},
	} {
		if n -= c.share; n < 0 {
			return c.change
		}
	}
	return PlantPrice
}

// Plant draws k changes of different rates for one instant and makes them. Time must not go back. A change for which no rate is fit is
// left out, so that fewer than k may come back. They are of all kinds, or only of those named.
func (c *Catalogue) Plant(at time.Time, k int, only ...Change) []Planted {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(at)
	done := make(map[uint32]bool, k)
	var planted []Planted
	for range k {
		change := drawn(c.random.IntN(100))
		if len(only) > 0 {
			change = only[c.random.IntN(len(only))]
		}
		if i, ok := c.plant(change, done); ok {
			done[i] = true
			planted = append(planted, Planted{c.identity(i), change})
		}
	}
	return planted
}

// plant makes one change, of a rate that has not changed at this instant.
func (c *Catalogue) plant(change Change, done map[uint32]bool) (uint32, bool) {
	if change == PlantAdded {
		return c.plantAdded(), true
	}
	if change == PlantReturned {
		return c.plantReturned(done)
	}
	i, ok := c.pick(func(i uint32) bool { return !done[i] && c.fits(change, &c.items[i]) })
	if ok {
		c.touch(i)
		c.change(change, i)
	}
	return i, ok
}

// pick draws a listed rate whose own row is the only one, and is what a watcher knows: so that no two changes become one.
func (c *Catalogue) pick(fits func(i uint32) bool) (uint32, bool) {
	for range 2000 {
		i := uint32(c.random.IntN(len(c.items)))
		if _, more := c.extras[i]; !more && !c.items[i].gone && c.observed(i) && fits(i) {
			return i, true
		}
	}
	return 0, false
}

// observed reports whether a watcher has seen the rate as it is.
func (c *Catalogue) observed(n uint32) bool {
	k, touched := c.watch.known[n]
	i := &c.items[n]
	return !touched || (k.last != nil && *k.last == seen{i.row, i.names, i.plans})
}

// fits reports whether a change can be made of a rate.
func (c *Catalogue) fits(change Change, i *item) bool {
	current := i.row.start <= c.today && (i.row.end == open || c.today < i.row.end)
	switch change {
	case PlantPrice, PlantBurst, PlantMoved:
		return current && i.row.start < c.today
	case PlantSavingsPlan:
		return current && i.plans > 0 && i.plans < 200 && i.row.price > unit/1000
	case PlantExpiring:
		return current && i.row.end == open
	case PlantRenamed:
		return current && i.names < 200
	case PlantRemoved, PlantInverted:
		return true
	default:
		return current
	}
}

// change makes a change of a rate that fits.
func (c *Catalogue) change(change Change, n uint32) {
	i := &c.items[n]
	old := i.row
	soon := c.today + 1 + day(c.random.IntN(5))
	fresh := version{price: c.otherPrice(old.price), start: max(c.today-day(c.random.IntN(3)), old.start+1)}
	switch change {
	case PlantPrice:
		i.row = fresh
	case PlantBurst:
		i.row = fresh
		old.end = fresh.start
		c.extras[n] = []extra{{old, soon}}
	case PlantCorrection:
		i.row.price = fresh.price
	case PlantBackdated:
		if fresh.start = c.today - 4 - day(c.random.IntN(400)); fresh.start == old.start {
			fresh.start--
		}
		i.row = fresh
	case PlantSavingsPlan:
		i.plans++
	case PlantExpiring:
		i.row.end = monthOf(c.today, 1)
	case PlantMoved:
		i.row.start = fresh.start
	case PlantRenamed:
		i.names++
	case PlantAnnounced:
		if fresh.start = old.end; old.end == open {
			fresh.start = monthOf(c.today, 1)
		}
		c.extras[n] = []extra{{fresh, open}}
	case PlantRemoved:
		i.gone = true
		c.removed = append(c.removed, n)
	case PlantInverted:
		c.extras[n] = []extra{{version{price: unit / 100, start: c.today, end: c.today - day(c.random.IntN(300))}, soon}}
	case PlantDisagreement:
		c.extras[n] = []extra{{version{fresh.price, old.start, old.end}, soon}}
	case PlantAdded, PlantReturned:
	}
}

// otherPrice moves a price by up to a third, at least by the finest step.
func (c *Catalogue) otherPrice(price int64) int64 {
	if price == 0 {
		return 1 + c.random.Int64N(unit)
	}
	if c.random.IntN(50) == 0 {
		return 0
	}
	other := price / 100 * (67 + c.random.Int64N(66))
	if other == price || other == 0 {
		other = price + 1
	}
	return other
}

// plantAdded lists a new rate, as a rule since a day or two.
func (c *Catalogue) plantAdded() uint32 {
	cell := c.random.IntN(len(c.cells))
	for len(c.cells[cell].items) == 0 && c.random.IntN(20) > 0 { // a family comes to a new region now and then
		cell = c.random.IntN(len(c.cells))
	}
	i := c.addMeter(cell, 1)
	c.items[i].row.start = c.today - day(c.random.IntN(3))
	if c.random.IntN(10) == 0 {
		c.items[i].row.start -= day(c.random.IntN(300))
	}
	c.items[i].row.end = open
	c.watch.known[i] = &known{}
	return i
}

// plantReturned lists a rate again, at its old price or a new one.
func (c *Catalogue) plantReturned(done map[uint32]bool) (uint32, bool) {
	for n, i := range c.removed {
		if done[i] {
			continue
		}
		c.removed = append(c.removed[:n], c.removed[n+1:]...)
		c.items[i].gone = false
		if c.random.IntN(2) == 0 || c.items[i].row.end != open {
			c.items[i].row = version{price: c.otherPrice(c.items[i].row.price), start: max(c.today, c.items[i].row.start+1)}
		}
		return i, true
	}
	return 0, false
}
