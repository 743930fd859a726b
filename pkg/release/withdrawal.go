package release

import (
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

// WithdrawInput says what of a release is taken back.
type WithdrawInput struct {
	Retroactive bool   // from the effective instant on, not from now on
	Lines       string // SHA-256 of the lines withdrawn, hex; empty: all
	Count       int    // how many lines; 0: all
}

// Withdraw takes a release, or some lines of one, back; the act's reason is needed. What the world was told of goes on answering until the
// scheduler has told that it is withdrawn, and needs another person than the author and the submitter; what it was not told of is simply
// not published any more.
func (r Release) Withdraw(act Act, in WithdrawInput) (Release, error) {
	act, err := act.clean()
	if err != nil {
		return r, err
	}
	if err := r.withdrawable(act, in); err != nil {
		return r, err
	}
	if act.Reason == "" {
		return r, fault.New(fault.Invalid, "withdraw %s: the reason is missing", r.ID).WithHint("say why: --reason REASON").
			WithPlaces(fault.Place{Where: "reason", Problem: "is required"})
	}
	if access.SamePerson(act.Who, r.CreatedBy) || access.SamePerson(act.Who, r.SubmittedBy) {
		return r, fault.New(fault.Refused, "%s was created by %s and submitted by %s: %s cannot withdraw it", r.ID, r.CreatedBy, r.SubmittedBy, act.Who).
			WithHint("a withdrawal needs another person than the author and the submitter")
	}
	if !r.Told() {
		r.State, r.Held = Withdrawn, ""
		return r.logged(act.Who, act.At, DidWithdraw, act.Reason), nil
	}
	r.Withdrawals = append(slices.Clip(r.Withdrawals), Withdrawal{
		N: len(r.Withdrawals) + 1, By: act.Who, At: act.At, Reason: act.Reason, Retroactive: in.Retroactive, Lines: in.Lines, Count: in.Count, Trace: act.Trace,
	})
	return r.logged(act.Who, act.At, DidAsk, act.Reason), nil
}

// maxWithdrawals bounds how often lines of one release can be withdrawn, so that a record stays small.
const maxWithdrawals = 100

// withdrawable reports why a release, or lines of it, cannot be withdrawn.
func (r Release) withdrawable(act Act, in WithdrawInput) error {
	if err := r.may(act, "withdrawn", Draft, InReview, Approved, Published, Effective, Superseded); err != nil {
		return err
	}
	switch {
	case r.pending() >= 0:
		return fault.New(fault.Conflict, "a withdrawal of %s is being published", r.ID).WithHint("pricewire release show %s tells when it is", r.ID)
	case !r.Told() && in.Lines != "":
		return fault.New(fault.Refused, "%s is not public, so that lines of it cannot be withdrawn", r.ID).
			WithHint("mend the sheet: pricewire release reject %s --reason …, then create it anew", r.ID)
	case r.State == Superseded && !in.Retroactive:
		return fault.New(fault.Refused, "%s was superseded by %s and answers for no later instant", r.ID, r.SupersededBy).
			WithHint("withdraw %s, or take it back for the time that it answers for: --retroactive", r.SupersededBy)
	case len(r.Withdrawals) >= maxWithdrawals:
		return fault.New(fault.Refused, "lines of %s were withdrawn %d times, the most there may be", r.ID, maxWithdrawals).
			WithHint("correct it instead: pricewire release correct %s FILE --reason …", r.ID)
	}
	return nil
}

// pending returns the place of the withdrawal that the world was not told of yet, -1 when there is none.
func (r Release) pending() int {
	return slices.IndexFunc(r.Withdrawals, func(w Withdrawal) bool { return !w.Told() })
}

// Pending returns the withdrawal that the world was not told of yet; false when there is none.
func (r Release) Pending() (Withdrawal, bool) {
	if i := r.pending(); i >= 0 {
		return r.Withdrawals[i], true
	}
	return Withdrawal{}, false
}

// withdrawing returns the record with its pending withdrawal changed.
func (r Release) withdrawing(change func(*Withdrawal)) (Release, error) {
	i := r.pending()
	if i < 0 {
		return r, fault.New(fault.Conflict, "no withdrawal of %s is under way", r.ID)
	}
	r.Withdrawals = slices.Clone(r.Withdrawals)
	change(&r.Withdrawals[i])
	return r, nil
}

// BeginWithdrawal freezes what the batch of the pending withdrawal is made of: when it counts as known, from when on, and the event it must
// follow. One that was frozen before and is found again keeps its place in the stream, with the present instant when that was long ago: the
// world could not know it then. It returns whether anything was frozen anew.
func (r Release) BeginWithdrawal(now time.Time, c Circumstances) (Release, bool, error) {
	w, _ := r.Pending()
	if !w.KnownAt.IsZero() && now.Sub(w.KnownAt) <= stale {
		return r, false, nil
	}
	if !w.KnownAt.IsZero() {
		c.After, c.Floor = w.After, w.KnownAt
	}
	at := now.UTC().Truncate(precision)
	if at.Before(c.Floor) {
		at = c.Floor
	}
	from := r.EffectiveAt
	if !w.Retroactive && at.After(from) {
		from = at
	}
	r, err := r.withdrawing(func(w *Withdrawal) { w.KnownAt, w.From, w.After = at, from, c.After })
	return r, true, err
}

// Sealed records the checksum of the pending withdrawal's batch, and which release is in force from then on, empty when none is.
func (r Release) Sealed(checksum, inForce string) (Release, error) {
	return r.withdrawing(func(w *Withdrawal) { w.Checksum, w.InForce = checksum, inForce })
}

// PostponeWithdrawal thaws a pending withdrawal whose batch can never be stored, because another event came first.
func (r Release) PostponeWithdrawal() (Release, error) {
	return r.withdrawing(func(w *Withdrawal) {
		w.KnownAt, w.From, w.InForce, w.After, w.Checksum = time.Time{}, time.Time{}, "", 0, ""
	})
}

// FinishWithdrawal records that the pending withdrawal's batch is in the stream, and what it says.
func (r Release) FinishWithdrawal(now time.Time, known Withdrawal) (Release, error) {
	var told Withdrawal
	r, err := r.withdrawing(func(w *Withdrawal) {
		w.KnownAt, w.From, w.InForce, w.Checksum, w.Sequence = known.KnownAt.UTC(), known.From.UTC(), known.InForce, known.Checksum, known.Sequence
		told = *w
	})
	if err != nil {
		return r, err
	}
	if told.Whole() {
		r.State, r.SupersededBy = Withdrawn, ""
	}
	return r.logged(Scheduler, now, DidWithdraw, told.Reason), nil
}
