package clickhouse

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

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

// asOfRates answers from slices. Of a rate's periods known at K, the last known that holds V is the hit; its answer ends at the first
// boundary beyond V where another one is given. To find it all periods are gathered, or, where many rates are asked for, those of intricate
// ones: the answer of all else ends where the next period begins. A rate's identity and attributes are those of the last row known at K that has a row after it, or of the last at all
// when none has; the join takes one where it is there twice. The slots: what rows are read from, the periods, which rates are intricate, further columns of the answers.
const asOfRates = `SELECT c.key, c.price_list, c.currency, c.meter_id, c.sku_id, c.type, c.reservation_term, c.tier,
    p.hit_price, p.hit_from, p.ends, p.hit_known,
    c.meter_name, c.product_id, c.product_name, c.sku_name, c.service_name, c.service_id, c.service_family, c.unit_of_measure,
    c.region, c.location, c.arm_sku_name, c.is_primary_meter_region, c.plan_terms, c.plan_prices, c.included_quantity%[4]s
FROM (
    SELECT key, ` + identityColumns + `, ` + attributeColumns + `, plan_terms, plan_prices, included_quantity, known_at
    %[1]s
) AS c
ANY INNER JOIN (
    SELECT key,
        argMaxIf(priced, o, f <= ` + askedAt + `) AS hit_priced, argMaxIf(price, o, f <= ` + askedAt + `) AS hit_price,
        argMaxIf(effective_from, o, f <= ` + askedAt + `) AS hit_from, argMaxIf(known_at, o, f <= ` + askedAt + `) AS hit_known,
        max(known_at) AS newest, min(if(f > ` + askedAt + `, f, t)) AS next,
        arrayReverseSort(groupArrayIf((o, f, t, (priced, price, effective_from)), %[3]s)) AS told,
        arraySort(arrayFilter(b -> b > ` + askedAt + ` AND b < ` + openText + `, arrayDistinct(arrayConcat(told.2, told.3)))) AS bounds,
        arrayMap(b -> arrayFirst(x -> x.2 <= b AND b < x.3, told), bounds) AS hits,
        arrayFirstIndex(x -> x.4 != (hit_priced, hit_price, hit_from), hits) AS turn,
        if(empty(told), next, if(turn = 0, ` + openText + `, bounds[turn])) AS ends
    FROM (%[2]s)
    GROUP BY key
    HAVING hit_priced
) AS p ON c.key = p.key
ORDER BY c.key`

// lastRows are the last rows known of rates. The slots: their slice, conditions on them, conditions on the last ones.
const lastRows = `FROM rate_row_slices
    WHERE %[1]s%[2]s AND (key, ord) IN (
        SELECT key, if(maxIf(ord, has_after) = 0, max(ord), maxIf(ord, has_after)) FROM rate_row_slices
        WHERE %[1]s AND known_at <= ` + askedKnown + `%[2]s
        GROUP BY key
    )%[3]s`

// askedPeriods are the periods that asOfRates reads. The slots: their slice, conditions on them.
const askedPeriods = `
        SELECT key, ord AS o, valid_from AS f, valid_to AS t, priced, price, effective_from, known_at
        FROM rate_slices
        WHERE %s AND known_at <= ` + askedKnown + ` AND valid_to > ` + askedAt + `%s
    `

// intricateRates are those whose answer may end elsewhere than where the next period begins: one of their periods ends, or gives a price that
// is not of a row that starts where it should, or was known before the hit. The next period of all others is known later and gives the price of
// a row that starts after V, which is another answer than the hit. The slot: their periods.
const intricateRates = `SELECT key FROM (%s)
            GROUP BY key
            HAVING max(t < ` + openText + ` OR priced AND (f > ` + askedAt + `) != (effective_from > ` + askedAt + `)) OR minIf(o, f > ` + askedAt + `) BETWEEN 1 AND maxIf(o, f <= ` + askedAt + `)`

func (f *filters) asOf(a history.AsOf) {
	f.bind("at", validText(a.At))
	f.bind("known_at", knownText(a.KnownAt))
}

// presentColumns tell when the newest of what an answer rests on became known, and where the next period begins or ends.
const presentColumns = ", greatest(p.newest, c.known_at), p.next"

// rateListStatement asks for the rates in a range of keys, in their order, with further columns behind those of answers. Region and service are what they are as known,
// so they are asked of the last row; that they were ever so narrows which rows and periods are read.
func rateListStatement(q history.RateList, from *chosen, within keyRange, further string) statement {
	var f filters
	rows, keys := f.listed(q, from, within)
	told := fmt.Sprintf(askedPeriods, from.ofPeriods(&f, " AND valid_from > "+askedAt), keys)
	f.bind("at", validText(q.At))
	intricate := "true"
	if from.many(within) {
		intricate = "key IN (" + fmt.Sprintf(intricateRates, told) + "\n        )"
	}
	return statement{fmt.Sprintf(asOfRates, rows, told, intricate, further), f.args}
}

