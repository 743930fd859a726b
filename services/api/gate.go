package api

import (
	"io"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pricewire/pricewire/pkg/fault"
)

const (
	// lookupsAtOnce is how many lookups run at once: one of 100,000 lines takes a quarter of a gigabyte, and two connections of the store.
	lookupsAtOnce = 2
	// lookupWait is how long one more waits for its turn, retryLookup when it is to be sent again where that was not enough.
	lookupWait  = 5 * time.Second
	retryLookup = 10 * time.Second
)

// gate lets some requests run at once, and others wait for a while.
type gate struct {
	running chan struct{}
	wait    time.Duration
}

func newGate(most int, wait time.Duration) *gate { return &gate{make(chan struct{}, most), wait} }

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
	_ = ctx.SetReadDeadline(time.Now().Add(uploadTime))                         //nolint:forbidigo // network time-outs are real time
	_, _ = io.Copy(io.Discard, io.LimitReader(ctx.BodyReader(), largestLookup)) // a client reads no answer before it has sent everything
	w.Header().Set("Retry-After", strconv.Itoa(int(retryLookup/time.Second)))
	answerProblem(w, problemOf(fault.New(fault.Unavailable, "%d lookups run already, as many as may at once", cap(g.running)).
		WithHint("send it again after %s; ask for fewer lines at once", retryLookup)))
}

// tooMany is how a lookup is answered whose turn does not come.
func tooMany(op huma.Operation) huma.Operation {
	op.Responses["503"] = &huma.Response{
		Description: "Too many lookups run, or something that is needed is not there.",
		Headers:     map[string]*huma.Param{"Retry-After": {Description: "Seconds after which to send it again.", Schema: &huma.Schema{Type: huma.TypeInteger}}},
	}
	return op
}
