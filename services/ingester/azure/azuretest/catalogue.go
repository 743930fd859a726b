package azuretest

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Settings say what catalogue to generate.
type Settings struct {
	Seed     uint64
	Rows     int       // how many rates it begins with
	Currency string    // default USD; catalogues that differ in nothing else have the same rates at other prices
	At       time.Time // when it is seen first; default 2026-09-20. All rates have begun by then

	// What a watcher needs to take a rate for retired: the product's promise. Defaults 3 crawls and 72 hours.
	RetireCrawls int
	RetireAfter  time.Duration
}

// Catalogue is a generated price list that changes, and the oracle of what a watcher must publish about it. Rows are made of 32 bytes each
// when they are asked for. It may be served while it changes.
type Catalogue struct {
	settings Settings
	families []family
	places   []place
	products [][]product // by family
	models   [models]model
	factor   int64 // prices in hundredths of those in USD

	mu      sync.RWMutex
	random  *rand.Rand
	items   []item
	cells   []cell
	extras  map[uint32][]extra
	removed []uint32 // items that are gone
	meters  uint32
	today   day
	version uint64
	watch   watch
}

// NewCatalogue generates a catalogue.
func NewCatalogue(settings Settings) *Catalogue {
	if settings.Currency == "" {
		settings.Currency = "USD"
	}
	if settings.At.IsZero() {
		settings.At = time.Date(2026, 9, 20, 0, 0, 0, 0, time.UTC)
	}
	if settings.RetireCrawls == 0 {
		settings.RetireCrawls = 3
	}
	if settings.RetireAfter == 0 {
		settings.RetireAfter = 72 * time.Hour
	}
	c := &Catalogue{
		settings: settings, families: families(), places: places(), models: allModels(), factor: factorOf(settings.Currency),
		random: newRandom(settings.Seed, 3), cells: cells(settings.Seed, settings.Rows), extras: make(map[uint32][]extra),
		items: make([]item, 0, settings.Rows+settings.Rows/64+16), today: dayOf(settings.At), watch: watch{known: make(map[uint32]*known)},
	}
	for i := range c.families {
		c.products = append(c.products, productsOf(settings.Seed, i, &c.families[i]))
	}
	for i := range c.cells {
		for room := cap(c.cells[i].items); len(c.cells[i].items) < room; {
			c.addMeter(i, room-len(c.cells[i].items))
		}
	}
	return c
}

// factorOf returns how many hundredths of a USD price the price in a currency is.
func factorOf(currency string) int64 {
	switch currency {
	case "USD":
		return 100
	case "EUR":
		return 92
	case "GBP":
		return 79
	case "JPY":
		return 15_000
	}
	return 100 + int64(mixText(currency)%900)
}

// Currency is the currency of its prices.
func (c *Catalogue) Currency() string { return c.settings.Currency }

// Len returns how many rows are listed now.
func (c *Catalogue) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n := 0
	for i := range c.items {
		if _, more := c.extras[uint32(i)]; more || c.items[i].gone {
			n += len(c.visible(uint32(i)))
		} else {
			n++
		}
	}
	return n
}

// Identities returns how many rates have rows now.
func (c *Catalogue) Identities() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.items) - len(c.removed)
}

// JSON returns all rows, as the API writes them in the version that tells of savings plans.
func (c *Catalogue) JSON() []string {
	var rows []string
	c.read(func(uint64) {
		for _, r := range c.find(everything{}, false) {
			rows = append(rows, string(c.append(nil, r, true)))
		}
	})
	return rows
}

func dayOf(t time.Time) day { return day(t.Unix() / 86_400) }

func (d day) time() time.Time { return time.Unix(int64(d)*86_400, 0).UTC() }

