package memory_test

import (
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/pkg/stream/streamtest"
)

func TestMemoryKeepsThePromises(t *testing.T) {
	streamtest.Run(t, func(*testing.T) streamtest.Bed {
		a := memory.New(time.Now)
		return streamtest.Bed{Port: a, Delete: func(_ *testing.T, name string) { a.Delete(name) }}
	})
}
