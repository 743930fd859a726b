package main

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/history"
)

// driverArgs are values by the name of their parameter.
type driverArgs map[string]any

// plainRows asks the plain question.
func (p *past) plainRows(ctx context.Context, condition string, at history.AsOf, args driverArgs) (driver.Rows, error) {
	values := []any{clickhouse.DateNamed("known", at.KnownAt, clickhouse.MicroSeconds), clickhouse.DateNamed("at", at.At, clickhouse.MilliSeconds)}
	for name, value := range args {
		values = append(values, clickhouse.Named(name, value))
	}
	return p.t.conn.Query(ctx, plainAsOf+condition, values...)
}

// plain asks the plain question and returns the prices of the answers, having read all of each.
func (p *past) plain(ctx context.Context, condition string, at history.AsOf, args driverArgs) ([]decimal.Decimal, error) {
	rows, err := p.plainRows(ctx, condition, at, args)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var prices []decimal.Decimal
	for rows.Next() {
		var (
			key         uint64
			identity    [4]string
			tier, price decimal.Decimal
			from        time.Time
			priced      bool
			attributes  [12]string
		)
		targets := []any{&key, &identity[0], &identity[1], &identity[2], &identity[3], &tier, &price, &from, &priced}
		for i := range attributes {
			targets = append(targets, &attributes[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		prices = append(prices, price)
	}
	return prices, rows.Err()
}
