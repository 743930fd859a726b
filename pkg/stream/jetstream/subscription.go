package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	pullMessages = 5000            // how many records may be on their way to us, unless the query says less
	heartbeat    = 2 * time.Second // a consumer that is silent for twice as long is taken for lost
	idle         = time.Minute     // after which the server forgets a consumer nobody asks
	retryLeast   = 50 * time.Millisecond
	retryMost    = 2 * time.Second
)

var errGap = errors.New("delivery has a gap")

// subscription reads through a consumer that lives in the server's memory and acknowledges nothing. Whenever that consumer is lost or
// out of step it is made again, to go on behind the last record handed out. (The client library's ordered consumer does the same, but it
// does not mind the context while it reconnects, turns "new only" into "new since the reconnection", and goes on with another
// incarnation of the stream.)
//
// A record is handed out only when its whole batch is known to be stored, so that no reader acts on what a crash could still undo.
type subscription struct {
	a       *Adapter
	query   stream.Query
	name    stream.Name
	pending uint64

	messages  jetstream.MessagesContext // nil when there is no consumer
	unwatch   func()                    // forgets the connection that they come through
	delivered uint64                    // by this consumer
	held      *stream.Record            // received, not yet handed out

	cursor   uint64 // last sequence handed out
	settled  uint64 // up to here whole batches are stored
	snapshot uint64 // LastPerSubject: up to here only the last record of each subject is wanted
	failures int
	stopped  bool
}

