package notifier

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/tail"
	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/pkg/webhook"
)

var (
	errNotOurs = errors.New("another sender works on it")
	errEnded   = errors.New("it is disabled")
)

// worker sends the events of one endpoint, as it was when the worker began. All of it belongs to one goroutine, but for attempts under way.
type worker struct {
	n        *Notifier
	hub      *tail.Hub
	endpoint webhook.Endpoint
	progress webhook.Progress
	saved    time.Time
	gone     bool // the endpoint wants no more
	stop     context.CancelFunc
	log      *zap.Logger
}

// run sends until ctx ends, the endpoint is disabled, or another sender has it.
func (w *worker) run(ctx context.Context) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	if err := w.requests(ctx); err != nil {
		return err
	}
	options := tail.Options{Beat: time.Second}
	var err error
	if options.Filter, err = w.filter(); err != nil {
		return err
	}
	if w.progress.Position != "" {
		if options.Position, err = tail.ParsePosition(w.progress.Position); err != nil {
			return err
		}
	}
	err = w.hub.Follow(ctx, options, func(b tail.Batch) error { return w.batch(ctx, b) })
	if fault.Is(err, fault.Conflict) && !errors.Is(err, errNotOurs) {
		return w.forget(ctx, options.Position, err)
	}
	if errors.Is(err, errEnded) {
		return nil
	}
	return err
}

// begin takes the endpoint's progress, if no other sender has it.
func (w *worker) begin(ctx context.Context) error {
	p, err := w.n.deps.Hooks.Progress(ctx, w.endpoint.Name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if !p.Made.Equal(w.endpoint.CreatedAt) { // of another endpoint, which had the name before, or of none
		p = webhook.Progress{Name: w.endpoint.Name, Made: w.endpoint.CreatedAt, Version: p.Version}
	}
	if !p.Renewed(w.n.cfg.Owner, lease, now()) {
		return errNotOurs
	}
	w.progress = p
	return w.save(ctx)
}

// save keeps the progress. A conflict means that another sender took the endpoint over.
func (w *worker) save(ctx context.Context) error {
	at := now()
	if !w.progress.Renewed(w.n.cfg.Owner, lease, at) {
		return errNotOurs
	}
	kept, err := w.n.deps.Hooks.PutProgress(ctx, w.progress)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
		return errors.Join(errNotOurs, err)
	}
	if err != nil {
		return err
	}
	w.progress, w.saved = kept, at
	return nil
}

// filter is what the endpoint is sent.
func (w *worker) filter() (tail.Filter, error) {
	e := w.endpoint
	f := tail.Filter{Subjects: e.Filter.Subjects, Market: e.Filter.Market, Currency: e.Filter.Currency, NotBefore: w.progress.NotBefore, WithoutCost: !e.Cost}
	for _, t := range e.Filter.Types {
		f.Types = append(f.Types, event.Type(t))
	}
	if e.Filter.Watchlist != "" {
		f.Watchlist = func(ctx context.Context) (*watchlist.Matcher, error) {
			return w.n.shelf.Matcher(ctx, e.Filter.Watchlist)
		}
	}
	return f, f.Validate()
}

// forget drops the places of streams that were made anew, or restored from a copy that ends before: their events are new to the endpoint.
func (w *worker) forget(ctx context.Context, position tail.Position, why error) error {
	infos, err := w.n.deps.Streams.Streams(ctx)
	if err != nil {
		return err
	}
	kept := tail.Position{}
	for _, info := range infos {
		if sequence, known := position[info.Name.String()]; known && sequence <= info.Last {
			kept[info.Name.String()] = sequence
		}
	}
	w.log.Warn("a stream was made anew, and is sent from its beginning", zap.Error(why))
	w.progress.Position = kept.String()
	return w.save(ctx)
}

// batch sends some events, what waits before them first. It returns when all of them are sent, or held.
func (w *worker) batch(ctx context.Context, b tail.Batch) error {
	if err := w.overdue(ctx); err != nil {
		return err
	}
	if len(b.Entries) > 0 {
		if err := w.send(ctx, b.Entries); err != nil {
			return err
		}
	}
	position := b.Position.String()
	if len(b.Entries) == 0 && (position == w.progress.Position || now().Sub(w.saved) < time.Second) && now().Sub(w.saved) < renewal {
		return nil
	}
	w.progress.Position = position
	if err := w.save(ctx); err != nil {
		return err
	}
	return w.giveUp(ctx)
}

