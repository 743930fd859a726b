package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

// maxLost is how often in one pass another process may be first before the rest is left to the next pass.
const maxLost = 20

// Scheduler publishes releases when they are due.
type Scheduler struct {
	Deps
	cfg       Config
	look      cron.Schedule
	reminders cron.Schedule
	told      map[release.Slot]bool // months told to be missing, by anybody
	due       map[string]time.Time  // when each release that is to be published was first found due, by id
}

// New makes a scheduler; an invalid fault when the configuration is wrong or something is missing.
func New(cfg Config, deps Deps) (*Scheduler, error) {
	if err := errors.Join(cfg.Validate(), deps.validate()); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	look, err := cron.ParseStandard(cfg.Look)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read cron expression %q: %w", cfg.Look, err)
	}
	reminders, err := cron.ParseStandard(cfg.Reminders)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read cron expression %q: %w", cfg.Reminders, err)
	}
	return &Scheduler{Deps: deps, cfg: cfg, look: look, reminders: reminders, told: map[release.Slot]bool{}}, nil
}

// Run works until ctx ends, and returns nil then. Failures are logged and tried again. Several may run at once, in any processes.
func (s *Scheduler) Run(ctx context.Context) error {
	alarm := s.Clock.NewAlarm("scheduler")
	defer alarm.Clear()
	w := &wait{Scheduler: s, alarm: alarm, retry: s.cfg.Retry, remindAt: s.reminders.Next(s.Clock.Now().UTC())}
	alarm.Set(s.Clock.Now()) // what fell due while nobody looked is done before a simulated clock goes on
	for ctx.Err() == nil {
		w.watch(ctx)
		next, err := s.Pass(ctx)
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			w.remind(ctx)
		}
		w.until(ctx, next, err)
	}
	return nil
}

// Pass does everything that is due now and returns the next instant at which something will be, zero when nothing known will. Releases
// of one list and market wait for each other; a failure there does not keep the others.
func (s *Scheduler) Pass(ctx context.Context) (time.Time, error) {
	var failures []error
	failed, lost := map[string]bool{}, 0
	var releases []release.Release
	moved := "" // the list and market of the last step; what else changes meanwhile is seen at the end
	for {
		read, err := s.read(ctx, releases, moved)
		if err != nil {
			return time.Time{}, errors.Join(append(failures, err)...)
		}
		releases = read
		now := s.Clock.Now()
		plan := release.Due(now, except(releases, failed))
		s.noteDue(now, plan)
		if len(plan.Steps) == 0 && moved != "" {
			moved = ""
			continue
		}
		if len(plan.Steps) == 0 {
			next, err := s.tellMissing(ctx, now, releases)
			return sooner(plan.Next, next), errors.Join(append(failures, err)...)
		}
		step := plan.Steps[0]
		moved = line(step.Release)
		err = s.do(ctx, step, releases)
		if err == nil {
			continue
		}
		if fault.Is(err, fault.Conflict) && lost < maxLost { // somebody else moved the release: look again
			lost++
			continue
		}
		failed[line(step.Release)] = true
		failures = append(failures, fmt.Errorf("%s %s: %w", step.Do, step.Release.ID, err))
		if ctx.Err() != nil {
			return time.Time{}, errors.Join(failures...)
		}
	}
}

// read returns all releases: those of one list and market anew, and the others as they were read before; without one all of them anew.
func (s *Scheduler) read(ctx context.Context, before []release.Release, moved string) ([]release.Release, error) {
	list, market, one := strings.Cut(moved, "/")
	if !one {
		return s.Releases.List(ctx, release.Filter{})
	}
	again, err := s.Releases.List(ctx, release.Filter{List: list, Market: market})
	if err != nil {
		return nil, err
	}
	return append(slices.DeleteFunc(before, func(r release.Release) bool { return line(r) == moved }), again...), nil
}

// noteDue keeps when each release that is to be published was first found due: many that are due at once wait for each other.
func (s *Scheduler) noteDue(now time.Time, plan release.Plan) {
	due := map[string]time.Time{}
	for _, step := range plan.Steps {
		if step.Do != release.DoPublish {
			continue
		}
		if due[step.Release.ID] = now; !s.due[step.Release.ID].IsZero() {
			due[step.Release.ID] = s.due[step.Release.ID]
		}
	}
	s.due = due
}

