package offer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Question asks what can be ordered in a country at an instant.
type Question struct {
	Country string  // ISO 3166 alpha-2
	Priced  []Line  // what the country's price list in force answers with a price at the instant, in any order
	Matrix  []Offer // the matrix in force at the instant, in any order; each key once
}

// Line is something that has a price. Several lines of one offer are taken together.
type Line struct {
	Product  string // in a legacy list the offer id
	SKU      string // in a legacy list the agreement, which does not tell offers apart
	Title    string
	SKUTitle string
	Terms    []Term
}

// Term is for how long something can be bought and how it is paid; in a legacy list the purchase unit and the customer type stand in the
// two places.
type Term struct {
	Term    string // P1M, P1Y, P3Y
	Billing string // Monthly, Annual, Triennial, None
}

// Key returns the key of the offer that the line is a price of.
func (l Line) Key() string {
	if id := upper(l.Product); isOfferID(id) {
		return id
	}
	return keyOf(upper(l.Product), pricelist.PadSKU(upper(l.SKU)), "")
}

// Lack is what an offer lacks to be ordered.
type Lack string

// The lacks, by their stable names.
const (
	NotInPriceList          Lack = "not-in-price-list"         // its sale has ended, or has not begun
	NotInMatrix             Lack = "not-in-matrix"             // it cannot be ordered yet
	CountryNotAllowed       Lack = "country-not-allowed"       // the matrix does not name the country
	NoPrerequisiteOrderable Lack = "no-prerequisite-orderable" // an add-on to things none of which can be ordered
)

// Reason says for people why an offer cannot be ordered.
type Reason struct {
	Lack Lack
	Text string // a sentence without its full stop
}

// Prerequisite is an offer that an add-on can be bought with. One of them is enough.
type Prerequisite struct {
	Key       string
	Title     string // empty when neither matrix nor price list holds it
	Orderable bool   // itself, in the same country
}

// Verdict says of one offer whether it can be ordered in the country, and what is missing where it cannot.
type Verdict struct {
	Key           string
	Product       string // empty for a legacy offer
	SKU           string // empty for a legacy offer
	Title         string
	Orderable     bool
	Missing       []Reason // in the order of the lacks; none when it can be ordered
	Prerequisites []Prerequisite
	Includes      []string // what a bundle contains
	Terms         []Term   // that have a price, sorted, each once
	MinLicenses   int64    // 0 when not limited
	MaxLicenses   int64    // 0 when not limited
}

// Orderable judges every offer that the price list or the matrix holds, in the order of their keys. An offer can be ordered when it has a
// price, the matrix holds it and allows the country, and, if it is an add-on, when at least one of its prerequisites can be ordered there.
// Add-ons that only require each other cannot: neither can come first.
func Orderable(q Question) []Verdict {
	m := newMarket(q)
	m.decide()
	verdicts := make([]Verdict, 0, len(m.stock))
	for _, key := range slices.Sorted(maps.Keys(m.stock)) {
		verdicts = append(verdicts, m.verdict(m.stock[key]))
	}
	return verdicts
}

// market is what there is to be ordered in a country, by key.
type market struct {
	country string
	stock   map[string]*stock
}

// stock is one offer with what the price list and the matrix say of it.
type stock struct {
	key       string
	line      *Line  // the first of its lines; nil without a price
	offer     *Offer // nil when not in the matrix
	terms     []Term
	orderable bool
}

func newMarket(q Question) market {
	m := market{upper(q.Country), map[string]*stock{}}
	for i := range q.Matrix {
		if s := m.of(q.Matrix[i].Key()); s.offer == nil {
			s.offer = &q.Matrix[i]
		}
	}
	for i := range q.Priced {
		s := m.of(q.Priced[i].Key())
		if s.line == nil || compareTitles(&q.Priced[i], s.line) < 0 {
			s.line = &q.Priced[i]
		}
		s.terms = append(s.terms, q.Priced[i].Terms...)
	}
	for _, s := range m.stock {
		slices.SortFunc(s.terms, compareTerms)
		s.terms = slices.Compact(s.terms)
	}
	return m
}

// compareTitles makes the outcome one whatever the order of the lines.
func compareTitles(a, b *Line) int {
	return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.SKUTitle, b.SKUTitle))
}

