package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// The oldest server that stores atomic batches, and the smallest payload that the product's messages need: what NATS takes by default.
const (
	leastMajor, leastMinor = 2, 12
	leastPayload           = 1 << 20
)

// Check reports why the server cannot do what the adapter needs: a refused fault for a server that is too old or takes too little, an
// unavailable one where JetStream is off or not there yet. Each says how to mend it.
func (a *Adapter) Check(ctx context.Context) error {
	version := a.nc.ConnectedServerVersion()
	if !recent(version) {
		return fault.New(fault.Refused, "the NATS server has version %s, which has no atomic batches", version).
			WithHint("run NATS server %d.%d or later", leastMajor, leastMinor)
	}
	if most := a.nc.MaxPayload(); most < leastPayload {
		return fault.New(fault.Refused, "the NATS server takes messages of %d bytes at most", most).
			WithHint("set max_payload of the NATS server to at least %d; 8 MiB suits every release", leastPayload)
	}
	asking, done := a.connected(ctx)
	defer done()
	_, err := a.js.AccountInfo(asking)
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
		return fault.New(fault.Unavailable, "JetStream is not there: %w", err).
			WithHint("add jetstream { store_dir: … } to the NATS server's configuration, and enable it for the user's account; in a cluster, wait for a leader")
	}
	if err != nil {
		return requestFault(asking, err, "ask NATS for JetStream")
	}
	return nil
}

// recent reports whether a server's version is not too old; a version that is none is one of a build of somebody's own, and believed.
func recent(version string) bool {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return true
	}
	major, err := strconv.Atoi(parts[0])
	minor, minorErr := strconv.Atoi(parts[1])
	if err != nil || minorErr != nil {
		return true
	}
	return major > leastMajor || major == leastMajor && minor >= leastMinor
}

// CheckBatches reports, as a refused fault, that the server takes shorter batches than the product's longest. It asks with one message that
// says it is the last of such a batch of which nothing came before: whatever the server answers, it stores nothing. The stream must have
// been declared.
func (a *Adapter) CheckBatches(ctx context.Context, name string) error {
	subjects, err := a.subjectsOf(ctx, name, false)
	if err != nil {
		return err
	}
	if len(subjects) == 0 {
		return fault.New(fault.Invalid, "check batches: stream %s has no subjects", name)
	}
	asking, done := a.connected(ctx)
	defer done()
	asking, cancel := context.WithTimeout(asking, a.cfg.Timeout)
	defer cancel()
	probe := nats.NewMsg(strings.NewReplacer(">", "probe", "*", "probe").Replace(subjects[0]))
	probe.Header = nats.Header{headerBatchID: {nuid.Next()}, headerBatchSequence: {strconv.Itoa(stream.BatchLimit)}, headerExpectStream: {name}}
	answer, err := a.nc.RequestMsgWithContext(asking, probe)
	if err != nil {
		return requestFault(asking, err, "check batches of stream %s", name)
	}
	ack, err := parseAck(answer.Data)
	if err == nil {
		return fault.New(fault.Internal, "check batches of stream %s: a piece of one was stored at %d", name, ack.Sequence)
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == codeBatchTooLarge {
		return fault.New(fault.Refused, "the NATS server takes shorter batches than %d messages: %w", stream.BatchLimit, err).
			WithHint("set the longest batch in the configuration of the NATS server: jetstream { limits { batch { max_msgs: %d } } }", stream.BatchLimit)
	}
	return nil
}

// Well reports whether the connection stands now.
func (a *Adapter) Well(context.Context) error {
	if !a.nc.IsConnected() {
		return fmt.Errorf("connection to NATS: %s", a.nc.Status())
	}
	return nil
}
