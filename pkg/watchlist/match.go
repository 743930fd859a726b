package watchlist

import (
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

func place(what string, i int, field string) string {
	return what + "[" + strconv.Itoa(i) + "]." + field
}

// Matcher answers whether something is on a watchlist. It does not change and may be used from several goroutines.
type Matcher struct {
	lines  map[string][]Line
	meters map[string][]Meter
}

// Matcher prepares the questions; letters count alike whether they are small or capital.
func (w *Watchlist) Matcher() *Matcher {
	m := &Matcher{map[string][]Line{}, map[string][]Meter{}}
	for _, l := range w.Lines {
		key := strings.ToLower(l.Product)
		m.lines[key] = append(m.lines[key], l)
	}
	for _, e := range w.Meters {
		key := strings.ToLower(e.ID)
		m.meters[key] = append(m.meters[key], e)
	}
	return m
}

// Line reports whether a licence line is on the list.
func (m *Matcher) Line(id pricelist.Identity) bool {
	for _, l := range m.lines[strings.ToLower(id.Product)] {
		if open(l.Market, id.Market) && open(l.Currency, id.Currency) && open(l.SKU, id.SKU) && open(l.Term, id.Term) && open(l.Billing, id.Billing) {
			return true
		}
	}
	return false
}

// Rate reports whether a usage rate is on the list; region is the ARM region of its row, empty or "global" where it has none.
func (m *Matcher) Rate(id rate.Identity, region string) bool {
	for _, e := range m.meters[strings.ToLower(id.MeterID)] {
		if open(e.SKU, id.SKUID) && open(e.Currency, id.Currency) && open(e.Region, region) {
			return true
		}
	}
	return false
}

// Offer reports whether the list has lines of a SKU of the offer matrix, in a market or in all of them.
func (m *Matcher) Offer(market, product, sku string) bool {
	for _, l := range m.lines[strings.ToLower(product)] {
		if open(l.SKU, sku) && (market == "WW" || open(l.Market, market)) {
			return true
		}
	}
	return false
}

// open reports whether a field that may be open matches a value.
func open(wanted, value string) bool { return wanted == "" || strings.EqualFold(wanted, value) }

// Products are the products of the list's lines, each once, in order of the lines.
func (w *Watchlist) Products() []string {
	return distinct(w.Lines, func(l Line) string { return l.Product })
}

// MeterIDs are the meters of the list, each once, in their order.
func (w *Watchlist) MeterIDs() []string {
	return distinct(w.Meters, func(m Meter) string { return m.ID })
}

func distinct[E any](entries []E, of func(E) string) []string {
	seen := map[string]bool{}
	var all []string
	for _, e := range entries {
		if v := of(e); !seen[v] {
			seen[v] = true
			all = append(all, v)
		}
	}
	return all
}
