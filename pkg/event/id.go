package event

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// idBytes is how much of a SHA-256 makes an id: 128 bits, so that ids of different facts do not meet by chance.
const idBytes = 16

// digest gathers what makes a fact. Every value is preceded by its length, so that no two facts gather the same bytes. Fields that are
// added to a payload later must stay out of it: ids of a version of a type never change, whichever release of the product writes them.
type digest struct {
	buf []byte
}

func (d *digest) start(t Type) {
	d.buf = d.buf[:0]
	d.text(string(t))
}

func (d *digest) text(values ...string) {
	for _, v := range values {
		d.buf = binary.AppendUvarint(d.buf, uint64(len(v)))
		d.buf = append(d.buf, v...)
	}
}

func (d *digest) number(n int) { d.buf = binary.AppendVarint(d.buf, int64(n)) }

func (d *digest) flags(values ...bool) {
	for _, v := range values {
		b := byte(0)
		if v {
			b = 1
		}
		d.buf = append(d.buf, b)
	}
}

func (d *digest) instant(t time.Time) {
	d.buf = binary.AppendVarint(d.buf, t.Unix())
	d.buf = binary.AppendVarint(d.buf, int64(t.Nanosecond()))
}

// present says whether something optional follows, and returns it.
func (d *digest) present(v bool) bool {
	d.flags(v)
	return v
}

func (d *digest) instantOrNone(t *time.Time) {
	if d.present(t != nil) {
		d.instant(*t)
	}
}

func (d *digest) textOrNone(v *string) {
	if d.present(v != nil) {
		d.text(*v)
	}
}

func (d *digest) id() string {
	sum := sha256.Sum256(d.buf)
	return hex.EncodeToString(sum[:idBytes])
}
