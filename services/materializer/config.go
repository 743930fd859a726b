package materializer

import (
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Config says how much is inserted at once and how often. The zero value of every field is a usable default.
type Config struct {
	// Interval is the least time between the beginnings of two insertions of a stream: what comes while it passes is inserted together.
	// After a quiet spell an insertion begins at once. 0: 100 ms.
	Interval time.Duration
	// ChunkBytes is how many bytes of messages one insertion takes at most, unless one atomic batch has more. 0: 16 MiB.
	ChunkBytes int
	// ChunkMessages is the same for messages. 0: 50,000.
	ChunkMessages int
	// Poll is how often new streams are looked for where no news of them comes. 0: 1 s.
	Poll time.Duration
	// Drain is how long what was received may take to be inserted when the process stops. 0: 5 s.
	Drain time.Duration
	// Retry is the pause before an insertion that failed is tried again; it doubles up to RetryMost. 0: 100 ms and 5 s.
	Retry, RetryMost time.Duration
}

// Deps are what the materializer works with.
type Deps struct {
	Reader   stream.Reader // when it is a stream.Watcher too, new streams are found at once
	Appender history.Appender
	// Auditor finds what is wrong with the tables, and Rebuilder makes them again; nil: neither is done.
	Auditor   history.Auditor
	Rebuilder history.Rebuilder
	Log       *zap.Logger
}

const (
	defaultChunkBytes    = 16 << 20
	defaultChunkMessages = 50_000
)

// Validate reports the first value that cannot work, as an invalid fault.
func (c Config) Validate() error {
	for name, value := range map[string]int64{
		"interval": int64(c.Interval), "chunk bytes": int64(c.ChunkBytes), "chunk messages": int64(c.ChunkMessages), "poll": int64(c.Poll),
		"drain": int64(c.Drain), "retry": int64(c.Retry), "longest retry": int64(c.RetryMost),
	} {
		if value < 0 {
			return fault.New(fault.Invalid, "check materializer configuration: %s is negative", name)
		}
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.Interval = orDefault(c.Interval, 100*time.Millisecond)
	c.ChunkBytes = orDefault(c.ChunkBytes, defaultChunkBytes)
	c.ChunkMessages = orDefault(c.ChunkMessages, defaultChunkMessages)
	c.Poll = orDefault(c.Poll, time.Second)
	c.Drain = orDefault(c.Drain, 5*time.Second)
	c.Retry = orDefault(c.Retry, 100*time.Millisecond)
	c.RetryMost = orDefault(c.RetryMost, 5*time.Second)
	return c
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
