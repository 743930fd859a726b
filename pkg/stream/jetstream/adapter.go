package jetstream

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Config of an Adapter; the zero value suits an embedded server.
type Config struct {
	// Replicas of declared streams, 1, 3 or 5. Default 1. A stream that has fewer is given more; see Declare.
	Replicas int
	// Timeout bounds each wait for the server, unless the context ends sooner. Committing a batch of 300,000 messages and starting at the
	// last record of each of a million subjects take seconds. Default 1 minute.
	Timeout time.Duration
	// MaxBytes bounds what the account may hold on disk: a batch that could take it further is refused with an unavailable fault before
	// it is begun. 0 is no bound. Give the server itself no bound that can be reached first (max_file_store, a stream's max_bytes): a
	// server with one replica judges its own bound while it commits, and then keeps half a batch until it is started again with more
	// room; and a stream's max_bytes makes committing quadratic in the number of subjects.
	MaxBytes uint64
}

const defaultTimeout = time.Minute

// incarnationFormat writes the instant at which a stream was created; the server keeps it across restarts and restores.
const incarnationFormat = "20060102T150405.000000000Z"

// Adapter publishes to, reads and declares JetStream streams through one connection, which it does not own. It may be used from several
// goroutines. It implements stream.Publisher, stream.Reader, stream.Declarer and stream.Watcher.
type Adapter struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	cfg      Config
	mu       sync.Mutex
	subjects map[string][]string // by stream, as last seen
}

// New makes an adapter. The connection should reconnect for ever (nats.MaxReconnects(-1)): subscriptions live as long as it does.
func New(nc *nats.Conn, cfg Config) (*Adapter, error) {
	if cfg.Replicas == 0 {
		cfg.Replicas = 1
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if !slices.Contains([]int{1, 3, 5}, cfg.Replicas) {
		return nil, fault.New(fault.Invalid, "replicas %d are not 1, 3 or 5", cfg.Replicas)
	}
	if cfg.Timeout < 0 {
		return nil, fault.New(fault.Invalid, "time-out %s is negative", cfg.Timeout)
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(cfg.Timeout))
	if err != nil {
		return nil, fault.New(fault.Invalid, "use connection for jetstream: %w", err)
	}
	return &Adapter{nc: nc, js: js, cfg: cfg, subjects: map[string][]string{}}, nil
}

// Streams lists the streams of the product, by name.
func (a *Adapter) Streams(ctx context.Context) ([]stream.Info, error) {
	asking, done := a.connected(ctx)
	defer done()
	list := a.js.ListStreams(asking)
	var infos []stream.Info
	for si := range list.Info() {
		if stream.IsOurs(si.Config.Name) {
			infos = append(infos, infoOf(si))
		}
	}
	if err := list.Err(); err != nil {
		return nil, requestFault(asking, err, "list streams")
	}
	slices.SortFunc(infos, func(x, y stream.Info) int { return strings.Compare(x.Name.Name, y.Name.Name) })
	return infos, nil
}

// Info describes one stream.
func (a *Adapter) Info(ctx context.Context, name string) (stream.Info, error) {
	asking, done := a.connected(ctx)
	defer done()
	s, err := a.js.Stream(asking, name)
	if err != nil {
		return stream.Info{}, requestFault(asking, err, "describe stream %s", name)
	}
	a.remember(s.CachedInfo())
	return infoOf(s.CachedInfo()), nil
}

func (a *Adapter) remember(si *jetstream.StreamInfo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.subjects[si.Config.Name] = si.Config.Subjects
}

// subjectsOf returns what a stream holds; fresh asks the server even if it is known.
func (a *Adapter) subjectsOf(ctx context.Context, name string, fresh bool) ([]string, error) {
	a.mu.Lock()
	known, ok := a.subjects[name]
	a.mu.Unlock()
	if ok && !fresh {
		return known, nil
	}
	if _, err := a.Info(ctx, name); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.subjects[name], nil
}

func infoOf(si *jetstream.StreamInfo) stream.Info {
	return stream.Info{
		Name: stream.Name{Name: si.Config.Name, Incarnation: si.Created.UTC().Format(incarnationFormat)},
		Last: si.State.LastSeq, Messages: si.State.Msgs, Bytes: si.State.Bytes, LastTime: si.State.LastTime.UTC(),
	}
}

// requestFault gives a failed request its kind, and says why it ended where the context that it was made in ended with the connection; what
// the caller may do about the end of a context of its own is the caller's business.
func requestFault(asking context.Context, err error, format string, args ...any) error {
	err = lostWith(asking, err)
	kind := fault.Unavailable
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrMsgNotFound):
		kind = fault.NotFound
	case errors.Is(err, jetstream.ErrInvalidStreamName), errors.Is(err, jetstream.ErrStreamNameRequired),
		errors.Is(err, jetstream.ErrOverlappingFilterSubjects), errors.Is(err, jetstream.ErrInvalidSubject):
		kind = fault.Invalid
	}
	return fault.New(kind, format+": %w", append(args, err)...)
}
