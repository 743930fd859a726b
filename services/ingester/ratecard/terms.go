package ratecard

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// offerTerms takes the terms of the card. They hold for all of its meters, so a wrong one makes the card wrong.
func (r *reader) offerTerms() error {
	w := r.walker
	if b, err := w.peek("offerTerms"); err != nil {
		return err
	} else if b == 'n' {
		_, err := w.take("offerTerms")
		return err
	}
	return w.each("offerTerms", '[', ']', func() error {
		where := fmt.Sprintf("offer term %d", len(r.card.OfferTerms)+1)
		if _, err := w.peek(where); err != nil {
			return err
		}
		at := w.offset
		if len(r.card.OfferTerms) >= r.limits.OfferTerms {
			return wrong(where, at, "the card holds more than %d offer terms", r.limits.OfferTerms)
		}
		raw, err := w.take(where)
		if err != nil {
			return err
		}
		term, err := readTerm(raw)
		if err != nil {
			return wrong(where, at, "%v", err).WithHint("get the card again, or mend the term by hand")
		}
		r.card.OfferTerms = append(r.card.OfferTerms, term)
		return nil
	})
}

// readTerm reads one offer term. Terms of the Commerce API that are no discount on prices, such as credits, have none.
func readTerm(raw []byte) (rate.OfferTerm, error) {
	var term rate.OfferTerm
	list, ok := members(raw)
	if !ok {
		return term, fmt.Errorf("it is %s, not an object", describe(raw))
	}
	seen := map[string]bool{}
	for _, field := range list {
		if seen[field.name] {
			return term, fmt.Errorf("%s is there twice", field.name)
		}
		seen[field.name] = true
		if isNull(field.value) {
			continue
		}
		if err := readTermField(&term, field); err != nil {
			return term, err
		}
	}
	if term.Name == "" {
		return term, fmt.Errorf("it has no name")
	}
	return term, nil
}

// The years that stores can hold, and the one up to which a year stands for no date.
const (
	firstYear  = 1900
	lastYear   = 2261
	alwaysYear = 1753
)

func readTermField(term *rate.OfferTerm, field member) error {
	switch field.name {
	case "name":
		name, ok := text(field.value)
		if !ok {
			return fmt.Errorf("name is %s, not a text", describe(field.value))
		}
		term.Name = strings.TrimSpace(name)
	case "discount":
		number, ok := literal(field.value)
		if !ok {
			return fmt.Errorf("discount is %s, not a number", describe(field.value))
		}
		d, err := money.Parse(number)
		if err != nil {
			return fmt.Errorf("discount: %q: %w", number, err)
		}
		if d.IsNegative() || d.Cmp(money.Int(1)) > 0 {
			return fmt.Errorf("discount is %s, not from 0 to 1", d)
		}
		term.Discount = d
	case "effectivedate":
		said, _ := text(field.value)
		t, ok := instant(strings.TrimSpace(said))
		if !ok {
			return fmt.Errorf("effectiveDate: %.40q is not a time", field.value)
		}
		if t.Year() <= alwaysYear { // how services write no date at all
			return nil
		}
		if t.Year() < firstYear || t.Year() > lastYear {
			return fmt.Errorf("effectiveDate: %s is not within %d and %d", t.Format(time.DateOnly), firstYear, lastYear)
		}
		term.Effective = t
	case "excludedmeterids":
		if err := json.Unmarshal(field.value, &term.ExcludedMeterIDs); err != nil {
			return fmt.Errorf("excludedMeterIds is not a list of texts")
		}
		slices.Sort(term.ExcludedMeterIDs)
		term.ExcludedMeterIDs = slices.Compact(term.ExcludedMeterIDs)
	}
	return nil
}

func compareTerms(a, b rate.OfferTerm) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), a.Effective.Compare(b.Effective), a.Discount.Cmp(b.Discount), slices.Compare(a.ExcludedMeterIDs, b.ExcludedMeterIDs))
}
