package reconcile

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/pricewire/pricewire/pkg/money"
)

// packer writes values one behind the other, as an unpacker reads them.
type packer []byte

func (p *packer) text(s string) {
	*p = binary.AppendUvarint(*p, uint64(len(s)))
	*p = append(*p, s...)
}

func (p *packer) whole(n int64) { *p = binary.AppendVarint(*p, n) }

func (p *packer) decimal(d money.Decimal) {
	hi, lo := d.Unscaled()
	*p = binary.AppendVarint(*p, hi)
	*p = binary.AppendUvarint(*p, lo)
}

// instant packs a time to the nanosecond; the zero time stays zero.
func (p *packer) instant(t time.Time) {
	p.whole(t.Unix())
	p.whole(int64(t.Nanosecond()))
}

// errPacked is the error of what no packer wrote: a spool that was changed on disk.
var errPacked = errors.New("the spool on disk is not as it was written")

// unpacker reads what a packer wrote.
type unpacker struct {
	rest []byte
	err  error
}

func (u *unpacker) text() string {
	n, size := binary.Uvarint(u.rest)
	if size <= 0 || n > uint64(len(u.rest)-size) {
		u.fail()
		return ""
	}
	s := string(u.rest[size : size+int(n)])
	u.rest = u.rest[size+int(n):]
	return s
}

func (u *unpacker) whole() int64 {
	n, size := binary.Varint(u.rest)
	if size <= 0 {
		u.fail()
		return 0
	}
	u.rest = u.rest[size:]
	return n
}

func (u *unpacker) decimal() money.Decimal {
	hi := u.whole()
	lo, size := binary.Uvarint(u.rest)
	if size <= 0 {
		u.fail()
		return money.Decimal{}
	}
	u.rest = u.rest[size:]
	return money.FromUnscaled(hi, lo)
}

func (u *unpacker) instant() time.Time {
	seconds, nanos := u.whole(), u.whole()
	return time.Unix(seconds, nanos).UTC()
}

func (u *unpacker) fail() {
	u.err, u.rest = errPacked, nil
}
