package clickhouse

import (
	"context"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

// generationBits is where a generation begins in the number of a slice.
const generationBits = 32

// Reslice makes the slices of a stream again from its tables, as if they had been cut while the rows came: after its tables were made again, or
// when a long history came before there were slices. Readers read the old ones until all of the new ones are there. The stream's writer must
// not insert meanwhile. What fails halfway changes no answer, and can be repeated.
func (s *Store) Reslice(ctx context.Context, stream string) error {
	if _, err := s.makeGeneration(ctx, stream); err != nil {
		return err
	}
	return s.openSlices(ctx, stream)
}

// makeGeneration makes all slices of a stream, and lets them count.
func (s *Store) makeGeneration(ctx context.Context, stream string) ([]cut, error) {
	old, err := s.cuts(ctx, stream)
	if err != nil {
		return nil, err
	}
	present, generation := uint32(0), uint32(1)
	if len(old) > 0 {
		present = old[len(old)-1].generation
		generation = present + 1
	}
	behind, err := s.dropSlices(ctx, stream, present)
	if err != nil {
		return nil, err
	}
	generation = max(generation, behind)
	madeOf, err := s.slicesMadeOf(ctx)
	if err != nil {
		return nil, err
	}
	cuts, err := s.planCuts(ctx, stream, generation)
	if err != nil {
		return nil, err
	}
	for i := range cuts {
		cuts[i].madeOf = madeOf
		if err := s.makeSlice(ctx, stream, cuts, i); err != nil {
			return nil, err
		}
	}
	return cuts, s.registerCuts(ctx, stream, cuts)
}

// dropSlices has the slices removed that nobody reads any more: those of other generations than the present one, of which a later one is what
// a failure left. It returns the generation behind all that there are, because nobody waits until they are gone: the server may merge for
// minutes before it comes to it.
func (s *Store) dropSlices(ctx context.Context, stream string, present uint32) (uint32, error) {
	var behind uint64
	for _, t := range sliceTables() {
		var f filters
		f.where("stream = @stream", "stream", stream)
		last, err := s.number(ctx, "find the last slice", statement{"SELECT max(slice) FROM " + t.name + f.all(), f.args})
		if err != nil {
			return 0, err
		}
		behind = max(behind, last>>generationBits+1)
		f.where("slice NOT BETWEEN @first AND @last", "first", uint64(present)<<generationBits)
		f.bind("last", uint64(present+1)<<generationBits-1)
		others, err := s.number(ctx, "look for slices", statement{"SELECT count() FROM " + t.name + f.all(), f.args})
		if err != nil {
			return 0, err
		}
		if others == 0 {
			continue
		}
		unwaited := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"lightweight_deletes_sync": 0}))
		if err := s.conn.Exec(unwaited, "DELETE FROM "+t.name+f.all(), f.args...); err != nil {
			return 0, explain("drop slices", err)
		}
	}
	return uint32(behind), nil //nolint:gosec // slices have 32 bits above generationBits
}

// planCuts finds the instants at which slices would have been cut.
func (s *Store) planCuts(ctx context.Context, stream string, generation uint32) ([]cut, error) {
	var f filters
	f.where("stream = @stream", "stream", stream)
	// Rows behind it are compared one by one: another writer may have inserted into one table and not into the other.
	position, err := s.number(ctx, "read end of stream", statement{
		"SELECT toUInt64(ifNull(least((SELECT max(seq) FROM rate_changes_store" + f.all() + "), (SELECT max(seq) FROM rates_store" + f.all() + ")), 0))", f.args,
	})
	if err != nil {
		return nil, err
	}
	if progress, err := s.Position(ctx, stream); err != nil || progress > 0 {
		if position = min(position, progress); err != nil {
			return nil, err
		}
	}
	first := uint64(generation) << generationBits
	cuts := []cut{{generation: generation, slice: first, at: history.Always(), position: position}}
	var rows, rates uint64
	q := statement{"SELECT known_at, count(), countIf(kind = 'added' AND row = 0) FROM rates_store" + f.all() + " GROUP BY known_at ORDER BY known_at", f.args}
	err = s.ask(ctx, "list observations", q, func(found driver.Rows) error {
		var at time.Time
		var n, added uint64
		if err := found.Scan(&at, &n, &added); err != nil {
			return err
		}
		if rows, rates = rows+n, rates+added; rows >= max(s.cfg.CutRows, 2*rates) {
			rows = 0
			cuts = append(cuts, cut{generation: generation, slice: first + uint64(len(cuts)), at: at.UTC(), position: position, rows: rates})
		}
		return nil
	})
	return cuts, err
}

// makeSlice fills the i-th slice: with what can still be seen of the one before it, and with what became known until the next cut or
// reaches before it.
func (s *Store) makeSlice(ctx context.Context, stream string, cuts []cut, i int) error {
	c := cuts[i]
	for _, t := range sliceTables() {
		if i > 0 {
			if err := s.copyVisible(ctx, &t, stream, cuts[i-1].slice, c); err != nil {
				return err
			}
		}
		var f filters
		f.where("stream = @stream", "stream", stream)
		f.conditions = append(f.conditions, t.bounded, t.until)
		if i > 0 {
			f.conditions = append(f.conditions, "known_at > "+cutText)
		}
		f.bind("cut", knownText(c.at))
		f.bind("next", knownText(next(cuts, i)))
		text := "SELECT stream, toUInt64(" + strconv.FormatUint(c.slice, 10) + "), false, " + t.sources + " FROM " + t.source + f.all()
		if err := s.fill(ctx, &t, text, f.args); err != nil {
			return err
		}
	}
	return nil
}
