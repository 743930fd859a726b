package ingester

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// attempts is how often an observation is judged and published before a conflict or an unknown outcome is given up.
const attempts = 4

// commit judges an observation and publishes what it changes, exactly once. Observations of a currency are taken one after the other.
//
// The state that the batch leads to is on disk before the batch is published, and put in force after it: a crash before the publication
// leaves a state that no record confirms, and it is thrown away; a crash after it leaves one that is confirmed, and it is put in force.
// Whoever else publishes makes the batch's expectation fail, and the observation is judged again on what they published.
func (g *Ingester) commit(ctx context.Context, obs rate.Observation) (Result, error) {
	held, err := g.books.acquire(ctx, "state of "+obs.Currency)
	if err != nil {
		return Result{}, err
	}
	defer held.release()
	for attempt := 1; ; attempt++ {
		if err := g.ready(ctx, held, obs.Currency); err != nil {
			return Result{}, err
		}
		result, err := g.take(ctx, held.value, obs)
		if err == nil {
			return result, nil
		}
		if held.value.unsure {
			held.value = nil
		}
		again := errors.Is(err, errMoved) || fault.Is(err, fault.Unavailable)
		if !again || attempt == attempts || ctx.Err() != nil {
			return Result{}, fmt.Errorf("observe %s: %w", obs.Scope, err)
		}
		g.deps.Log.Info("judging again", zap.String("scope", obs.Scope), zap.Error(err))
	}
}

// ready opens the book if need be.
func (g *Ingester) ready(ctx context.Context, held *locker[*book], currency string) error {
	if held.value != nil {
		return nil
	}
	b, err := g.open(ctx, currency)
	if err != nil {
		return err
	}
	held.value = b
	return nil
}

// errMoved means that somebody else published crawls of the currency since the book was opened.
var errMoved = errors.New("the stream has moved on")

// take tries once.
func (g *Ingester) take(ctx context.Context, b *book, obs rate.Observation) (Result, error) {
	outcome, err := b.ledger.Judge(obs, g.cfg.Policy)
	if err != nil {
		return Result{}, err
	}
	result := Result{Record: outcome.Record, Repeated: outcome.Repeated, Stream: b.stream.String(), Sequence: b.last}
	if outcome.Repeated || (outcome.Record.Refused != "" && b.refused.has(outcome.Record.ID)) {
		return result, nil
	}
	batch, err := event.RateBatch(outcome)
	if err != nil {
		return Result{}, err
	}
	if err := fits(&outcome, len(batch)); err != nil {
		return Result{}, err
	}
	if err := g.stage(b, outcome, batch, &obs); err != nil {
		return Result{}, err
	}
	if result.Sequence, err = g.publish(ctx, b, batch); err != nil {
		return Result{}, err
	}
	g.settle(b, outcome, result.Sequence)
	return result, nil
}

// fits refuses what is too much for one batch, because two batches could not be taken exactly once as one crawl.
func fits(o *rate.Outcome, messages int) error {
	if messages <= stream.BatchLimit {
		return nil
	}
	return fault.New(fault.Refused, "publish crawl %s: its %d changes do not fit into one batch of %d messages", o.Record.ID, len(o.Changes), stream.BatchLimit).
		WithHint("narrow the source with a filter in its URL, such as ?$filter=serviceFamily eq 'Compute', and give each part a scope of its own")
}

// stage takes the outcome over and writes the state that the batch will lead to. Refused crawls lead to none, but are kept.
func (g *Ingester) stage(b *book, o rate.Outcome, batch []stream.Message, obs *rate.Observation) error {
	b.unsure = true
	if !o.Taken() {
		return g.folder(obs.Currency).keep(o.Record.ID, obs)
	}
	if err := b.ledger.Apply(o); err != nil {
		return err
	}
	t := tag{Version: tagVersion, Stream: b.stream.String(), Base: b.last, Record: batch[len(batch)-1].ID, Refused: b.refused}
	if err := g.folder(b.ledger.Currency()).stage(t, b.ledger); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

// publish stores the batch and returns the sequence of its crawl record. When the answer is lost, the stream itself is asked.
func (g *Ingester) publish(ctx context.Context, b *book, batch []stream.Message) (uint64, error) {
	currency := b.ledger.Currency()
	expect := stream.Expectation{Subject: event.CrawlsSubject(currency), Sequence: b.last}
	seq, err := g.deps.Publisher.Publish(ctx, stream.Rates(currency), batch, expect)
	switch {
	case err == nil:
		return seq, nil
	case fault.Is(err, fault.Conflict):
		return 0, fault.New(fault.Conflict, "publish crawl: %w: %w", errMoved, err)
	case fault.Is(err, fault.Invalid):
		return 0, fmt.Errorf("publish crawl: %w", err)
	}
	last, readErr := g.lastRecord(ctx, currency)
	if readErr == nil && last.ID == batch[len(batch)-1].ID {
		return last.Sequence, nil
	}
	return 0, fault.New(fault.Unavailable, "publish crawl: %w", err)
}

// settle puts the published state in force.
func (g *Ingester) settle(b *book, o rate.Outcome, seq uint64) {
	b.last, b.unsure = seq, false
	b.refused.add(&o.Record)
	r := &o.Record
	g.deps.Log.Info("crawl published", zap.String("crawl", r.ID), zap.Int("rows", r.Rows), zap.Int("changes", len(o.Changes)),
		zap.Int("quarantined", r.Quarantined), zap.String("refused", r.Refused), zap.Uint64("seq", seq))
	if !o.Taken() {
		return
	}
	if err := g.folder(b.ledger.Currency()).promote(); err != nil { // it is published: the next start finds it out and does this then
		g.deps.Log.Warn("state not put in force", zap.String("crawl", r.ID), zap.Error(err))
	}
	if err := g.folder(b.ledger.Currency()).forget(r.Scope); err != nil { // Judge refuses them all the same
		g.deps.Log.Warn("refused crawls not dropped", zap.String("scope", r.Scope), zap.Error(err))
	}
}
