package rate

import (
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Attributes are what a row says beside identity, price and times. They are compared trimmed, absent being empty.
type Attributes struct {
	MeterName            string
	ProductID            string
	ProductName          string
	SKUName              string
	ServiceName          string
	ServiceID            string
	ServiceFamily        string
	UnitOfMeasure        string
	ARMRegionName        string
	Location             string
	ARMSKUName           string
	IsPrimaryMeterRegion string // "true", "false" or empty
}

// SavingsPlan is the hourly price under a savings plan commitment.
type SavingsPlan struct {
	Term  string // "1 Year", "3 Years"
	Price money.Decimal
}

// Row is one valid row of a source. Its period is half-open; an open end is zero. Savings plans are in order of their term, so that rows
// compare equal whatever order the source listed them in.
type Row struct {
	Identity
	Attributes
	Price        money.Decimal
	Effective    effective.Period
	SavingsPlans []SavingsPlan
}

// Fields are a row as a source wrote it, every value still text (numbers as their literal), before anything is believed. Absent and
// null values are empty. Raw is the row's own bytes, kept when the row is quarantined.
type Fields struct {
	PriceList, Currency, MeterID, SKUID, Type, ReservationTerm, TierMinimum string
	Price, Start, End                                                       string
	Attributes                                                              Attributes
	SavingsPlans                                                            []SavingsPlanFields
	Raw                                                                     []byte
}

// SavingsPlanFields are a savings plan as a source wrote it.
type SavingsPlanFields struct{ Term, Price string }

// Quarantined is a row that is kept and listed but never published, and why.
type Quarantined struct {
	Reason   string   // one of the Reason constants
	Detail   string   // names the field and the value that is wrong
	Identity Identity // as far as it could be read
	Raw      []byte
}

// Why a row is quarantined.
const (
	ReasonMissingField   = "missing-field"
	ReasonInvalidNumber  = "invalid-number"
	ReasonInvalidTime    = "invalid-time"
	ReasonEndBeforeStart = "end-before-start"
	ReasonDisagreement   = "disagreement" // rows of one identity and start with different prices or ends
)
