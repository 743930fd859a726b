package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/api/tail"
)

const (
	// heartbeat is how often a quiet event stream says that it is alive, so that proxies and clients keep it.
	heartbeat = 15 * time.Second
	// writeLimit is how long a client may take to accept one event before it is cut off; it resumes with Last-Event-ID.
	writeLimit = 30 * time.Second
)

type eventsInput struct {
	Subject        string `query:"subject" doc:"Pattern of the subjects to follow, for example pw.rate.usd.>; everything when empty." example:"pw.rate.usd.>"`
	From           string `query:"from" doc:"start, now (default), a sequence of the one stream that the subject lies in, or a time: events known at or after it." example:"start"`
	LastPerSubject bool   `query:"last_per_subject" doc:"Begin with the last event of each subject: the current state."`
	LastEventID    string `header:"Last-Event-ID" doc:"The id of the last event received: resume behind it." example:"PRICES@1:42"`
}

func (s *server) registerEvents(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "follow-events", Method: http.MethodGet, Path: "/v1/events", Summary: "Follow the events",
		Description: "Server-sent events: each event's data is a CloudEvent in JSON with its stream and sequence; its id resumes behind it. Each is sent at least once, in order per subject.",
		Tags:        []string{"events"},
		Responses:   map[string]*huma.Response{"200": {Description: "An endless stream of events.", Content: map[string]*huma.MediaType{"text/event-stream": {}}}},
	}, s.followEvents)
}

func (s *server) followEvents(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	options, notBefore, err := in.options()
	if err != nil {
		return nil, problemOf(err)
	}
	if _, err := s.deps.Streams.Streams(ctx); err != nil { // say so with a status while there is still one to give
		return nil, problemOf(err)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		_, w := humago.Unwrap(hctx)
		hctx.SetHeader("Content-Type", "text/event-stream")
		hctx.SetHeader("Cache-Control", "no-store")
		sink := &eventSink{w: w, control: http.NewResponseController(w), notBefore: notBefore}
		if err := s.stream(hctx.Context(), options, sink); err != nil && hctx.Context().Err() == nil {
			s.log.Info("event stream ended", zap.Error(err))
		}
	}}, nil
}

// stream follows until the client goes or the server stops.
func (s *server) stream(ctx context.Context, options tail.Options, sink *eventSink) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.stopping, func() { cancel(errStopping) })()
	if err := sink.comment("follow"); err != nil {
		return err
	}
	items := make(chan tail.Item)
	ended := make(chan error, 1)
	go func() {
		ended <- tail.Follow(ctx, s.deps.Streams, options, func(item tail.Item) error {
			select {
			case items <- item:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		var err error
		select {
		case item := <-items:
			err = sink.event(item)
		case <-alive.C:
			err = sink.comment("alive")
		case err := <-ended:
			return errors.Join(err, sink.failure(err))
		}
		if err != nil {
			cancel(err)
			return errors.Join(err, quiet(<-ended))
		}
	}
}

// quiet drops the end of a context, which is what ended the follower.
func quiet(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

var errStopping = errors.New("server is stopping")

// options reads where to follow from.
func (in *eventsInput) options() (tail.Options, time.Time, error) {
	var p params
	o := tail.Options{Subject: in.Subject}
	if in.Subject != "" && !stream.ValidFilter(in.Subject) {
		p.wrong("query.subject", "\""+in.Subject+"\" is not a subject pattern; write for example pw.rate.usd.>")
	}
	var notBefore time.Time
	sequence, err := strconv.ParseUint(in.From, 10, 64)
	switch {
	case in.From == "start":
	case in.From == "" || in.From == "now":
		o.Start = stream.Start{New: !in.LastPerSubject}
	case err == nil:
		o.Start = stream.Start{Sequence: max(sequence, 1)}
		if !tail.WithinOneStream(in.Subject) {
			p.wrong("query.from", "a sequence counts within one stream; name a subject such as pw.rate.usd.> or pw.price.>")
		}
	default:
		notBefore = p.instant("query.from", in.From, notBefore)
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
			return o, notBefore, err
		}
		o.Position = position
	}
	return o, notBefore, p.err()
}

// eventSink writes server-sent events. Every write has its time limit, so that a client that stops reading cannot hold anything.
type eventSink struct {
	w         io.Writer
	control   *http.ResponseController
	notBefore time.Time
}

func (k *eventSink) event(item tail.Item) error {
	if !k.notBefore.IsZero() && eventTime(item.Record.Data).Before(k.notBefore) {
		return nil
	}
	if _, err := event.Decode(item.Record.Subject, item.Record.Data); err != nil { // it is in the rejects, and no event
		return nil //nolint:nilerr // leaving it out is the answer
	}
	data, err := annotate(item.Record)
	if err != nil {
		return err
	}
	return k.write(fmt.Appendf(nil, "id: %s\ndata: %s\n\n", item.Position, data))
}

func (k *eventSink) comment(text string) error { return k.write([]byte(": " + text + "\n\n")) }

// failure tells a client why its stream ended, where that is not its own doing.
func (k *eventSink) failure(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	p, marshalErr := json.Marshal(problemOf(err))
	return errors.Join(marshalErr, k.write(fmt.Appendf(nil, "event: problem\ndata: %s\n\n", p)))
}

func (k *eventSink) write(chunk []byte) error {
	if err := k.control.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil { //nolint:forbidigo // network time-outs are real time
		return err
	}
	if _, err := k.w.Write(chunk); err != nil {
		return err
	}
	return k.control.Flush()
}

// annotate adds the CloudEvents extensions stream and sequence to an event: where it stands.
func annotate(record stream.Record) ([]byte, error) {
	var line bytes.Buffer
	if err := json.Compact(&line, record.Data); err != nil { // one line an event
		return nil, fmt.Errorf("read event: %w", err)
	}
	line.Truncate(line.Len() - 1) // the closing brace
	return fmt.Appendf(line.Bytes(), `,"stream":%q,"sequence":"%d"}`, record.Stream.Name, record.Sequence), nil
}

// eventTime is the event's own time, zero when it has none.
func eventTime(data []byte) time.Time {
	var envelope struct {
		Time time.Time `json:"time"`
	}
	if json.Unmarshal(data, &envelope) != nil {
		return time.Time{}
	}
	return envelope.Time
}
