package ratecard

import (
	"crypto/sha256"
	"fmt"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/record"
)

// Reasons to quarantine a row that only a reader of cards can find, beside those of package rate.
const (
	reasonWrongType = "wrong-type"     // a member that is no part of the identity has another JSON type
	reasonTierTwice = "repeated-tier"  // a tier is there twice
	reasonTwice     = "repeated-field" // a member is there twice
)

// meter is one meter being read: the fields that its tiers share, and the tiers.
type meter struct {
	raw            []byte
	fields         rate.Fields
	rates          []member
	reason, detail string // why none of it is believed, the first reason found
}

// readMeter reads a meter, which is a well-formed value.
func readMeter(raw []byte, currency money.Currency) *meter {
	m := &meter{raw: raw, fields: rate.Fields{PriceList: PriceList, Currency: string(currency), Type: consumption, Raw: raw[:min(len(raw), record.RawKept)]}}
	list, ok := members(raw)
	if !ok {
		m.quarantine(reasonWrongType, "the meter is %s, not an object", describe(raw))
		return m
	}
	if !utf8.Valid(raw) {
		m.quarantine(record.ReasonNotUTF8, "the meter is not UTF-8")
	}
	seen := map[string]bool{}
	for _, field := range list {
		name := fieldOf(field.name)
		if name == "" {
			continue
		}
		if seen[name] {
			m.quarantine(reasonTwice, "%s is there twice", name)
		}
		seen[name] = true
		m.member(name, field.value)
	}
	m.complete()
	return m
}

// fieldOf returns the Partner Center name of a member in either API's spelling, nothing for one that is not ours.
func fieldOf(name string) string {
	switch name {
	case "id", "meterid":
		return "id"
	case "name", "metername":
		return "name"
	case "rates", "meterrates":
		return "rates"
	case "category", "metercategory":
		return "category"
	case "subcategory", "metersubcategory":
		return "subcategory"
	case "region", "meterregion":
		return "region"
	case "unit":
		return "unit"
	case "includedquantity":
		return "includedQuantity"
	case "effectivedate":
		return "effectiveDate"
	}
	return ""
}

func (m *meter) quarantine(reason, format string, args ...any) {
	if m.reason == "" {
		m.reason, m.detail = reason, fmt.Sprintf(format, args...)
	}
}

// member takes one member. Null is absent.
func (m *meter) member(name string, value []byte) {
	a := &m.fields.Attributes
	switch {
	case isNull(value):
	case name == "id":
		m.text(&m.fields.MeterID, rate.ReasonMissingField, name, value)
	case name == "effectiveDate":
		m.text(&m.fields.Start, rate.ReasonInvalidTime, name, value)
	case name == "name":
		m.text(&a.MeterName, reasonWrongType, name, value)
	case name == "category":
		m.text(&a.ServiceName, reasonWrongType, name, value)
	case name == "subcategory":
		m.text(&a.ProductName, reasonWrongType, name, value)
	case name == "region":
		m.text(&a.ARMRegionName, reasonWrongType, name, value)
	case name == "unit":
		m.text(&a.UnitOfMeasure, reasonWrongType, name, value)
	case name == "includedQuantity":
		number, ok := literal(value)
		if !ok {
			m.quarantine(rate.ReasonInvalidNumber, "%s is %s, not a number", name, describe(value))
		}
		if d, err := money.Parse(number); err != nil || !d.IsZero() {
			m.fields.IncludedQuantity = number
		}
	default:
		var ok bool
		if m.rates, ok = members(value); !ok {
			m.quarantine(rate.ReasonMissingField, "rates is %s, not an object", describe(value))
		}
	}
}

func (m *meter) text(to *string, reason, name string, value []byte) {
	s, ok := text(value)
	if !ok {
		m.quarantine(reason, "%s is %s, not a text", name, describe(value))
	}
	*to = s
}

// complete fills in what follows from the rest.
func (m *meter) complete() {
	a := &m.fields.Attributes
	m.fields.SKUID = m.fields.MeterID
	a.Location = a.ARMRegionName
	if a.ProductName == "" {
		a.ProductName = a.ServiceName
	}
}

// handOver hands one row a tier over, and counts them.
func (m *meter) handOver(to rate.Sink, rows *int) error {
	if len(m.rates) == 0 {
		m.quarantine(rate.ReasonMissingField, "rates is missing")
		*rows++
		return m.bad(to, rate.Row{}, nil, "")
	}
	times := map[money.Decimal]int{}
	for _, tier := range m.rates {
		if d, err := money.Parse(tier.name); err == nil {
			times[d]++
		}
	}
	for _, tier := range m.rates {
		*rows++
		if err := m.tier(to, tier, times); err != nil {
			return err
		}
	}
	return nil
}

// tier hands the row of one tier over: its key is where it begins, its value the price.
func (m *meter) tier(to rate.Sink, tier member, times map[money.Decimal]int) error {
	f := m.fields
	f.TierMinimum = tier.name
	reason, detail := m.reason, m.detail
	var number bool
	f.Price, number = literal(tier.value)
	switch d, err := money.Parse(tier.name); {
	case reason != "":
	case !number:
		reason, detail = rate.ReasonInvalidNumber, fmt.Sprintf("rates: the price of tier %q is %s, not a number", tier.name, describe(tier.value))
	case err == nil && times[d] > 1:
		reason, detail = reasonTierTwice, fmt.Sprintf("rates: tier %s is there %d times", d, times[d])
	}
	row, q := rate.NewRow(f)
	if reason != "" {
		one := meter{raw: m.raw, fields: f, reason: reason, detail: detail}
		return one.bad(to, row, q, tier.name+" "+string(tier.value))
	}
	if q != nil {
		return to.Bad(q)
	}
	return to.Row(&row, m.raw)
}

// bad quarantines a row for the meter's reason; what NewRow made of it says how much of its identity is known. Which of the rows that
// share their bytes it is enters its digest.
func (m *meter) bad(to rate.Sink, row rate.Row, q *rate.Quarantined, which string) error {
	wrong := rate.Quarantined{Reason: m.reason, Detail: m.detail, Identity: row.Identity, HasIdentity: row.MeterID != "", Raw: m.fields.Raw}
	if q != nil {
		wrong.Identity, wrong.HasIdentity = q.Identity, q.HasIdentity
	}
	wrong.Digest = sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", m.reason, which, m.raw))
	return to.Bad(&wrong)
}
