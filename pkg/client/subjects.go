package client

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// costless begins the subjects of events without cost, and the names of their streams.
	costlessSubject = "erp."
	costlessStream  = "ERP_"
)

// family is the subjects of a stream: those that end batches, and the others. All end in >, and hold no other wildcard.
type family struct {
	ends  string
	lines []string
}

// familyOf returns the subjects of a stream by its name.
func familyOf(name string) family {
	plain, derived := strings.CutPrefix(name, costlessStream)
	declared := stream.PricesDeclaration().Subjects
	end := "pw.release."
	if stream.IsRates(plain) {
		declared = stream.RatesDeclaration(strings.TrimPrefix(plain, stream.Rates(""))).Subjects
		end = "pw.crawl."
	}
	var f family
	for _, s := range declared {
		mine := s
		if derived {
			mine = costlessSubject + s
		}
		if strings.HasPrefix(s, end) {
			f.ends = mine
		} else {
			f.lines = append(f.lines, mine)
		}
	}
	return f
}

// within returns the part of a pattern that lies under a root such as pw.price.>, and whether there is any.
func within(pattern, root string) (string, bool) {
	prefix := strings.Split(strings.TrimSuffix(root, ".>"), ".")
	tokens := strings.Split(pattern, ".")
	for i, want := range prefix {
		switch {
		case i == len(tokens):
			return "", false
		case tokens[i] == ">":
			return root, true
		case tokens[i] != "*" && tokens[i] != want:
			return "", false
		}
	}
	if len(tokens) == len(prefix) { // the root has at least one token more
		return "", false
	}
	return strings.Join(append(prefix, tokens[len(prefix):]...), "."), true
}

// chosen returns the patterns of a stream's subjects that are wanted, no two of which match the same subject; none where nothing is wanted.
func (f family) chosen(wanted []string) []string {
	var all []string
	for _, root := range append([]string{f.ends}, f.lines...) {
		all = append(all, under(root, wanted)...)
	}
	return all
}

// followed is chosen, and the subjects that end batches with them: who does not see an end does not know that a batch is whole.
func (f family) followed(wanted []string) []string {
	if len(f.chosen(wanted)) == 0 {
		return nil
	}
	all := []string{f.ends}
	for _, root := range f.lines {
		all = append(all, under(root, wanted)...)
	}
	return all
}

// under returns what is wanted under one root. Patterns of which one subject could match two become the root: what is not wanted is left out later.
func under(root string, wanted []string) []string {
	if len(wanted) == 0 {
		return []string{root}
	}
	var all []string
	for _, w := range wanted {
		if part, some := within(w, root); some {
			all = append(all, part)
		}
	}
	if (stream.Query{Stream: "any", Subjects: all}).Validate() != nil {
		return []string{root}
	}
	return all
}

// costlessOf returns the streams without cost that patterns name, as far as they say which. Those of rates are one a currency.
func costlessOf(wanted []string) []string {
	var names []string
	for _, w := range wanted {
		plain, costless := strings.CutPrefix(w, costlessSubject+"pw.")
		tokens := strings.Split(plain, ".")
		switch {
		case !costless:
		case slices.Contains([]string{"release", "price", "item"}, tokens[0]):
			names = append(names, costlessStream+stream.Prices)
		case slices.Contains([]string{"rate", "quarantine", "crawl"}, tokens[0]) && len(tokens) > 1 && !stream.HasWildcard(tokens[1]):
			names = append(names, costlessStream+stream.Rates(tokens[1]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
