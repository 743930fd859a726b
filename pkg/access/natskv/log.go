package natskv

import (
	"context"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/keyvalue"
)

// largestPage is how many records are listed at most.
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
	state, err := l.state(ctx)
	if err != nil {
		return nil, failure(err, "list what was written")
	}
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

func (l *Log) state(ctx context.Context) (jetstream.StreamState, error) {
	ctx, cancel := keyvalue.Within(ctx)
	defer cancel()
	s, err := l.js.Stream(ctx, l.stream)
	if err != nil {
		return jetstream.StreamState{}, err
	}
	return s.CachedInfo().State, nil
}

// between returns the records from one sequence to below another, in order. A server that was mended by hand may have gaps.
func (l *Log) between(ctx context.Context, from, below uint64) ([]access.Record, error) {
	var found []access.Record
	for m, err := range keyvalue.Messages(ctx, l.js, l.stream, l.stream+".>", from, below) {
		if err != nil {
			return nil, failure(err, "list what was written")
		}
		r, err := decodeRecord(m.Data, m.Sequence)
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, nil
}
