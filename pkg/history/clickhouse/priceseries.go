package clickhouse

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// choice adds the conditions that a line is one of those chosen.
func (f *filters) choice(q *history.PriceChoice) {
	f.equal("market", q.Market)
	f.equal("currency", q.Currency)
	f.equal("product", q.Product)
	f.equal("sku", q.SKU)
	f.equal("term", q.Term)
	f.equal("billing", q.Billing)
	f.tier(q.Tier)
}

func unknownPrice(q *history.PriceChoice) error {
	return fault.New(fault.NotFound, "find price: nothing is known of %s %s %s %s in %s", q.Product, q.SKU, q.Term, q.Billing, q.Market).
		WithHint("check product, SKU, term and billing plan; a list names them: pricewire price list --market %s", q.Market)
}

func priceHistoryStatement(q *history.PriceHistory, p *published) statement {
	var f filters
	f.choice(&q.PriceChoice)
	p.visible(&f)
	return statement{"SELECT " + lineIdentitySQL + ",\n    toString(stream), seq, row, toUnixTimestamp64Milli(valid_from), toUnixTimestamp64Milli(valid_to), " +
		"toUnixTimestamp64Micro(known_at), priced,\n    " + halves("unit_price") + ", " + halves("erp_price") + ", price_basis, release, change, published_in, toUInt64(withdrawal)\n" +
		"FROM license_prices_store" + f.all(), f.args}
}

// PriceHistory returns every period of the prices that are chosen.
func (s *Store) PriceHistory(ctx context.Context, q history.PriceHistory) ([]history.PricePeriod, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	p, err := s.published(ctx, license, q.Market)
	if err != nil {
		return nil, err
	}
	var periods []history.PricePeriod
	if !p.none() {
		if periods, err = s.pricePeriods(ctx, priceHistoryStatement(&q, &p)); err != nil {
			return nil, err
		}
	}
	if len(periods) == 0 {
		return nil, unknownPrice(&q.PriceChoice)
	}
	slices.SortFunc(periods, func(a, b history.PricePeriod) int {
		return cmp.Or(a.Identity.Compare(b.Identity), knownOrder(a.KnownAt, b.KnownAt, a.Position, b.Position))
	})
	return periods, nil
}

func (s *Store) pricePeriods(ctx context.Context, q statement) ([]history.PricePeriod, error) {
	var periods []history.PricePeriod
	err := s.query(ctx, "list periods of price", q, func(rows driver.Rows) error {
		var (
			p               history.PricePeriod
			id              lineIdentityRow
			from, to, known int64
			priced          bool
			hi              [2]int64
			lo              [2]uint64
			basis, change   string
			withdrawal      uint64
		)
		if err := rows.Scan(append(id.targets(), &p.Stream, &p.Sequence, &p.Row, &from, &to, &known, &priced, &hi[0], &lo[0], &hi[1], &lo[1], &basis, &p.Release,
			&change, &p.PublishedIn, &withdrawal)...); err != nil {
			return err
		}
		p.Identity, p.Period, p.KnownAt = id.identity(), effective.Period{From: fromMilli(from), To: toMilli(to)}, knownMicro(known)
		p.Change, p.Withdrawal, p.None = listing.Change(change), int(withdrawal), !priced
		if priced {
			p.UnitPrice, p.ERPPrice, p.Basis = money.FromUnscaled(hi[0], lo[0]), money.FromUnscaled(hi[1], lo[1]), pricelist.Basis(basis)
		}
		periods = append(periods, p)
		return nil
	})
	return periods, err
}

// priceSaying is what a period of a line says; none when there is no period.
func priceSaying(p *saying[linePrice]) history.PriceSaying {
	if p == nil {
		return history.PriceSaying{None: true}
	}
	a := &p.answer
	return history.PriceSaying{
		None: !a.priced, UnitPrice: a.unit, ERPPrice: a.erp, Basis: pricelist.Basis(a.basis), KnownAt: knownMicro(p.known), Release: p.release,
	}
}

// ChartPrices returns the prices that are chosen.
func (s *Store) ChartPrices(ctx context.Context, q history.PriceChart) ([]history.PriceLine, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	p, err := s.published(ctx, license, q.Market)
	if err != nil {
		return nil, err
	}
	var tales map[pricelist.Identity]lineTale
	if !p.none() {
		var f filters
		f.choice(&q.PriceChoice)
		if tales, err = s.lineTales(ctx, lineTalesStatement(f, &p, askedMicro(q.KnownAt))); err != nil {
			return nil, err
		}
	}
	switch {
	case len(tales) > history.MaxCharted:
		return nil, history.TooMany("sku")
	case len(tales) == 0:
		return nil, unknownPrice(&q.PriceChoice)
	}
	from, to := askedMilli(q.From), askedMilli(q.To)
	var lines []history.PriceLine
	for _, id := range slices.SortedFunc(maps.Keys(tales), pricelist.Identity.Compare) {
		var steps []history.PriceStep
		for _, at := range tales[id].steps(from, to, samePrices) {
			steps = append(steps, history.PriceStep{At: fromMilliExact(at.at), PriceSaying: priceSaying(at.saying)})
		}
		lines = append(lines, history.PriceLine{Identity: id, Steps: history.ThinPrices(steps, fromMilliExact(from), fromMilliExact(to), q.Points), Whole: len(steps)})
	}
	return lines, nil
}
