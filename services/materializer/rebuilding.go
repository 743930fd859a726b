package materializer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// recentCuts is how many of a stream's last insertions are made again as they were, under their tokens: what another process repeats late is
	// known in the new tables too.
	recentCuts = 1000
	// nearCuts is how few insertions may be left when the writers are held.
	nearCuts = 20
	// swapTime bounds how long names are exchanged after the process was asked to stop.
	swapTime = time.Minute
)

// rebuilding is a rebuild while it runs.
type rebuilding struct {
	m       *Materializer
	rebuild *Rebuild
	beside  history.Beside
	shadows []*shadow
}

// shadow writes a stream into the tables beside.
type shadow struct {
	*writer
	reader  *replay
	rows    *converter
	checked uint64 // up to which the tables beside were inspected
}

// aside is where a shadow writes.
type aside struct {
	history.Beside
	history.Appender
}

func (a aside) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	if t == history.TableProgress { // the streams' progress is that of the tables that answer
		return nil
	}
	return a.Beside.Insert(ctx, t, rows, token)
}

func (a aside) Stored(ctx context.Context, t history.Table, stream string, first, last uint64) (uint64, error) {
	if t == history.TableProgress {
		return 1, nil
	}
	return a.Beside.Stored(ctx, t, stream, first, last)
}

// runRebuild makes a rebuild.
func (m *Materializer) runRebuild(ctx context.Context, r *Rebuild) {
	m.jobs.begin(&r.Job)
	m.deps.Log.Info("rebuild began", zap.String("rebuild", r.ID), zap.String("list", r.List))
	err := (&rebuilding{m: m, rebuild: r}).run(ctx)
	m.jobs.end(&r.Job, err)
	if err != nil && ctx.Err() == nil {
		m.deps.Log.Error("rebuild failed", zap.String("rebuild", r.ID), zap.Error(err))
		return
	}
	m.deps.Log.Info("rebuild ended", zap.String("rebuild", r.ID), zap.Error(err))
}

// run fills tables beside the ones that answer, and puts them in their place.
func (r *rebuilding) run(ctx context.Context) (err error) {
	infos, err := r.m.deps.Reader.Streams(ctx)
	if err != nil {
		return err
	}
	infos = slices.DeleteFunc(infos, func(i stream.Info) bool { return !feeds(i.Name.Name, r.rebuild.List) })
	r.m.jobs.note(func() {
		for _, info := range infos {
			r.rebuild.Streams = append(r.rebuild.Streams, info.Name.String())
		}
	})
	r.phase("making tables", "", 0)
	if r.beside, err = r.m.deps.Rebuilder.Beside(ctx, tablesOf(r.rebuild.List)); err != nil {
		return err
	}
	defer func() {
		dropping, cancel := context.WithTimeout(context.WithoutCancel(ctx), swapTime)
		defer cancel()
		if failed := r.beside.Drop(dropping); failed != nil {
			r.m.deps.Log.Warn("drop tables of a rebuild failed; the next start drops them", zap.Error(failed))
		}
	}()
	for _, info := range infos {
		s := r.shadow(info.Name)
		defer s.reader.stop()
		r.shadows = append(r.shadows, s)
		if err := r.fill(ctx, s, nearCuts); err != nil {
			return err
		}
	}
	for _, s := range r.shadows {
		if err := r.inspect(ctx, s); err != nil {
			return err
		}
	}
	return r.replace(ctx)
}

func (r *rebuilding) shadow(name stream.Name) *shadow {
	var own board // how a shadow goes is told by the rebuild
	return &shadow{
		writer: &writer{
			cfg: r.m.cfg, deps: Deps{Reader: r.m.deps.Reader, Appender: aside{r.beside, r.m.deps.Appender}, Log: r.m.deps.Log}, name: name, stream: name.String(),
			log: r.m.deps.Log.With(zap.String("rebuild", r.rebuild.ID), zap.String("stream", name.String())), desk: own.desk(name.String()),
			mark: history.Mark{Highest: map[history.Table]uint64{}, Rejected: map[uint64]bool{}},
		},
		reader: &replay{reader: r.m.deps.Reader, name: name}, rows: newConverter(name.String()),
	}
}

