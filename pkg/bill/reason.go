package bill

// Reason says why a line was charged as it was. The words are stable: programs rely on them.
type Reason string

// The reasons, in the order in which they are tried: the first that holds is the line's.
const (
	Match               Reason = "match"                 // charged is expected
	Rounding            Reason = "rounding"              // the difference is within the tolerance
	RoundedDown         Reason = "rounded_down"          // the expected amount, rounded down seat by seat or before it is converted, as Partner Center does it
	UnknownUnit         Reason = "unknown_unit"          // nothing is expected: the quantity's unit is not the price's
	MissingExchangeRate Reason = "missing_exchange_rate" // nothing is expected: the month has no exchange rate
	PriceKnownLater     Reason = "price_known_later"     // the price was corrected, or told, afterwards: what is known now explains the amount
	MissingPrice        Reason = "missing_price"         // nothing is expected: no list has a price, or none for all of the quantity
	OldPrice            Reason = "old_price"             // the price that held before, or that was believed before, explains it
	NextPrice           Reason = "next_price"            // the price that holds next explains it
	OtherTier           Reason = "other_tier"            // one tier for all of it explains it, or tiers counted from zero
	IncludedQuantity    Reason = "included_quantity"     // as if no quantity were included in the price
	WrongUnit           Reason = "unit"                  // blocks were taken for units, or units for blocks
	SavingsPlan         Reason = "savings_plan"          // the price under a savings plan explains it
	Instalment          Reason = "instalment"            // the whole term instead of an instalment, or the reverse
	Proration           Reason = "proration"             // not prorated, the last day counted too, or months of 30 days
	ERPPrice            Reason = "erp_price"             // the estimated retail price instead of the partner's
	WrongCurrency       Reason = "currency"              // the amount is right in another currency
	WrongExchangeRate   Reason = "exchange_rate"         // converted by the rate of the month before or after
	WrongQuantity       Reason = "quantity"              // right for another number of seats, or a whole multiple of the usage
	Unexplained         Reason = "unexplained"           // nothing that lists know explains it: a promotion, a credit, a mistake
)

// Reasons returns all reasons in their order.
func Reasons() []Reason {
	return []Reason{
		Match, Rounding, RoundedDown, UnknownUnit, MissingExchangeRate, PriceKnownLater, MissingPrice, OldPrice, NextPrice, OtherTier, IncludedQuantity, WrongUnit,
		SavingsPlan, Instalment, Proration, ERPPrice, WrongCurrency, WrongExchangeRate, WrongQuantity, Unexplained,
	}
}

// Differs reports whether a line of this reason is not charged as expected, or nothing could be expected of it.
func (r Reason) Differs() bool { return r != Match && r != Rounding && r != RoundedDown }

// Kind is what a line charges for.
type Kind string

// The kinds.
const (
	UsageKind       Kind = "usage"
	ReservationKind Kind = "reservation"
	LicenseKind     Kind = "license"          // whole instalments
	ProratedKind    Kind = "license_prorated" // parts of instalments
)
