package clickhouse_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// endless is a question that takes longer than any reader may.
const endless = "SELECT sum(sipHash64(a.number, b.number)) FROM numbers(1000000) AS a, numbers(1000000) AS b"

func TestAReadersQuestionThatNeedsTooMuchEndsWithOneException(t *testing.T) {
	_, as := withReaders(t)
	analyst := as.open(t, "analyst", "asks", "")
	less := func(name string, value any) context.Context {
		return clickhouse.Context(t.Context(), clickhouse.WithSettings(clickhouse.Settings{name: value}))
	}
	for _, c := range []struct {
		what, sql string
		ctx       context.Context
		code      int32
	}{
		{"rows", "SELECT count() FROM numbers(100000000) WHERE number % 2 = 0", t.Context(), 158},
		{"rows of a view", "SELECT count() FROM lines WHERE erp > 1", less("max_rows_to_read", 100), 158},
		{"rows of a view with parameters", "SELECT count() FROM lines_at(most = 900) WHERE erp > 1", less("max_rows_to_read", 100), 158},
		{"rows of an answer", "SELECT number FROM numbers(300000)", t.Context(), 396},
		{"fewer rows of an answer", "SELECT id FROM lines", less("max_result_rows", 10), 396},
		{"bytes of an answer", "SELECT repeat('x', 500) FROM numbers(150000)", less("max_block_size", 1000), 396},
		{"bytes of different values", "SELECT repeat('x', 500 + number % 2) FROM numbers(150000)", less("max_block_size", 1000), 396},
		{"memory", "SELECT length(groupArray(toString(number))) FROM numbers(3000000)", t.Context(), 241},
		{"memory of a value", "SELECT repeat('x', 1000000000)", t.Context(), 241},
		{"time", endless, t.Context(), 159},
		{"time of a view", "SELECT sum(sipHash64(a.id, b.id, c.id, d.id)) FROM lines AS a, lines AS b, lines AS c, lines AS d", t.Context(), 159},
		{"all, and no limit asked for", endless, less("max_execution_time", 0), 159},
		{"all, and more asked for", endless, less("max_execution_time", 3600), 159},
		{"a setting that is not open", "SELECT 1", less("max_bytes_before_external_sort", 1), 164},
		{"readonly", "SELECT 1", less("readonly", 0), 164},
		{"a look behind a view", "SELECT count() FROM lines", less("additional_table_filters", "{'prices.lines_store': 'cost > 700500'}"), 164},
		{"another profile", "SELECT number FROM numbers(300000)", less("profile", "default"), 396},
		{"depth", "SELECT " + repeated("(SELECT ", 60) + "1" + repeated(")", 60), t.Context(), 162},
	} {
		if code, message := codeOf(t, analyst, c.ctx, c.sql); code != c.code {
			t.Errorf("%s: %d %s, want %d", c.what, code, message, c.code)
		}
	}
	if n := one[uint64](t, analyst, "SELECT count() FROM lines"); n != 500 {
		t.Errorf("afterwards there are %d lines, want 500", n)
	}
	// What fits on the disk and not into the memory is sorted there.
	if code, message := codeOf(t, analyst, t.Context(), "SELECT max(s) FROM (SELECT toString(number) AS s FROM numbers(1000000) ORDER BY sipHash64(number) LIMIT 900000)"); code != 0 {
		t.Errorf("a large sort ended with %d %s", code, message)
	}
}

func repeated(text string, n int) string {
	var all []byte
	for range n {
		all = append(all, text...)
	}
	return string(all)
}

