package offer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/item"
)

// LimitType says how long licences count against an offer's ownership limit.
type LimitType string

// The limit types that are known; a matrix may use others, which are kept as written.
const (
	NoLimit         LimitType = ""
	LimitConcurrent LimitType = "ConcurrentCount" // what a customer has at one time
	LimitLifetime   LimitType = "Lifetime"        // what a customer ever had
)

// Offer is one line of the matrix. An offer of the new commerce has a product and a SKU, a legacy one an offer id. Lists are sorted, without
// repetition, nil when empty; a number that is 0 was not said.
type Offer struct {
	Product            string // upper case; empty for a legacy offer
	SKU                string // digits padded to 4; empty for a legacy offer
	ID                 string // durable offer id, upper case; empty for an offer of the new commerce
	ProductTitle       string
	SKUTitle           string
	ProvisioningID     string // a GUID is lower case
	ProvisioningString string
	MinLicenses        int64
	MaxLicenses        int64
	Limit              int64 // how many a customer may own
	LimitType          LimitType
	Prerequisites      []string // keys of offers; one of them must be there first
	Conversions        []string // keys of offers
	Description        string
	Countries          []string // where it may be sold: ISO 3166 alpha-2, upper case; none means nowhere
	Type               string
	Duration           string
	BillingFrequencies []string
	URI                string
	LearnMore          string
	Terms              []string
	Included           []string // what a bundle contains: friendly names of service plans
}

// Key returns what tells the offer from others: "CFQ7TTC0LH18/0001", or the offer id of a legacy offer. The two cannot be confused: an
// offer id has a hyphen and no slash.
func (o Offer) Key() string { return keyOf(o.Product, o.SKU, o.ID) }

func keyOf(product, sku, id string) string {
	if id != "" {
		return id
	}
	return product + "/" + sku
}

// Title names the offer for people: product and SKU title where they differ, the key where there is none.
func (o Offer) Title() string { return titleOf(o.ProductTitle, o.SKUTitle, o.Key()) }

func titleOf(product, sku, key string) string {
	switch {
	case product == "" && sku == "":
		return key
	case product == "" || product == sku:
		return sku
	case sku == "":
		return product
	}
	return product + ", " + sku
}

// AllowedIn reports whether the offer may be sold in a country, an upper-case ISO 3166 alpha-2 code.
func (o Offer) AllowedIn(country string) bool { return slices.Contains(o.Countries, country) }

// Item returns the offer as a line of the list.
func (o Offer) Item() item.Item {
	values := []item.Value{
		{Name: ColumnProductTitle, Text: o.ProductTitle},
		{Name: ColumnProduct, Text: o.Product},
		{Name: ColumnSKU, Text: o.SKU},
		{Name: ColumnSKUTitle, Text: o.SKUTitle},
		{Name: ColumnProvisioningID, Text: o.ProvisioningID},
		{Name: ColumnProvisioningString, Text: o.ProvisioningString},
		{Name: ColumnMinLicenses, Text: number(o.MinLicenses)},
		{Name: ColumnMaxLicenses, Text: number(o.MaxLicenses)},
		{Name: ColumnLimit, Text: number(o.Limit)},
		{Name: ColumnLimitType, Text: string(o.LimitType)},
		{Name: ColumnPrerequisites, Text: join(o.Prerequisites)},
		{Name: ColumnConversions, Text: join(o.Conversions)},
		{Name: ColumnDescription, Text: o.Description},
		{Name: ColumnCountries, Text: join(o.Countries)},
		{Name: ColumnOffer, Text: o.ID},
		{Name: ColumnOfferType, Text: o.Type},
		{Name: ColumnDuration, Text: o.Duration},
		{Name: ColumnBillingFrequency, Text: join(o.BillingFrequencies)},
		{Name: ColumnURI, Text: o.URI},
		{Name: ColumnLearnMore, Text: o.LearnMore},
		{Name: ColumnTerms, Text: join(o.Terms)},
		{Name: ColumnIncluded, Text: join(o.Included)},
	}
	said := slices.DeleteFunc(values, func(v item.Value) bool { return v.Text == "" })
	return item.Item{Key: o.Key(), Values: said}
}

// FromItem returns the offer that a line of the list is. It takes what Make makes; for anything else it returns an invalid fault.
func FromItem(i item.Item) (Offer, error) { return item.As(i, "offer", read) }

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// separator stands between the elements of a list in one text.
const separator = ";"

func join(elements []string) string { return strings.Join(elements, separator) }
