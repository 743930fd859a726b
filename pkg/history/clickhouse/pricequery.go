package clickhouse

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

const lineColumnsSQL = "market, currency, product, sku, term, billing, tier"

// asOfPrices answers from the periods of every line that filters let through, of releases that are there as a whole. Periods answer as
// those of rates do; the answer holds between the nearest boundaries around V where it becomes another. The slots: further columns of the
// answer, those it takes from periods, conditions on periods, conditions on answers, what orders and limits them.
const asOfPrices = `SELECT r.market, r.currency, r.product, r.sku, r.term, r.billing, r.tier,
    hit.4.1, line.1, line.2, line.3, line.4, line.5, line.6, line.7, line.8, line.9, line.10, line.11, line.12, line.13, line.14, line.15,
    ` + foundPeriod + `%s
FROM (
    SELECT ` + lineColumnsSQL + `, line,
        ` + foldedPeriods + `%s
    FROM (
        SELECT ` + lineColumnsSQL + `,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (priced, if(priced, answer, 0))))) AS periods,
            argMaxIf((unit_price, erp_price, price_basis, starts_at, product_title, sku_title, publisher, description, unit, tier_max,
                end_of_sale, segment, tags, family, release), (known_at, seq, row), valid_from <= ` + askedAt + ` AND ` + askedAt + ` < valid_to) AS line
        FROM license_prices_store
        WHERE known_at <= ` + askedKnown + `%s
        GROUP BY ` + lineColumnsSQL + `
    )%s
) AS r%s`

// priceOrder is the order of identities within a market.
const priceOrder = "\nORDER BY r.currency, r.product, r.sku, r.term, r.billing, r.tier"

func pricePointStatement(q history.PricePoint, p *published) statement {
	var f filters
	f.asOf(q.AsOf)
	f.equal("market", q.Identity.Market)
	f.equal("currency", q.Identity.Currency)
	f.equal("product", q.Identity.Product)
	f.equal("sku", q.Identity.SKU)
	f.equal("term", q.Identity.Term)
	f.equal("billing", q.Identity.Billing)
	f.tier(&q.Identity.Tier)
	p.visible(&f)
	return statement{fmt.Sprintf(asOfPrices, "", "", f.and(), "", ""), f.args}
}

// priceListStatement asks for one more price than the page holds. Segment and family are those of the line that answers.
func priceListStatement(q history.PriceList, after *pricelist.Identity, p *published) statement {
	var f filters
	f.asOf(q.AsOf)
	f.equal("market", q.Market)
	f.equal("currency", q.Currency)
	f.equal("product", q.Product)
	f.equal("sku", q.SKU)
	f.equal("term", q.Term)
	f.equal("billing", q.Billing)
	f.anyFold("product", "products", q.Products)
	f.tier(q.Tier)
	if after != nil {
		f.where("(currency, product, sku, term, billing, tier) > (@after_currency, @after_product, @after_sku, @after_term, @after_billing, toDecimal128(@after_tier, 18))",
			"after_currency", after.Currency)
		f.bind("after_product", after.Product)
		f.bind("after_sku", after.SKU)
		f.bind("after_term", after.Term)
		f.bind("after_billing", after.Billing)
		f.bind("after_tier", after.Tier.String())
	}
	p.visible(&f)
	periods, answers := f.and(), "\n    WHERE hit.4.1"
	for _, a := range []struct{ name, column, value string }{{"segment", "line.12", q.Segment}, {"family", "line.14", q.Family}} {
		if a.value != "" {
			answers += " AND " + a.column + " = @" + a.name
			f.bind(a.name, a.value)
		}
	}
	answers += f.words("product, '\\n', sku, '\\n', line.5, '\\n', line.6, '\\n', line.12", q.Words)
	return statement{fmt.Sprintf(asOfPrices, "", "", periods, answers, priceOrder+" LIMIT "+strconv.Itoa(q.Size()+1)), f.args}
}

// Price answers for one price.
func (s *Store) Price(ctx context.Context, q history.PricePoint) (history.PriceAnswer, error) {
	if err := q.Validate(); err != nil {
		return history.PriceAnswer{}, err
	}
	p, err := s.published(ctx, license, q.Identity.Market)
	if err != nil {
		return history.PriceAnswer{}, err
	}
	var answers []history.PriceAnswer
	if !p.none() {
		if answers, err = s.prices(ctx, pricePointStatement(q, &p), p.inForce(q.AsOf)); err != nil {
			return history.PriceAnswer{}, err
		}
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
	if err := q.Validate(); err != nil {
		return history.PricePage{}, err
	}
	after, err := history.DecodePriceCursor(q.Cursor, q.Market)
	if err != nil {
		return history.PricePage{}, err
	}
	p, err := s.published(ctx, license, q.Market)
	if err != nil {
		return history.PricePage{}, err
	}
	page := history.PricePage{InForce: p.inForce(q.AsOf)}
	if p.none() {
		return page, nil
	}
	if page.Items, err = s.prices(ctx, priceListStatement(q, after, &p), page.InForce); err != nil {
		return history.PricePage{}, err
	}
	if n := q.Size(); len(page.Items) > n {
		page.Items = page.Items[:n]
		page.Next = history.PriceCursor(page.Items[n-1].Identity)
	}
	return page, nil
}

// prices asks for prices; the release in force is the same for all.
func (s *Store) prices(ctx context.Context, q statement, inForce string) ([]history.PriceAnswer, error) {
	var answers []history.PriceAnswer
	err := s.query(ctx, "ask for prices", q, func(rows driver.Rows) error {
		a, err := scanPrice(rows)
		a.InForce = inForce
		answers = append(answers, a)
		return err
	})
	return answers, err
}

// scanPrice reads an answer, and further columns behind it.
func scanPrice(rows driver.Rows, further ...any) (history.PriceAnswer, error) {
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
	targets = append(targets, &a.Family, &a.Release, &from, &to, &known, &sequence)
	err := rows.Scan(append(targets, further...)...)
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
