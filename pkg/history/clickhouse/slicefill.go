package clickhouse

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// filledAtOnce is how many rows of slices are inserted at once. A period that begins long ago goes to many slices.
const filledAtOnce = 250_000

// fillSlices gives rows that a table has taken to the slices that they matter in.
func (s *Store) fillSlices(ctx context.Context, t history.Table, rows *history.Rows, token string) error {
	if t != history.TableRates && t != history.TableRateChanges {
		return nil
	}
	stream := rows.RateChanges[0].Stream
	known, err := s.slicesOf(ctx, stream)
	if err != nil {
		return err
	}
	cuts := known.present()
	latest := rows.RateChanges[0].KnownAt
	for i := range rows.RateChanges {
		if at := rows.RateChanges[i].KnownAt; at.After(latest) {
			latest = at
		}
	}
	large := rows.Count(t) >= s.cfg.BulkRows
	switch {
	case t == history.TableRateChanges && large:
		return s.fillInside(ctx, &sliceTables()[1], cuts, rows)
	case t == history.TableRateChanges:
		return s.fillRows(ctx, cuts, rows.RateChanges, token)
	case large:
		err = s.fillInside(ctx, &sliceTables()[0], cuts, rows)
	default:
		err = s.fillPeriods(ctx, cuts, periodsOf(rows.RateChanges), token)
	}
	if err == nil {
		known.appending(rows.Count(t), history.StoredKnown(latest))
	}
	return err
}

// fillInside copies many rows from the table that has just taken them: finding them by their sequences costs the engine less than to be sent
// them again.
func (s *Store) fillInside(ctx context.Context, t *sliceTable, cuts []cut, rows *history.Rows) error {
	var f filters
	f.where("stream = @stream", "stream", rows.RateChanges[0].Stream)
	f.where("seq >= @from", "from", rows.RateChanges[0].Sequence)
	f.where("seq <= @to", "to", rows.RateChanges[len(rows.RateChanges)-1].Sequence)
	slices := make([]string, len(cuts))
	for i := range cuts {
		slices[i] = fmt.Sprintf("(toUInt64(%d), toDateTime64('%s', 6, 'UTC'), toDateTime64('%s', 6, 'UTC'))", cuts[i].slice, knownText(cuts[i].at), knownText(next(cuts, i)))
	}
	within := strings.NewReplacer(cutText, "c.2", nextText, "c.3").Replace(t.bounded + " AND " + t.until)
	return s.fill(ctx, t, "SELECT stream, c.1, false, "+t.sources+" FROM (SELECT *, ["+strings.Join(slices, ", ")+"] AS cuts FROM "+t.source+f.all()+
		") ARRAY JOIN cuts AS c WHERE "+within, f.args)
}

// slicedPeriod is a row of rate_slices.
type slicedPeriod struct {
	*period
	slice uint64
}

