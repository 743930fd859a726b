package clickhouse

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// isWhole holds for a manifest when as many changes are there as it says. It is what the view releases shows, asked of one market only.
const isWhole = `(changed = 0 OR (stream, release, toUInt64(changed)) IN (
            SELECT stream, release, count() FROM license_changes_store
            WHERE release IN (SELECT release FROM releases_store WHERE market = @market) GROUP BY stream, release))`

const lineColumnsSQL = "market, currency, product, sku, term, billing, tier"

// asOfPrices answers from the periods of every line that filters let through, of releases that are there as a whole. Periods answer as
// those of rates do; the answer holds between the nearest boundaries around V where it becomes another. The slots: conditions on periods,
// whether lines without a price are left out, what orders and limits the answers.
const asOfPrices = `SELECT r.market, r.currency, r.product, r.sku, r.term, r.billing, r.tier,
    hit.4.1, line.1, line.2, line.3, line.4, line.5, line.6, line.7, line.8, line.9, line.10, line.11, line.12, line.13, line.14,
    if(empty(lower) OR (since = 0 AND NOT hit.4.1), toDateTime64('1900-01-01 00:00:00', 3, 'UTC'), lower[since + 1]),
    if(turn = 0, ` + openText + `, upper[turn]), hit.1.1, hit.1.2
FROM (
    SELECT ` + lineColumnsSQL + `, line,
        arrayFirst(p -> p.2 <= ` + askedAt + ` AND ` + askedAt + ` < p.3, periods) AS hit,
        arraySort(arrayDistinct(arrayConcat(periods.2, periods.3))) AS bounds,
        arrayFilter(b -> b <= ` + askedAt + `, bounds) AS lower,
        arrayFilter(b -> b > ` + askedAt + ` AND b < ` + openText + `, bounds) AS upper,
        arrayLastIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, lower) AS since,
        arrayFirstIndex(b -> arrayFirst(p -> p.2 <= b AND b < p.3, periods).4 != hit.4, upper) AS turn
    FROM (
        SELECT ` + lineColumnsSQL + `,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, if(priced, answer, 0))))) AS periods,
            argMaxIf((unit_price, erp_price, price_basis, starts_at, product_title, sku_title, publisher, description, unit, tier_max,
                end_of_sale, segment, tags, release), (known_at, seq, row), valid_from <= ` + askedAt + ` AND ` + askedAt + ` < valid_to) AS line
        FROM license_prices_store
        WHERE known_at <= ` + askedKnown + `%s
            AND (stream, published_in) IN (SELECT stream, release FROM releases_store WHERE market = @market AND ` + isWhole + `)
        GROUP BY ` + lineColumnsSQL + `
    )%s
) AS r%s`

// inForceRelease names the release in force.
const inForceRelease = `SELECT release
FROM releases_store
WHERE list = 'license' AND market = @market AND effective_at <= ` + askedAt + ` AND published_at <= ` + askedKnown + `
    AND ` + isWhole + `
ORDER BY effective_at DESC, revision DESC LIMIT 1`

func pricePointStatement(q history.PricePoint) statement {
	var f filters
	f.asOf(q.AsOf)
	f.equal("market", q.Identity.Market)
	f.equal("currency", q.Identity.Currency)
	f.equal("product", q.Identity.Product)
	f.equal("sku", q.Identity.SKU)
	f.equal("term", q.Identity.Term)
	f.equal("billing", q.Identity.Billing)
	f.tier(&q.Identity.Tier)
	return statement{fmt.Sprintf(asOfPrices, f.and(), "", ""), f.args}
}

// priceListStatement asks for one more price than the page holds.
func priceListStatement(q history.PriceList, after []string) (statement, error) {
	var f filters
	f.asOf(q.AsOf)
	f.equal("market", q.Market)
	f.equal("currency", q.Currency)
	f.equal("product", q.Product)
	f.equal("sku", q.SKU)
	f.equal("term", q.Term)
	f.equal("billing", q.Billing)
	f.tier(q.Tier)
	if after != nil {
		if _, err := money.Parse(after[5]); err != nil {
			return statement{}, fault.New(fault.Invalid, "read cursor: tier %w", err)
		}
		f.where("(currency, product, sku, term, billing, tier) > (@after_currency, @after_product, @after_sku, @after_term, @after_billing, toDecimal128(@after_tier, 18))",
			"after_currency", after[0])
		for i, name := range []string{"after_product", "after_sku", "after_term", "after_billing", "after_tier"} {
			f.bind(name, after[i+1])
		}
	}
	end := "\nORDER BY r.currency, r.product, r.sku, r.term, r.billing, r.tier LIMIT " + strconv.Itoa(q.Size()+1)
	return statement{fmt.Sprintf(asOfPrices, f.and(), "\n    WHERE hit.4.1", end), f.args}, nil
}

