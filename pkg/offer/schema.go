package offer

import "github.com/pricewire/pricewire/pkg/item"

// List is the name of the list.
const List = "offers"

// Columns of the matrix, as items, events and tables name them.
const (
	ColumnProductTitle       = "product_title"
	ColumnProduct            = "product"
	ColumnSKU                = "sku"
	ColumnSKUTitle           = "sku_title"
	ColumnProvisioningID     = "provisioning_id"
	ColumnProvisioningString = "provisioning_string"
	ColumnMinLicenses        = "min_licenses"
	ColumnMaxLicenses        = "max_licenses"
	ColumnLimit              = "asset_ownership_limit"
	ColumnLimitType          = "asset_ownership_limit_type"
	ColumnPrerequisites      = "prerequisites"
	ColumnConversions        = "conversions"
	ColumnDescription        = "description"
	ColumnCountries          = "allowed_countries"
	ColumnOffer              = "offer"
	ColumnOfferType          = "offer_type"
	ColumnDuration           = "duration"
	ColumnBillingFrequency   = "billing_frequency"
	ColumnURI                = "offer_uri"
	ColumnLearnMore          = "learn_more_link"
	ColumnTerms              = "terms"
	ColumnIncluded           = "included"
)

// Schema returns how matrix sheets are read and written: the fourteen columns of the new-commerce matrix in their official order, then
// those that only the legacy matrix has, then ours. Where both matrices say the same thing under different headers, it is one column. No
// column is required, because the two have no identifying column in common; Make refuses a row that names no offer.
func Schema() item.Schema { return item.Schema{List: List, Columns: columns(), Make: Make} }

func columns() []item.Column {
	return []item.Column{
		{Name: ColumnProductTitle, Header: "ProductTitle", Aliases: []string{"Offer Display Name", "Offer Name"}},
		{Name: ColumnProduct, Header: "ProductId", Aliases: []string{"Product"}},
		{Name: ColumnSKU, Header: "SkuId", Aliases: []string{"SKU"}},
		{Name: ColumnSKUTitle, Header: "SkuTitle"},
		{Name: ColumnProvisioningID, Header: "ProvisioningId"},
		{Name: ColumnProvisioningString, Header: "ProvisioningString"},
		{Name: ColumnMinLicenses, Header: "MinLicenses", Aliases: []string{"Min Seat Count", "Minimum Seat Count", "Minimum Licenses"}},
		{Name: ColumnMaxLicenses, Header: "MaxLicenses", Aliases: []string{"Max Seat Count", "Maximum Seat Count", "Maximum Licenses"}},
		{Name: ColumnLimit, Header: "AssetOwnershipLimit", Aliases: []string{"Offer Limit"}},
		{Name: ColumnLimitType, Header: "AssetOwnershipLimitType", Aliases: []string{"Offer Limit Scope"}},
		{Name: ColumnPrerequisites, Header: "ProductSkuPreRequisites", Aliases: []string{"DependsOn", "Prerequisites"}},
		{Name: ColumnConversions, Header: "ProductSkuConversion", Aliases: []string{"ProductSkuConversions", "CanConvertTo", "Conversions"}},
		{Name: ColumnDescription, Header: "Description", Aliases: []string{"Offer Display Description", "SkuDescription"}},
		{Name: ColumnCountries, Header: "AllowedCountries", Aliases: []string{"Countries"}},
		{Name: ColumnOffer, Header: "Durable Offer ID", Aliases: []string{"Offer ID", "Offer"}},
		{Name: ColumnOfferType, Header: "Offer Type"},
		{Name: ColumnDuration, Header: "Duration"},
		{Name: ColumnBillingFrequency, Header: "Billing Frequency"},
		{Name: ColumnURI, Header: "OfferURI"},
		{Name: ColumnLearnMore, Header: "LearnMoreLink", Aliases: []string{"Learn More"}},
		{Name: ColumnTerms, Header: "Terms"},
		{Name: ColumnIncluded, Header: "Included", Aliases: []string{"Includes", "Included Service Plans", "Service Plans"}},
	}
}
