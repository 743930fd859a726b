package main

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

const (
	askedPoints = 100  // questions a round
	askedLists  = 3    // lists a round
	listLimit   = 1000 // items of a list
)

// plainAsOf is the plain question: of the periods that were known and hold the instant, the latest known. The slots: a condition, and
// what orders and limits.
const (
	plainAsOf = `SELECT key, meter_id, sku_id, type, reservation_term, tier,
    hit.1, hit.2, hit.3, hit.4, hit.5, hit.6, hit.7, hit.8, hit.9, hit.10, hit.11, hit.12, hit.13, hit.14, hit.15
FROM (
    SELECT key, meter_id, sku_id, type, reservation_term, tier,
        argMax((price, effective_from, priced, ` + plainAttributes + `), (known_at, seq, row)) AS hit
    FROM rates_store
    WHERE known_at <= @known AND valid_from <= @at AND @at < valid_to AND `
	plainAsOfEnd = `
    GROUP BY key, meter_id, sku_id, type, reservation_term, tier
)
WHERE hit.3`
)

// benchAsOf asks a long history what was known at some instant of another one: for one rate, and for a service in a region.
func benchAsOf(ctx context.Context, s settings) error {
	e, err := openEngine(s.folder)
	if err != nil {
		return err
	}
	defer e.close()
	t, err := openTables(ctx, e.server.DSN(), "past")
	if err != nil {
		return err
	}
	took := stopwatch()
	p, err := makePast(ctx, t, s.size(250_000))
	if err == nil {
		err = p.settle(ctx)
	}
	if err != nil {
		return err
	}
	s.report.say("%d periods after %s", p.periods(), took().Round(time.Second))
	points, err := contest(s.rounds, p.points(ctx), p.plainPoints(ctx))
	if err != nil {
		return err
	}
	f := figure{Name: "asof_point", Value: points[0], Unit: "ms", N: p.periods(), Env: environment{Rounds: s.rounds}}
	if err := s.report.beside(f, "plain_argmax", points[1]); err != nil {
		return err
	}
	lists, err := contest(s.rounds, p.lists(ctx), p.plainLists(ctx))
	if err != nil {
		return err
	}
	f.Name, f.Value = "asof_list", lists[0]
	if err := s.report.beside(f, "plain_argmax", lists[1]); err != nil {
		return err
	}
	return t.drop(ctx)
}

// asked is what the q-th question of a round is about: a rate, and an instant as known half a year later. What holds is price number v.
func (p *past) asked(round, q int) (i, v int, at history.AsOf) {
	i = (round*askedPoints + q) * 7919 % len(p.rows)
	v = (round + q) % (periodsEach - 7)
	valid := changedAt(v).Add(between / 2)
	return i, v, history.AsOf{At: valid, KnownAt: valid.Add(6 * between)}
}

// median asks n questions and returns the median of their times in milliseconds.
func median(n int, ask func(q int) error) (float64, error) {
	times := make([]float64, n)
	for q := range times {
		took := stopwatch()
		if err := ask(q); err != nil {
			return 0, err
		}
		times[q] = milliseconds(took())
	}
	return quantile(times, 0.5), nil
}

func (p *past) points(ctx context.Context) contestant {
	return func(round int) (float64, error) {
		return median(askedPoints, func(q int) error {
			i, v, at := p.asked(round, q)
			answer, err := p.t.Rate(ctx, history.RatePoint{Identity: p.rows[i].Identity, AsOf: at})
			if err != nil {
				return err
			}
			return same(answer.Price.Exact(), priceAt(i, v))
		})
	}
}

func (p *past) plainPoints(ctx context.Context) contestant {
	return func(round int) (float64, error) {
		return median(askedPoints, func(q int) error {
			i, v, at := p.asked(round, q)
			prices, err := p.plain(ctx, "key = @key"+plainAsOfEnd, at, driverArgs{"key": uint64(p.rows[i].Identity.Key())})
			if err != nil {
				return err
			}
			if len(prices) != 1 {
				return fault.New(fault.Internal, "ask plainly: %d answers", len(prices))
			}
			return same(prices[0], priceAt(i, v))
		})
	}
}

// listAsked is the q-th list of a round.
func (p *past) listAsked(round, q int) history.RateList {
	i, _, at := p.asked(round, q)
	return history.RateList{Region: regionOf(i), Service: serviceOf(i), AsOf: at, Page: history.Page{Limit: listLimit}}
}

func (p *past) lists(ctx context.Context) contestant {
	return func(round int) (float64, error) {
		return median(askedLists, func(q int) error {
			page, err := p.t.Rates(ctx, p.listAsked(round, q))
			if err == nil && len(page.Items) == 0 {
				err = fault.New(fault.Internal, "ask for a list: it is empty")
			}
			return err
		})
	}
}

func (p *past) plainLists(ctx context.Context) contestant {
	const condition = "region = @region AND service_name = @service" + plainAsOfEnd + " ORDER BY key LIMIT 1001"
	return func(round int) (float64, error) {
		return median(askedLists, func(q int) error {
			list := p.listAsked(round, q)
			prices, err := p.plain(ctx, condition, list.AsOf, driverArgs{"region": list.Region, "service": list.Service})
			if err == nil && len(prices) == 0 {
				err = fault.New(fault.Internal, "ask plainly for a list: it is empty")
			}
			return err
		})
	}
}

func same(got, want decimal.Decimal) error {
	if !got.Equal(want) {
		return fault.New(fault.Internal, "the answer is %s instead of %s", got, want)
	}
	return nil
}
