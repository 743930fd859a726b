package client

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
)

// EventFilter chooses events; an event comes that passes all that is given.
type EventFilter struct {
	Subjects       []string     // patterns; an event passes that matches one
	Types          []event.Type // an event passes that is of one
	Watchlist      string       // only changes of what is on it
	Market         string
	Currency       string
	From           string // start, now (when empty), a sequence of the one stream that the subjects lie in, or a time
	LastPerSubject bool   // begin with the last event of each subject: the current state
	Resume         string // Event.Resume of the last event that came: go on behind it
}

func (f EventFilter) query() params {
	types := make([]string, len(f.Types))
	for i, t := range f.Types {
		types[i] = string(t)
	}
	return params{}.text("subject", strings.Join(f.Subjects, ",")).text("type", strings.Join(types, ",")).text("watchlist", f.Watchlist).
		text("market", f.Market).text("currency", f.Currency).text("from", f.From).flag("last_per_subject", f.LastPerSubject)
}

// FollowEvents returns events as they come, one by one, in order within their streams, until the sequence is left, ctx ends or the server refuses.
// Connections that are lost are made again behind the last event. A batch is not held together, and who stores Event.Resume may get an event again:
// Follow is what keeps a copy.
func (c *Client) FollowEvents(ctx context.Context, f EventFilter) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		resume := f.Resume
		for failures := 1; ; failures++ {
			err := c.listen(ctx, f.query().values(), resume, func(s signal) error {
				failures = 0
				if s.id != "" {
					resume = s.id
				}
				if len(s.data) == 0 {
					return nil
				}
				e, err := eventOf(s)
				if err == nil && !yield(e, nil) {
					err = errEnough
				}
				return err
			})
			var e *Error
			switch {
			case errors.Is(err, errEnough):
				return
			case ctx.Err() != nil, !errors.As(err, &e), !passing(e):
				yield(Event{}, err)
				return
			}
			if err := pause(ctx, max(backOff(max(failures, 1), c.least, c.most), e.RetryAfter)); err != nil {
				yield(Event{}, err)
				return
			}
		}
	}
}

// eventOf reads the event of a message.
func eventOf(s signal) (Event, error) {
	var at struct {
		Stream, Sequence, Subject string
		Traceparent               trace.Parent
	}
	err := json.Unmarshal(s.data, &at)
	sequence, numberErr := strconv.ParseUint(at.Sequence, 10, 64)
	if err != nil || numberErr != nil || at.Stream == "" {
		return Event{}, failed(fault.Internal, "follow events: what came is no event with a place in a stream: %.200s", s.data)
	}
	e := newEvent(at.Stream, sequence, at.Subject, s.data, at.Traceparent)
	e.Resume = s.id
	return e, nil
}
