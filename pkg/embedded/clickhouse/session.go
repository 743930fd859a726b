package clickhouse

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
	"go.uber.org/zap"
)

// session serves one client's connection with one connection to the engine, so that what the client sets, uses or creates for the
// session ends with it.
type session struct {
	server   *Server
	mark     string // names the session's queries to the engine
	conn     net.Conn
	raw      *bufio.Reader // packets as they come
	plain    *bufio.Reader // what compressed data packets hold
	packets  packetReader
	out      *deadlineWriter
	reply    *replyWriter
	engine   *connection
	settings settingsKeeper
	shapes   map[string]*shape
	gate     *gate                // of the reader whose session it is; nil for who may do everything
	reads    atomic.Pointer[gate] // the same, for the server
	database string               // current one of a reader

	mu        sync.Mutex
	busy      bool
	finishing bool
}

func newSession(server *Server, id int, conn net.Conn) *session {
	raw := bufio.NewReaderSize(conn, 64<<10)
	out := &deadlineWriter{conn: conn, timeout: server.cfg.TransferTimeout}
	return &session{
		server: server, mark: fmt.Sprintf("pricewire-session-%d;", id), conn: conn, raw: raw,
		plain:   bufio.NewReaderSize(compress.NewReader(raw), 64<<10),
		packets: packetReader{raw}, out: out, reply: newReplyWriter(out), shapes: map[string]*shape{},
	}
}

// serve answers packets until the client or the server ends the session.
func (s *session) serve() {
	err := s.handshake()
	for err == nil {
		err = s.packet()
	}
	if refusal, ok := errors.AsType[*exception](err); ok {
		s.refuse(refusal)
		return
	}
	if !errors.Is(err, io.EOF) && !isGone(err) {
		s.server.log.Warn("clickhouse client was cut off", zap.Stringer("client", s.conn.RemoteAddr()), zap.Error(err))
	}
}

// refuse sends an exception on a session that ends with it.
func (s *session) refuse(e *exception) {
	if s.reply.exception(e) == nil {
		_ = s.reply.flush() // the client may be gone
	}
}

// end frees what the session holds.
func (s *session) end() {
	_ = s.conn.Close()
	if s.engine != nil {
		s.engine.close()
	}
}

func (s *session) handshake() error {
	if err := s.conn.SetReadDeadline(time.Now().Add(s.server.cfg.HandshakeTimeout)); err != nil {
		return err
	}
	code, err := s.raw.ReadByte()
	if err != nil {
		return err
	}
	if proto.ClientCode(code) != proto.ClientCodeHello {
		return fmt.Errorf("shake hands: packet %d instead of a hello", code)
	}
	h, err := s.packets.readHello()
	if err != nil {
		return fmt.Errorf("shake hands: %w", err)
	}
	if err := s.authenticate(h); err != nil {
		return err
	}
	if h.revision < revision {
		return exceptionf(codeNotImplemented, "Client revision %d is not served: %d or newer is needed. (NOT_IMPLEMENTED)", h.revision, revision)
	}
	if err := s.openEngine(h.database); err != nil {
		return err
	}
	if err := s.reply.hello(s.server.engine.version); err != nil {
		return err
	}
	if err := s.reply.flush(); err != nil {
		return err
	}
	_, err = s.packets.text(maxHelloText) // the quota key, which newer clients add
	return err
}

// authenticate compares hashes, so that neither the time nor the length tells anything of the password.
func (s *session) authenticate(h hello) error {
	given := sha256.Sum256([]byte(h.user + "\x00" + h.password))
	is := func(user, password string) int {
		want := sha256.Sum256([]byte(user + "\x00" + password))
		return subtle.ConstantTimeCompare(given[:], want[:])
	}
	admitted := is(s.server.cfg.User, s.server.cfg.Password)
	for _, g := range s.server.gates {
		if is(g.reader.User, g.reader.Password) == 1 {
			admitted, s.gate = 1, g
		}
	}
	if admitted != 1 {
		return exceptionf(codeAuthenticationFail,
			"%s: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)", h.user)
	}
	return nil
}

// admitReader begins a reader's session, which has a connection of the engine only while it asks.
func (s *session) admitReader(database string) error {
	reader := s.gate.reader
	s.reads.Store(s.gate)
	if open := s.server.sessionsOf(s.gate); open > reader.Limits.Connections {
		return exceptionf(codeNoFreeConnection, "Too many connections: user %s has %d. (NO_FREE_CONNECTION)", reader.User, reader.Limits.Connections)
	}
	s.database = orDefault(database, reader.database())
	if !reader.mayUse(s.database) {
		return closedDatabase(reader, s.database)
	}
	s.limit(reader.Limits.Transfer, time.Time{})
	return nil
}

// limit cuts the client off when it takes nothing for so long, or has not taken an answer whole by then; the zero time is never.
func (s *session) limit(timeout time.Duration, by time.Time) { s.out.timeout, s.out.by = timeout, by }

func (s *session) openEngine(database string) error {
	if s.gate != nil {
		return s.admitReader(database)
	}
	conn, err := s.server.engine.connect()
	if err != nil {
		return exceptionf(codeNoFreeConnection, "%s. (NO_FREE_CONNECTION)", err)
	}
	s.engine = conn
	s.settings = settingsKeeper{conn: conn, base: s.server.engine.settings}
	if database == "" {
		database = s.server.cfg.Database
	}
	return conn.run("USE " + quoteName(database))
}

// packet waits for a packet and answers it.
func (s *session) packet() error {
	if err := s.conn.SetReadDeadline(time.Now().Add(s.server.cfg.IdleTimeout)); err != nil {
		return err
	}
	if s.isFinishing() {
		return io.EOF
	}
	code, err := s.raw.ReadByte()
	if err != nil {
		return err
	}
	if err := s.expectMore(); err != nil {
		return err
	}
	switch proto.ClientCode(code) {
	case proto.ClientCodePing:
		if err := s.reply.code(proto.ServerCodePong); err != nil {
			return err
		}
		return s.reply.flush()
	case proto.ClientCodeQuery:
		return s.answerQuery()
	case proto.ClientCodeCancel: // of a query that ended before
		return nil
	case proto.ClientCodeData:
		return exceptionf(codeUnexpectedPacket, "Unexpected packet Data received from client. (UNEXPECTED_PACKET_FROM_CLIENT)")
	default:
		return exceptionf(codeUnknownPacket, "Unknown packet %d from client. (UNKNOWN_PACKET_FROM_CLIENT)", code)
	}
}

// expectMore gives the client the transfer timeout for what comes next.
func (s *session) expectMore() error {
	return s.conn.SetReadDeadline(time.Now().Add(s.server.cfg.TransferTimeout))
}

// begin marks the session busy; it fails when the server is closing.
func (s *session) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = !s.finishing
	return s.busy
}

func (s *session) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
}

func (s *session) isFinishing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.finishing
}

// finish ends the session as soon as it runs no query.
func (s *session) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finishing = true
	if !s.busy {
		_ = s.conn.Close()
	}
}

// abort ends the session now: what it runs is killed by the watch of its socket.
func (s *session) abort() { _ = s.conn.Close() }
