package pricelist

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
)

// Identity tells one line of a list from another. In the legacy format offer id, agreement type, purchase unit and customer type stand in
// the places of product, SKU, term and billing plan.
type Identity struct {
	Market   string // ISO 3166 alpha-2, upper case
	Currency string // ISO 4217, upper case
	Product  string
	SKU      string // digits padded to 4
	Term     string // P1M, P1Y, P3Y
	Billing  string // Monthly, Annual, Triennial, None
	Tier     money.Decimal
}

// Compare returns -1, 0 or 1 as id comes before, is, or comes after o: by market, currency, product, SKU, term and billing plan as bytes,
// then by tier as a number. Lists, diffs and publications are in this order.
func (id Identity) Compare(o Identity) int { return compareIdentities(&id, &o) }

// Less reports whether id comes before o.
func (id Identity) Less(o Identity) bool { return compareIdentities(&id, &o) < 0 }

func compareIdentities(a, b *Identity) int {
	if c := strings.Compare(a.Market, b.Market); c != 0 {
		return c
	}
	if c := strings.Compare(a.Currency, b.Currency); c != 0 {
		return c
	}
	if c := strings.Compare(a.Product, b.Product); c != 0 {
		return c
	}
	if c := strings.Compare(a.SKU, b.SKU); c != 0 {
		return c
	}
	if c := strings.Compare(a.Term, b.Term); c != 0 {
		return c
	}
	if c := strings.Compare(a.Billing, b.Billing); c != 0 {
		return c
	}
	return a.Tier.Cmp(b.Tier)
}

// Key returns the identity as one string, "US/USD/CFQ7TTC0LH18/0001/P1M/Monthly/0". Different identities have different keys: a slash or
// a percent sign inside a part is written %2F or %25.
func (id Identity) Key() string {
	parts := [...]string{id.Market, id.Currency, id.Product, id.SKU, id.Term, id.Billing}
	var b strings.Builder
	for _, part := range parts {
		if strings.ContainsAny(part, "/%") {
			part = strings.ReplaceAll(strings.ReplaceAll(part, "%", "%25"), "/", "%2F")
		}
		b.WriteString(part)
		b.WriteByte('/')
	}
	b.WriteString(id.Tier.String())
	return b.String()
}

// PadSKU pads a SKU of one to three digits to the four that Microsoft's SKUs have; spreadsheets drop the leading zeros. Any other SKU stands.
func PadSKU(sku string) string {
	if sku == "" || len(sku) >= 4 {
		return sku
	}
	for i := range len(sku) {
		if sku[i] < '0' || sku[i] > '9' {
			return sku
		}
	}
	return "0000"[len(sku):] + sku
}

// Compare orders lines of a list: by identity, then by start, then by end with the open end last, then by what they say. Lines that
// compare 0 are the same in every respect.
func (l Line) Compare(o Line) int { return compareLines(&l, &o) }

func compareLines(a, b *Line) int {
	if c := compareIdentities(&a.Identity, &b.Identity); c != 0 {
		return c
	}
	if c := comparePeriods(a.Effective, b.Effective); c != 0 {
		return c
	}
	return compareValues(a, b)
}

func comparePeriods(a, b effective.Period) int {
	if c := a.From.Compare(b.From); c != 0 {
		return c
	}
	switch {
	case a.To.Equal(b.To):
		return 0
	case a.To.IsZero():
		return 1
	case b.To.IsZero():
		return -1
	}
	return a.To.Compare(b.To)
}

func compareValues(a, b *Line) int {
	if c := a.UnitPrice.Cmp(b.UnitPrice); c != 0 {
		return c
	}
	if c := a.ERPPrice.Cmp(b.ERPPrice); c != 0 {
		return c
	}
	if c := strings.Compare(string(a.Basis), string(b.Basis)); c != 0 {
		return c
	}
	if a.Attributes == b.Attributes {
		return 0
	}
	return compareAttributes(&a.Attributes, &b.Attributes)
}

func compareAttributes(a, b *Attributes) int {
	for _, pair := range [...][2]string{
		{a.ProductTitle, b.ProductTitle},
		{a.SKUTitle, b.SKUTitle},
		{a.Publisher, b.Publisher},
		{a.Description, b.Description},
		{a.Unit, b.Unit},
		{a.TierMax, b.TierMax},
		{a.EndOfSale, b.EndOfSale},
		{a.Segment, b.Segment},
		{a.Tags, b.Tags},
	} {
		if c := strings.Compare(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return 0
}

// SamePrice reports whether both lines ask the same: unit price, ERP price and what they are for.
func (l Line) SamePrice(o Line) bool { return samePrice(&l, &o) }

func samePrice(a, b *Line) bool {
	return a.UnitPrice == b.UnitPrice && a.ERPPrice == b.ERPPrice && a.Basis == b.Basis
}

// IsTrial reports whether the line's tags say so.
func (l Line) IsTrial() bool {
	for tag := range strings.SplitSeq(l.Tags, ";") {
		if strings.EqualFold(strings.TrimSpace(tag), "trial") {
			return true
		}
	}
	return false
}
