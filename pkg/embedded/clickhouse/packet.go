package clickhouse

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/ClickHouse/ch-go/proto"
)

// revision is the protocol revision spoken: that of clickhouse-go, the first with query parameters and query times. Newer clients
// step down to it, older ones are refused.
const revision = 54460

// Bounds on what a client may send besides data.
const (
	maxHelloText   = 4 << 10
	maxInfoText    = 64 << 10
	maxSettingText = 1 << 20
	maxSettings    = 4096
)

// packetReader reads the parts of client packets. No length that a client claims makes it allocate more than has arrived.
type packetReader struct{ in *bufio.Reader }

func (r packetReader) uvarint() (uint64, error) { return binary.ReadUvarint(r.in) }

func (r packetReader) text(limit int) (string, error) {
	length, err := r.uvarint()
	if err != nil {
		return "", err
	}
	if length > uint64(limit) {
		return "", exceptionf(codeTooManyBytes, "a text of %d bytes is longer than the allowed %d", length, limit)
	}
	var text bytes.Buffer
	if _, err := io.CopyN(&text, r.in, int64(length)); err != nil {
		return "", unexpected(err)
	}
	return text.String(), nil
}

func (r packetReader) skip(n int) error {
	_, err := r.in.Discard(n)
	return unexpected(err)
}

// hello is the client's introduction.
type hello struct {
	client                   string
	revision                 uint64
	database, user, password string
}

// readHello reads the introduction behind its packet code.
func (r packetReader) readHello() (hello, error) {
	var h hello
	var major, minor uint64
	err := r.all(
		r.textInto(&h.client, maxHelloText), r.numberInto(&major), r.numberInto(&minor), r.numberInto(&h.revision),
		r.textInto(&h.database, maxHelloText), r.textInto(&h.user, maxHelloText), r.textInto(&h.password, maxHelloText),
	)
	return h, err
}

// query is a statement with its circumstances.
type query struct {
	id         string
	text       string
	settings   []setting
	params     []parameter
	compressed bool
}

type setting struct {
	name, value string
	custom      bool // the value is a literal, quotes included
}

func (r packetReader) readQuery(maxText int) (query, error) {
	var q query
	var secret string
	var stage, compressed uint64
	if err := r.all(r.textInto(&q.id, maxInfoText), r.skipClientInfo); err != nil {
		return q, fmt.Errorf("read query: %w", err)
	}
	var err error
	if q.settings, err = r.readSettings(); err != nil {
		return q, fmt.Errorf("read settings: %w", err)
	}
	err = r.all(r.textInto(&secret, maxInfoText), r.numberInto(&stage), r.numberInto(&compressed), r.textInto(&q.text, maxText))
	if err != nil {
		return q, fmt.Errorf("read query: %w", err)
	}
	q.compressed = compressed != 0
	params, err := r.readSettings()
	if err != nil {
		return q, fmt.Errorf("read query parameters: %w", err)
	}
	for _, p := range params {
		q.params = append(q.params, parameter{name: p.name, value: unquoteDump(p.value)})
	}
	return q, nil
}

// skipClientInfo passes over what a client tells about itself, none of which changes an answer.
func (r packetReader) skipClientInfo() error {
	kind, err := r.in.ReadByte()
	if err != nil || kind == byte(proto.ClientQueryNone) {
		return unexpected(err)
	}
	text := func() error { _, err := r.text(maxInfoText); return err }
	number := func() error { _, err := r.uvarint(); return err }
	if err := r.all(text, text, text, func() error { return r.skip(8) }); err != nil {
		return err
	}
	transport, err := r.in.ReadByte()
	if err != nil {
		return unexpected(err)
	}
	if proto.Interface(transport) != proto.InterfaceTCP {
		return exceptionf(codeNotImplemented, "client interface %d is not served", transport)
	}
	return r.all(
		text, text, text, number, number, number, // operating system's user, host, client; its version and revision
		text, number, number, // quota key, depth of distribution, patch
		r.skipTrace,
		number, number, number, // parallel replicas
	)
}

func (r packetReader) skipTrace() error {
	present, err := r.in.ReadByte()
	if err != nil || present == 0 {
		return unexpected(err)
	}
	return r.all(
		func() error { return r.skip(16 + 8) },
		func() error { _, err := r.text(maxInfoText); return err },
		func() error { return r.skip(1) },
	)
}

func (r packetReader) readSettings() ([]setting, error) {
	const custom = 0x02
	var settings []setting
	for {
		var s setting
		var flags uint64
		name, err := r.text(maxInfoText)
		if err != nil || name == "" {
			return settings, err
		}
		if len(settings) == maxSettings {
			return nil, exceptionf(codeBadArguments, "more than %d settings or parameters in one query", maxSettings)
		}
		if err := r.all(r.numberInto(&flags), r.textInto(&s.value, maxSettingText)); err != nil {
			return nil, err
		}
		s.name, s.custom = name, flags&custom != 0
		settings = append(settings, s)
	}
}

func (r packetReader) textInto(target *string, limit int) func() error {
	return func() (err error) {
		*target, err = r.text(limit)
		return err
	}
}

func (r packetReader) numberInto(target *uint64) func() error {
	return func() (err error) {
		*target, err = r.uvarint()
		return err
	}
}

// all reads parts in order until one fails; an end in the middle is an unexpected end.
func (r packetReader) all(parts ...func() error) error {
	for _, part := range parts {
		if err := part(); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// unquoteDump takes the quotes off a parameter: clients send a quoted literal that holds the escaped text the engine wants.
func unquoteDump(dump string) string {
	if len(dump) < 2 || dump[0] != '\'' || dump[len(dump)-1] != '\'' {
		return dump
	}
	inside := dump[1 : len(dump)-1]
	plain := make([]byte, 0, len(inside))
	for i := 0; i < len(inside); i++ {
		if inside[i] != '\\' || i+1 == len(inside) {
			plain = append(plain, inside[i])
			continue
		}
		i++
		plain = append(plain, unescaped(inside[i]))
	}
	return string(plain)
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case '0':
		return 0
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return c
}
