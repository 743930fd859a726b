package main

import (
	"context"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// watcher makes outcomes in which every row changes: it observes window after window of a catalogue, and its next version after the last.
type watcher struct {
	ledger             *rate.Ledger
	identities, window int
	step               int
}

func newWatcher(identities, window int) (*watcher, error) {
	ledger, err := rate.NewLedger(string(usd))
	return &watcher{ledger: ledger, identities: identities, window: min(window, identities)}, err
}

// next judges the next window and takes it over.
func (w *watcher) next() (rate.Outcome, error) {
	windows := w.identities / w.window
	from, version := w.step%windows*w.window, w.step/windows
	rows, err := readRows(from, from+w.window, version)
	if err != nil {
		return rate.Outcome{}, err
	}
	at := firstStart().AddDate(0, 0, version).Add(time.Hour + time.Duration(w.step)*time.Second)
	outcome, err := w.ledger.Judge(rate.Observation{
		Source: "bench", Scope: "bench-usd", Currency: string(usd), At: at, Finished: at, Pages: 1, Complete: true, Partial: true, Rows: rows,
	}, rate.DefaultPolicy())
	if err != nil {
		return rate.Outcome{}, err
	}
	w.step++
	return outcome, w.ledger.Apply(outcome)
}

// batches returns the messages of the next n outcomes.
func (w *watcher) batches(n int) ([][]stream.Message, error) {
	all := make([][]stream.Message, n)
	for i := range all {
		outcome, err := w.next()
		if err != nil {
			return nil, err
		}
		if all[i], err = event.RateBatch(outcome); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fill publishes the changes of n outcomes and returns the stream as it is then.
func (w *watcher) fill(ctx context.Context, to *streams, n int) (stream.Info, error) {
	name := stream.Rates(string(usd))
	if _, err := to.Declare(ctx, stream.RatesDeclaration(string(usd))); err != nil {
		return stream.Info{}, err
	}
	for range n {
		batches, err := w.batches(1)
		if err != nil {
			return stream.Info{}, err
		}
		if _, err := to.Publish(ctx, name, batches[0], stream.Expectation{}); err != nil {
			return stream.Info{}, err
		}
	}
	return to.Info(ctx, name)
}
