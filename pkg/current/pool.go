package current

import (
	"math"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// pool keeps every value once and gives it a small number. 0 is the zero value. A value is kept while anything that was made of it is, and
// its number is given to another one then.
type pool[K comparable, V any] struct {
	numbers map[K]uint32
	values  []V
	uses    []uint32 // of each value
	free    []uint32 // numbers of no value
	bytes   int      // of the texts in it
}

// use counts one more use of the value with a key, and returns its number; 0 when there is none.
func (p *pool[K, V]) use(key K) uint32 {
	n := p.numbers[key]
	if n > 0 {
		p.uses[n-1]++
	}
	return n
}

// add keeps a value that is new, and returns its number. It is used once.
func (p *pool[K, V]) add(key K, size int, value V) uint32 {
	if p.numbers == nil {
		p.numbers = map[K]uint32{}
	}
	var n uint32
	if last := len(p.free) - 1; last >= 0 {
		n, p.free = p.free[last], p.free[:last]
	} else {
		p.values, p.uses = append(p.values, value), append(p.uses, 0)
		n = uint32(len(p.values))
	}
	p.values[n-1], p.uses[n-1], p.numbers[key] = value, 1, n
	p.bytes += size
	return n
}

// drop counts one use less, and frees the value, whose key and size are told, when that was the last one. It reports whether it was.
func (p *pool[K, V]) drop(n uint32, key func(V) (K, int)) bool {
	if n == 0 {
		return false
	}
	if p.uses[n-1]--; p.uses[n-1] > 0 {
		return false
	}
	k, size := key(p.values[n-1])
	delete(p.numbers, k)
	p.bytes -= size
	var none V
	p.values[n-1] = none
	p.free = append(p.free, n)
	return true
}

// kept is how many values there are.
func (p *pool[K, V]) kept() int { return len(p.numbers) }

func (p *pool[K, V]) value(n uint32) (v V) {
	if n > 0 {
		v = p.values[n-1]
	}
	return v
}

// values are what the answers of one stream are made of.
type values struct {
	texts   pool[string, string]
	amounts pool[money.Decimal, money.Decimal]
	plans   pool[string, []rate.SavingsPlan]
}

func (v *values) text(s string) uint32 {
	if s == "" {
		return 0
	}
	if n := v.texts.use(s); n > 0 {
		return n
	}
	s = strings.Clone(s) // it may be a part of a message
	return v.texts.add(s, len(s), s)
}

func (v *values) dropText(n uint32) {
	v.texts.drop(n, func(s string) (string, int) { return s, len(s) })
}

func (v *values) amount(d money.Decimal) uint32 {
	if d.IsZero() {
		return 0
	}
	if n := v.amounts.use(d); n > 0 {
		return n
	}
	return v.amounts.add(d, 0, d)
}

func (v *values) dropAmount(n uint32) {
	v.amounts.drop(n, func(d money.Decimal) (money.Decimal, int) { return d, 0 })
}

func (v *values) savings(plans []rate.SavingsPlan) uint32 {
	if len(plans) == 0 {
		return 0
	}
	key := plansKey(plans)
	if n := v.plans.use(key); n > 0 {
		return n
	}
	kept := make([]rate.SavingsPlan, len(plans))
	for i, p := range plans {
		kept[i] = rate.SavingsPlan{Term: v.texts.value(v.text(p.Term)), Price: p.Price}
	}
	return v.plans.add(key, len(key), kept)
}

func (v *values) dropSavings(n uint32) {
	plans := v.plans.value(n)
	last := v.plans.drop(n, func(plans []rate.SavingsPlan) (string, int) {
		key := plansKey(plans)
		return key, len(key)
	})
	for i := 0; last && i < len(plans); i++ {
		v.dropText(v.texts.numbers[plans[i].Term])
	}
}

func plansKey(plans []rate.SavingsPlan) string {
	var key strings.Builder
	for _, p := range plans {
		key.WriteString(p.Term + "\x00" + p.Price.String() + "\x00")
	}
	return key.String()
}

// What a value costs beside its text: its place in the slices, which have a quarter to grow, and in the map, whose places (a key, a number
// and a byte of its own) are two thirds in use on average. Measured on a million rates it is within a few percent.
const (
	textCost   = (16+4)*5/4 + (24+1)*3/2
	amountCost = (24+4)*5/4 + (32+1)*3/2
	planCost   = (24+4)*5/4 + 2*40 + (24+1)*3/2
)

// size returns about how many bytes the values take.
func (v *values) size() int {
	return v.texts.bytes + v.plans.bytes + v.texts.kept()*textCost + v.amounts.kept()*amountCost + v.plans.kept()*planCost
}

// moment is an instant in nanoseconds since 1970: a third of a time.Time, and nothing for the collector to follow. Stored times lie within
// its range.
type moment int64

// never stands for the zero time.
const never moment = math.MinInt64

func momentOf(t time.Time) moment {
	if t.IsZero() {
		return never
	}
	return moment(t.UnixNano())
}

func (m moment) time() time.Time {
	if m == never {
		return time.Time{}
	}
	return time.Unix(0, int64(m)).UTC()
}
