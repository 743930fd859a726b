package main

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	periodsShort = 20                 // of one rate in the short history
	periodsLong  = 200                // of one rate in the long one, whose beginning the short one is
	between      = 3 * 24 * time.Hour // two prices of one rate
	pricesAtOnce = 2                  // how many prices of all rates one insertion gives
	pastStream   = "RATES_USD@bench"
)

// past is a long history: every rate of a catalogue has got another price again and again, from some instant on and for good.
type past struct {
	t    *tables
	rows []rate.Row // one of each rate
	each int        // prices that each rate has got so far
}

func (p *past) periods() int { return len(p.rows) * p.each }

// changedAt is when price number v starts; it becomes known 12 hours later.
func changedAt(v int) time.Time { return firstStart().Add(time.Duration(v) * between) }

// priceAt is price number v of rate i.
func priceAt(i, v int) decimal.Decimal {
	return decimal.New(int64(i%997+1), -2).Add(decimal.NewFromInt(int64(v)))
}

// makePast fills tables with n rates that have no price yet. Rates go through the client; their periods are multiplied inside the engine, as
// crawls would have left them, only faster.
func makePast(ctx context.Context, t *tables, n int) (*past, error) {
	p := &past{t: t}
	var err error
	if p.rows, err = readRows(0, n, 0); err != nil {
		return nil, err
	}
	if err := p.upload(ctx); err != nil {
		return nil, fmt.Errorf("upload rates: %w", err)
	}
	return p, nil
}

// grow gives every rate prices until it has got so many, and cuts the history into slices as crawls would have. It returns how long the
// cutting took.
func (p *past) grow(ctx context.Context, each int) (time.Duration, error) {
	for ; p.each < each; p.each += pricesAtOnce {
		if err := p.change(ctx); err != nil {
			return 0, fmt.Errorf("make prices from %d on: %w", p.each, err)
		}
	}
	if err := p.settle(ctx); err != nil {
		return 0, err
	}
	took := stopwatch()
	if err := p.t.Reslice(ctx, pastStream); err != nil {
		return 0, err
	}
	cutting := took()
	return cutting, p.settle(ctx)
}

func (p *past) upload(ctx context.Context) error {
	err := p.t.conn.Exec(ctx, "CREATE TABLE bench_rates (i UInt32, key UInt64, price_list String, currency String, meter_id String, sku_id String, type String, "+
		"reservation_term String, tier Decimal(38, 18), meter_name String, product_id String, product_name String, sku_name String, service_name String, "+
		"service_id String, service_family String, unit_of_measure String, region String, location String, arm_sku_name String, is_primary_meter_region String) "+
		"ENGINE = MergeTree ORDER BY key")
	if err != nil {
		return err
	}
	batch, err := p.t.conn.PrepareBatch(ctx, "INSERT INTO bench_rates")
	if err != nil {
		return err
	}
	defer func() { _ = batch.Close() }()
	for i := range p.rows {
		r := &p.rows[i]
		a, id := &r.Attributes, &r.Identity
		if err := batch.Append(uint32(i), uint64(id.Key()), id.PriceList, id.Currency, id.MeterID, id.SKUID, id.Type, id.ReservationTerm, id.Tier.Exact(),
			a.MeterName, a.ProductID, a.ProductName, a.SKUName, a.ServiceName, a.ServiceID, a.ServiceFamily, a.UnitOfMeasure, a.ARMRegionName, a.Location,
			a.ARMSKUName, a.IsPrimaryMeterRegion); err != nil {
			return err
		}
	}
	return batch.Send()
}

// change gives every rate the next prices.
func (p *past) change(ctx context.Context) error {
	instant := func(hours int) string {
		return fmt.Sprintf("toDateTime64('%s', 3, 'UTC') + toIntervalHour(v * %d + %d)", firstStart().Format(time.DateOnly), int(between.Hours()), hours)
	}
	kind, price := "if(v = 0, 'added', 'price_changed')", "toDecimal128(i % 997 + 1, 18) / 100 + v"
	from, open, known := instant(0), "'2262-01-01 00:00:00'", instant(12)
	place := fmt.Sprintf("'%s', v * %d + 1 + i, 0 FROM bench_rates ARRAY JOIN range(%d, %d) AS v", pastStream, len(p.rows), p.each, p.each+pricesAtOnce)
	common := "SELECT key, " + plainIdentity + ", "
	err := p.t.conn.Exec(ctx, plainPeriods+" "+common+from+", "+open+", true, "+price+", "+from+", "+known+", "+kind+", "+plainAttributes+", "+place)
	if err != nil {
		return err
	}
	return p.t.conn.Exec(ctx, "INSERT INTO rate_changes_store (key, "+plainIdentity+", kind, has_after, after_price, after_from, after_to, "+plainAttributes+
		", known_at, stream, seq, row) "+common+kind+", true, "+price+", "+from+", "+open+", "+plainAttributes+", "+known+", "+place)
}

// bytes returns what tables take on disk, by name.
func (p *past) bytes(ctx context.Context, tables ...string) (float64, error) {
	var n uint64
	err := p.t.conn.QueryRow(ctx, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table IN (?)", tables).Scan(&n)
	return float64(n) / (1 << 20), err
}

// settle waits until no merge has run for two seconds, two minutes at most: a history is asked more often than it is written.
func (p *past) settle(ctx context.Context) error {
	idle := stopwatch()
	for took := stopwatch(); took() < 2*time.Minute && idle() < 2*time.Second; time.Sleep(200 * time.Millisecond) {
		var running uint64
		if err := p.t.conn.QueryRow(ctx, "SELECT count() FROM system.merges").Scan(&running); err != nil {
			return err
		}
		if running > 0 {
			idle = stopwatch()
		}
	}
	return nil
}
