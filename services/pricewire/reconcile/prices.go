package reconcile

import (
	"context"

	"github.com/pricewire/pricewire/pkg/bill"
)

// Lookup answers many questions at once, in their order: what nobody has a price for has an empty answer. It may be asked again.
type Lookup interface {
	Rates(ctx context.Context, questions []bill.RateQuestion) ([]bill.Scale, error)
	Prices(ctx context.Context, questions []bill.PriceQuestion) ([]bill.Prices, error)
}

// The bounds of what is asked and remembered.
const (
	mostAsked = 5_000  // questions of one request
	mostKept  = 10_000 // answers of each generation that are remembered; there are two
)

// answers asks each question once, and remembers the last answers.
type answers[Q comparable, A any] struct {
	ask        func(context.Context, []Q) ([]A, error)
	young, old map[Q]A
	now        map[Q]A // of the chunk at hand
	asked      int     // questions so far
}

func newAnswers[Q comparable, A any](ask func(context.Context, []Q) ([]A, error)) *answers[Q, A] {
	return &answers[Q, A]{ask: ask, young: map[Q]A{}, old: map[Q]A{}, now: map[Q]A{}}
}

// begin forgets what only the chunk before needed.
func (a *answers[Q, A]) begin() { clear(a.now) }

// need makes the answers to questions available to get.
func (a *answers[Q, A]) need(ctx context.Context, questions []Q) error {
	var missing []Q
	for _, q := range questions {
		if _, ok := a.now[q]; ok {
			continue
		}
		if answer, ok := a.remembered(q); ok {
			a.now[q] = answer
			continue
		}
		var none A
		a.now[q] = none // so that it is asked once
		missing = append(missing, q)
	}
	for len(missing) > 0 {
		part := missing[:min(len(missing), mostAsked)]
		missing = missing[len(part):]
		got, err := a.ask(ctx, part)
		if err != nil {
			return err
		}
		a.asked += len(part)
		for i, q := range part {
			a.now[q] = got[i]
			a.remember(q, got[i])
		}
	}
	return nil
}

func (a *answers[Q, A]) remembered(q Q) (A, bool) {
	answer, ok := a.young[q]
	if !ok {
		if answer, ok = a.old[q]; ok {
			a.remember(q, answer)
		}
	}
	return answer, ok
}

func (a *answers[Q, A]) remember(q Q, answer A) {
	if len(a.young) >= mostKept {
		a.old, a.young = a.young, map[Q]A{}
	}
	a.young[q] = answer
}

// get returns the answer to a question that was needed.
func (a *answers[Q, A]) get(q Q) A { return a.now[q] }
