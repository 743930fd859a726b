package clickhouse

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ClickHouse/ch-go/proto"
)

// appendBytes is how much of a block is gathered before the engine gets it.
const appendBytes = 1 << 20

// receive answers an insert whose rows follow as data packets: it tells the columns, passes blocks on to the engine and commits at the
// empty block. Rows that were not committed when the client goes away are dropped.
func (s *session) receive(st statement, q query, method compression) error {
	columns, err := s.insertColumns(st, q)
	if err != nil {
		return err
	}
	if err := s.reply.header(columns, method); err != nil {
		return err
	}
	if err := s.reply.flush(); err != nil {
		return err
	}
	rows := &incomingRows{session: s, statement: st, params: q.params}
	defer rows.drop()
	for {
		block, more, err := s.dataPacket(q.compressed)
		if err != nil {
			return err
		}
		if !more {
			return nil // cancelled
		}
		block.out = rows
		if err := block.copyBlock(); err != nil {
			return fmt.Errorf("receive rows: %w", undecodable(err))
		}
		if s.plain.Buffered() > 0 && q.compressed {
			return errors.New("receive rows: a compressed block goes on behind its end")
		}
		if block.columns == 0 {
			break
		}
		rows.pass()
	}
	written, err := rows.commit()
	if err != nil {
		return err
	}
	return s.reply.progress(written, 0)
}

// undecodable keeps an exception about the client's data from looking as if the session could go on: the end of the block is unknown.
func undecodable(err error) error {
	if e, ok := errors.AsType[*exception](err); ok {
		return errors.New(e.message)
	}
	return unexpected(err)
}

func (s *session) insertColumns(st statement, q query) ([]column, error) {
	columns := st.columns
	if columns == "" {
		columns = "*"
	}
	described, err := s.describe("(SELECT "+columns+" FROM "+st.target+"\n)", q.params)
	if err != nil {
		return nil, err
	}
	for _, c := range described {
		if _, err := parseShape(c.typeText); err != nil {
			return nil, err
		}
	}
	return described, nil
}

// dataPacket reads up to the next block. more is false when the client cancelled instead.
func (s *session) dataPacket(compressed bool) (block *blockCopier, more bool, err error) {
	if err := s.expectMore(); err != nil {
		return nil, false, err
	}
	code, err := s.raw.ReadByte()
	if err != nil {
		return nil, false, unexpected(err)
	}
	switch proto.ClientCode(code) {
	case proto.ClientCodeCancel:
		return nil, false, nil
	case proto.ClientCodeData:
	default:
		return nil, false, exceptionf(codeUnexpectedPacket, "Packet %d instead of data. (UNEXPECTED_PACKET_FROM_CLIENT)", code)
	}
	if _, err := s.packets.text(maxInfoText); err != nil { // name of an external table
		return nil, false, err
	}
	in := s.raw
	if compressed {
		in = s.plain
	}
	if err := skipBlockInfo(in); err != nil {
		return nil, false, fmt.Errorf("read block: %w", unexpected(err))
	}
	return &blockCopier{in: streamWindow{in: in}, flagsIn: true, shapes: s.shapes}, true, nil
}

// skipBlockInfo passes over numbered fields that matter between servers only.
func skipBlockInfo(in *bufio.Reader) error {
	widths := map[uint64]int{1: 1, 2: 4}
	for {
		field, err := packetReader{in}.uvarint()
		if err != nil || field == 0 {
			return err
		}
		width, known := widths[field]
		if !known {
			return fmt.Errorf("unknown block field %d", field)
		}
		if _, err := in.Discard(width); err != nil {
			return err
		}
	}
}

// incomingRows gathers blocks in the engine's form and opens the engine's insert with the first one. After the engine failed it
// swallows the rest, so that the client gets the exception where it expects an answer.
type incomingRows struct {
	session   *session
	statement statement
	params    []parameter
	pending   bytes.Buffer
	sink      *rowSink
	failure   error
}

// Write takes a part of a block.
func (r *incomingRows) Write(data []byte) (int, error) {
	if r.failure != nil {
		return len(data), nil //nolint:nilerr // the rest of a refused insert is read and dropped
	}
	r.pending.Write(data)
	if r.pending.Len() >= appendBytes {
		r.pass()
	}
	return len(data), nil
}

// pass hands what is pending to the engine.
func (r *incomingRows) pass() {
	defer r.pending.Reset()
	if r.failure != nil || r.pending.Len() == 0 {
		return
	}
	if r.sink == nil {
		if r.sink, r.failure = r.session.engine.insert(r.statement.text, r.params); r.failure != nil {
			r.sink = nil
			return
		}
	}
	if _, err := io.Copy(r.sink, &r.pending); err != nil {
		_, r.failure = r.sink.commit()
		if r.failure == nil {
			r.failure = err
		}
		r.sink = nil
	}
}

// commit ends the insert; the block that ended it is not passed on.
func (r *incomingRows) commit() (counters, error) {
	r.pending.Reset()
	if r.failure != nil || r.sink == nil {
		return counters{}, r.failure
	}
	sink := r.sink
	r.sink = nil
	return sink.commit()
}

// drop cancels an insert that was not committed.
func (r *incomingRows) drop() {
	if r.sink != nil {
		r.sink.cancel()
		r.sink = nil
	}
}
