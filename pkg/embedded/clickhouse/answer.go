package clickhouse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
)

// answerQuery reads a query and answers it with data and an end of stream, or with an exception. It returns an error when the session
// cannot go on.
func (s *session) answerQuery() error {
	q, err := s.packets.readQuery(s.server.cfg.MaxQueryBytes)
	if err != nil {
		return err
	}
	if !s.begin() {
		return exceptionf(codeNoFreeConnection, "The server is shutting down. (NO_FREE_CONNECTION)")
	}
	defer s.done()
	if err := s.refuseExternalTables(q.compressed); err != nil {
		return err
	}
	err = s.execute(q)
	if refusal, ok := errors.AsType[*exception](err); ok {
		err = s.reply.exception(refusal)
	} else if err == nil {
		err = s.reply.code(proto.ServerCodeEndOfStream)
	}
	if err != nil {
		return err
	}
	return s.reply.flush()
}

// refuseExternalTables reads the data packets that follow a query up to the empty one; any with columns brings a table along.
func (s *session) refuseExternalTables(compressed bool) error {
	block, more, err := s.dataPacket(compressed)
	if err != nil || !more {
		return err
	}
	block.out = io.Discard
	if err := block.copyBlock(); err != nil {
		return fmt.Errorf("read external table: %w", unexpected(err))
	}
	if block.columns == 0 {
		return nil
	}
	return exceptionf(codeNotImplemented, "External tables are not served. (NOT_IMPLEMENTED)")
}

// execute runs a query under its own settings.
func (s *session) execute(q query) error {
	if s.gate != nil {
		return s.answerReader(q)
	}
	st, err := parseStatement(q.text)
	if err != nil {
		return err
	}
	method, settings := s.takeFrontSettings(q)
	if err := s.settings.apply(settings); err != nil {
		return err
	}
	switch st.kind {
	case insertStatement:
		return s.receive(st, q, method)
	case selectStatement:
		return s.watched(func() error { return s.stream(st, q, method) })
	case setStatement:
		s.settings.altered = true
	case otherStatement:
	}
	return s.watched(func() error { return s.run(st, q, method) })
}

// takeFrontSettings picks out the settings that concern the front and marks the query as this session's.
func (s *session) takeFrontSettings(q query) (compression, []setting) {
	method := compression{on: q.compressed, method: compress.LZ4}
	settings := make([]setting, 0, len(q.settings)+1)
	mark := setting{name: "log_comment", value: s.mark}
	for _, given := range q.settings {
		switch given.name {
		case "network_compression_method":
			switch strings.ToUpper(given.value) {
			case "ZSTD":
				method.method = compress.ZSTD
			case "LZ4HC":
				method.method = compress.LZ4HC
			}
		case "log_comment":
			mark.value += given.value
		default:
			settings = append(settings, given)
		}
	}
	return method, append(settings, mark)
}

// stream answers a select block by block as the engine computes them.
func (s *session) stream(st statement, q query, method compression) error {
	started := time.Now()
	rows, err := s.engine.stream(st.text, q.params)
	if err != nil {
		if isNotStreamable(err) { // "WITH ... INSERT": refused before anything ran
			return s.run(st, q, method)
		}
		return err
	}
	var total tally
	finished := false
	defer func() { rows.close(finished) }()
	for {
		piece, err := rows.next()
		if err != nil {
			finished = true
			return err
		}
		last := len(piece.data()) == 0
		if err := s.sendPiece(piece, method, &total, time.Since(started)); err != nil {
			return err
		}
		if last {
			break
		}
		if err := s.checkAnswer(total); err != nil {
			return err
		}
	}
	finished = true
	if total.blocks == 0 {
		if err := s.sendHeaderOf(st, q, method); err != nil {
			return err
		}
	}
	return s.reply.profile(total.rows, total.blocks, total.bytes)
}

// sendPiece sends what one fetch brought, at once: the next may take long.
func (s *session) sendPiece(piece result, method compression, total *tally, elapsed time.Duration) error {
	defer piece.destroy()
	if err := s.sendBlocks(piece.data(), method, total); err != nil {
		return err
	}
	if err := s.reply.progress(piece.counters(), elapsed); err != nil {
		return err
	}
	return s.reply.flush()
}

func isNotStreamable(err error) bool {
	e, ok := errors.AsType[*exception](err)
	return ok && e.code == codeBadArguments && strings.Contains(e.message, "Streaming query is not supported")
}

type tally struct{ rows, blocks, bytes uint64 }

