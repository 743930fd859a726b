package clickhouse

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

// Lists as of read slices: copies of what matters in a stretch of time. A slice begins at a cut C, an instant on both axes, and answers for
// every (V, K) with C <= least(V, K) < the next cut. For that it holds
//
//	a period known at k of [f, t)   where t > C and least(f, k) <= the next cut,
//	a row known at k                where k <= the next cut,
//
// but for what could not be seen any more at C. Where an answer ends may lie beyond the next cut: that is in later slices, up to the one of K,
// among the periods that begin after V. Rows in a slice that need not be there, or are there twice, change no answer; missing ones do.
// So slices need no exactness of their own: they are filled after the tables that they are made of, and what a crash left out is found by
// counting when a stream's writer starts.

// cut is where a slice begins.
type cut struct {
	generation     uint32
	slice          uint64
	at             time.Time
	position, rows uint64
	madeOf         string // ids of the tables that it was made of; empty: not known
}

// sliced is what is known of the slices of a stream.
type sliced struct {
	loading sync.Mutex // held while they are read for the first time

	mu       sync.Mutex
	cuts     []cut // of the present generation, in order; the first begins always
	appended uint64
	latest   time.Time // latest knowledge in the last slice
	failures int
	retry    uint64 // how many rows must have been appended before a cut that failed is tried again
}

func (s *sliced) last() cut { return s.cuts[len(s.cuts)-1] }

// present returns the cuts.
func (s *sliced) present() []cut {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cuts
}

// appending notes rows that were given to the last slice.
func (s *sliced) appending(n int, latest time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.appended += uint64(n)
	if latest.After(s.latest) {
		s.latest = latest
	}
}

// due reports whether enough was appended for another cut, and where it would be.
func (s *sliced) due(least uint64) (at time.Time, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.last()
	return s.latest, s.appended >= max(least, 2*last.rows, s.retry) && s.latest.After(last.at)
}

// slicing are the slices of every stream that this process writes. The zero value is ready.
type slicing struct {
	mu      sync.Mutex
	streams map[string]*sliced
}

// slicesOf returns what is known of a stream's slices; the first time it reads it, and mends what is missing.
func (s *Store) slicesOf(ctx context.Context, stream string) (*sliced, error) {
	s.slicing.mu.Lock()
	if s.slicing.streams == nil {
		s.slicing.streams = map[string]*sliced{}
	}
	known := s.slicing.streams[stream]
	if known == nil {
		known = &sliced{}
		s.slicing.streams[stream] = known
	}
	s.slicing.mu.Unlock()
	known.loading.Lock()
	defer known.loading.Unlock()
	if len(known.present()) > 0 {
		return known, nil
	}
	return known, s.loadSlices(ctx, stream, known)
}

// openSlices reads what there is of a stream's slices anew and mends it, before its writer begins.
func (s *Store) openSlices(ctx context.Context, stream string) error {
	s.slicing.mu.Lock()
	delete(s.slicing.streams, stream)
	s.slicing.mu.Unlock()
	_, err := s.slicesOf(ctx, stream)
	return err
}

// loadSlices reads where the slices of a stream begin, begins the first where there is none, and adds the rows that are missing.
func (s *Store) loadSlices(ctx context.Context, stream string, into *sliced) error {
	cuts, err := s.cuts(ctx, stream)
	if err != nil {
		return err
	}
	madeOf, err := s.slicesMadeOf(ctx)
	if err != nil {
		return err
	}
	switch {
	case len(cuts) == 0:
		cuts = []cut{{at: history.Always(), madeOf: madeOf}}
		err = s.registerCuts(ctx, stream, cuts)
	case cuts[0].madeOf != "" && cuts[0].madeOf != madeOf: // a rebuild put others in their place, and ended before it made slices of them
		cuts, err = s.makeGeneration(ctx, stream)
	}
	if err != nil {
		return err
	}
	if err := s.healSlices(ctx, stream, cuts); err != nil {
		return err
	}
	last := cuts[len(cuts)-1]
	appended, latest, err := s.appendedTo(ctx, stream, last)
	if err != nil {
		return err
	}
	into.mu.Lock()
	defer into.mu.Unlock()
	into.cuts, into.appended, into.latest = cuts, appended, latest
	return nil
}

// presentCuts is the condition that a cut is of the greatest generation of its stream.
const presentCuts = "(stream, generation) IN (SELECT stream, max(generation) FROM rate_cuts GROUP BY stream)"

