package memory_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/history/historytest"
	"github.com/pricewire/pricewire/pkg/history/memory"
)

func TestConformance(t *testing.T) {
	historytest.Run(t, func(*testing.T) historytest.Store { return &memory.Store{} })
}

func TestConformanceOfAuditsAndRebuilds(t *testing.T) {
	historytest.RunKept(t, func(*testing.T) historytest.Kept { return &memory.Store{} })
}
