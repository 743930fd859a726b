package rate

import (
	"encoding/binary"
	"errors"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// How a ledger writes what it knows. Numbers are varints, texts have their length before them.

var errCorrupt = errors.New("the file is damaged")

// encoder appends to a buffer.
type encoder struct {
	buf   []byte
	names *names // texts that many rates share are written as their numbers here; nil: as texts
}

func (e *encoder) number(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }

func (e *encoder) raw(b ...byte) { e.buf = append(e.buf, b...) }

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	e.buf = append(e.buf, s...)
}

// common writes a text that many rates share.
func (e *encoder) common(s string) {
	if e.names == nil {
		e.text(s)
		return
	}
	e.number(uint64(e.names.id(s)))
}

func (e *encoder) bytes(b []byte) {
	e.number(uint64(len(b)))
	e.buf = append(e.buf, b...)
}

func (e *encoder) amount(d money.Decimal) {
	hi, lo := d.Unscaled()
	e.number(uint64(hi))
	e.number(lo)
}

// instant writes 0 for never, else one more than twice the zigzag of the seconds, one more again when nanoseconds follow.
func (e *encoder) instant(i instant) {
	if i == never {
		e.number(0)
		return
	}
	t := i.time()
	seconds := uint64(t.Unix())<<1 ^ uint64(t.Unix()>>63)
	if t.Nanosecond() == 0 {
		e.number(seconds<<1 + 1)
		return
	}
	e.number(seconds<<1 + 2)
	e.number(uint64(t.Nanosecond()))
}

func (e *encoder) flags(flags ...bool) {
	var b byte
	for i, set := range flags {
		if set {
			b |= 1 << i
		}
	}
	e.raw(b)
}

func (e *encoder) identity(id *Identity) {
	for _, s := range [...]string{id.PriceList, id.Currency, id.Type, id.ReservationTerm} {
		e.common(s)
	}
	e.text(id.MeterID)
	e.text(id.SKUID)
	e.amount(id.Tier)
}

// shared are the attributes that many rates share, single the others.
func (a *Attributes) shared() [9]*string {
	return [9]*string{
		&a.ProductID, &a.ProductName, &a.ServiceName, &a.ServiceID, &a.ServiceFamily, &a.UnitOfMeasure, &a.ARMRegionName, &a.Location,
		&a.IsPrimaryMeterRegion,
	}
}

func (a *Attributes) single() [3]*string { return [3]*string{&a.MeterName, &a.SKUName, &a.ARMSKUName} }

// row writes what a row says beside its identity.
func (e *encoder) row(r *Row) {
	for _, s := range r.Attributes.shared() {
		e.common(*s)
	}
	for _, s := range r.Attributes.single() {
		e.text(*s)
	}
	e.amount(r.Price)
	e.instant(toInstant(r.Effective.From))
	e.instant(toInstant(r.Effective.To))
	e.amount(r.IncludedQuantity)
	e.number(uint64(len(r.SavingsPlans)))
	for _, p := range r.SavingsPlans {
		e.common(p.Term)
		e.amount(p.Price)
	}
}

func (e *encoder) known(k *Known) {
	e.identity(&k.Identity)
	e.common(k.Scope)
	e.common(k.Region)
	plain := k.plain()
	e.flags(k.Retired, k.Row != nil, plain)
	if k.Row != nil {
		e.row(k.Row)
	}
	if plain {
		return
	}
	e.number(uint64(len(k.Belief)))
	for _, b := range k.Belief {
		e.instant(toInstant(b.From))
		e.instant(toInstant(b.To))
		e.instant(toInstant(b.Start))
		e.amount(b.Price)
	}
}

func (e *encoder) quarantined(q *Quarantined) {
	e.text(q.Reason)
	e.text(q.Detail)
	e.identity(&q.Identity)
	e.flags(q.HasIdentity)
	e.raw(q.Digest[:]...)
	e.bytes(q.Raw)
}

