package api

import (
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
)

// DiffInput is the two instants, on both axes of time, that a question compares.
type DiffInput struct {
	From      string `query:"from" doc:"Valid time before: a date or RFC 3339; required." example:"2026-11-30"`
	To        string `query:"to" doc:"Valid time after; required." example:"2026-12-01"`
	KnownFrom string `query:"known_from" doc:"Knowledge time before; now when empty." example:"2026-11-01"`
	KnownTo   string `query:"known_to" doc:"Knowledge time after; now when empty." example:"2026-11-15"`
}

func (s *server) bothSides(p *params, in DiffInput) (from, to history.AsOf) {
	p.required("query.from", in.From)
	p.required("query.to", in.To)
	now := s.deps.Clock.Now().UTC()
	return history.AsOf{At: p.instant("query.from", in.From, now), KnownAt: p.instant("query.known_from", in.KnownFrom, now)},
		history.AsOf{At: p.instant("query.to", in.To, now), KnownAt: p.instant("query.known_to", in.KnownTo, now)}
}

// RangeInput is a range of valid time, as known at an instant.
type RangeInput struct {
	From    string `query:"from" doc:"Start of the range of valid time: a date or RFC 3339; required." example:"2026-01-01"`
	To      string `query:"to" doc:"Its end, which is not in it; now when empty." example:"2027-01-01"`
	KnownAt string `query:"known_at" doc:"Knowledge time: what was believed then; now when empty." example:"2026-11-02T00:00:00Z"`
}

func (s *server) during(p *params, in RangeInput) (from, to, knownAt time.Time) {
	p.required("query.from", in.From)
	now := s.deps.Clock.Now().UTC()
	return p.instant("query.from", in.From, now), p.instant("query.to", in.To, now), p.instant("query.known_at", in.KnownAt, now)
}

// RestatedInput is a range of valid time, and whose knowledge of it is compared.
type RestatedInput struct {
	RangeInput
	SaidAt string `query:"said_at" doc:"Knowledge time of what was said; when empty that of each instant itself." example:"2026-02-01"`
}

// PointsInput bounds the steps of a chart.
type PointsInput struct {
	Points string `query:"points" doc:"Steps of each line at most, 10 to 10,000; 500 when empty. Where there are more, the range is cut into equal parts, and each keeps its first and last step, the first without a price, and the lowest and highest price." example:"200"`
}

func (in PointsInput) points(p *params) int {
	return p.number("query.points", in.Points, history.MinPoints, history.MaxPoints)
}

// MoversInput says how movers are ordered, and how many are wanted.
type MoversInput struct {
	By    string `query:"by" doc:"relative (default): by the share of the old price; absolute: by the amount." example:"absolute"`
	Limit string `query:"limit" doc:"How many, 1 to 1,000; 20 when empty." example:"20"`
}

func (in MoversInput) read(p *params) (history.Measure, int) {
	by := p.oneOf("query.by", in.By, string(history.Relative), string(history.Absolute))
	return history.Measure(by), p.number("query.limit", in.Limit, 1, history.MaxMovers)
}

// number reads a whole number of a range; empty is 0.
func (p *params) number(where, s string, least, most int) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		p.wrong(where, "\""+s+"\" is not a number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
		return 0
	}
	return n
}

// cut takes a page of what a question yields, with the cursor behind it.
func cut[F, T any](items iter.Seq2[F, error], size int, cursor func(F) string, view func(F) T) (pageOf[T], error) {
	var found []F
	next := ""
	for one, err := range items {
		if err != nil {
			return pageOf[T]{}, err
		}
		if len(found) == size {
			next = cursor(found[size-1])
			break
		}
		found = append(found, one)
	}
	return newPage(found, next, view), nil
}

// viewed yields the views of what a question yields.
func viewed[F, T any](items iter.Seq2[F, error], view func(F) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for one, err := range items {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yield(view(one), nil) {
				return
			}
		}
	}
}

// yielding makes the items of a file from a question that yields.
func yielding[Q, F, T any](ask func(context.Context, Q) iter.Seq2[F, error], q Q, view func(F) T) func(context.Context) iter.Seq2[T, error] {
	return func(ctx context.Context) iter.Seq2[T, error] { return viewed(ask(ctx, q), view) }
}
