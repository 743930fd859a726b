package clickhouse

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	identityColumns  = "price_list, currency, meter_id, sku_id, type, reservation_term, tier"
	attributeColumns = "meter_name, product_id, product_name, sku_name, service_name, service_id, service_family, unit_of_measure, " +
		"region, location, arm_sku_name, is_primary_meter_region"
	askedAt    = "toDateTime64(@at, 3, 'UTC')"
	askedKnown = "toDateTime64(@known_at, 6, 'UTC')"
	openText   = "toDateTime64('2262-01-01 00:00:00', 3, 'UTC')"
)

// asOfRates answers from the periods of every rate that filters let through. An identity's periods known at K, the latest known first,
// answer for an instant by the first that holds it; the answer ends at the first boundary beyond V where that gives another one. Its
// attributes are those of the last change known that has a row after it. The slots: conditions on periods, conditions on changes,
// conditions on the answers with what orders and limits them.
const asOfRates = `SELECT r.key, r.price_list, r.currency, r.meter_id, r.sku_id, r.type, r.reservation_term, r.tier,
    hit.4.2, hit.4.3, if(turn = 0, ` + openText + `, bounds[turn]), hit.1.1,
    c.current.1, c.current.2, c.current.3, c.current.4, c.current.5, c.current.6, c.current.7, c.current.8,
    c.current.9, c.current.10, c.current.11, c.current.12, c.current.13, c.current.14
FROM (
    SELECT key, ` + identityColumns + `,
        arrayFirst(p -> p.2 <= ` + askedAt + ` AND ` + askedAt + ` < p.3, periods) AS hit,
        arraySort(arrayFilter(b -> b > ` + askedAt + ` AND b < ` + openText + `, arrayDistinct(arrayConcat(periods.2, periods.3)))) AS bounds,
        arrayFirstIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, bounds) AS turn
    FROM (
        SELECT key, ` + identityColumns + `,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, price, effective_from)))) AS periods
        FROM rates_store
        WHERE known_at <= ` + askedKnown + `%s
        GROUP BY key, ` + identityColumns + `
    )
    WHERE hit.4.1
) AS r
LEFT JOIN (
    SELECT key, argMax((` + attributeColumns + `, after_plan_terms, after_plan_prices), (known_at, seq, row)) AS current
    FROM rate_changes_store
    WHERE has_after AND known_at <= ` + askedKnown + `%s
    GROUP BY key
) AS c ON r.key = c.key%s`

func (f *filters) asOf(a history.AsOf) {
	f.bind("at", validText(a.At))
	f.bind("known_at", knownText(a.KnownAt))
}

// rateListStatement asks for one more rate than the page holds. Region and service are what they are as known, so they are asked of the
// answer; that they were ever so narrows what is read.
func rateListStatement(q history.RateList, after string) (statement, error) {
	var f filters
	f.asOf(q.AsOf)
	f.equal("price_list", q.PriceList)
	f.equal("currency", q.Currency)
	f.equal("meter_id", q.MeterID)
	f.equal("sku_id", q.SKUID)
	f.equal("type", q.Type)
	if q.ReservationTerm != nil {
		f.where("reservation_term = @reservation_term", "reservation_term", *q.ReservationTerm)
	}
	f.tier(q.Tier)
	if after != "" {
		key, err := rate.ParseKey(after)
		if err != nil {
			return statement{}, fault.New(fault.Invalid, "read cursor: %w", err)
		}
		f.where("key > @after", "after", uint64(key))
	}
	changes := f.and()
	periods := changes + " AND valid_to > " + askedAt
	narrowed, end := f.attributes(q, changes)
	periods, changes = periods+narrowed, changes+narrowed
	end += "\nORDER BY r.key LIMIT " + strconv.Itoa(q.Size()+1)
	return statement{fmt.Sprintf(asOfRates, periods, changes, end), f.args}, nil
}