// fill writes what the tables that answer hold of a stream into those beside, until at most so many insertions are left.
func (r *rebuilding) fill(ctx context.Context, s *shadow, near int) error {
	for {
		cuts, err := r.m.deps.Rebuilder.Cuts(ctx, s.stream, s.position, recentCuts)
		if err != nil || len(cuts) == 0 {
			return err
		}
		info, err := r.m.deps.Reader.Info(ctx, s.name.Name)
		if err != nil {
			return err
		}
		last := cuts[len(cuts)-1]
		if info.Name != s.name || info.Last < last {
			return fault.New(fault.Refused, "rebuild: stream %s cannot be read again: it is %s now and ends at %d, but tables hold rows up to %d", s.stream, info.Name, info.Last, last).
				WithHint("restore the whole of the stream")
		}
		r.phase("filling", s.stream, last)
		if err := r.write(ctx, s, cuts); err != nil {
			return err
		}
		if len(cuts) <= near {
			return nil
		}
	}
}

// write writes up to the last of some cuts. Where there are as many as were asked for, what lies before the first is cut by its size.
func (r *rebuilding) write(ctx context.Context, s *shadow, cuts []uint64) error {
	var rows history.Rows
	bytes, bulk := 0, len(cuts) == recentCuts
	for _, cut := range cuts {
		for s.position < cut {
			end := s.position
			err := s.reader.read(ctx, s.position+1, cut, func(record *stream.Record) error {
				s.rows.add(&rows, record)
				bytes += len(record.Data)
				end = record.Sequence
				if bulk && (bytes >= s.cfg.ChunkBytes || end-s.position >= uint64(s.cfg.ChunkMessages)) {
					return errFull
				}
				return nil
			})
			if err != nil && !errors.Is(err, errFull) {
				return err
			}
			if err := s.store(ctx, rows, end); err != nil {
				return err
			}
			rows, bytes = history.Rows{}, 0
			r.at(end)
		}
		bulk = false
	}
	return nil
}

// errFull ends reading where a chunk is full.
var errFull = errors.New("chunk is full")

// inspect refuses tables that are not whole.
func (r *rebuilding) inspect(ctx context.Context, s *shadow) error {
	r.phase("checking", s.stream, s.position)
	found, err := r.beside.Inspect(ctx, history.Extent{Stream: s.stream, First: s.checked + 1, Last: s.position, Tables: fed(s.name.Name)})
	if err != nil {
		return err
	}
	if len(found) > 0 {
		f := &found[0]
		return fault.New(fault.Internal, "rebuild: the new tables are not whole: %d findings, the first in %s, messages %d to %d: %s", len(found), f.Table, f.First, f.Last, f.Detail)
	}
	s.checked = s.position
	return nil
}

// replace holds the writers, catches up with them, and swaps.
func (r *rebuilding) replace(ctx context.Context) error {
	r.phase("swapping", "", 0)
	if err := r.m.gate.hold(ctx); err != nil {
		return err
	}
	swapped := false
	defer func() { r.m.gate.release(swapped) }()
	var streams []string
	for _, s := range r.shadows {
		if err := r.fill(ctx, s, 0); err != nil {
			return err
		}
		if err := r.inspect(ctx, s); err != nil {
			return err
		}
		streams = append(streams, s.stream)
	}
	if err := r.beside.Copy(ctx, streams); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	swapping, cancel := context.WithTimeout(context.WithoutCancel(ctx), swapTime)
	defer cancel()
	swapped = true // some of it, at least
	err := r.beside.Swap(swapping)
	for pause := r.m.cfg.Retry; fault.Is(err, fault.Unavailable) && swapping.Err() == nil; pause = min(2*pause, r.m.cfg.RetryMost) {
		r.m.deps.Log.Warn("swap tables failed", zap.Error(err))
		wait(swapping, pause)
		err = r.beside.Swap(swapping)
	}
	if err != nil {
		return fmt.Errorf("swap tables: %w", err)
	}
	r.phase("deriving", "", 0)
	r.m.gate.narrow(func(name stream.Name) bool { return !feeds(name.Name, r.rebuild.List) })
	swapped = false // told
	if err := r.beside.Derive(ctx); err != nil {
		return fmt.Errorf("derive from new tables: %w", err)
	}
	return nil
}

func (r *rebuilding) phase(what, stream string, total uint64) {
	r.m.jobs.note(func() { r.rebuild.Phase, r.rebuild.On, r.rebuild.Total = what, stream, total })
}

func (r *rebuilding) at(sequence uint64) {
	r.m.jobs.note(func() { r.rebuild.Done = sequence })
}
