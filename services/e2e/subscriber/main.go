// Command subscriber keeps a journal of everything that it is told: a line for each batch and, behind it, its position. What it has done and where it
// is are in one file, so they are stored together; a line without its position is what a kill has cut off, and is dropped at the next start.
//
// It is a complete program on pkg/client, and what the tests kill.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/pricewire/pricewire/pkg/client"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

func main() {
	nats := flag.String("nats", "", "URL of the NATS server to follow")
	http := flag.String("http", "", "or the base URL of the API to follow instead")
	path := flag.String("journal", "journal", "file to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *nats, *http, *path); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, nats, http, path string) error {
	j, err := openJournal(path)
	if err != nil {
		return err
	}
	defer func() { _ = j.file.Close() }()
	feed, done, err := feedOf(nats, http)
	if err != nil {
		return err
	}
	defer done()
	trouble := func(err error) { fmt.Fprintln(os.Stderr, "try again:", err) }
	return client.Follow(ctx, feed, client.Options{Trouble: trouble}, j)
}

func feedOf(nats, http string) (client.Feed, func(), error) {
	if nats == "" {
		c, err := client.New(http)
		if err != nil {
			return nil, nil, err
		}
		return c.Feed(), func() {}, nil
	}
	nc, err := natsgo.Connect(nats, natsgo.MaxReconnects(-1), natsgo.ReconnectWait(50*time.Millisecond), natsgo.RetryOnFailedConnect(true))
	if err != nil {
		return nil, nil, err
	}
	reader, err := jetstream.New(nc, jetstream.Config{})
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	return client.Streams(reader), nc.Close, nil
}

// journal is the subscriber.
type journal struct {
	file     *os.File
	position client.Position
}

// line is a batch in the journal.
type line struct {
	Stream   string
	Snapshot bool
	First    bool
	More     bool
	Events   []entry
	Position client.Position
}

type entry struct {
	Sequence uint64
	Subject  string
	Data     json.RawMessage
}

// Position returns what the last whole line led to, and says so.
func (j *journal) Position(context.Context) (client.Position, error) {
	fmt.Fprintln(os.Stderr, "following from", j.position)
	return j.position, nil
}

// Handle appends a batch and its position, and syncs them.
func (j *journal) Handle(_ context.Context, b client.Batch) error {
	l := line{b.Stream, b.Snapshot, b.First, b.More, make([]entry, len(b.Events)), b.Position}
	for i, e := range b.Events {
		l.Events[i] = entry{e.Sequence, e.Subject, e.Data}
	}
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(j.file, "%s\n%s%s\n", raw, mark, b.Position); err != nil {
		return err
	}
	return j.file.Sync()
}