// cuts returns those of a stream, in order.
func (s *Store) cuts(ctx context.Context, stream string) ([]cut, error) {
	var f filters
	f.where("stream = @stream", "stream", stream)
	q := statement{
		"SELECT generation, slice, min(cut_at), min(position), max(rows), any(made_of) FROM rate_cuts" + f.all() + " AND " + presentCuts +
			" GROUP BY generation, slice ORDER BY slice", f.args,
	}
	var cuts []cut
	err := s.ask(ctx, "list slices", q, func(rows driver.Rows) error {
		var c cut
		err := rows.Scan(&c.generation, &c.slice, &c.at, &c.position, &c.rows, &c.madeOf)
		c.at = c.at.UTC()
		cuts = append(cuts, c)
		return err
	})
	return cuts, err
}

// registerCuts makes slices count, all of them at once.
func (s *Store) registerCuts(ctx context.Context, stream string, cuts []cut) error {
	last := cuts[len(cuts)-1]
	columns := block{
		gather("stream", cuts, func(*cut) string { return stream }),
		gather("generation", cuts, func(c *cut) uint32 { return c.generation }),
		gather("slice", cuts, func(c *cut) uint64 { return c.slice }),
		gather("cut_at", cuts, func(c *cut) time.Time { return c.at }),
		gather("position", cuts, func(c *cut) uint64 { return c.position }),
		gather("rows", cuts, func(c *cut) uint64 { return c.rows }),
		gather("made_of", cuts, func(c *cut) string { return c.madeOf }),
	}
	token := stream + ":cut:" + strconv.FormatUint(uint64(last.generation), 10) + ":" + strconv.FormatUint(last.slice, 10)
	return explain("register slices", s.send(ctx, "rate_cuts", columns, token))
}

// appendedTo counts what came into a slice since it was made.
func (s *Store) appendedTo(ctx context.Context, stream string, c cut) (n uint64, latest time.Time, err error) {
	f := ofSlice(stream, c.slice)
	f.where("seq > @position", "position", c.position)
	q := statement{"SELECT count(), max(known_at) FROM rate_slices" + f.all(), f.args}
	err = s.ask(ctx, "measure slice", q, func(rows driver.Rows) error { return rows.Scan(&n, &latest) })
	if n == 0 {
		latest = c.at
	}
	return n, latest.UTC(), err
}

func ofSlice(stream string, slice uint64) filters {
	var f filters
	f.where("stream = @stream", "stream", stream)
	f.where("slice = @slice", "slice", slice)
	return f
}

// sliceTable is one of the two tables of slices and what its rows are made of.
type sliceTable struct {
	name, source     string
	columns, sources string // of the table, and of what it is made of, in the same order; stream, slice and copied come before them
	// bounded is the condition that a row may matter from @cut on, and until what it may matter up to @next.
	bounded, until string
	// floor is, of the rows of a rate that are known at @cut, the order of the last one that hides all before it from then on.
	floor string
}

func sliceTables() []sliceTable {
	periods := "key, valid_from, valid_to, priced, price, effective_from, hourly_equivalent, known_at, seq, row"
	common := "key, " + identityColumns + ", has_after, " + attributeColumns
	derived := "included_quantity, block_size, unit, operating_system, purchase_option, known_at, seq, row"
	return []sliceTable{
		{
			name: "rate_slices", source: "rates_store", columns: periods, sources: periods,
			bounded: "valid_to > " + cutText, until: "least(toDateTime64(valid_from, 6, 'UTC'), known_at) <= " + nextText,
			floor: "maxIf(ord, known_at <= " + cutText + " AND valid_from <= " + cutText + " AND valid_to = " + openText + ")",
		},
		{
			name: "rate_row_slices", source: "rate_changes_store",
			columns: common + ", plan_terms, plan_prices, " + derived, sources: common + ", after_plan_terms, after_plan_prices, after_" + derived,
			bounded: "true", until: "known_at <= " + nextText,
			floor: "maxIf(ord, known_at <= " + cutText + " AND has_after)",
		},
	}
}

const (
	cutText  = "toDateTime64(@cut, 6, 'UTC')"
	nextText = "toDateTime64(@next, 6, 'UTC')"
)

// next is where the slice behind the i-th begins; that behind the last never does.
func next(cuts []cut, i int) time.Time {
	if i+1 < len(cuts) {
		return cuts[i+1].at
	}
	return history.Open()
}

// slicesMadeOf names the tables that slices are made of now: whoever exchanges them changes it.
func (s *Store) slicesMadeOf(ctx context.Context) (string, error) {
	var ids string
	q := statement{text: "SELECT arrayStringConcat(groupArray(toString(uuid)), ' ') FROM (SELECT uuid FROM system.tables " +
		"WHERE database = currentDatabase() AND name IN ('rates_store', 'rate_changes_store') ORDER BY name)"}
	err := s.ask(ctx, "look for tables", q, func(rows driver.Rows) error { return rows.Scan(&ids) })
	return ids, err
}

