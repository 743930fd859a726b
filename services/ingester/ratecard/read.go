package ratecard

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// PriceList is the price list in the identity of every row of a rate card, so that a card never overwrites retail rates.
const PriceList = "ratecard"

// consumption is the type of every rate of a card.
const consumption = "Consumption"

// Card is what a rate card says beside its rows.
type Card struct {
	Rows       int // handed over, believed or not: one a tier, and one a meter that has none
	Currency   string
	Locale     string
	OfferTerms []rate.OfferTerm // in order of their names
}

// Read reads a rate card in the currency and hands its rows over, in order of the card. Wrong meters and tiers are quarantined; a member
// or tier that is there twice makes its row one. An error of kind fault.Invalid names the meter and byte at which the JSON is malformed or
// a limit is passed, or says that the card as a whole is not to be believed: it is in another currency, includes tax, or lacks meters
// or currency. It may come after rows were handed over, because the members of a card have no order. Other errors are those of the
// source and of the sink.
func Read(from io.Reader, currency money.Currency, limits Limits, to rate.Sink) (Card, error) {
	limits = limits.withDefaults()
	r := &reader{walker: newWalker(from, limits), limits: limits, currency: currency, to: to, seen: map[string]bool{}}
	if err := r.read(); err != nil {
		return Card{}, fault.Wrap(err, "read rate card")
	}
	slices.SortStableFunc(r.card.OfferTerms, compareTerms)
	return r.card, nil
}

type reader struct {
	walker   *walker
	limits   Limits
	currency money.Currency
	to       rate.Sink
	card     Card
	seen     map[string]bool // known members of the card, in lower case
	meters   int
}

func (r *reader) read() error {
	w := r.walker
	if b, err := w.peek("start"); err != nil {
		return err
	} else if b != '{' {
		return wrong("start", w.offset, "found %q where a rate card, which is an object, was expected", b)
	}
	if err := w.each("card", '{', '}', r.member); err != nil {
		return err
	}
	if err := w.finish(); err != nil {
		return err
	}
	for _, name := range [...]string{"meters", "currency"} {
		if !r.seen[name] {
			return wrong("card", 0, "it has no %s", name).WithHint("give a rate card as Partner Center or the Commerce API answers it")
		}
	}
	return nil
}

// member takes one member of the card.
func (r *reader) member() error {
	w := r.walker
	at := w.offset
	name, err := w.key("card")
	if err != nil {
		return err
	}
	known := strings.ToLower(name)
	switch known {
	case "meters", "currency", "locale", "istaxincluded", "offerterms":
	default:
		_, err := w.take("card")
		return err
	}
	if r.seen[known] {
		return wrong("card", at, "%s is there twice", name)
	}
	r.seen[known] = true
	switch known {
	case "meters":
		return w.each("meters", '[', ']', r.meter)
	case "offerterms":
		return r.offerTerms()
	}
	return r.fact(known, name)
}

// fact takes a member that is a plain value.
func (r *reader) fact(known, name string) error {
	if _, err := r.walker.peek(name); err != nil {
		return err
	}
	at := r.walker.offset
	value, err := r.walker.take(name)
	if err != nil {
		return err
	}
	switch known {
	case "istaxincluded":
		return taxed(name, at, value)
	case "locale":
		r.card.Locale, _ = text(value)
		return nil
	}
	said, ok := text(value)
	if !ok {
		return wrong(name, at, "it is %s, not a text", describe(value))
	}
	c, err := money.ParseCurrency(strings.TrimSpace(said))
	if err != nil {
		return wrong(name, at, "%v", err)
	}
	if c != r.currency {
		return wrong(name, at, "the card is in %s, %s was asked for", c, r.currency).WithHint("name the card's currency: --currency %s", c)
	}
	r.card.Currency = string(c)
	return nil
}

// taxed refuses a card whose prices are not those of the list.
func taxed(name string, at int64, value []byte) error {
	switch string(value) {
	case "false", "null":
		return nil
	case "true":
		return wrong(name, at, "the card's prices include tax").WithHint("get a card without tax: rates of other sources have none")
	}
	return wrong(name, at, "it is %s, not true or false", describe(value))
}

// meter takes one meter and hands its rows over.
func (r *reader) meter() error {
	where := fmt.Sprintf("meter %d", r.meters+1)
	if r.meters++; r.meters > r.limits.Meters {
		return wrong(where, r.walker.offset, "the card holds more than %d meters", r.limits.Meters)
	}
	raw, err := r.walker.take(where)
	if err != nil {
		return err
	}
	m := readMeter(raw, r.currency)
	return m.handOver(r.to, &r.card.Rows)
}
