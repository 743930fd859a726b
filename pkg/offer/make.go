package offer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// The rules of Make, by their stable names.
const (
	RuleMissingIdentity    = "missing-identity"
	RuleMalformedIdentity  = "malformed-identity"
	RuleMalformedNumber    = "malformed-number"
	RuleMinAboveMax        = "min-above-max"
	RuleNoMaximum          = "no-maximum"
	RuleLimitType          = "unknown-limit-type"
	RuleUnknownCountry     = "unknown-country"
	RuleMalformedReference = "malformed-reference"
)

// Make makes a line of the list from what a row of a matrix says, by column names. It trims; makes ids and countries upper case and GUIDs
// of provisioning lower case; pads SKUs; sorts lists and writes each element once, separated by semicolons. A number of 0 and a
// limit type of None say nothing and are left out. A line with an error among what is wrong must not be used.
func Make(values []item.Value) (item.Item, []item.Wrong) {
	o, wrongs := read(values)
	return o.Item(), wrongs
}

// reader reads the values of one row.
type reader struct {
	values []item.Value
	wrongs []item.Wrong
}

func read(values []item.Value) (Offer, []item.Wrong) {
	r := reader{values: values}
	o := Offer{
		ProductTitle:       r.text(ColumnProductTitle),
		Product:            upper(r.text(ColumnProduct)),
		SKU:                pricelist.PadSKU(upper(r.text(ColumnSKU))),
		SKUTitle:           r.text(ColumnSKUTitle),
		ProvisioningID:     r.text(ColumnProvisioningID),
		ProvisioningString: r.text(ColumnProvisioningString),
		MinLicenses:        r.number(ColumnMinLicenses),
		MaxLicenses:        r.maximum(),
		Limit:              r.number(ColumnLimit),
		LimitType:          r.limitType(),
		Prerequisites:      r.references(ColumnPrerequisites),
		Conversions:        r.references(ColumnConversions),
		Description:        r.text(ColumnDescription),
		Countries:          r.countries(),
		ID:                 upper(r.text(ColumnOffer)),
		Type:               r.text(ColumnOfferType),
		Duration:           r.text(ColumnDuration),
		BillingFrequencies: elements(r.text(ColumnBillingFrequency)),
		URI:                r.text(ColumnURI),
		LearnMore:          r.text(ColumnLearnMore),
		Terms:              elements(r.text(ColumnTerms)),
		Included:           elements(r.text(ColumnIncluded)),
	}
	if isGUID(o.ProvisioningID) {
		o.ProvisioningID = strings.ToLower(o.ProvisioningID)
	}
	r.identity(&o)
	r.licenses(&o)
	return o, r.wrongs
}

func (r *reader) text(column string) string {
	for i := range r.values {
		if r.values[i].Name == column {
			return strings.TrimSpace(r.values[i].Text)
		}
	}
	return ""
}

func (r *reader) wrong(severity listing.Severity, rule, column, value, format string, args ...any) {
	r.wrongs = append(r.wrongs, item.Wrong{Severity: severity, Rule: rule, Column: column, Value: value, Text: fmt.Sprintf(format, args...)})
}

// identity checks that the row names one offer, and nothing that would make two keys look alike.
func (r *reader) identity(o *Offer) {
	const way = "name an offer by ProductId and SkuId, or a legacy one by Durable Offer ID"
	switch {
	case o.ID != "" && (o.Product != "" || o.SKU != ""):
		r.wrong(listing.Error, RuleMalformedIdentity, ColumnOffer, o.ID, "the line has a product or SKU as well: %s", way)
	case o.ID != "" && !isOfferID(o.ID):
		r.wrong(listing.Error, RuleMalformedIdentity, ColumnOffer, short(o.ID), "not an offer id, which is a GUID or like MS-AZR-0145P")
	case o.ID != "":
	case o.Product == "":
		r.wrong(listing.Error, RuleMissingIdentity, ColumnProduct, "", "the line names no product: %s", way)
	case isOfferID(o.Product):
		r.wrong(listing.Error, RuleMalformedIdentity, ColumnProduct, short(o.Product), "this is the id of a legacy offer: put it under Durable Offer ID")
	case !isID(o.Product):
		r.wrong(listing.Error, RuleMalformedIdentity, ColumnProduct, short(o.Product), "not a product id, which is letters and digits such as CFQ7TTC0LH18")
	case o.SKU == "":
		r.wrong(listing.Error, RuleMissingIdentity, ColumnSKU, "", "the line names no SKU: %s", way)
	case !isID(o.SKU):
		r.wrong(listing.Error, RuleMalformedIdentity, ColumnSKU, short(o.SKU), "not a SKU, which is letters and digits such as 0001")
	}
}

