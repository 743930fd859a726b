package rate

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Fields are a row as a source wrote it, every value still text (numbers as their literal), before anything is believed. Absent and
// null values are empty. Raw is the row's own bytes, kept when the row is quarantined.
type Fields struct {
	PriceList, Currency, MeterID, SKUID, Type, ReservationTerm, TierMinimum string
	Price, Start, End                                                       string
	IncludedQuantity                                                        string // empty is none
	Attributes                                                              Attributes
	SavingsPlans                                                            []SavingsPlanFields
	Raw                                                                     []byte
}

// SavingsPlanFields are a savings plan as a source wrote it.
type SavingsPlanFields struct{ Term, Price string }

// Quarantined is a row that is kept and listed but never published, and why.
type Quarantined struct {
	Reason      string   // one of the Reason constants
	Detail      string   // names the field, as the Retail Prices API calls it, or line and column of a file, and the value that is wrong
	Identity    Identity // as far as it could be read
	HasIdentity bool     // the identity is whole: it is present in the crawl, though nothing is believed of it
	Digest      [32]byte // of what the row says: equal rows have equal digests. When zero, Raw and Reason stand for it
	Raw         []byte
}

// Why a row is quarantined.
const (
	ReasonMissingField   = "missing-field"    // an identity field or the start; also a currency that does not exist
	ReasonInvalidNumber  = "invalid-number"   // unparsable, negative, or more decimals or digits than money.Decimal has
	ReasonInvalidTime    = "invalid-time"     // unreadable, or a start that no store can hold
	ReasonEndBeforeStart = "end-before-start" // end <= start
	ReasonDisagreement   = "disagreement"     // rows of one identity and start with different prices or ends
)

// NewRow reads a row. The second result is nil when the row is valid, else it says why the row is quarantined and the first is to be
// ignored.
//
// Values are trimmed. An empty price list is Retail; the currency is put in upper case. A reservation without a term lacks an identity
// field; a term on anything else is not part of the identity and is dropped. A time without a zone is UTC, a bare date is its midnight,
// an end in the last minute of a day is the next midnight. Starts lie from 1900 to 2261, what stores can hold; an end later than that
// is an open one, because no answer reaches so far.
func NewRow(f Fields) (Row, *Quarantined) {
	f.trim()
	var row Row
	reason, detail := f.identity(&row.Identity)
	whole := reason == ""
	if whole {
		reason, detail = f.content(&row)
	}
	if reason == "" {
		return row, nil
	}
	return Row{}, &Quarantined{Reason: reason, Detail: detail, Identity: row.Identity, HasIdentity: whole, Digest: f.digest(), Raw: f.Raw}
}

func (f *Fields) list() [10]*string {
	return [10]*string{&f.PriceList, &f.Currency, &f.MeterID, &f.SKUID, &f.Type, &f.ReservationTerm, &f.TierMinimum, &f.Price, &f.Start, &f.End}
}

func (f *Fields) trim() {
	f.IncludedQuantity = strings.TrimSpace(f.IncludedQuantity)
	for _, s := range f.list() {
		*s = strings.TrimSpace(*s)
	}
	for _, s := range f.Attributes.list() {
		*s = strings.TrimSpace(*s)
	}
}

// identity fills what can be read and says what is wrong with the first field that cannot.
func (f *Fields) identity(id *Identity) (reason, detail string) {
	*id = Identity{PriceList: f.PriceList, Currency: strings.ToUpper(f.Currency), MeterID: f.MeterID, SKUID: f.SKUID, Type: f.Type}
	if id.PriceList == "" {
		id.PriceList = Retail
	}
	if f.Type == Reservation {
		id.ReservationTerm = f.ReservationTerm
	}
	switch {
	case f.Currency == "":
		return missing("currencyCode")
	case f.MeterID == "":
		return missing("meterId")
	case f.SKUID == "":
		return missing("skuId")
	case f.Type == "":
		return missing("type")
	case f.Type == Reservation && f.ReservationTerm == "":
		return missing("reservationTerm")
	case f.TierMinimum == "":
		return missing("tierMinimumUnits")
	}
	if _, err := money.ParseCurrency(id.Currency); err != nil {
		return ReasonMissingField, "currencyCode: " + err.Error()
	}
	id.Tier, reason, detail = number("tierMinimumUnits", f.TierMinimum)
	return reason, detail
}

