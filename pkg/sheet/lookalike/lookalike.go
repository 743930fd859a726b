package lookalike

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// Spec says which list to make.
type Spec struct {
	Seed       uint64
	Lines      int
	Market     string   // US when empty
	Currencies []string // every SKU is priced in each; USD when empty
	Month      effective.Month
}

// Catalogue is one month's list.
type Catalogue struct {
	Month effective.Month
	Rows  []pricelist.Row // as read from a correct sheet; flags and claims are those against the month before

	spec Spec
	made int // products made so far: the next one is new
}

// Planted is what a month changes, whatever its sheet's flags say. No identity is in two of the first three lists.
type Planted struct {
	Prices     []pricelist.Identity // unit and ERP price, and the start
	Titles     []pricelist.Identity // SKU title or description
	Added      []pricelist.Identity
	WrongFlags []pricelist.Identity // flagged Unchanged though the price changed, or Change though nothing did
}

// The changes that were measured in one month of 4,312 lines, which became 4,370.
const (
	measured       = 4312
	measuredPrices = 105
	measuredTitles = 77
	measuredAdded  = 58
	wrongFlags     = 4 // of each kind
)

// Generate makes a list. All its lines started in some month before, or with this one.
func Generate(spec Spec) Catalogue {
	if spec.Market == "" {
		spec.Market = "US"
	}
	if len(spec.Currencies) == 0 {
		spec.Currencies = []string{"USD"}
	}
	c := Catalogue{Month: spec.Month, spec: spec}
	c.grow(spec.Lines, func(r *rand.Rand, row *pricelist.Row) {
		row.Flag = pricelist.FlagUnchanged
		row.Effective.From = spec.Month.Add(-r.IntN(36)).Start()
	})
	return c
}

// grow adds lines of new products until there are n.
func (c *Catalogue) grow(n int, finish func(*rand.Rand, *pricelist.Row)) {
	for len(c.Rows) < n {
		r := random(c.spec.Seed+1, c.made)
		for _, s := range product(c.spec.Seed, c.made) {
			for _, row := range c.rows(s) {
				if len(c.Rows) == n {
					break
				}
				finish(r, &row)
				row.Number = len(c.Rows) + 2
				c.Rows = append(c.Rows, row)
			}
		}
		c.made++
	}
}

// rows makes the lines of a SKU: one for each term, billing plan and currency.
func (c *Catalogue) rows(s sku) []pricelist.Row {
	var rows []pricelist.Row
	for _, currency := range c.spec.Currencies {
		add := func(term, billing string, months int64) {
			rows = append(rows, pricelist.Row{Line: pricelist.Line{
				Identity: pricelist.Identity{
					Market: c.spec.Market, Currency: currency, Product: s.product, SKU: s.number, Term: term, Billing: billing,
				},
				UnitPrice: amount(s.unit*months, currency), ERPPrice: amount(s.erp*months, currency), Basis: pricelist.PerTerm,
				Attributes: pricelist.Attributes{
					ProductTitle: s.productTitle, SKUTitle: s.title, Publisher: "Contoso Corporation", Description: s.description, Segment: s.segment, Tags: s.tags,
				},
			}})
		}
		if s.trial {
			add("P1M", "None", 1)
			continue
		}
		if s.monthly {
			add("P1M", "Monthly", 1)
		}
		add("P1Y", "Monthly", 12)
		add("P1Y", "Annual", 12)
		if s.triennial {
			add("P3Y", "Monthly", 36)
			add("P3Y", "Annual", 36)
			add("P3Y", "Triennial", 36)
		}
	}
	return rows
}

// amount turns US cents into a round price of a currency.
func amount(cents int64, currency string) money.Decimal {
	percent := map[string]int64{"EUR": 93, "GBP": 81, "CHF": 90, "SEK": 1060, "NOK": 1080, "DKK": 690, "JPY": 15000, "AUD": 152}[currency]
	if percent == 0 {
		percent = 100
	}
	decimals := money.Currency(currency).Decimals()
	units := cents * percent / 100
	for range 2 - decimals {
		units /= 10
	}
	return minor(units, min(decimals, 2))
}

// minor returns a count of 10^-decimals; both are far within a Decimal's range.
func minor(units int64, decimals int) money.Decimal {
	d, err := money.Parse(fmt.Sprintf("%de-%d", units, decimals))
	if err != nil {
		return money.Int(units)
	}
	return d
}

// Lines returns the list's lines.
func (c Catalogue) Lines() []pricelist.Line { return sheet.Sheet{Rows: c.Rows}.Lines() }

// WriteCSV writes the list as the real ones come: SKUs of digits have lost their leading zeros.
func (c Catalogue) WriteCSV(w io.Writer) error {
	rows := make([]pricelist.Row, len(c.Rows))
	copy(rows, c.Rows)
	for i := range rows {
		if sku := &rows[i].SKU; strings.Trim(*sku, "0123456789") == "" {
			*sku = strings.TrimLeft(*sku, "0")
		}
	}
	return sheet.WriteNewCommerceRows(w, rows)
}
