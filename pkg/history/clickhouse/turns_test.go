package clickhouse

import (
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/rate"
)

func TestInsertionsAndClaimsDoNotWaitForQuestions(t *testing.T) {
	s, err := Open(t.Context(), Config{DSN: clickhousetest.Start(t), Connections: 4, DialTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	running, end := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 8)
	for range 8 { // each holds a connection while its rows are handed over
		go func() {
			ended <- s.query(t.Context(), "wait", statement{text: "SELECT 1"}, func(driver.Rows) error {
				running <- struct{}{}
				<-end
				return nil
			})
		}()
	}
	<-running
	<-running
	id := historytest.Meter("m-1")
	historytest.Put(t, s, "rates", history.Rows{RateChanges: []history.RateChange{historytest.Change(1, id, rate.Added, "2026-01-10",
		historytest.Current(id, "2026-01-01", "", "2", "westeurope", "Storage"), historytest.Span("2026-01-01", "", "2"))}})
	if agreed, err := s.Claim(t.Context(), historytest.Stream, 2, 9); agreed != 9 || err != nil {
		t.Errorf("claimed up to %d: %v", agreed, err)
	}
	if _, err := s.Mark(t.Context(), historytest.Stream); err != nil {
		t.Error(err)
	}
	for range 6 { // their turn does not come
		if err := <-ended; !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" {
			t.Errorf("a question without a turn: %v", err)
		}
	}
	close(end)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
