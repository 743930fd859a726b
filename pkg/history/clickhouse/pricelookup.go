package clickhouse

import (
	"context"
	"maps"
	"slices"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// lookupProducts is how many products one statement of a lookup asks for.
const lookupProducts = 4_096

// LookupPrices answers many lines at once: what is published in all markets asked for in one statement, and then of each the products
// asked for part by part, folded here.
func (s *Store) LookupPrices(ctx context.Context, lines []history.PriceLookup) ([][]history.PriceAnswer, error) {
	if err := history.ValidatePriceLookups(lines); err != nil {
		return nil, err
	}
	markets := map[string][]int{}
	for i := range lines {
		markets[lines[i].Market] = append(markets[lines[i].Market], i)
	}
	answers := make([][]history.PriceAnswer, len(lines))
	if len(lines) == 0 {
		return answers, nil
	}
	published, err := s.publishedIn(ctx, license, slices.Sorted(maps.Keys(markets))...)
	if err != nil {
		return nil, err
	}
	for market, p := range published {
		l := priceLookup{store: s, market: market, published: p, lines: lines, answers: answers}
		if err := inParallel(ctx, l.parts(markets[market]), l.answer); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// priceLookup is a lookup in one market.
type priceLookup struct {
	store     *Store
	market    string
	published *published
	lines     []history.PriceLookup
	answers   [][]history.PriceAnswer
}

// parts cuts lines, by their products.
func (l *priceLookup) parts(of []int) [][]int {
	slices.SortStableFunc(of, func(a, b int) int {
		return l.product(a).compare(l.product(b))
	})
	var parts [][]int
	begin, products := 0, 0
	for i := range of {
		if i == 0 || l.product(of[i]) != l.product(of[i-1]) {
			if products == lookupProducts {
				parts = append(parts, of[begin:i])
				begin, products = i, 0
			}
			products++
		}
	}
	return append(parts, of[begin:])
}

func (l *priceLookup) product(line int) product {
	q := &l.lines[line]
	return product{q.Product, q.SKU, q.Term, q.Billing}
}

// hit is a price that a line asks for and that is there.
type hit struct {
	line  int
	at    linePlace
	valid effective.Period
}

// answer answers the lines of some products.
func (l *priceLookup) answer(ctx context.Context, lines []int) error {
	return twice("look up prices", func() (bool, error) { return l.ask(ctx, lines) })
}

// ask answers lines, or none of them: false when a line is not told where it was.
func (l *priceLookup) ask(ctx context.Context, lines []int) (bool, error) {
	var f filters
	var latest int64
	asked := make([]product, 0, len(lines))
	for n, i := range lines {
		latest = max(latest, askedMicro(l.lines[i].KnownAt))
		if p := l.product(i); n == 0 || asked[len(asked)-1] != p {
			asked = append(asked, p)
		}
	}
	f.equal("market", l.market)
	f.products(asked)
	tales, err := l.store.lineTales(ctx, lineTalesStatement(f, l.published, latest))
	if err != nil {
		return false, err
	}
	hits, err := l.hits(ctx, lines, tales)
	if err != nil || len(hits) == 0 {
		return true, err
	}
	places := make([]linePlace, len(hits))
	for i := range hits {
		places[i] = hits[i].at
	}
	told, err := l.store.toldLines(ctx, toldLinesStatement(f, l.published, sequencesOf(places)))
	if err != nil {
		return false, err
	}
	for _, at := range places {
		if _, there := told[at]; !there {
			return false, nil
		}
	}
	inForce := map[history.AsOf]string{}
	for i := range hits {
		h := &hits[i]
		as := l.lines[h.line].AsOf
		if _, ok := inForce[as]; !ok {
			inForce[as] = l.published.inForce(as)
		}
		a := told[h.at]
		a.InForce, a.Valid = inForce[as], h.valid
		l.answers[h.line] = append(l.answers[h.line], a)
	}
	return true, nil
}

// hits finds what answers lines, in the order of the identities of each line.
func (l *priceLookup) hits(ctx context.Context, lines []int, tales map[pricelist.Identity]lineTale) ([]hit, error) {
	of := map[product][]pricelist.Identity{}
	for id := range tales {
		of[productOf(&id)] = append(of[productOf(&id)], id)
	}
	for _, ids := range of {
		slices.SortFunc(ids, pricelist.Identity.Compare)
	}
	all := folds[pricelist.Identity, linePrice]{}
	var hits []hit
	for n, i := range lines {
		if err := unwanted(ctx, n); err != nil {
			return nil, err
		}
		q := &l.lines[i]
		for _, id := range of[l.product(i)] {
			if q.Currency != "" && q.Currency != id.Currency || q.Tier != nil && *q.Tier != id.Tier {
				continue
			}
			t := tales[id].known(askedMicro(q.KnownAt))
			if n := t.latest(askedMilli(q.At)); n >= 0 && t[n].answer.priced {
				hits = append(hits, hit{i, t[n].placeOf(id), all.of(id, t).period(askedMilli(q.At))})
			}
		}
	}
	return hits, nil
}
