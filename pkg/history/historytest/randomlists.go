package historytest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// told is a publication of a random history: a release or the withdrawal of one, and how many changes come with it.
type told struct {
	release    string
	withdrawal int
	known      string
	changes    int
}

// teller makes releases and withdrawals in random order: some late, as if they had been known before, and some that are not there as a
// whole. Changes are made by add, for each publication one after the other.
type teller struct {
	r        *rand.Rand
	list     string
	sequence uint64
	counts   map[string]int // withdrawals of each release
	rows     history.Rows
	add      func(rows *history.Rows, sequence uint64, knownAt string, n int, p told)
}

const randomReleases = 12

func (g *teller) tell(prefix string) history.Rows {
	g.counts = map[string]int{}
	var releases []string
	for i := range randomReleases {
		release := fmt.Sprintf("%s-2026-%02d-r1", prefix, i)
		releases = append(releases, release)
		p := told{release: release, known: g.known(i), changes: 1 + g.r.IntN(4)}
		changed := g.changes(p)
		manifest := Manifest(g.sequence, release, p.known, gridDay(g.r.IntN(gridDays)).Format(time.DateOnly), i, changed)
		manifest.List = g.list
		g.rows.Releases = append(g.rows.Releases, manifest)
		if g.r.IntN(2) == 0 {
			g.withdraw(releases[g.r.IntN(len(releases))], g.known(i))
		}
	}
	return g.rows
}

// known is the day of the so-many-th publication, or an earlier one.
func (g *teller) known(i int) string {
	day := i * gridDays / randomReleases
	if g.r.IntN(4) == 0 {
		day = g.r.IntN(day + 1)
	}
	return gridDay(day).Format(time.DateOnly)
}

// changes makes the changes of a publication and returns how many it says it has: sometimes one never came.
func (g *teller) changes(p told) int {
	for n := range p.changes {
		g.sequence++
		known := p.known
		if g.r.IntN(4) == 0 { // told again as of a later day
			known = gridDay(g.r.IntN(gridDays)).Format(time.DateOnly)
		}
		g.add(&g.rows, g.sequence, max(known, p.known), n+1, p)
	}
	g.sequence++
	if g.r.IntN(5) == 0 {
		return p.changes + 1
	}
	return p.changes
}

func (g *teller) withdraw(release, known string) {
	g.counts[release]++
	p := told{release: release, withdrawal: g.counts[release], known: known, changes: g.r.IntN(3)}
	changed := g.changes(p)
	w := Withdrawn(g.sequence, release, known, gridDay(g.r.IntN(gridDays)).Format(time.DateOnly), p.withdrawal, changed, g.r.IntN(2) == 0)
	w.List = g.list
	g.rows.Withdrawals = append(g.rows.Withdrawals, w)
}

// RandomPrices are releases and withdrawals with random changes of a few lines; some are late, some not there as a whole.
func RandomPrices(seed uint64) history.Rows {
	r := rand.New(rand.NewPCG(seed, 2))
	g := teller{r: r, list: "license", add: func(rows *history.Rows, sequence uint64, known string, n int, p told) {
		id := SKU(fmt.Sprint(r.IntN(4)))
		c := PriceChange(sequence, p.release, known, n, p.changes, id, Line(id, "1", "2"), "", "")
		c.Withdrawal, c.Spans = p.withdrawal, c.Spans[:0]
		for range r.IntN(4) {
			c.Spans = append(c.Spans, randomSpan(r, id, p.release))
		}
		rows.PriceChanges = append(rows.PriceChanges, c)
	}}
	return g.tell("license-us")
}

func randomSpan(r *rand.Rand, id pricelist.Identity, release string) pricelist.Span {
	span := pricelist.Span{Period: gridPeriod(r), Release: release}
	if r.IntN(4) > 0 {
		span.Line = Line(id, fmt.Sprint(r.IntN(2)), "2")
		span.Line.Effective.From = gridDay(r.IntN(2))
		if r.IntN(4) == 0 {
			span.Line.Tags, span.Line.SKUTitle, span.Line.ProductTitle, span.Line.Segment = "trial", "", "Intune", "Education"
		}
	}
	return span
}

