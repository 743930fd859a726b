package main

import "bytes"

// point is a moment of a protocol at which something can be done to a connection.
type point string

// Moments of ClickHouse's native protocol.
const (
	insertData   point = "insert-data"   // the first block of an insertion is on its way to the server
	insertAnswer point = "insert-answer" // the server has answered an insertion, which has happened; the client has not heard of it
)

// Moments of NATS's protocol.
const (
	batchCommit point = "batch-commit" // the message that commits an atomic batch is on its way to the server
	batchAck    point = "batch-ack"    // the server has acknowledged a batch, which is on disk; the publisher has not heard of it
)

// part is how much of the piece that springs a trap is passed on.
type part string

const (
	nothing part = "before" // none of it
	half    part = "during" // its first half
	all     part = "after"  // all of it
)

// trap waits for a point, passes a part of the piece on, does something and cuts the connection.
type trap struct {
	at     point
	skip   int // how many of these points pass by first
	part   part
	do     func() // nil: nothing but the cut
	passes bool   // the connection is not cut
	done   chan struct{}
}

func newTrap(at point, skip int, p part, do func()) *trap {
	return &trap{at: at, skip: skip, part: p, do: do, done: make(chan struct{})}
}

// kept is how many bytes of the piece are passed on.
func (t *trap) kept(n int) int {
	switch t.part {
	case half:
		return (n + 1) / 2
	case all:
		return n
	default:
		return 0
	}
}

// watcher sees what passes on one connection, piece by piece, and says which points each is.
type watcher interface {
	see(piece []byte, d direction) []point
}

// clickhouseWatcher follows insertions: the query, the server's empty block, the client's blocks, the answer.
type clickhouseWatcher struct {
	state insertion
	tail  []byte // of what the client sent last
}

type insertion int

const (
	noInsertion insertion = iota
	asked                 // the query was sent
	sampled               // the server has said what columns there are
	sent                  // blocks were sent
)

func watchClickHouse() watcher { return &clickhouseWatcher{} }

func (w *clickhouseWatcher) see(piece []byte, d direction) []point {
	switch {
	case d == fromClient && w.found(piece):
		w.state = asked
	case d == fromServer && w.state == asked:
		w.state = sampled
	case d == fromClient && w.state == sampled:
		w.state = sent
		return []point{insertData}
	case d == fromServer && w.state == sent:
		w.state = noInsertion
		return []point{insertAnswer}
	}
	return nil
}

// found reports whether an insertion's query ends in this piece.
func (w *clickhouseWatcher) found(piece []byte) bool {
	const query = "INSERT INTO "
	if w.state == sampled || w.state == sent { // these are blocks
		return false
	}
	text := append(w.tail, piece...)
	w.tail = append([]byte(nil), text[max(0, len(text)-len(query)+1):]...)
	return bytes.Contains(text, []byte(query))
}

// natsWatcher looks for the commits of atomic batches and their acknowledgements.
type natsWatcher struct{ tails [2][]byte }

func watchNATS() watcher { return &natsWatcher{} }

func (w *natsWatcher) see(piece []byte, d direction) []point {
	sign, at := "Nats-Batch-Commit", batchCommit
	if d == fromServer {
		sign, at = `"batch":"`, batchAck
	}
	text := append(w.tails[d], piece...)
	w.tails[d] = append([]byte(nil), text[max(0, len(text)-len(sign)+1):]...)
	// What the server sends back to subscribers has the header too, hence the direction.
	if bytes.Contains(text, []byte(sign)) {
		return []point{at}
	}
	return nil
}
