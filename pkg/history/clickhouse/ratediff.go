package clickhouse

import (
	"context"
	"iter"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/listing"
)

// differing finds the rates whose price, or its start, is not the same at two instants, each as known at its own: what answers is the latest
// known period that holds the instant. Conditions follow.
const differing = `FROM (
    SELECT key, ` + identityColumns + `,
        argMaxIf((priced, price, effective_from), (known_at, seq, row), valid_from <= ` + diffFrom + ` AND ` + diffFrom + ` < valid_to AND known_at <= ` + diffKnownFrom + `) AS was,
        argMaxIf((priced, price, effective_from), (known_at, seq, row), valid_from <= ` + diffTo + ` AND ` + diffTo + ` < valid_to AND known_at <= ` + diffKnownTo + `) AS is
    FROM rates_store`

const (
	diffFrom      = "toDateTime64(@from, 3, 'UTC')"
	diffTo        = "toDateTime64(@to, 3, 'UTC')"
	diffKnownFrom = "toDateTime64(@known_from, 6, 'UTC')"
	diffKnownTo   = "toDateTime64(@known_to, 6, 'UTC')"
)

// rateDiffStatement asks for the rates of a range that may differ. Attributes depend on knowledge alone, so where that differs every rate that
// has got a row in between is asked for too.
func rateDiffStatement(q *history.RateDiff, r keyRange) statement {
	var f filters
	for _, b := range []struct{ name, value string }{
		{"from", validText(q.From.At)}, {"to", validText(q.To.At)}, {"known_from", knownText(q.From.KnownAt)}, {"known_to", knownText(q.To.KnownAt)},
	} {
		f.bind(b.name, b.value)
	}
	f.rates(&q.RateFilter)
	r.bind(&f)
	f.ever(&q.RateFilter)
	rates := f.and()
	text := "SELECT key, " + identityColumns + "\n" + differing +
		"\n    WHERE valid_to > least(" + diffFrom + ", " + diffTo + ") AND known_at <= greatest(" + diffKnownFrom + ", " + diffKnownTo + ")" + rates +
		"\n    GROUP BY key, " + identityColumns + "\n)\nWHERE (was.1 OR is.1) AND (was != is"
	if !history.StoredKnown(q.From.KnownAt).Equal(history.StoredKnown(q.To.KnownAt)) {
		text += " OR key IN (\n    SELECT key FROM rate_changes_store\n    WHERE has_after AND known_at > least(" + diffKnownFrom + ", " + diffKnownTo +
			") AND known_at <= greatest(" + diffKnownFrom + ", " + diffKnownTo + ")" + rates + "\n)"
	}
	return statement{text + ")\nORDER BY key", f.args}
}

// DiffRates yields how rates differ: one statement a range of keys finds those that do, and both sides are answered in full, some at a time.
func (s *Store) DiffRates(ctx context.Context, q history.RateDiff) iter.Seq2[history.RateDifference, error] {
	return func(yield func(history.RateDifference, error) bool) {
		if err := s.diffRates(ctx, &q, yield); err != nil {
			yield(history.RateDifference{}, err)
		}
	}
}

// diffRates yields differences until there are no more or nobody wants them.
func (s *Store) diffRates(ctx context.Context, q *history.RateDiff, yield func(history.RateDifference, error) bool) error {
	if err := q.Validate(); err != nil {
		return err
	}
	ranges, err := s.rangesBehind(ctx, &q.RateFilter, q.Cursor)
	if err != nil {
		return err
	}
	for _, r := range ranges {
		if err := ctx.Err(); err != nil {
			return err
		}
		found, err := s.keyedRates(ctx, "compare rates", rateDiffStatement(q, r))
		if err != nil {
			return err
		}
		for len(found) > 0 {
			n := min(batchRates, len(found))
			differences, err := s.differences(ctx, q, found[:n])
			if err != nil {
				return err
			}
			for _, d := range differences {
				if !yield(d, nil) {
					return nil
				}
			}
			found = found[n:]
		}
	}
	return nil
}

// rangesBehind are the ranges of keys behind a cursor.
func (s *Store) rangesBehind(ctx context.Context, q *history.RateFilter, cursor string) ([]keyRange, error) {
	after, resumed, err := history.DecodeRateCursor(cursor)
	if err != nil {
		return nil, err
	}
	first := uint64(0)
	if resumed {
		if first = uint64(after) + 1; first == 0 {
			return nil, nil // behind the last key
		}
	}
	return s.keyRanges(ctx, q, first)
}

// differences answers both sides for some rates.
func (s *Store) differences(ctx context.Context, q *history.RateDiff, rates []keyed) ([]history.RateDifference, error) {
	asks := make([]*rateAsk, 0, 2*len(rates))
	for _, k := range rates {
		for _, as := range []history.AsOf{q.From, q.To} {
			asks = append(asks, &rateAsk{key: k.key, id: k.id, v: askedMilli(as.At), known: askedMicro(as.KnownAt)})
		}
	}
	if err := s.answerPart(ctx, asks); err != nil {
		return nil, err
	}
	var found []history.RateDifference
	for i := 0; i < len(asks); i += 2 {
		was, is := asks[i].side(&q.RateFilter), asks[i+1].side(&q.RateFilter)
		if was == nil && is == nil {
			continue
		}
		if d := history.DifferenceOf(was, is); d.Change != listing.Unchanged {
			found = append(found, d)
		}
	}
	return found, nil
}

// side is the answer for one side of a difference; nil when there is no price, or none that the filter lets through.
func (a *rateAsk) side(q *history.RateFilter) *history.RateAnswer {
	if !a.found || !q.Describes(&a.id, &a.answer.Attributes) {
		return nil
	}
	answer := a.answer
	return &answer
}
