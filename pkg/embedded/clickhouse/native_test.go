package clickhouse

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTypesAreReadForTheirShape(t *testing.T) {
	text, number := &shape{form: lengthPrefixed}, &shape{form: fixedWidth, width: 4}
	for typeText, want := range map[string]*shape{
		"UInt32":                               number,
		"String":                               text,
		"DateTime64(3, 'UTC')":                 {form: fixedWidth, width: 8},
		"Decimal(9, 2)":                        {form: fixedWidth, width: 4},
		"Decimal(38, 18)":                      {form: fixedWidth, width: 16},
		"Decimal(76, 1)":                       {form: fixedWidth, width: 32},
		"FixedString(7)":                       {form: fixedWidth, width: 7},
		"IntervalDay":                          {form: fixedWidth, width: 8},
		"Enum8('a, (b' = 1, 'it''s' = 2)":      {form: fixedWidth, width: 1},
		"LowCardinality(Nullable(String))":     {form: dictionary, fields: []*shape{text}},
		"SimpleAggregateFunction(max, UInt32)": number,
		"Map(String, UInt32)":                  {form: array, fields: []*shape{{form: tuple, fields: []*shape{text, number}}}},
		"Nested(a UInt32, `b (c` String)":      {form: array, fields: []*shape{{form: tuple, fields: []*shape{number, text}}}},
		"Tuple(a Nullable(UInt32), b String)":  {form: tuple, fields: []*shape{{form: nullable, fields: []*shape{number}}, text}},
		"Tuple()":                              {form: tuple, fields: []*shape{}},
		"Point":                                {form: tuple, fields: []*shape{{form: fixedWidth, width: 8}, {form: fixedWidth, width: 8}}},
		"Array(Array(UInt32))":                 {form: array, fields: []*shape{{form: array, fields: []*shape{number}}}},
	} {
		got, err := parseShape(typeText)
		if err != nil {
			t.Errorf("%s: %v", typeText, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(shape{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typeText, diff)
		}
	}
}

func TestTypesThatCannotBeCarriedAreRefused(t *testing.T) {
	deep := "UInt8"
	for range maxTypeDepth + 1 {
		deep = "Array(" + deep + ")"
	}
	for _, typeText := range []string{
		"", "Nope", "JSON", "Dynamic", "Variant(String)", "AggregateFunction(uniq, UInt8)", "Array", "Array(", "Array()", "Array(UInt8, UInt8)",
		"FixedString(0)", "FixedString(x)", "Decimal", "Decimal(77, 1)", "Nullable(Nope)", deep,
	} {
		if s, err := parseShape(typeText); err == nil {
			t.Errorf("%q has shape %+v", typeText, s)
		}
	}
}

// aBlock is a block with a column of every form, written by hand from the format's description.
func aBlock(flags bool) []byte {
	var b bytes.Buffer
	column := func(name, typeText string, data ...byte) {
		for _, text := range []string{name, typeText} {
			b.WriteByte(byte(len(text)))
			b.WriteString(text)
		}
		if flags {
			b.WriteByte(0)
		}
		b.Write(data)
	}
	b.Write([]byte{6, 2}) // columns, rows
	column("n", "UInt16", 1, 0, 2, 0)
	column("s", "String", append([]byte{2, 'a', 'b', 0xc8, 1}, bytes.Repeat([]byte{'x'}, 200)...)...)
	column("o", "Nullable(UInt8)", 0, 1, 7, 0)
	column("a", "Array(UInt8)", 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 9, 8, 7)
	column("d", "LowCardinality(String)",
		1, 0, 0, 0, 0, 0, 0, 0, // version
		0, 2, 0, 0, 0, 0, 0, 0, // own keys, indexes of one byte
		2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'k', // two keys
		2, 0, 0, 0, 0, 0, 0, 0, 1, 0) // two indexes
	column("t", "Tuple(x UInt8, y String)", 5, 6, 1, 'p', 0)
	return b.Bytes()
}

func TestABlockIsCopiedUpToItsEnd(t *testing.T) {
	for _, in := range []bool{false, true} {
		for _, out := range []bool{false, true} {
			source := append(aBlock(in), aBlock(in)...)
			var target bytes.Buffer
			w := &memoryWindow{left: source}
			for range 2 {
				c := blockCopier{in: w, out: &target, flagsIn: in, flagsOut: out}
				if err := c.copyBlock(); err != nil || c.columns != 6 || c.blockRows != 2 {
					t.Fatalf("flags %v to %v: %d columns, %d rows, %v", in, out, c.columns, c.blockRows, err)
				}
			}
			if diff := cmp.Diff(append(aBlock(out), aBlock(out)...), target.Bytes()); diff != "" {
				t.Errorf("flags %v to %v (-want +got):\n%s", in, out, diff)
			}
			c := blockCopier{in: w, out: &target}
			if err := c.copyBlock(); !errors.Is(err, io.EOF) {
				t.Errorf("behind the last block: %v", err)
			}
		}
	}
}

func TestHowBytesArriveDoesNotMatter(t *testing.T) {
	source := aBlock(true)
	for name, reader := range map[string]io.Reader{
		"byte by byte": iotest.OneByteReader(bytes.NewReader(source)),
		"in halves":    iotest.HalfReader(bytes.NewReader(source)),
		"with the end": iotest.DataErrReader(bytes.NewReader(source)),
	} {
		var target bytes.Buffer
		c := blockCopier{in: streamWindow{bufio.NewReaderSize(reader, 16)}, out: &target, flagsIn: true}
		if err := c.copyBlock(); err != nil || !bytes.Equal(target.Bytes(), aBlock(false)) {
			t.Errorf("%s: %d bytes, %v", name, target.Len(), err)
		}
	}
}

func TestABlockThatEndsEarlyIsAnError(t *testing.T) {
	source := aBlock(true)
	for length := 1; length < len(source); length++ {
		for name, in := range map[string]window{
			"memory": &memoryWindow{left: source[:length]},
			"stream": streamWindow{bufio.NewReaderSize(bytes.NewReader(source[:length]), 16)},
		} {
			c := blockCopier{in: in, out: io.Discard, flagsIn: true}
			if err := c.copyBlock(); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%s, first %d of %d bytes: %v", name, length, len(source), err)
			}
		}
	}
}

func TestNoBlockMakesTheCopierPanicOrWriteMoreThanItReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := aBlock(true)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			source[rapid.IntRange(0, len(source)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "to")
		}
		var target bytes.Buffer
		c := blockCopier{in: &memoryWindow{left: source}, out: &target, flagsIn: true}
		_ = c.copyBlock() // fails or not
		if target.Len() > len(source) {
			t.Fatalf("%d bytes came of %d", target.Len(), len(source))
		}
	})
}

func TestACopierReportsAFailedOutputAsSuch(t *testing.T) {
	c := blockCopier{in: &memoryWindow{left: aBlock(false)}, out: failingWriter{}}
	if err := c.copyBlock(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error is %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
