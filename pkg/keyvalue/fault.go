package keyvalue

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
)

// The server's codes for more replicas than it has servers for, and for a compare-and-set that lost against one still under way.
const (
	noSuitablePeers         jetstream.ErrorCode = 10005
	replicasNotSupported    jetstream.ErrorCode = 10074
	wrongRevisionReplicated jetstream.ErrorCode = 10164
)

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
