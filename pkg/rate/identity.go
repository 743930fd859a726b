package rate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/pricewire/pricewire/pkg/money"
)

// Retail is the price list of a source that does not say otherwise.
const Retail = "retail"

// Reservation is the Type of a rate that is the total price of a term.
const Reservation = "Reservation"

// Identity tells one rate from another; everything else about a rate may change. Measured on real data: no two active rows of a crawl
// share it, whereas meter id alone loses a third of the rows. Identities are equal with ==.
type Identity struct {
	PriceList       string // Retail unless the source says otherwise
	Currency        string // ISO 4217, upper case
	MeterID         string
	SKUID           string // product id, slash, suffix
	Type            string // Consumption, DevTestConsumption, Reservation
	ReservationTerm string // "1 Year", "3 Years", "5 Years"; empty unless Type is Reservation
	Tier            money.Decimal
}

// Key is the first eight bytes of the SHA-256 over an identity, big-endian; as 16 hex digits it ends the rate's subject.
type Key uint64

// Key returns the identity's key: the SHA-256 over its canonical form, which is the seven fields in the order of the struct, each as its
// length in bytes in decimal, a colon, and its text ("6:retail3:USD..."), the tier as its plain number ("0", "0.5", "102400").
func (i Identity) Key() Key {
	var room [256]byte
	sum := sha256.Sum256(i.appendCanonical(room[:0]))
	return Key(binary.BigEndian.Uint64(sum[:]))
}

// String returns the key as 16 lower-case hex digits.
func (k Key) String() string { return fmt.Sprintf("%016x", uint64(k)) }

// ParseKey reads what Key.String writes.
func ParseKey(s string) (Key, error) {
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil || Key(n).String() != s {
		return 0, fmt.Errorf("%q is not a key of 16 lower-case hex digits", s)
	}
	return Key(n), nil
}

// describe returns the identity for people.
func (i Identity) describe() string {
	s := i.PriceList + " " + i.Currency + " meter " + i.MeterID + " SKU " + i.SKUID + " " + i.Type
	if i.ReservationTerm != "" {
		s += " " + i.ReservationTerm
	}
	return s + " tier " + i.Tier.String()
}

func (i *Identity) appendCanonical(b []byte) []byte {
	for _, s := range [...]string{i.PriceList, i.Currency, i.MeterID, i.SKUID, i.Type, i.ReservationTerm} {
		b = appendText(b, s)
	}
	tier := "0"
	if !i.Tier.IsZero() {
		tier = i.Tier.String()
	}
	return appendText(b, tier)
}

func appendText(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, ':')
	return append(b, s...)
}
