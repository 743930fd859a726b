package clickhouse_test

import (
	"os"
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/history/historytest"
)

func TestMain(m *testing.M) { os.Exit(clickhousetest.Main(m)) }

func open(t *testing.T) *clickhouse.Store {
	t.Helper()
	s, err := clickhouse.Open(t.Context(), clickhouse.Config{DSN: clickhousetest.Start(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	historytest.Run(t, func(t *testing.T) historytest.Store { return open(t) })
}

func TestConformanceOfAuditsAndRebuilds(t *testing.T) {
	historytest.RunKept(t, func(t *testing.T) historytest.Kept { return open(t) })
}
