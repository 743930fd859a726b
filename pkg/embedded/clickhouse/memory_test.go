package clickhouse_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// memoryRole tells the process's resident memory along a light day: open, a history of a million rows, queries, idle connections.
func memoryRole(args []string) error {
	report := func(moment string) error {
		size, err := residentBytes()
		fmt.Printf("%s: %d MiB\n", moment, size>>20)
		return err
	}
	if err := report("before"); err != nil {
		return err
	}
	server, conn, err := openRole(roleConfig(args[0]))
	if err != nil {
		return err
	}
	if err := report("open"); err != nil {
		return err
	}
	for _, sql := range []string{
		`CREATE TABLE t (id UInt64, at DateTime64(3, 'UTC'), name LowCardinality(String), price Decimal(38, 18)) ENGINE = MergeTree
			ORDER BY (id, at) SETTINGS index_granularity = 512`,
		"INSERT INTO t SELECT number % 50000, toDateTime64(number, 3, 'UTC'), toString(number % 100), number / 7 FROM numbers(1000000)",
	} {
		if err := conn.Exec(context.Background(), sql); err != nil {
			return err
		}
	}
	if err := report("a million rows written"); err != nil {
		return err
	}
	for id := range 200 {
		var n uint64
		if err := conn.QueryRow(context.Background(), "SELECT count() FROM t WHERE id = ?", id).Scan(&n); err != nil {
			return err
		}
	}
	var ids uint64
	if err := conn.QueryRow(context.Background(), "SELECT count() FROM (SELECT id, argMax(price, at) FROM t GROUP BY id)").Scan(&ids); err != nil {
		return err
	}
	return errors.Join(report("queried"), closeRole(server))
}

func residentBytes() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	match := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if match == nil {
		return 0, errors.New("no resident size")
	}
	kib, err := strconv.ParseInt(string(match[1]), 10, 64)
	return kib << 10, err
}

func TestTheEngineStaysSmall(t *testing.T) {
	out := play(t, child(t, "memory", t.TempDir()))
	t.Logf("resident memory:\n%s", out)
	for _, match := range regexp.MustCompile(`(\w[\w ]*): (\d+) MiB`).FindAllStringSubmatch(out, -1) {
		if size, err := strconv.Atoi(match[2]); err != nil || size > 600 {
			t.Errorf("%s: %d MiB, want at most 600", match[1], size)
		}
	}
}
