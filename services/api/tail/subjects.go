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

// WithinOneStream reports whether everything a pattern matches is in one stream, existing or not: that of prices, or a currency's.
func WithinOneStream(pattern string) bool {
	tokens := strings.Split(pattern, ".")
	switch {
	case len(tokens) < 2:
		return false
	case slices.Contains([]string{"release", "price", "item"}, tokens[1]):
		return true
	case slices.Contains([]string{"rate", "quarantine", "crawl"}, tokens[1]):
		return len(tokens) > 2 && !stream.HasWildcard(tokens[2])
	}
	return false
}