// sooner returns the earlier of two instants, of which zero ones never come.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// line names the list and market of a release.
func line(r release.Release) string { return r.Slot.List + "/" + r.Slot.Market }

func except(releases []release.Release, failed map[string]bool) []release.Release {
	if len(failed) == 0 {
		return releases
	}
	var rest []release.Release
	for _, r := range releases {
		if !failed[line(r)] {
			rest = append(rest, r)
		}
	}
	return rest
}

func (s *Scheduler) do(ctx context.Context, step release.Step, releases []release.Release) error {
	r := step.Release
	switch step.Do {
	case release.DoTakeEffect:
		return s.takeEffect(ctx, r, step.Other)
	case release.DoSupersede:
		return s.move(ctx, func(now time.Time) (release.Release, error) { return r.Supersede(now, step.Other) })
	case release.DoHold:
		return s.hold(ctx, r, step.Reason)
	case release.DoReinstate:
		return s.move(ctx, func(now time.Time) (release.Release, error) { return r.Reinstate(now) })
	case release.DoFinish:
		return s.finish(ctx, r, releases)
	case release.DoWithdraw:
		return s.withdraw(ctx, r)
	case release.DoPublish:
		return s.publish(ctx, r)
	}
	return fault.New(fault.Internal, "no way to %s a release", step.Do)
}

// move stores a release's next record.
func (s *Scheduler) move(ctx context.Context, next func(now time.Time) (release.Release, error)) error {
	r, err := next(s.Clock.Now())
	if err != nil {
		return err
	}
	_, err = s.Releases.Update(ctx, r)
	return err
}

func (s *Scheduler) hold(ctx context.Context, r release.Release, why string) error {
	err := s.move(ctx, func(now time.Time) (release.Release, error) { return r.Hold(now, why) })
	if err == nil {
		s.Log.Error("release held for an approver", zap.String("release", r.ID), zap.String("reason", why))
	}
	return err
}

// wait is what a run remembers between two passes.
type wait struct {
	*Scheduler
	alarm    clock.Alarm
	changed  <-chan struct{}
	retry    time.Duration
	remindAt time.Time
}

// watch makes sure that changes are told; until it can, only due instants and the safety net wake the scheduler.
func (w *wait) watch(ctx context.Context) {
	if w.changed != nil {
		return
	}
	changed, err := w.Releases.Watch(ctx)
	if err != nil {
		w.Log.Warn("releases cannot be watched", zap.Error(err))
		return
	}
	w.changed = changed
}

// until waits for the next reason to look. The alarm is set only when nothing is left to be done, because until then a simulated clock
// must stand still.
func (w *wait) until(ctx context.Context, next time.Time, err error) {
	var again <-chan time.Time
	if err != nil {
		w.Log.Error("due releases not done", zap.Error(err), zap.Duration("retry", w.retry))
	} else {
		w.retry = w.cfg.Retry
		w.alarm.Set(w.earliest(next))
	}
	if err != nil || w.changed == nil {
		timer := time.NewTimer(w.retry)
		defer timer.Stop()
		again = timer.C
		w.retry = min(2*w.retry, maxRetry)
	}
	select {
	case <-ctx.Done():
	case <-w.alarm.C():
	case <-again:
	case _, open := <-w.changed:
		if !open {
			w.changed = nil
		}
	}
}

// earliest returns when to look next, given when something is next due.
func (w *wait) earliest(next time.Time) time.Time {
	return sooner(sooner(w.look.Next(w.Clock.Now().UTC()), next), w.remindAt)
}

// remind logs, when it is time, which releases wait for a person.
func (w *wait) remind(ctx context.Context) {
	now := w.Clock.Now().UTC()
	if now.Before(w.remindAt) {
		return
	}
	w.remindAt = w.reminders.Next(now)
	releases, err := w.Releases.List(ctx, release.Filter{States: []release.State{release.Draft, release.InReview, release.Approved}})
	if err != nil {
		w.Log.Warn("reminders not given", zap.Error(err))
		return
	}
	for _, waiting := range release.Waiting(now, releases) {
		w.Log.Warn("release waits for a person", zap.String("release", waiting.ID), zap.String("state", string(waiting.State.ForPeople())),
			zap.Time("publish_at", waiting.PublishAt), zap.String("reason", waiting.Held))
	}
}
