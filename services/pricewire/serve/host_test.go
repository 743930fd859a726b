package serve

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// answered is a program with one part, which a request needs until it has been answered.
type answered struct {
	address string
	asked   chan struct{} // closed when the request is there
	ended   chan error    // why no further request is taken while the part stops; nil: one is
	running bool          // whether the part ran when the request was answered
	stopped chan struct{}
}

func (*answered) flags(*pflag.FlagSet)                   {}
func (*answered) validate(*common, *command.Wrong) error { return nil }
func (*answered) close(context.Context, *host)           {}
func (a *answered) start(ctx context.Context, h *host) error {
	h.group.Start(ctx, daemon.Part{Name: "part", Run: func(ctx context.Context) error {
		<-ctx.Done()
		close(a.stopped)
		conn, err := net.Dial("tcp", a.address)
		if err == nil {
			_ = conn.Close()
		}
		a.ended <- err
		return nil
	}})
	stopping := make(chan struct{})
	h.door.answer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(a.asked)
		<-stopping
		select {
		case <-a.stopped:
		default:
			a.running = true
		}
		_, _ = io.WriteString(w, "answered")
	}), func() { close(stopping) })
	return nil
}

func TestRequestsAreAnsweredBeforeThePartsStopAndNoneIsTakenThen(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &answered{address: listener.Addr().String(), asked: make(chan struct{}), ended: make(chan error, 1), stopped: make(chan struct{})}
	p := newProcess("trial", "", a.address, a)
	log := zap.NewNop()
	h := &host{log: log, group: daemon.NewGroup(log), door: &door{}}
	h.door.answer(starting(), nil)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- p.serve(ctx, h, listener, nil) }()
	answers := make(chan string, 1)
	go func() {
		for { // until the program has opened the door
			answer := status(t, a.address, "/trial")
			if answer != "503" {
				answers <- answer
				return
			}
		}
	}()
	<-a.asked
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	if answer := <-answers; answer != "200" || !a.running {
		t.Errorf("the request was answered with %s, while the part ran: %t", answer, a.running)
	}
	if err := <-a.ended; err == nil {
		t.Error("a request is taken while the parts stop")
	}
}
