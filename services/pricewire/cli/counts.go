package cli

import (
	"fmt"
	"strings"
)

// counts are lines by change kind, as the server's JSON has them.
type counts struct {
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Changed      int `json:"changed"`
	Ending       int `json:"ending"`
	Removed      int `json:"removed"`
	Unchanged    int `json:"unchanged"`
}

// String names the kinds that there are.
func (c counts) String() string {
	var parts []string
	for _, k := range []struct {
		n    int
		name string
	}{
		{c.Added, "added"}, {c.PriceChanged, "price changed"}, {c.Changed, "changed"}, {c.Ending, "ending"}, {c.Removed, "removed"}, {c.Unchanged, "unchanged"},
	} {
		if k.n > 0 {
			parts = append(parts, fmt.Sprint(k.n, " ", k.name))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
