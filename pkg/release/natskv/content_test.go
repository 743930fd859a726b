package natskv_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/release/natskv"
)

// cutter dials connections and ends one when a message that names an object was sent over it for the n-th time, after the server has
// stored it and before its answer is heard.
type cutter struct {
	left   atomic.Int32 // names until the cut
	stored func()       // returns when the server has the message
}

func (c *cutter) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address)
	return &cutConn{Conn: conn, cutter: c}, err
}

type cutConn struct {
	net.Conn
	*cutter
	deaf atomic.Bool
}

func (c *cutConn) Write(b []byte) (int, error) {
	names := bytes.Contains(b, []byte("HPUB $O.")) && bytes.Contains(b, []byte(".M."))
	if !names || c.left.Add(-1) != 0 {
		return c.Conn.Write(b)
	}
	c.deaf.Store(true)
	n, err := c.Conn.Write(b)
	c.stored()
	_ = c.Close()
	return n, err
}

func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.deaf.Load() {
		return 0, io.EOF
	}
	return n, err
}

// TestContentIsWholeWhateverAnswerIsLost cuts the connection behind each message that names what is stored. Who stores it again must get what
// can be read.
func TestContentIsWholeWhateverAnswerIsLost(t *testing.T) {
	server, err := embedded.Open(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0"}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	beside := connect(t, server)
	for names := range int32(3) {
		t.Run(fmt.Sprintf("behind name %d", names+1), func(t *testing.T) {
			cfg := natskv.Config{Contents: fmt.Sprintf("contents%d", names)}
			var cut cutter
			var lost atomic.Bool
			connection, err := nats.Connect(server.URL(), nats.SetCustomDialer(&cut), nats.ReconnectWait(10*time.Millisecond),
				nats.DisconnectErrHandler(func(*nats.Conn, error) { lost.Store(true) }))
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			js, err := jetstream.New(connection)
			if err != nil {
				t.Fatal(err)
			}
			content, err := natskv.OpenContent(t.Context(), js, cfg)
			if err != nil {
				t.Fatal(err)
			}
			kept, err := beside.Stream(t.Context(), "OBJ_"+cfg.Contents)
			if err != nil {
				t.Fatal(err)
			}
			before := lastSequence(t, kept)
			cut.stored = func() {
				for lastSequence(t, kept) < before+3+uint64(names) { // two pieces, and names
					time.Sleep(time.Millisecond)
				}
			}
			cut.left.Store(names + 1)
			data := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
			sum, err := content.Put(t.Context(), data)
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