func compareTerms(a, b Term) int {
	return cmp.Or(cmp.Compare(a.Term, b.Term), cmp.Compare(a.Billing, b.Billing))
}

func (m market) of(key string) *stock {
	s := m.stock[key]
	if s == nil {
		s = &stock{key: key}
		m.stock[key] = s
	}
	return s
}

// decide marks what can be ordered. It begins with what needs nothing else and goes on to what that unlocks, so that offers which only
// require each other stay unmarked and every offer is looked at once.
func (m market) decide() {
	unlocks := map[string][]*stock{}
	var next []*stock
	for _, s := range m.stock {
		switch {
		case !m.allowed(s):
		case len(s.offer.Prerequisites) == 0:
			next = append(next, s)
		default:
			for _, key := range s.offer.Prerequisites {
				unlocks[key] = append(unlocks[key], s)
			}
		}
	}
	for len(next) > 0 {
		s := next[len(next)-1]
		next = next[:len(next)-1]
		if !s.orderable {
			s.orderable = true
			next = append(next, unlocks[s.key]...)
		}
	}
}

// allowed reports whether all but the prerequisites is there.
func (m market) allowed(s *stock) bool {
	return s.line != nil && s.offer != nil && s.offer.AllowedIn(m.country)
}

func (m market) verdict(s *stock) Verdict {
	v := Verdict{Key: s.key, Title: s.title(), Orderable: s.orderable, Terms: s.terms}
	if s.offer != nil {
		v.Product, v.SKU, v.Includes = s.offer.Product, s.offer.SKU, s.offer.Included
		v.MinLicenses, v.MaxLicenses = s.offer.MinLicenses, s.offer.MaxLicenses
		v.Prerequisites = m.prerequisites(s.offer)
	} else if !isOfferID(s.key) {
		v.Product, v.SKU = upper(s.line.Product), pricelist.PadSKU(upper(s.line.SKU))
	}
	if !s.orderable {
		v.Missing = m.missing(s, v.Prerequisites)
	}
	return v
}

func (s *stock) title() string {
	if s.offer != nil && (s.offer.ProductTitle != "" || s.offer.SKUTitle != "") {
		return s.offer.Title()
	}
	if s.line != nil {
		return titleOf(s.line.Title, s.line.SKUTitle, s.key)
	}
	return s.key
}

func (m market) prerequisites(o *Offer) []Prerequisite {
	var all []Prerequisite
	for _, key := range o.Prerequisites {
		p := Prerequisite{Key: key}
		if s := m.stock[key]; s != nil {
			p.Title, p.Orderable = s.title(), s.orderable
		}
		all = append(all, p)
	}
	return all
}

func (m market) missing(s *stock, prerequisites []Prerequisite) []Reason {
	var reasons []Reason
	add := func(lack Lack, format string, args ...any) {
		reasons = append(reasons, Reason{lack, fmt.Sprintf(format, args...)})
	}
	if s.line == nil {
		add(NotInPriceList, "the price list in force has no price for it: its sale has ended, or has not begun")
	}
	switch {
	case s.offer == nil:
		add(NotInMatrix, "the offer matrix does not hold it: it cannot be ordered yet")
	case len(s.offer.Countries) == 0:
		add(CountryNotAllowed, "the offer matrix allows it in no country")
	case !s.offer.AllowedIn(m.country):
		add(CountryNotAllowed, "the offer matrix does not allow it in %s", m.country)
	}
	orderable := func(p Prerequisite) bool { return p.Orderable }
	if len(prerequisites) > 0 && !slices.ContainsFunc(prerequisites, orderable) {
		add(NoPrerequisiteOrderable, "it is an add-on, and none of the offers that it can be bought with can be ordered in %s: %s", m.country, named(prerequisites))
	}
	return reasons
}

// named tells prerequisites to people.
func named(prerequisites []Prerequisite) string {
	names := make([]string, len(prerequisites))
	for i, p := range prerequisites {
		names[i] = p.Key
		if p.Title != "" && p.Title != p.Key {
			names[i] = p.Title + " (" + p.Key + ")"
		}
	}
	return some(names, "; ")
}
