package memory_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/webhook"
	"github.com/pricewire/pricewire/pkg/webhook/memory"
	"github.com/pricewire/pricewire/pkg/webhook/webhooktest"
)

func TestTheStoreKeepsThePromises(t *testing.T) {
	webhooktest.Store(t, func(*testing.T) webhook.Store { return memory.NewStore() })
}
