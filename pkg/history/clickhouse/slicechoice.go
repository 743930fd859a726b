package clickhouse

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

// chosen are the slices that a question reads.
type chosen struct {
	streams    []chosenOfStream
	rates, few uint64 // about how many rates there are in them, and how many of those are few
}

// chosenOfStream are the slices of a stream that a question reads: a first one as a whole, and of those behind it, up to the last, what is not in
// the first: what was not copied. Slices that count have consecutive numbers.
type chosenOfStream struct {
	stream              string
	periods, rows, last uint64 // first of periods, first of rows, last of both
}

// none reports whether nothing is known at all.
func (c *chosen) none() bool { return len(c.streams) == 0 }

// choose finds the slices that a question reads whose earliest instants are given, and the latest time of knowledge: every period that holds
// such an instant or comes after it, and every row that was the last one then or became known later. An empty currency asks for all. Slices
// are chosen here, and not in the question, because that takes the engine longer than to answer for a page of rates.
func (s *Store) choose(ctx context.Context, currency string, earliest history.AsOf, latestKnown time.Time) (*chosen, error) {
	cuts, err := s.presentCuts(ctx)
	if err != nil {
		return nil, err
	}
	return s.chooseOf(cuts, currency, earliest, latestKnown), nil
}

// guess asks a question as of an instant of the slices that were there when this store last looked, and looks meanwhile whether they still are
// all that count; if not, ask is called once more. A question for one rate costs two answers of the engine, one after the other, otherwise.
func (s *Store) guess(ctx context.Context, currency string, q history.AsOf, ask func(*chosen) error) error {
	guessed := s.remembered.last()
	if guessed == nil {
		from, err := s.choose(ctx, currency, q, q.KnownAt)
		if err != nil {
			return err
		}
		return ask(from)
	}
	var (
		looking sync.WaitGroup
		present []presentCut
		err     error
	)
	looking.Go(func() { present, err = s.presentCuts(ctx) })
	askedErr := ask(s.chooseOf(guessed, currency, q, q.KnownAt))
	looking.Wait()
	switch {
	case err != nil:
		return err
	case slices.EqualFunc(present, guessed, presentCut.equal):
		return askedErr
	}
	return ask(s.chooseOf(present, currency, q, q.KnownAt))
}

// rememberedCuts are the cuts that a store saw last. The zero value remembers none.
type rememberedCuts struct {
	mu   sync.Mutex
	cuts []presentCut // never changed, only exchanged
}

func (r *rememberedCuts) last() []presentCut {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cuts
}

func (r *rememberedCuts) keep(cuts []presentCut) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cuts = cuts
}

// chooseOf is choose of cuts that were read before.
func (s *Store) chooseOf(cuts []presentCut, currency string, earliest history.AsOf, latestKnown time.Time) *chosen {
	known, latest := history.StoredKnown(earliest.KnownAt), history.StoredKnown(latestKnown)
	first := known
	if at := earliest.At.UTC().Truncate(time.Millisecond); at.Before(first) {
		first = at
	}
	c := &chosen{few: uint64(s.cfg.FewRates)}
	var most uint64
	for _, cut := range cuts {
		if otherCurrency(cut.stream, currency) || cut.at.After(latest) {
			continue
		}
		n := len(c.streams)
		if n == 0 || c.streams[n-1].stream != cut.stream {
			c.streams, most = append(c.streams, chosenOfStream{cut.stream, cut.slice, cut.slice, cut.slice}), 0
			n++
		}
		of := &c.streams[n-1]
		of.last = cut.slice
		if !cut.at.After(first) {
			of.periods = cut.slice
		}
		if !cut.at.After(known) {
			of.rows = cut.slice
		}
		c.rates += max(cut.rows, most) - most
		most = max(cut.rows, most)
	}
	return c
}

// presentCut is where a slice begins that counts, and how many rows it was made with.
type presentCut struct {
	stream     string
	generation uint32
	slice      uint64
	at         time.Time
	rows       uint64
}

func (c presentCut) equal(o presentCut) bool {
	at := c.at.Equal(o.at)
	c.at = o.at
	return at && c == o
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
	if err == nil {
		s.remembered.keep(present)
	}
	return present, err
}

// otherCurrency reports whether a stream is one of rates in another currency than the one asked for; none asks for all.
func otherCurrency(stream, currency string) bool {
	name, _, _ := strings.Cut(stream, "@")
	of, rates := strings.CutPrefix(name, "RATES_")
	return currency != "" && rates && !strings.EqualFold(of, currency)
}

// ofRows binds the slices of rows, and returns the condition that a row is of them.
func (c *chosen) ofRows(f *filters) string {
	return c.in(f, "rows", func(s *chosenOfStream) uint64 { return s.rows }, "")
}

// ofPeriods does the same for periods. The last argument is what is asked of those in later slices besides.
func (c *chosen) ofPeriods(f *filters, besides string) string {
	return c.in(f, "periods", func(s *chosenOfStream) uint64 { return s.periods }, besides)
}

// in returns the condition that a row is in slices from a first one on. It compares texts and numbers, stream by stream, of which there are few:
// to look up pairs of both in a list costs the engine as much as the rest of reading.
func (c *chosen) in(f *filters, name string, first func(*chosenOfStream) uint64, besides string) string {
	conditions := make([]string, len(c.streams))
	for i := range c.streams {
		s, suffix := &c.streams[i], ""
		if i > 0 {
			suffix = strconv.Itoa(i + 1)
		}
		stream, slice, last := name+"_stream"+suffix, name+"_slice"+suffix, name+"_last"+suffix
		f.bind(stream, s.stream)
		f.bind(slice, first(s))
		conditions[i] = "stream = @" + stream + " AND slice = @" + slice
		if s.last > first(s) {
			f.bind(last, s.last)
			conditions[i] = "stream = @" + stream + " AND (slice = @" + slice + " OR NOT copied" + besides + " AND slice > @" + slice + " AND slice <= @" + last + ")"
		}
	}
	if len(conditions) == 1 {
		return conditions[0]
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
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
