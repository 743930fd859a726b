package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

const (
	// billLines is how many lines a bill has.
	billLines = 100_000
	// joinMemory is what the engine may use where lines are joined with 50 million periods, which it holds all at once. Questions of the product stay
	// within their own limit.
	joinMemory = 8 << 30
)

// bill are lines of random rates: usage of a month as known at its end, in the middle of what the rates got so far.
func (p *past) bill(lines int) []history.RateLookup {
	random := rand.New(rand.NewPCG(1, 2))
	end := changedAt(p.each / 2).Truncate(24 * time.Hour)
	all := make([]history.RateLookup, lines)
	for i := range all {
		day := end.Add(-time.Duration(random.IntN(30)+1) * 24 * time.Hour)
		all[i] = history.RateLookup{Identity: p.rows[random.IntN(len(p.rows))].Identity, AsOf: history.AsOf{At: day.Add(time.Hour), KnownAt: end}}
	}
	return all
}

func (p *past) lookups(ctx context.Context, lines []history.RateLookup) contestant {
	return func(int) (float64, error) {
		took := stopwatch()
		answers, err := p.t.LookupRates(ctx, lines)
		ms := milliseconds(took())
		if err != nil {
			return 0, err
		}
		for i := range answers {
			if len(answers[i]) != 1 || answers[i][0].Attributes.MeterName == "" {
				return 0, fault.New(fault.Internal, "look up line %d: %+v", i, answers[i])
			}
		}
		return ms, nil
	}
}

// asofJoins sends the lines and joins them with the periods, by what was valid; what was known when it does not ask.
func (p *past) asofJoins(ctx context.Context, lines []history.RateLookup) contestant {
	return func(int) (float64, error) {
		took := stopwatch()
		conn := p.t.conn
		if err := conn.Exec(ctx, "CREATE OR REPLACE TABLE bench_bill (line UInt32, key UInt64, at DateTime64(3, 'UTC')) ENGINE = Memory"); err != nil {
			return 0, err
		}
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO bench_bill")
		if err != nil {
			return 0, err
		}
		defer func() { _ = batch.Close() }()
		for i := range lines {
			if err := batch.Append(uint32(i), uint64(lines[i].Identity.Key()), lines[i].At); err != nil {
				return 0, err
			}
		}
		if err := batch.Send(); err != nil {
			return 0, err
		}
		rows, err := conn.Query(ctx, "SELECT line, price, "+plainAttributes+" FROM bench_bill AS l ASOF LEFT JOIN rates_store AS r ON l.key = r.key AND l.at >= r.valid_from")
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
		if n != len(lines) {
			return 0, fault.New(fault.Internal, "join %d lines: %d", len(lines), n)
		}
		return milliseconds(took()), nil
	}
}
