package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
)

const (
	// silence is how long a stream of events may be silent: the server says every 15 seconds that it is alive.
	silence = 45 * time.Second
	// longestField bounds a line of a stream of events: an event, and what the server adds to it.
	longestField = event.SizeLimit + 64<<10
)

// signal is one message of a stream of server-sent events. Without data it only says how far the stream is.
type signal struct {
	id   string // of the stream so far
	data []byte
}

// listen opens the stream of events and hands over its messages until it breaks off, ctx ends or take fails. The end of the connection is Unavailable.
func (c *Client) listen(ctx context.Context, query url.Values, resume string, take func(signal) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := get("/v1/events", query)
	r.accept = "text/event-stream"
	r.again = false // whoever listens comes back by himself
	if resume != "" {
		r.set("Last-Event-ID", resume)
	}
	quiet := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer quiet.Stop()
	response, err := c.send(ctx, r)
	if err != nil {
		return orSilent(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	in := &signals{lines: bufio.NewReaderSize(response.Body, 64<<10)}
	for {
		quiet.Reset(silence)
		s, err := in.next()
		quiet.Stop() // the subscriber may take its time
		if err != nil {
			return orSilent(ctx, err)
		}
		if err := take(s); err != nil {
			return err
		}
	}
}

var errSilent = errors.New("the server has been silent for too long")

// orSilent says why a connection ended: the caller's context, our own impatience, or what broke.
func orSilent(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	var e *Error
	switch {
	case errors.Is(cause, errSilent):
		return failed(fault.Unavailable, "follow events: %w", errSilent)
	case cause != nil:
		return cause
	case errors.As(err, &e):
		return err
	}
	return failed(fault.Unavailable, "follow events: the stream broke off: %w", err)
}

// signals reads messages of the text/event-stream format.
type signals struct {
	lines *bufio.Reader
	id    string
}

func (s *signals) next() (signal, error) {
	var data []byte
	kind := ""
	said := false
	for {
		line, err := s.line()
		if err != nil {
			return signal{}, err // what came without its end has not come
		}
		if len(line) == 0 {
			if !said {
				continue
			}
			if kind == "problem" {
				e := ProblemOf(0, data)
				return signal{}, e
			}
			return signal{s.id, data}, nil
		}
		said = true
		name, value, _ := strings.Cut(string(line), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			s.id = value
		case "event":
			kind = value
		case "data":
			if data != nil {
				data = append(data, '\n')
			}
			data = append(data, value...)
		}
	}
}

// line reads one line, without its end, up to the longest that there can be.
func (s *signals) line() ([]byte, error) {
	var whole []byte
	for {
		part, err := s.lines.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull) && len(whole) <= longestField:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, failed(fault.Internal, "follow events: a line has more than %d bytes", longestField)
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		return bytes.TrimRight(whole, "\r\n"), nil
	}
}