func (s *Store) fillPeriods(ctx context.Context, cuts []cut, periods []period, token string) error {
	var rows []slicedPeriod
	part := 0
	flush := func() error {
		part++
		err := s.sendSlices(ctx, "rate_slices", slicedPeriodBlock(rows), token, cuts[len(cuts)-1].slice, part)
		rows = rows[:0]
		return err
	}
	for i := range periods {
		p := &periods[i]
		from, to, at := history.StoredFrom(p.span.From), history.StoredTo(p.span.To), history.StoredKnown(p.change.KnownAt)
		if at.Before(from) {
			from = at
		}
		for j := range cuts {
			if !to.After(cuts[j].at) || from.After(next(cuts, j)) {
				continue
			}
			rows = append(rows, slicedPeriod{p, cuts[j].slice})
		}
		if len(rows) >= filledAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// slicedRow is a row of rate_row_slices.
type slicedRow struct {
	change  *history.RateChange
	derived *derived
	slice   uint64
}

func (s *Store) fillRows(ctx context.Context, cuts []cut, changes []history.RateChange, token string) error {
	var rows []slicedRow
	part := 0
	flush := func() error {
		part++
		err := s.sendSlices(ctx, "rate_row_slices", slicedRowBlock(rows), token, cuts[len(cuts)-1].slice, part)
		rows = rows[:0]
		return err
	}
	all := derive(changes)
	for i := range changes {
		for j := range cuts {
			if !history.StoredKnown(changes[i].KnownAt).After(next(cuts, j)) {
				rows = append(rows, slicedRow{&changes[i], &all[i], cuts[j].slice})
			}
		}
		if len(rows) >= filledAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// sendSlices inserts a part of what a token's rows give to the slices up to the last that is known: who knows another gives them more.
func (s *Store) sendSlices(ctx context.Context, table string, columns block, token string, last uint64, part int) error {
	if columns.rows() == 0 {
		return nil
	}
	return explain("fill "+table, s.send(ctx, table, columns, token+":"+strconv.FormatUint(last, 10)+":"+strconv.Itoa(part)))
}

func slicedPeriodBlock(rows []slicedPeriod) block {
	type R = slicedPeriod
	return block{
		gather("stream", rows, func(r *R) string { return r.change.Stream }),
		gather("slice", rows, func(r *R) uint64 { return r.slice }),
		gather("key", rows, func(r *R) uint64 { return uint64(r.change.Key) }),
		gather("valid_from", rows, func(r *R) time.Time { return history.StoredFrom(r.span.From) }),
		gather("valid_to", rows, func(r *R) time.Time { return history.StoredTo(r.span.To) }),
		gather("priced", rows, func(r *R) bool { return !r.span.None }),
		gather("price", rows, func(r *R) decimal.Decimal { return r.span.Price.Exact() }),
		gather("effective_from", rows, func(r *R) time.Time { return effectiveFrom(r.span) }),
		gather("hourly_equivalent", rows, func(r *R) *decimal.Decimal { return hourlyOf(&r.change.Identity, r.span) }),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.change.KnownAt) }),
		gather("seq", rows, func(r *R) uint64 { return r.change.Sequence }),
		gather("row", rows, func(r *R) uint32 { return r.row }),
	}
}

// effectiveFrom is the start of the row that gives a period's price, as it is kept.
func effectiveFrom(s *rate.Span) time.Time {
	if s.None {
		return epoch()
	}
	return history.StoredFrom(s.Start)
}

// hourlyOf is what a period's price is an hour, nil where that says nothing.
func hourlyOf(id *rate.Identity, s *rate.Span) *decimal.Decimal {
	if s.None {
		return nil
	}
	return hourly(id, s.Price)
}

func slicedRowBlock(rows []slicedRow) block {
	type R = slicedRow
	after := func(r *R) *rate.Row {
		if r.change.After != nil {
			return r.change.After
		}
		return &rate.Row{}
	}
	b := block{
		gather("stream", rows, func(r *R) string { return r.change.Stream }),
		gather("slice", rows, func(r *R) uint64 { return r.slice }),
		gather("key", rows, func(r *R) uint64 { return uint64(r.change.Key) }),
		gather("has_after", rows, func(r *R) bool { return r.change.After != nil }),
	}
	b = append(b, rateIdentities(rows, func(r *R) *rate.Identity { return &r.change.Identity })...)
	b = append(b, texts(rateAttributeNames(), rows, func(r *R) []*string { return rateAttributeFields(&rowOf(r.change).Attributes) })...)
	b = append(b,
		gather("plan_terms", rows, func(r *R) []string { return planTerms(after(r)) }),
		gather("plan_prices", rows, func(r *R) []decimal.Decimal { return planPrices(after(r)) }),
		gather("included_quantity", rows, func(r *R) decimal.Decimal { return included(after(r)) }),
	)
	b = append(b, derivedColumns(rows, func(r *R) *derived { return r.derived })...)
	return append(b,
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.change.KnownAt) }),
		gather("seq", rows, func(r *R) uint64 { return r.change.Sequence }),
		gather("row", rows, func(r *R) uint32 { return r.change.Row }),
	)
}
