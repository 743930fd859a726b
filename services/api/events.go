package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/tail"
)

const (
	// heartbeat is how often a quiet event stream says that it is alive and how far it is, so that proxies and clients keep it.
	heartbeat = 15 * time.Second
	// eventStream is the media type of server-sent events.
	eventStream = "text/event-stream"
	// reconnectAfter is how long a browser waits before it takes up a stream that broke off.
	reconnectAfter = 2 * time.Second
	// eventsAtOnce is how much is written at once, in bytes, but for an event that is longer: what a client that stops reading holds.
	eventsAtOnce = 16 << 10
)

type eventsInput struct {
	EventFilters
	From           string `query:"from" doc:"start, now (default), a sequence of the one stream that the subjects lie in, or a time: events known at or after it." example:"start"`
	LastPerSubject bool   `query:"last_per_subject" doc:"Begin with the last event of each subject: the current state."`
	LastEventID    string `header:"Last-Event-ID" doc:"The id of the last event received: resume behind it." example:"PRICES@20261101T000000.000000000Z:42"`
}

// EventFilters choose events: those that pass all that is given.
type EventFilters struct {
	Subject   string `query:"subject" doc:"Patterns of subjects, with commas between, at most 32; an event passes that matches one." example:"pw.rate.usd.>,pw.price.us.>"`
	Type      string `query:"type" doc:"Event types, with commas between." example:"pricewire.rate.changed.v1"`
	Watchlist string `query:"watchlist" doc:"Only changes of what is on this watchlist: of its licence lines, its meters, and its SKUs in the offer matrix." example:"what-we-sell"`
	Market    string `query:"market" doc:"Only what is of this market: ISO 3166, or ww." example:"US"`
	Currency  string `query:"currency" doc:"Only what is of this currency." example:"USD"`
}

func (s *server) registerEvents(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "follow-events", Method: http.MethodGet, Path: "/v1/events", Summary: "Follow the events",
		Description: "Server-sent events: each event's data is a CloudEvent in JSON with its stream and sequence, and with the traceparent of what caused it where that is known; its id resumes behind it, whatever the filters left out. " +
			"Who may not see what a partner pays gets events without it, and not those that tell of nothing else. " +
			"Each is sent at least once, in order per subject. A quiet stream says every 15 seconds that it is alive, with an id and without data. A client that takes nothing " +
			"for 30 seconds is cut off, and misses nothing when it resumes.",
		Tags:      []string{"events"},
		Responses: map[string]*huma.Response{"200": {Description: "An endless stream of events.", Content: map[string]*huma.MediaType{eventStream: {Schema: &huma.Schema{Type: huma.TypeString}}}}},
	}, s.followEvents)
}

func (s *server) followEvents(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	options, err := in.options()
	if err == nil && in.Watchlist != "" {
		options.Filter.Watchlist, err = s.watched(ctx, in.Watchlist)
	}
	if err == nil {
		err = s.tail.Look(ctx) // say so with a status while there is still one to give
	}
	if err != nil {
		return nil, problemOf(err)
	}
	options.Filter.WithoutCost = !seesCost(ctx)
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		_, w := humago.Unwrap(hctx)
		hctx.SetHeader("Content-Type", eventStream)
		hctx.SetHeader("Cache-Control", "no-store")
		sink := &eventSink{w: w, control: http.NewResponseController(w), cost: seesCost(ctx), buffers: &s.events}
		err := s.tail.Follow(hctx.Context(), options, sink.batch)
		err = errors.Join(err, sink.failure(err))
		if hctx.Context().Err() == nil && s.stopping.Err() == nil {
			s.log.Info("event stream ended", zap.Error(err), traceID(hctx.Context()))
		}
	}}, nil
}

// filter reads the filters, but for the watchlist.
func (in *EventFilters) filter() (tail.Filter, error) {
	f := tail.Filter{Market: in.Market, Currency: in.Currency}
	f.Subjects = words(in.Subject)
	for _, t := range words(in.Type) {
		f.Types = append(f.Types, event.Type(t))
	}
	return f, f.Validate()
}

