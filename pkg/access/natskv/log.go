package natskv

import (
	"context"
	"errors"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/keyvalue"
)

// largestPage bounds one page, which stays far below what a client buffers, beyond which it would lose messages.
const largestPage = 1000

const logPurpose = "Who wrote what, when, from where, and what became of it."

// Log is an access.Log in a stream, whose messages can be neither deleted nor purged.
type Log struct {
	js     jetstream.JetStream
	stream string
}

var _ access.Log = (*Log)(nil)

// OpenLog opens the stream of the log, making it when it is not there.
func OpenLog(ctx context.Context, js jetstream.JetStream, cfg Config) (*Log, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	there, err := kept(ctx, js, cfg.Log, cfg.Replicas, logPurpose)
	if err == nil && !there {
		_, err = js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name: cfg.Log, Description: logPurpose, Subjects: []string{cfg.Log + ".>"}, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
			Storage: jetstream.FileStorage, MaxMsgs: -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxMsgSize: maxRecord, MaxConsumers: -1,
			DenyDelete: true, DenyPurge: true, AllowDirect: true, Compression: jetstream.S2Compression, Replicas: cfg.Replicas,
		})
	}
	if err != nil {
		return nil, failure(err, "open stream %s", cfg.Log)
	}
	return &Log{js, cfg.Log}, nil
}

// Append implements access.Log.
func (l *Log) Append(ctx context.Context, r access.Record) error {
	data, err := encodeRecord(r)
	if err != nil {
		return err
	}
	ctx, cancel := keyvalue.Within(ctx)
	defer cancel()
	if _, err := l.js.Publish(ctx, l.stream+".write", data); err != nil {
		return failure(err, "record what is written")
	}
	return nil
}

// List implements access.Log.
func (l *Log) List(ctx context.Context, below uint64, limit int) ([]access.Record, error) {
	limit = min(max(limit, 0), largestPage)
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	s, err := l.js.Stream(ctx, l.stream)
	if err != nil {
		return nil, failure(err, "list what was written")
	}
	state := s.CachedInfo().State
	if below == 0 || below > state.LastSeq {
		below = state.LastSeq + 1
	}
	var page []access.Record
	for first := max(state.FirstSeq, 1); below > first && len(page) < limit; {
		want := limit - len(page)
		from := first
		if below-first > uint64(want) {
			from = below - uint64(want)
		}
		older, err := l.between(ctx, from, below)
		if err != nil {
			return nil, err
		}
		slices.Reverse(older)
		page, below = append(page, older...), from
	}
	return page, nil
}

// between returns the records from one sequence to below another, in order. A server that was mended by hand may have gaps.
func (l *Log) between(ctx context.Context, from, below uint64) ([]access.Record, error) {
	messages, err := jetstreamext.GetBatch(ctx, l.js, l.stream, int(below-from), jetstreamext.GetBatchSubject(l.stream+".>"), jetstreamext.GetBatchSeq(from))
	if err != nil {
		return nil, failure(err, "list what was written")
	}
	var found []access.Record
	answered := false
	for m, err := range messages {
		if errors.Is(err, jetstreamext.ErrNoMessages) {
			return found, nil
		}
		if err != nil {
			return nil, failure(err, "list what was written")
		}
		answered = true
		if m.Sequence >= below {
			continue // drained all the same, so that nothing is left behind on the connection
		}
		r, err := decodeRecord(m.Data, m.Sequence)
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	if !answered { // the client ends so, without an error, when the answer does not come in time
		return nil, failure(keyvalue.ErrNoAnswer, "list what was written")
	}
	return found, nil
}
