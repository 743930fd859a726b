package memory_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/memory"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
)

func TestTheStoreKeepsThePromises(t *testing.T) {
	releasetest.Store(t, func(*testing.T) release.Store { return memory.NewStore() })
}

func TestTheContentKeepsThePromises(t *testing.T) {
	releasetest.Content(t, func(*testing.T) release.Content { return memory.NewContent() })
}
