package clickhouse

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// rowPlace is where a current row is told: by the change of a rate at a place in its stream.
type rowPlace struct {
	key   uint64
	known int64
	seq   uint64
	row   uint32
}

// compare orders the places of one rate as they became known.
func (p rowPlace) compare(o rowPlace) int {
	switch {
	case p.known != o.known:
		return order(p.known < o.known)
	case p.seq != o.seq:
		return order(p.seq < o.seq)
	case p.row != o.row:
		return order(p.row < o.row)
	}
	return 0
}

func order(less bool) int {
	if less {
		return -1
	}
	return 1
}

// toldRow is what a change tells of the row after it.
type toldRow struct {
	attributes rate.Attributes
	plans      []rate.SavingsPlan
	included   money.Decimal
	known      int64
}

func (r *toldRow) give(a *history.RateAnswer) {
	if r != nil {
		a.Attributes, a.SavingsPlans, a.IncludedQuantity = r.attributes, r.plans, r.included
	}
}

// rowPlacesStatement asks where current rows are told that are known by the latest; of each rate only the last when all ask for the same
// knowledge.
func rowPlacesStatement(keys []uint64, from *chosen, latestKnown int64, last bool) statement {
	var f filters
	f.conditions = append(f.conditions, from.ofRows(&f))
	f.in("key", "keys", keys)
	f.where("known_at <= toDateTime64(@latest_known, 6, 'UTC')", "latest_known", knownText(knownMicro(latestKnown)))
	f.conditions = append(f.conditions, "has_after")
	if last {
		return statement{"SELECT key, toUnixTimestamp64Micro(place.1), place.2, place.3\nFROM (\n    SELECT key, max((known_at, seq, row)) AS place FROM rate_row_slices" +
			f.all() + " GROUP BY key\n)", f.args}
	}
	return statement{"SELECT key, toUnixTimestamp64Micro(known_at), seq, row\nFROM rate_row_slices" + f.all(), f.args}
}

// toldColumns are what toldRows reads.
const toldColumns = "SELECT key, toUnixTimestamp64Micro(known_at), seq, row, " + attributeColumns + ",\n    toJSONString(plan_terms), " +
	"toJSONString(arrayMap(p -> toString(p), plan_prices)), toString(included_quantity)\nFROM rate_row_slices"

// rowsOfRateStatement reads the current rows of one rate that are known by the latest.
func rowsOfRateStatement(key uint64, from *chosen, latestKnown int64) statement {
	var f filters
	f.conditions = append(f.conditions, from.ofRows(&f))
	f.where("key = @key", "key", key)
	f.where("known_at <= toDateTime64(@latest_known, 6, 'UTC')", "latest_known", knownText(knownMicro(latestKnown)))
	f.conditions = append(f.conditions, "has_after")
	return statement{toldColumns + f.all(), f.args}
}

// toldRowsStatement reads what is told at places of some rates. Sequences are those of messages, of which each tells of one rate.
func toldRowsStatement(keys, sequences []uint64, from *chosen) statement {
	var f filters
	f.conditions = append(f.conditions, from.ofRows(&f))
	f.in("key", "keys", keys)
	f.in("seq", "sequences", sequences)
	f.conditions = append(f.conditions, "has_after")
	return statement{toldColumns + f.all(), f.args}
}

// rowAsked is a rate whose last current row known at an instant is wanted.
type rowAsked struct {
	key   uint64
	known int64
}

// currentRows returns, for each rate asked for, its last current row known; nil when none ever was.
func (s *Store) currentRows(ctx context.Context, from *chosen, asked []rowAsked) (found []*toldRow, err error) {
	if len(asked) == 0 {
		return nil, nil
	}
	err = twice("read current rows", func() (whole bool, err error) {
		found, whole, err = s.askCurrentRows(ctx, from, asked)
		return whole, err
	})
	return found, err
}

// twice asks a question of two reads, and once more when the second does not find what the first named: a table may have been exchanged for
// another in between, which is made of the same messages but need not have a row in the same place. That it happens again is an internal
// fault; an answer that is not there is never given.
func twice(what string, ask func() (whole bool, err error)) error {
	for range 2 {
		if whole, err := ask(); whole || err != nil {
			return err
		}
	}
	return fault.New(fault.Internal, "%s: the tables do not hold the rows that they name", what)
}

// askCurrentRows is currentRows; false when a row is not told where it was.
func (s *Store) askCurrentRows(ctx context.Context, from *chosen, asked []rowAsked) ([]*toldRow, bool, error) {
	latest, last := asked[0].known, true
	keys := make([]uint64, len(asked))
	for i, a := range asked {
		keys[i] = a.key
		last, latest = last && a.known == asked[0].known, max(latest, a.known)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	places, err := s.rowPlaces(ctx, rowPlacesStatement(keys, from, latest, last))
	if err != nil {
		return nil, false, err
	}
	at := make([]rowPlace, len(asked))
	var sequences []uint64
	for i, a := range asked {
		for _, p := range slices.Backward(places[a.key]) {
			if p.known <= a.known {
				at[i], sequences = p, append(sequences, p.seq)
				break
			}
		}
	}
	slices.Sort(sequences)
	var rows map[rowPlace]*toldRow
	if len(sequences) > 0 {
		if rows, err = s.toldRows(ctx, toldRowsStatement(keys, slices.Compact(sequences), from)); err != nil {
			return nil, false, err
		}
	}
	found := make([]*toldRow, len(asked))
	for i := range asked {
		row, there := rows[at[i]]
		if !there && at[i] != (rowPlace{}) {
			return nil, false, nil
		}
		found[i] = row
	}
	return found, true, nil
}

// rowPlaces reads places by rate, in the order in which they became known.
func (s *Store) rowPlaces(ctx context.Context, q statement) (map[uint64][]rowPlace, error) {
	places := map[uint64][]rowPlace{}
	var p rowPlace
	targets := []any{&p.key, &p.known, &p.seq, &p.row}
	err := s.query(ctx, "ask for current rows", q, func(rows driver.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		places[p.key] = append(places[p.key], p)
		return nil
	})
	for _, of := range places {
		slices.SortFunc(of, rowPlace.compare)
	}
	return places, err
}

// toldRows reads what is told at places.
func (s *Store) toldRows(ctx context.Context, q statement) (map[rowPlace]*toldRow, error) {
	found := map[rowPlace]*toldRow{}
	var (
		p                       rowPlace
		terms, prices, included string
		attributes              rate.Attributes
	)
	targets := []any{&p.key, &p.known, &p.seq, &p.row}
	for _, text := range rateAttributeFields(&attributes) {
		targets = append(targets, text)
	}
	targets = append(targets, &terms, &prices, &included)
	err := s.query(ctx, "read current rows", q, func(rows driver.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		r := &toldRow{attributes: attributes, known: p.known}
		found[p] = r
		var err error
		if r.included, err = money.Parse(included); err != nil || terms == "[]" {
			return err
		}
		r.plans, err = plansOf(terms, prices)
		return err
	})
	return found, err
}

// plansOf reads savings plans from JSON arrays of their terms and prices.
func plansOf(terms, prices string) ([]rate.SavingsPlan, error) {
	var names []string
	var amounts []money.Decimal
	if err := json.Unmarshal([]byte(terms), &names); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(prices), &amounts); err != nil {
		return nil, err
	}
	plans := make([]rate.SavingsPlan, len(names))
	for i := range names {
		plans[i] = rate.SavingsPlan{Term: names[i], Price: amounts[i]}
	}
	return plans, nil
}
