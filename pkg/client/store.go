package client

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/pricewire/pricewire/pkg/fault"
)

// PositionStore keeps a position apart from what is done at it.
type PositionStore interface {
	// Load returns what was saved last, empty when nothing was.
	Load(ctx context.Context) (Position, error)
	// Save keeps a position; what was saved before stays whole until it has.
	Save(ctx context.Context, p Position) error
}

// Storing makes a subscriber of a function and a store. The position is saved after the function has returned: a program that is killed in between
// is told the last batch again, so the function must be one that may do a thing twice. Who must not writes a Subscriber that stores both together.
func Storing(store PositionStore, handle func(context.Context, Batch) error) Subscriber {
	return &storing{store, handle}
}

type storing struct {
	store  PositionStore
	handle func(context.Context, Batch) error
}

func (s *storing) Position(ctx context.Context) (Position, error) { return s.store.Load(ctx) }

func (s *storing) Handle(ctx context.Context, b Batch) error {
	if err := s.handle(ctx, b); err != nil {
		return err
	}
	return s.store.Save(ctx, b.Position)
}

// FilePosition keeps a position in a file, which is replaced as a whole. It is for one process at a time.
func FilePosition(path string) PositionStore { return filePosition(path) }

type filePosition string

func (f filePosition) Load(context.Context) (Position, error) {
	raw, err := os.ReadFile(string(f))
	if errors.Is(err, os.ErrNotExist) {
		return Position{}, nil
	}
	if err != nil {
		return nil, failed(fault.Internal, "load position: %w", err)
	}
	return ParsePosition(string(raw))
}

// Save syncs the new file before it takes the place of the old one, and the folder after.
func (f filePosition) Save(_ context.Context, p Position) error {
	if err := replace(string(f), []byte(p.String())); err != nil {
		return failed(fault.Internal, "save position: %w", err)
	}
	return nil
}

func replace(path string, content []byte) error {
	folder := filepath.Dir(path)
	next, err := os.CreateTemp(folder, "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = next.Write(content)
	err = errors.Join(err, next.Sync(), next.Close())
	if err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
