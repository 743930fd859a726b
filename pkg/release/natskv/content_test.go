package natskv_test

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/release/natskv"
)

// TestContentIsWholeWhateverAnswerIsLost cuts the connection behind each message that names what is stored. Who stores it again must get what
// can be read.
func TestContentIsWholeWhateverAnswerIsLost(t *testing.T) {
	server := natstest.Serve(t)
	beside := natstest.Connect(t, server)
	for names := range 3 {
		t.Run(fmt.Sprintf("behind name %d", names+1), func(t *testing.T) {
			cfg := natskv.Config{Contents: fmt.Sprintf("contents%d", names)}
			cut := natstest.Cutter{Says: [][]byte{[]byte("HPUB $O."), []byte(".M.")}}
			var lost atomic.Bool
			js := natstest.Connect(t, server, nats.SetCustomDialer(&cut), nats.ReconnectWait(10*time.Millisecond),
				nats.DisconnectErrHandler(func(*nats.Conn, error) { lost.Store(true) }))
			content, err := natskv.OpenContent(t.Context(), js, cfg)
			if err != nil {
				t.Fatal(err)
			}
			kept, err := beside.Stream(t.Context(), "OBJ_"+cfg.Contents)
			if err != nil {
				t.Fatal(err)
			}
			before := lastSequence(t, kept)
			cut.After = func() {
				for lastSequence(t, kept) < before+3+uint64(names) { // two pieces, and names
					time.Sleep(time.Millisecond)
				}
			}
			cut.Behind(names + 1)
			data := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
			long, cancel := context.WithTimeout(t.Context(), time.Hour) // as long as a request of a client may have
			defer cancel()
			sum, err := content.Put(long, data)
			if cut := lost.Load(); cut != (names < 2) || names == 0 && err == nil {
				t.Fatalf("the connection was lost: %v; %v", cut, err)
			}
			if err != nil {
				if sum, err = content.Put(t.Context(), data); err != nil {
					t.Fatal(err)
				}
			}
			got, err := content.Get(within(t, 20*time.Second), sum)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
	}
}

// TestTheSameListStoredByManyAtOnceIsKeptOnce stores what others store at the same instant: it has one name afterwards.
func TestTheSameListStoredByManyAtOnceIsKeptOnce(t *testing.T) {
	server := natstest.Serve(t)
	js := natstest.Connect(t, server)
	content, err := natskv.OpenContent(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 50_000)
	objects, err := js.ObjectStore(t.Context(), natskv.DefaultContents)
	if err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			sum, err := content.Put(t.Context(), data)
			if err != nil {
				return err
			}
			got, err := content.Get(t.Context(), sum)
			if err == nil && !bytes.Equal(got, data) {
				err = fmt.Errorf("read %d bytes", len(got))
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	names, err := objects.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 1 {
		t.Errorf("%d objects, the first %s", len(names), names[0].Name)
	}
}

func lastSequence(t *testing.T, of jetstream.Stream) uint64 {
	t.Helper()
	info, err := of.Info(context.Background())
	if err != nil {
		t.Error(err)
		return 1 << 62
	}
	return info.State.LastSeq
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
