package ingester_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// A row that comes in other bytes on the day on which another takes its place is not mistaken for that one when it is back alone.
func TestARowInOtherBytesIsNotMistakenForItsSuccessor(t *testing.T) {
	first := row("a", "1")
	again := strings.Replace(first, `"retailPrice":1`, `"retailPrice":1.0`, 1)
	successor := azuretest.Row("a", map[string]string{"retailPrice": "2", "effectiveStartDate": `"2026-09-01T00:00:00Z"`})
	b := newBundle(t)
	g := b.ingester(t)
	for _, rows := range [][]string{{first}, {again, successor}, {again}} {
		b.source.Set(append(rows, row("b", "1"))...)
		crawl(t, g)
		b.clock.move(24 * time.Hour)
	}
	want := []string{"09-20T00 shop 2", "09-21T00 a price_changed 2.00", "09-21T00 shop 2", "09-22T00 a price_changed 1.00", "09-22T00 shop 2"}
	if diff := cmp.Diff(want, b.story(t)[2:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
