package api

import (
	"net/http"
	"time"
)

// writeLimit is how long a client may take to accept one piece of an answer before it is cut off. Events resume with Last-Event-ID.
const writeLimit = 30 * time.Second

// timed writes an answer to a client. Every piece has its time limit, so that a client that stops reading cannot hold anything. The server
// takes the limit off a connection that is used again.
type timed struct {
	http.ResponseWriter
	control *http.ResponseController
}

func newTimed(w http.ResponseWriter) *timed { return &timed{w, http.NewResponseController(w)} }

// Write is io.Writer's.
func (t *timed) Write(answer []byte) (int, error) {
	written := 0
	for {
		piece := answer[written:min(written+held, len(answer))]
		t.limit()
		n, err := t.ResponseWriter.Write(piece)
		if written += n; err != nil || written >= len(answer) {
			return written, err
		}
	}
}

// limit begins the time limit of what is written next; what answers in a test may have none.
func (t *timed) limit() { _ = t.control.SetWriteDeadline(time.Now().Add(writeLimit)) } //nolint:forbidigo // network time-outs are real time

// Unwrap lets the rest of what the server can do be found.
func (t *timed) Unwrap() http.ResponseWriter { return t.ResponseWriter }