func TestAReaderAsksSoManyQuestionsAtOnceAndNoMore(t *testing.T) {
	_, as := withReaders(t)
	var refused, late atomic.Int32
	var running sync.WaitGroup
	analyst := as.open(t, "analyst", "asks", "")
	for range 5 {
		running.Go(func() {
			switch code, _ := codeOf(t, analyst, t.Context(), endless); code {
			case 202:
				refused.Add(1)
			case 159:
				late.Add(1)
			}
		})
	}
	running.Wait()
	if refused.Load() != 3 || late.Load() != 2 {
		t.Errorf("%d were refused and %d ran, of 5 with 2 at once", refused.Load(), late.Load())
	}
	// Connections are counted too, and given back.
	var open []driver.Conn
	_ = analyst.Close()
	eventually(t, "six connections are open", func() bool {
		conn := as.open(t, "analyst", "asks", "")
		if code, _ := codeOf(t, conn, t.Context(), "SELECT 1"); code == 0 {
			open = append(open, conn)
		}
		return len(open) == 6
	})
	if code, message := codeOf(t, as.open(t, "analyst", "asks", ""), t.Context(), "SELECT 1"); code != 203 {
		t.Errorf("one more ends with %d %s, want 203", code, message)
	}
	if code, message := codeOf(t, as.open(t, "other", "asks too", ""), t.Context(), "SELECT 1"); code != 0 {
		t.Errorf("another reader gets %d %s", code, message)
	}
	for _, conn := range open {
		_ = conn.Close()
	}
	eventually(t, "a connection is free again", func() bool {
		code, _ := codeOf(t, as.open(t, "analyst", "asks", ""), t.Context(), "SELECT 1")
		return code == 0
	})
}

// stalled is a connection whose client stops reading.
type stalled struct {
	net.Conn
	after atomic.Bool
	until chan struct{}
}

func (s *stalled) Read(p []byte) (int, error) {
	if s.after.Load() {
		<-s.until
	}
	return s.Conn.Read(p)
}

func TestAReaderWhoTakesNoAnswerIsCutOff(t *testing.T) {
	owner, as := withReaders(t)
	held := &stalled{until: make(chan struct{})}
	options := as.options("analyst", "asks", "")
	options.MaxOpenConns = 1
	options.DialContext = func(ctx context.Context, address string) (_ net.Conn, err error) {
		held.Conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
		return held, err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	held.after.Store(true)
	ended := make(chan int32, 1)
	go func() {
		code, _ := codeOf(t, conn, clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 1000})), "SELECT repeat('x', 500), number FROM numbers(60000)")
		ended <- code
	}()
	asks := func() bool { // the question itself: it is parsed and written anew in others before
		return one[uint64](t, owner, "SELECT count() FROM system.processes WHERE query LIKE 'SELECT repeat(%60000%'") > 0
	}
	eventually(t, "the question runs", asks)
	eventually(t, "the question is over", func() bool { return !asks() })
	close(held.until)
	if code := <-ended; code == 0 {
		t.Error("a client that stalled got its whole answer")
	}
}

func TestTheWriterGoesOnWhileReadersAskForTooMuch(t *testing.T) {
	owner, as := withReaders(t)
	execute(t, owner, "CREATE TABLE t (id UInt64, text String) ENGINE = MergeTree ORDER BY id SETTINGS fsync_after_insert = 1, fsync_part_directory = 1")
	insert := func() time.Duration {
		began := time.Now()
		execute(t, owner, "INSERT INTO t SELECT number, toString(number) FROM numbers(1000)")
		return time.Since(began)
	}
	measure := func() []time.Duration {
		all := make([]time.Duration, 60)
		for i := range all {
			all[i] = insert()
		}
		slices.Sort(all)
		return all
	}
	insert()
	alone := measure()
	ctx, stop := context.WithCancel(t.Context())
	var hammering sync.WaitGroup
	var asked atomic.Int64
	for _, user := range [][2]string{{"analyst", "asks"}, {"other", "asks too"}} {
		conn := as.open(t, user[0], user[1], "")
		for range 3 {
			hammering.Go(func() {
				for ctx.Err() == nil {
					_, _ = codeOf(t, conn, ctx, "SELECT uniqExact(number, toString(number)) FROM numbers(3000000)")
					asked.Add(1)
				}
			})
		}
	}
	eventually(t, "readers ask", func() bool { return asked.Load() > 3 })
	beside := measure()
	stop()
	hammering.Wait()
	p := func(all []time.Duration, percent int) time.Duration {
		return all[len(all)*percent/100].Round(100 * time.Microsecond)
	}
	t.Logf("an insert of 1,000 rows alone: median %s, 95th %s; beside readers: median %s, 95th %s, %d questions", p(alone, 50), p(alone, 95), p(beside, 50), p(beside, 95), asked.Load())
	if p(beside, 95) > 5*time.Second {
		t.Errorf("an insert takes %s while readers ask", p(beside, 95))
	}
	if n := one[uint64](t, owner, "SELECT count() FROM t"); n != 121_000 {
		t.Errorf("%d rows, want 121,000", n)
	}
}
