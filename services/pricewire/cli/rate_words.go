package cli

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// knownWords are the price lists and types that there are, by their parameter. A server may hold others, which only it knows.
func knownWords() map[string][]string {
	return map[string][]string{
		"price_list": {"retail", "ratecard", "price-sheet", "fx"},
		"type":       {"Consumption", "DevTestConsumption", "Reservation", "ExchangeRate"},
	}
}

// withWords says beside an answer, and before the error that there is none, that a price list or type is none that is known and that no rate
// has: that is why. It returns the error. What cannot be asked is not told.
func (a *app) withWords(ctx context.Context, q *query, err error) error {
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	words := knownWords()
	for _, parameter := range []string{"price_list", "type"} {
		word := *q.values[parameter]
		if word == "" || slices.Contains(words[parameter], word) {
			continue
		}
		some := url.Values{"limit": {"1"}, parameter: {word}}
		for _, axis := range []string{"price_list", "at", "known_at"} {
			if value := q.values[axis]; value != nil && *value != "" {
				some.Set(axis, *value)
			}
		}
		if p, err := a.page(ctx, "/v1/rates", some); err == nil && len(p.Items) == 0 {
			a.note("no rate then has --%s %s; usual are %s", q.names[parameter], word, strings.Join(words[parameter], ", "))
		}
	}
	return err
}
