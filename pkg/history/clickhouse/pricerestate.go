package clickhouse

import (
	"context"
	"iter"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// restatedLinesStatement asks for the lines of which something became known between the two times of knowledge; or, when what was said is what
// was known at each instant itself, later than some instant that it speaks of.
func restatedLinesStatement(q *history.PriceRestatements, p *published) statement {
	f := restatedFilters(q)
	f.bind("known_at", knownText(q.KnownAt))
	if q.SaidAt.IsZero() {
		f.conditions = append(f.conditions, "known_at <= "+askedKnown+" AND known_at > greatest(valid_from, toDateTime64(@from, 3, 'UTC'))")
	} else {
		f.bind("said_at", knownText(q.SaidAt))
		const said = "toDateTime64(@said_at, 6, 'UTC')"
		f.conditions = append(f.conditions, "known_at > least("+askedKnown+", "+said+") AND known_at <= greatest("+askedKnown+", "+said+")")
	}
	p.visible(&f)
	return statement{"SELECT DISTINCT " + lineIdentitySQL + "\nFROM license_prices_store" + f.all(), f.args}
}

// restatedFilters chooses the periods of lines that speak of a range.
func restatedFilters(q *history.PriceRestatements) filters {
	var f filters
	f.choice(&history.PriceChoice{Market: q.Market, Currency: q.Currency, Product: q.Product, SKU: q.SKU, Term: q.Term, Billing: q.Billing, Tier: q.Tier})
	f.where("valid_to > toDateTime64(@from, 3, 'UTC')", "from", validText(q.From))
	f.where("valid_from < toDateTime64(@to, 3, 'UTC')", "to", validText(q.To))
	return f
}

// RestatePrices yields where the prices that were said are not those that are said: one statement finds the lines that may have been restated,
// and the periods of those behind the cursor are folded here, some lines at a time.
func (s *Store) RestatePrices(ctx context.Context, q history.PriceRestatements) iter.Seq2[history.PriceRestatement, error] {
	return func(yield func(history.PriceRestatement, error) bool) {
		if err := s.restatePrices(ctx, &q, yield); err != nil {
			yield(history.PriceRestatement{}, err)
		}
	}
}

func (s *Store) restatePrices(ctx context.Context, q *history.PriceRestatements, yield func(history.PriceRestatement, error) bool) error {
	if err := q.Validate(); err != nil {
		return err
	}
	after, from, err := history.DecodePriceRestatementCursor(q.Cursor, q.Market)
	if err != nil {
		return err
	}
	p, err := s.published(ctx, license, q.Market)
	if err != nil || p.none() {
		return err
	}
	lines, err := s.restatedLines(ctx, restatedLinesStatement(q, &p), after)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(lines, batchRates) {
		found, err := s.priceRestatements(ctx, q, &p, some)
		if err != nil {
			return err
		}
		for _, one := range found {
			if after != nil && one.Identity == *after && !one.Period.From.After(from) {
				continue
			}
			if !yield(one, nil) {
				return nil
			}
		}
	}
	return nil
}

// restatedLines are the lines that may have been restated, in order, from one on.
func (s *Store) restatedLines(ctx context.Context, q statement, from *pricelist.Identity) ([]pricelist.Identity, error) {
	var lines []pricelist.Identity
	err := s.query(ctx, "ask what was restated", q, func(rows driver.Rows) error {
		var row lineIdentityRow
		if err := rows.Scan(row.targets()...); err != nil {
			return err
		}
		if id := row.identity(); from == nil || id.Compare(*from) >= 0 {
			lines = append(lines, id)
		}
		return nil
	})
	slices.SortFunc(lines, pricelist.Identity.Compare)
	return lines, err
}

// priceRestatements folds some lines.
func (s *Store) priceRestatements(ctx context.Context, q *history.PriceRestatements, p *published, lines []pricelist.Identity) ([]history.PriceRestatement, error) {
	known, latest := askedMicro(q.KnownAt), askedMicro(q.KnownAt)
	var saidAt *int64
	if !q.SaidAt.IsZero() {
		said := askedMicro(q.SaidAt)
		saidAt, latest = &said, max(latest, said)
	}
	of := make([]product, len(lines))
	for i := range lines {
		of[i] = productOf(&lines[i])
	}
	slices.SortFunc(of, product.compare)
	f := restatedFilters(q)
	f.products(slices.Compact(of))
	tales, err := s.lineTales(ctx, lineTalesStatement(f, p, latest))
	if err != nil {
		return nil, err
	}
	var found []history.PriceRestatement
	for _, id := range lines {
		for _, r := range tales[id].restate(askedMilli(q.From), askedMilli(q.To), saidAt, known, samePrices) {
			found = append(found, history.PriceRestatement{
				Identity: id, Period: effective.Period{From: fromMilliExact(r.from), To: fromMilliExact(r.to)}, Said: priceSaying(r.said), Says: priceSaying(r.says),
			})
		}
	}
	return found, nil
}
