package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// reader asks the views all the time while a round goes on, as an analyst who never waits, and notes what nobody may ever see.
type reader struct {
	mu    sync.Mutex
	asked int
	wrong []string
	cut   string                       // what the engine said of a part that it cannot read; empty: it can
	full  bool                         // its disk is, or was, full: then it may answer with failures
	most  map[string]uint64            // the highest count of each view and position of each stream
	seen  map[publication]map[int]bool // how many rows of license_prices of a publication were ever seen at once
}

// publication is a release, or a withdrawal of one.
type publication struct{ release, withdrawal string }

func newReader() *reader {
	return &reader{most: map[string]uint64{}, seen: map[publication]map[int]bool{}}
}

// run reads until ctx ends. A server that is away is no news; every answer that there is must be right.
func (r *reader) run(ctx context.Context, conn driver.Conn) {
	for ctx.Err() == nil {
		if err := r.look(ctx, conn); err == nil {
			r.mu.Lock()
			r.asked++
			r.mu.Unlock()
		} else if ctx.Err() == nil {
			r.failed(err)
		}
		wait(ctx, 30*time.Millisecond)
	}
}

// failed notes what the engine itself answered with a failure: a lost connection is no answer, nor is an engine that is down. An engine whose
// disk is full may say so; one that cannot read a part is told of with a verdict of its own.
func (r *reader) failed(err error) {
	exception, ok := errors.AsType[*clickhouse.Exception](err)
	if !ok {
		return
	}
	text := exception.Error()
	r.mu.Lock()
	full := r.full
	if isUnreadable(text) && r.cut == "" {
		r.cut = text
	}
	r.mu.Unlock()
	if !full && !isUnreadable(text) {
		r.tell("an exception: %s", text)
	}
}

// unreadable is what the engine said of a part that it cannot read.
func (r *reader) unreadable() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cut
}

// excuse says that the engine's disk is full from now on.
func (r *reader) excuse() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.full = true
}

func (r *reader) tell(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.wrong) < mostDifferences {
		r.wrong = append(r.wrong, "a reader saw "+fmt.Sprintf(format, args...))
	}
}

// lookTime is how long a look may take; on a loaded machine it takes seconds.
const lookTime = 20 * time.Second

// look asks once for everything that must hold at any time.
func (r *reader) look(ctx context.Context, conn driver.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for _, do := range []func(context.Context, driver.Conn) error{r.counts, r.changes, r.prices} {
		if err := do(ctx, conn); err != nil {
			return err
		}
	}
	positions, err := progress(ctx, conn)
	for stream, position := range positions {
		r.grows("progress of "+stream, position)
	}
	return err
}

// grows notes a number that may never get less.
func (r *reader) grows(what string, n uint64) {
	r.mu.Lock()
	before := r.most[what]
	r.most[what] = max(n, before)
	r.mu.Unlock()
	if n < before {
		r.tell("%s fall from %d to %d", what, before, n)
	}
}

// counts asks how many rows there are, and whether each place is there once.
func (r *reader) counts(ctx context.Context, conn driver.Conn) error {
	var parts []string
	for _, v := range views() {
		parts = append(parts, "SELECT '"+v.name+"', count(), uniqExact(stream, seq, row) FROM "+v.name)
	}
	rows, err := conn.Query(ctx, strings.Join(parts, " UNION ALL "))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var n, distinct uint64
		if err := rows.Scan(&name, &n, &distinct); err != nil {
			return err
		}
		if n != distinct {
			r.tell("%d rows in %s, of %d places", n, name, distinct)
		}
		r.grows("rows of "+name, n)
	}
	return rows.Err()
}

// changes asks whether each publication that can be seen is there as a whole.
func (r *reader) changes(ctx context.Context, conn driver.Conn) error {
	rows, err := conn.Query(ctx, "SELECT toString(release), toString(withdrawal), count(), toUInt64(any(of)) FROM license_changes GROUP BY release, withdrawal")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p publication
		var n, of uint64
		if err := rows.Scan(&p.release, &p.withdrawal, &n, &of); err != nil {
			return err
		}
		if n != of {
			r.tell("%d of %d changes of %s, withdrawal %s", n, of, p.release, p.withdrawal)
		}
	}
	return rows.Err()
}

// prices notes how many prices of each publication can be seen.
func (r *reader) prices(ctx context.Context, conn driver.Conn) error {
	rows, err := conn.Query(ctx, "SELECT toString(published_in), toString(withdrawal), count() FROM license_prices GROUP BY published_in, withdrawal")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p publication
		var n uint64
		if err := rows.Scan(&p.release, &p.withdrawal, &n); err != nil {
			return err
		}
		r.mu.Lock()
		if r.seen[p] == nil {
			r.seen[p] = map[int]bool{}
		}
		r.seen[p][int(n)] = true //nolint:gosec // a round has few prices
		r.mu.Unlock()
	}
	return rows.Err()
}

// judge says what was seen that must not be: a publication of which there was ever a part only, too.
func (r *reader) judge(want model) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	final := map[publication]int{}
	for _, price := range want["license_prices"] {
		final[publication{price["published_in"], price["withdrawal"]}]++
	}
	if r.cut != "" { // what a part that cannot be read held was not there for a while: that has its own verdict
		return nil
	}
	wrong := slices.Clone(r.wrong)
	for p, numbers := range r.seen {
		for n := range numbers {
			if n != final[p] {
				wrong = append(wrong, fmt.Sprintf("a reader saw %d prices of %s, withdrawal %s, of %d", n, p.release, p.withdrawal, final[p]))
			}
		}
	}
	return wrong
}
