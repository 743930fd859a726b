package tail_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/pkg/tail"
)

// TestWhoJoinsWhileBatchesAreStoredGetsWholeOnes has followers, each of a hub of its own, join a real server that stores one large batch after the other.
func TestWhoJoinsWhileBatchesAreStoredGetsWholeOnes(t *testing.T) {
	server := natstest.Serve(t)
	streams, err := jetstream.New(natstest.Connect(t, server, natsgo.InProcessServer(server)).Conn(), jetstream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if _, err := streams.Declare(ctx, stream.RatesDeclaration("USD")); err != nil {
		t.Fatal(err)
	}
	const size, batches = 2000, 5
	name, m := example(t, event.TypeCrawlProgressed)
	batch := slices.Repeat([]stream.Message{m}, size)
	for i := range batch[:size-1] {
		scope := strings.NewReplacer("azure-usd", fmt.Sprintf("scope-%d", i))
		batch[i].Subject, batch[i].Data = scope.Replace(m.Subject), []byte(scope.Replace(string(m.Data)))
	}
	var busy sync.WaitGroup
	busy.Go(func() {
		for range batches {
			if _, err := streams.Publish(ctx, name, batch, stream.Expectation{}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 24 {
		busy.Go(func() {
			if err := joinsAWhole(ctx, streams, size, size*batches); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(20 * time.Millisecond)
	}
	busy.Wait()
}

// joinsAWhole follows from now to the end, and makes sure that it begins behind a batch and that nothing is left out.
func joinsAWhole(ctx context.Context, streams stream.Reader, size, end uint64) error {
	hub, stop := context.WithCancel(ctx)
	defer stop()
	var due uint64
	err := tail.NewHub(hub, streams, tail.Config{Bytes: 1 << 20}).Follow(ctx, fromNow(), func(b tail.Batch) error {
		if due == 0 {
			for _, at := range b.Position {
				due = at + 1
			}
			if due%size != 1 {
				return fmt.Errorf("begins at %d, within a batch", due)
			}
		}
		for _, e := range b.Entries {
			if e.Sequence != due {
				return fmt.Errorf("%d came where %d was due", e.Sequence, due)
			}
			due++
		}
		if due > end {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
