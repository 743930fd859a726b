package clickhouse

import (
	"context"
	"errors"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
)

// aloneTime is longer than any audit takes.
const aloneTime = 30 * 24 * time.Hour

// loneWait is how long a connection may be neither in use nor in the pool: an instant, unless it is gone.
const loneWait = time.Second

var errLone = errors.New("the only connection was made already")

// alone returns a store that asks over one connection, one question after the other: tables that are made for a while are on the server that
// was asked to make them, and a name may be that of several. Should the connection break, what is asked is unavailable: begin again with
// another store. Close it.
func (s *Store) alone() (*Store, error) {
	options, err := s.cfg.options()
	if err != nil {
		return nil, err
	}
	options.MaxOpenConns, options.MaxIdleConns, options.ConnMaxLifetime = 1, 1, aloneTime
	options.DialStrategy = dialOnce()
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fault.New(fault.Invalid, "open clickhouse: %w", err)
	}
	return &Store{cfg: s.cfg, database: s.database, conn: lone{conn}, turns: make(chan struct{}, 1)}, nil
}

// dialOnce connects once; after that it fails with errLone. It needs no lock: a pool of one connection dials one at a time.
func dialOnce() func(context.Context, int, *clickhouse.Options, clickhouse.Dial) (clickhouse.DialResult, error) {
	made := false
	return func(ctx context.Context, id int, options *clickhouse.Options, dial clickhouse.Dial) (clickhouse.DialResult, error) {
		if made {
			return clickhouse.DialResult{}, errLone
		}
		result, err := clickhouse.DefaultDialStrategy(ctx, id, options, dial)
		made = err == nil
		return result, err
	}
}

// lone is a pool of one connection that is made once. The pool counts a connection as free an instant before it can be had again; who asks in
// that instant would be given another one.
type lone struct{ driver.Conn }

func (l lone) Exec(ctx context.Context, query string, args ...any) error {
	return again(ctx, func() error { return l.Conn.Exec(ctx, query, args...) })
}

func (l lone) Query(ctx context.Context, query string, args ...any) (rows driver.Rows, err error) {
	err = again(ctx, func() error {
		rows, err = l.Conn.Query(ctx, query, args...) //nolint:sqlclosecheck // the caller closes it
		return err
	})
	return rows, err
}

func (l lone) QueryRow(ctx context.Context, query string, args ...any) (row driver.Row) {
	err := again(ctx, func() error {
		row = l.Conn.QueryRow(ctx, query, args...)
		return row.Err()
	})
	if errors.Is(err, errLone) {
		return unasked{row, err}
	}
	return row
}

func (l lone) PrepareBatch(ctx context.Context, query string, opts ...driver.PrepareBatchOption) (batch driver.Batch, err error) {
	err = again(ctx, func() error {
		batch, err = l.Conn.PrepareBatch(ctx, query, opts...)
		return err
	})
	return batch, err
}

// unasked is a row that was never asked for.
type unasked struct {
	driver.Row
	err error
}

func (u unasked) Err() error           { return u.err }
func (u unasked) Scan(...any) error    { return u.err }
func (u unasked) ScanStruct(any) error { return u.err }

// again does what was not begun for want of the connection, until it is in the pool again or loneWait is over.
func again(ctx context.Context, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, loneWait)
	defer cancel()
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	for {
		err := do()
		if !errors.Is(err, errLone) {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.New(fault.Unavailable, "ask clickhouse over one connection: it is gone, and what was made for a while may be too: %w", err)
		case <-pause.C:
		}
	}
}
