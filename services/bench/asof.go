package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

const (
	askedPoints = 100  // questions a round
	askedLists  = 3    // pages a round
	listLimit   = 1000 // items of a page
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

// benchAsOf asks a long history, and one ten times as long, what was known at some instant of another one: for one rate, for all of them,
// and for a service in a region.
func benchAsOf(ctx context.Context, s settings) error {
	e, err := openEngine(s.folder, joinMemory)
	if err != nil {
		return err
	}
	defer e.close()
	t, err := openTables(ctx, e.server.DSN(), "past")
	if err != nil {
		return err
	}
	p, err := makePast(ctx, t, s.size(250_000))
	if err != nil {
		return err
	}
	for _, each := range []int{periodsShort, periodsLong} {
		if err := s.asOf(ctx, p, each); err != nil {
			return err
		}
	}
	return t.drop(ctx)
}

// asOf measures a history of so many periods a rate.
func (s settings) asOf(ctx context.Context, p *past, each int) error {
	took := stopwatch()
	cutting, err := p.grow(ctx, each)
	if err != nil {
		return err
	}
	s.report.say("%d periods after %s", p.periods(), took().Round(time.Second))
	if err := s.slices(ctx, p, cutting); err != nil {
		return err
	}
	bill := p.bill(s.size(billLines))
	for _, b := range []struct {
		name, of       string
		product, plain contestant
		rounds         int
		baseline       string
	}{
		{"asof_point", "p50", p.points(ctx, 0.5), p.plainPoints(ctx, 0.5), s.rounds, "plain_argmax"},
		{"asof_point", "p99", p.points(ctx, 0.99), p.plainPoints(ctx, 0.99), s.rounds, "plain_argmax"},
		{"asof_list", "all rates", p.lists(ctx), p.plainLists(ctx, "true"), min(s.rounds, 3), "plain_argmax"},
		{"asof_list", "a service in a region", p.pages(ctx), p.plainPages(ctx), min(s.rounds, 3), "plain_argmax"},
		{"lookup", "100,000 lines in n periods", p.lookups(ctx, bill), p.asofJoins(ctx, bill), min(s.rounds, 3), "asof_join"},
	} {
		values, err := contest(b.rounds, b.product, b.plain)
		if err != nil {
			return err
		}
		f := figure{Name: b.name, Value: values[0], Unit: "ms", N: p.periods(), Env: environment{Rounds: b.rounds, Of: b.of}}
		if err := s.report.beside(f, b.baseline, values[1]); err != nil {
			return err
		}
	}
	return nil
}

// slices tells what slices cost: the disk that they take beside the tables that they are made of, and the time to cut all of them.
func (s settings) slices(ctx context.Context, p *past, cutting time.Duration) error {
	slices, err := p.bytes(ctx, "rate_slices", "rate_row_slices")
	if err != nil {
		return err
	}
	tables, err := p.bytes(ctx, "rates_store", "rate_changes_store")
	if err != nil {
		return err
	}
	f := figure{Name: "asof_slices", Value: slices, Unit: "MiB", N: p.periods(), Env: environment{Rounds: 1, Of: "disk"}}
	if err := s.report.beside(f, "tables", tables); err != nil {
		return err
	}
	return s.report.alone(figure{Name: "asof_slices", Value: cutting.Seconds(), Unit: "s", N: p.periods(), Env: environment{Rounds: 1, Of: "cutting all of them"}})
}

// asked is what the q-th question of a round is about: a rate, and an instant as known six prices later. What holds is price number v.
func (p *past) asked(round, q int) (i, v int, at history.AsOf) {
	i = (round*askedPoints + q) * 7919 % len(p.rows)
	v = (round*askedPoints + q) * 13 % (p.each - 7)
	valid := changedAt(v).Add(between / 2)
	return i, v, history.AsOf{At: valid, KnownAt: valid.Add(6 * between)}
}

// timed asks n questions and returns a quantile of their times in milliseconds.
func timed(n int, at float64, ask func(q int) error) (float64, error) {
	times := make([]float64, n)
	for q := range times {
		took := stopwatch()
		if err := ask(q); err != nil {
			return 0, err
		}
		times[q] = milliseconds(took())
	}
	return quantile(times, at), nil
}

func (p *past) points(ctx context.Context, at float64) contestant {
	return func(round int) (float64, error) {
		return timed(askedPoints, at, func(q int) error {
			i, v, at := p.asked(round, q)
			answer, err := p.t.Rate(ctx, history.RatePoint{Identity: p.rows[i].Identity, AsOf: at})
			if err != nil {
				return err
			}
			return same(answer.Price.Exact(), priceAt(i, v))
		})
	}
}

func (p *past) plainPoints(ctx context.Context, at float64) contestant {
	return func(round int) (float64, error) {
		return timed(askedPoints, at, func(q int) error {
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

// lists reads the list of all rates, with attributes and ends, from the view that analysts ask.
func (p *past) lists(ctx context.Context) contestant {
	return func(round int) (float64, error) {
		_, v, at := p.asked(round, round)
		took := stopwatch()
		question := fmt.Sprintf("SELECT * FROM rates_at(valid_at = '%s', known_at = '%s')", at.At.Format(time.RFC3339), at.KnownAt.Format(time.RFC3339))
		rows, err := p.t.conn.Query(ctx, question)
		if err != nil {
			return 0, err
		}
		defer func() { _ = rows.Close() }()
		n := 0
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil {
			return 0, err
		}
		ms := milliseconds(took())
		return ms, p.whole(ctx, n, v, question)
	}
}

// whole makes sure that a list has every rate at its price number v.
func (p *past) whole(ctx context.Context, n, v int, question string) error {
	var sum decimal.Decimal
	if err := p.t.conn.QueryRow(ctx, strings.Replace(question, "*", "sum(price)", 1)).Scan(&sum); err != nil {
		return err
	}
	want := decimal.Zero
	for i := range p.rows {
		want = want.Add(priceAt(i, v))
	}
	if n != len(p.rows) {
		return fault.New(fault.Internal, "ask for all rates: %d of %d", n, len(p.rows))
	}
	return same(sum, want)
}

// plainLists asks the plain question for all rates that a condition lets through.
func (p *past) plainLists(ctx context.Context, condition string) contestant {
	return func(round int) (float64, error) {
		_, _, at := p.asked(round, round)
		took := stopwatch()
		rows, err := p.plainRows(ctx, condition+plainAsOfEnd, at, nil)
		if err != nil {
			return 0, err
		}
		defer func() { _ = rows.Close() }()
		n := 0
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil {
			return 0, err
		}
		if n != len(p.rows) {
			return 0, fault.New(fault.Internal, "ask plainly for all rates: %d of %d", n, len(p.rows))
		}
		return milliseconds(took()), nil
	}
}

// pageAsked is the q-th page of a round.
func (p *past) pageAsked(round, q int) history.RateList {
	i, _, at := p.asked(round, q)
	return history.RateList{Region: regionOf(i), Service: serviceOf(i), AsOf: at, Page: history.Page{Limit: listLimit}}
}

func (p *past) pages(ctx context.Context) contestant {
	return func(round int) (float64, error) {
		return timed(askedLists, 0.5, func(q int) error {
			page, err := p.t.Rates(ctx, p.pageAsked(round, q))
			if err == nil && len(page.Items) == 0 {
				err = fault.New(fault.Internal, "ask for a list: it is empty")
			}
			return err
		})
	}
}

func (p *past) plainPages(ctx context.Context) contestant {
	const condition = "region = @region AND service_name = @service" + plainAsOfEnd + " ORDER BY key LIMIT 1001"
	return func(round int) (float64, error) {
		return timed(askedLists, 0.5, func(q int) error {
			list := p.pageAsked(round, q)
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
