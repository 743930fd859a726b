package part

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// followLook is how often a follower looks, and followTime how long a look at the tables may take, and an answer of their writer.
	followLook = 5 * time.Second
	followTime = 4 * time.Second
	// stalledAfter is how long the tables may stay where they are behind a stream before that is an alarm.
	stalledAfter = 30 * time.Second
	// mostRejects is how many rejected messages of a stream are counted.
	mostRejects = 100
)

// Followed are what a follower looks at.
type Followed interface {
	Positions(ctx context.Context) (map[string]uint64, error)
	Rejects(ctx context.Context, q history.RejectList) (history.RejectPage, error)
}

// Writer is the tables' writer in another process.
type Writer interface {
	// Alarms are what it alone knows and wants a person to look at, a sentence each.
	Alarms(ctx context.Context) ([]string, error)
}

// Follower tells from the streams and the tables alone what the tables' writer, in another process, would have told: that it does not follow,
// and that messages were rejected. It counts all rejected messages that the tables hold, not only those since a start. What the writer alone
// knows it asks, where it was told of one. Times are real.
type Follower struct {
	streams stream.Reader
	tables  Followed
	writer  Writer // nil: nobody is asked

	mu     sync.Mutex
	seen   map[stream.Name]standstill
	alarms []string
}

// standstill is where the tables stand behind a stream, and since when they were seen there.
type standstill struct {
	position uint64
	since    time.Time
}

// NewFollower returns a follower that has not looked yet. writer may be nil.
func NewFollower(streams stream.Reader, tables Followed, writer Writer) *Follower {
	return &Follower{streams: streams, tables: tables, writer: writer, seen: map[stream.Name]standstill{}}
}

// Run looks at once and then now and again until ctx ends.
func (f *Follower) Run(ctx context.Context) error {
	ticker := time.NewTicker(followLook)
	defer ticker.Stop()
	for {
		f.look(ctx, time.Now()) //nolint:forbidigo // how long the tables stand still is real time
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Alarms are what a person should look at, as of the last look.
func (f *Follower) Alarms() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.alarms
}

// look finds out how the tables follow at an instant, and what their writer says. What cannot be found out is an alarm as well.
func (f *Follower) look(ctx context.Context, now time.Time) {
	alarms, err := f.find(ctx, now)
	if err != nil {
		alarms = append(alarms, "how the tables follow the streams is not known: "+err.Error())
	}
	told, err := f.ask(ctx)
	if err != nil {
		told = append(told, "how the tables are written, and what audits of them found, is not known: "+err.Error())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.alarms = append(alarms, told...)
}

// ask is what the writer says.
func (f *Follower) ask(ctx context.Context) ([]string, error) {
	if f.writer == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, followTime)
	defer cancel()
	return f.writer.Alarms(ctx)
}

// find is for Run's goroutine alone, as seen is.
func (f *Follower) find(ctx context.Context, now time.Time) (alarms []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, followTime)
	defer cancel()
	infos, err := f.streams.Streams(ctx)
	if err != nil {
		return nil, err
	}
	positions, err := f.tables.Positions(ctx)
	if err != nil {
		return nil, err
	}
	for _, info := range infos {
		if text := f.stalled(info, positions[info.Name.String()], now); text != "" {
			alarms = append(alarms, text)
		}
		page, err := f.tables.Rejects(ctx, history.RejectList{Stream: info.Name.String(), Page: history.Page{Limit: mostRejects}})
		if err != nil {
			return alarms, err
		}
		switch n := len(page.Items); {
		case page.Next != "":
			alarms = append(alarms, fmt.Sprintf("more than %d messages of %s were rejected; see pricewire rejects list", n, info.Name.Name))
		case n > 0:
			alarms = append(alarms, fmt.Sprintf("%d messages of %s were rejected, and a release of which one is stays invisible; see pricewire rejects list", n, info.Name.Name))
		}
	}
	return alarms, nil
}

// stalled says that the tables are behind a stream and have not moved for long.
func (f *Follower) stalled(info stream.Info, position uint64, now time.Time) string {
	if position >= info.Last {
		delete(f.seen, info.Name)
		return ""
	}
	last, known := f.seen[info.Name]
	if !known || last.position != position {
		last = standstill{position, now}
		f.seen[info.Name] = last
	}
	still := now.Sub(last.since)
	if still < stalledAfter {
		return ""
	}
	return fmt.Sprintf("the tables stand at %d of %s, which ends at %d, for %s: is a materializer running?", position, info.Name.Name, info.Last, still.Round(time.Second))
}
