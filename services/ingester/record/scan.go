package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/pricewire/pricewire/pkg/fault"
)

// state is where in a record the scanner stands.
type state int

const (
	fieldStart state = iota
	plain
	quoted
	quoteInQuoted // the end of the field, or the first half of a doubled quote
)

// scanner takes a file apart into records. What it holds of one is good until the next is read.
type scanner struct {
	from   *bufio.Reader
	limits Limits
	offset int64 // bytes read
	lines  int   // line breaks read
	start  int64 // where the record begins
	line   int   // on which line, counted from 1
	raw    []byte
	text   []byte // the fields, unquoted, one behind the other
	ends   []int  // where in text each field ends
	at     state
}

// chunk is how much is read at a time.
const chunk = 64 << 10

func newScanner(from io.Reader, limits Limits) *scanner {
	return &scanner{from: bufio.NewReaderSize(from, chunk), limits: limits}
}

// next reads the next record that is not an empty line; io.EOF behind the last.
func (s *scanner) next() error {
	for {
		if err := s.record(); err != nil || len(s.raw) > 0 {
			return err
		}
	}
}

func (s *scanner) record() error {
	s.raw, s.text, s.ends, s.at = s.raw[:0], s.text[:0], s.ends[:0], fieldStart
	s.start, s.line = s.offset, s.lines+1
	for {
		c, err := s.byte()
		if errors.Is(err, io.EOF) {
			return s.finish()
		}
		if err != nil {
			return err
		}
		if ended, err := s.step(c); err != nil || ended {
			return err
		}
	}
}

// byte reads one byte within the limits.
func (s *scanner) byte() (byte, error) {
	c, err := s.from.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return 0, io.EOF
	case err != nil:
		return 0, fmt.Errorf("read at byte %d: %w", s.offset, err)
	case s.offset >= s.limits.Bytes:
		return 0, s.wrong("the file is larger than %s", size(s.limits.Bytes)).WithHint("split it into several files, each with the header")
	case len(s.raw) >= s.limits.LineBytes:
		return 0, malformed(s.place(s.start), "the record is longer than %d bytes", s.limits.LineBytes).WithHint("see whether a quote is never closed")
	}
	s.offset++
	if c == '\n' {
		s.lines++
	}
	s.raw = append(s.raw, c)
	return c, nil
}

// size writes a number of bytes, in MiB where that is exact.
func size(bytes int64) string {
	if bytes >= 1<<20 && bytes%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// step takes one byte further and reports whether it ended the record.
func (s *scanner) step(c byte) (ended bool, err error) {
	switch {
	case c == 0:
		return false, s.wrong("the file is binary, or text in UTF-16").WithHint("save it as CSV in UTF-8")
	case s.at == quoted && c == '"':
		s.at = quoteInQuoted
	case s.at == quoted:
		s.text = append(s.text, c)
	case c == '"' && s.at == fieldStart:
		s.at = quoted
	case c == '"' && s.at == quoteInQuoted:
		s.text = append(s.text, c)
		s.at = quoted
	case c == '"':
		return false, s.wrong("a field that is not in quotes holds a quote").WithHint("put the field in quotes and double those inside")
	case c == ',':
		s.ends = append(s.ends, len(s.text))
		s.at = fieldStart
	case c == '\n':
		s.raw = s.raw[:len(s.raw)-1]
		s.end()
		return true, nil
	case c == '\r':
		return false, s.carriageReturn()
	case s.at == quoteInQuoted:
		return false, s.wrong("a field goes on behind its closing quote").WithHint("double the quotes inside a field")
	default:
		s.text = append(s.text, c)
		s.at = plain
	}
	return false, nil
}

// carriageReturn makes sure that the line ends with the carriage return just read.
func (s *scanner) carriageReturn() error {
	if following, err := s.from.Peek(1); err == nil && following[0] != '\n' {
		return s.wrong("a carriage return stands alone").WithHint("end lines with a line feed, or with both")
	}
	s.raw = s.raw[:len(s.raw)-1]
	return nil
}

// finish ends the last record, which needs no line break.
func (s *scanner) finish() error {
	if len(s.raw) == 0 {
		return io.EOF
	}
	if s.at == quoted {
		return malformed(s.place(s.start), "the file ends inside a quoted field").WithHint("get the file again: it seems to be cut off")
	}
	s.end()
	return nil
}

func (s *scanner) end() {
	if len(s.raw) > 0 {
		s.ends = append(s.ends, len(s.text))
	}
}

// skipMark drops a byte order mark.
func (s *scanner) skipMark() {
	const mark = "\uFEFF"
	if start, err := s.from.Peek(len(mark)); err == nil && string(start) == mark {
		n, _ := s.from.Discard(len(mark)) // what was peeked at can be discarded
		s.offset += int64(n)
	}
}

// place names a byte of the record.
func (s *scanner) place(at int64) string { return place(s.line, at) }

func place(line int, at int64) string { return fmt.Sprintf("line %d, byte %d", line, at) }

// wrong is the error for the byte just read.
func (s *scanner) wrong(format string, args ...any) *fault.Error {
	return malformed(s.place(max(s.offset-1, s.start)), format, args...)
}
