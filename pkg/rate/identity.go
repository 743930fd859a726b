package rate

import "github.com/pricewire/pricewire/pkg/money"

// Retail is the price list of a source that does not say otherwise.
const Retail = "retail"

// Reservation is the Type of a rate that is the total price of a term.
const Reservation = "Reservation"

// Identity tells one rate from another; everything else about a rate may change. Measured on real data: no two active rows of a crawl
// share it, whereas meter id alone loses a third of the rows.
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
