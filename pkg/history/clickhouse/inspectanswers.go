package clickhouse

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	// keysAtOnce is about how many changes are looked through at once for keys that are shared.
	keysAtOnce = 5_000_000
	// sampledRanges of keys are drawn, each of about sampledRates rates: reading neighbours costs less than reading as many anywhere.
	sampledRanges, sampledRates = 8, 40
)

// InspectKeys looks at keys as history.Auditor says, range by range.
func (s *Store) InspectKeys(ctx context.Context) ([]history.Finding, error) {
	changes, err := s.measure(ctx, "count changes", statement{text: "SELECT count() FROM rate_changes_store"})
	if err != nil {
		return nil, err
	}
	var found []history.Finding
	for _, r := range cutKeys(1+changes/keysAtOnce, 0) {
		var f filters
		r.bind(&f)
		q := statement{"SELECT key, argMax(toString(stream), seq), max(seq), count(), uniqExact(of) FROM (\n" +
			"SELECT key, stream, seq, sipHash64(" + identityColumns + ") AS of FROM rate_changes_store" + f.all() + "\n" +
			") GROUP BY key HAVING min(of) != max(of) ORDER BY key\nSETTINGS optimize_aggregation_in_order = 1", f.args}
		err := s.examine(ctx, "look for shared keys", q, func(rows driver.Rows) error {
			var key, sequence, n, rates uint64
			shared := history.Finding{Kind: history.FindingShared, Table: history.TableRateChanges}
			if err := rows.Scan(&key, &shared.Stream, &sequence, &n, &rates); err != nil {
				return err
			}
			shared.First, shared.Last, shared.Rows = sequence, sequence, n
			shared.Detail = fmt.Sprintf("%d rates have the key %s, of which lists tell of one", rates, rate.Key(key))
			found = append(found, shared)
			return nil
		})
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// Derive makes the slices of a stream anew, if a table of slices was made.
func (s *Store) Derive(ctx context.Context, stream string, schema []history.Finding) error {
	emptied := slices.ContainsFunc(schema, func(f history.Finding) bool {
		return f.Repaired && (f.Table == "rate_cuts" || slices.ContainsFunc(sliceTables(), func(t sliceTable) bool { return t.name == string(f.Table) }))
	})
	if !emptied {
		return nil
	}
	streams, err := s.rateStreams(ctx)
	if err != nil || !slices.Contains(streams, stream) {
		return err
	}
	if err := s.Reslice(ctx, stream); err != nil {
		return err
	}
	return s.raise(ctx, revisionRepaired, nonce())
}

// sample is what of a stream's rates is looked at, as of which instants.
type sample struct {
	stream   string
	last     uint64 // sequence up to which rows are looked at
	ranges   []keyRange
	instants []history.AsOf
}

// InspectAnswers compares answers as history.Auditor says.
func (s *Store) InspectAnswers(ctx context.Context, stream string, last uint64) ([]history.Finding, error) {
	drawn, err := s.draw(ctx, stream, last)
	if err != nil {
		return nil, err
	}
	var found []history.Finding
	for _, within := range drawn.ranges {
		for _, as := range drawn.instants {
			odd, detail, err := s.differ(ctx, drawn, within, as)
			if err != nil {
				return found, err
			}
			if odd > 0 {
				found = append(found, history.Finding{
					Kind: history.FindingSlices, Table: history.TableRates, Stream: stream, First: 1, Last: last, Rows: odd, Detail: detail,
				})
			}
		}
	}
	return oneOfSlices(found), nil
}

// oneOfSlices makes one finding of all: what is wrong with a sample is wrong with more.
func oneOfSlices(found []history.Finding) []history.Finding {
	if len(found) == 0 {
		return nil
	}
	for _, f := range found[1:] {
		found[0].Rows += f.Rows
	}
	return found[:1]
}

// draw chooses ranges of keys and instants by chance, always the same for the same end of the stream.
func (s *Store) draw(ctx context.Context, stream string, last uint64) (sample, error) {
	drawn := sample{stream: stream, last: last}
	var known []time.Time
	f := within(stream, 0, last)
	q := statement{"SELECT DISTINCT started FROM crawls_store" + f.all() + " AND refused = '' ORDER BY started", f.args}
	err := s.examine(ctx, "list instants of crawls", q, func(rows driver.Rows) error {
		var at time.Time
		err := rows.Scan(&at)
		known = append(known, at.UTC())
		return err
	})
	if err != nil || len(known) == 0 {
		return drawn, err
	}
	rates, err := s.measure(ctx, "count rates", statement{"SELECT uniq(key) FROM rate_changes_store" + f.all(), f.args})
	if err != nil || rates == 0 {
		return drawn, err
	}
	chance := rand.New(rand.NewPCG(last, uint64(len(known)))) //nolint:gosec // a sample, not a secret
	newest, valid := known[len(known)-1], known[chance.IntN(len(known))].Truncate(time.Millisecond)
	drawn.instants = []history.AsOf{
		{At: newest.Truncate(time.Millisecond), KnownAt: newest}, {At: valid, KnownAt: known[chance.IntN(len(known))]},
	}
	if rates <= sampledRanges*sampledRates {
		drawn.ranges = []keyRange{{0, math.MaxUint64}}
		return drawn, nil
	}
	width := math.MaxUint64 / rates * sampledRates
	for range sampledRanges {
		first := chance.Uint64N(math.MaxUint64 - width)
		drawn.ranges = append(drawn.ranges, keyRange{first, first + width})
	}
	return drawn, nil
}

// differ counts the rates of a range of which a list does not answer what the tables say, and tells of one.
func (s *Store) differ(ctx context.Context, of sample, within keyRange, as history.AsOf) (odd uint64, detail string, err error) {
	listed, err := s.listed(ctx, of, within, as)
	if err != nil {
		return 0, "", err
	}
	said, err := s.said(ctx, of, within, as)
	if err != nil {
		return 0, "", err
	}
	written, err := s.beingWritten(ctx, of, within, as)
	if err != nil || written {
		return 0, "", err
	}
	note := func(id rate.Identity, what string) {
		odd++
		if detail == "" {
			detail = fmt.Sprintf("as of %s, known at %s, %s of meter %s, SKU %s, %s", as.At.Format(time.RFC3339Nano), as.KnownAt.Format(time.RFC3339Nano), what, id.MeterID, id.SKUID, id.Type)
		}
	}
	for id, want := range said {
		got, ok := listed[id]
		switch {
		case !ok:
			note(id, "a list lacks the price")
		case !sameRate(&got, &want):
			note(id, "a list does not say what the tables do")
		}
	}
	for id := range listed {
		if _, ok := said[id]; !ok {
			note(id, "a list has a price that the tables lack")
		}
	}
	return odd, detail, nil
}

func sameRate(a, b *history.RateAnswer) bool {
	return a.Price.Cmp(b.Price) == 0 && a.EffectiveFrom.Equal(b.EffectiveFrom) && a.ValidTo.Equal(b.ValidTo) && a.KnownAt.Equal(b.KnownAt) && a.Attributes == b.Attributes &&
		a.IncludedQuantity.Cmp(b.IncludedQuantity) == 0 &&
		slices.EqualFunc(a.SavingsPlans, b.SavingsPlans, func(x, y rate.SavingsPlan) bool { return x.Term == y.Term && x.Price.Cmp(y.Price) == 0 })
}

// listed is what a list answers of a range of keys, read from slices.
func (s *Store) listed(ctx context.Context, of sample, within keyRange, as history.AsOf) (map[rate.Identity]history.RateAnswer, error) {
	q := history.RateList{Currency: currencyOf(of.stream), AsOf: as}
	answers := map[rate.Identity]history.RateAnswer{}
	from, err := s.choose(ctx, q.Currency, as, as.KnownAt)
	if err != nil || from.none() {
		return answers, err
	}
	err = s.examine(ctx, "ask list for a sample", rateListStatement(q, from, within, ""), func(rows driver.Rows) error {
		a, _, err := scanRate(rows)
		answers[a.Identity] = a
		return err
	})
	return answers, err
}

// said is what the tables say of a range of keys: every rate that has a price.
func (s *Store) said(ctx context.Context, of sample, keys keyRange, as history.AsOf) (map[rate.Identity]history.RateAnswer, error) {
	f := of.known(keys, as)
	known := map[rate.Identity][]history.RatePeriod{}
	q := statement{"SELECT " + identityColumns + ", stream, seq, row, valid_from, valid_to, priced, price, effective_from, known_at, kind\nFROM rates_store" + f.all(), f.args}
	err := s.examine(ctx, "read periods of a sample", q, func(rows driver.Rows) error {
		p, id, err := scanRatePeriod(rows)
		known[id] = append(known[id], p)
		return err
	})
	if err != nil {
		return nil, err
	}
	answers := map[rate.Identity]history.RateAnswer{}
	for id, periods := range known {
		slices.SortFunc(periods, func(a, b history.RatePeriod) int { return knownOrder(a.KnownAt, b.KnownAt, a.Position, b.Position) })
		if a := answer(periods, as.At); !a.None {
			a.Identity = id
			answers[id] = a
		}
	}
	return answers, s.saidRows(ctx, of, keys, as, answers)
}

// saidRows gives answers what the last row after a change tells, which of those without one is the row before it.
func (s *Store) saidRows(ctx context.Context, of sample, keys keyRange, as history.AsOf, answers map[rate.Identity]history.RateAnswer) error {
	f := of.known(keys, as)
	q := statement{"SELECT " + identityColumns + ", seq, row, known_at, has_after, " + attributeColumns + ", after_plan_terms, after_plan_prices, after_included_quantity\nFROM rate_changes_store" +
		f.all(), f.args}
	latest := map[rate.Identity]saidRow{}
	err := s.examine(ctx, "read rows of a sample", q, func(rows driver.Rows) error {
		var identity identityRow
		var r saidRow
		if err := rows.Scan(append(append(identity.targets(), &r.Sequence, &r.Row, &r.at, &r.after), r.targets()...)...); err != nil {
			return err
		}
		id, err := identity.identity()
		if former, ok := latest[id]; !ok || r.beats(&former) {
			latest[id] = r
		}
		return err
	})
	for id, a := range answers {
		if r, ok := latest[id]; ok && err == nil {
			err = r.give(&a)
			answers[id] = a
		}
	}
	return err
}

// saidRow is what a change tells of the row after it, or before it where there is none after.
type saidRow struct {
	history.Position
	currentRow
	at    time.Time
	after bool
}

// beats reports whether a row tells of its rate rather than another one.
func (r *saidRow) beats(other *saidRow) bool {
	if r.after != other.after {
		return r.after
	}
	return knownOrder(r.at, other.at, r.Position, other.Position) > 0
}

// currencyOf is the currency of a stream of rates.
func currencyOf(stream string) string {
	name, _, _ := strings.Cut(stream, "@")
	return strings.TrimPrefix(name, "RATES_")
}

// known are the conditions on the rows of a range of keys that are known at an instant.
func (of *sample) known(keys keyRange, as history.AsOf) filters {
	f := within(of.stream, 0, of.last)
	keys.bind(&f)
	f.where("known_at <= "+askedKnown, "known_at", knownText(as.KnownAt))
	return f
}

// beingWritten reports whether rows behind the end are of a sample too: lists may tell of them, or not yet.
func (s *Store) beingWritten(ctx context.Context, of sample, keys keyRange, as history.AsOf) (bool, error) {
	var f filters
	f.where("stream = @stream", "stream", of.stream)
	f.where("seq > @last", "last", of.last)
	keys.bind(&f)
	f.where("known_at <= "+askedKnown, "known_at", knownText(as.KnownAt))
	for _, table := range []string{"rates_store", "rate_changes_store"} {
		n, err := s.measure(ctx, "look for rows that are being written", statement{"SELECT count() FROM " + table + f.all(), f.args})
		if err != nil || n > 0 {
			return true, err
		}
	}
	return false, nil
}

// answer asks periods, in the order in which they became known, what holds at an instant: the latest known that holds it says, and its
// answer ends at the first boundary from which another one is given.
func answer(known []history.RatePeriod, at time.Time) history.RateAnswer {
	hit := latest(known, at)
	a := history.RateAnswer{None: hit.None, Price: hit.Price, EffectiveFrom: hit.Start, KnownAt: hit.KnownAt}
	for _, p := range known {
		for _, b := range []time.Time{p.From, p.To} {
			if b.After(at) && (a.ValidTo.IsZero() || b.Before(a.ValidTo)) && !latest(known, b).SameAnswer(hit.Span) {
				a.ValidTo = b
			}
		}
	}
	return a
}

// latest returns the latest known period that holds an instant; one that says that there is no price when none does.
func latest(known []history.RatePeriod, at time.Time) history.RatePeriod {
	for i := len(known) - 1; i >= 0; i-- {
		if known[i].Contains(at) {
			return known[i]
		}
	}
	return history.RatePeriod{Span: rate.Span{None: true}}
}
