package ingester

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Refused crawls, and refused shards of crawls that were taken, are kept as they were staged, so that a person can let them through. Those of
// a scope go when the scope is observed again, because then nobody may accept them any more.

const (
	// Of one scope the newest is kept, and older ones up to these bounds.
	refusedMost  = 20
	refusedBytes = 256 << 20
)

// refusedShards returns the names of the shards that were refused.
func refusedShards(r *rate.Record) []string {
	var names []string
	for _, s := range r.Shards {
		if s.Refused != "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// keep keeps a staged crawl that was refused, or only some shards of it; with no shard named of one that was not refused, nothing.
func (g *Ingester) keep(s *staged, r *rate.Record, shards []string) error {
	if r.Refused == "" {
		s.head.Shards = slices.DeleteFunc(slices.Clone(s.head.Shards), func(p shardPlan) bool { return !slices.Contains(shards, p.Name) })
		if len(s.head.Shards) == 0 {
			return s.drop()
		}
		return g.keepShards(s, r, shards)
	}
	if err := s.writeHead(); err != nil {
		return err
	}
	return g.keepFolder(s, r)
}

// keepShards keeps the files of some shards.
func (g *Ingester) keepShards(s *staged, r *rate.Record, shards []string) error {
	old, err := openStaged(s.folder)
	if err != nil || old == nil {
		return err
	}
	kept := 0
	for i, p := range old.head.Shards {
		if !slices.Contains(shards, p.Name) {
			if err := s.folder.discard(shardFile(i)); err != nil {
				return err
			}
			continue
		}
		if err := os.Rename(filepath.Join(s.folder.path, shardFile(i)), filepath.Join(s.folder.path, shardFile(kept))); err != nil {
			return fmt.Errorf("keep refused shard: %w", err)
		}
		kept++
	}
	if err := s.writeHead(); err != nil {
		return err
	}
	return g.keepFolder(s, r)
}

func (g *Ingester) keepFolder(s *staged, r *rate.Record) error {
	s.close()
	scope := g.folder(r.Currency).in(refusedFolder, r.Scope)
	to := scope.in(r.ID)
	if s.folder == to {
		return nil
	}
	if err := scope.make(); err != nil {
		return err
	}
	if err := to.drop(); err != nil {
		return err
	}
	if err := os.Rename(s.folder.path, to.path); err != nil {
		return fmt.Errorf("keep refused crawl: %w", err)
	}
	s.folder = to
	return scope.prune(r.ID)
}

// dropUntil removes the refused crawls of a scope that are not later than one that was taken.
func (f folder) dropUntil(at time.Time) error {
	entries, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("drop refused crawls: %w", err)
	}
	for _, e := range entries {
		s, err := openStaged(f.in(e.Name()))
		if err != nil {
			return err
		}
		if s != nil && s.head.Crawl.At.After(at) {
			continue
		}
		if err := f.in(e.Name()).drop(); err != nil {
			return err
		}
	}
	return nil
}

// keepTaken ends a staged crawl that was taken before a crash could end it: its refused shards are kept.
func (g *Ingester) keepTaken(b *book, s *staged) error {
	last, any := b.ledger.Last(s.head.Crawl.Scope)
	if !any || !last.Equal(s.head.Crawl.At) {
		return nil
	}
	all, err := s.attach(b)
	defer s.close()
	if err != nil || !all {
		return err
	}
	v, err := s.survey.Judge(rate.Ending{Finished: s.head.Finished, OfferTerms: s.head.OfferTerms}, g.cfg.Policy)
	if err != nil || !v.Repeated {
		return nil // another crawl of the same time was taken; this one is nobody's
	}
	return g.keep(s, &v.Record, refusedShards(&v.Record))
}

// prune removes the oldest crawls of a scope that are beyond the bounds; the newest, just kept, stays.
func (f folder) prune(newest string) error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return fmt.Errorf("prune refused crawls: %w", err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(b.Name(), a.Name()) }) // ids of one scope are in order of time
	var crawls int
	var bytes int64
	for _, e := range entries {
		if e.Name() == newest {
			continue
		}
		bytes += f.in(e.Name()).size()
		if crawls++; crawls < refusedMost && bytes < refusedBytes {
			continue
		}
		if err := f.in(e.Name()).drop(); err != nil {
			return err
		}
	}
	return nil
}

// size is how many bytes the files of a folder have, as far as can be found out.
func (f folder) size() (n int64) {
	entries, _ := os.ReadDir(f.path)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Accept takes a refused crawl after all, or the shards that were refused of one that was taken. Errors: notFound for a crawl that was not
// refused, conflict when the scope has been observed since, or the crawl's rows are no longer kept.
func (g *Ingester) Accept(ctx context.Context, crawl string) (Result, error) {
	paths, err := fs.Glob(os.DirFS(g.cfg.Folder), path.Join("*", refusedFolder, "*", "*", stagedHeadFile))
	if err != nil {
		return Result{}, fmt.Errorf("look for refused crawl: %w", err)
	}
	i := slices.IndexFunc(paths, func(p string) bool { return path.Base(path.Dir(p)) == crawl })
	if i < 0 {
		return Result{}, g.notKept(ctx, crawl)
	}
	s, err := openStaged(folder{g.cfg.Folder}.in(path.Dir(paths[i])))
	if err != nil {
		return Result{}, fmt.Errorf("read refused crawl %s: %w", crawl, err)
	}
	if s == nil {
		return Result{}, g.notKept(ctx, crawl)
	}
	defer s.close()
	s.head.Crawl.Accepted = true
	result, err := g.commit(ctx, s)
	if errors.Is(err, errStale) || errors.Is(err, fs.ErrNotExist) { // somebody else took or dropped it
		return Result{}, g.outlived(crawl)
	}
	if err == nil {
		g.board.note(s.head.Crawl.Scope, s.head.Crawl.Currency, result, nil)
	}
	return result, err
}

// notKept says why a crawl cannot be accepted.
func (g *Ingester) notKept(ctx context.Context, crawl string) error {
	entries, err := os.ReadDir(g.cfg.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for refused crawl: %w", err)
	}
	for _, e := range entries {
		currency, err := money.ParseCurrency(e.Name())
		if err != nil {
			continue
		}
		known, err := g.wasRefused(ctx, string(currency), crawl)
		if err != nil {
			return err
		}
		if known {
			return g.outlived(crawl)
		}
	}
	return fault.New(fault.NotFound, "accept crawl: %q was not refused", crawl).WithHint("see pricewire crawl list")
}

func (*Ingester) outlived(crawl string) error {
	return fault.New(fault.Conflict, "accept crawl %s: its scope has been observed since, or its rows are no longer kept", crawl).
		WithHint("crawl again and accept that one")
}

func (g *Ingester) wasRefused(ctx context.Context, currency, crawl string) (bool, error) {
	held, err := g.books.acquire(ctx, "state of "+currency)
	if err != nil {
		return false, err
	}
	defer held.release()
	if err := g.ready(ctx, held, currency); err != nil {
		return false, err
	}
	return held.value.refused.has(crawl), nil
}
