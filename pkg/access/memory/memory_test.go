package memory_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/access/accesstest"
	"github.com/pricewire/pricewire/pkg/access/memory"
)

func TestTheStoreKeepsThePromises(t *testing.T) {
	accesstest.Store(t, func(*testing.T) access.Store { return memory.NewStore() })
}

func TestTheLogKeepsThePromises(t *testing.T) {
	accesstest.Log(t, func(*testing.T) access.Log { return memory.NewLog() })
}
