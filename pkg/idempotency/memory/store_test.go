package memory_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/idempotency"
	"github.com/pricewire/pricewire/pkg/idempotency/idempotencytest"
	"github.com/pricewire/pricewire/pkg/idempotency/memory"
)

func TestTheStoreKeepsThePromises(t *testing.T) {
	var s memory.Store
	idempotencytest.Store(t, func(*testing.T) idempotency.Store { return &s })
}
