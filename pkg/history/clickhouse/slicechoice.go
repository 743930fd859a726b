package clickhouse

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

// chosen are the slices that a question reads, of all streams. A later one is read for what is not in an earlier one: what was not copied.
type chosen struct {
	periods, laterPeriods []clickhouse.GroupSet
	rows, laterRows       []clickhouse.GroupSet
	rates, few            uint64 // about how many rates there are in them, and how many of those are few
}

// none reports whether nothing is known at all.
func (c *chosen) none() bool { return len(c.rows) == 0 }

// choose finds the slices that a question reads whose earliest instants are given, and the latest time of knowledge: every period that holds
// such an instant or comes after it, and every row that was the last one then or became known later. An empty currency asks for all. Slices
// are chosen here, and not in the question, because that takes the engine longer than to answer for a page of rates.
func (s *Store) choose(ctx context.Context, currency string, earliest history.AsOf, latestKnown time.Time) (*chosen, error) {
	known, latest := history.StoredKnown(earliest.KnownAt), history.StoredKnown(latestKnown)
	first := known
	if at := earliest.At.UTC().Truncate(time.Millisecond); at.Before(first) {
		first = at
	}
	c := &chosen{few: uint64(s.cfg.FewRates)}
	cuts, err := s.presentCuts(ctx)
	if err != nil {
		return nil, err
	}
	var last string
	var most uint64
	for _, cut := range cuts {
		if otherCurrency(cut.stream, currency) || cut.at.After(latest) {
			continue
		}
		begins := cut.stream != last
		if begins {
			last, most = cut.stream, 0
		}
		set := clickhouse.GroupSet{Value: []any{cut.stream, cut.slice}}
		put(&c.periods, &c.laterPeriods, set, begins, cut.at.After(first))
		put(&c.rows, &c.laterRows, set, begins, cut.at.After(known))
		c.rates += max(cut.rows, most) - most
		most = max(cut.rows, most)
	}
	return c, nil
}

// presentCut is where a slice begins that counts, and how many rows it was made with.
type presentCut struct {
	stream     string
	generation uint32
	slice      uint64
	at         time.Time
	rows       uint64
}

// presentCuts are the cuts of the greatest generation of each stream, in order. That is found here: the engine takes longer for it than for
// reading all of them.
func (s *Store) presentCuts(ctx context.Context) ([]presentCut, error) {
	var cuts []presentCut
	err := s.query(ctx, "choose slices", statement{text: "SELECT stream, generation, slice, cut_at, rows FROM rate_cuts"}, func(rows driver.Rows) error {
		var c presentCut
		err := rows.Scan(&c.stream, &c.generation, &c.slice, &c.at, &c.rows)
		cuts = append(cuts, c)
		return err
	})
	slices.SortFunc(cuts, func(a, b presentCut) int {
		return cmp.Or(cmp.Compare(a.stream, b.stream), cmp.Compare(b.generation, a.generation), cmp.Compare(a.slice, b.slice))
	})
	present := cuts[:0]
	for _, c := range cuts {
		last := presentCut{}
		if n := len(present); n > 0 {
			last = present[n-1]
		}
		switch {
		case last.stream == c.stream && last.generation != c.generation:
		case last.stream == c.stream && last.slice == c.slice: // told twice
			if c.at.Before(last.at) {
				present[len(present)-1].at = c.at
			}
			present[len(present)-1].rows = max(last.rows, c.rows)
		default:
			present = append(present, c)
		}
	}
	return present, err
}

// put adds the next slice of a stream: to those that are read later, or in the place of the one before it.
func put(first, later *[]clickhouse.GroupSet, set clickhouse.GroupSet, begins, isLater bool) {
	switch {
	case isLater:
		*later = append(*later, set)
	case begins:
		*first = append(*first, set)
	default:
		(*first)[len(*first)-1] = set
	}
}

// otherCurrency reports whether a stream is one of rates in another currency than the one asked for; none asks for all.
func otherCurrency(stream, currency string) bool {
	name, _, _ := strings.Cut(stream, "@")
	of, rates := strings.CutPrefix(name, "RATES_")
	return currency != "" && rates && !strings.EqualFold(of, currency)
}

// ofRows binds the slices of rows, and returns the condition that a row is of them.
func (c *chosen) ofRows(f *filters) string { return inSlices(f, "rows", c.rows, c.laterRows) }

// ofPeriods does the same for periods. The slot: what is asked of those in later slices besides.
func (c *chosen) ofPeriods(f *filters, besides string) string {
	return inSlices(f, "periods", c.periods, c.laterPeriods, besides)
}

func inSlices(f *filters, name string, first, later []clickhouse.GroupSet, besides ...string) string {
	f.bind(name+"_in", first)
	if len(later) == 0 {
		return "(stream, slice) IN (@" + name + "_in)"
	}
	f.bind("later_"+name+"_in", later)
	return "((stream, slice) IN (@" + name + "_in) OR NOT copied" + strings.Join(besides, "") + " AND (stream, slice) IN (@later_" + name + "_in))"
}

// many reports whether a range of keys has more rates than a few.
func (c *chosen) many(within keyRange) bool {
	return float64(within.last-within.first)/math.MaxUint64*float64(c.rates) > float64(c.few)
}

// guessWidth guesses how wide a range of keys holds a page; 0: all of them, where that is not worth a guess.
func (c *chosen) guessWidth(q history.RateList) uint64 {
	share := 1.5 * float64(q.Size()+1) / float64(c.rates)
	if q.MeterID != "" || len(q.Meters) > 0 || q.SKUID != "" || c.rates < c.few || share > 0.5 {
		return 0
	}
	return uint64(share * math.MaxUint64)
}