func (f *Fields) content(row *Row) (reason, detail string) {
	row.Attributes = f.Attributes
	if row.Price, reason, detail = number("retailPrice", f.Price); reason != "" {
		return reason, detail
	}
	if row.SavingsPlans, reason, detail = f.plans(); reason != "" {
		return reason, detail
	}
	if f.IncludedQuantity != "" {
		if row.IncludedQuantity, reason, detail = number("includedQuantity", f.IncludedQuantity); reason != "" {
			return reason, detail
		}
	}
	row.Effective, reason, detail = f.period()
	return reason, detail
}

func (f *Fields) plans() (plans []SavingsPlan, reason, detail string) {
	for _, p := range f.SavingsPlans {
		term := strings.TrimSpace(p.Term)
		if term == "" {
			reason, detail = missing("savingsPlan term")
			return nil, reason, detail
		}
		price, reason, detail := number("savingsPlan retailPrice", strings.TrimSpace(p.Price))
		if reason != "" {
			return nil, reason, detail
		}
		plans = append(plans, SavingsPlan{term, price})
	}
	slices.SortFunc(plans, comparePlans)
	return slices.Compact(plans), "", ""
}

func (f *Fields) period() (p effective.Period, reason, detail string) {
	if f.Start == "" {
		reason, detail = missing("effectiveStartDate")
		return p, reason, detail
	}
	var ok bool
	if p.From, ok = readTime(f.Start); !ok {
		return p, ReasonInvalidTime, fmt.Sprintf("effectiveStartDate: %q is not a time", clip(f.Start))
	}
	if !storable(p.From) {
		return p, ReasonInvalidTime, fmt.Sprintf("effectiveStartDate: %q is not within 1900 and 2261", clip(f.Start))
	}
	if f.End == "" {
		return p, "", ""
	}
	end, ok := readTime(f.End)
	if !ok {
		return p, ReasonInvalidTime, fmt.Sprintf("effectiveEndDate: %q is not a time", clip(f.End))
	}
	if end = effective.End(end); !end.After(p.From) {
		return p, ReasonEndBeforeStart, fmt.Sprintf("effectiveEndDate %s is not after effectiveStartDate %s", clip(f.End), clip(f.Start))
	}
	if storable(end) {
		p.To = end
	}
	return p, "", ""
}

// digest identifies what the row says whatever the layout of its bytes.
func (f *Fields) digest() [32]byte {
	b := make([]byte, 0, 1024)
	for _, s := range f.list() {
		b = appendText(b, *s)
	}
	for _, s := range f.Attributes.list() {
		b = appendText(b, *s)
	}
	plans := make([]string, 0, len(f.SavingsPlans))
	for _, p := range f.SavingsPlans {
		plans = append(plans, string(appendText(appendText(nil, strings.TrimSpace(p.Term)), strings.TrimSpace(p.Price))))
	}
	slices.Sort(plans)
	for _, p := range plans {
		b = appendText(b, p)
	}
	if f.IncludedQuantity != "" {
		b = appendText(b, f.IncludedQuantity)
	}
	return sha256.Sum256(b)
}

func missing(field string) (reason, detail string) { return ReasonMissingField, field + " is missing" }

func number(field, s string) (d money.Decimal, reason, detail string) {
	d, err := money.Parse(s)
	if err != nil {
		return d, ReasonInvalidNumber, fmt.Sprintf("%s: %q: %v", field, clip(s), err)
	}
	if d.IsNegative() {
		return money.Decimal{}, ReasonInvalidNumber, fmt.Sprintf("%s: %q is negative", field, clip(s))
	}
	return d, "", ""
}

// clip keeps a value that may be of any length readable inside a message.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// readTime reads RFC 3339 with any fraction, the same without a zone, and a bare date; the result is UTC.
func readTime(s string) (time.Time, bool) {
	layout := time.RFC3339
	switch n := len(s); {
	case n == len(time.DateOnly):
		layout = time.DateOnly
	case n > 6 && s[n-1] != 'Z' && s[n-6] != '+' && s[n-6] != '-':
		layout = "2006-01-02T15:04:05"
	}
	t, err := time.Parse(layout, s)
	return t.UTC(), err == nil
}
