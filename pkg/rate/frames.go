package rate

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A saved ledger is a header and frames. A frame is its length in four bytes, its payload, and the start of the SHA-256 over the sum
// before it and the payload, so that no frame can be altered, lost, doubled or moved; a frame of length 0 is the last. Nothing behind it is read.

const (
	header     = "pwrates\x01" // the last byte is the version of the format
	frameSoft  = 64 << 10      // a frame is closed at the first item that reaches this
	frameLimit = 16 << 20
	sumLen     = 16
)

var errCorrupt = errors.New("the file is damaged")

// frameWriter gathers items in buf; the caller appends to it and calls item after each.
type frameWriter struct {
	w   io.Writer
	buf []byte
	sum [sumLen]byte
}

func newFrameWriter(w io.Writer) (*frameWriter, error) {
	_, err := io.WriteString(w, header)
	return &frameWriter{w: w, sum: chain([sumLen]byte{}, []byte(header))}, err
}

func chain(before [sumLen]byte, payload []byte) [sumLen]byte {
	h := sha256.New()
	h.Write(before[:])
	h.Write(payload)
	var full [sha256.Size]byte
	return [sumLen]byte(h.Sum(full[:0]))
}

// item ends an item, and the frame when it is long enough.
func (f *frameWriter) item() error {
	if len(f.buf) < frameSoft {
		return nil
	}
	return f.flush()
}

// flush ends a frame that holds something.
func (f *frameWriter) flush() error {
	if len(f.buf) == 0 {
		return nil
	}
	if len(f.buf) > frameLimit {
		return fmt.Errorf("one item has %d bytes, more than %d", len(f.buf), frameLimit)
	}
	return f.write()
}

// close writes the last frame.
func (f *frameWriter) close() error {
	if err := f.flush(); err != nil {
		return err
	}
	return f.write()
}

func (f *frameWriter) write() error {
	f.sum = chain(f.sum, f.buf)
	for _, part := range [][]byte{binary.BigEndian.AppendUint32(nil, uint32(len(f.buf))), f.buf, f.sum[:]} {
		if _, err := f.w.Write(part); err != nil {
			return err
		}
	}
	f.buf = f.buf[:0]
	return nil
}

// frameReader yields the payloads of frames that are whole.
type frameReader struct {
	r   io.Reader
	buf []byte
	sum [sumLen]byte
}

func newFrameReader(r io.Reader) (*frameReader, error) {
	var h [len(header)]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, err
	}
	if string(h[:len(h)-1]) != header[:len(header)-1] {
		return nil, errCorrupt
	}
	if string(h[:]) != header {
		return nil, fmt.Errorf("the file is of version %d, this program reads version %d", h[len(h)-1], header[len(header)-1])
	}
	return &frameReader{r: r, sum: chain([sumLen]byte{}, h[:])}, nil
}

// next returns the next payload, valid until the call after it, and an empty one behind the last frame.
func (f *frameReader) next() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(head[:]))
	if n > frameLimit {
		return nil, errCorrupt
	}
	if cap(f.buf) < n+sumLen {
		f.buf = make([]byte, n+sumLen)
	}
	f.buf = f.buf[:n+sumLen]
	if _, err := io.ReadFull(f.r, f.buf); err != nil {
		return nil, err
	}
	if f.sum = chain(f.sum, f.buf[:n]); string(f.sum[:]) != string(f.buf[n:]) {
		return nil, errCorrupt
	}
	return f.buf[:n], nil
}
