package rate

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// Spool keeps what a shard cannot hold in memory until it is judged: a file, usually. It is written from its beginning to its end, and
// read only where it was written.
type Spool interface {
	io.Writer
	io.ReaderAt
}

// MemorySpool is a Spool without a disk. The zero value is ready.
type MemorySpool struct{ data []byte }

// Write implements Spool.
func (m *MemorySpool) Write(p []byte) (int, error) {
	m.data = append(m.data, p...)
	return len(p), nil
}

// ReadAt implements Spool.
func (m *MemorySpool) ReadAt(p []byte, off int64) (int, error) {
	if off > int64(len(m.data)) {
		return 0, io.EOF
	}
	n := copy(p, m.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// A spool holds entries: a byte that says of what, the length of the rest in four bytes, and the rest. The last entry of a whole spool is
// its end, which holds the CRC-32C over all before it: only such a spool is read again after a crash.
type entryKind byte

const (
	entryRow     entryKind = 'r' // a row that is not all that is known of its identity, and its bytes
	entryBad     entryKind = 'b' // a quarantined row
	entryKnown   entryKind = 'k' // key and digest of a row that is
	entryForeign entryKind = 'f' // the same of a row that another scope owns
	entryEnd     entryKind = 'e'
)

const (
	entryHead  = 5
	entryLimit = 64 << 20
	spoolChunk = 64 << 10
)

// place is where an entry's contents lie in a spool.
type place struct {
	at   int64
	size uint32
}

// spooler writes entries in pieces.
type spooler struct {
	to      Spool
	buf     []byte
	written int64
	sum     uint32
}

// add writes an entry that fill appends, and returns where it lies.
func (s *spooler) add(kind entryKind, fill func(e *encoder)) (place, error) {
	start := len(s.buf)
	e := encoder{buf: append(s.buf, byte(kind), 0, 0, 0, 0)}
	fill(&e)
	size := len(e.buf) - start - entryHead
	binary.BigEndian.PutUint32(e.buf[start+1:], uint32(size))
	s.buf = e.buf
	at := place{s.written + int64(start) + entryHead, uint32(size)}
	if len(s.buf) < spoolChunk {
		return at, nil
	}
	return at, s.flush()
}

func (s *spooler) flush() error {
	s.sum = crc32.Update(s.sum, castagnoli(), s.buf)
	n, err := s.to.Write(s.buf)
	s.written += int64(n)
	s.buf = s.buf[:0]
	if err != nil {
		return fmt.Errorf("write spool: %w", err)
	}
	return nil
}

// read returns what lies in a spool, where it has been flushed; buf is room to work in.
func read(from io.ReaderAt, p place, buf []byte) (decoder, error) {
	if uint32(cap(buf)) < p.size {
		buf = make([]byte, p.size)
	}
	buf = buf[:p.size]
	if n, err := from.ReadAt(buf, p.at); n < len(buf) {
		return decoder{}, fmt.Errorf("read spool: %w", err)
	}
	return decoder{rest: string(buf)}, nil
}

// entries reads a spool from its beginning to its end entry, whose contents it hands over last. A spool that is cut off or damaged is
// errCorrupt, found at its end: what was handed over before must be thrown away.
func entries(from io.Reader, each func(kind entryKind, at place, contents []byte) error) error {
	var at int64
	var sum uint32
	var head [entryHead]byte
	var contents []byte
	for {
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return errCorrupt
		}
		kind, size := entryKind(head[0]), binary.BigEndian.Uint32(head[1:])
		if size > entryLimit {
			return errCorrupt
		}
		if uint32(cap(contents)) < size {
			contents = make([]byte, size)
		}
		contents = contents[:size]
		if _, err := io.ReadFull(from, contents); err != nil {
			return errCorrupt
		}
		at += entryHead
		if kind == entryEnd {
			if size < 4 || binary.BigEndian.Uint32(contents) != sum {
				return errCorrupt
			}
			return each(kind, place{at + 4, size - 4}, contents[4:])
		}
		if err := each(kind, place{at, size}, contents); err != nil {
			return err
		}
		sum = crc32.Update(crc32.Update(sum, castagnoli(), head[:]), castagnoli(), contents)
		at += int64(size)
	}
}