// Subscribe begins an ordered delivery; see stream.Reader.
func (a *Adapter) Subscribe(ctx context.Context, q stream.Query) (stream.Subscription, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	info, err := a.Info(ctx, q.Stream)
	if err != nil {
		return nil, err
	}
	if a.holdsNoMore(q.Stream, q.Subjects) {
		q.Subjects = nil // several patterns make the server walk through a block's subjects for each message
	}
	if q.Start.New {
		last, err := a.settled(ctx, q.Stream)
		if err != nil {
			return nil, requestFault(ctx, err, "subscribe to %s", q.Stream)
		}
		q.Start = stream.Start{Sequence: last + 1}
	}
	s := &subscription{a: a, query: q, name: info.Name}
	if s.pending, err = s.open(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// holdsNoMore reports whether patterns match everything that a stream can hold, as it was last seen.
func (a *Adapter) holdsNoMore(name string, patterns []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !slices.ContainsFunc(a.subjects[name], func(s string) bool { return !slices.Contains(patterns, s) && !slices.Contains(patterns, ">") })
}

// From returns the first sequence that it may deliver; see stream.Subscription.
func (s *subscription) From() uint64 {
	if start := s.query.Start; start.LastPerSubject || !start.Time.IsZero() {
		return 0
	}
	return max(s.query.Start.Sequence, 1)
}

// Pending returns how many records were waiting when the subscription began.
func (s *subscription) Pending() uint64 { return s.pending }

// Stop ends the delivery; the server drops the consumer by itself.
func (s *subscription) Stop() {
	s.stopped = true
	s.drop()
}

// Next returns the next record; see stream.Subscription.
func (s *subscription) Next(ctx context.Context) (stream.Record, error) {
	for {
		rec, err := s.attempt(ctx)
		if err == nil && rec != nil {
			s.cursor, s.held, s.failures = rec.Sequence, nil, 0
			return *rec, nil
		}
		if ctx.Err() != nil {
			return stream.Record{}, ctx.Err()
		}
		if err == nil {
			continue
		}
		if fault.Is(err, fault.NotFound) || s.stopped || s.a.nc.IsClosed() {
			s.drop()
			return stream.Record{}, fault.New(kindOfEnd(err), "read %s: %w", s.name, err)
		}
		s.drop()
		if err := s.pause(ctx); err != nil {
			return stream.Record{}, err
		}
	}
}

func kindOfEnd(err error) fault.Kind {
	if fault.Is(err, fault.NotFound) {
		return fault.NotFound
	}
	return fault.Unavailable
}

// attempt returns a record that may be handed out, or nil when what came is not wanted.
func (s *subscription) attempt(ctx context.Context) (*stream.Record, error) {
	if s.stopped {
		return nil, errors.New("subscription was stopped")
	}
	if s.messages == nil {
		if _, err := s.open(ctx); err != nil {
			return nil, err
		}
	}
	if s.held == nil {
		rec, err := s.receive(ctx)
		if err != nil {
			return nil, err
		}
		if rec.Sequence <= s.cursor { // a snapshot that was begun again
			return nil, nil
		}
		s.held = rec
	}
	if err := s.settle(ctx, s.held.Sequence); err != nil {
		return nil, err
	}
	return s.held, nil
}

func (s *subscription) receive(ctx context.Context) (*stream.Record, error) {
	msg, err := s.messages.Next(jetstream.NextContext(ctx))
	if err != nil {
		return nil, err
	}
	meta, err := msg.Metadata()
	if err != nil {
		return nil, err
	}
	if meta.Sequence.Consumer != s.delivered+1 {
		return nil, errGap
	}
	s.delivered++
	rec := &stream.Record{
		Stream: s.name, Sequence: meta.Sequence.Stream, Subject: msg.Subject(), Data: msg.Data(), Stored: meta.Timestamp.UTC(),
		Pending: meta.NumPending,
	}
	setHeaders(rec, msg.Headers())
	return rec, nil
}

// settle waits until everything up to seq is stored. While the reader catches up this asks the server once in a while, at the end of
// the stream once for each batch.
func (s *subscription) settle(ctx context.Context, seq uint64) error {
	deadline := time.Now().Add(retryMost)
	for seq > s.settled {
		last, err := s.a.settled(ctx, s.name.Name)
		if err != nil {
			return err
		}
		s.settled = max(s.settled, last)
		if seq <= s.settled {
			return nil
		}
		// A replica may lag a little. Otherwise the record was lost in a crash of the server before it was safe: read again.
		if time.Now().After(deadline) {
			return fmt.Errorf("record %d is not stored", seq)
		}
		if err := sleep(ctx, retryLeast/10); err != nil {
			return err
		}
	}
	return nil
}

// open makes a consumer and returns how many records wait for it.
func (s *subscription) open(ctx context.Context) (uint64, error) {
	cfg := s.consumerConfig()
	asking, done := s.a.connected(ctx)
	defer done()
	consumer, err := s.a.js.CreateConsumer(asking, s.query.Stream, cfg)
	if err != nil {
		return 0, requestFault(asking, err, "subscribe to %s", s.name)
	}
	info, err := s.a.Info(ctx, s.query.Stream) // after the consumer: it belongs to this incarnation or an earlier one
	if err != nil {
		return 0, err
	}
	if info.Name != s.name {
		return 0, fault.New(fault.NotFound, "stream %s is gone, there is %s now", s.name, info.Name)
	}
	s.messages, err = consumer.Messages(jetstream.PullMaxMessages(s.ahead()), jetstream.PullHeartbeat(heartbeat),
		jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return 0, fault.New(fault.Unavailable, "subscribe to %s: %w", s.name, err)
	}
	s.endWithConnection()
	if cfg.DeliverPolicy == jetstream.DeliverLastPerSubjectPolicy {
		s.snapshot = info.Last
	}
	s.delivered = 0
	return consumer.CachedInfo().NumPending, nil
}

// endWithConnection ends the present delivery when the connection is lost, so that it is begun again behind what was handed out. What was under
// way then counts as delivered on the server, and would be missed only when something follows it.
func (s *subscription) endWithConnection() {
	messages, lost, done := s.messages, s.a.nc.StatusChanged(nats.RECONNECTING), make(chan struct{})
	s.unwatch = func() {
		s.a.nc.RemoveStatusListener(lost)
		close(done)
	}
	go func() {
		select {
		case <-lost:
			messages.Stop()
		case <-done:
		}
	}()
}

// ahead is how many records may be on their way to us.
func (s *subscription) ahead() int {
	if s.query.Ahead > 0 {
		return min(s.query.Ahead, pullMessages)
	}
	return pullMessages
}

func (s *subscription) consumerConfig() jetstream.ConsumerConfig {
	cfg := jetstream.ConsumerConfig{
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: idle, FilterSubjects: s.query.Subjects,
	}
	start := s.query.Start
	switch {
	case start.LastPerSubject && (s.cursor == 0 || s.cursor < s.snapshot):
		cfg.DeliverPolicy = jetstream.DeliverLastPerSubjectPolicy
		if len(cfg.FilterSubjects) == 0 {
			cfg.FilterSubjects = []string{">"}
		}
	case s.cursor > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, s.cursor+1
	case start.Sequence > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, start.Sequence
	case !start.Time.IsZero():
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &start.Time
	default:
		cfg.DeliverPolicy = jetstream.DeliverAllPolicy
	}
	return cfg
}

func (s *subscription) drop() {
	s.held = nil
	if s.messages != nil {
		s.unwatch()
		s.messages.Stop()
		s.messages = nil
	}
}

// pause waits longer after each failure in a row.
func (s *subscription) pause(ctx context.Context) error {
	wait := min(retryLeast<<min(s.failures, 10), retryMost)
	s.failures++
	return sleep(ctx, wait)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var _ interface {
	stream.Publisher
	stream.Reader
	stream.Declarer
	stream.Watcher
} = (*Adapter)(nil)