// monthOf returns the first of the month that is n months after a day's.
func monthOf(d day, n int) day {
	t := d.time()
	return dayOf(time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
}

// addMeter adds the rates of one more meter to a cell, room at most, and returns the first.
func (c *Catalogue) addMeter(cell, room int) uint32 {
	first := uint32(len(c.items))
	h := mix(c.settings.Seed, uint64(c.meters), 4)
	f := &c.families[c.cells[cell].family]
	var list [8]variant
	kinds := list[:1] // tier 0
	if !f.plans && h%5 == 0 {
		for n := range 1 + h>>8%4 {
			kinds = append(kinds, variant(n+1))
		}
	}
	if h>>16%100 < 26 {
		kinds = append(kinds, devTest)
	}
	if f.plans && h>>24%100 < 16 {
		kinds = append(kinds, reservation, reservation+1)
	}
	for _, v := range kinds[:min(len(kinds), room)] {
		c.cells[cell].items = append(c.cells[cell].items, uint32(len(c.items)))
		c.items = append(c.items, c.newItem(cell, v, f.plans))
	}
	c.meters++
	return first
}

// newItem draws the first row of a rate of the newest meter.
func (c *Catalogue) newItem(cell int, v variant, plans bool) item {
	h := mix(c.settings.Seed, uint64(c.meters), uint64(v), 5)
	i := item{meter: c.meters, cell: uint16(cell), variant: v}
	i.row.price = c.price(h, v)
	i.row.start = monthOf(c.today, -int(h>>20%30))
	if h>>32%8 == 0 {
		i.row.start = c.today - 40 - day(h>>40%2000)
	}
	if h>>52%1000 < 36 {
		i.row.end = monthOf(c.today, 1)
	}
	if plans && v == 0 && h>>12%100 < 30 && i.row.price > unit/1000 {
		i.plans = 1
	}
	return i
}

// price draws a price: some are zero, most have few decimals, some have ten.
func (c *Catalogue) price(h uint64, v variant) int64 {
	digits := int64(1 + h>>8%99_999)
	var price int64
	switch h % 100 {
	case 0, 1:
		return 0
	case 2, 3, 4, 5, 6, 7, 8, 9:
		price = digits // up to 0.0000099999
	case 10, 11, 12, 13, 14, 15, 16, 17, 18, 19:
		price = digits * (unit / 10_000_000)
	case 20, 21, 22, 23, 24:
		price = digits * (unit / 100)
	default:
		price = digits * (unit / 10_000)
	}
	if v >= reservation {
		price = (1 + digits*int64(v-reservation+1)) * unit
	}
	if price > unit {
		return price / 100 * c.factor
	}
	return max(price*c.factor/100, 1)
}

// visible returns the rows of an item that are listed now, its own first.
func (c *Catalogue) visible(i uint32) []version {
	if c.items[i].gone {
		return nil
	}
	rows := []version{c.items[i].row}
	for _, e := range c.extras[i] {
		if e.until == open || c.today < e.until {
			rows = append(rows, e.version)
		}
	}
	return rows
}

// settle takes what time alone has done into account: extra rows that are no longer listed, and announced ones that have begun and take
// the place of the item's own.
func (c *Catalogue) settle(at time.Time) {
	c.version++
	c.today = dayOf(at)
	for i, list := range c.extras {
		kept := list[:0]
		for _, e := range list {
			switch {
			case e.until != open && c.today >= e.until:
			case e.until == open && c.today >= e.start && e.start > c.items[i].row.start:
				c.items[i].row = e.version
			default:
				kept = append(kept, e)
			}
		}
		if c.extras[i] = kept; len(kept) == 0 {
			delete(c.extras, i)
		}
	}
}

// read makes it a shelf.
func (c *Catalogue) read(use func(version uint64)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	use(c.version)
}

// find looks at families and regions first: most filters name them.
func (c *Catalogue) find(f filter, fold bool) []ref {
	refs := []ref{}
	for n := range c.cells {
		known := c.cellFields(n)
		about := f.about(known, fold)
		if about == no {
			continue
		}
		for _, i := range c.cells[n].items {
			if about == maybe && f.about(c.itemFields(i, known), fold) != yes {
				continue
			}
			rows := 1
			if _, more := c.extras[i]; more || c.items[i].gone {
				rows = len(c.visible(i))
			}
			for row := range rows {
				refs = append(refs, ref{i, uint32(row)})
			}
		}
	}
	return slices.Clip(refs)
}
