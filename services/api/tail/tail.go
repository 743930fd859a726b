// Package tail follows several streams at once as one flow of records, from a start or a position, and picks up streams that appear
// later.
package tail

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/stream"
)

// discovery is how often a follower looks for streams that have appeared; a new currency's first events wait at most this long.
const discovery = 500 * time.Millisecond

// Options say what to follow and from where.
type Options struct {
	Subject  string       // pattern; empty for everything
	Start    stream.Start // where each stream begins; a Sequence needs a subject that lies in one stream
	Position Position     // where an earlier follower stopped; overrides Start for the streams it names
}

// Item is one record and the position after it.
type Item struct {
	Record   stream.Record
	Position Position
}

// Follow calls handle for every record, in order within a stream, until ctx ends or handle or a stream fails. Streams that are there when
// it begins start as the options say, later ones at their beginning.
func Follow(ctx context.Context, reader stream.Reader, o Options, handle func(Item) error) error {
	f := &follower{reader: reader, options: o, seen: map[string]bool{}, position: maps.Clone(o.Position), records: make(chan stream.Record), failed: make(chan error, 1)}
	if f.position == nil {
		f.position = Position{}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer f.running.Wait()
	defer cancel()
	if err := f.discover(ctx, o.Start); err != nil {
		return err
	}
	ticker := time.NewTicker(discovery)
	defer ticker.Stop()
	for {
		select {
		case r := <-f.records:
			f.position[r.Stream.String()] = r.Sequence
			if err := handle(Item{r, maps.Clone(f.position)}); err != nil {
				return err
			}
		case <-ticker.C:
			if err := f.discover(ctx, stream.Start{}); err != nil {
				return err
			}
		case err := <-f.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

type follower struct {
	reader   stream.Reader
	options  Options
	seen     map[string]bool
	position Position
	records  chan stream.Record
	failed   chan error
	running  sync.WaitGroup
}

// discover subscribes to the matching streams that are not followed yet.
func (f *follower) discover(ctx context.Context, start stream.Start) error {
	infos, err := f.reader.Streams(ctx)
	if err != nil {
		return err
	}
	var fresh []stream.Query
	for _, info := range infos {
		subjects := matching(info.Name.Name, f.options.Subject)
		if f.seen[info.Name.Name] || len(subjects) == 0 {
			continue
		}
		f.seen[info.Name.Name] = true
		from := start
		sequence, known, err := f.options.Position.of(info.Name.Name, info.Name.Incarnation)
		if err != nil {
			return err
		}
		if known {
			from = stream.Start{Sequence: sequence + 1}
		}
		fresh = append(fresh, stream.Query{Stream: info.Name.Name, Subjects: subjects, Start: from})
	}
	for _, q := range fresh {
		subscription, err := f.reader.Subscribe(ctx, q)
		if err != nil {
			return err
		}
		f.running.Go(func() { f.pump(ctx, subscription) })
	}
	return nil
}

// pump hands on a subscription's records; the follower takes them one by one, so that a slow one holds the stream back, not memory.
func (f *follower) pump(ctx context.Context, subscription stream.Subscription) {
	defer subscription.Stop()
	for {
		record, err := subscription.Next(ctx)
		if err != nil {
			select {
			case f.failed <- err:
			default:
			}
			return
		}
		select {
		case f.records <- record:
		case <-ctx.Done():
			return
		}
	}
}

// matching returns the subjects of a stream that the pattern covers.
func matching(name, pattern string) []string {
	declaration := stream.PricesDeclaration()
	if stream.IsRates(name) {
		declaration = stream.RatesDeclaration(strings.TrimPrefix(name, stream.Rates("")))
	}
	if pattern == "" {
		return declaration.Subjects
	}
	var subjects []string
	for _, declared := range declaration.Subjects {
		if common, ok := Intersect(declared, pattern); ok {
			subjects = append(subjects, common)
		}
	}
	return subjects
}
