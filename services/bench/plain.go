package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/history"
)

// plainBatch is how many messages the plain consumer takes between two acknowledgements.
const plainBatch = 10_000

const (
	plainIdentity   = "price_list, currency, meter_id, sku_id, type, reservation_term, tier"
	plainAttributes = "meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, region, location, " +
		"arm_sku_name, is_primary_meter_region"
	plainPeriods = "INSERT INTO rates_store (key, " + plainIdentity + ", valid_from, valid_to, priced, price, effective_from, known_at, kind, " +
		plainAttributes + ", stream, seq, row)"
	plainChanges = "INSERT INTO rate_changes_store (key, " + plainIdentity + ", kind, field, returned, correction, backdated, expiring, upcoming, first_region, " +
		"has_before, before_price, before_from, before_to, before_plan_terms, before_plan_prices, " +
		"has_after, after_price, after_from, after_to, after_plan_terms, after_plan_prices, " + plainAttributes + ", known_at, scope, crawl, stream, seq, row)"
)

// plain is what one would write first: one durable consumer, one JSON decode a message, row after row appended, one acknowledgement a
// batch. It writes the same rows, but promises nothing after a crash and cuts batches anywhere.
func (b *burst) plain(ctx context.Context) contestant {
	return b.into(ctx, "plain", func(t *tables) (time.Duration, error) {
		js, err := jetstream.New(b.from.conn)
		if err != nil {
			return 0, err
		}
		took := stopwatch()
		consumer, err := js.CreateConsumer(ctx, b.info.Name.Name, jetstream.ConsumerConfig{
			Durable: t.name, AckPolicy: jetstream.AckAllPolicy, MaxAckPending: 2 * plainBatch, AckWait: 5 * time.Minute,
		})
		if err != nil {
			return 0, err
		}
		for left := b.info.Last; left > 0; {
			n, err := b.plainOnce(ctx, t, consumer, min(plainBatch, int(left)))
			if err != nil {
				return 0, err
			}
			left -= uint64(n)
		}
		d := took()
		return d, js.DeleteConsumer(ctx, b.info.Name.Name, t.name)
	})
}

// plainOnce takes a batch.
func (b *burst) plainOnce(ctx context.Context, t *tables, consumer jetstream.Consumer, most int) (int, error) {
	fetched, err := consumer.Fetch(most)
	if err != nil {
		return 0, err
	}
	periods, err := t.conn.PrepareBatch(ctx, plainPeriods)
	if err != nil {
		return 0, err
	}
	defer func() { _ = periods.Close() }()
	changes, err := t.conn.PrepareBatch(ctx, plainChanges)
	if err != nil {
		return 0, err
	}
	defer func() { _ = changes.Close() }()
	n := 0
	var last jetstream.Msg
	for message := range fetched.Messages() {
		n, last = n+1, message
		if !strings.HasPrefix(message.Subject(), "pw.rate.") {
			continue // a crawl's record: a handful of rows, left out
		}
		if err := b.plainAppend(message, periods, changes); err != nil {
			return n, err
		}
	}
	if err := fetched.Error(); err != nil || n == 0 {
		return n, err
	}
	for _, batch := range []driver.Batch{periods, changes} {
		if err := batch.Send(); err != nil {
			return n, err
		}
	}
	return n, last.DoubleAck(ctx)
}

func (b *burst) plainAppend(message jetstream.Msg, periods, changes driver.Batch) error {
	meta, err := message.Metadata()
	if err != nil {
		return err
	}
	var e struct {
		Data event.RateChanged `json:"data"`
	}
	if err := json.Unmarshal(message.Data(), &e); err != nil {
		return fmt.Errorf("decode message: %w", err)
	}
	c := &e.Data
	key, err := strconv.ParseUint(c.Key, 16, 64)
	if err != nil {
		return err
	}
	tier, err := decimal.NewFromString(c.Identity.Tier)
	if err != nil {
		return err
	}
	i := &c.Identity
	identity := []any{key, i.PriceList, i.Currency, i.MeterID, i.SKUID, i.Type, i.ReservationTerm, tier}
	for n, p := range c.Periods {
		row, err := plainPeriod(identity, c, p)
		if err != nil {
			return err
		}
		if err := periods.Append(append(row, b.info.Name.String(), meta.Sequence.Stream, uint32(n))...); err != nil {
			return err
		}
	}
	row, err := plainChange(identity, c)
	if err != nil {
		return err
	}
	return changes.Append(append(row, c.KnownAt, c.Scope, c.Crawl, b.info.Name.String(), meta.Sequence.Stream, uint32(0))...)
}

func plainPeriod(identity []any, c *event.RateChanged, p event.RatePeriod) ([]any, error) {
	price, effective, priced := decimal.Zero, time.Unix(0, 0), p.Price != nil
	if priced {
		var err error
		if price, err = decimal.NewFromString(*p.Price); err != nil {
			return nil, err
		}
		effective = *p.EffectiveFrom
	}
	row := append([]any{}, identity...)
	row = append(row, history.StoredFrom(p.From), plainEnd(p.To), priced, price, effective, c.KnownAt, c.Kind)
	return append(row, plainAttributeValues(c)...), nil
}

func plainChange(identity []any, c *event.RateChanged) ([]any, error) {
	row := append([]any{}, identity...)
	row = append(row, c.Kind, c.Field, c.Returned, c.Correction, c.Backdated, c.Expiring, c.Upcoming, c.Region)
	for _, side := range []*event.RateRow{c.Before, c.After} {
		if side == nil {
			row = append(row, false, decimal.Zero, time.Unix(0, 0), time.Unix(0, 0), []string{}, []decimal.Decimal{})
			continue
		}
		price, err := decimal.NewFromString(side.Price)
		if err != nil {
			return nil, err
		}
		var terms []string
		var prices []decimal.Decimal
		for _, plan := range side.SavingsPlans {
			p, err := decimal.NewFromString(plan.Price)
			if err != nil {
				return nil, err
			}
			terms, prices = append(terms, plan.Term), append(prices, p)
		}
		row = append(row, true, price, side.EffectiveFrom, plainEnd(side.EffectiveTo), terms, prices)
	}
	return append(row, plainAttributeValues(c)...), nil
}

func plainEnd(t *time.Time) time.Time {
	if t == nil {
		return history.Open()
	}
	return *t
}

func plainAttributeValues(c *event.RateChanged) []any {
	var a event.RateAttributes
	switch {
	case c.After != nil:
		a = c.After.Attributes
	case c.Before != nil:
		a = c.Before.Attributes
	}
	return []any{
		a.MeterName, a.ProductID, a.ProductName, a.SKUName, a.ServiceName, a.ServiceID, a.ServiceFamily, a.UnitOfMeasure, a.Region, a.Location, a.ARMSKUName,
		a.IsPrimaryMeterRegion,
	}
}
