package rate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
)

// File is where a ledger keeps what it knows: written at its end only, and read anywhere. An *os.File opened for appending is one.
type File interface {
	io.ReaderAt
	io.Writer
	io.Seeker
	Truncate(size int64) error
	Sync() error
}

// A shelf is a file of batches. A batch is the length of its contents in four bytes, their CRC-32C, and its contents: entries, each a key
// and a value with their lengths before them. A later entry replaces an earlier one of the same key; one without a value takes it away. A
// batch counts as a whole or not at all: where a file ends in the middle of one, or does not read, it is cut off there. What is left is what
// the ledger knew at some earlier time, and what came later is in the stream.
type shelf struct {
	file File
	size int64
}

const (
	shelfHeader = "pwstate\x02" // the last byte is the version of the form
	batchHead   = 8
	batchLimit  = 256 << 20
)

// Entry is something that a ledger keeps for its owner; a nil value takes it away.
type Entry struct {
	Key   string
	Value []byte
}

// spot is where a value lies in a shelf: its offset, and its length in the lower 24 bits. A longer one cannot be read again.
type spot uint64

const spotBits = 24

func newSpot(at int64, size int) spot { return spot(at)<<spotBits | spot(size) }
func (s spot) at() int64              { return int64(s >> spotBits) }
func (s spot) size() int              { return int(s & (1<<spotBits - 1)) }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// openShelf reads a shelf from its beginning, handing over its entries, and begins an empty one. The value is nil for what was taken away.
// The error is of kind fault.Invalid for a file that is no shelf or of another version.
func openShelf(file File, each func(key, value []byte, at spot) error) (*shelf, error) {
	end, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	s := &shelf{file: file}
	if end < int64(len(shelfHeader)) {
		return s, s.begin()
	}
	in := bufio.NewReaderSize(io.NewSectionReader(file, 0, end), 1<<20)
	var header [len(shelfHeader)]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if string(header[:]) != shelfHeader {
		return nil, fault.New(fault.Invalid, "open state: the file is none of this program's version")
	}
	s.size = int64(len(shelfHeader))
	for {
		contents, err := readBatch(in, end-s.size)
		if errors.Is(err, errCorrupt) {
			return s, s.cut()
		}
		if err != nil {
			return nil, fmt.Errorf("read state: %w", err)
		}
		if contents == nil {
			return s, nil
		}
		if err := eachEntry(contents, s.size+batchHead, each); err != nil {
			return nil, err
		}
		s.size += batchHead + int64(len(contents))
	}
}

// begin makes the file an empty shelf.
func (s *shelf) begin() error {
	if err := s.file.Truncate(0); err != nil {
		return fmt.Errorf("begin state: %w", err)
	}
	s.size = int64(len(shelfHeader))
	if _, err := s.file.Write([]byte(shelfHeader)); err != nil {
		return fmt.Errorf("begin state: %w", err)
	}
	return nil
}

// cut drops what is behind the last whole batch.
func (s *shelf) cut() error {
	if err := s.file.Truncate(s.size); err != nil {
		return fmt.Errorf("cut state: %w", err)
	}
	return nil
}

// readBatch returns the contents of the next batch, nil at the end; left is how much of the file there is.
func readBatch(in *bufio.Reader, left int64) ([]byte, error) {
	if left == 0 {
		return nil, nil
	}
	var head [batchHead]byte
	if left < batchHead {
		return nil, errCorrupt
	}
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n == 0 || n > batchLimit || n > left-batchHead {
		return nil, errCorrupt
	}
	contents := make([]byte, n)
	if _, err := io.ReadFull(in, contents); err != nil {
		return nil, err
	}
	if crc32.Checksum(contents, castagnoli()) != binary.BigEndian.Uint32(head[4:]) {
		return nil, errCorrupt
	}
	return contents, nil
}

// eachEntry hands over the entries of a batch whose contents lie at the given offset.
func eachEntry(contents []byte, at int64, each func(key, value []byte, at spot) error) error {
	rest := contents
	take := func() ([]byte, bool) {
		n, w := binary.Uvarint(rest)
		if w <= 0 || n > uint64(len(rest)-w) {
			return nil, false
		}
		part := rest[w : w+int(n)]
		rest = rest[w+int(n):]
		return part, true
	}
	for len(rest) > 0 {
		key, ok := take()
		if !ok || len(rest) == 0 {
			return damaged("entries")
		}
		gone := rest[0] == 1
		rest = rest[1:]
		value, ok := take()
		if !ok {
			return damaged("entries")
		}
		where := newSpot(at+int64(len(contents)-len(rest)-len(value)), min(len(value), 1<<spotBits-1))
		if gone {
			value = nil
		}
		if err := each(key, value, where); err != nil {
			return err
		}
	}
	return nil
}