// sendBlocks sends the Native blocks that the engine wrote behind each other, a packet each.
func (s *session) sendBlocks(data []byte, method compression, total *tally) error {
	if total.blocks == 0 && len(data) > 0 {
		if err := s.rehearse(data); err != nil {
			return err
		}
	}
	in := &memoryWindow{left: data}
	for len(in.left) > 0 {
		before := len(in.left)
		out, err := s.reply.data(method)
		if err != nil {
			return err
		}
		block := blockCopier{in: in, out: out, flagsOut: true, shapes: s.shapes}
		if err := block.copyBlock(); err != nil {
			return sessionBroken(err)
		}
		if err := s.reply.endData(method); err != nil {
			return err
		}
		total.blocks++
		total.rows += uint64(block.blockRows)
		total.bytes += uint64(before - len(in.left))
	}
	return nil
}

// rehearse walks through a result's first block before any of it is sent, so that a type that cannot be carried ends in an exception
// and not in half a packet. All blocks of a result have the same types.
func (s *session) rehearse(data []byte) error {
	block := blockCopier{in: &memoryWindow{left: data}, out: io.Discard, shapes: s.shapes}
	return block.copyBlock()
}

// sendHeaderOf tells the columns of a select that had no rows, which the engine leaves out.
func (s *session) sendHeaderOf(st statement, q query, method compression) error {
	columns, err := s.describe("("+st.text+"\n)", q.params)
	if err != nil {
		return err
	}
	return s.reply.header(columns, method)
}

// run executes a statement to its end and sends what it answers, if anything.
func (s *session) run(st statement, q query, method compression) error {
	started := time.Now()
	r, err := s.engine.exec(st.text, nativeFormat, q.params)
	if err != nil {
		return err
	}
	defer r.destroy()
	var total tally
	if err := s.sendBlocks(r.data(), method, &total); err != nil {
		return err
	}
	if total.blocks == 0 && answersRows(st.text) {
		return s.sendEmptyAnswer(st, q, method)
	}
	return s.reply.progress(r.counters(), time.Since(started))
}

// answersRows reports whether a statement that is no select has a result even when it is empty.
func answersRows(text string) bool {
	tokens, err := tokenize(text)
	if err != nil || len(tokens) == 0 {
		return false
	}
	for _, keyword := range []string{"SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK"} {
		if tokens[0].is(keyword) {
			return true
		}
	}
	return false
}

// sendEmptyAnswer asks again in a format that names the columns even without rows; the statement only reads.
func (s *session) sendEmptyAnswer(st statement, q query, method compression) error {
	r, err := s.engine.exec(st.text, "RowBinaryWithNamesAndTypes", q.params)
	if err != nil {
		return err
	}
	defer r.destroy()
	texts := bytes.NewReader(r.data())
	count, err := binary.ReadUvarint(texts)
	if err != nil {
		return sessionBroken(err)
	}
	all, err := readTexts(texts, 2*int(count))
	if err != nil {
		return sessionBroken(err)
	}
	columns := make([]column, 0, count)
	for i := range int(count) {
		columns = append(columns, column{name: all[i], typeText: all[int(count)+i]})
	}
	return s.reply.header(columns, method)
}

// describe returns the names and types of a table expression's columns.
func (s *session) describe(table string, params []parameter) ([]column, error) {
	compact, texts := " SETTINGS describe_compact_output = 1", 2
	if s.gate != nil { // no statement of a reader's may set anything
		compact, texts = "", 7
	}
	r, err := s.engine.exec("DESCRIBE TABLE "+table+compact, "RowBinary", params)
	if err != nil {
		return nil, err
	}
	defer r.destroy()
	in := bytes.NewReader(r.data())
	var columns []column
	for in.Len() > 0 {
		row, err := readTexts(in, texts)
		if err != nil {
			return nil, sessionBroken(err)
		}
		columns = append(columns, column{name: row[0], typeText: row[1]})
	}
	return columns, nil
}

func readTexts(in *bytes.Reader, n int) ([]string, error) {
	texts := make([]string, 0, max(n, 0))
	for range n {
		length, err := binary.ReadUvarint(in)
		if err != nil {
			return nil, unexpected(err)
		}
		if length > uint64(in.Len()) {
			return nil, io.ErrUnexpectedEOF
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}

// sessionBroken keeps an exception that was met in the middle of a data packet from being sent as if the packet were whole.
func sessionBroken(err error) error {
	if e, ok := errors.AsType[*exception](err); ok {
		return fmt.Errorf("send block: %s", e.message)
	}
	return fmt.Errorf("send block: %w", err)
}