// attributes binds the filters on attributes. It returns the condition that the attributes were ever so, for what is read, and the one
// that they are so as known, for the answers.
func (f *filters) attributes(q history.RateList, identity string) (narrowed, answers string) {
	var ever, now []string
	for _, a := range []struct{ column, answer, value string }{
		{"service_name", "c.current.5", q.Service}, {"region", "c.current.9", q.Region},
	} {
		if a.value != "" {
			f.bind(a.column, a.value)
			ever, now = append(ever, a.column+" = @"+a.column), append(now, a.answer+" = @"+a.column)
		}
	}
	if len(ever) == 0 {
		return "", ""
	}
	return " AND key IN (SELECT key FROM rate_changes_store WHERE has_after AND " + strings.Join(ever, " AND ") + identity + ")",
		"\nWHERE " + strings.Join(now, " AND ")
}

// Rates lists rates that have a price.
func (s *Store) Rates(ctx context.Context, q history.RateList) (history.RatePage, error) {
	var page history.RatePage
	if err := q.Validate(); err != nil {
		return page, err
	}
	after := ""
	place, err := history.DecodeCursor(q.Cursor, 1)
	if err != nil {
		return page, err
	}
	if place != nil {
		after = place[0]
	}
	statement, err := rateListStatement(q, after)
	if err != nil {
		return page, err
	}
	var keys []rate.Key
	err = s.query(ctx, "list rates", statement, func(rows driver.Rows) error {
		a, key, err := scanRate(rows)
		page.Items, keys = append(page.Items, a), append(keys, key)
		return err
	})
	if err != nil {
		return history.RatePage{}, err
	}
	if n := q.Size(); len(page.Items) > n {
		page.Items = page.Items[:n]
		page.Next = history.EncodeCursor(keys[n-1].String())
	}
	return page, nil
}

func scanRate(rows driver.Rows) (history.RateAnswer, rate.Key, error) {
	var (
		a                             history.RateAnswer
		key                           uint64
		price                         decimal.Decimal
		effectiveFrom, validTo, known time.Time
		current                       currentRow
		identity                      identityRow
	)
	targets := append([]any{&key}, identity.targets()...)
	targets = append(targets, &price, &effectiveFrom, &validTo, &known)
	err := rows.Scan(append(targets, current.targets()...)...)
	if err != nil {
		return a, 0, err
	}
	a.ValidTo, a.KnownAt, a.EffectiveFrom = history.ToStored(validTo), known.UTC(), history.FromStored(effectiveFrom)
	if a.Identity, err = identity.identity(); err != nil {
		return a, 0, err
	}
	if a.Price, err = money.FromExact(price); err != nil {
		return a, 0, err
	}
	a.Attributes = current.attributes
	a.SavingsPlans, err = savingsPlans(current.terms, current.prices)
	return a, rate.Key(key), err
}

// identityRow is an identity as its columns have it.
type identityRow struct {
	id   rate.Identity
	tier decimal.Decimal
}

func (r *identityRow) targets() []any {
	return []any{&r.id.PriceList, &r.id.Currency, &r.id.MeterID, &r.id.SKUID, &r.id.Type, &r.id.ReservationTerm, &r.tier}
}

func (r *identityRow) identity() (rate.Identity, error) {
	tier, err := money.FromExact(r.tier)
	r.id.Tier = tier
	return r.id, err
}

// currentRow is what a change says of the row after it, as its columns have it.
type currentRow struct {
	attributes rate.Attributes
	terms      []string
	prices     []decimal.Decimal
}

func (r *currentRow) targets() []any {
	targets := make([]any, 0, 14)
	for _, text := range rateAttributeFields(&r.attributes) {
		targets = append(targets, text)
	}
	return append(targets, &r.terms, &r.prices)
}

func savingsPlans(terms []string, prices []decimal.Decimal) ([]rate.SavingsPlan, error) {
	var plans []rate.SavingsPlan
	for i, term := range terms {
		price, err := money.FromExact(prices[i])
		if err != nil {
			return nil, err
		}
		plans = append(plans, rate.SavingsPlan{Term: term, Price: price})
	}
	return plans, nil
}
