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
	Replicas int    // copies the servers keep of each, 1 to 5; default 1. A bucket with fewer is given more, one with more is refused
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

// standing is what a bucket's stream says of itself, and whether there is one.
func standing(ctx context.Context, js jetstream.JetStream, name string) (jetstream.StreamConfig, bool, error) {
	s, err := js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return jetstream.StreamConfig{}, false, nil
	}
	if err != nil {
		return jetstream.StreamConfig{}, false, err
	}
	return s.CachedInfo().Config, true, nil
}

// keeps decides about a bucket that is there: true when it is as configured and need not be touched. One with more replicas than configured
// is refused: a process that was not told of them must not take copies away.
func keeps(has jetstream.StreamConfig, replicas int, description string, largest int32) (bool, error) {
	if has.Replicas > replicas {
		return false, fault.New(fault.Refused, "it has %d replicas, and %d are configured", has.Replicas, replicas).
			WithHint("tell every process of the %d replicas, or take copies away first: nats stream edit %s --replicas %d", has.Replicas, has.Name, replicas)
	}
	return has.Replicas == replicas && has.Description == description && has.MaxMsgSize == largest, nil
}

// failure gives an error of the server or the connection its kind; doing says what was tried.
func failure(err error, doing string, args ...any) error {
	doing = fmt.Sprintf(doing, args...)
	if errors.Is(err, context.Canceled) || fault.Is(err, fault.Refused) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && (api.ErrorCode == replicasNotSupported || api.ErrorCode == noSuitablePeers) {
		return fault.New(fault.Unavailable, "%s: %w", doing, err).
			WithHint("it needs as many NATS servers with JetStream in one cluster as it is to have replicas")
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

// The server's codes for more replicas than it has servers for.
const (
	noSuitablePeers      jetstream.ErrorCode = 10005
	replicasNotSupported jetstream.ErrorCode = 10074
)

// wrongRevisionReplicated is the server's code for a compare-and-set that lost against one still under way.
const wrongRevisionReplicated jetstream.ErrorCode = 10164
