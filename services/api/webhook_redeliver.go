package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// testWait is how long a test waits for the sender, which makes its attempt within a few seconds of hearing of it.
const testWait = 25 * time.Second

// isPosition reports whether a text looks like the id of a server-sent event: a stream with its incarnation, and a sequence.
func isPosition(s string) bool { return strings.Contains(s, "@") }

func (s *server) redeliverWebhook(ctx context.Context, in *redeliverInput) (*webhookOutput, error) {
	e, err := s.ownHook(ctx, webhookInput{in.ReleaseActor, in.Name})
	if err != nil {
		return nil, problemOf(err)
	}
	var p params
	var r webhook.Request
	one := in.Body.Stream != "" || in.Body.Sequence != 0
	switch {
	case one == (in.Body.From != ""):
		p.wrong("body.from", "either a place to begin at is needed, or the stream and sequence of one event")
	case one:
		r, err = s.resend(ctx, &p, in.Body.Stream, in.Body.Sequence)
	default:
		r, err = s.beginning(ctx, &p, in.Body.From)
	}
	if err == nil {
		err = p.err()
	}
	if err == nil {
		e, err = e.Request(r)
	}
	if err == nil {
		e, err = s.deps.Webhooks.Put(ctx, e)
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return &webhookOutput{s.webhookView(ctx, e)}, nil
}

// resend reads which event is to be sent once more.
func (s *server) resend(ctx context.Context, p *params, stream string, sequence uint64) (webhook.Request, error) {
	p.required("body.stream", stream)
	if sequence == 0 {
		p.wrong("body.sequence", "is required")
	}
	if err := p.err(); err != nil {
		return webhook.Request{}, err
	}
	name, _, _ := strings.Cut(stream, "@")
	info, err := s.deps.Streams.Info(ctx, name)
	if err != nil {
		return webhook.Request{}, err
	}
	if stream != name && stream != info.Name.String() || sequence > info.Last {
		return webhook.Request{}, fault.New(fault.NotFound, "there is no event %d in %s; it has %d", sequence, stream, info.Last)
	}
	return webhook.Request{Kind: webhook.Resend, Stream: info.Name.String(), Sequence: sequence}, nil
}

func (s *server) testWebhook(ctx context.Context, in *webhookInput) (*deliveryOutput, error) {
	e, err := s.ownHook(ctx, *in)
	if err == nil && e.State != webhook.Active {
		err = fault.New(fault.Refused, "webhook %s is disabled", e.Name).WithHint("pricewire webhook enable %s", e.Name)
	}
	if err == nil {
		e, err = e.Request(webhook.Request{Kind: webhook.Test, Trace: trace.From(ctx)})
	}
	if err == nil {
		e, err = s.deps.Webhooks.Put(ctx, e)
	}
	if err != nil {
		return nil, problemOf(err)
	}
	number := e.Requests[len(e.Requests)-1].Number
	delivery, err := s.tested(ctx, e.Name, number)
	if err != nil {
		return nil, problemOf(err)
	}
	return &deliveryOutput{deliveryView(delivery, false)}, nil
}

// tested waits for what came of a test.
func (s *server) tested(ctx context.Context, name string, number int) (webhook.Delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, testWait)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		p, err := s.deps.Webhooks.Progress(ctx, name)
		if err != nil && !fault.Is(err, fault.NotFound) && ctx.Err() == nil {
			return webhook.Delivery{}, err
		}
		for _, d := range p.Log {
			if d.Test == number {
				return d, nil
			}
		}
		select {
		case <-ticker.C:
		case <-s.stopping.Done():
			return webhook.Delivery{}, fault.New(fault.Unavailable, "the server is stopping")
		case <-ctx.Done():
			return webhook.Delivery{}, fault.New(fault.Unavailable, "webhook %s was not tested within %s: no sender has taken it up", name, testWait).
				WithHint("is the notifier running? Otherwise earlier events may be under way: pricewire webhook show %s", name)
		}
	}
}

func (s *server) listDeliveries(ctx context.Context, in *webhookInput) (*deliveriesOutput, error) {
	shown, err := s.showWebhook(ctx, in)
	if err != nil {
		return nil, err
	}
	p, err := s.deps.Webhooks.Progress(ctx, in.Name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, problemOf(err)
	}
	if !p.Made.Equal(shown.Body.CreatedAt) { // of another, which had the name before
		p.Log = nil
	}
	slices.Reverse(p.Log)
	return &deliveriesOutput{newPage(p.Log, "", func(d webhook.Delivery) DeliveryView { return deliveryView(d, shown.Body.Cost && d.Test == 0) })}, nil
}
