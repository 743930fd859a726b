package main

import (
	"context"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// benchPublish measures from the outcome of a crawl to its durable batch, guarded as the ingester guards it, beside the bare batch of the
// same messages.
func benchPublish(ctx context.Context, s settings) error {
	n := s.size(20_000)
	to, err := openStreams(s.folder)
	if err != nil {
		return err
	}
	defer to.close()
	w, err := newWatcher(n, n)
	if err != nil {
		return err
	}
	if _, err := w.fill(ctx, to, 1); err != nil { // everything is added first, and changes its price then
		return err
	}
	outcome, err := w.next()
	if err != nil {
		return err
	}
	batch, err := event.RateBatch(outcome)
	if err != nil {
		return err
	}
	name, crawls := stream.Rates(string(usd)), event.CrawlsSubject(string(usd))
	product := func(int) (float64, error) {
		last, err := to.Last(ctx, name, crawls)
		if err != nil {
			return 0, err
		}
		took := stopwatch()
		messages, err := event.RateBatch(outcome)
		if err != nil {
			return 0, err
		}
		_, err = to.Publish(ctx, name, messages, stream.Expectation{Subject: crawls, Sequence: last.Sequence})
		return perSecond(n, took()), err
	}
	raw := func(int) (float64, error) {
		took := stopwatch()
		_, err := to.Publish(ctx, name, batch, stream.Expectation{})
		return perSecond(n, took()), err
	}
	if len(outcome.Changes) != n {
		return fault.New(fault.Internal, "%d rows changed of %d", len(outcome.Changes), n)
	}
	medians, err := contest(s.rounds, product, raw)
	if err != nil {
		return err
	}
	return s.report.beside(figure{Name: "publish", Value: medians[0], Unit: "events/s", N: n, Env: environment{Rounds: s.rounds}}, "raw_batches", medians[1])
}