// healSlices adds the rows that the tables hold and slices lack, of the messages behind the last cut. A crash between the two leaves such, and a
// writer that did not know of a cut. Those up to its position were there when it was made; a repair gives slices what it adds itself.
func (s *Store) healSlices(ctx context.Context, stream string, cuts []cut) error {
	for _, t := range sliceTables() {
		for i := range cuts {
			if err := s.healSlice(ctx, &t, stream, cuts, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// countedAtOnce is how many rows are counted one by one at a time, so that the memory this takes has a bound.
const countedAtOnce = 1_000_000

func (s *Store) healSlice(ctx context.Context, t *sliceTable, stream string, cuts []cut, i int) error {
	var f filters
	f.where("stream = @stream", "stream", stream)
	f.where("seq > @position", "position", cuts[len(cuts)-1].position)
	f.conditions = append(f.conditions, t.bounded, t.until)
	f.bind("cut", knownText(cuts[i].at))
	f.bind("next", knownText(next(cuts, i)))
	f.bind("slice", cuts[i].slice)
	stored, err := s.number(ctx, "count rows of "+t.source, statement{"SELECT count() FROM " + t.source + f.all(), f.args})
	if err != nil || stored == 0 {
		return err
	}
	for _, r := range cutKeys(1+stored/countedAtOnce, 0) {
		part := filters{slices.Clone(f.conditions), slices.Clone(f.args)}
		r.bind(&part)
		there := " FROM " + t.name + part.all() + " AND slice = @slice"
		same, err := s.number(ctx, "compare slice with "+t.source, statement{
			"SELECT toUInt64(ifNull((SELECT count() FROM " + t.source + part.all() + ") = (SELECT uniqExact(seq, row)" + there + "), 0))", part.args,
		})
		if err == nil && same == 0 {
			err = s.fill(ctx, t, "SELECT stream, toUInt64(@slice), false, "+t.sources+" FROM "+t.source+part.all()+" AND (seq, row) NOT IN (SELECT seq, row"+there+")", part.args)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// healRestored gives slices what a repair added to one of the tables that they are made of, of the messages from first to last. What could not
// be seen any more when a slice began comes into it as well, which changes no answer.
func (s *Store) healRestored(ctx context.Context, of history.Table, stream string, first, last uint64) error {
	i := slices.Index([]history.Table{history.TableRates, history.TableRateChanges}, of)
	if i < 0 {
		return nil
	}
	cuts, err := s.cuts(ctx, stream)
	t := sliceTables()[i]
	for j := range cuts {
		var f filters
		f.where("stream = @stream", "stream", stream)
		f.where("seq >= @from", "from", first)
		f.where("seq <= @to", "to", last)
		f.conditions = append(f.conditions, t.bounded, t.until)
		f.bind("cut", knownText(cuts[j].at))
		f.bind("next", knownText(next(cuts, j)))
		f.bind("slice", cuts[j].slice)
		if err == nil {
			err = s.fill(ctx, &t, "SELECT stream, toUInt64(@slice), false, "+t.sources+" FROM "+t.source+f.all()+
				" AND (seq, row) NOT IN (SELECT seq, row FROM "+t.name+f.all()+" AND slice = @slice)", f.args)
		}
	}
	return err
}

// filledRows is how many rows a copy inside the server gathers for a part: wide rows of many parts are read at once, so few of them.
const filledRows = 262_144

// filling returns a context for copying inside the server, with little memory. Nothing is left out because the same was inserted before: it
// may have been lost.
func (s *Store) filling(ctx context.Context) context.Context {
	settings := clickhouse.Settings{
		"async_insert": 0, "insert_deduplicate": 0, "max_insert_threads": 1, "max_threads": 1,
		"max_insert_block_size": filledRows, "min_insert_block_size_rows": filledRows, "min_insert_block_size_bytes": 0,
	}
	s.cfg.dialect().writing(settings)
	s.cfg.dialect().reading(settings) // what is copied is read first
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings))
}

// fill copies rows into slices inside the server.
func (s *Store) fill(ctx context.Context, t *sliceTable, text string, args []any) error {
	return explain("fill "+t.name, s.conn.Exec(s.filling(ctx), "INSERT INTO "+t.name+" (stream, slice, copied, "+t.columns+") "+text, args...))
}

// adoptCuts learns of cuts that another writer of the stream made, and adds to them what this one did not know it had to.
func (s *Store) adoptCuts(ctx context.Context, stream string, known *sliced) error {
	cuts, err := s.cuts(ctx, stream)
	if err != nil {
		return err
	}
	present := known.present()
	if len(cuts) > 0 && cuts[len(cuts)-1].slice != present[len(present)-1].slice {
		return s.loadSlices(ctx, stream, known)
	}
	return nil
}

// eachSliced does something for the streams of a progress that have slices.
func (s *Store) eachSliced(progress []history.Position, do func(known *sliced, p history.Position) error) error {
	for _, p := range progress {
		s.slicing.mu.Lock()
		known := s.slicing.streams[p.Stream]
		s.slicing.mu.Unlock()
		if known == nil || len(known.present()) == 0 {
			continue
		}
		if err := do(known, p); err != nil {
			return err
		}
	}
	return nil
}

// considerCut begins another slice when the last one has taken enough. What goes wrong there does not hold up the stream: lists read more
// until it is tried again.
func (s *Store) considerCut(ctx context.Context, known *sliced, stream string, position uint64) error {
	at, due := known.due(s.cfg.CutRows)
	if !due {
		return nil
	}
	err := s.makeCut(ctx, stream, known, at, position)
	known.mu.Lock()
	defer known.mu.Unlock()
	if err != nil {
		known.failures++
		known.retry = known.appended + known.appended/4
		return nil //nolint:nilerr // counted, and tried again
	}
	known.retry = 0
	return nil
}

// makeCut copies what is still visible of the last slice into a new one, and lets it begin.
func (s *Store) makeCut(ctx context.Context, stream string, known *sliced, at time.Time, position uint64) error {
	last := known.present()[len(known.present())-1]
	c := cut{generation: last.generation, slice: last.slice + 1, at: at, position: position, madeOf: last.madeOf}
	before, err := s.Revision(ctx)
	if err != nil {
		return err
	}
	if err := s.copyAllVisible(ctx, stream, last.slice, c); err != nil {
		return err
	}
	f := ofSlice(stream, c.slice)
	if c.rows, err = s.number(ctx, "count rows of slice", statement{"SELECT count() FROM rate_slices" + f.all(), f.args}); err != nil {
		return err
	}
	if err := s.registerCuts(ctx, stream, []cut{c}); err != nil {
		return err
	}
	after, err := s.Revision(ctx)
	if err == nil && after != before { // a repair gave rows to the last slice that were perhaps not copied; those after this know the new one
		err = s.copyAllVisible(ctx, stream, last.slice, c)
	}
	if err != nil {
		return err
	}
	return s.loadSlices(ctx, stream, known)
}

func (s *Store) copyAllVisible(ctx context.Context, stream string, from uint64, c cut) error {
	for _, t := range sliceTables() {
		if err := s.copyVisible(ctx, &t, stream, from, c); err != nil {
			return err
		}
	}
	return nil
}

// copiedAtOnce is how many rows of a slice are looked through at once, so that the memory this takes has a bound.
const copiedAtOnce = 200_000

// copyVisible copies what a slice holds that can be seen from a cut on. Keys are spread evenly, so equal ranges of keys hold about as many
// rows.
func (s *Store) copyVisible(ctx context.Context, t *sliceTable, stream string, from uint64, c cut) error {
	f := ofSlice(stream, from)
	rows, err := s.number(ctx, "count rows of slice", statement{"SELECT count() FROM " + t.name + f.all(), f.args})
	if err != nil {
		return err
	}
	f.conditions = append(f.conditions, t.bounded)
	f.bind("cut", knownText(c.at))
	f.bind("new", c.slice)
	for _, r := range cutKeys(1+rows/copiedAtOnce, 0) {
		piece := filters{slices.Clone(f.conditions), slices.Clone(f.args)}
		r.bind(&piece)
		text := "SELECT stream, toUInt64(@new), true, " + t.columns + " FROM (SELECT *, ord AS o, " + t.floor + " OVER (PARTITION BY key) AS floor FROM " + t.name +
			piece.all() + ") WHERE o >= floor LIMIT 1 BY key, seq, row"
		if err := s.fill(ctx, t, text, piece.args); err != nil {
			return err
		}
	}
	return nil
}

// SliceState is how the slices of a stream are that this process fills.
type SliceState struct {
	Stream   string // with its incarnation
	Slices   int
	Appended uint64 // rows in the last one since it was made
	Failures int    // cuts that failed since the process started; lists read more until one succeeds
}

// Slices tells how the slices are of the streams that this process writes, by name.
func (s *Store) Slices() []SliceState {
	s.slicing.mu.Lock()
	defer s.slicing.mu.Unlock()
	states := make([]SliceState, 0, len(s.slicing.streams))
	for _, stream := range slices.Sorted(maps.Keys(s.slicing.streams)) {
		of := s.slicing.streams[stream]
		of.mu.Lock()
		states = append(states, SliceState{stream, len(of.cuts), of.appended, of.failures})
		of.mu.Unlock()
	}
	return states
}
