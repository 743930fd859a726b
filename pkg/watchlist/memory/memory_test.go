package memory_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/pkg/watchlist/memory"
	"github.com/pricewire/pricewire/pkg/watchlist/watchlisttest"
)

func TestTheStoreKeepsThePromises(t *testing.T) {
	watchlisttest.Store(t, func(*testing.T) watchlist.Store { return memory.NewStore() })
}
