package azure

import (
	"fmt"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/rate"
)

// reading is one row being read.
type reading struct {
	decoder *Decoder
	fields  rate.Fields
	seen    uint32 // bit set of the known fields met so far
	reason  string // why the row is not believed, the first reason found
	detail  string
}

// form is the JSON type that a field must have when it is not null.
type form byte

const (
	text form = iota
	number
	boolean
	plans
)

func (f form) String() string { return [...]string{"a text", "a number", "true or false", "a list"}[f] }

// target says where the value of a field of the API goes, and how its row is quarantined when the type is wrong.
type target struct {
	to     *string
	form   form
	reason string
	bit    uint
	name   string
}

// target returns false for a field that is not ours. Source: Retail Prices API, response properties; unitPrice equals retailPrice in every
// row ever seen.
func (r *reading) target(name []byte) (target, bool) {
	f, a := &r.fields, &r.fields.Attributes
	switch string(name) {
	case "currencyCode":
		return target{&f.Currency, text, rate.ReasonMissingField, 0, "currencyCode"}, true
	case "tierMinimumUnits":
		return target{&f.TierMinimum, number, rate.ReasonInvalidNumber, 1, "tierMinimumUnits"}, true
	case "reservationTerm":
		return target{&f.ReservationTerm, text, rate.ReasonMissingField, 2, "reservationTerm"}, true
	case "retailPrice":
		return target{&f.Price, number, rate.ReasonInvalidNumber, 3, "retailPrice"}, true
	case "effectiveStartDate":
		return target{&f.Start, text, rate.ReasonInvalidTime, 4, "effectiveStartDate"}, true
	case "effectiveEndDate":
		return target{&f.End, text, rate.ReasonInvalidTime, 5, "effectiveEndDate"}, true
	case "meterId":
		return target{&f.MeterID, text, rate.ReasonMissingField, 6, "meterId"}, true
	case "skuId":
		return target{&f.SKUID, text, rate.ReasonMissingField, 7, "skuId"}, true
	case "type":
		return target{&f.Type, text, rate.ReasonMissingField, 8, "type"}, true
	case "armRegionName":
		return target{&a.ARMRegionName, text, reasonWrongType, 9, "armRegionName"}, true
	case "location":
		return target{&a.Location, text, reasonWrongType, 10, "location"}, true
	case "meterName":
		return target{&a.MeterName, text, reasonWrongType, 11, "meterName"}, true
	case "productId":
		return target{&a.ProductID, text, reasonWrongType, 12, "productId"}, true
	case "productName":
		return target{&a.ProductName, text, reasonWrongType, 13, "productName"}, true
	case "skuName":
		return target{&a.SKUName, text, reasonWrongType, 14, "skuName"}, true
	case "serviceName":
		return target{&a.ServiceName, text, reasonWrongType, 15, "serviceName"}, true
	case "serviceId":
		return target{&a.ServiceID, text, reasonWrongType, 16, "serviceId"}, true
	case "serviceFamily":
		return target{&a.ServiceFamily, text, reasonWrongType, 17, "serviceFamily"}, true
	case "unitOfMeasure":
		return target{&a.UnitOfMeasure, text, reasonWrongType, 18, "unitOfMeasure"}, true
	case "isPrimaryMeterRegion":
		return target{&a.IsPrimaryMeterRegion, boolean, reasonWrongType, 19, "isPrimaryMeterRegion"}, true
	case "armSkuName":
		return target{&a.ARMSKUName, text, reasonWrongType, 20, "armSkuName"}, true
	case "savingsPlan":
		return target{nil, plans, reasonWrongType, 21, "savingsPlan"}, true
	}
	return target{}, false
}

// quarantine notes why the row is not believed.
func (r *reading) quarantine(reason, format string, args ...any) {
	if r.reason == "" {
		r.reason, r.detail = reason, fmt.Sprintf(format, args...)
	}
}

