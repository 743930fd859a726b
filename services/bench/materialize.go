package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/memory"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/materializer"
)

const (
	crawlChanges = 5_000                // changes of each crawl that waits in the stream
	look         = 5 * time.Millisecond // pause between two looks at how far something is
)

// recorder takes rows in memory and remembers the insertions that brought them.
type recorder struct {
	memory.Store
	insertions []insertion
}

type insertion struct {
	table history.Table
	rows  history.Rows
	token string
}

// Insert remembers an insertion. Only the materializer's one writer calls it.
func (r *recorder) Insert(ctx context.Context, t history.Table, rows history.Rows, token string) error {
	if t != history.TableProgress && rows.Count(t) > 0 {
		r.insertions = append(r.insertions, insertion{t, rows, token})
	}
	return r.Store.Insert(ctx, t, rows, token)
}

func (r *recorder) count() int {
	n := 0
	for _, i := range r.insertions {
		n += i.rows.Count(i.table)
	}
	return n
}

// replay makes the same insertions elsewhere.
func (r *recorder) replay(ctx context.Context, to history.Appender) error {
	for _, i := range r.insertions {
		if err := to.Insert(ctx, i.table, i.rows, i.token); err != nil {
			return err
		}
	}
	return nil
}

// positioned keeps rows and says how far it is.
type positioned interface {
	history.Appender
	history.Positions
}

// materialize runs the materializer until a stream can be queried up to its end, and tells how long that took.
func materialize(ctx context.Context, from stream.Reader, to positioned, info stream.Info) (time.Duration, error) {
	m, err := materializer.New(materializer.Config{}, materializer.Deps{Reader: from, Appender: to, Log: zap.NewNop()})
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	took := stopwatch()
	go func() { ended <- m.Run(ctx) }()
	for {
		at, err := to.Position(ctx, info.Name.String())
		if err != nil {
			return 0, err
		}
		if at >= info.Last {
			d := took()
			stop()
			return d, <-ended
		}
		select {
		case err := <-ended:
			return 0, fault.Wrap(err, "materialize")
		case <-time.After(look):
		}
	}
}

// burst is a stream full of changes, and the means to take it in.
type burst struct {
	from   *streams
	dsn    string
	info   stream.Info
	rows   int // that the stream gives, in all tables
	record recorder
}

// benchMaterialize measures how fast what waits in a stream becomes queryable, beside the lower of its two halves alone, and beside a
// plain consumer.
func benchMaterialize(ctx context.Context, s settings) error {
	n := s.size(100_000)
	from, err := openStreams(s.folder)
	if err != nil {
		return err
	}
	defer from.close()
	e, err := openEngine(s.folder, 0)
	if err != nil {
		return err
	}
	defer e.close()
	crawls := max(n/crawlChanges, 1)
	w, err := newWatcher(n/2, n/crawls)
	if err != nil {
		return err
	}
	b := &burst{from: from, dsn: e.server.DSN()}
	if b.info, err = w.fill(ctx, from, crawls); err != nil {
		return err
	}
	if _, err := materialize(ctx, from, &b.record, b.info); err != nil {
		return err
	}
	b.rows = b.record.count()
	s.report.say("%d messages, %d rows", b.info.Last, b.rows)
	rounds := min(s.rounds, 3)
	medians, err := contest(rounds, b.product(ctx), b.discard(ctx), b.insert(ctx), b.plain(ctx))
	if err != nil {
		return err
	}
	f := figure{Name: "materialize", Value: medians[0], Unit: "rows/s", N: b.rows, Env: environment{Rounds: rounds}}
	s.report.say("a consumer that discards %.0f rows/s, a bare insert %.0f rows/s", medians[1], medians[2])
	if err := s.report.beside(f, "ceiling", min(medians[1], medians[2])); err != nil {
		return err
	}
	return s.report.beside(f, "plain", medians[3])
}

// into runs something on tables of its own and returns rows a second.
func (b *burst) into(ctx context.Context, name string, do func(*tables) (time.Duration, error)) contestant {
	return func(round int) (float64, error) {
		t, err := openTables(ctx, b.dsn, fmt.Sprintf("%s_%d", name, round))
		if err != nil {
			return 0, err
		}
		took, err := do(t)
		if err == nil {
			err = b.whole(ctx, t)
		}
		if dropErr := t.drop(ctx); err == nil {
			err = dropErr
		}
		return perSecond(b.rows, took), err
	}
}

// whole makes sure that nobody won by leaving rows out.
func (b *burst) whole(ctx context.Context, t *tables) error {
	var n uint64
	if err := t.conn.QueryRow(ctx, "SELECT (SELECT count() FROM rates_store) + (SELECT count() FROM rate_changes_store)").Scan(&n); err != nil {
		return err
	}
	want := 0
	for _, i := range b.record.insertions {
		if i.table == history.TableRates || i.table == history.TableRateChanges {
			want += i.rows.Count(i.table)
		}
	}
	if n != uint64(want) {
		return fault.New(fault.Internal, "%s holds %d rows where %d belong", t.name, n, want)
	}
	return nil
}

func (b *burst) product(ctx context.Context) contestant {
	return b.into(ctx, "product", func(t *tables) (time.Duration, error) { return materialize(ctx, b.from, t, b.info) })
}

// insert makes the insertions that the materializer would make, without claims and progress.
func (b *burst) insert(ctx context.Context) contestant {
	return b.into(ctx, "bare", func(t *tables) (time.Duration, error) {
		took := stopwatch()
		err := b.record.replay(ctx, t)
		return took(), err
	})
}

// discard reads the stream with an ordered consumer and does nothing with it.
func (b *burst) discard(ctx context.Context) contestant {
	return func(int) (float64, error) {
		js, err := jetstream.New(b.from.conn)
		if err != nil {
			return 0, err
		}
		took := stopwatch()
		consumer, err := js.OrderedConsumer(ctx, b.info.Name.Name, jetstream.OrderedConsumerConfig{})
		if err != nil {
			return 0, err
		}
		messages, err := consumer.Messages(jetstream.PullMaxMessages(5000))
		if err != nil {
			return 0, err
		}
		defer messages.Stop()
		for range b.info.Last {
			if _, err := messages.Next(jetstream.NextContext(ctx)); err != nil {
				return 0, err
			}
		}
		return perSecond(b.rows, took()), nil
	}
}
