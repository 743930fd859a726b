package notifier

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/pricewire/pricewire/pkg/tail"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// outcome is what came of one event.
type outcome struct {
	held     webhook.Held
	answer   webhook.Answer
	delivery webhook.Delivery
	tried    bool
}

// send sends events, several subjects at once and each subject's in order. What fails is held, and so is what comes behind it on its subject.
func (w *worker) send(ctx context.Context, entries []*tail.Entry) error {
	groups := w.grouped(entries)
	outcomes := make([][]outcome, len(groups))
	pausing, pause := context.WithCancel(ctx)
	defer pause()
	var sending sync.WaitGroup
	turns := make(chan struct{}, parallel)
	for i, group := range groups {
		turns <- struct{}{}
		sending.Go(func() {
			defer func() { <-turns }()
			outcomes[i] = w.sendGroup(ctx, pausing, pause, group)
		})
	}
	sending.Wait()
	if ctx.Err() != nil {
		return ctx.Err() // nothing of it is kept, and all of it is sent again
	}
	w.settleAll(slices.Concat(outcomes...))
	return nil
}

// settleAll notes what came of events: what was taken first, so that it does not end a pause that another asked for.
func (w *worker) settleAll(outcomes []outcome) {
	for _, o := range outcomes {
		if !o.tried {
			w.progress.Hold(o.held)
		}
	}
	for _, taken := range []bool{true, false} {
		for _, o := range outcomes {
			if !o.tried || (o.answer.Judge() == webhook.Delivered) != taken {
				continue
			}
			w.settle(o.held, o.delivery, o.answer)
		}
	}
}

// grouped are the events by subject, in order; those whose subject waits already wait too.
func (w *worker) grouped(entries []*tail.Entry) [][]*tail.Entry {
	var groups [][]*tail.Entry
	at := map[string]int{}
	for _, e := range entries {
		if w.progress.Holds(e.Subject) {
			w.progress.Hold(heldOf(e))
			continue
		}
		i, known := at[e.Subject]
		if !known {
			i = len(groups)
			at[e.Subject] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// sendGroup sends the events of one subject until one fails; those behind it are not tried. Where the endpoint takes nothing, the other
// subjects stop too.
func (w *worker) sendGroup(ctx, pausing context.Context, pause context.CancelFunc, group []*tail.Entry) []outcome {
	var all []outcome
	failed := false
	for _, e := range group {
		o := outcome{held: heldOf(e)}
		if !failed && pausing.Err() == nil {
			o.tried = true
			o.answer, o.delivery = w.attempt(ctx, o.held, e)
			verdict := o.answer.Judge()
			failed = verdict != webhook.Delivered
			if verdict == webhook.Pauses || verdict == webhook.Gone {
				pause()
			}
		}
		all = append(all, o)
	}
	return all
}

func heldOf(e *tail.Entry) webhook.Held {
	return webhook.Held{Stream: e.Stream.String(), Sequence: e.Sequence, Subject: e.Subject}
}

// cut takes a stream's name and incarnation apart.
func cut(stream string) (name, incarnation string, ok bool) {
	return strings.Cut(stream, "@")
}