// row takes one row, whatever it is. The error is for malformed JSON only.
func (r *reading) row(c *cursor) error {
	b, err := c.peek()
	if err != nil {
		return err
	}
	if b != '{' {
		r.quarantine(reasonWrongType, "the row is not an object")
		return c.skip(1)
	}
	more, err := c.opens('{', '}')
	for more && err == nil {
		if err = r.member(c); err != nil {
			return err
		}
		more, err = c.more('}')
	}
	return err
}

func (r *reading) member(c *cursor) error {
	name, err := c.key()
	if err != nil {
		return err
	}
	t, known := r.target(name)
	if !known {
		return c.skip(2)
	}
	if r.seen&(1<<t.bit) != 0 {
		r.quarantine(t.reason, "%s is there twice", t.name)
	}
	r.seen |= 1 << t.bit
	b, err := c.peek()
	if err != nil {
		return err
	}
	if b == 'n' { // null is absent
		_, err = c.word()
		return err
	}
	if formOf(b) != t.form {
		r.quarantine(t.reason, "%s is %s, not %s", t.name, describe(b), t.form)
		return c.skip(2)
	}
	return r.value(c, &t)
}

// value takes a value that has the right form.
func (r *reading) value(c *cursor, t *target) error {
	switch t.form {
	case text:
		s, err := c.str()
		if !utf8.Valid(s) {
			r.quarantine(t.reason, "%s is not UTF-8", t.name)
		}
		*t.to = r.decoder.share(s)
		return err
	case number:
		s, err := c.number()
		*t.to = r.decoder.share(s)
		return err
	case boolean:
		s, err := c.word()
		*t.to = s
		return err
	case plans:
	}
	return r.plans(c)
}

func (r *reading) plans(c *cursor) error {
	r.fields.SavingsPlans = nil
	more, err := c.opens('[', ']')
	for more && err == nil {
		var plan rate.SavingsPlanFields
		if plan, err = r.plan(c); err != nil {
			return err
		}
		r.fields.SavingsPlans = append(r.fields.SavingsPlans, plan)
		more, err = c.more(']')
	}
	return err
}

func (r *reading) plan(c *cursor) (rate.SavingsPlanFields, error) {
	var plan rate.SavingsPlanFields
	if b, err := c.peek(); err != nil || b != '{' {
		if err == nil {
			r.quarantine(reasonWrongType, "savingsPlan holds %s, not an object", describe(b))
			err = c.skip(3)
		}
		return plan, err
	}
	more, err := c.opens('{', '}')
	for more && err == nil {
		if err = r.planMember(c, &plan); err != nil {
			return plan, err
		}
		more, err = c.more('}')
	}
	return plan, err
}

func (r *reading) planMember(c *cursor, plan *rate.SavingsPlanFields) error {
	name, err := c.key()
	if err != nil {
		return err
	}
	var t target
	switch string(name) {
	case "term":
		t = target{&plan.Term, text, reasonWrongType, 0, "savingsPlan.term"}
	case "retailPrice":
		t = target{&plan.Price, number, rate.ReasonInvalidNumber, 0, "savingsPlan.retailPrice"}
	default:
		return c.skip(4)
	}
	b, err := c.peek()
	if err != nil {
		return err
	}
	if formOf(b) != t.form {
		r.quarantine(t.reason, "%s is %s, not %s", t.name, describe(b), t.form)
		return c.skip(4)
	}
	return r.value(c, &t)
}

// formOf returns the form of the value that begins with b; objects have none of ours.
func formOf(b byte) form {
	switch {
	case b == '"':
		return text
	case b == '-' || (b >= '0' && b <= '9'):
		return number
	case b == 't' || b == 'f':
		return boolean
	case b == '[':
		return plans
	}
	return 255
}

func describe(b byte) string {
	switch f := formOf(b); {
	case f <= plans:
		return f.String()
	case b == '{':
		return "an object"
	case b == 'n':
		return "null"
	}
	return "no value"
}
