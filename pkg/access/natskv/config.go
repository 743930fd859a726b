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
	DefaultTokens = "pricewire_tokens"
	DefaultLog    = "pricewire_audit"
)

// Config names what is kept where. The zero value will do for one server.
type Config struct {
	Tokens   string // key-value bucket of the tokens; default pricewire_tokens
	Log      string // stream of the log, and the first token of its subjects; default pricewire_audit
	Replicas int    // copies the servers keep of each, 1 to 5; default 1. What has fewer is given more, what has more is refused
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c Config) Validate() error {
	if c.Replicas < 0 || c.Replicas > 5 {
		return fault.New(fault.Invalid, "store of tokens with %d replicas: use 1 to 5", c.Replicas)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Tokens == "" {
		c.Tokens = DefaultTokens
	}
	if c.Log == "" {
		c.Log = DefaultLog
	}
	c.Replicas = max(c.Replicas, 1)
	return c
}

// kept reports whether a stream is there as wanted and need not be touched, so that a user who may not change streams can open it. One with more
// replicas than configured is refused: a process that was not told of them must not take copies away.
func kept(ctx context.Context, js jetstream.JetStream, name string, replicas int, description string) (bool, error) {
	s, err := js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	has := s.CachedInfo().Config
	if has.Replicas > replicas {
		return false, fault.New(fault.Refused, "it has %d replicas, and %d are configured", has.Replicas, replicas).
			WithHint("tell every process of the %d replicas, or take copies away first: nats stream edit %s --replicas %d", has.Replicas, name, replicas)
	}
	return has.Replicas == replicas && has.Description == description, nil
}

// failure gives an error of the server or the connection its kind; doing says what was tried.
func failure(err error, doing string, args ...any) error {
	doing = fmt.Sprintf(doing, args...)
	if errors.Is(err, context.Canceled) || fault.Is(err, fault.Refused) {
		return fault.Wrap(err, "%s", doing)
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
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == wrongRevisionReplicated)
}

// Codes of the server: more replicas than it has servers for, and a compare-and-set that lost against one still under way.
const (
	noSuitablePeers         jetstream.ErrorCode = 10005
	replicasNotSupported    jetstream.ErrorCode = 10074
	wrongRevisionReplicated jetstream.ErrorCode = 10164
)
