package clickhouse

import (
	"bufio"
	"io"
	"net"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
)

// frameBytes is how much of a block goes into one compressed frame.
const frameBytes = 1 << 20

// replyWriter writes server packets. Nothing reaches the client before flush or a full buffer.
type replyWriter struct {
	out    *bufio.Writer
	frames *frameWriter
}

func newReplyWriter(out io.Writer) *replyWriter {
	return &replyWriter{out: bufio.NewWriterSize(out, 64<<10)}
}

// deadlineWriter gives up on a client that does not read.
type deadlineWriter struct {
	conn    net.Conn
	timeout time.Duration
	by      time.Time // when everything has to be taken; zero: never
}

func (w *deadlineWriter) Write(p []byte) (int, error) {
	deadline := time.Now().Add(w.timeout)
	if !w.by.IsZero() && w.by.Before(deadline) {
		deadline = w.by
	}
	if err := w.conn.SetWriteDeadline(deadline); err != nil {
		return 0, err
	}
	return w.conn.Write(p)
}

func (w *replyWriter) flush() error { return w.out.Flush() }

func (w *replyWriter) packet(encode func(b *proto.Buffer)) error {
	var b proto.Buffer
	encode(&b)
	_, err := w.out.Write(b.Buf)
	return err
}

func (w *replyWriter) code(code proto.ServerCode) error { return w.out.WriteByte(byte(code)) }

func (w *replyWriter) hello(version engineVersion) error {
	return w.packet(func(b *proto.Buffer) {
		h := proto.ServerHello{
			Name: "ClickHouse", Major: version.major, Minor: version.minor, Patch: version.patch,
			Revision: revision, Timezone: "UTC", DisplayName: "pricewire-embedded",
		}
		h.EncodeAware(b, revision)
	})
}

func (w *replyWriter) exception(e *exception) error {
	return w.packet(func(b *proto.Buffer) {
		proto.ServerCodeException.Encode(b)
		p := proto.Exception{Code: proto.Error(e.code), Name: "DB::Exception", Message: "DB::Exception: " + e.message}
		p.EncodeAware(b, revision)
	})
}

func (w *replyWriter) progress(c counters, elapsed time.Duration) error {
	return w.packet(func(b *proto.Buffer) {
		proto.ServerCodeProgress.Encode(b)
		proto.Progress{
			Rows: c.readRows, Bytes: c.readBytes, WroteRows: c.wroteRows, WroteBytes: c.wroteBytes, ElapsedNs: uint64(elapsed),
		}.EncodeAware(b, revision)
	})
}

func (w *replyWriter) profile(rows, blocks, bytes uint64) error {
	return w.packet(func(b *proto.Buffer) {
		proto.Profile{Rows: rows, Blocks: blocks, Bytes: bytes}.EncodeAware(b, revision)
	})
}

// data begins a data packet and returns where its block goes; end it with endData.
func (w *replyWriter) data(method compression) (io.Writer, error) {
	err := w.packet(func(b *proto.Buffer) {
		proto.ServerCodeData.Encode(b)
		b.PutString("") // name of an external table: none
	})
	if err != nil {
		return nil, err
	}
	var block io.Writer = w.out
	if method.on {
		if w.frames == nil || w.frames.method != method.method {
			w.frames = &frameWriter{out: w.out, method: method.method, codec: compress.NewWriter(compress.LevelZero, method.method)}
		}
		block = w.frames
	}
	var b proto.Buffer
	proto.BlockInfo{BucketNum: -1}.Encode(&b)
	_, err = block.Write(b.Buf)
	return block, err
}

func (w *replyWriter) endData(method compression) error {
	if method.on {
		return w.frames.flush()
	}
	return nil
}

// header sends a block that has columns but no rows.
func (w *replyWriter) header(columns []column, method compression) error {
	block, err := w.data(method)
	if err != nil {
		return err
	}
	var b proto.Buffer
	b.PutInt(len(columns))
	b.PutInt(0)
	for _, c := range columns {
		b.PutString(c.name)
		b.PutString(c.typeText)
		b.PutBool(false)
	}
	if _, err := block.Write(b.Buf); err != nil {
		return err
	}
	return w.endData(method)
}

type column struct{ name, typeText string }

// compression is what the client asked for data packets.
type compression struct {
	on     bool
	method compress.Method
}

// frameWriter compresses what is written to it, frame by frame.
type frameWriter struct {
	out     io.Writer
	method  compress.Method
	codec   *compress.Writer
	pending []byte
}

func (w *frameWriter) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		if len(w.pending) == 0 && len(p)-written >= frameBytes { // no need to gather what is a frame already
			if err := w.frame(p[written : written+frameBytes]); err != nil {
				return written, err
			}
			written += frameBytes
			continue
		}
		now := min(frameBytes-len(w.pending), len(p)-written)
		w.pending = append(w.pending, p[written:written+now]...)
		written += now
		if len(w.pending) == frameBytes {
			if err := w.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

func (w *frameWriter) flush() error {
	if len(w.pending) == 0 {
		return nil
	}
	err := w.frame(w.pending)
	w.pending = w.pending[:0]
	return err
}

func (w *frameWriter) frame(data []byte) error {
	if err := w.codec.Compress(data); err != nil {
		return err
	}
	_, err := w.out.Write(w.codec.Data)
	return err
}
