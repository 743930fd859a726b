package api

import (
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pricewire/pricewire/pkg/fault"
)

const (
	// lookupsAtOnce is how many lookups run at once: one of 100,000 lines takes a quarter of a gigabyte, and two connections of the store.
	lookupsAtOnce = 2
	// lookupWait is how long one more waits for its turn.
	lookupWait = 5 * time.Second
	// uploadsAtOnce is how many uploads are read at once: one may take three quarters of a gigabyte, packed and unpacked. One more waits uploadWait
	// for its turn.
	uploadsAtOnce = 4
	uploadWait    = time.Minute
	// retryTurn is when something is to be sent again whose turn did not come.
	retryTurn = 10 * time.Second
)

// gate lets some requests run at once, and others wait for a while.
type gate struct {
	running chan struct{}
	wait    time.Duration
	what    string // is let through, for people
	largest int64  // body in bytes
}

func newGate(most int, wait time.Duration) *gate {
	return &gate{running: make(chan struct{}, most), wait: wait}
}

// newTurns is a gate for requests whose bodies and answers are held in memory.
func newTurns(what string, most int, wait time.Duration, largest int64) *gate {
	return &gate{make(chan struct{}, most), wait, what, largest}
}

// enter waits for a turn, which leave ends; false when it does not come in time or the client has gone.
func (g *gate) enter(gone <-chan struct{}) bool {
	select {
	case g.running <- struct{}{}:
		return true
	default:
	}
	late := time.NewTimer(g.wait) //nolint:forbidigo // a client waits in real time
	defer late.Stop()
	select {
	case g.running <- struct{}{}:
		return true
	case <-late.C:
	case <-gone:
	}
	return false
}

func (g *gate) leave() { <-g.running }

// inTurn runs an operation within the gate, from before its body is read until the last of its answer is written: both are held in memory.
func (g *gate) inTurn(ctx huma.Context, next func(huma.Context)) {
	if g.enter(ctx.Context().Done()) {
		defer g.leave()
		next(ctx)
		return
	}
	_, w := humago.Unwrap(ctx)
	_ = ctx.SetReadDeadline(time.Now().Add(uploadTime))                     //nolint:forbidigo // network time-outs are real time
	_, _ = io.Copy(io.Discard, io.LimitReader(ctx.BodyReader(), g.largest)) // a client reads no answer before it has sent everything
	answerLater(w, http.StatusServiceUnavailable, retryTurn, fault.New(fault.Unavailable, "%d %s run already, as many as may at once", cap(g.running), g.what).
		WithHint("send it again after %s; send less at once", retryTurn))
}

// tooMany is how something is answered whose turn does not come.
func tooMany(op huma.Operation, what string) huma.Operation {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["503"] = &huma.Response{
		Description: "Too many " + what + " run, or something that is needed is not there.",
		Headers:     map[string]*huma.Param{"Retry-After": {Description: "Seconds after which to send it again.", Schema: &huma.Schema{Type: huma.TypeInteger}}},
	}
	return op
}
