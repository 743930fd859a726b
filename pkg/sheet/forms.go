package sheet

import (
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// official is the order of the columns in the new-commerce lists since 2025: the change indicator, the 18 of 2021, segment and previous
// values. Preview files add the end of sale.
func official() []string {
	return []string{
		pricelist.ColumnFlag, pricelist.ColumnProductTitle, pricelist.ColumnProduct, pricelist.ColumnSKU, pricelist.ColumnSKUTitle,
		pricelist.ColumnPublisher, pricelist.ColumnDescription, pricelist.ColumnUnit, pricelist.ColumnTerm, pricelist.ColumnBilling,
		pricelist.ColumnMarket, pricelist.ColumnCurrency, pricelist.ColumnUnitPrice, pricelist.ColumnTierMin, pricelist.ColumnTierMax,
		pricelist.ColumnStart, pricelist.ColumnEnd, pricelist.ColumnTags, pricelist.ColumnERPPrice, pricelist.ColumnSegment,
		pricelist.ColumnPrevious,
	}
}

// newCommerce is the form of the lists of the new commerce. A market that is given for the whole file stands in for its column.
func newCommerce(market string) *form {
	var columns []formColumn
	for _, name := range append(official(), pricelist.ColumnEndOfSale) {
		need := noted
		switch name {
		case pricelist.ColumnProduct, pricelist.ColumnSKU, pricelist.ColumnTerm, pricelist.ColumnBilling,
			pricelist.ColumnCurrency, pricelist.ColumnUnitPrice, pricelist.ColumnERPPrice, pricelist.ColumnStart, pricelist.ColumnEnd:
			need = required
		case pricelist.ColumnMarket:
			need = required
			if market != "" {
				need = mayBeMissing
			}
		case pricelist.ColumnFlag, pricelist.ColumnSegment, pricelist.ColumnPrevious, pricelist.ColumnEndOfSale:
			need = mayBeMissing
		}
		columns = append(columns, formColumn{name, need})
	}
	return newForm("a new-commerce price list", columns, nil)
}

// Columns of the legacy lists that the new-commerce lists do not have, as problems name them.
const (
	legacyFlag      = "A/C/D/U"
	legacyStart     = "Valid-From Date"
	legacyEnd       = "Valid-To Date"
	legacyTitle     = "Offer Display Name"
	legacyOffer     = "Offer ID"
	legacyAgreement = "License Agreement Type"
	legacyUnit      = "Purchase Unit"
	legacySecondary = "Secondary License Type"
	legacyCustomer  = "End Customer Type"
	legacyPrice     = "List Price"
	legacyMaterial  = "Material"
)

// legacyOrder is the order of the columns in the legacy lists. Market and currency stand where a file needs them; the columns behind are
// only there when lines say more than the legacy lists can.
func legacyOrder() []string {
	return []string{
		legacyFlag, legacyStart, legacyEnd, legacyTitle, legacyOffer, legacyAgreement, legacyUnit, legacySecondary, legacyCustomer,
		legacyPrice, pricelist.ColumnERPPrice, legacyMaterial, pricelist.ColumnMarket, pricelist.ColumnCurrency,
		pricelist.ColumnProductTitle, pricelist.ColumnPublisher, pricelist.ColumnDescription, pricelist.ColumnUnit, pricelist.ColumnTierMin,
		pricelist.ColumnTierMax, pricelist.ColumnSegment, pricelist.ColumnPrevious, pricelist.ColumnEndOfSale,
	}
}

func legacy() *form {
	var columns []formColumn
	for _, name := range legacyOrder() {
		need := mayBeMissing
		switch name {
		case legacyStart, legacyEnd, legacyOffer, legacyAgreement, legacyUnit, legacyCustomer, legacyPrice, pricelist.ColumnERPPrice:
			need = required
		case legacyTitle, legacySecondary:
			need = noted
		}
		columns = append(columns, formColumn{name, need})
	}
	return newForm("a legacy price list", columns, map[string][]string{
		legacyFlag:      {"A/C/D/U Flag", "ACDU", "Change"},
		legacyStart:     {"ValidFrom", "Effective Start Date", "Start Date"},
		legacyEnd:       {"ValidTo", "Effective End Date", "End Date"},
		legacyTitle:     {"Offer Name"},
		legacyOffer:     {"Durable Offer ID"},
		legacyAgreement: {"Licence Agreement Type", "Agreement Type"},
		legacySecondary: {"Secondary Licence Type"},
		legacyMaterial:  {"Material Number", "Material ID"},
		pricelist.ColumnMarket: {
			"Country",
		},
	})
}

// formOf is the form of the lists of a schema.
func formOf(schema item.Schema) *form {
	var columns []formColumn
	aliases := map[string][]string{}
	for _, c := range schema.Columns {
		need := mayBeMissing
		if c.Required {
			need = required
		}
		columns = append(columns, formColumn{c.Header, need})
		aliases[c.Header] = append([]string{c.Name}, c.Aliases...)
	}
	return newForm("the list "+schema.List, columns, aliases)
}
