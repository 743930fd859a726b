package lookalike

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// sku is one thing that is sold, in all its terms, billing plans and currencies.
type sku struct {
	product, number     string
	productTitle, title string
	description         string
	segment, tags       string
	trial, free         bool
	monthly, triennial  bool  // sold for a month, for three years
	unit, erp           int64 // US cents a month
}

// random returns the source of one product's properties: it depends on nothing that was made before.
func random(seed uint64, product int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(product))) }

// firstProduct is the code of the product that documentation uses in its examples.
const firstProduct = "LH18"

// productID returns the id of a product; the first 1,048,576 are different.
func productID(i int) string {
	const letters = "0123456789ABCDEFGHJKLMNPQRSTVWXZ"
	n := 0
	for at := len(firstProduct) - 1; at >= 0; at-- {
		n = n*len(letters) + strings.IndexByte(letters, firstProduct[at])
	}
	n = (n + i*7919) % (len(letters) * len(letters) * len(letters) * len(letters))
	code := make([]byte, len(firstProduct))
	for at := range code {
		code[at] = letters[n%len(letters)]
		n /= len(letters)
	}
	return "CFQ7TTC0" + string(code)
}

// product makes the SKUs of a product.
func product(seed uint64, i int) []sku {
	r := random(seed, i)
	segment := weighted(r, []string{"Education", "Commercial", "Charity", "Government"}, 336, 333, 183, 148)
	if i == 0 {
		segment = "Commercial"
	}
	title := pick(r, "Contoso", "Fabrikam", "Northwind", "Tailwind", "Litware", "Adatum", "Proseware") + " " +
		pick(r, "Office", "Meetings", "Identity", "Defence", "Relationship", "Warehouse", "Projects", "Diagrams", "Voice", "Archive") + " " +
		pick(r, "Basic", "Standard", "Premium", "Plan 1", "Plan 2", "Plan 5", "Add-on", "Enterprise")
	if segment != "Commercial" {
		title += " (" + segment + ")"
	}
	skus := make([]sku, 1+r.IntN(4))
	for n := range skus {
		s := &skus[n]
		s.product, s.productTitle, s.segment = productID(i), title, segment
		s.number = skuNumber(r, n)
		s.describe(r)
		s.sell(r, i == 0 && n == 0)
	}
	return skus
}

// skuNumber gives a little more than half of the SKUs digits only: those that lose their zeros in spreadsheets.
func skuNumber(r *rand.Rand, n int) string {
	if n == 0 || r.IntN(100) < 20 {
		return fmt.Sprintf("%04d", n+1)
	}
	return fmt.Sprintf("%03d%c", n+1, "BCDFGHJKLMNPQRSTVWXZ"[r.IntN(20)])
}

func (s *sku) describe(r *rand.Rand) {
	s.title = s.productTitle
	s.description = "Everything a team needs of " + s.productTitle + ", per user."
	if s.number != "0001" {
		s.title += " " + pick(r, "for frontline staff", "with calling", "extra storage", "for devices", "without meetings") + " " + s.number
	}
	switch n := r.IntN(100); {
	case n < 6:
		s.description += " Includes “always on” support – in English, français and 日本語."
	case n < 11:
		s.title += " – München™"
	case n < 14:
		s.description += "\nOrder at least 5, \"true-up\" once a year."
	}
}

// sell decides how the SKU is sold and for how much; the example is sold in every way.
func (s *sku) sell(r *rand.Rand, example bool) {
	s.erp = int64(100 + 25*r.IntN(240))
	s.unit = s.erp * int64(70+r.IntN(16)) / 100
	s.trial = r.IntN(1000) < 48 && !example
	s.free = s.trial || r.IntN(1000) < 48 && !example
	if s.free {
		s.unit, s.erp = 0, 0
	}
	s.monthly = r.IntN(1000) < 947 || example
	s.triennial = r.IntN(1000) < 114 || example
	s.tags = "License"
	if s.trial {
		s.title += " Trial"
		s.tags += ";Trial"
	}
	if r.IntN(100) < 8 {
		s.tags += ";IncludeOverage"
	}
}

func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

func weighted(r *rand.Rand, words []string, weights ...int) string {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := r.IntN(sum)
	for i, w := range weights {
		if n < w {
			return words[i]
		}
		n -= w
	}
	return words[0]
}