// listed binds what a list asks of a range of keys. It returns what the last rows of its rates are read from, and the conditions on the keys of
// their periods.
func (f *filters) listed(q history.RateList, from *chosen, within keyRange) (rows, keys string) {
	f.bind("known_at", knownText(q.KnownAt))
	f.rates(&history.RateFilter{
		PriceList: q.PriceList, Currency: q.Currency, MeterID: q.MeterID, SKUID: q.SKUID, Type: q.Type, ReservationTerm: q.ReservationTerm, Tier: q.Tier,
		Meters: q.Meters,
	})
	identity := f.and()
	named := f.attributes(q)
	attributes := named + f.searched(q.Words)
	before := len(f.conditions)
	within.bind(f)
	ranged := " AND " + strings.Join(f.conditions[before:], " AND ")
	slice := from.ofRows(f)
	ever := func(conditions string) string {
		return ranged + " AND key IN (SELECT key FROM rate_row_slices WHERE " + slice + ranged + conditions + ")"
	}
	asked := ranged + identity
	if keys = ranged; identity+attributes != "" {
		keys = ever(identity + attributes)
	}
	if named != "" { // cheap to look for, as words are not
		asked = ever(identity + named)
	}
	return fmt.Sprintf(lastRows, slice, asked, attributes), keys
}

// attributes binds the filters on attributes.
func (f *filters) attributes(q history.RateList) string {
	conditions := ""
	for _, a := range []struct{ column, value string }{
		{"service_name", q.Service}, {"region", q.Region}, {"operating_system", q.OperatingSystem}, {"purchase_option", q.PurchaseOption},
	} {
		if a.value != "" {
			f.bind(a.column, a.value)
			conditions += " AND " + a.column + " = @" + a.column
		}
	}
	return conditions
}

// searched binds the words that are looked for in what a rate is called.
func (f *filters) searched(words []string) string {
	return f.words("meter_id, '\\n', sku_id, '\\n', meter_name, '\\n', product_name, '\\n', sku_name, '\\n', service_name, '\\n', service_family, '\\n', "+
		"region, '\\n', location, '\\n', arm_sku_name", words)
}

// words binds words, and returns the condition that all of them are in a text that is put together of columns.
func (f *filters) words(columns string, words []string) string {
	if len(words) == 0 {
		return ""
	}
	f.bind("words", words)
	return " AND arrayAll(word -> positionCaseInsensitiveUTF8(concat(" + columns + "), word) > 0, @words)"
}

// RateGroups counts rates by service and region.
func (s *Store) RateGroups(ctx context.Context, q history.RateList) ([]history.RateGroup, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	from, err := s.choose(ctx, q.Currency, q.AsOf, q.KnownAt)
	if err != nil || from.none() {
		return nil, err
	}
	list := rateListStatement(q, from, keyRange{0, math.MaxUint64}, ", c.service_family AS family, c.service_name AS service, c.region AS place")
	list.text = "SELECT family, service, place, count() FROM (" + list.text + ") GROUP BY family, service, place ORDER BY family, service, place"
	var groups []history.RateGroup
	err = s.query(ctx, "count rates", list, func(rows driver.Rows) error {
		var g history.RateGroup
		err := rows.Scan(&g.ServiceFamily, &g.Service, &g.Region, &g.Rates)
		groups = append(groups, g)
		return err
	})
	return groups, err
}

// scanRate reads an answer, and further columns behind it.
func scanRate(rows driver.Rows, further ...any) (history.RateAnswer, rate.Key, error) {
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
	err := rows.Scan(append(append(targets, current.targets()...), further...)...)
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
	return a, rate.Key(key), current.give(&a)
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
	included   decimal.Decimal
}

// give hands over what an answer tells of the row.
func (r *currentRow) give(a *history.RateAnswer) (err error) {
	a.Attributes = r.attributes
	if a.IncludedQuantity, err = money.FromExact(r.included); err != nil {
		return err
	}
	a.SavingsPlans, err = savingsPlans(r.terms, r.prices)
	return err
}

func (r *currentRow) targets() []any {
	targets := make([]any, 0, 15)
	for _, text := range rateAttributeFields(&r.attributes) {
		targets = append(targets, text)
	}
	return append(targets, &r.terms, &r.prices, &r.included)
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
