package clickhouse

import (
	"context"
	"sync"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

// A temporary table is seen over the connection that made it, and over no other.
func TestAStoreThatIsAloneAsksOverOneConnection(t *testing.T) {
	s := openHere(t, Config{})
	one, err := s.alone()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	if err := one.conn.Exec(t.Context(), "CREATE TEMPORARY TABLE mine (x UInt8)"); err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			for range 50 {
				if _, err := one.measure(t.Context(), "ask", statement{text: "SELECT count() FROM mine"}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	asking.Wait()
	if _, err := s.measure(t.Context(), "ask", statement{text: "SELECT count() FROM mine"}); err == nil {
		t.Error("another connection sees it too")
	}
}

func TestAStoreThatIsAloneIsUnavailableOnceItsConnectionIsGone(t *testing.T) {
	s := openHere(t, Config{})
	one, err := s.alone()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	ask := func(ctx context.Context) error {
		_, err := one.measure(ctx, "ask", statement{text: "SELECT toUInt64(1)"})
		return err
	}
	if err := ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	cut, cancel := context.WithCancel(t.Context())
	rows, err := one.conn.Query(cut, "SELECT number FROM system.numbers LIMIT 100000000")
	if err != nil {
		t.Fatal(err)
	}
	cancel() // the driver closes the connection of a question that is given up
	for rows.Next() {
	}
	_ = rows.Close()
	if err := ask(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a question over a connection that is gone: %v", err)
	}
	if err := one.conn.Exec(t.Context(), "SELECT 1"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a statement over a connection that is gone: %v", err)
	}
	if _, err := one.conn.PrepareBatch(t.Context(), "INSERT INTO rejects_store"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("an insertion over a connection that is gone: %v", err)
	}
	if _, err := one.conn.Query(t.Context(), "SELECT 1"); fault.KindOf(err) != fault.Unavailable { //nolint:sqlclosecheck // there is none
		t.Errorf("rows over a connection that is gone: %v", err)
	}
}
