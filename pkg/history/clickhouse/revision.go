package clickhouse

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

// What changed the past. Whoever keeps answers counts the rows of revisions, so a row comes after what it tells.
const (
	revisionRepaired = "repaired"
	revisionSwapped  = "swapped"
	revisionDerived  = "derived"
	revisionCutOff   = "cut off"
)

// Revision counts repairs and rebuilds.
func (s *Store) Revision(ctx context.Context) (history.Revision, error) {
	var r history.Revision
	q := statement{text: "SELECT count(), uniqExactIf(work, kind = '" + revisionSwapped + "') <= uniqExactIf(work, kind = '" + revisionDerived + "') FROM revisions"}
	err := s.ask(ctx, "read revision", q, func(rows driver.Rows) error { return rows.Scan(&r.Number, &r.Whole) })
	return r, err
}

// raise adds a row for each work, in one part. Those who do not hear that it was done may do it again: one more does no harm.
func (s *Store) raise(ctx context.Context, kind string, works ...string) error {
	columns := block{{"kind", slices.Repeat([]string{kind}, len(works))}, {"work", works}}
	return explain("raise revision", s.send(ctx, "revisions", columns, nonce()))
}

// missingPrefix begins the names of a repair's scratch tables, behind the scratch prefix and the repair's own word.
const missingPrefix = "missing_"

// raiseForLeftovers raises the revision where a process ended before it did: in the middle of a repair or a rebuild, of which tables are
// left.
func (s *Store) raiseForLeftovers(ctx context.Context, there map[string]string) error {
	for name := range there {
		repair := strings.HasPrefix(name, scratchPrefix) && strings.Contains(name, "_"+missingPrefix)
		if repair || strings.Contains(name, "_store"+besideSuffix) {
			return s.raise(ctx, revisionCutOff, name)
		}
	}
	return nil
}

// owing is an error after which rows may answer that the revision does not tell of.
type owing struct{ error }

func (o owing) Unwrap() error { return o.error }

func owes(err error) bool {
	_, yes := errors.AsType[owing](err)
	return yes
}

// answering adds rows that a table lacks, by restore, and then to slices, and raises the revision when all of them answer. It looks at slices
// again after that: a cut that was made meanwhile either sees the new revision, or is seen here.
func (s *Store) answering(ctx context.Context, e history.Extent, restore func() error) error {
	err := restore()
	for {
		var before, after []cut
		if err == nil {
			before, err = s.cuts(ctx, e.Stream)
		}
		if err == nil {
			err = s.healRestored(ctx, e.Tables[0], e.Stream, e.First, e.Last)
		}
		if raising := s.raise(context.WithoutCancel(ctx), revisionRepaired, nonce()); raising != nil {
			return owing{errors.Join(err, raising)}
		}
		if err == nil {
			after, err = s.cuts(ctx, e.Stream)
		}
		if err != nil || len(after) == 0 || len(before) > 0 && before[len(before)-1].slice == after[len(after)-1].slice {
			return err
		}
	}
}

// Swap exchanges the names of tables, and tells so before and after: before, because a crash in between must not leave slices that seem to be
// made of the new tables.
func (b *beside) Swap(ctx context.Context) error {
	if err := b.s.raise(ctx, revisionSwapped, b.nonce); err != nil {
		return err
	}
	err := b.exchange(ctx)
	telling, kind := context.WithoutCancel(ctx), revisionSwapped
	if !b.exchanged {
		kind = revisionDerived // nothing has changed
	}
	if raising := b.s.raise(telling, kind, b.nonce); err == nil {
		err = raising
	}
	return err
}

// Derive makes anew what is made of the tables. What rebuilds before left undone is done with it.
func (b *beside) Derive(ctx context.Context) error {
	works, err := b.s.underived(ctx)
	if err == nil {
		err = b.derive(ctx)
	}
	if err != nil {
		return err
	}
	if !slices.Contains(b.tables, history.TableRates) {
		works = nil
	}
	return b.s.raise(ctx, revisionDerived, append(works, b.nonce)...)
}

// underived are the works that swapped tables and did not derive from them.
func (s *Store) underived(ctx context.Context) ([]string, error) {
	var works []string
	q := statement{text: "SELECT DISTINCT work FROM revisions WHERE kind = '" + revisionSwapped + "' AND work NOT IN (SELECT work FROM revisions WHERE kind = '" +
		revisionDerived + "')"}
	err := s.query(ctx, "list rebuilds to derive from", q, func(rows driver.Rows) error {
		var work string
		err := rows.Scan(&work)
		works = append(works, work)
		return err
	})
	return works, err
}