// decoder reads what an encoder with the same names wrote. After the first error every read returns zeros; texts are parts of the one it was
// made of.
type decoder struct {
	rest  string
	names *names
	err   error
}

func (d *decoder) fail() { d.rest, d.err = "", errCorrupt }

func (d *decoder) number() uint64 {
	var n uint64
	for i := 0; i < len(d.rest) && i < binary.MaxVarintLen64; i++ {
		b := d.rest[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.rest = d.rest[i+1:]
			return n
		}
	}
	d.fail()
	return 0
}

func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.rest)) {
		d.fail()
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) text() string { return d.take(d.number()) }

func (d *decoder) common() string {
	if d.names == nil {
		return d.text()
	}
	n := d.number()
	if n >= uint64(len(d.names.texts)) {
		d.fail()
		return ""
	}
	return d.names.texts[n]
}

func (d *decoder) amount() money.Decimal {
	hi := d.number()
	return money.FromUnscaled(int64(hi), d.number())
}

func (d *decoder) instant() instant {
	v := d.number()
	if v == 0 {
		return never
	}
	v--
	seconds := int64(v>>2) ^ -int64(v>>1&1)
	if seconds < firstSecond || seconds >= lastSecond {
		d.fail()
		return never
	}
	i := instant(seconds * 1e9)
	if v&1 == 1 {
		nanos := d.number()
		if nanos >= 1e9 {
			d.fail()
		}
		i += instant(nanos)
	}
	return i
}

func (d *decoder) flags() (flags [4]bool) {
	b := d.take(1)
	for i := range flags {
		flags[i] = b != "" && b[0]&(1<<i) != 0
	}
	return flags
}

// count reads how many items of at least the given size follow.
func (d *decoder) count(size int) int {
	n := d.number()
	if n > uint64(len(d.rest)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) identity() (id Identity) {
	for _, s := range [...]*string{&id.PriceList, &id.Currency, &id.Type, &id.ReservationTerm} {
		*s = d.common()
	}
	id.MeterID, id.SKUID, id.Tier = d.text(), d.text(), d.amount()
	return id
}

func (d *decoder) row(id Identity) *Row {
	r := &Row{Identity: id}
	for _, s := range r.Attributes.shared() {
		*s = d.common()
	}
	for _, s := range r.Attributes.single() {
		*s = d.text()
	}
	r.Price = d.amount()
	r.Effective = effective.Period{From: d.instant().time(), To: d.instant().time()}
	r.IncludedQuantity = d.amount()
	for range d.count(3) {
		r.SavingsPlans = append(r.SavingsPlans, SavingsPlan{Term: d.common(), Price: d.amount()})
	}
	return r
}

// known reads a state; absences lie elsewhere.
func (d *decoder) known(key Key) Known {
	k := Known{Identity: d.identity(), Key: key, Scope: d.common(), Region: d.common()}
	f := d.flags()
	k.Retired = f[0]
	if f[1] {
		k.Row = d.row(k.Identity)
	}
	switch {
	case f[2] && k.Row == nil:
		d.fail()
	case f[2]:
		k.Belief = []Span{k.Row.span()}
	default:
		k.Belief = make([]Span, d.count(5))
		for i := range k.Belief {
			b := &k.Belief[i]
			b.Period = effective.Period{From: d.instant().time(), To: d.instant().time()}
			b.Start = d.instant().time()
			b.Price = d.amount()
		}
	}
	return k
}

func (d *decoder) quarantined() Quarantined {
	q := Quarantined{Reason: d.text(), Detail: d.text(), Identity: d.identity(), HasIdentity: d.flags()[0]}
	copy(q.Digest[:], d.take(uint64(len(q.Digest))))
	q.Raw = []byte(d.text())
	return q
}

// whole makes sure that nothing is left, and returns the first error.
func (d *decoder) whole() error {
	if d.err == nil && d.rest != "" {
		d.fail()
	}
	return d.err
}
