package scheduler

import (
	"context"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/trace"
)

// history returns the pattern of all events of a release's list and market. Batches are guarded by it: one is stored only if nothing was
// since what it was made from, so a market's releases follow one another in the stream.
func history(r release.Release) string {
	subject := event.ReleaseSubject(r.Slot, r.Revision, event.WhatPublished)
	for range 3 { // month, revision, what
		subject = subject[:strings.LastIndexByte(subject, '.')]
	}
	return subject + ".>"
}

// past is what a batch of a list and market is made after: the last event there, and records that know of all events up to it.
type past struct {
	after    uint64
	releases []release.Release
}

// past reads the last event of a release's list and market, and then the records. In this order: whatever is stored after the last event
// was read makes the batch fail, and the records must know of all before. A conflict says that they do not yet.
func (s *Scheduler) past(ctx context.Context, r release.Release) (past, error) {
	last, err := s.last(ctx, history(r))
	if err != nil {
		return past{}, err
	}
	releases, err := s.Releases.List(ctx, release.Filter{List: r.Slot.List, Market: r.Slot.Market})
	if err != nil {
		return past{}, err
	}
	return past{last.Sequence, releases}, s.upToDate(ctx, releases, last)
}

// publish begins the publication of an approved release that is due, and finishes it.
func (s *Scheduler) publish(ctx context.Context, r release.Release) error {
	p, err := s.past(ctx, r)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	known := release.Known(r.Slot, p.releases)
	if r.Backfilled {
		known = release.KnownAt(r.Slot, p.releases, r.PublishAt)
	}
	predecessor, _ := release.Predecessor(r.EffectiveBy(now), known)
	if predecessor.ID != r.Predecessor {
		return s.hold(ctx, r, "its predecessor is "+named(predecessor.ID)+" now, not "+named(r.Predecessor))
	}
	replaced, _ := release.Replaced(r, p.releases)
	frozen, err := r.BeginPublishing(now, release.Circumstances{
		Predecessor: predecessor.ID, Supersedes: replaced.ID, After: p.after,
		Floor: release.LastKnown(r.Slot, p.releases), Tolerance: s.cfg.Tolerance,
		Found: s.due[r.ID],
	})
	if err != nil {
		return err
	}
	batch, checksum, err := s.batch(ctx, frozen, release.Known(r.Slot, p.releases))
	if fault.Is(err, fault.Invalid) {
		return s.hold(ctx, r, "it cannot be published: "+err.Error())
	}
	if err != nil {
		return err
	}
	frozen.Checksum = checksum
	if frozen, err = s.Releases.Update(ctx, frozen); err != nil {
		return err
	}
	return s.send(ctx, frozen, batch)
}

func named(id string) string {
	if id == "" {
		return "none"
	}
	return id
}

// last returns the last event under a pattern, the zero record when there is none.
func (s *Scheduler) last(ctx context.Context, pattern string) (stream.Record, error) {
	record, err := s.Reader.Last(ctx, stream.Prices, pattern)
	if fault.Is(err, fault.NotFound) {
		return stream.Record{}, nil
	}
	return record, err
}

// lastEvent returns the last event on a subject and its sequence; false when there is none.
func (s *Scheduler) lastEvent(ctx context.Context, subject string) (event.Payload, uint64, bool, error) {
	record, err := s.last(ctx, subject)
	if err != nil || record.Sequence == 0 {
		return nil, 0, false, err
	}
	decoded, err := event.Decode(record.Subject, record.Data)
	if err != nil {
		return nil, 0, false, fault.New(fault.Internal, "read event %d: %w", record.Sequence, err)
	}
	return decoded.Payload, record.Sequence, true, nil
}

// upToDate returns a conflict when records lag behind the stream, whose last event of their list and market is given: something is being
// published, its teller died before it could write the record, or the records were read from a server that is behind.
func (s *Scheduler) upToDate(ctx context.Context, releases []release.Release, last stream.Record) error {
	var told event.Payload
	if last.Sequence > 0 {
		decoded, err := event.Decode(last.Subject, last.Data)
		if err != nil {
			return fault.New(fault.Internal, "read event %d: %w", last.Sequence, err)
		}
		told = decoded.Payload
	}
	for i := range releases {
		r := &releases[i]
		if r.State == release.Publishing {
			return fault.New(fault.Conflict, "%s is being published", r.ID)
		}
		if behind(r, told) {
			return s.catchUp(ctx, *r, told)
		}
	}
	return nil
}

// catchUp makes a record that lags behind an event follow it where no plan would before the step that found it: of several withdrawals
// under way in a market any may be the one that is told. What is left of the step is to look again.
func (s *Scheduler) catchUp(ctx context.Context, r release.Release, told event.Payload) error {
	if _, withdrawn := told.(*event.ReleaseWithdrawn); withdrawn {
		if _, err := s.followWithdrawal(ctx, r); err != nil {
			return err
		}
	}
	return fault.New(fault.Conflict, "the record of %s lags behind the stream", r.ID)
}

// behind reports whether a release's record does not know of an event of its list and market.
func behind(r *release.Release, told event.Payload) bool {
	switch p := told.(type) {
	case *event.ReleasePublished:
		return p.Release == r.ID && !r.Told()
	case *event.ReleaseEffective:
		return p.Release == r.ID && r.State == release.Published
	case *event.ReleaseWithdrawn:
		return p.Release == r.ID && (len(r.Withdrawals) < p.Withdrawal || !r.Withdrawals[p.Withdrawal-1].Told())
	}
	return false
}

