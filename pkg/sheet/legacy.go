package sheet

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// legacyLine reads a row of the lists before the new commerce: prices are per month, the offer id stands in the place of product, agreement
// type, purchase unit and customer type in those of SKU, term and billing plan. Ends name the last day that the offer can be ordered.
func (p *parser) legacyLine(r *pricelist.Row) {
	agreement := usual(p.key(legacyAgreement), "Corporate", "Government", "Academic", "Charity")
	r.Line = pricelist.Line{
		Identity: pricelist.Identity{
			Market:   strings.ToUpper(p.keyOr(pricelist.ColumnMarket, p.market)),
			Currency: strings.ToUpper(p.keyOr(pricelist.ColumnCurrency, p.currency)),
			Product:  strings.ToUpper(p.key(legacyOffer)),
			SKU:      agreement,
			Term:     p.purchaseUnit(),
			Billing:  usual(p.key(legacyCustomer), "Corporate", "Government", "Faculty", "Student", "Charity"),
			Tier:     p.tier(),
		},
		UnitPrice: p.price(legacyPrice), ERPPrice: p.price(pricelist.ColumnERPPrice), Basis: pricelist.PerMonth,
		Effective: p.period(legacyStart, legacyEnd, lastDay), Attributes: p.attributes(),
	}
	r.Tags, r.SKUTitle = p.text(legacySecondary), p.text(legacyTitle)
	if p.layout.place(pricelist.ColumnProductTitle) < 0 {
		r.ProductTitle = r.SKUTitle
	}
	if p.layout.place(pricelist.ColumnSegment) < 0 {
		r.Segment = agreement
	}
	r.Flag, r.Claims = p.flag(legacyFlag), p.claims()
}

// usual returns a known word in its usual spelling, and others as they are.
func usual(s string, known ...string) string {
	for _, word := range known {
		if strings.EqualFold(s, word) {
			return word
		}
	}
	return s
}

func (p *parser) purchaseUnit() string {
	cell := p.key(legacyUnit)
	number, unit, _ := strings.Cut(cell, " ")
	unit = strings.TrimSpace(unit)
	if cell == "" || number != "" && strings.Trim(number, "0123456789") == "" && number[0] != '0' {
		for _, known := range [...]string{"Day(s)", "Month(s)", "Year(s)"} {
			if strings.EqualFold(unit, known) {
				return number + " " + known
			}
		}
	}
	if cell != "" {
		p.problem(listing.Warning, RuleUnknownTerm, legacyUnit, cell, "not a purchase unit as lists have them, such as 1 Month(s); the line is only found by exactly this")
	}
	return cell
}
