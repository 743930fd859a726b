package scheduler

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// withdraw tells that a release, or lines of it, are taken back: once, whatever was cut short before.
func (s *Scheduler) withdraw(ctx context.Context, r release.Release) error {
	if told, err := s.followWithdrawal(ctx, r); told || err != nil {
		return err
	}
	p, err := s.past(ctx, r)
	if err != nil {
		return err
	}
	frozen, anew, err := r.BeginWithdrawal(s.Clock.Now(), release.Circumstances{After: p.after, Floor: release.LastKnown(r.Slot, p.releases)})
	if err != nil {
		return err
	}
	w, _ := frozen.Pending()
	known := release.KnownUpTo(r.Slot, p.releases, w.After)
	w.InForce = instead(frozen, w, known)
	batch, checksum, err := s.withdrawalBatch(ctx, frozen, w, known)
	if err != nil {
		return err
	}
	if anew || checksum != w.Checksum {
		if frozen, err = frozen.Sealed(checksum, w.InForce); err != nil {
			return err
		}
		if frozen, err = s.Releases.Update(ctx, frozen); err != nil {
			return err
		}
	}
	return s.sendWithdrawal(ctx, frozen, batch)
}

// instead returns the release that is in force from a withdrawal on without what is withdrawn, empty when none is.
func instead(r release.Release, w release.Withdrawal, known []release.Release) string {
	others := slices.DeleteFunc(slices.Clone(known), func(o release.Release) bool { return o.ID == r.ID })
	other, _ := release.InForce(w.From, others)
	return other.ID
}

// sendWithdrawal publishes the batch of a frozen withdrawal and records what became of it.
func (s *Scheduler) sendWithdrawal(ctx context.Context, r release.Release, batch []stream.Message) error {
	w, _ := r.Pending()
	sequence, failed := s.Publisher.Publish(ctx, stream.Prices, caused(batch, w.Trace), stream.Expectation{Subject: history(r), Sequence: w.After})
	if failed == nil {
		w.Sequence = sequence
		return s.withdrawn(ctx, r, w)
	}
	if told, err := s.followWithdrawal(ctx, r); told || err != nil {
		return err
	}
	if fault.Is(failed, fault.Conflict) { // another event came first, so nobody can store this batch any more
		s.Log.Info("withdrawal postponed", zap.String("release", r.ID), zap.Error(failed))
		return s.move(ctx, func(time.Time) (release.Release, error) { return r.PostponeWithdrawal() })
	}
	return failed
}

// followWithdrawal makes the record follow the stream, and reports whether the event of the pending withdrawal is there.
func (s *Scheduler) followWithdrawal(ctx context.Context, r release.Release) (bool, error) {
	pending, ok := r.Pending()
	if !ok {
		return false, fault.New(fault.Conflict, "no withdrawal of %s is under way", r.ID)
	}
	payload, sequence, found, err := s.lastEvent(ctx, event.ReleaseSubject(r.Slot, r.Revision, event.WhatWithdrawn))
	if err != nil || !found {
		return false, err
	}
	told, ok := payload.(*event.ReleaseWithdrawn)
	if !ok {
		return false, fault.New(fault.Internal, "event %d is no withdrawal", sequence)
	}
	if told.Withdrawal != pending.N {
		return false, nil
	}
	return true, s.withdrawn(ctx, r, release.Withdrawal{
		KnownAt: told.WithdrawnAt, From: told.From, InForce: told.InForce, Checksum: told.Checksum, Sequence: sequence,
	})
}

func (s *Scheduler) withdrawn(ctx context.Context, r release.Release, w release.Withdrawal) error {
	pending, _ := r.Pending()
	err := s.move(ctx, func(now time.Time) (release.Release, error) { return r.FinishWithdrawal(now, w) })
	if err == nil {
		s.Log.Info("release withdrawn", zap.String("release", r.ID), zap.Uint64("seq", w.Sequence), zap.Time("from", w.From), zap.String("in_force", w.InForce), traceID(pending.Trace))
	}
	return err
}
