package natskv

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Defaults of Config.
const (
	DefaultRecords  = "pricewire_releases"
	DefaultContents = "pricewire_lists"
)

// Config names the buckets. The zero value will do for one server.
type Config struct {
	Records  string // key-value bucket of the records; default pricewire_releases
	Contents string // object store of what lists say; default pricewire_lists
	Replicas int    // copies the servers keep of each, 1 to 5; default 1
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c Config) Validate() error {
	if c.Replicas < 0 || c.Replicas > 5 {
		return fault.New(fault.Invalid, "release store with %d replicas: use 1 to 5", c.Replicas)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Records == "" {
		c.Records = DefaultRecords
	}
	if c.Contents == "" {
		c.Contents = DefaultContents
	}
	c.Replicas = max(c.Replicas, 1)
	return c
}

// failure gives an error of the server or the connection its kind; doing says what was tried.
func failure(err error, doing string, args ...any) error {
	doing = fmt.Sprintf(doing, args...)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fault.New(fault.Unavailable, "%s: %w", doing, err)
}

// wrongRevision reports whether the server refused a compare-and-set; replicated buckets have an error code of their own for it.
func wrongRevision(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	return api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == wrongRevisionReplicated
}

// wrongRevisionReplicated is the server's code for a compare-and-set that lost against one still under way.
const wrongRevisionReplicated jetstream.ErrorCode = 10164