func inForceStatement(market string, a history.AsOf) statement {
	var f filters
	f.asOf(a)
	f.bind("market", market)
	return statement{inForceRelease, f.args}
}

// Price answers for one price.
func (s *Store) Price(ctx context.Context, q history.PricePoint) (history.PriceAnswer, error) {
	if err := q.Validate(); err != nil {
		return history.PriceAnswer{}, err
	}
	answers, _, err := s.prices(ctx, pricePointStatement(q), inForceStatement(q.Identity.Market, q.AsOf))
	if err != nil {
		return history.PriceAnswer{}, err
	}
	if len(answers) == 0 {
		id := q.Identity
		return history.PriceAnswer{}, fault.New(fault.NotFound, "find price: nothing is known of %s %s %s %s in %s for %s", id.Product, id.SKU, id.Term, id.Billing, id.Currency, id.Market).
			WithHint("check product, SKU, term, billing plan and tier; a list names them: pricewire price list --market %s", id.Market)
	}
	return answers[0], nil
}

// Prices lists the prices of a market.
func (s *Store) Prices(ctx context.Context, q history.PriceList) (history.PricePage, error) {
	var page history.PricePage
	if err := q.Validate(); err != nil {
		return page, err
	}
	place, err := history.DecodeCursor(q.Cursor, 6)
	if err != nil {
		return page, err
	}
	statement, err := priceListStatement(q, place)
	if err != nil {
		return page, err
	}
	if page.Items, page.InForce, err = s.prices(ctx, statement, inForceStatement(q.Market, q.AsOf)); err != nil {
		return page, err
	}
	if n := q.Size(); len(page.Items) > n {
		page.Items = page.Items[:n]
		id := page.Items[n-1].Identity
		page.Next = history.EncodeCursor(id.Currency, id.Product, id.SKU, id.Term, id.Billing, id.Tier.String())
	}
	return page, nil
}

// prices asks for prices and for the release in force, at the same time.
func (s *Store) prices(ctx context.Context, q, inForce statement) (answers []history.PriceAnswer, release string, err error) {
	var both sync.WaitGroup
	var releaseErr error
	both.Go(func() {
		releaseErr = s.query(ctx, "ask for release in force", inForce, func(rows driver.Rows) error { return rows.Scan(&release) })
	})
	err = s.query(ctx, "ask for prices", q, func(rows driver.Rows) error {
		a, err := scanPrice(rows)
		answers = append(answers, a)
		return err
	})
	both.Wait()
	for i := range answers {
		answers[i].InForce = release
	}
	if err == nil {
		err = releaseErr
	}
	return answers, release, err
}

func scanPrice(rows driver.Rows) (history.PriceAnswer, error) {
	var (
		a                       history.PriceAnswer
		tier, unit, erp         decimal.Decimal
		starts, from, to, known time.Time
		priced                  bool
		basis                   string
		sequence                uint64
		id                      = &a.Identity
	)
	targets := []any{&id.Market, &id.Currency, &id.Product, &id.SKU, &id.Term, &id.Billing, &tier, &priced, &unit, &erp, &basis, &starts}
	for _, text := range priceAttributeFields(&a.Attributes) {
		targets = append(targets, text)
	}
	err := rows.Scan(append(targets, &a.Release, &from, &to, &known, &sequence)...)
	if err != nil {
		return a, err
	}
	a.None, a.Basis = !priced, pricelist.Basis(basis)
	a.Valid = effective.Period{From: history.FromStored(from), To: history.ToStored(to)}
	if sequence > 0 {
		a.KnownAt = known.UTC()
	}
	if priced {
		a.Starts = history.FromStored(starts)
	}
	if id.Tier, err = money.FromExact(tier); err != nil {
		return a, err
	}
	if a.UnitPrice, err = money.FromExact(unit); err != nil {
		return a, err
	}
	a.ERPPrice, err = money.FromExact(erp)
	return a, err
}
