package ingester

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

func TestACrawlThatDoesNotFitIntoOneBatchIsRefusedWithAHint(t *testing.T) {
	if err := fits(&rate.Outcome{}, stream.BatchLimit); err != nil {
		t.Errorf("%v", err)
	}
	if err := fits(&rate.Outcome{}, stream.BatchLimit+1); !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}
