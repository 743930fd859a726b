package client

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// discovery is how often to look for streams that have appeared.
	discovery = 500 * time.Millisecond
	// followLeast and followMost bound how long to wait before a failure is tried again.
	followLeast = 100 * time.Millisecond
	followMost  = 5 * time.Second
)

// Streams is the feed of NATS JetStream, or of any other reader of streams. For NATS make the reader with pkg/stream/jetstream, over a connection that
// reconnects for ever (nats.MaxReconnects(-1)).
func Streams(reader stream.Reader) Feed { return &streams{reader} }

type streams struct{ reader stream.Reader }

// follower is one run of Follow over streams.
type follower struct {
	reader  stream.Reader
	o       *Options
	from    Position
	begin   Begin // of streams that are found from now on
	seen    map[string]bool
	pieces  chan piece
	failed  chan error
	running sync.WaitGroup
}

func (s *streams) follow(ctx context.Context, o Options, from Position, take func(piece) error) error {
	f := &follower{reader: s.reader, o: &o, from: from, begin: o.From, seen: map[string]bool{}, pieces: make(chan piece), failed: make(chan error, 1)}
	ctx, cancel := context.WithCancel(ctx)
	defer f.running.Wait()
	defer cancel()
	ticker := time.NewTicker(discovery)
	defer ticker.Stop()
	f.discover(ctx)
	for {
		select {
		case p := <-f.pieces:
			if err := take(p); err != nil {
				return err
			}
		case <-ticker.C:
			f.discover(ctx)
		case err := <-f.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// discover begins to follow the streams that are not followed yet.
func (f *follower) discover(ctx context.Context) {
	names, err := f.names(ctx)
	if err != nil {
		if ctx.Err() == nil {
			f.o.trouble(err)
		}
		return
	}
	for _, name := range names {
		if f.seen[name] {
			continue
		}
		f.seen[name] = true
		c := &course{stream: name, o: f.o, mark: f.from[name]}
		begin := f.begin
		f.running.Go(func() { f.run(ctx, c, begin) })
	}
	if f.begin == FromNow { // what appears later is new from its beginning
		f.begin = FromStart
	}
}

// names returns the streams to follow that may be there.
func (f *follower) names(ctx context.Context) ([]string, error) {
	if len(f.o.Streams) > 0 {
		return f.o.Streams, nil
	}
	infos, err := f.reader.Streams(ctx)
	if err != nil {
		return nil, err
	}
	var plain, costless []string
	for _, info := range infos {
		name := info.Name.Name
		switch {
		case len(familyOf(name).chosen(f.o.Subjects)) == 0:
		case strings.HasPrefix(name, costlessStream):
			costless = append(costless, name)
		default:
			plain = append(plain, name)
		}
	}
	if len(f.o.Subjects) == 0 && len(plain) > 0 { // the same events, with cost
		return plain, nil
	}
	for _, name := range costlessOf(f.o.Subjects) { // readers list streams of the product only, and these are told again from them
		if !slices.Contains(costless, name) {
			costless = append(costless, name)
		}
	}
	return append(plain, costless...), nil
}

// run follows one stream until ctx ends or there is no going on.
func (f *follower) run(ctx context.Context, c *course, begin Begin) {
	c.give = func(p piece) error {
		select {
		case f.pieces <- p:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for failures := 1; ; failures++ {
		before := c.mark
		err := f.once(ctx, c, begin)
		if ctx.Err() != nil {
			return
		}
		if c.mark != before {
			failures = 1
		}
		var need *NeedSnapshotError
		switch {
		case errors.As(err, &need) && f.o.Renew:
			c.mark, begin = Mark{}, FromSnapshot
			f.o.trouble(err)
			continue
		case errors.As(err, &need), !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.NotFound):
			f.fail(err)
			return
		}
		f.o.trouble(err)
		if pause(ctx, backOff(failures, followLeast, followMost)) != nil {
			return
		}
	}
}

func (f *follower) fail(err error) {
	select {
	case f.failed <- err:
	default: // another was first
	}
}

// once follows a stream until something fails.
func (f *follower) once(ctx context.Context, c *course, begin Begin) error {
	c.again()
	info, err := f.reader.Info(ctx, c.stream)
	if err != nil {
		return err
	}
	if held := c.mark; held.Incarnation != "" && (held.Incarnation != info.Name.Incarnation || info.Last < max(held.Sequence, held.Snapshot)) {
		return &NeedSnapshotError{Stream: c.stream, Held: held, Found: info.Name.Incarnation, Last: info.Last}
	}
	if c.mark.Incarnation == "" {
		if err := f.start(ctx, c, info, begin); err != nil {
			return err
		}
	}
	if c.mark.Snapshot > 0 {
		if err := f.snapshot(ctx, c); err != nil {
			return err
		}
	}
	return f.changes(ctx, c)
}

// start decides where to begin.
func (f *follower) start(ctx context.Context, c *course, info stream.Info, begin Begin) error {
	mark := Mark{Incarnation: info.Name.Incarnation}
	if begin == FromStart {
		c.mark = mark
		return nil
	}
	last, err := f.settled(ctx, info)
	switch {
	case err != nil:
		return err
	case begin == FromNow:
		mark.Sequence = last
		c.mark = mark
		return nil
	}
	c.first = true
	mark.Snapshot = last
	c.mark = mark
	if last == 0 {
		return c.whole()
	}
	return nil
}

// settled returns the end of a batch, the stream's last one when it was asked for or a little later, that is stored for good.
func (f *follower) settled(ctx context.Context, info stream.Info) (uint64, error) {
	if info.Last == 0 {
		return 0, nil
	}
	s, err := f.reader.Subscribe(ctx, stream.Query{Stream: info.Name.Name, Start: stream.Start{Sequence: info.Last}})
	if err != nil {
		return 0, err
	}
	defer s.Stop()
	for {
		r, err := s.Next(ctx)
		if err != nil {
			return 0, err
		}
		if r.Commit {
			return r.Sequence, nil
		}
	}
}

// snapshot hands over the last record of each subject up to the mark's.
func (f *follower) snapshot(ctx context.Context, c *course) error {
	up, done := c.mark.Snapshot, c.mark.Sequence
	subjects := familyOf(c.stream).chosen(f.o.Subjects)
	s, err := f.reader.Subscribe(ctx, stream.Query{Stream: c.stream, Subjects: subjects, Start: stream.Start{LastPerSubject: true}})
	if err != nil {
		return err
	}
	defer s.Stop()
	next := uint64(1)
	for left := s.Pending(); ; {
		if left == 0 {
			more, err := f.more(ctx, c.stream, subjects, next)
			if err != nil {
				return err
			}
			if !more {
				return c.whole()
			}
		}
		r, err := f.next(ctx, s, c)
		if err != nil {
			return err
		}
		if r.Sequence > up { // of the changes
			return c.whole()
		}
		next = r.Sequence + 1
		if r.Sequence > done {
			if err := c.state(r.Sequence, newEvent(c.stream, r.Sequence, r.Subject, r.Data, r.Trace)); err != nil {
				return err
			}
		}
		left = r.Pending
	}
}

// more reports whether a record is still to come from a sequence on. A server that says that nothing waits may lag behind the others that hold
// the stream; what is last under each subject is asked of the one that leads.
func (f *follower) more(ctx context.Context, name string, subjects []string, next uint64) (bool, error) {
	for _, subject := range subjects {
		last, err := f.reader.Last(ctx, name, subject)
		switch {
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return false, err
		case last.Sequence >= next:
			return true, nil
		}
	}
	return false, nil
}

// changes hands over every batch behind the mark.
func (f *follower) changes(ctx context.Context, c *course) error {
	subjects := familyOf(c.stream).followed(f.o.Subjects)
	s, err := f.reader.Subscribe(ctx, stream.Query{Stream: c.stream, Subjects: subjects, Start: stream.Start{Sequence: c.mark.Sequence + 1}})
	if err != nil {
		return err
	}
	defer s.Stop()
	for {
		r, err := f.next(ctx, s, c)
		if err != nil {
			return err
		}
		if err := c.change(r.Sequence, newEvent(c.stream, r.Sequence, r.Subject, r.Data, r.Trace), r.Commit); err != nil {
			return err
		}
	}
}

// next returns the next record of the life of the stream that the mark is of.
func (f *follower) next(ctx context.Context, s stream.Subscription, c *course) (stream.Record, error) {
	r, err := s.Next(ctx)
	if err != nil {
		return r, err
	}
	if r.Stream.Incarnation != c.mark.Incarnation {
		return r, &NeedSnapshotError{Stream: c.stream, Held: c.mark, Found: r.Stream.Incarnation, Last: r.Sequence}
	}
	return r, nil
}
