package notifier

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// TestType is the type of the event that a test sends; it is in no stream.
const TestType = "pricewire.webhook.tested.v1"

// requests does what is asked of the endpoint, each once and in order, and keeps that it is done.
func (w *worker) requests(ctx context.Context) error {
	done := false
	for _, r := range w.endpoint.Requests {
		if r.Number <= w.progress.Done {
			continue
		}
		if err := w.request(ctx, r); err != nil {
			return err
		}
		w.progress.Done, done = r.Number, true
		if err := w.save(ctx); err != nil {
			return err
		}
	}
	if !done || len(w.endpoint.Requests) < 2 {
		return nil
	}
	e, err := w.n.deps.Hooks.Put(ctx, w.endpoint.Without(w.progress.Done))
	if fault.Is(err, fault.Conflict) {
		return nil // somebody changed it, and it is looked at again
	}
	if err == nil {
		w.n.mu.Lock()
		w.endpoint = e
		w.n.mu.Unlock()
	}
	return err
}

func (w *worker) request(ctx context.Context, r webhook.Request) error {
	switch r.Kind {
	case webhook.Begin:
		w.progress.Position, w.progress.NotBefore, w.progress.Held = r.Position, r.NotBefore, nil
		w.progress.Failing = webhook.Failing{}
	case webhook.Resend:
		held := webhook.Held{Stream: r.Stream, Sequence: r.Sequence, Alone: true}
		entry, err := w.read(ctx, held)
		if err != nil {
			return err
		}
		if entry != nil {
			held.Subject = entry.Subject
			w.progress.Hold(held)
		}
	case webhook.Revive:
		w.progress.Revived()
	case webhook.Test:
		return w.test(ctx, r)
	}
	return nil
}

// test sends an event that says nothing. Whatever comes of it is in the log, and it is not tried again.
func (w *worker) test(ctx context.Context, r webhook.Request) error {
	at := now()
	id := rand.Text()
	tested := map[string]any{
		"specversion": "1.0", "id": id, "source": "/pricewire/webhooks", "type": TestType, "subject": w.endpoint.Name, "time": at.Format(time.RFC3339),
		"datacontenttype": "application/json", "data": map[string]any{"webhook": w.endpoint.Name, "number": r.Number},
	}
	if !r.Trace.IsZero() {
		tested[trace.Header] = r.Trace
	}
	body, err := json.Marshal(tested)
	if err != nil {
		return err
	}
	answer := w.n.client.send(ctx, w.endpoint, id, r.Trace, body, w.endpoint.Signing(w.n.deps.Clock.Now()))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.progress.Note(webhook.Delivery{
		At: at, Event: id, Subject: TestType, Attempt: 1, Status: answer.Status, Problem: answer.Problem, Took: now().Sub(at), Verdict: answer.Judge(), Test: r.Number,
	})
	return nil
}
