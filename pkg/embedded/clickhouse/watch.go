package clickhouse

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go/proto"
)

// watched runs a query and meanwhile watches the socket: a cancel packet, or the client's end, kills the query. A cancelled query is
// answered with an end of stream, as a server does.
func (s *session) watched(run func() error) error {
	if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	w := &watch{session: s, ended: make(chan struct{})}
	w.running.Go(w.follow)
	err := run()
	close(w.ended)
	if deadlineErr := s.conn.SetReadDeadline(time.Unix(1, 0)); deadlineErr != nil { // wakes the watch
		err = errors.Join(deadlineErr, err)
	}
	w.running.Wait()
	switch {
	case w.gone:
		return io.EOF
	case w.cancelled && isException(err):
		return nil
	}
	return err
}

// watch follows the client's socket while a query runs. Its findings may be read once running is done.
type watch struct {
	session   *session
	ended     chan struct{} // closed when the query has ended
	running   sync.WaitGroup
	cancelled bool
	gone      bool
}

func (w *watch) follow() {
	next, err := w.session.raw.Peek(1)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return
	case err != nil:
		w.gone = true
	case proto.ClientCode(next[0]) == proto.ClientCodeCancel:
		w.cancelled = true
		_, _ = w.session.raw.Discard(1) // it was peeked
	default: // the client sent its next query already
		return
	}
	w.session.server.engine.killUntil(w.ended, w.session.mark)
}

func isException(err error) bool {
	_, ok := errors.AsType[*exception](err)
	return ok
}
