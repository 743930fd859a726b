package clickhouse

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	// lookupKeys is how many rates are asked for by one statement of a lookup: what is held of a long history stays small, and the table's
	// order lets each statement read its part only.
	lookupKeys = 16_384
	// lookupsAtOnce is how many such statements run at once.
	lookupsAtOnce = 2
)

// rateAsk is one rate that some line asks for.
type rateAsk struct {
	key      uint64
	line     int
	id       rate.Identity
	v, known int64
	answer   history.RateAnswer
	found    bool // there is a price
	source   history.Position
	row      *toldRow // nil: none
}

// LookupRates answers many lines at once: the rates asked for in the order of their keys, part by part, folded here.
func (s *Store) LookupRates(ctx context.Context, lines []history.RateLookup) ([][]history.RateAnswer, error) {
	if err := history.ValidateRateLookups(lines); err != nil {
		return nil, err
	}
	asks, err := s.rateAsks(ctx, lines)
	if err != nil {
		return nil, err
	}
	inOrder := make([]*rateAsk, len(asks))
	for i := range asks {
		inOrder[i] = &asks[i]
	}
	slices.SortFunc(inOrder, func(a, b *rateAsk) int { return cmp.Compare(a.key, b.key) })
	if err := s.answerRates(ctx, inOrder); err != nil {
		return nil, err
	}
	answers := make([][]history.RateAnswer, len(lines))
	for i := range asks {
		if a := &asks[i]; a.found {
			a.answer.Source = a.source
			if a.row != nil {
				a.answer.RowKnownAt = knownMicro(a.row.known)
			}
			answers[a.line] = append(answers[a.line], a.answer)
		}
	}
	for _, of := range answers {
		slices.SortFunc(of, func(a, b history.RateAnswer) int { return a.Identity.Tier.Cmp(b.Identity.Tier) })
	}
	return answers, nil
}

// rateAsks are the rates that lines ask for.
func (s *Store) rateAsks(ctx context.Context, lines []history.RateLookup) ([]rateAsk, error) {
	tiers, err := s.tiersOf(ctx, lines)
	if err != nil {
		return nil, err
	}
	asks := make([]rateAsk, 0, len(lines))
	for i := range lines {
		l := &lines[i]
		ask := rateAsk{line: i, id: l.Identity, v: askedMilli(l.At), known: askedMicro(l.KnownAt)}
		if !l.AllTiers {
			ask.key = uint64(ask.id.Key())
			asks = append(asks, ask)
			continue
		}
		for _, id := range tiers[untiered(l.Identity)] {
			ask.id, ask.key = id, uint64(id.Key())
			asks = append(asks, ask)
		}
	}
	return asks, nil
}

// untiered is an identity without its tier, which is also that of the tier that begins at 0.
func untiered(id rate.Identity) rate.Identity {
	id.Tier = rate.Identity{}.Tier
	return id
}

func tiersStatement(meters []string, from *chosen) statement {
	f := filters{conditions: []string{"tier != 0"}}
	f.conditions = append(f.conditions, from.ofRows(&f))
	f.where("meter_id IN @meters", "meters", meters)
	return statement{"SELECT DISTINCT " + identityColumns + "\nFROM rate_row_slices" + f.all(), f.args}
}

// tiersOf finds the tiers of every identity of which a line wants all. One that begins at 0 is asked for whether there is one or not; the
// others are few, and what the table holds of tier 0 is passed over by the tier alone.
func (s *Store) tiersOf(ctx context.Context, lines []history.RateLookup) (map[rate.Identity][]rate.Identity, error) {
	tiers := map[rate.Identity][]rate.Identity{}
	var meters []string
	for i := range lines {
		id := untiered(lines[i].Identity)
		if lines[i].AllTiers && tiers[id] == nil {
			tiers[id] = []rate.Identity{id}
			meters = append(meters, id.MeterID)
		}
	}
	if len(tiers) == 0 {
		return tiers, nil
	}
	from, err := s.choose(ctx, "", history.AsOf{At: history.Everything(), KnownAt: history.Everything()}, history.Everything())
	if err != nil || from.none() {
		return tiers, err
	}
	slices.Sort(meters)
	for some := range slices.Chunk(slices.Compact(meters), lookupKeys) {
		err := s.query(ctx, "ask for tiers", tiersStatement(some, from), func(rows driver.Rows) error {
			var r identityRow
			if err := rows.Scan(r.targets()...); err != nil {
				return err
			}
			id, err := r.identity()
			if of := untiered(id); tiers[of] != nil {
				tiers[of] = append(tiers[of], id)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return tiers, nil
}

// answerRates answers asks, which are in the order of their keys, part by part.
func (s *Store) answerRates(ctx context.Context, asks []*rateAsk) error {
	var parts [][]*rateAsk
	begin, keys := 0, 0
	for i := range asks {
		if i == 0 || asks[i].key != asks[i-1].key {
			if keys == lookupKeys {
				parts = append(parts, asks[begin:i])
				begin, keys = i, 0
			}
			keys++
		}
	}
	return inParallel(ctx, append(parts, asks[begin:]), s.answerPart)
}

// inParallel does some parts of a question at once. The first error ends it.
func inParallel[P any](ctx context.Context, parts []P, do func(context.Context, P) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan P)
	var workers sync.WaitGroup
	for range min(lookupsAtOnce, len(parts)) {
		workers.Go(func() {
			for part := range todo {
				if ctx.Err() != nil {
					continue
				}
				if err := do(ctx, part); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, part := range parts {
		todo <- part
	}
	close(todo)
	workers.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// answerPart answers the asks of some rates.
func (s *Store) answerPart(ctx context.Context, asks []*rateAsk) error {
	if len(asks) == 0 {
		return nil
	}
	keys := make([]uint64, 0, len(asks))
	v, firstKnown, lastKnown := asks[0].v, asks[0].known, asks[0].known
	for _, a := range asks {
		if len(keys) == 0 || keys[len(keys)-1] != a.key {
			keys = append(keys, a.key)
		}
		v, firstKnown, lastKnown = min(v, a.v), min(firstKnown, a.known), max(lastKnown, a.known)
	}
	earliest := history.AsOf{At: fromMilliExact(v), KnownAt: knownMicro(firstKnown)}
	from, err := s.choose(ctx, "", earliest, knownMicro(lastKnown))
	if err != nil {
		return err
	}
	tales, err := s.rateTales(ctx, keys, from, earliest.At, lastKnown)
	if err != nil {
		return err
	}
	all := folds[uint64, ratePrice]{}
	var rows []rowAsked
	var of []*rateAsk
	for i, a := range asks {
		if err := unwanted(ctx, i); err != nil {
			return err
		}
		if answer, ok := rateAnswer(all, a.key, tales[a.key], a.id, a.v, a.known); ok && !answer.None {
			hit := tales[a.key].known(a.known).said(a.v)
			a.answer, a.found, a.source = answer, true, history.Position{Stream: hit.stream, Sequence: hit.seq, Row: hit.row}
			rows, of = append(rows, rowAsked{a.key, a.known}), append(of, a)
		}
	}
	current, err := s.currentRows(ctx, from, rows)
	for i, r := range current {
		of[i].row = r
		r.give(&of[i].answer)
	}
	return err
}