func damaged(what string) error { return fault.New(fault.Invalid, "%s: %w", what, errCorrupt) }

// batch gathers entries.
type batch struct {
	buf    []byte
	states []stateAt
}

// stateAt is where in a batch the state of a slot lies.
type stateAt struct {
	slot   uint32
	offset int
	size   int
}

func newBatch() *batch { return &batch{buf: make([]byte, batchHead, 4096)} }

// put adds an entry.
func (b *batch) put(key, value []byte) {
	b.buf = binary.AppendUvarint(b.buf, uint64(len(key)))
	b.buf = append(b.buf, key...)
	gone := byte(0)
	if value == nil {
		gone = 1
	}
	b.buf = append(b.buf, gone)
	b.buf = binary.AppendUvarint(b.buf, uint64(len(value)))
	b.buf = append(b.buf, value...)
}

// putState adds the state of a slot.
func (b *batch) putState(slot uint32, key Key, value []byte) {
	b.put(keyed(statePrefix, key), value)
	b.states = append(b.states, stateAt{slot, len(b.buf) - len(value), len(value)})
}

func (b *batch) entries(entries []Entry) {
	for _, e := range entries {
		b.put([]byte(e.Key), e.Value)
	}
}

// write appends a batch, all or nothing, and tells placed where the states in it lie. After an error nothing more may be written: the file may
// end in a part of the batch.
func (s *shelf) write(b *batch, durable bool, placed func(slot uint32, at spot)) error {
	contents := b.buf[batchHead:]
	if len(contents) > batchLimit {
		return fault.New(fault.Internal, "write state: a batch of %d bytes", len(contents))
	}
	if len(contents) > 0 {
		binary.BigEndian.PutUint32(b.buf, uint32(len(contents)))
		binary.BigEndian.PutUint32(b.buf[4:], crc32.Checksum(contents, castagnoli()))
		if _, err := s.file.Write(b.buf); err != nil {
			return fmt.Errorf("write state: %w", err)
		}
		for _, at := range b.states {
			placed(at.slot, newSpot(s.size+int64(at.offset), min(at.size, 1<<spotBits-1)))
		}
		s.size += int64(len(b.buf))
	}
	if !durable {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

// read returns a value.
func (s *shelf) read(at spot) ([]byte, error) {
	b := make([]byte, at.size())
	if n, err := s.file.ReadAt(b, at.at()); n < len(b) {
		return nil, fmt.Errorf("read state: %w", err)
	}
	return b, nil
}

// valueReader reads values one after the other, several at once where they lie side by side: states were written in order of their keys, and are
// asked for so.
type valueReader struct {
	shelf *shelf
	at    int64
	data  []byte
	last  int64 // where the last value ended
}

const windowSize = 64 << 10

// read returns a value, which is valid until the next call.
func (w *valueReader) read(at spot) ([]byte, error) {
	from, to := at.at(), at.at()+int64(at.size())
	if from < w.at || to > w.at+int64(len(w.data)) {
		if near := from - w.last; near < 0 || near > windowSize/8 || at.size() > windowSize { // nothing tells that the next lies behind it
			w.last = to
			return w.shelf.read(at)
		}
		w.data = slices.Grow(w.data[:0], windowSize)[:windowSize]
		n, err := w.shelf.file.ReadAt(w.data, from)
		if n < at.size() {
			return nil, fmt.Errorf("read state: %w", err)
		}
		w.at, w.data = from, w.data[:n]
	}
	w.last = to
	return w.data[from-w.at : to-w.at], nil
}

// MemoryFile is a File without a disk: for tests, and for ledgers that forget. The zero value is ready.
type MemoryFile struct{ MemorySpool }

// Seek implements File, for finding out the size.
func (m *MemoryFile) Seek(int64, int) (int64, error) { return int64(len(m.data)), nil }

// Truncate implements File.
func (m *MemoryFile) Truncate(size int64) error {
	m.data = m.data[:size]
	return nil
}

// Sync implements File.
func (*MemoryFile) Sync() error { return nil }
