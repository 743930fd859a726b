package memory

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	incarnationFormat = "20060102T150405.000000000Z"
	maxData           = 8<<20 - 4<<10
)

// Adapter holds streams. It may be used from several goroutines. It implements stream.Publisher, stream.Reader, stream.Declarer and
// stream.Watcher.
type Adapter struct {
	now      func() time.Time
	mu       sync.Mutex
	streams  map[string]*log
	lives    int // how many streams there have ever been
	watchers []chan struct{}
}

// log is one life of a stream.
type log struct {
	name     stream.Name
	subjects []string
	records  []stream.Record // sequence 1 is at 0
	last     map[string]uint64
	bytes    uint64
	changed  chan struct{} // closed when a batch was stored or the stream is gone
	gone     bool
}

// New makes an adapter without streams; now stamps what is stored.
func New(now func() time.Time) *Adapter {
	return &Adapter{now: now, streams: map[string]*log{}}
}

// Declare creates the stream, or brings its subjects in line with the declaration.
func (a *Adapter) Declare(ctx context.Context, d stream.Declaration) (stream.Info, error) {
	if err := ctx.Err(); err != nil {
		return stream.Info{}, fault.New(fault.Unavailable, "declare stream %s: %w", d.Name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	l, ok := a.streams[d.Name]
	if !ok {
		a.lives++
		life := a.now().UTC().Add(time.Duration(a.lives)).Format(incarnationFormat)
		l = &log{name: stream.Name{Name: d.Name, Incarnation: life}, last: map[string]uint64{}, changed: make(chan struct{})}
		a.streams[d.Name] = l
		a.tell()
	}
	l.subjects = slices.Clone(d.Subjects)
	return l.info(), nil
}

// Delete ends a stream's life. Its subscriptions end with a notFound fault.
func (a *Adapter) Delete(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l, ok := a.streams[name]; ok {
		l.gone = true
		close(l.changed)
		delete(a.streams, name)
	}
}

// Publish stores the batch or nothing; see stream.Publisher.
func (a *Adapter) Publish(ctx context.Context, name string, batch []stream.Message, expect stream.Expectation) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, fault.New(fault.Unavailable, "publish to %s: %w", name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	l, err := a.find(name)
	if err != nil {
		return 0, err
	}
	if err := stream.Check(batch, expect, l.subjects); err != nil {
		return 0, fault.New(fault.Invalid, "publish to %s: %w", name, err)
	}
	for _, m := range batch {
		if len(m.Data) > maxData {
			return 0, fault.New(fault.Invalid, "publish to %s: message of %d bytes on %s exceeds %d", name, len(m.Data), m.Subject, maxData)
		}
	}
	if expect.Subject != "" {
		if last := l.lastUnder(expect.Subject); last != expect.Sequence {
			return 0, fault.New(fault.Conflict, "publish to %s: last sequence under %s is %d, expected %d", name, expect.Subject, last,
				expect.Sequence)
		}
	}
	l.store(batch, a.now().UTC())
	return uint64(len(l.records)), nil
}

// MaxData returns how many bytes of data a message may have.
func (a *Adapter) MaxData() int { return maxData }

// Streams lists the streams of the product, by name.
func (a *Adapter) Streams(ctx context.Context) ([]stream.Info, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.New(fault.Unavailable, "list streams: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var infos []stream.Info
	for _, name := range slices.Sorted(maps.Keys(a.streams)) {
		if stream.IsOurs(name) {
			infos = append(infos, a.streams[name].info())
		}
	}
	return infos, nil
}

// Info describes one stream.
func (a *Adapter) Info(ctx context.Context, name string) (stream.Info, error) {
	if err := ctx.Err(); err != nil {
		return stream.Info{}, fault.New(fault.Unavailable, "describe stream %s: %w", name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	l, err := a.find(name)
	if err != nil {
		return stream.Info{}, err
	}
	return l.info(), nil
}

// Last returns the newest record under a subject.
func (a *Adapter) Last(ctx context.Context, name, subject string) (stream.Record, error) {
	if err := ctx.Err(); err != nil {
		return stream.Record{}, fault.New(fault.Unavailable, "read last record of %s: %w", name, err)
	}
	if !stream.ValidFilter(subject) {
		return stream.Record{}, fault.New(fault.Invalid, "subject %q is malformed", subject)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	l, err := a.find(name)
	if err != nil {
		return stream.Record{}, err
	}
	seq := l.lastUnder(subject)
	if seq == 0 {
		return stream.Record{}, fault.New(fault.NotFound, "read last record of %s under %s: there is none", name, subject)
	}
	return l.records[seq-1], nil
}

// Watch tells of new streams.
func (a *Adapter) Watch(ctx context.Context) (<-chan struct{}, error) {
	news := make(chan struct{}, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watchers = append(a.watchers, news)
	context.AfterFunc(ctx, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.watchers = slices.DeleteFunc(a.watchers, func(c chan struct{}) bool { return c == news })
		close(news)
	})
	return news, nil
}

// tell wakes the watchers. The lock is held.
func (a *Adapter) tell() {
	for _, c := range a.watchers {
		select {
		case c <- struct{}{}:
		default: // one is waiting already
		}
	}
}

// find returns a stream. The lock is held.
func (a *Adapter) find(name string) (*log, error) {
	if l, ok := a.streams[name]; ok {
		return l, nil
	}
	return nil, fault.New(fault.NotFound, "stream %s does not exist", name)
}

func (l *log) info() stream.Info {
	info := stream.Info{Name: l.name, Last: uint64(len(l.records)), Messages: uint64(len(l.records)), Bytes: l.bytes}
	if n := len(l.records); n > 0 {
		info.LastTime = l.records[n-1].Stored
	}
	return info
}

func (l *log) store(batch []stream.Message, now time.Time) {
	id := ""
	if len(batch) > 1 {
		id = "batch-" + strconv.Itoa(len(l.records)+1)
	}
	for i, m := range batch {
		l.records = append(l.records, stream.Record{
			Stream: l.name, Sequence: uint64(len(l.records) + 1), Subject: m.Subject, ID: m.ID, Origin: m.Origin, Trace: m.Trace, Data: slices.Clone(m.Data),
			Stored: now, Batch: id, Commit: i == len(batch)-1,
		})
		l.last[m.Subject] = uint64(len(l.records))
		l.bytes += uint64(len(m.Data) + len(m.Subject))
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// lastUnder returns the highest sequence under a filter, 0 when there is none.
func (l *log) lastUnder(filter string) uint64 {
	if !stream.HasWildcard(filter) {
		return l.last[filter]
	}
	var last uint64
	for subject, seq := range l.last {
		if seq > last && stream.Matches(filter, subject) {
			last = seq
		}
	}
	return last
}
