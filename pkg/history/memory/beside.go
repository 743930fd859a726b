package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

var _ history.Rebuilder = (*Store)(nil)

// beside is a store of its own until its tables are swapped.
type beside struct {
	*Store
	of      *Store
	rebuilt []history.Table
	swapped map[history.Table]bool
}

// Beside makes empty tables.
func (s *Store) Beside(_ context.Context, tables []history.Table) (history.Beside, error) {
	return &beside{&Store{}, s, slices.Clone(tables), map[history.Table]bool{}}, nil
}

// DropLeftovers does nothing: what is in memory ends with the process.
func (*Store) DropLeftovers(context.Context) error { return nil }

// Cuts returns where insertions ended.
func (s *Store) Cuts(_ context.Context, stream string, after uint64, most int) ([]uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var cuts []uint64
	for _, p := range s.table(history.TableProgress).Progress {
		if p.Stream == stream && p.Sequence > after {
			cuts = append(cuts, p.Sequence)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	return cuts[max(0, len(cuts)-most):], nil
}

// Insert inserts into a table beside.
func (b *beside) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	if !slices.Contains(b.rebuilt, t) {
		return fault.New(fault.Internal, "rebuild: nothing is made beside %s", t)
	}
	return b.Store.Insert(ctx, t, rows, token)
}

// Copy copies the rows of all other streams.
func (b *beside) Copy(ctx context.Context, but []string) error {
	for _, t := range b.rebuilt {
		b.of.mu.Lock()
		var others history.Rows
		streams := map[string]bool{}
		b.of.eachPosition(t, func(p history.Position) { streams[p.Stream] = true })
		for stream := range streams {
			if slices.Contains(but, stream) {
				continue
			}
			for _, message := range messages(*b.of.table(t), t, stream) {
				for _, rows := range message {
					others.Append(rows)
				}
			}
		}
		b.of.mu.Unlock()
		if err := b.Store.Insert(ctx, t, others, "copied"); err != nil {
			return err
		}
	}
	return nil
}

// Derive has nothing to make of the tables.
func (b *beside) Derive(context.Context) error {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	b.of.revision, b.of.deriving = b.of.revision+1, false
	return nil
}

// Swap puts the tables in the place of the others, with the tokens that they know.
func (b *beside) Swap(context.Context) error {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.rebuilt {
		if b.swapped[t] {
			continue
		}
		b.swapped[t] = true
		b.of.keep(t, b.table(t))
		for token := range b.of.tokens {
			if strings.HasPrefix(token, string(t)+" ") {
				delete(b.of.tokens, token)
			}
		}
		for token := range b.tokens {
			if strings.HasPrefix(token, string(t)+" ") {
				b.of.tokens[token] = true
			}
		}
	}
	b.of.revision, b.of.deriving = b.of.revision+1, true
	return nil
}

// Drop does nothing: nobody sees the tables any more.
func (*beside) Drop(context.Context) error { return nil }
