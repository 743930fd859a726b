package scheduler

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/trace"
)

// tellMissing tells, once a month of a list and market, that nothing is approved although its publication is near. It returns the next
// instant at which a month may come to be missing, zero when none can.
func (s *Scheduler) tellMissing(ctx context.Context, now time.Time, releases []release.Release) (time.Time, error) {
	gaps, next := release.Gaps(now, releases, s.cfg.Policies)
	for _, m := range gaps {
		if s.told[m.Slot] {
			continue
		}
		// Always the first revision's subject, so that whoever tells of a month tells it there, and only the first is stored.
		message, err := event.MissingMessage(m.Slot, 1, m.PublishAt, m.EffectiveAt, now)
		if err != nil {
			return next, err
		}
		_, err = s.Publisher.Publish(ctx, stream.Prices, caused([]stream.Message{message}, trace.Parent{}), stream.Expectation{Subject: message.Subject})
		if err != nil && !fault.Is(err, fault.Conflict) { // a conflict: it was told before
			return next, err
		}
		if err == nil {
			s.Log.Warn("release missing", zap.String("list", m.Slot.List), zap.String("market", m.Slot.Market), zap.Stringer("month", m.Slot.Month), zap.String("publish_at", m.PublishAt.Format(time.RFC3339)))
		}
		s.told[m.Slot] = true
	}
	return next, nil
}