// overdue tries what is held and due. While everything waits, so does it.
func (w *worker) overdue(ctx context.Context) error {
	for {
		if err := w.retry(ctx); err != nil {
			return err
		}
		at := now()
		if !w.progress.Paused(at) && !w.progress.Full() {
			return nil
		}
		if err := w.rest(ctx, min(max(w.progress.Next().Sub(at), time.Millisecond), renewal)); err != nil {
			return err
		}
		if now().Sub(w.saved) >= renewal {
			if err := w.save(ctx); err != nil {
				return err
			}
		}
		if err := w.giveUp(ctx); err != nil {
			return err
		}
	}
}

func (w *worker) rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retry tries what is held, as long as some of it is due.
func (w *worker) retry(ctx context.Context) error {
	tried := false
	for !w.gone && !w.progress.Paused(now()) {
		held, due := w.progress.Due(now())
		if !due {
			break
		}
		tried = true
		entry, err := w.read(ctx, held)
		if err != nil {
			return err
		}
		answer, delivery := w.attempt(ctx, held, entry)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.settle(held, delivery, answer)
	}
	if !tried {
		return nil
	}
	if err := w.save(ctx); err != nil {
		return err
	}
	return w.giveUp(ctx)
}

// read reads a held event from its stream; nil when it is not there any more.
func (w *worker) read(ctx context.Context, h webhook.Held) (*tail.Entry, error) {
	name, incarnation, _ := cut(h.Stream)
	info, err := w.n.deps.Streams.Info(ctx, name)
	if fault.Is(err, fault.NotFound) || err == nil && (info.Name.Incarnation != incarnation || info.Last < h.Sequence) {
		return nil, nil //nolint:nilnil // the stream was made anew: what was held of it is gone
	}
	if err != nil {
		return nil, err
	}
	subscription, err := w.n.deps.Streams.Subscribe(ctx, stream.Query{Stream: name, Start: stream.Start{Sequence: h.Sequence}, Ahead: 1})
	if err != nil {
		return nil, err
	}
	defer subscription.Stop()
	record, err := subscription.Next(ctx)
	if err != nil {
		return nil, err
	}
	if record.Sequence != h.Sequence {
		return nil, nil //nolint:nilnil // it was deleted behind our back
	}
	return tail.NewEntry(record), nil
}

// attempt sends one event. An event that is gone, or that may not be told any more, counts as delivered: nothing is left to send.
func (w *worker) attempt(ctx context.Context, h webhook.Held, e *tail.Entry) (webhook.Answer, webhook.Delivery) {
	d := webhook.Delivery{At: now(), Subject: h.Subject, Stream: h.Stream, Sequence: h.Sequence}
	if e == nil || e.Line(w.endpoint.Cost) == nil {
		d.Problem = "there is nothing to send any more"
		return webhook.Answer{Status: nothingToSend, Problem: d.Problem}, d
	}
	d.Subject, d.Event = e.Subject, e.ID(w.endpoint.Cost)
	answer := w.n.client.send(ctx, w.endpoint, d.Event, e.Trace, e.Line(w.endpoint.Cost), w.endpoint.Signing(w.n.deps.Clock.Now()))
	d.Took = now().Sub(d.At)
	return answer, d
}

// nothingToSend stands for a status where nothing was sent.
const nothingToSend = 204

// settle notes what came of an attempt.
func (w *worker) settle(h webhook.Held, d webhook.Delivery, a webhook.Answer) {
	verdict := w.progress.Settle(h, d, a, rand.Float64(), now()) //nolint:gosec // so that not all come back at once; nothing secret depends on it
	w.n.counted.WithLabelValues(w.endpoint.Name, verdict.String()).Inc()
	w.gone = w.gone || verdict == webhook.Gone
}

// giveUp disables an endpoint that wants no more, or has failed for too long.
func (w *worker) giveUp(ctx context.Context) error {
	if w.gone {
		return w.disable(ctx, "it answered 410 gone: it wants no more")
	}
	if reason := w.progress.GivenUp(w.n.cfg.GivesUp, now()); reason != "" {
		return w.disable(ctx, reason)
	}
	return nil
}

// disable ends the endpoint until a person enables it.
func (w *worker) disable(ctx context.Context, reason string) error {
	e, err := w.n.deps.Hooks.Get(ctx, w.endpoint.Name)
	if err == nil && e.State == webhook.Active {
		_, err = w.n.deps.Hooks.Put(ctx, e.Turned(webhook.Disabled, reason, w.n.deps.Clock.Now().UTC()))
	}
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.NotFound) { // somebody changed it: then it is looked at again
		return err
	}
	w.log.Warn("webhook was disabled", zap.String("reason", reason))
	return errEnded
}
