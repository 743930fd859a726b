package ingester

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Refused crawls are kept, so that a person can let one through: <currency>/refused/<scope>/<crawl>.json.gz. Those of a scope go when the
// scope is observed again, because then nobody may accept them any more.

const (
	refusedFolder = "refused"
	refusedSuffix = ".json.gz"
	// Of one scope the newest is kept, and older ones up to these bounds.
	refusedFiles = 20
	refusedBytes = 256 << 20
)

// keptHead begins the file of a refused crawl: one line, followed by a line a row and a line a quarantined row.
type keptHead struct {
	Source, Scope, Currency string
	At, Finished            time.Time
	Pages                   int
	Complete                bool
	Broken                  string
	Partial                 bool
	Rows, Quarantined       int
}

type keptRow struct {
	Row rate.Row
	Raw []byte
}

// keep writes a refused crawl and drops what is beyond the bounds.
func (f folder) keep(crawl string, obs *rate.Observation) error {
	scope := folder{filepath.Join(f.path, refusedFolder, obs.Scope)}
	if err := os.MkdirAll(scope.path, 0o700); err != nil {
		return fmt.Errorf("keep refused crawl: %w", err)
	}
	err := scope.write(crawl+refusedSuffix, func(w io.Writer) error {
		packed := gzip.NewWriter(w)
		if err := encodeKept(packed, obs); err != nil {
			return err
		}
		return packed.Close()
	})
	if err != nil {
		return fmt.Errorf("keep refused crawl: %w", err)
	}
	return scope.prune(crawl + refusedSuffix)
}

func encodeKept(w io.Writer, obs *rate.Observation) error {
	lines := json.NewEncoder(w)
	err := lines.Encode(keptHead{
		Source: obs.Source, Scope: obs.Scope, Currency: obs.Currency, At: obs.At, Finished: obs.Finished, Pages: obs.Pages,
		Complete: obs.Complete, Broken: obs.Broken, Partial: obs.Partial, Rows: len(obs.Rows), Quarantined: len(obs.Quarantined),
	})
	for i := 0; i < len(obs.Rows) && err == nil; i++ {
		err = lines.Encode(keptRow{obs.Rows[i], obs.RowBytes(i)})
	}
	for i := 0; i < len(obs.Quarantined) && err == nil; i++ {
		err = lines.Encode(obs.Quarantined[i])
	}
	return err
}

// prune removes the oldest files of a scope that are beyond the bounds; the newest, just written, stays.
func (f folder) prune(newest string) error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return fmt.Errorf("prune refused crawls: %w", err)
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(b.Name(), a.Name()) }) // ids of one scope are in order of time
	var files int
	var bytes int64
	for _, e := range entries {
		if e.Name() == newest {
			continue
		}
		if info, err := e.Info(); err == nil {
			bytes += info.Size()
		}
		if files++; files < refusedFiles && bytes < refusedBytes {
			continue
		}
		if err := f.discard(e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// forget drops the refused crawls of a scope.
func (f folder) forget(scope string) error {
	if err := os.RemoveAll(filepath.Join(f.path, refusedFolder, scope)); err != nil {
		return fmt.Errorf("forget refused crawls: %w", err)
	}
	return nil
}

// Accept takes a refused crawl after all. Errors: notFound for a crawl that was not refused, conflict when the scope has been observed
// since, or the crawl's rows are no longer kept.
func (g *Ingester) Accept(ctx context.Context, crawl string) (Result, error) {
	paths, err := filepath.Glob(filepath.Join(g.cfg.Folder, "*", refusedFolder, "*", "*"+refusedSuffix))
	if err != nil {
		return Result{}, fmt.Errorf("look for refused crawl: %w", err)
	}
	i := slices.IndexFunc(paths, func(path string) bool { return filepath.Base(path) == crawl+refusedSuffix })
	if i < 0 {
		return Result{}, g.notKept(ctx, crawl)
	}
	obs, err := readKept(paths[i])
	if errors.Is(err, fs.ErrNotExist) {
		return Result{}, g.notKept(ctx, crawl)
	}
	if err != nil {
		return Result{}, fmt.Errorf("read refused crawl %s: %w", crawl, err)
	}
	obs.Accepted = true
	result, err := g.commit(ctx, obs)
	if err == nil {
		g.board.note(obs.Scope, obs.Currency, result, nil)
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
			return fault.New(fault.Conflict, "accept crawl %s: its scope has been observed since, or its rows are no longer kept", crawl).
				WithHint("crawl again and accept that one")
		}
	}
	return fault.New(fault.NotFound, "accept crawl: %q was not refused", crawl).WithHint("see pricewire crawl list")
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

func readKept(path string) (rate.Observation, error) {
	file, err := os.Open(path)
	if err != nil {
		return rate.Observation{}, err
	}
	defer func() { _ = file.Close() }() // it is only read
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return rate.Observation{}, err
	}
	return decodeKept(unpacked)
}

func decodeKept(r io.Reader) (rate.Observation, error) {
	lines := json.NewDecoder(r)
	var head keptHead
	if err := lines.Decode(&head); err != nil {
		return rate.Observation{}, err
	}
	raw := make([][]byte, 0, head.Rows)
	obs := rate.Observation{
		Source: head.Source, Scope: head.Scope, Currency: head.Currency, At: head.At, Finished: head.Finished, Pages: head.Pages,
		Complete: head.Complete, Broken: head.Broken, Partial: head.Partial, Rows: make([]rate.Row, 0, head.Rows),
		RowBytes: func(i int) []byte { return raw[i] },
	}
	for range head.Rows {
		var row keptRow
		if err := lines.Decode(&row); err != nil {
			return rate.Observation{}, err
		}
		obs.Rows, raw = append(obs.Rows, row.Row), append(raw, row.Raw)
	}
	for range head.Quarantined {
		var q rate.Quarantined
		if err := lines.Decode(&q); err != nil {
			return rate.Observation{}, err
		}
		obs.Quarantined = append(obs.Quarantined, q)
	}
	return obs, nil
}
