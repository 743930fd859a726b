package reconcile

import (
	"encoding/binary"
	"time"

	"github.com/pricewire/pricewire/pkg/bill"
)

// rowKey is the key by which records are in the order of the file.
func rowKey(row int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(row)) }

// usageKey is the key by which the lines of a group are together, in order of their dates, then of the file; and the groups of a meter, so
// that each of its prices is asked for once. No text holds the byte 0.
func usageKey(key []byte, u *bill.Usage) []byte {
	month := u.Month().String()
	for _, s := range [...]string{u.Meter, u.SKU, u.PriceList, u.Type, u.PriceCurrency, month, u.Scope} {
		key = append(append(key, s...), 0)
	}
	const sign = 1 << 63 // so that times before 1970 come first
	key = binary.BigEndian.AppendUint64(key, uint64(u.Date.Unix())^sign)
	key = binary.BigEndian.AppendUint32(key, uint32(u.Date.Nanosecond()))
	return binary.BigEndian.AppendUint64(key, uint64(u.Row))
}

func packCharge(p *packer, c *bill.Charge) {
	p.whole(int64(c.Row))
	p.whole(int64(c.Places))
	p.text(c.Scope)
	p.text(c.Currency)
	p.decimal(c.Charged)
}

func unpackCharge(u *unpacker) bill.Charge {
	return bill.Charge{Row: int(u.whole()), Places: int(u.whole()), Scope: u.text(), Currency: u.text(), Charged: u.decimal()}
}

func usageTexts(l *bill.Usage) [8]*string {
	return [...]*string{&l.PriceList, &l.Meter, &l.SKU, &l.Type, &l.Term, &l.PriceCurrency, &l.Unit, (*string)(&l.Billing)}
}

func packUsage(p *packer, l *bill.Usage) {
	packCharge(p, &l.Charge)
	for _, s := range usageTexts(l) {
		p.text(*s)
	}
	p.decimal(l.Quantity)
	p.instant(l.Date)
	p.instant(l.Bought)
}

func unpackUsage(content []byte) (bill.Usage, error) {
	u := unpacker{rest: content}
	l := bill.Usage{Charge: unpackCharge(&u)}
	for _, s := range usageTexts(&l) {
		*s = u.text()
	}
	l.Quantity, l.Date, l.Bought = u.decimal(), u.instant(), u.instant()
	return l, u.err
}

func licenseTexts(l *bill.License) [7]*string {
	return [...]*string{&l.Market, &l.Product, &l.SKU, &l.Term, &l.Plan, &l.Frequency, &l.PriceCurrency}
}

func licenseTimes(l *bill.License) [3]*time.Time { return [...]*time.Time{&l.Ordered, &l.From, &l.To} }

func packLicense(p *packer, l *bill.License) {
	packCharge(p, &l.Charge)
	for _, s := range licenseTexts(l) {
		p.text(*s)
	}
	for _, t := range licenseTimes(l) {
		p.instant(*t)
	}
	p.whole(l.Seats)
	if l.Tier == nil {
		p.whole(0)
		return
	}
	p.whole(1)
	p.decimal(*l.Tier)
}

func unpackLicense(content []byte) (bill.License, error) {
	u := unpacker{rest: content}
	l := bill.License{Charge: unpackCharge(&u)}
	for _, s := range licenseTexts(&l) {
		*s = u.text()
	}
	for _, t := range licenseTimes(&l) {
		*t = u.instant()
	}
	l.Seats = u.whole()
	if u.whole() == 1 {
		tier := u.decimal()
		l.Tier = &tier
	}
	return l, u.err
}
