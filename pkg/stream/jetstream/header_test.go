package jetstream

import (
	"strings"
	"testing"

	"github.com/pricewire/pricewire/schemas"
)

func TestTheHeadersOfMessagesAreDescribed(t *testing.T) {
	document := string(schemas.AsyncAPI())
	for header, times := range map[string]int{ // in messages of the product's streams, and of those that are made of them
		headerID: 2, headerOrigin: 1, headerTrace: 2, headerBatchID: 2, headerBatchSequence: 2, headerBatchCommit: 2,
	} {
		if got := strings.Count(document, "\n          "+header+":\n"); got != times {
			t.Errorf("schemas/asyncapi.yaml describes %s %d times, want %d", header, got, times)
		}
	}
}
