package watchlist

import (
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// Bounds of watchlists.
const (
	MaxEntries     = 10_000 // lines and meters of one list
	MaxLists       = 1_000
	MaxName        = 64
	MaxField       = 128 // bytes of a field of an entry
	MaxDescription = 500 // bytes
)

// Watchlist is a named set. Version is 0 until it is stored, and then another after every change.
type Watchlist struct {
	Name        string // small letters, digits and hyphens, at most 64
	Description string
	Lines       []Line
	Meters      []Meter
	CreatedBy   string
	CreatedAt   time.Time
	UpdatedBy   string
	UpdatedAt   time.Time
	Version     uint64
}

// Line names licence lines: those of a product, narrowed by every other field that is not empty. In legacy lists offer id, purchase unit,
// agreement and customer type stand in the places of product, SKU, term and billing plan.
type Line struct {
	Market, Currency, Product, SKU, Term, Billing string
}

// Meter names usage rates: those of a meter, narrowed by every other field that is not empty.
type Meter struct {
	ID, SKU, Currency, Region string
}

// New makes a watchlist that was not stored yet. Entries are put into their usual form, and of those that are alike the first is kept. An
// invalid fault names every entry that is none.
func New(name, description string, lines []Line, meters []Meter) (Watchlist, error) {
	w := Watchlist{Name: name, Description: strings.TrimSpace(description)}
	var places []fault.Place
	wrong := func(where, problem string) { places = append(places, fault.Place{Where: where, Problem: problem}) }
	if problem := badName(name); problem != "" {
		wrong("name", problem)
	}
	if len(w.Description) > MaxDescription || !printable(w.Description) {
		wrong("description", "it must be printable text of at most 500 bytes")
	}
	if n := len(lines) + len(meters); n > MaxEntries {
		return Watchlist{}, fault.New(fault.Invalid, "watchlist %s has %d entries, more than %d", name, n, MaxEntries).WithHint("make several of it")
	}
	w.Lines = entries(lines, "lines", Line.normal, wrong)
	w.Meters = entries(meters, "meters", Meter.normal, wrong)
	if len(places) > 0 {
		return Watchlist{}, fault.New(fault.Invalid, "watchlist %s: %s: %s", name, places[0].Where, places[0].Problem).WithPlaces(places...)
	}
	return w, nil
}

// Stamped is the watchlist as somebody stores it, over what is there: nil where nothing is.
func (w Watchlist) Stamped(over *Watchlist, who string, now time.Time) Watchlist {
	w.CreatedBy, w.CreatedAt, w.UpdatedBy, w.UpdatedAt, w.Version = who, now, who, now, 0
	if over != nil {
		w.CreatedBy, w.CreatedAt, w.Version = over.CreatedBy, over.CreatedAt, over.Version
	}
	return w
}

func badName(name string) string {
	switch {
	case name == "":
		return "is required"
	case len(name) > MaxName:
		return "is longer than 64 characters"
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || name[0] == '-':
		return "\"" + name + "\" is not small letters, digits and hyphens"
	}
	return ""
}

// entries are the given ones in their usual form, each once. E is comparable, so that alike is equal.
func entries[E comparable](given []E, what string, normal func(E) (E, string, string), wrong func(where, problem string)) []E {
	seen := make(map[E]bool, len(given))
	var kept []E
	for i, e := range given {
		e, field, problem := normal(e)
		switch {
		case problem != "":
			wrong(place(what, i, field), problem)
		case !seen[e]:
			seen[e] = true
			kept = append(kept, e)
		}
	}
	return kept
}

func (l Line) normal() (Line, string, string) {
	l = Line{
		strings.ToUpper(strings.TrimSpace(l.Market)), strings.ToUpper(strings.TrimSpace(l.Currency)), strings.TrimSpace(l.Product),
		pricelist.PadSKU(strings.TrimSpace(l.SKU)), strings.TrimSpace(l.Term), strings.TrimSpace(l.Billing),
	}
	if l.Product == "" {
		return l, "product", "is required"
	}
	if l.Market != "" && (len(l.Market) != 2 || strings.Trim(l.Market, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return l, "market", "\"" + l.Market + "\" is not two letters of ISO 3166"
	}
	field, problem := badFields(l.Currency, "product", l.Product, "sku", l.SKU, "term", l.Term, "billing", l.Billing)
	return l, field, problem
}

func (m Meter) normal() (Meter, string, string) {
	m = Meter{strings.TrimSpace(m.ID), strings.TrimSpace(m.SKU), strings.ToUpper(strings.TrimSpace(m.Currency)), strings.TrimSpace(m.Region)}
	if m.ID == "" {
		return m, "meter_id", "is required"
	}
	field, problem := badFields(m.Currency, "meter_id", m.ID, "sku_id", m.SKU, "region", m.Region)
	return m, field, problem
}

// badFields finds the first field that is no text of an entry, of a currency and of names and values.
func badFields(currency string, pairs ...string) (field, problem string) {
	if currency != "" {
		if _, err := money.ParseCurrency(currency); err != nil {
			return "currency", err.Error()
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		if v := pairs[i+1]; len(v) > MaxField || !printable(v) || v != "" && strings.ContainsRune("=+-@", rune(v[0])) {
			return pairs[i], "must be printable text of at most 128 bytes that no sheet takes for a formula"
		}
	}
	return "", ""
}

func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return false
		}
	}
	return true
}
