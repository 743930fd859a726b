package stream

import "strings"

// BatchLimit is how many messages one atomic batch may hold: a release of 100,000 lines in several currencies is one batch. Servers
// must be configured for at least as many (max_batch_size of JetStream's limits).
const BatchLimit = 300_000

// Prices is the stream of releases, their lines, and the lines of the other lists.
const Prices = "PRICES"

// ratesPrefix begins the name of each currency's stream of usage rates.
const ratesPrefix = "RATES_"

// costPrefix and subjectPrefix begin the names and subjects of streams in which the partner's cost is not.
const (
	costPrefix    = "ERP_"
	subjectPrefix = "erp."
)

// Declaration says what a stream is, for embedded and external servers alike: no age limit and no limit per subject, because either
// would destroy history or state; deletion and purge denied; new messages refused when it is full, never old ones dropped.
type Declaration struct {
	Name     string
	Purpose  string
	Subjects []string
}

// PricesDeclaration declares the stream Prices.
func PricesDeclaration() Declaration {
	return Declaration{Name: Prices, Purpose: "Releases of price lists and their lines.", Subjects: []string{"pw.release.>", "pw.price.>", "pw.item.>"}}
}

// Rates returns the name of the stream that carries a currency's usage rates and crawls: RATES_USD.
func Rates(currency string) string { return ratesPrefix + strings.ToUpper(currency) }

// IsRates reports whether a stream carries usage rates.
func IsRates(name string) bool { return strings.HasPrefix(name, ratesPrefix) }

// IsOurs reports whether a stream's name is one that the product declares.
func IsOurs(name string) bool { return name == Prices || IsRates(name) }

// RatesDeclaration declares the stream of a currency.
func RatesDeclaration(currency string) Declaration {
	c := strings.ToLower(currency)
	return Declaration{
		Name: Rates(currency), Purpose: "Azure usage rates in " + strings.ToUpper(currency) + ", and the crawls that found them.",
		Subjects: []string{"pw.rate." + c + ".>", "pw.quarantine." + c + ".>", "pw.crawl." + c + ".>"},
	}
}

// WithoutCost returns the name of the stream that tells what another tells, without the partner's cost: ERP_PRICES of PRICES.
func WithoutCost(name string) string { return costPrefix + name }

// IsWithoutCost reports whether a stream's name is one of those without the partner's cost.
func IsWithoutCost(name string) bool {
	of, is := strings.CutPrefix(name, costPrefix)
	return is && IsOurs(of)
}

// WithoutCostDeclaration declares the stream that tells what one of the product's streams tells, without the partner's cost.
func WithoutCostDeclaration(name string) Declaration {
	d := PricesDeclaration()
	if IsRates(name) {
		d = RatesDeclaration(strings.TrimPrefix(name, ratesPrefix))
	}
	for i := range d.Subjects {
		d.Subjects[i] = subjectPrefix + d.Subjects[i]
	}
	d.Name, d.Purpose = WithoutCost(name), strings.TrimSuffix(d.Purpose, ".")+", without the partner's cost."
	return d
}
