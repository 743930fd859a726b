package clickhouse

import (
	"cmp"
	"context"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// linePrice is what a period of a licence line answers: whether there is a line, its prices, and a digest of all it says. The zero value is
// none.
type linePrice struct {
	priced    bool
	unit, erp money.Decimal
	basis     string
	digest    uint64
}

// samePrices reports whether two periods name the same prices, or both none.
func samePrices(a, b *saying[linePrice]) bool {
	return pricesOf(a) == pricesOf(b)
}

// pricesOf are a period's prices without what else it says.
func pricesOf(p *saying[linePrice]) linePrice {
	if p == nil {
		return linePrice{}
	}
	prices := p.answer
	prices.digest = 0
	return prices
}

type lineTale = tale[linePrice]

// product is a licence line but for its market, currency and tier.
type product struct{ product, sku, term, billing string }

func productOf(id *pricelist.Identity) product {
	return product{id.Product, id.SKU, id.Term, id.Billing}
}

func (p product) compare(o product) int {
	return cmp.Or(cmp.Compare(p.product, o.product), cmp.Compare(p.sku, o.sku), cmp.Compare(p.term, o.term), cmp.Compare(p.billing, o.billing))
}

// products adds a condition that lines are of some products.
func (f *filters) products(of []product) {
	sets := make([]clickhouse.GroupSet, len(of))
	for i, p := range of {
		sets[i] = clickhouse.GroupSet{Value: []any{p.product, p.sku, p.term, p.billing}}
	}
	f.where("(product, sku, term, billing) IN (@products)", "products", sets)
}

const (
	lineIdentitySQL = "market, currency, product, sku, term, billing, toInt64(bitShiftRight(reinterpretAsInt128(tier), 64)), reinterpretAsUInt64(tier)"
	linePlaceSQL    = "toUnixTimestamp64Micro(known_at), seq, row"
)

// lineIdentityRow is a line's identity as lineIdentitySQL has it.
type lineIdentityRow struct {
	id pricelist.Identity
	hi int64
	lo uint64
}

func (r *lineIdentityRow) targets() []any {
	id := &r.id
	return []any{&id.Market, &id.Currency, &id.Product, &id.SKU, &id.Term, &id.Billing, &r.hi, &r.lo}
}

func (r *lineIdentityRow) identity() pricelist.Identity {
	r.id.Tier = money.FromUnscaled(r.hi, r.lo)
	return r.id
}

// lineTalesStatement reads the periods of lines that were known at the latest, of what is published as a whole. The filters name the market.
func lineTalesStatement(f filters, p *published, latestKnown int64) statement {
	f = f.clone()
	f.where("known_at <= toDateTime64(@latest_known, 6, 'UTC')", "latest_known", knownText(knownMicro(latestKnown)))
	p.visible(&f)
	return statement{"SELECT " + lineIdentitySQL + ",\n    toUnixTimestamp64Milli(valid_from), toUnixTimestamp64Milli(valid_to), " + linePlaceSQL +
		", priced, answer,\n    " + halves("unit_price") + ", " + halves("erp_price") + ", price_basis, release\nFROM license_prices_store" + f.all(), f.args}
}

// lineTales reads what was told of lines.
func (s *Store) lineTales(ctx context.Context, q statement) (map[pricelist.Identity]lineTale, error) {
	tales := map[pricelist.Identity]lineTale{}
	var (
		id     lineIdentityRow
		p      saying[linePrice]
		answer linePrice
		hi     [2]int64
		lo     [2]uint64
	)
	targets := append(id.targets(), &p.from, &p.to, &p.known, &p.seq, &p.row, &answer.priced, &answer.digest, &hi[0], &lo[0], &hi[1], &lo[1],
		&answer.basis, &p.release)
	err := s.query(ctx, "ask for periods of prices", q, func(rows driver.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if p.answer = (linePrice{}); answer.priced {
			p.answer = answer
			p.answer.unit, p.answer.erp = money.FromUnscaled(hi[0], lo[0]), money.FromUnscaled(hi[1], lo[1])
		}
		tales[id.identity()] = append(tales[id.identity()], p)
		return nil
	})
	for _, t := range tales {
		t.order()
	}
	return tales, err
}

// linePlace is where a period of a line is told.
type linePlace struct {
	id    pricelist.Identity
	known int64
	seq   uint64
	row   uint32
}

// placeOf is the place of a period of a line's tale.
func (t saying[A]) placeOf(id pricelist.Identity) linePlace {
	return linePlace{id, t.known, t.seq, t.row}
}

// toldLinesStatement reads what the messages with some sequences tell of lines.
func toldLinesStatement(f filters, p *published, sequences []uint64) statement {
	f = f.clone()
	f.in("seq", "sequences", sequences)
	p.visible(&f)
	return statement{"SELECT " + lineIdentitySQL + ",\n    " + linePlaceSQL + ", stream, priced, " + halves("unit_price") + ", " + halves("erp_price") +
		",\n    price_basis, toUnixTimestamp64Milli(starts_at), product_title, sku_title, publisher, description, unit, tier_max, end_of_sale, segment,\n" +
		"    tags, family, release\nFROM license_prices_store" + f.all(), f.args}
}

// halves are the two halves of an amount as its column holds it.
func halves(column string) string {
	return "toInt64(bitShiftRight(reinterpretAsInt128(" + column + "), 64)), reinterpretAsUInt64(" + column + ")"
}

// toldLines reads what is told at places, but for what depends on the question.
func (s *Store) toldLines(ctx context.Context, q statement) (map[linePlace]history.PriceAnswer, error) {
	found := map[linePlace]history.PriceAnswer{}
	var (
		id                 lineIdentityRow
		at                 linePlace
		priced             bool
		unitHi, erpHi      int64
		unitLo, erpLo      uint64
		basis, stream      string
		starts             int64
		attributes         pricelist.Attributes
		family, releasedBy string
	)
	targets := append(id.targets(), &at.known, &at.seq, &at.row, &stream, &priced, &unitHi, &unitLo, &erpHi, &erpLo, &basis, &starts)
	for _, text := range priceAttributeFields(&attributes) {
		targets = append(targets, text)
	}
	targets = append(targets, &family, &releasedBy)
	err := s.query(ctx, "read lines", q, func(rows driver.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		at.id = id.identity()
		a := history.PriceAnswer{Identity: at.id, None: !priced, Release: releasedBy, KnownAt: knownMicro(at.known), Source: history.Position{Stream: stream, Sequence: at.seq, Row: at.row}}
		if priced {
			a.UnitPrice, a.ERPPrice = money.FromUnscaled(unitHi, unitLo), money.FromUnscaled(erpHi, erpLo)
			a.Basis, a.Starts, a.Attributes, a.Family = pricelist.Basis(basis), fromMilli(starts), attributes, family
		}
		found[at] = a
		return nil
	})
	return found, err
}

// sequencesOf are the sequences of places, each once.
func sequencesOf(places []linePlace) []uint64 {
	all := make([]uint64, len(places))
	for i, p := range places {
		all[i] = p.seq
	}
	slices.Sort(all)
	return slices.Compact(all)
}
