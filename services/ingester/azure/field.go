package azure

import "github.com/pricewire/pricewire/pkg/rate"

// form is the JSON type that a field must have when it is not null.
type form byte

const (
	text form = iota
	number
	boolean
	plans
	ignored // any: nothing of ours
)

func (f form) String() string {
	return [...]string{"a text", "a number", "true or false", "a list", "anything"}[f]
}

// field is a field of the API: where its value goes, and how its row is quarantined when the type is wrong.
type field struct {
	name   string
	quoted string // the name as rows are written: in quotes, with its colon
	form   form
	reason string
	to     *string
	bit    uint32
}

// guide finds the fields of an object. It remembers the order of the last one: the next is likely to have the same.
type guide struct {
	fields []field
	order  [orderKept]uint8 // which field each member was
}

// orderKept is how many members are remembered; real rows have 20 to 24.
const orderKept = 32

// field takes a member's name and colon, those of the nth one, and returns which field it is; nil for one that is not ours.
func (g *guide) field(c *cursor, n int) (*field, error) {
	if _, err := c.peek(); err != nil {
		return nil, err
	}
	if n < orderKept {
		f := &g.fields[g.order[n]]
		if end := c.pos + len(f.quoted); end <= len(c.data) && string(c.data[c.pos:end]) == f.quoted {
			c.pos = end
			return f, nil
		}
	}
	name, err := c.key()
	if err != nil {
		return nil, err
	}
	for i := range g.fields {
		if g.fields[i].name == string(name) {
			if n < orderKept {
				g.order[n] = uint8(i)
			}
			return &g.fields[i], nil
		}
	}
	return nil, nil
}

// knownFields lists the fields in the order in which the API writes them. Source: Retail Prices API, response properties. unitPrice
// equals retailPrice in every row ever seen.
func (r *reading) knownFields() []field {
	f, a := &r.fields, &r.fields.Attributes
	return prepared([]field{
		{name: "currencyCode", reason: rate.ReasonMissingField, to: &f.Currency},
		{name: "tierMinimumUnits", form: number, reason: rate.ReasonInvalidNumber, to: &f.TierMinimum},
		{name: "reservationTerm", reason: rate.ReasonMissingField, to: &f.ReservationTerm},
		{name: "retailPrice", form: number, reason: rate.ReasonInvalidNumber, to: &f.Price},
		{name: "unitPrice", form: ignored},
		{name: "armRegionName", reason: reasonWrongType, to: &a.ARMRegionName},
		{name: "location", reason: reasonWrongType, to: &a.Location},
		{name: "effectiveStartDate", reason: rate.ReasonInvalidTime, to: &f.Start},
		{name: "effectiveEndDate", reason: rate.ReasonInvalidTime, to: &f.End},
		{name: "meterId", reason: rate.ReasonMissingField, to: &f.MeterID},
		{name: "meterName", reason: reasonWrongType, to: &a.MeterName},
		{name: "productId", reason: reasonWrongType, to: &a.ProductID},
		{name: "skuId", reason: rate.ReasonMissingField, to: &f.SKUID},
		{name: "productName", reason: reasonWrongType, to: &a.ProductName},
		{name: "skuName", reason: reasonWrongType, to: &a.SKUName},
		{name: "serviceName", reason: reasonWrongType, to: &a.ServiceName},
		{name: "serviceId", reason: reasonWrongType, to: &a.ServiceID},
		{name: "serviceFamily", reason: reasonWrongType, to: &a.ServiceFamily},
		{name: "unitOfMeasure", reason: reasonWrongType, to: &a.UnitOfMeasure},
		{name: "type", reason: rate.ReasonMissingField, to: &f.Type},
		{name: "isPrimaryMeterRegion", form: boolean, reason: reasonWrongType, to: &a.IsPrimaryMeterRegion},
		{name: "armSkuName", reason: reasonWrongType, to: &a.ARMSKUName},
		{name: "savingsPlan", form: plans, reason: reasonWrongType},
	})
}

// planFields are those of a savings plan; here too, unitPrice equals retailPrice.
func (r *reading) planFields() []field {
	return prepared([]field{
		{name: "unitPrice", form: ignored},
		{name: "retailPrice", form: number, reason: rate.ReasonInvalidNumber, to: &r.plan.Price},
		{name: "term", reason: reasonWrongType, to: &r.plan.Term},
	})
}

// prepared fills in what follows from a field's name and place.
func prepared(fields []field) []field {
	for i := range fields {
		fields[i].quoted = `"` + fields[i].name + `":`
		fields[i].bit = 1 << i
	}
	return fields
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
