package clickhouse

import (
	"context"
	"math"
	"strconv"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Rates lists rates that have a price. Keys are spread evenly, so the rates of a page lie in a range of keys that is guessed first and
// widened, as far as what it holds suggests, until the page is full: a page costs what it holds, not what the list does. Periods are folded here: to plan
// a statement that does takes the engine longer than to answer two that only read.
func (s *Store) Rates(ctx context.Context, q history.RateList) (page history.RatePage, err error) {
	if err := q.Validate(); err != nil {
		return page, err
	}
	within, err := behindCursor(q.Cursor)
	if err != nil || within.first > within.last {
		return page, err
	}
	err = s.guess(ctx, q.Currency, q.AsOf, func(from *chosen) (err error) {
		page, err = s.ratesFrom(ctx, q, within, from)
		return err
	})
	return page, err
}

// ratesFrom is a page of the rates in a range of keys, from slices.
func (s *Store) ratesFrom(ctx context.Context, q history.RateList, within keyRange, from *chosen) (history.RatePage, error) {
	var found []listedRate
	n := q.Size() + 1
	times := 1 // how many rows are read for each rate that is missing
	for width := from.guessWidth(q); !from.none() && len(found) < n; {
		within.last = math.MaxUint64
		if width > 0 && width < math.MaxUint64-within.first {
			within.last = within.first + width
		}
		most := min((n-len(found))*times, lookupKeys)
		rows, err := s.listedRates(ctx, q, from, within, most)
		if err != nil {
			return history.RatePage{}, err
		}
		last, full := within.last, len(rows) == most
		if full { // there may be more in the range
			last = rows[most-1].key
		}
		priced, err := s.pricedRates(ctx, q, from, rows)
		if err != nil {
			return history.RatePage{}, err
		}
		found = append(found, priced...)
		switch {
		case !full:
			width = widen(width, len(priced), n-len(found))
		case most < lookupKeys:
			times *= widening
		}
		if last == math.MaxUint64 {
			break
		}
		within.first = last + 1
	}
	found = found[:min(n, len(found))]
	var page history.RatePage
	if len(found) == n {
		found = found[:n-1]
		page.Next = history.EncodeCursor(rate.Key(found[n-2].key).String())
	}
	for i := range found {
		page.Items = append(page.Items, found[i].answer)
	}
	return page, nil
}

// listedRate is a rate of a list; its answer has at first what its last row tells.
type listedRate struct {
	key    uint64
	answer history.RateAnswer
}

// listedRowsStatement asks for the last rows of the rates in a range of keys, in their order, at most so many.
func listedRowsStatement(q history.RateList, from *chosen, within keyRange, most int) statement {
	var f filters
	rows, _ := f.listed(q, from, within)
	return statement{"SELECT key, " + identityColumns + ", " + attributeColumns + ",\n    plan_terms, plan_prices, included_quantity\n" + rows +
		"\nORDER BY key LIMIT 1 BY key LIMIT " + strconv.Itoa(most), f.args}
}

// listedRates reads the rates in a range of keys, whether they have a price or not.
func (s *Store) listedRates(ctx context.Context, q history.RateList, from *chosen, within keyRange, most int) ([]listedRate, error) {
	var listed []listedRate
	err := s.query(ctx, "list rates", listedRowsStatement(q, from, within, most), func(rows driver.Rows) error {
		var (
			r        listedRate
			identity identityRow
			current  currentRow
			err      error
		)
		if err := rows.Scan(append(append([]any{&r.key}, identity.targets()...), current.targets()...)...); err != nil {
			return err
		}
		if r.answer.Identity, err = identity.identity(); err != nil {
			return err
		}
		listed = append(listed, r)
		return current.give(&listed[len(listed)-1].answer)
	})
	return listed, err
}

// pricedRates are those of some rates that have a price, with it.
func (s *Store) pricedRates(ctx context.Context, q history.RateList, from *chosen, rates []listedRate) ([]listedRate, error) {
	if len(rates) == 0 {
		return nil, nil
	}
	keys := make([]uint64, len(rates))
	for i := range rates {
		keys[i] = rates[i].key
	}
	v, known := askedMilli(q.At), askedMicro(q.KnownAt)
	tales, err := s.rateTales(ctx, keys, from, q.At, known)
	if err != nil {
		return nil, err
	}
	var priced []listedRate
	for _, r := range rates {
		a, told := rateAnswer(folds[uint64, ratePrice]{}, r.key, tales[r.key], r.answer.Identity, v, known)
		if !told || a.None {
			continue
		}
		a.Attributes, a.SavingsPlans, a.IncludedQuantity = r.answer.Attributes, r.answer.SavingsPlans, r.answer.IncludedQuantity
		priced = append(priced, listedRate{r.key, a})
	}
	return priced, nil
}

// behindCursor is the range of all keys behind the last one of a page.
func behindCursor(cursor string) (keyRange, error) {
	within := keyRange{0, math.MaxUint64}
	place, err := history.DecodeCursor(cursor, 1)
	if err != nil || place == nil {
		return within, err
	}
	after, err := rate.ParseKey(place[0])
	if err != nil {
		return within, fault.New(fault.Invalid, "read cursor: %w", err)
	}
	if uint64(after) == math.MaxUint64 {
		return keyRange{math.MaxUint64, 0}, nil // behind the last key
	}
	within.first = uint64(after) + 1
	return within, nil
}

// widening is how many times as many rows, or as wide a range of keys at least, are read next when the page is not full.
const widening = 8

// widen guesses how wide the next range has to be from how many rates the last one held, and how many are missing; 0: all that is left.
func widen(width uint64, held, missing int) uint64 {
	wide := float64(width) * max(widening, 1.5*float64(missing)/float64(max(held, 1)))
	if wide > math.MaxUint64/2 {
		return 0
	}
	return uint64(wide)
}
