package document

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Resolution says which document applies to some markets.
type Resolution struct {
	Markets  []string // upper-case codes, in the order in which they were asked for
	Document Document // empty when there is an error
	Err      error    // why there is none
}

// Resolve returns the document of a kind that applies to a market: of those that are for it, one that names the market before one for its
// region before one for everywhere; of these, one in the language asked for, else in a related one, else in English; of these, the newest
// version. The market is an ISO 3166 code in any case; the language may be empty. It returns an invalid fault when one of the two is
// none, and a not-found fault that says what there is when no document applies.
func Resolve(documents []Document, kind, market, language string) (Document, error) {
	r := ResolveAll(documents, kind, []string{market}, language)[0]
	return r.Document, r.Err
}

// ResolveAll is Resolve for many markets. Markets to which the same document applies are together, and so are those that have none;
// the first asked for come first, each market once.
func ResolveAll(documents []Document, kind string, markets []string, language string) []Resolution {
	kind = kindOf(kind)
	tag, ok := Tag(language)
	if !ok && strings.TrimSpace(language) != "" {
		err := fault.New(fault.Invalid, "%q is no language", short(language)).WithHint("write a BCP 47 tag such as en, de-AT or zh-Hant")
		return []Resolution{{Markets: distinct(markets), Err: err}}
	}
	var all []Resolution
	groups := map[int]int{} // places in all, by what applies
	for _, market := range distinct(markets) {
		what := unknownMarket
		if listing.KnownMarket(market) {
			what = best(documents, kind, market, tag)
		}
		at, there := groups[what]
		if !there {
			at = len(all)
			groups[what] = at
			all = append(all, Resolution{})
		}
		all[at].Markets = append(all[at].Markets, market)
	}
	for what, at := range groups {
		all[at].Document, all[at].Err = found(documents, what, kind, all[at].Markets)
	}
	return all
}

// What applies to a market is the place of a document, or one of these.
const (
	noDocument    = -1
	unknownMarket = -2
)

func found(documents []Document, what int, kind string, markets []string) (Document, error) {
	switch what {
	case noDocument:
		return Document{}, missing(documents, kind, markets)
	case unknownMarket:
		return Document{}, fault.New(fault.Invalid, "no such market: %s", short(strings.Join(markets, ", "))).
			WithHint("a market is an ISO 3166 country code such as US")
	}
	return documents[what], nil
}

// missing says that no document of a kind is for markets, and what there is.
func missing(documents []Document, kind string, markets []string) error {
	var kinds, others []string
	for _, d := range documents {
		kinds = append(kinds, d.Kind)
		if d.Kind == kind {
			others = append(others, d.Markets...)
		}
	}
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	slices.SortFunc(others, compareMarkets)
	others = slices.Compact(others)
	switch {
	case len(kinds) == 0:
		return fault.New(fault.NotFound, "there is no %s: the list holds no document", short(kind))
	case len(others) == 0:
		return fault.New(fault.NotFound, "there is no %s", short(kind)).WithHint("the kinds there are: %s", strings.Join(kinds, ", "))
	}
	return fault.New(fault.NotFound, "no %s is for %s", kind, strings.Join(markets, ", ")).WithHint("it is there for %s", strings.Join(others, ", "))
}

// best returns the place of the document that applies to a market, noDocument when none does.
func best(documents []Document, kind, market, language string) int {
	at := noDocument
	for i := range documents {
		if documents[i].Kind != kind || distance(&documents[i], market) == notFor {
			continue
		}
		if at == noDocument || compare(&documents[i], &documents[at], market, language) < 0 {
			at = i
		}
	}
	return at
}

// How far a document's markets are from one; less is more specific.
const (
	namesMarket = iota
	namesRegion
	forEverywhere
	notFor
)

func distance(d *Document, market string) int {
	region, _ := RegionOf(market)
	switch {
	case slices.Contains(d.Markets, market):
		return namesMarket
	case slices.Contains(d.Markets, string(region)):
		return namesRegion
	case slices.Contains(d.Markets, Everywhere):
		return forEverywhere
	}
	return notFor
}

// compare orders documents of a kind by which applies, the first before the second. What they say decides last, so that the outcome does
// not depend on their order.
func compare(a, b *Document, market, language string) int {
	return cmp.Or(
		cmp.Compare(distance(a, market), distance(b, market)),
		cmp.Compare(closeness(a.Language, language), closeness(b.Language, language)),
		compareVersions(b.Version, a.Version),
		a.Item().Compare(b.Item()),
	)
}

// compareVersions orders versions as people count: runs of digits as numbers, all else as text whatever its case. "2.10" is after "2.9".
func compareVersions(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	for a != "" && b != "" {
		x, y := run(a), run(b)
		a, b = a[len(x):], b[len(y):]
		if isDigit(x[0]) && isDigit(y[0]) {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if len(x) != len(y) {
				return cmp.Compare(len(x), len(y))
			}
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// run returns the digits, or all but digits, that s begins with.
func run(s string) string {
	end := 1
	for end < len(s) && isDigit(s[end]) == isDigit(s[0]) {
		end++
	}
	return s[:end]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// distinct returns markets in upper case, each once.
func distinct(markets []string) []string {
	var once []string
	for _, m := range markets {
		if m = strings.ToUpper(strings.TrimSpace(m)); !slices.Contains(once, m) {
			once = append(once, m)
		}
	}
	return once
}
