package jetstream_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/fault"
)

// deafDoor passes connections on to a server. When it is deaf it lets questions through and loses the answers; the first answer that is
// lost is told, and the connection is cut with it.
type deafDoor struct {
	listener net.Listener
	target   string
	passing  sync.WaitGroup

	mu   sync.Mutex
	deaf bool
}

func openDoor(t *testing.T, target string) *deafDoor {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &deafDoor{listener: listener, target: target}
	d.passing.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				client.Close()
				continue
			}
			d.passing.Go(func() { io.Copy(server, client); server.Close(); client.Close() })
			d.passing.Go(func() { d.answers(client, server) })
		}
	})
	t.Cleanup(func() { listener.Close(); d.passing.Wait() })
	return d
}

// answers passes on what the server says, until it is deaf: then it cuts, once.
func (d *deafDoor) answers(client, server net.Conn) {
	defer client.Close()
	defer server.Close()
	piece := make([]byte, 1<<16)
	for {
		n, err := server.Read(piece)
		d.mu.Lock()
		deaf := d.deaf
		d.deaf = false
		d.mu.Unlock()
		if err != nil || deaf {
			return
		}
		if _, err := client.Write(piece[:n]); err != nil {
			return
		}
	}
}

func (d *deafDoor) loseNext() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf = true
}

func TestAQuestionWhoseAnswerIsLostWithTheConnectionEndsWithIt(t *testing.T) {
	srv := natstest.Serve(t)
	door := openDoor(t, srv.URL()[len("nats://"):])
	nc, err := natsgo.Connect("nats://"+door.listener.Addr().String(), natsgo.MaxReconnects(-1), natsgo.ReconnectWait(20*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	a := adapt(t, nc)
	declare(t, a)
	publish(t, a, batchOf("first", 3))
	for name, ask := range map[string]func() error{
		"info":    func() error { _, err := a.Info(limited(t, 20*time.Second), usd); return err },
		"streams": func() error { _, err := a.Streams(limited(t, 20*time.Second)); return err },
		"check":   func() error { return a.Check(limited(t, 20*time.Second)) },
		"batches": func() error { return a.CheckBatches(limited(t, 20*time.Second), usd) },
		"last":    func() error { _, err := a.Last(limited(t, 20*time.Second), usd, ">"); return err },
	} {
		if err := nc.FlushTimeout(10 * time.Second); err != nil { // connected again, and nothing is on its way
			t.Fatal(err)
		}
		door.loseNext()
		began := time.Now()
		if err := ask(); !fault.Is(err, fault.Unavailable) || errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "connection was lost") || time.Since(began) > 10*time.Second {
			t.Errorf("%s: %v after %s", name, err, time.Since(began))
		}
		if err := ask(); err != nil { // it comes with the next connection
			t.Errorf("%s, again: %v", name, err)
		}
	}
}
