package api

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// noRate says what is known about a rate that has no price at an instant.
func (s *server) noRate(ctx context.Context, identity rate.Identity, asOf history.AsOf) error {
	series, err := s.history(ctx).RateHistory(ctx, history.RateHistory{Identity: identity})
	if err != nil {
		return err // that nothing was ever known of it, too
	}
	return fault.New(fault.NotFound, "there is no price at %s, as known at %s: %s", stamp(asOf.At), stamp(asOf.KnownAt), whyNone(series.Periods, asOf)).
		WithHint("see all that was ever known of it: pricewire rate history")
}

// whyNone says what was known of a rate around an instant at which it has no price; periods are in the order in which they became known.
func whyNone(periods []history.RatePeriod, asOf history.AsOf) string {
	var spans []rate.Span
	knownAt := history.StoredKnown(asOf.KnownAt)
	for _, p := range periods {
		if !p.KnownAt.After(knownAt) {
			spans = append(spans, p.Span)
		}
	}
	if len(spans) == 0 && len(periods) > 0 {
		return "it became known at " + stamp(periods[0].KnownAt)
	}
	gap, found := rate.AnswerAt(rate.Apply(nil, spans), asOf.At)
	if found { // between one question and the other
		return "one has become known just now"
	}
	return whatOf(gap.From, gap.To)
}

// whatOf says of a time without a price when it begins and ends; zero is not at all.
func whatOf(from, to time.Time) string {
	switch {
	case from.IsZero() && to.IsZero():
		return "no price of any time is known"
	case from.IsZero():
		return "its first known price starts at " + stamp(to)
	case to.IsZero():
		return "its price ended at " + stamp(from)
	}
	return "none from " + stamp(from) + " until " + stamp(to)
}
