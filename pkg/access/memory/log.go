package memory

import (
	"context"
	"sync"

	"github.com/pricewire/pricewire/pkg/access"
)

// Log is an access.Log.
type Log struct {
	mu      sync.Mutex
	records []access.Record
}

var _ access.Log = (*Log)(nil)

// NewLog returns an empty log.
func NewLog() *Log { return &Log{} }

// Append implements access.Log.
func (l *Log) Append(_ context.Context, r access.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Sequence = uint64(len(l.records)) + 1
	r.At = r.At.UTC()
	l.records = append(l.records, r)
	return nil
}

// List implements access.Log.
func (l *Log) List(_ context.Context, below uint64, limit int) ([]access.Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if below == 0 || below > uint64(len(l.records))+1 {
		below = uint64(len(l.records)) + 1
	}
	var page []access.Record
	for at := below - 1; at >= 1 && len(page) < limit; at-- {
		page = append(page, l.records[at-1])
	}
	return page, nil
}
