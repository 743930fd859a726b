package azuretest

import "strconv"

// unit is the finest step of a price: 10 decimals, as real ones have at most.
const unit = 10_000_000_000

// day counts days since 1970.
type day int32

// open is the end of what has none.
const open day = 0

// version is what a row says that may change: its price, in units, and from when until when.
type version struct {
	price      int64
	start, end day // the end is the midnight at which it ends
}

// variant tells the rates of a meter from each other.
type variant uint8

const (
	tiers       variant = 6 // the variants below are tiers of consumption
	devTest     variant = 6
	reservation variant = 7 // 1 Year; then 3 and 5 years
)

func (v variant) kind() string {
	switch {
	case v < tiers:
		return "Consumption"
	case v == devTest:
		return "DevTestConsumption"
	}
	return "Reservation"
}

// term is empty for what is no reservation.
func (v variant) term() string {
	switch v {
	case reservation:
		return "1 Year"
	case reservation + 1:
		return "3 Years"
	case reservation + 2:
		return "5 Years"
	default:
		return ""
	}
}

// tier returns the number of units from which the rate counts.
func (v variant) tier() int64 {
	if v == 0 || v >= tiers {
		return 0
	}
	return [...]int64{0, 100, 10240, 102400, 1024000, 5120000}[v]
}

// item is one rate of the catalogue: its identity, and the row that says what it costs.
type item struct {
	row     version
	meter   uint32
	cell    uint16
	variant variant
	names   uint8 // how often it was renamed
	plans   uint8 // 0 for no savings plans, else one more than how often they changed
	gone    bool  // it is not listed
}

// extra is a row beside the item's own.
type extra struct {
	version
	until day // it is not listed from then on; open for what stays
}

// planPrice returns a savings plan's price, for 1 or 3 years.
func planPrice(price int64, plans uint8, years int) int64 {
	return price / 100 * int64(84-10*years-int(plans%20))
}

// appendAmount appends units as numbers are written by the API: with a decimal at least.
func appendAmount(b []byte, units int64) []byte {
	b = strconv.AppendInt(b, units/unit, 10)
	point := len(b)
	b = strconv.AppendInt(b, units%unit+unit, 10) // with a 1 in front, where the point goes
	b[point] = '.'
	end := len(b)
	for end > point+2 && b[end-1] == '0' {
		end--
	}
	return b[:end]
}

// plainAmount writes units as plain decimals: "7.5", "0.0000166667", "0".
func plainAmount(units int64) string {
	b := appendAmount(nil, units)
	if b[len(b)-1] == '0' && b[len(b)-2] == '.' {
		b = b[:len(b)-2]
	}
	return string(b)
}
