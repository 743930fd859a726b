package tail

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/stream"
)

// Intersect returns the subject pattern that matches exactly what both patterns match, and whether there is anything. Patterns are
// NATS's: tokens between dots, * for one token, > at the end for one or more.
func Intersect(a, b string) (string, bool) {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	var common []string
	for i := 0; ; i++ {
		switch {
		case i == len(as) && i == len(bs):
			return strings.Join(common, "."), true
		case i == len(as) || i == len(bs):
			return "", false
		case as[i] == ">":
			return strings.Join(append(common, bs[i:]...), "."), true
		case bs[i] == ">":
			return strings.Join(append(common, as[i:]...), "."), true
		case as[i] == "*":
			common = append(common, bs[i])
		case bs[i] == "*" || as[i] == bs[i]:
			common = append(common, as[i])
		default:
			return "", false
		}
	}
}

// WithinOneStream reports whether everything that the patterns match is in one stream, existing or not: that of prices, or a currency's.
func WithinOneStream(patterns []string) bool {
	one := ""
	for _, p := range patterns {
		name := streamOf(p)
		if name == "" || one != "" && name != one {
			return false
		}
		one = name
	}
	return one != ""
}

// streamOf is the stream in which everything is that a pattern matches; empty when that may be several, or none.
func streamOf(pattern string) string {
	tokens := strings.Split(pattern, ".")
	switch {
	case len(tokens) < 2:
		return ""
	case slices.Contains([]string{"release", "price", "item"}, tokens[1]):
		return stream.Prices
	case slices.Contains([]string{"rate", "quarantine", "crawl"}, tokens[1]) && len(tokens) > 2 && !stream.HasWildcard(tokens[2]):
		return stream.Rates(tokens[2])
	}
	return ""
}
