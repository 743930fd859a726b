package historytest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

const storySteps = 12

// plot is what a random step of a story is: the day it is known, and what it takes back, from which day on; a list when it takes nothing.
type plot struct {
	release  string
	revision int
	known    time.Time
	late     bool // known before others that were told already
	from     time.Time
	withdraw string
	n        int // of its withdrawals
	whole    bool
}

// plots are the steps of the random story of a market: lists, some of them late, and withdrawals of lists told already.
func plots(r *rand.Rand, market string) []plot {
	var (
		all      []plot
		releases []plot
		counts   = map[string]int{}
	)
	for i := range storySteps {
		now := gridDay(i * gridDays / storySteps)
		if len(releases) > 1 && r.IntN(3) == 0 {
			of := releases[r.IntN(len(releases))]
			counts[of.release]++
			from := gridDay(r.IntN(gridDays))
			if from.Before(of.from) {
				from = of.from
			}
			all = append(all, plot{known: now, from: from, withdraw: of.release, n: counts[of.release], whole: r.IntN(2) == 0})
			continue
		}
		p := plot{release: fmt.Sprintf("%s-r%02d", market, i), revision: i, known: now, from: gridDay(r.IntN(gridDays))}
		if r.IntN(3) == 0 {
			p.known, p.late = gridDay(r.IntN(i*gridDays/storySteps+1)), true
		}
		releases = append(releases, p)
		all = append(all, p)
	}
	return all
}

func priceStory(t *testing.T, s Store) {
	for seed := range uint64(2) {
		r, market := rand.New(rand.NewPCG(seed, 4)), string(rune('A'+seed))+"S"
		var (
			story    pricelist.Story
			rows     history.Rows
			sequence = seed * 1000
		)
		id := func(i int) pricelist.Identity {
			id := SKU(fmt.Sprint(i))
			id.Market = market
			return id
		}
		for i, p := range plots(r, market) {
			now := gridDay(i * gridDays / storySteps)
			step := pricelist.Step{KnownAt: p.known, Sequence: sequence + 100}
			var changes []pricelist.LineChange
			switch {
			case p.withdraw != "":
				step.Withdrawal = pricelist.Withdrawal{Release: p.withdraw, From: p.from}
				if !p.whole {
					step.Withdrawal.Identities = []pricelist.Identity{id(r.IntN(4))}
				}
				changes = story.Book(now).Withdraw(step.Withdrawal, now)
			default:
				step.List = pricelist.NewList(p.release, p.revision, p.from, randomLines(r, id))
				if changes = story.Book(now).Publish(step.List, p.known); p.late {
					changes = story.Backfill(step.List, p.known, now)
				}
			}
			for n, c := range changes {
				sequence++
				rows.PriceChanges = append(rows.PriceChanges, history.PriceChange{
					Position: history.Position{Stream: PriceStream, Sequence: sequence}, Difference: c.Difference, Release: p.release + p.withdraw,
					Withdrawal: p.n, N: n + 1, Of: len(changes), Spans: c.Spans, KnownAt: c.KnownAt,
				})
			}
			sequence++
			p.seal(&rows, "license", market, sequence, len(changes))
			story = pricelist.NewStory(append(story, step)...)
		}
		Put(t, s, market, rows)
		for v := range gridDays {
			for k := v % 2; k < gridDays; k += 2 {
				book, as := story.Book(gridDay(k)), history.AsOf{At: gridDay(v), KnownAt: gridDay(k)}
				page := must[history.PricePage](t)(s.Prices(t.Context(), history.PriceList{Market: market, AsOf: as}))
				got, want := []string{"in " + page.InForce}, []string{"in "}
				if l, ok := book.InForce(as.At); ok {
					want[0] += l.Release
				}
				for _, a := range page.Items {
					got = append(got, fmt.Sprintf("%s %s %s", a.Identity.SKU, a.UnitPrice, a.Starts.Format(time.DateOnly)))
				}
				for i := range 4 {
					if l, _ := book.LineAt(id(i), as.At); l != nil {
						want = append(want, fmt.Sprintf("%s %s %s", l.SKU, l.UnitPrice, l.Effective.From.Format(time.DateOnly)))
					}
				}
				if diff := Diff(want, got); diff != "" {
					t.Fatalf("seed %d, day %d as known on day %d: %s", seed, v, k, diff)
				}
			}
		}
	}
}