// finish sees a publication through that was begun, by whomever.
func (s *Scheduler) finish(ctx context.Context, r release.Release, releases []release.Release) error {
	if published, err := s.follow(ctx, r); published || err != nil {
		return err
	}
	r, late, err := r.Refreeze(s.Clock.Now())
	if err != nil {
		return err
	}
	known := release.KnownUpTo(r.Slot, releases, r.After)
	if late && r.Follows { // it takes effect later than it was to
		predecessor, _ := release.Predecessor(r.EffectiveAt, known)
		r.Predecessor, r.Baseline = predecessor.ID, predecessor.ID == ""
	}
	batch, checksum, err := s.batch(ctx, r, known)
	if err != nil {
		return err
	}
	if late || checksum != r.Checksum {
		r.Checksum = checksum
		if r, err = s.Releases.Update(ctx, r); err != nil {
			return err
		}
	}
	return s.send(ctx, r, batch)
}

// send publishes the batch of a frozen release and records what became of it.
func (s *Scheduler) send(ctx context.Context, r release.Release, batch []stream.Message) error {
	sequence, failed := s.Publisher.Publish(ctx, stream.Prices, caused(batch, r.Trace), stream.Expectation{Subject: history(r), Sequence: r.After})
	if failed == nil {
		return s.published(ctx, r, r.Manifest(sequence))
	}
	if published, err := s.follow(ctx, r); published || err != nil {
		return err
	}
	switch fault.KindOf(failed) { //nolint:exhaustive // whatever else it is, the outcome is unknown
	case fault.Conflict: // another event came first, so nobody can store this batch any more
		s.Log.Info("publication postponed", zap.String("release", r.ID), zap.Error(failed))
		return s.move(ctx, func(now time.Time) (release.Release, error) {
			return r.Postpone(now, "another event of the list and market came first")
		})
	case fault.Invalid: // nobody could ever store it
		return s.move(ctx, func(now time.Time) (release.Release, error) {
			back, err := r.Postpone(now, "its batch was refused")
			if err != nil {
				return r, err
			}
			return back.Hold(now, "it cannot be published: "+failed.Error())
		})
	}
	return failed
}

// caused says of a batch what caused it, as the record has it: whoever sends the batch of a record sends the same. Where nobody is known to have asked,
// it is a cause of its own, and another one each time that it is sent.
func caused(batch []stream.Message, by trace.Parent) []stream.Message {
	if by.IsZero() {
		by = trace.New()
	}
	return stream.Caused(batch, by)
}

// traceID is the id of a trace for the log; nothing where there is none.
func traceID(of trace.Parent) zap.Field {
	if of.IsZero() {
		return zap.Skip()
	}
	return zap.String("trace_id", of.ID())
}

// follow makes the record follow the stream, and reports whether the release's manifest is there.
func (s *Scheduler) follow(ctx context.Context, r release.Release) (bool, error) {
	payload, sequence, found, err := s.lastEvent(ctx, event.ReleaseSubject(r.Slot, r.Revision, event.WhatPublished))
	if err != nil || !found {
		return false, err
	}
	manifest, ok := payload.(*event.ReleasePublished)
	if !ok || manifest.Content != r.Content {
		return false, fault.New(fault.Internal, "manifest %d of %s is of another list", sequence, r.ID)
	}
	return true, s.published(ctx, r, release.Manifest{
		Sequence: sequence, PublishedAt: manifest.PublishedAt, EffectiveAt: manifest.EffectiveAt, Predecessor: manifest.Predecessor,
		Supersedes: manifest.Supersedes, Checksum: manifest.Checksum, Notice: release.Notice(manifest.Notice),
	})
}

func (s *Scheduler) published(ctx context.Context, r release.Release, m release.Manifest) error {
	err := s.move(ctx, func(now time.Time) (release.Release, error) { return r.Publish(now, m) })
	if err == nil {
		s.Log.Info("release published", zap.String("release", r.ID), zap.Uint64("seq", m.Sequence), zap.Time("published_at", m.PublishedAt),
			zap.Int("notice_days", m.Notice.Days), zap.Bool("short_notice", m.Notice.Short), traceID(r.Trace))
	}
	return err
}

// takeEffect tells that a release's effective moment has come, once, and records it.
func (s *Scheduler) takeEffect(ctx context.Context, r release.Release, supersedes string) error {
	message, err := event.EffectiveMessage(r, supersedes)
	if err != nil {
		return err
	}
	_, failed := s.Publisher.Publish(ctx, stream.Prices, caused([]stream.Message{message}, r.Trace), stream.Expectation{Subject: message.Subject})
	if failed != nil {
		payload, sequence, found, err := s.lastEvent(ctx, message.Subject)
		if err != nil || !found {
			return failed // it is not there, or nobody knows
		}
		effective, ok := payload.(*event.ReleaseEffective)
		if !ok {
			return fault.New(fault.Internal, "event %d is no effective event", sequence)
		}
		supersedes = effective.Supersedes
	}
	err = s.move(ctx, func(now time.Time) (release.Release, error) { return r.TakeEffect(now, supersedes) })
	if err == nil {
		s.Log.Info("release effective", zap.String("release", r.ID), zap.String("supersedes", supersedes), traceID(r.Trace))
	}
	return err
}
