package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Deviation is a setting of a stream that is not as it is declared.
type Deviation struct{ Setting, Has, Wants string }

// Deviations compares a stream with its declaration and changes nothing; the replicas are those that the adapter is configured for. An error is a
// notFound fault where there is no such stream, an unavailable one where it cannot be asked for.
func (a *Adapter) Deviations(ctx context.Context, d stream.Declaration) ([]Deviation, error) {
	asking, done := a.connected(ctx)
	defer done()
	s, err := a.js.Stream(asking, d.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fault.New(fault.NotFound, "there is no stream %s", d.Name)
	}
	if err != nil {
		return nil, requestFault(asking, err, "look at stream %s", d.Name)
	}
	return deviations(s.CachedInfo().Config, a.streamConfig(d)), nil
}

func deviations(has, wants jetstream.StreamConfig) []Deviation {
	var all []Deviation
	compare := func(setting string, has, wants any) {
		if h, w := fmt.Sprint(has), fmt.Sprint(wants); h != w {
			all = append(all, Deviation{setting, h, w})
		}
	}
	limit := func(n int64) string {
		if n <= 0 {
			return "none"
		}
		return strconv.FormatInt(n, 10)
	}
	subjects := func(c jetstream.StreamConfig) string {
		return strings.Join(slices.Sorted(slices.Values(c.Subjects)), " ")
	}
	compare("subjects", subjects(has), subjects(wants))
	compare("retention", has.Retention, wants.Retention)
	compare("discard", has.Discard, wants.Discard)
	compare("storage", has.Storage, wants.Storage)
	compare("max_age", has.MaxAge, wants.MaxAge)
	compare("max_msgs", limit(has.MaxMsgs), limit(wants.MaxMsgs))
	compare("max_bytes", limit(has.MaxBytes), limit(wants.MaxBytes))
	compare("max_msgs_per_subject", limit(has.MaxMsgsPerSubject), limit(wants.MaxMsgsPerSubject))
	compare("max_msg_size", limit(int64(has.MaxMsgSize)), limit(int64(wants.MaxMsgSize)))
	compare("max_consumers", limit(int64(has.MaxConsumers)), limit(int64(wants.MaxConsumers)))
	compare("deny_delete", has.DenyDelete, wants.DenyDelete)
	compare("deny_purge", has.DenyPurge, wants.DenyPurge)
	compare("allow_direct", has.AllowDirect, wants.AllowDirect)
	compare("allow_atomic", has.AllowAtomicPublish, wants.AllowAtomicPublish)
	return all
}

// Room is what the account of JetStream holds on disk, in bytes, and how much it may; 0 is no bound.
type Room struct{ Used, Most uint64 }

// Room asks how much the account holds. Errors are those of Check.
func (a *Adapter) Room(ctx context.Context) (Room, error) {
	asking, done := a.connected(ctx)
	defer done()
	info, err := a.js.AccountInfo(asking)
	if err != nil {
		return Room{}, requestFault(asking, err, "ask NATS how much it holds")
	}
	return Room{Used: info.Store, Most: uint64(max(info.Limits.MaxStore, 0))}, nil //nolint:gosec // not below 0
}

// Version is that of the server that the connection is to.
func (a *Adapter) Version() string { return a.nc.ConnectedServerVersion() }
