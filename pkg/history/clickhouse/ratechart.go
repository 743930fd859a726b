package clickhouse

import (
	"context"
	"strconv"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// chartedStatement asks which rates a chart shows: those that match and of which something is known, one more than it may show.
func chartedStatement(q *history.RateChart, from *chosen) statement {
	var f filters
	filter := q.Filter()
	f.conditions = append(f.conditions, from.ofRows(&f))
	f.where("known_at <= "+askedKnown, "known_at", knownText(q.KnownAt))
	f.rates(&filter)
	return statement{"SELECT DISTINCT key, " + identityColumns + "\nFROM rate_row_slices" + f.all() + "\nORDER BY key LIMIT " + strconv.Itoa(history.MaxCharted+1), f.args}
}

// ChartRates returns the rates that match.
func (s *Store) ChartRates(ctx context.Context, q history.RateChart) ([]history.RateLine, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	chosen, err := s.choose(ctx, q.Filter().Currency, history.AsOf{At: q.From, KnownAt: q.KnownAt}, q.KnownAt)
	if err != nil {
		return nil, err
	}
	var rates []keyed
	if !chosen.none() {
		rates, err = s.keyedRates(ctx, "ask for rates", chartedStatement(&q, chosen))
	}
	switch {
	case err != nil:
		return nil, err
	case len(rates) > history.MaxCharted:
		return nil, history.TooMany("meter_id")
	case len(rates) == 0:
		return nil, fault.New(fault.NotFound, "find rate: nothing is known of meter %s that matches", q.MeterID).
			WithHint("check meter, SKU, type, reservation term and tier; a list names them: pricewire rate list")
	}
	keys := make([]uint64, len(rates))
	for i, k := range rates {
		keys[i] = k.key
	}
	from, to, known := askedMilli(q.From), askedMilli(q.To), askedMicro(q.KnownAt)
	tales, err := s.rateTales(ctx, keys, chosen, fromMilliExact(from), known)
	if err != nil {
		return nil, err
	}
	lines := make([]history.RateLine, len(rates))
	for i, k := range rates {
		var steps []history.RateStep
		for _, at := range tales[k.key].steps(from, to, sameRatePrices) {
			steps = append(steps, history.RateStep{At: fromMilliExact(at.at), RateSaying: rateSaying(at.saying)})
		}
		lines[i] = history.RateLine{Identity: k.id, Steps: history.ThinRates(steps, fromMilliExact(from), fromMilliExact(to), q.Points), Whole: len(steps)}
	}
	return lines, nil
}
