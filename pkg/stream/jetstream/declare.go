package jetstream

import (
	"context"
	"errors"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Declare creates the stream, or brings its settings in line with the declaration; what an operator added, such as a placement, stays. A
// stream that is as declared is not touched, so that a user who may not change streams can declare it. One with fewer replicas than
// configured is given more; one with more is refused, because a process that was not told of them must not take copies away.
func (a *Adapter) Declare(ctx context.Context, d stream.Declaration) (stream.Info, error) {
	ctx, done := a.connected(ctx)
	defer done()
	want := a.streamConfig(d)
	s, err := a.js.Stream(ctx, d.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = a.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else declares it at this moment, perhaps otherwise
			s, err = a.js.Stream(ctx, d.Name)
		}
	}
	if err == nil {
		s, err = a.align(ctx, s, want)
	}
	if err != nil {
		return stream.Info{}, a.declareFault(ctx, err, d.Name)
	}
	a.remember(s.CachedInfo())
	return infoOf(s.CachedInfo()), nil
}

// align changes a stream where it is not as declared.
func (a *Adapter) align(ctx context.Context, s jetstream.Stream, want jetstream.StreamConfig) (jetstream.Stream, error) {
	has := s.CachedInfo().Config
	if has.Replicas > want.Replicas {
		return nil, fault.New(fault.Refused, "stream %s has %d replicas, and %d are configured", want.Name, has.Replicas, want.Replicas).
			WithHint("tell every process of the %d replicas, or take copies away first: nats stream edit %s --replicas %d", has.Replicas, want.Name, want.Replicas)
	}
	next := declared(has, want)
	if same(has, next) {
		return s, nil
	}
	return a.js.UpdateStream(ctx, next)
}

// declared is a stream's configuration with the settings that a declaration is about.
func declared(has, want jetstream.StreamConfig) jetstream.StreamConfig {
	has.Description, has.Subjects = want.Description, want.Subjects
	has.Retention, has.Discard, has.Storage = want.Retention, want.Discard, want.Storage
	has.MaxAge, has.MaxMsgs, has.MaxBytes, has.MaxMsgsPerSubject = want.MaxAge, want.MaxMsgs, want.MaxBytes, want.MaxMsgsPerSubject
	has.MaxMsgSize, has.MaxConsumers = want.MaxMsgSize, want.MaxConsumers
	has.DenyDelete, has.DenyPurge, has.AllowDirect, has.AllowAtomicPublish = want.DenyDelete, want.DenyPurge, want.AllowDirect, want.AllowAtomicPublish
	has.Compression, has.Replicas = want.Compression, want.Replicas
	return has
}

// same reports whether two configurations agree in what a declaration is about.
func same(a, b jetstream.StreamConfig) bool {
	return a.Description == b.Description && slices.Equal(a.Subjects, b.Subjects) &&
		a.Retention == b.Retention && a.Discard == b.Discard && a.Storage == b.Storage &&
		a.MaxAge == b.MaxAge && a.MaxMsgs == b.MaxMsgs && a.MaxBytes == b.MaxBytes && a.MaxMsgsPerSubject == b.MaxMsgsPerSubject &&
		a.MaxMsgSize == b.MaxMsgSize && a.MaxConsumers == b.MaxConsumers &&
		a.DenyDelete == b.DenyDelete && a.DenyPurge == b.DenyPurge && a.AllowDirect == b.AllowDirect && a.AllowAtomicPublish == b.AllowAtomicPublish &&
		a.Compression == b.Compression && a.Replicas == b.Replicas
}

// declareFault gives a failed declaration its kind, and its hint where the replicas are what is wrong.
func (a *Adapter) declareFault(asking context.Context, err error, name string) error {
	if fault.KindOf(err) != fault.Internal {
		return fault.Wrap(err, "declare stream %s", name)
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && (api.ErrorCode == codeReplicasNotSupported || api.ErrorCode == codeNoSuitablePeers) {
		return fault.New(fault.Unavailable, "declare stream %s with %d replicas: %w", name, a.cfg.Replicas, err).
			WithHint("a stream needs as many NATS servers with JetStream in one cluster as it has replicas")
	}
	return requestFault(asking, err, "declare stream %s", name)
}

// streamConfig has no limit on age, on messages per subject or on bytes: the first two destroy history, and the last makes the server
// add up all of a batch's subjects for each of its messages.
func (a *Adapter) streamConfig(d stream.Declaration) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: d.Name, Description: d.Purpose, Subjects: d.Subjects,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, Storage: jetstream.FileStorage,
		MaxAge: 0, MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxMsgSize: -1, MaxConsumers: -1,
		DenyDelete: true, DenyPurge: true, AllowDirect: true, AllowAtomicPublish: true,
		Compression: jetstream.S2Compression, Replicas: a.cfg.Replicas,
	}
}
