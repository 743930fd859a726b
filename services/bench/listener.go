package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// listenerBuffer is what a client reads at once: ten thousand of them are in one process.
const listenerBuffer = 2 << 10

// listener is one client that follows the events.
type listener struct {
	*audience

	number int
	next   uint64 // the sequence that is due
	conn   net.Conn
}

// dial asks for the events from now on, and returns what reads the connection.
func (l *listener) dial(ctx context.Context) (*bufio.Reader, error) {
	address := strings.TrimPrefix(l.server.HTTP, "http://")
	var err error
	if l.conn, err = (&net.Dialer{Timeout: time.Minute}).DialContext(ctx, "tcp", address); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	_, err = fmt.Fprintf(l.conn, "GET /v1/events?currency=%s HTTP/1.1\r\nHost: %s\r\n\r\n", usd, address)
	return bufio.NewReaderSize(l.conn, listenerBuffer), err
}

// follow reads every event, and makes sure that each comes once and in order.
func (l *listener) follow(ctx context.Context) error {
	in, err := l.dial(ctx)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = l.conn.Close() })() // whoever reads has its own error
	defer func() { _ = l.conn.Close() }()
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "follow events: %s", answer.Status)
	}
	return l.read(ctx, bufio.NewReaderSize(answer.Body, listenerBuffer))
}

// read reads messages until the connection ends.
func (l *listener) read(ctx context.Context, in *bufio.Reader) error {
	at := uint64(0)
	for begins := true; ; {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("follow events behind %d: %w", l.next-1, err)
		}
		if begins {
			if at, err = l.line(ctx, line, at); err != nil {
				return err
			}
		}
		begins = line[len(line)-1] == '\n'
	}
}

// line takes in a line, or its beginning where it is long, and returns the sequence of the message that it is of.
func (l *listener) line(ctx context.Context, line []byte, at uint64) (uint64, error) {
	name, value, _ := bytes.Cut(line, []byte(": "))
	switch string(name) {
	case "id":
		mark := value[bytes.LastIndexByte(value, ':')+1:]
		return strconv.ParseUint(string(bytes.TrimSpace(mark)), 10, 64)
	case "data":
		if at != l.next {
			return 0, fault.New(fault.Internal, "event %d came where %d was due", at, l.next)
		}
		l.next++
		if at == l.due.Load() {
			tell(ctx, l.arrived, time.Now()) //nolint:forbidigo // what is measured is real time
		}
	case "":
		if !bytes.HasPrefix(line, []byte(": follow")) {
			break
		}
		if at != l.next-1 {
			return 0, fault.New(fault.Internal, "a client begins behind %d, and the stream ends at %d", at, l.next-1)
		}
		tell(ctx, l.joined, struct{}{})
	case "event":
		return 0, fault.New(fault.Internal, "follow events behind %d: %s", l.next-1, value)
	}
	return at, nil
}

// dawdle reads nothing, or, every other one, some bytes a second, until it is cut off, which is the server's right.
func (l *listener) dawdle(ctx context.Context) error {
	in, err := l.dial(ctx)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = l.conn.Close() })() // the same
	defer func() { _ = l.conn.Close() }()
	if c, ok := l.conn.(*net.TCPConn); ok {
		_ = c.SetReadBuffer(listenerBuffer) // a hint
	}
	if status, err := in.ReadString('\n'); err != nil || !strings.Contains(status, " 200 ") {
		return fault.New(fault.Unavailable, "join: %q, %w", status, err)
	}
	tell(ctx, l.joined, struct{}{})
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
		if _, err := io.CopyN(io.Discard, l.conn, int64(l.number%2*64)); err != nil {
			return nil //nolint:nilerr // it was cut off
		}
	}
	return nil
}
