package history

import (
	"strconv"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	// MaxLookup is how many lines one lookup may have.
	MaxLookup = 100_000
	// maxPlaces is how many wrong places of a lookup are named.
	maxPlaces = 100
)

// RateLookup is one line of a lookup of usage rates, as of instants of its own.
type RateLookup struct {
	Identity rate.Identity
	AllTiers bool // every tier of the identity, whose own does not matter
	AsOf
}

// PriceLookup is one line of a lookup of licence prices, as of instants of its own. Without a currency or a tier it asks for all there are.
type PriceLookup struct {
	Market, Currency, Product, SKU, Term, Billing string

	Tier *money.Decimal
	AsOf
}

// ValidateRateLookups reports what is wrong with the lines of a lookup, as an invalid fault that names the first hundred places by the
// index of the line: items[3].meter_id.
func ValidateRateLookups(lines []RateLookup) error {
	return validateLines("rates", lines, func(c *check, q *RateLookup) {
		c.rateIdentity(q.Identity)
		c.asOf(q.AsOf)
	})
}

// ValidatePriceLookups reports what is wrong with the lines of a lookup as ValidateRateLookups does.
func ValidatePriceLookups(lines []PriceLookup) error {
	return validateLines("prices", lines, func(c *check, q *PriceLookup) {
		c.require(listing.KnownMarket(q.Market), "market", "it is the upper-case code of no country")
		for _, f := range []struct{ name, value string }{
			{"product", q.Product}, {"sku", q.SKU}, {"term", q.Term}, {"billing", q.Billing},
		} {
			c.require(f.value != "", f.name, "it is empty")
		}
		c.asOf(q.AsOf)
	})
}

func validateLines[L any](what string, lines []L, validate func(*check, *L)) error {
	var all check
	all.require(len(lines) <= MaxLookup, "items", "they are more than 100000")
	for i := range lines {
		if len(all.places) >= maxPlaces {
			break
		}
		var c check
		validate(&c, &lines[i])
		for _, place := range c.places {
			all.places = append(all.places, fault.Place{Where: LinePlace(i, place.Where), Problem: place.Problem})
		}
	}
	all.places = all.places[:min(len(all.places), maxPlaces)]
	return all.result(what)
}

// LinePlace names a field of a line of a lookup.
func LinePlace(line int, field string) string { return "items[" + strconv.Itoa(line) + "]." + field }