// RandomItems are the same with random changes of a few offers, at other places of the stream.
func RandomItems(seed uint64) history.Rows {
	r := rand.New(rand.NewPCG(seed, 3))
	g := teller{r: r, list: Offers, sequence: 500, add: func(rows *history.Rows, sequence uint64, known string, n int, p told) {
		key := fmt.Sprint("K", r.IntN(4))
		c := ItemChange(sequence, p.release, known, n, p.changes, key, Item(key, "product", key), "", "")
		c.Withdrawal, c.Spans = p.withdrawal, c.Spans[:0]
		for range r.IntN(4) {
			c.Spans = append(c.Spans, randomItem(r, key, p.release))
		}
		rows.ItemChanges = append(rows.ItemChanges, c)
	}}
	return g.tell("offers-us")
}

func randomItem(r *rand.Rand, key, release string) item.Span {
	span := item.Span{Period: gridPeriod(r), Release: release}
	if r.IntN(4) > 0 {
		span.Line = Item(key, "product", key, "min_licenses", fmt.Sprint(r.IntN(2)))
		if r.IntN(4) == 0 {
			span.Line = Item(key, "product", key, "allowed_countries", "DE;US", "terms", "P1M")
		}
	}
	return span
}

// inMarket moves rows to another market and other places, so that several histories fit into one store.
func inMarket(rows history.Rows, market string, offset uint64) history.Rows {
	for i := range rows.PriceChanges {
		c := &rows.PriceChanges[i]
		c.Identity.Market, c.Release, c.Sequence = market, c.Release+market, c.Sequence+offset
	}
	for i := range rows.ItemChanges {
		c := &rows.ItemChanges[i]
		c.Market, c.Release, c.Sequence = market, c.Release+market, c.Sequence+offset
	}
	for i := range rows.Withdrawals {
		w := &rows.Withdrawals[i]
		w.Market, w.Release, w.Sequence = market, w.Release+market, w.Sequence+offset
	}
	for i := range rows.Releases {
		r := &rows.Releases[i]
		r.Market, r.Release, r.Sequence = market, r.Release+market, r.Sequence+offset
	}
	return rows
}

func randomPrices(t *testing.T, s Store) {
	for seed := range uint64(2) {
		market := string(rune('A'+seed)) + "X" // seeds share the store, not the market
		rows, model := inMarket(RandomPrices(seed), market, seed*1000), &memory.Store{}
		Put(t, s, market, rows)
		Put(t, model, market, rows)
		for v := range gridDays + 1 {
			for k := v % 2; k < gridDays; k += 2 {
				as := history.AsOf{At: gridDay(v), KnownAt: gridDay(k)}
				q := history.PriceList{Market: market, AsOf: as}
				if (v+k)%3 == 0 {
					q.Family = pricelist.FamilyEMS
				}
				compare(t, fmt.Sprintf("prices %+v", q), model.Prices, s.Prices, q)
			}
			id := SKU(fmt.Sprint(v % 4))
			id.Market = market
			q := history.PricePoint{Identity: id, AsOf: history.AsOf{At: gridDay(v), KnownAt: gridDay(gridDays - v/2)}}
			compare(t, fmt.Sprintf("price %+v", q), model.Price, s.Price, q)
		}
		compare(t, "releases", model.Releases, s.Releases, history.ReleaseList{Market: market})
		compare(t, "withdrawals", model.Withdrawals, s.Withdrawals, history.WithdrawalList{Market: market})
	}
}

func randomItems(t *testing.T, s Store) {
	for seed := range uint64(2) {
		market := string(rune('A'+seed)) + "X"
		rows, model := inMarket(RandomItems(seed), market, seed*1000), &memory.Store{}
		Put(t, s, market, rows)
		Put(t, model, market, rows)
		for v := range gridDays + 1 {
			for k := v % 2; k < gridDays; k += 2 {
				q := history.ItemList{List: Offers, Market: market, AsOf: history.AsOf{At: gridDay(v), KnownAt: gridDay(k)}}
				compare(t, fmt.Sprintf("items %+v", q), model.Items, s.Items, q)
			}
		}
	}
}