// licenses checks the least and the greatest number of licences against each other.
func (r *reader) licenses(o *Offer) {
	if o.MaxLicenses > 0 && o.MinLicenses > o.MaxLicenses {
		r.wrong(listing.Error, RuleMinAboveMax, ColumnMinLicenses, number(o.MinLicenses),
			"the least number of licences is above the greatest, %d: correct one of them", o.MaxLicenses)
	}
}

// number reads a whole number from 0 on; 0 when nothing is said or when it is wrong.
func (r *reader) number(column string) int64 {
	text := r.text(column)
	if text == "" {
		return 0
	}
	d, err := money.Parse(text)
	n, ok := whole(d)
	if err != nil || !ok {
		r.wrong(listing.Error, RuleMalformedNumber, column, short(text), "not a whole number from 0 on: write digits only, or leave it empty")
		return 0
	}
	return n
}

// maximum reads the greatest number of licences. Where a sheet says 0, nobody could order; it is taken for what it most likely means.
func (r *reader) maximum() int64 {
	text, before := r.text(ColumnMaxLicenses), len(r.wrongs)
	n := r.number(ColumnMaxLicenses)
	if n == 0 && text != "" && len(r.wrongs) == before {
		r.wrong(listing.Note, RuleNoMaximum, ColumnMaxLicenses, text, "taken as no maximum; leave it empty to say so")
	}
	return n
}

// whole returns a decimal as an integer; false when it has decimals, is below 0, or is too large.
func whole(d money.Decimal) (int64, bool) {
	e := d.Exact()
	if d.Decimals() > 0 || d.IsNegative() || !e.BigInt().IsInt64() {
		return 0, false
	}
	return e.IntPart(), true
}

// limitType reads the scope of a limit, in the spellings of both matrices.
func (r *reader) limitType() LimitType {
	text := r.text(ColumnLimitType)
	switch strings.ToLower(text) {
	case "", "none":
		return NoLimit
	case "concurrent", "concurrentcount":
		return LimitConcurrent
	case "lifetime", "lifetimecount":
		return LimitLifetime
	}
	r.wrong(listing.Warning, RuleLimitType, ColumnLimitType, short(text), "not a limit type that is known: None, ConcurrentCount or Lifetime")
	return LimitType(text)
}

// references reads a list of offers.
func (r *reader) references(column string) []string {
	keys, bad := references(r.text(column))
	if len(bad) > 0 {
		r.wrong(listing.Error, RuleMalformedReference, column, some(bad, ";"),
			"not an offer: write PRODUCT/SKU such as CFQ7TTC0LH18/0001, or the id of a legacy offer, separated by commas")
	}
	return keys
}

// countries reads a list of countries. Those that are not known are kept: a matrix may know more countries than we do.
func (r *reader) countries() []string {
	codes := set(strings.FieldsFunc(upper(r.text(ColumnCountries)), func(c rune) bool { return strings.ContainsRune(";,|\n\r", c) }))
	unknown := slices.DeleteFunc(slices.Clone(codes), listing.KnownMarket)
	if len(unknown) > 0 {
		r.wrong(listing.Warning, RuleUnknownCountry, ColumnCountries, some(unknown, ";"),
			"not ISO 3166 country codes such as US; nobody can order there until they are corrected")
	}
	return codes
}

// elements reads a list whose elements are free text.
func elements(text string) []string { return set(strings.Split(text, separator)) }

// set trims elements and returns them sorted and each once, without empty ones; nil when there are none.
func set(elements []string) []string {
	var kept []string
	for _, e := range elements {
		if e = strings.TrimSpace(e); e != "" {
			kept = append(kept, e)
		}
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}