// options reads what to follow and where from.
func (in *eventsInput) options() (tail.Options, error) {
	var p params
	o := tail.Options{Beat: heartbeat}
	var err error
	if o.Filter, err = in.filter(); err != nil {
		for _, place := range fault.PlacesOf(err) {
			p.wrong("query."+place.Where, place.Problem)
		}
	}
	sequence, err := strconv.ParseUint(in.From, 10, 64)
	switch {
	case in.From == "start":
	case in.From == "" || in.From == "now":
		o.Start = stream.Start{New: !in.LastPerSubject}
	case err == nil:
		o.Start = stream.Start{Sequence: max(sequence, 1)}
		if !tail.WithinOneStream(o.Filter.Subjects) {
			p.wrong("query.from", "a sequence counts within one stream; name a subject such as pw.rate.usd.> or pw.price.>")
		}
	default:
		o.Filter.NotBefore = p.instant("query.from", in.From, time.Time{})
	}
	if in.LastPerSubject {
		if in.From != "" && in.From != "now" && in.From != "start" {
			p.wrong("query.last_per_subject", "begins with the current state and cannot be combined with from="+in.From)
		}
		o.Start = stream.Start{LastPerSubject: true}
	}
	if in.LastEventID != "" {
		position, err := tail.ParsePosition(in.LastEventID)
		if err != nil {
			return o, err
		}
		o.Position = position
	}
	return o, p.err()
}

// eventSink writes server-sent events. Every write has its time limit, so that a client that stops reading cannot hold anything.
type eventSink struct {
	w       io.Writer
	control *http.ResponseController
	cost    bool // whether the client may see it
	begun   bool
	buffers *buffers
}

// buffers are what events are put together in: thousands of clients who wait hold none.
type buffers struct{ pool sync.Pool }

func (b *buffers) get() *[]byte {
	if kept, ok := b.pool.Get().(*[]byte); ok {
		return kept
	}
	made := make([]byte, 0, eventsAtOnce+eventsAtOnce/4) // ids and line ends come on top
	return &made
}

// put keeps a buffer to be used again, unless a long event made it large.
func (b *buffers) put(used *[]byte) {
	if cap(*used) <= 4*eventsAtOnce {
		b.pool.Put(used)
	}
}

// batch writes some events, or how far the stream is.
func (k *eventSink) batch(b tail.Batch) error {
	if !k.begun {
		k.begun = true
		return k.write(fmt.Appendf(nil, "retry: %d\nid: %s\n: follow\n\n", reconnectAfter.Milliseconds(), b.Position))
	}
	if len(b.Entries) == 0 {
		return k.write(fmt.Appendf(nil, "id: %s\n: alive\n\n", b.Position))
	}
	mark := b.Position.Marks(b.Entries[0].Stream)
	buffer := k.buffers.get()
	defer k.buffers.put(buffer)
	chunk := (*buffer)[:0]
	for _, e := range b.Entries {
		line := e.Line(k.cost)
		if len(chunk) > 0 && len(chunk)+len(line) > eventsAtOnce {
			if err := k.write(chunk); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
		chunk = append(append(append(append(append(chunk, "id: "...), mark(e.Sequence)...), "\ndata: "...), line...), "\n\n"...)
		*buffer = chunk
	}
	return k.write(chunk)
}

// failure tells a client why its stream ended, where that is not its own doing.
func (k *eventSink) failure(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	p, marshalErr := json.Marshal(problemOf(err))
	return errors.Join(marshalErr, k.write(fmt.Appendf(nil, "event: problem\ndata: %s\n\n", p)))
}

func (k *eventSink) write(chunk []byte) error {
	if _, err := k.w.Write(chunk); err != nil {
		return err
	}
	return k.control.Flush()
}
