package client

import "github.com/pricewire/pricewire/pkg/stream"

// course is how one stream is followed: it makes pieces of the records that come.
type course struct {
	stream string
	o      *Options
	mark   Mark // behind what was handed over, or passed by because nobody wants it
	first  bool // nothing of its snapshot was handed over yet
	held   []Event
	give   func(piece) error
}

// state takes a record of the snapshot.
func (c *course) state(sequence uint64, e Event) error {
	if c.wanted(e.Subject) {
		c.held = append(c.held, e)
	}
	most := snapshotPiece
	if c.o.Piece > 0 {
		most = c.o.Piece
	}
	if len(c.held) < most || sequence == c.mark.Snapshot { // then whole comes
		return nil
	}
	return c.flush(Mark{c.mark.Incarnation, sequence, c.mark.Snapshot}, true, true)
}

// whole ends the snapshot.
func (c *course) whole() error {
	return c.flush(Mark{c.mark.Incarnation, c.mark.Snapshot, 0}, true, false)
}

// change takes a record that follows the snapshot; commit says that it ends its batch.
func (c *course) change(sequence uint64, e Event, commit bool) error {
	if c.wanted(e.Subject) {
		c.held = append(c.held, e)
	}
	to := Mark{Incarnation: c.mark.Incarnation, Sequence: sequence}
	switch {
	case len(c.held) == 0 && commit: // of a batch that nobody wants anything of
		c.mark = to
		return nil
	case commit, c.o.Piece > 0 && len(c.held) >= c.o.Piece:
		return c.flush(to, false, !commit)
	}
	return nil
}

// flush hands over what is held, which leads to a mark.
func (c *course) flush(to Mark, snapshot, more bool) error {
	p := piece{stream: c.stream, mark: to, snapshot: snapshot, first: snapshot && c.first, more: more, events: c.held}
	if err := c.give(p); err != nil {
		return err
	}
	c.mark, c.held, c.first = to, nil, false
	return nil
}

// again forgets what was read and not handed over: it will be read again.
func (c *course) again() { c.held = nil }

func (c *course) wanted(subject string) bool { return stream.MatchesAny(c.o.Subjects, subject) }
