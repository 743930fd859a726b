package memory

import (
	"context"
	"slices"
	"sync"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

type subscription struct {
	a        *Adapter
	log      *log
	subjects []string
	from     uint64 // 0: at a time, or the last of each subject
	waiting  uint64 // at the beginning

	chosen  []uint64 // sequences to deliver first: the last of each subject
	next    uint64   // then everything from here on
	counted uint64   // records up to here are in pending
	pending uint64
	stop    sync.Once
	stopped chan struct{}
}

// Subscribe begins an ordered delivery; see stream.Reader.
func (a *Adapter) Subscribe(ctx context.Context, q stream.Query) (stream.Subscription, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.New(fault.Unavailable, "subscribe to %s: %w", q.Stream, err)
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	l, err := a.find(q.Stream)
	if err != nil {
		return nil, err
	}
	s := &subscription{a: a, log: l, subjects: q.Subjects, stopped: make(chan struct{})}
	s.begin(q.Start)
	s.count()
	s.waiting = s.pending
	return s, nil
}

// begin finds where to start. The adapter's lock is held.
func (s *subscription) begin(start stream.Start) {
	end := uint64(len(s.log.records)) + 1
	s.next = 1
	switch {
	case start.New:
		s.next = end
	case start.LastPerSubject:
		for subject, seq := range s.log.last {
			if stream.MatchesAny(s.subjects, subject) {
				s.chosen = append(s.chosen, seq)
			}
		}
		slices.Sort(s.chosen)
		s.pending, s.next = uint64(len(s.chosen)), end
	case start.Sequence > 0:
		s.next = start.Sequence
	case !start.Time.IsZero():
		for s.next < end && s.log.records[s.next-1].Stored.Before(start.Time) {
			s.next++
		}
	}
	s.counted = s.next - 1
	if !start.LastPerSubject && start.Time.IsZero() {
		s.from = s.next
	}
}

// count adds what was stored since to pending. The adapter's lock is held.
func (s *subscription) count() {
	for ; s.counted < uint64(len(s.log.records)); s.counted++ {
		if stream.MatchesAny(s.subjects, s.log.records[s.counted].Subject) {
			s.pending++
		}
	}
}

// From returns the first sequence that it may deliver; see stream.Subscription.
func (s *subscription) From() uint64 { return s.from }

// Pending returns how many records were waiting when the subscription began.
func (s *subscription) Pending() uint64 { return s.waiting }

// Stop ends the delivery.
func (s *subscription) Stop() { s.stop.Do(func() { close(s.stopped) }) }

// Next returns the next record; see stream.Subscription.
func (s *subscription) Next(ctx context.Context) (stream.Record, error) {
	for {
		if err := ctx.Err(); err != nil {
			return stream.Record{}, err
		}
		rec, changed, err := s.take()
		if changed == nil {
			return rec, err
		}
		select {
		case <-changed:
		case <-s.stopped:
		case <-ctx.Done():
		}
	}
}

// take returns the next record, or what to wait for when there is none.
func (s *subscription) take() (stream.Record, <-chan struct{}, error) {
	s.a.mu.Lock()
	defer s.a.mu.Unlock()
	select {
	case <-s.stopped:
		return stream.Record{}, nil, fault.New(fault.Unavailable, "read %s: subscription was stopped", s.log.name)
	default:
	}
	if s.log.gone {
		return stream.Record{}, nil, fault.New(fault.NotFound, "read %s: the stream is gone", s.log.name)
	}
	s.count()
	seq := s.advance()
	if seq == 0 {
		return stream.Record{}, s.log.changed, nil
	}
	s.pending--
	rec := s.log.records[seq-1]
	rec.Pending = s.pending
	return rec, nil, nil
}

// advance returns the next sequence to deliver, 0 when there is none yet. The adapter's lock is held.
func (s *subscription) advance() uint64 {
	if len(s.chosen) > 0 {
		seq := s.chosen[0]
		s.chosen = s.chosen[1:]
		return seq
	}
	for s.next <= uint64(len(s.log.records)) {
		s.next++
		if stream.MatchesAny(s.subjects, s.log.records[s.next-2].Subject) {
			return s.next - 1
		}
	}
	return 0
}

var _ interface {
	stream.Publisher
	stream.Reader
	stream.Declarer
	stream.Watcher
} = (*Adapter)(nil)
