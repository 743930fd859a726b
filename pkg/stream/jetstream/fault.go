package jetstream

import (
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Error codes of the server (its errors.json) that say something other than "not now".
const (
	codeInsufficientResources = 10023 // the server's disk or memory bound is reached
	codeAccountResources      = 10002
	codeNoSuitablePeers       = 10005 // fewer servers than replicas
	codeReplicasNotSupported  = 10074 // a server that is in no cluster
	codeStreamMismatch        = 10060
	codeHeaderTooLarge        = 10097
	codeStoreFailed           = 10077 // among others: a bound of the stream is reached
	codeAtomicDisabled        = 10174
	codeBatchTooLarge         = 10199
	codeTooManyBatches        = 10210
)

// publishFault gives a failed publish its kind and, where a person can act, its hint.
func publishFault(err error, name string) error {
	f := fault.New(fault.Unavailable, "publish to %s: %w", name, err)
	api, ok := errors.AsType[*jetstream.APIError](err)
	if !ok {
		if errors.Is(err, nats.ErrMaxPayload) {
			f.Kind = fault.Invalid
		}
		return f
	}
	switch api.ErrorCode { //nolint:exhaustive // the codes that say the batch can never be stored
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		f.Kind = fault.Conflict
	case codeBatchTooLarge:
		f.Kind = fault.Invalid
		return f.WithHint("raise jetstream { limits { batch { max_msgs } } } of the NATS server")
	case codeAtomicDisabled:
		f.Kind = fault.Invalid
		return f.WithHint("declare the stream %s again: it must allow atomic publishing", name)
	case codeStreamMismatch, codeHeaderTooLarge, jetstream.JSErrCodeStreamMessageExceedsMaximum:
		f.Kind = fault.Invalid
	case codeInsufficientResources, codeAccountResources, codeStoreFailed:
		return f.WithHint("the NATS server has no room left: give it more disk or raise its bound")
	case codeTooManyBatches:
		return f.WithHint("raise max_batch_inflight_per_stream of the NATS server's JetStream limits")
	}
	return f
}
