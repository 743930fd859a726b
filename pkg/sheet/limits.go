package sheet

import (
	"io"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Limits bound what a file may hold. A file beyond one is refused as a whole. A zero field stands for its default.
type Limits struct {
	Bytes      int64 // of the file, uncompressed; of a workbook all parts and all text of its cells: 256 MiB
	Rows       int   // beside the header, of all sheets: 1,000,000
	RowBytes   int   // of one row, quotes included: 1 MiB
	FieldBytes int   // of one field: 64 KiB
	Columns    int   // of the header; a row has at most 16 times as many fields: 256
	Problems   int   // listed; further ones are counted: 10,000
	Unpacked   int64 // bytes of all files of an archive together, uncompressed: 512 MiB
	Files      int   // of an archive: 1,000
	Ratio      int   // uncompressed to compressed bytes of one part of an archive or workbook, its first MiB apart: 200
}

// DefaultLimits returns the limits that hold when no others are given.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 256 << 20, Rows: 1_000_000, RowBytes: 1 << 20, FieldBytes: 64 << 10, Columns: 256, Problems: 10_000,
		Unpacked: 512 << 20, Files: 1_000, Ratio: 200,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		Bytes: or(l.Bytes, d.Bytes), Rows: or(l.Rows, d.Rows), RowBytes: or(l.RowBytes, d.RowBytes),
		FieldBytes: or(l.FieldBytes, d.FieldBytes), Columns: or(l.Columns, d.Columns), Problems: or(l.Problems, d.Problems),
		Unpacked: or(l.Unpacked, d.Unpacked), Files: or(l.Files, d.Files), Ratio: or(l.Ratio, d.Ratio),
	}
}

func or[N int | int64](n, d N) N {
	if n > 0 {
		return n
	}
	return d
}

// guard lets a CSV file through as long as it keeps the limits, so that a quote that is never closed cannot fill the memory. It follows
// the quotes only as far as is needed to know where rows and fields end.
type guard struct {
	source io.Reader
	comma  byte // what separates fields
	limits Limits
	err    error // the first limit that was exceeded, or the source's own failure

	total      int64
	row        int // rows begun, the header included
	rowBytes   int
	fieldBytes int
	fields     int // of the row
	state      quoteState
}

// fieldsPerColumn is how many times the columns that a header may have a row may have fields, before it is no mistake any more.
const fieldsPerColumn = 16

type quoteState int

const (
	fieldStart quoteState = iota
	plain
	quoted
	quoteInQuoted // the end of the field, or the first half of an escaped quote
)

// Read is io.Reader's. Bytes beyond a limit are not handed on.
func (g *guard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.source.Read(p)
	for _, c := range p[:n] {
		g.step(c)
	}
	g.measure()
	if g.err == nil && err != nil && err != io.EOF {
		g.err = err
	}
	if g.err != nil {
		return 0, g.err
	}
	return n, err
}

func (g *guard) step(c byte) {
	if g.rowBytes == 0 {
		g.row++
	}
	g.total++
	g.rowBytes++
	g.fieldBytes++
	switch {
	case g.state == quoted:
		if c == '"' {
			g.state = quoteInQuoted
		}
	case c == g.comma:
		g.fields++
		g.measure()
		g.state, g.fieldBytes = fieldStart, 0
	case c == '\n':
		g.measure()
		g.state, g.fieldBytes, g.rowBytes, g.fields = fieldStart, 0, 0, 0
	case c == '"' && g.state != plain:
		g.state = quoted
	case c != '\r':
		g.state = plain
	}
}

// measure is asked at the end of every field, row and piece that was read, which is soon enough.
func (g *guard) measure() {
	if g.err != nil {
		return
	}
	l := g.limits
	switch {
	case g.total > l.Bytes:
		g.err = tooLarge("the file has more than %d bytes", l.Bytes).WithHint("split it, or give only the lines that change as a delta")
	case g.fieldBytes > l.FieldBytes+3: // quotes and comma
		g.err = tooLarge("row %d has a field of more than %d bytes", g.row, l.FieldBytes).WithHint("a quote that is never closed looks like this")
	case g.rowBytes > l.RowBytes:
		g.err = tooLarge("row %d has more than %d bytes", g.row, l.RowBytes).WithHint("a quote that is never closed looks like this")
	case g.fields > l.Columns*fieldsPerColumn:
		g.err = tooLarge("row %d has more than %d fields", g.row, l.Columns*fieldsPerColumn).WithHint("look for a line that holds nothing but separators")
	case g.row > l.Rows+1:
		g.err = tooLarge("the file has more than %d rows", l.Rows).WithHint("split it, or give only the lines that change as a delta")
	}
}

func tooLarge(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "read sheet: "+format, args...)
}