// randomLines are lines of some of four identities, each with one or two periods.
func randomLines(r *rand.Rand, id func(int) pricelist.Identity) []pricelist.Line {
	var lines []pricelist.Line
	for i := range 4 {
		if r.IntN(3) == 0 {
			continue
		}
		line := Line(id(i), fmt.Sprint(r.IntN(3)+1), "2")
		switch r.IntN(4) {
		case 0:
			line.Effective = effective.Period{From: gridDay(r.IntN(gridDays))}
		case 1:
			line.Effective = effective.Period{To: gridDay(1 + r.IntN(gridDays))}
			next := *line
			next.Effective, next.UnitPrice = effective.Period{From: line.Effective.To}, Amount("7")
			lines = append(lines, next)
		}
		lines = append(lines, *line)
	}
	return lines
}

// seal adds the row that makes a step's changes visible.
func (p plot) seal(rows *history.Rows, list, market string, sequence uint64, changed int) {
	known, from := p.known.Format(time.DateOnly), p.from.Format(time.DateOnly)
	if p.withdraw != "" {
		w := Withdrawn(sequence, p.withdraw, known, from, p.n, changed, p.whole)
		w.List, w.Market = list, market
		rows.Withdrawals = append(rows.Withdrawals, w)
		return
	}
	m := Manifest(sequence, p.release, known, from, p.revision, changed)
	m.List, m.Market, m.Backfilled = list, market, p.late
	rows.Releases = append(rows.Releases, m)
}

func itemStory(t *testing.T, s Store) {
	for seed := range uint64(2) {
		r, market := rand.New(rand.NewPCG(seed, 5)), string(rune('A'+seed))+"S"
		var (
			story    item.Story
			rows     history.Rows
			sequence = seed * 1000
		)
		for i, p := range plots(r, market) {
			now := gridDay(i * gridDays / storySteps)
			step := item.Step{KnownAt: p.known, Sequence: sequence + 100}
			if p.withdraw != "" {
				step.Withdrawal = item.Withdrawal{Release: p.withdraw, From: p.from}
				if !p.whole {
					step.Withdrawal.Keys = []string{fmt.Sprint("K", r.IntN(4))}
				}
			} else {
				step.List = item.NewList(p.release, p.revision, p.from, randomEntries(r))
			}
			changes := story.Tell(step, now)
			for n, c := range changes {
				sequence++
				rows.ItemChanges = append(rows.ItemChanges, history.ItemChange{
					Position: history.Position{Stream: PriceStream, Sequence: sequence}, Difference: c.Difference, List: Offers, Market: market,
					Release: p.release + p.withdraw, Withdrawal: p.n, N: n + 1, Of: len(changes), Spans: c.Spans, KnownAt: c.KnownAt,
				})
			}
			sequence++
			p.seal(&rows, Offers, market, sequence, len(changes))
			story = item.NewStory(append(story, step)...)
		}
		Put(t, s, market, rows)
		for v := range gridDays {
			for k := v % 2; k < gridDays; k += 2 {
				compareItems(t, s, story.Book(gridDay(k)), market, history.AsOf{At: gridDay(v), KnownAt: gridDay(k)})
			}
		}
	}
}

func compareItems(t *testing.T, s Store, book item.Book, market string, as history.AsOf) {
	t.Helper()
	page := must[history.ItemPage](t)(s.Items(t.Context(), history.ItemList{List: Offers, Market: market, AsOf: as}))
	got, want := []string{"in " + page.InForce}, []string{"in "}
	if l, ok := book.InForce(as.At); ok {
		want[0] += l.Release
	}
	for _, a := range page.Items {
		got = append(got, spelled(a.Item))
	}
	for _, key := range book.Keys() {
		if i := book.At(key, as.At); i != nil {
			want = append(want, spelled(*i))
		}
	}
	if diff := Diff(want, got); diff != "" {
		t.Fatalf("%s, %s as known on %s: %s", market, date(as.At), date(as.KnownAt), diff)
	}
}

func spelled(i item.Item) string {
	text := []string{i.Key}
	for _, v := range i.Values {
		text = append(text, v.Name+"="+v.Text)
	}
	return strings.Join(text, " ")
}

// randomEntries are some of four items.
func randomEntries(r *rand.Rand) []item.Item {
	var items []item.Item
	for i := range 4 {
		if key := fmt.Sprint("K", i); r.IntN(3) > 0 {
			items = append(items, *Item(key, "product", key, "max_licenses", fmt.Sprint(r.IntN(3))))
		}
	}
	return items
}
