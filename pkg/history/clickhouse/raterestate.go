package clickhouse

import (
	"context"
	"iter"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
)

// restatedStatement asks for the rates of a range of keys of which something became known between the two times of knowledge; or, when what was
// said is what was known at each instant itself, later than some instant that it speaks of.
func restatedStatement(q *history.RateRestatements, r keyRange) statement {
	var f filters
	f.where("valid_to > toDateTime64(@from, 3, 'UTC')", "from", validText(q.From))
	f.where("valid_from < toDateTime64(@to, 3, 'UTC')", "to", validText(q.To))
	f.bind("known_at", knownText(q.KnownAt))
	if q.SaidAt.IsZero() {
		f.conditions = append(f.conditions, "known_at <= "+askedKnown+" AND known_at > greatest(valid_from, toDateTime64(@from, 3, 'UTC'))")
	} else {
		f.bind("said_at", knownText(q.SaidAt))
		const said = "toDateTime64(@said_at, 6, 'UTC')"
		f.conditions = append(f.conditions, "known_at > least("+askedKnown+", "+said+") AND known_at <= greatest("+askedKnown+", "+said+")")
	}
	var rates filters
	rates.rates(&q.RateFilter)
	r.bind(&rates)
	rates.ever(&q.RateFilter)
	return statement{"SELECT DISTINCT key, " + identityColumns + "\nFROM rates_store" + f.all() + rates.and() + "\nORDER BY key", append(f.args, rates.args...)}
}

// RestateRates yields where what was said of rates is not what is said: one statement a range of keys finds the rates that may have been
// restated, and their periods are folded here, some rates at a time.
func (s *Store) RestateRates(ctx context.Context, q history.RateRestatements) iter.Seq2[history.RateRestatement, error] {
	return func(yield func(history.RateRestatement, error) bool) {
		if err := s.restateRates(ctx, &q, yield); err != nil {
			yield(history.RateRestatement{}, err)
		}
	}
}

// restateRates yields restatements until there are no more or nobody wants them.
func (s *Store) restateRates(ctx context.Context, q *history.RateRestatements, yield func(history.RateRestatement, error) bool) error {
	if err := q.Validate(); err != nil {
		return err
	}
	after, from, resumed, err := history.DecodeRestatementCursor(q.Cursor)
	if err != nil {
		return err
	}
	ranges, err := s.keyRanges(ctx, &q.RateFilter, uint64(after))
	if err != nil {
		return err
	}
	for _, r := range ranges {
		if err := ctx.Err(); err != nil {
			return err
		}
		rates, err := s.keyedRates(ctx, "ask what was restated", restatedStatement(q, r))
		if err != nil {
			return err
		}
		for len(rates) > 0 {
			n := min(batchRates, len(rates))
			found, err := s.restatements(ctx, q, rates[:n])
			if err != nil {
				return err
			}
			for _, one := range found {
				if resumed && one.Identity.Key() == after && !one.Period.From.After(from) {
					continue
				}
				if !yield(one, nil) {
					return nil
				}
			}
			rates = rates[n:]
		}
	}
	return nil
}

// restatements folds some rates.
func (s *Store) restatements(ctx context.Context, q *history.RateRestatements, rates []keyed) ([]history.RateRestatement, error) {
	known, latest := askedMicro(q.KnownAt), askedMicro(q.KnownAt)
	var saidAt *int64
	if !q.SaidAt.IsZero() {
		said := askedMicro(q.SaidAt)
		saidAt, latest = &said, max(latest, said)
	}
	keys, rows := make([]uint64, len(rates)), make([]rowAsked, len(rates))
	for i, k := range rates {
		keys[i], rows[i] = k.key, rowAsked{k.key, known}
	}
	earliest := history.AsOf{At: fromMilliExact(askedMilli(q.From)), KnownAt: earlier(q.From, q.KnownAt)}
	if saidAt != nil {
		earliest.KnownAt = earlier(q.SaidAt, q.KnownAt)
	}
	from, err := s.choose(ctx, "", earliest, knownMicro(latest))
	if err != nil {
		return nil, err
	}
	tales, err := s.rateTales(ctx, keys, from, earliest.At, latest)
	if err != nil {
		return nil, err
	}
	current, err := s.currentRows(ctx, from, rows)
	if err != nil {
		return nil, err
	}
	var found []history.RateRestatement
	for i, k := range rates {
		var now history.RateAnswer
		current[i].give(&now)
		if !q.Describes(&k.id, &now.Attributes) {
			continue
		}
		for _, r := range tales[k.key].restate(askedMilli(q.From), askedMilli(q.To), saidAt, known, sameRatePrices) {
			found = append(found, history.RateRestatement{
				Identity: k.id, Period: effective.Period{From: fromMilliExact(r.from), To: fromMilliExact(r.to)}, Said: rateSaying(r.said), Says: rateSaying(r.says),
				Attributes: now.Attributes,
			})
		}
	}
	return found, nil
}

// sameRatePrices reports whether two periods give the same answer.
func sameRatePrices(a, b *saying[ratePrice]) bool {
	var none ratePrice
	switch {
	case a == nil:
		return b == nil || b.answer == none
	case b == nil:
		return a.answer == none
	}
	return a.answer == b.answer
}

// rateSaying is what a period says; none when there is no period.
func rateSaying(p *saying[ratePrice]) history.RateSaying {
	if p == nil {
		return history.RateSaying{None: true}
	}
	s := history.RateSaying{None: !p.answer.priced, KnownAt: knownMicro(p.known)}
	if !s.None {
		s.Price, s.EffectiveFrom = p.answer.price, fromMilli(p.answer.start)
	}
	return s
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
