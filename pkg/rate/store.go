package rate

import (
	"crypto/sha256"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// store keeps the state of many identities in little space: entries without pointers, and tables of the texts, decimals, savings plans
// and beliefs that they refer to by number.
type store struct {
	currency string
	index    map[Key]uint32    // place in chunks
	quick    map[uint64]uint32 // one more than the place, by a hash that is cheaper than a key; find checks what it gets
	seed     maphash.Seed
	chunks   [][]entry // of chunkLen each, so that growing copies nothing
	texts    table[string]
	tiers    table[money.Decimal]
	plans    [][]SavingsPlan // 0 is none
	planIDs  map[string]uint32
	beliefs  [][]segment // 0 stands for the plain one
	free     []uint32    // places in beliefs that are not used
}

const chunkLen = 1 << 12

// entry is a Known. Numbers refer to the store's tables.
type entry struct {
	key                           Key
	list, meter, sku, class, term uint32
	tier                          uint32
	scope, region                 uint32
	absences                      uint32
	retired, hasRow               bool
	absentSince                   instant
	attributes                    [attributeCount]uint32
	price                         amount
	from, to                      instant
	plans                         uint32
	belief                        uint32 // plainBelief: exactly what the row says
	digest                        digest // of the row
}

const plainBelief = 0

// amount is a money.Decimal without its sign: prices are not negative.
type amount struct{ hi, lo uint64 }

func toAmount(d money.Decimal) amount {
	hi, lo := d.Unscaled()
	return amount{uint64(hi), lo}
}

func (a amount) decimal() money.Decimal { return money.FromUnscaled(int64(a.hi), a.lo) }

// segment is a Span that is not None.
type segment struct {
	from, to, start instant
	price           amount
}

// table numbers values in the order in which they come.
type table[T comparable] struct {
	values []T
	ids    map[T]uint32
}

func (t *table[T]) id(v T) uint32 {
	if n, ok := t.ids[v]; ok {
		return n
	}
	return t.add(v)
}

func (t *table[T]) add(v T) uint32 {
	if s, ok := any(v).(string); ok {
		v, _ = any(strings.Clone(s)).(T) // not to hold on to the page it was read from
	}
	n := uint32(len(t.values))
	t.values = append(t.values, v)
	t.ids[v] = n
	return n
}

func newStore(currency string) store {
	return store{
		currency: currency,
		index:    map[Key]uint32{},
		quick:    map[uint64]uint32{},
		seed:     maphash.MakeSeed(),
		texts:    table[string]{ids: map[string]uint32{}},
		tiers:    table[money.Decimal]{ids: map[money.Decimal]uint32{}},
		plans:    [][]SavingsPlan{nil},
		planIDs:  map[string]uint32{"": 0},
		beliefs:  [][]segment{nil},
	}
}

func (s *store) at(n uint32) *entry { return &s.chunks[n/chunkLen][n%chunkLen] }

// place returns the entry of a key, a new one when the key is not known.
func (s *store) place(key Key) *entry {
	n, ok := s.index[key]
	if !ok {
		n = uint32(len(s.index))
		if n%chunkLen == 0 {
			s.chunks = append(s.chunks, make([]entry, chunkLen))
		}
		s.index[key] = n
		s.at(n).key = key
	}
	return s.at(n)
}

// put keeps a state, new or in the place of the one before.
func (s *store) put(k *Known) {
	e := s.place(k.Key)
	e.list, e.meter, e.sku = s.texts.id(k.Identity.PriceList), s.texts.id(k.Identity.MeterID), s.texts.id(k.Identity.SKUID)
	e.class, e.term, e.tier = s.texts.id(k.Identity.Type), s.texts.id(k.Identity.ReservationTerm), s.tiers.id(k.Identity.Tier)
	e.scope, e.region = s.texts.id(k.Scope), s.texts.id(k.Region)
	e.retired, e.absences, e.absentSince = k.Retired, uint32(k.Absences), toInstant(k.AbsentSince)
	if e.hasRow = k.Row != nil; e.hasRow {
		s.putRow(e, k.Row)
	}
	s.putBelief(e, k)
	s.quicken(e)
}

// quicken lets find have the entry.
func (s *store) quicken(e *entry) {
	id := s.identity(e)
	if h := s.hash(&id); s.quick[h] == 0 {
		s.quick[h] = s.index[e.key] + 1
	}
}

// find returns the place of an identity without making its key. It may miss one that is there.
func (s *store) find(id *Identity) (uint32, bool) {
	n := s.quick[s.hash(id)]
	if n == 0 || !s.is(s.at(n-1), id) {
		return 0, false
	}
	return n - 1, true
}

func (s *store) hash(id *Identity) uint64 {
	h := maphash.Comparable(s.seed, id.Tier)
	for _, text := range [...]string{id.PriceList, id.MeterID, id.SKUID, id.Type, id.ReservationTerm} {
		h = bits.RotateLeft64(h, 23)*0x9e3779b97f4a7c15 ^ maphash.String(s.seed, text)
	}
	return h
}

func (s *store) putRow(e *entry, r *Row) {
	for i, text := range r.Attributes.list() {
		e.attributes[i] = s.texts.id(*text)
	}
	e.price = toAmount(r.Price)
	e.from, e.to = toInstant(r.Effective.From), toInstant(r.Effective.To)
	e.plans = s.plansID(r.SavingsPlans)
	sum := sha256.Sum256(appendRow(nil, r))
	e.digest = digest(sum[:])
}

func (s *store) putBelief(e *entry, k *Known) {
	if k.Row != nil && k.plain() {
		if e.belief != plainBelief {
			s.beliefs[e.belief] = nil
			s.free = append(s.free, e.belief)
		}
		e.belief = plainBelief
		return
	}
	if e.belief == plainBelief {
		e.belief = s.beliefPlace()
	}
	segments := make([]segment, len(k.Belief))
	for i, b := range k.Belief {
		segments[i] = segment{toInstant(b.From), toInstant(b.To), toInstant(b.Start), toAmount(b.Price)}
	}
	s.beliefs[e.belief] = segments
}

func (s *store) beliefPlace() uint32 {
	if n := len(s.free); n > 0 {
		place := s.free[n-1]
		s.free = s.free[:n-1]
		return place
	}
	s.beliefs = append(s.beliefs, nil)
	return uint32(len(s.beliefs) - 1)
}

func (s *store) plansID(plans []SavingsPlan) uint32 {
	if len(plans) == 0 {
		return 0
	}
	var room [256]byte
	canonical := room[:0]
	for _, p := range plans {
		canonical = appendAmount(appendText(canonical, p.Term), p.Price)
	}
	if n, ok := s.planIDs[string(canonical)]; ok {
		return n
	}
	kept := slices.Clone(plans)
	for i := range kept {
		kept[i].Term = s.texts.values[s.texts.id(kept[i].Term)]
	}
	n := uint32(len(s.plans))
	s.plans = append(s.plans, kept)
	s.planIDs[string(canonical)] = n
	return n
}

// unpack returns the state in the given place.
func (s *store) unpack(n uint32) Known {
	e := s.at(n)
	k := Known{
		Identity: s.identity(e), Key: e.key, Scope: s.texts.values[e.scope], Region: s.texts.values[e.region],
		Retired: e.retired, Absences: int(e.absences), AbsentSince: e.absentSince.time(),
	}
	if e.hasRow {
		row := s.row(e)
		k.Row = &row
	}
	if e.belief == plainBelief {
		k.Belief = []Span{k.Row.span()}
		return k
	}
	k.Belief = make([]Span, len(s.beliefs[e.belief]))
	for i, b := range s.beliefs[e.belief] {
		k.Belief[i] = Span{Period: effective.Period{From: b.from.time(), To: b.to.time()}, Price: b.price.decimal(), Start: b.start.time()}
	}
	return k
}

func (s *store) identity(e *entry) Identity {
	t := s.texts.values
	return Identity{
		PriceList: t[e.list], Currency: s.currency, MeterID: t[e.meter], SKUID: t[e.sku], Type: t[e.class], ReservationTerm: t[e.term],
		Tier: s.tiers.values[e.tier],
	}
}

func (s *store) row(e *entry) Row {
	r := Row{
		Identity: s.identity(e), Price: e.price.decimal(), Effective: effective.Period{From: e.from.time(), To: e.to.time()},
		SavingsPlans: s.plans[e.plans],
	}
	for i, text := range r.Attributes.list() {
		*text = s.texts.values[e.attributes[i]]
	}
	return r
}

// is reports whether an entry is of the identity.
func (s *store) is(e *entry, id *Identity) bool {
	t := s.texts.values
	return t[e.meter] == id.MeterID && t[e.sku] == id.SKUID && t[e.class] == id.Type && t[e.term] == id.ReservationTerm &&
		t[e.list] == id.PriceList && s.tiers.values[e.tier] == id.Tier
}

// says reports whether all that is known of an entry is what the row says, so that observing the row alone changes nothing.
func (s *store) says(e *entry, r *Row) bool {
	if !e.hasRow || e.retired || e.absences != 0 || e.belief != plainBelief || e.price != toAmount(r.Price) ||
		e.from != toInstant(r.Effective.From) || e.to != toInstant(r.Effective.To) {
		return false
	}
	for i, text := range r.Attributes.list() {
		if s.texts.values[e.attributes[i]] != *text {
			return false
		}
	}
	return slices.Equal(s.plans[e.plans], r.SavingsPlans)
}
