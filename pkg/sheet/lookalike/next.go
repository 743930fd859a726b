package lookalike

import (
	"math/rand/v2"
	"slices"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Next makes the following month's whole list, and says what it changes: 105 prices, 77 titles or descriptions and 58 additions on 4,312
// lines, scaled to the list's size. Prices that change and lines that are added start with the month; the others keep their starts.
func (c Catalogue) Next() (Catalogue, Planted) {
	next := Catalogue{Month: c.Month.Add(1), Rows: slices.Clone(c.Rows), spec: c.spec, made: c.made}
	for i := range next.Rows {
		next.Rows[i].Flag, next.Rows[i].Claims = pricelist.FlagUnchanged, nil
	}
	size := len(c.Rows)
	prices, titles, added := share(size, measuredPrices), share(size, measuredTitles), share(size, measuredAdded)
	r := rand.New(rand.NewPCG(c.spec.Seed, uint64(next.Month.Start().Unix())))
	var planted Planted
	var untouched []int
	for _, i := range r.Perm(size) {
		row := &next.Rows[i]
		switch {
		case len(planted.Prices) < prices && row.UnitPrice != (money.Decimal{}):
			next.reprice(r, row)
			planted.Prices = append(planted.Prices, row.Identity)
		case len(planted.Titles) < titles:
			retitle(r, row)
			planted.Titles = append(planted.Titles, row.Identity)
		default:
			untouched = append(untouched, i)
		}
	}
	next.grow(size+added, func(_ *rand.Rand, row *pricelist.Row) {
		row.Flag, row.Effective.From = pricelist.FlagAdded, next.Month.Start()
		planted.Added = append(planted.Added, row.Identity)
	})
	planted.WrongFlags = next.swapFlags(planted.Prices, untouched)
	return next, planted
}

func share(size, of int) int { return (size*of + measured/2) / measured }

// reprice raises both prices by 5 to 15 %, or lowers them, in whole units of 10^-2 where the currency has decimals.
func (c *Catalogue) reprice(r *rand.Rand, row *pricelist.Row) {
	row.Claims = []pricelist.Claim{
		{Column: pricelist.ColumnERPPrice, Value: row.ERPPrice.String()}, {Column: pricelist.ColumnUnitPrice, Value: row.UnitPrice.String()},
	}
	percent := int64(105 + r.IntN(11))
	if r.IntN(5) == 0 {
		percent = int64(85 + r.IntN(11))
	}
	row.UnitPrice, row.ERPPrice = scaled(row.UnitPrice, percent, row.Currency), scaled(row.ERPPrice, percent, row.Currency)
	row.Effective.From, row.Flag = c.Month.Start(), pricelist.FlagChanged
}

// scaled returns a percentage of a price, cut to the currency's decimals; a price that would stay is raised by one unit of them.
func scaled(d money.Decimal, percent int64, currency string) money.Decimal {
	decimals := int32(money.Currency(currency).Decimals())
	exact := d.Exact().Mul(money.Int(percent).Exact()).Shift(-2).Truncate(decimals)
	if exact.Equal(d.Exact()) {
		exact = exact.Add(money.Int(1).Exact().Shift(-decimals))
	}
	scaled, err := money.FromExact(exact)
	if err != nil {
		return d
	}
	return scaled
}

func retitle(r *rand.Rand, row *pricelist.Row) {
	row.Flag = pricelist.FlagChanged
	if r.IntN(3) == 0 {
		row.Claims = []pricelist.Claim{{Column: pricelist.ColumnDescription, Value: row.Description}}
		row.Description += " Now in more countries."
		return
	}
	row.Claims = []pricelist.Claim{{Column: pricelist.ColumnSKUTitle, Value: row.SKUTitle}}
	row.SKUTitle += " (renewed)"
}

// swapFlags gives some lines with a new price the flag of lines without a change, so that each is wrong and the counts of flags stay.
func (c *Catalogue) swapFlags(repriced []pricelist.Identity, untouched []int) []pricelist.Identity {
	n := min(share(len(c.Rows), wrongFlags), len(repriced), len(untouched))
	wrong := slices.Clone(repriced[:n])
	for i := range c.Rows {
		if slices.Contains(repriced[:n], c.Rows[i].Identity) {
			c.Rows[i].Flag = pricelist.FlagUnchanged
		}
	}
	for _, i := range untouched[:n] {
		c.Rows[i].Flag = pricelist.FlagChanged
		wrong = append(wrong, c.Rows[i].Identity)
	}
	return wrong
}
