package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
)

// killGrace is how long Close waits for killed queries to end before it gives the engine up.
const killGrace = 10 * time.Second

// Server is the engine behind a listener. Make one with Open.
type Server struct {
	cfg      Config
	log      *zap.Logger
	engine   *engine
	gates    []*gate // of readers
	listener net.Listener
	internal net.Listener // plain and on the loopback; the same as listener without TLS

	mu       sync.Mutex
	sessions map[*session]struct{}
	closing  bool
	nextID   int
	running  sync.WaitGroup

	closeOnce sync.Once
	closed    chan struct{}
	closeErr  error
}

// Open loads the engine, starts it on cfg.Dir and serves it. A process can hold one engine at a time: a second Open before Close is a
// conflict, and so is a folder that another process uses. A missing library is unavailable, with a hint that says what to run.
func Open(cfg Config, log *zap.Logger) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	var err error
	// The engine puts a relative folder before its own paths a second time.
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return nil, fault.New(fault.Invalid, "find engine folder: %w", err)
	}
	s := &Server{cfg: cfg, log: log, gates: newGates(cfg.Readers), sessions: map[*session]struct{}{}, closed: make(chan struct{})}
	if err := s.listen(); err != nil {
		return nil, err
	}
	started := time.Now()
	if s.engine, err = startEngine(cfg); err != nil {
		return nil, errors.Join(err, s.stopListening())
	}
	for _, l := range s.listeners() {
		s.running.Add(1)
		go s.accept(l)
	}
	log.Info("clickhouse engine serves", zap.Stringer("address", s.Addr()), zap.String("version", s.engine.version.String()),
		zap.String("dir", cfg.Dir), zap.Duration("took", time.Since(started)))
	return s, nil
}

func newGates(readers []Reader) []*gate {
	all := make(chan struct{}, readerQueries)
	gates := make([]*gate, len(readers))
	for i := range readers {
		gates[i] = &gate{reader: &readers[i], turns: make(chan struct{}, readers[i].Limits.Queries), all: all}
	}
	return gates
}

// listen takes the addresses, at once or not at all.
func (s *Server) listen() (err error) {
	var config net.ListenConfig
	if s.listener, err = config.Listen(context.Background(), "tcp", s.cfg.Address); err != nil {
		return fault.New(fault.Unavailable, "listen for clickhouse clients: %w", err)
	}
	s.internal = s.listener
	if s.cfg.TLS == nil {
		return nil
	}
	if s.internal, err = config.Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
		return errors.Join(fault.New(fault.Unavailable, "listen for clickhouse clients of this process: %w", err), s.listener.Close())
	}
	s.listener = tls.NewListener(s.listener, s.cfg.TLS)
	return nil
}

func (s *Server) listeners() []net.Listener {
	if s.internal == s.listener {
		return []net.Listener{s.listener}
	}
	return []net.Listener{s.listener, s.internal}
}

func (s *Server) stopListening() error {
	var err error
	for _, l := range s.listeners() {
		err = errors.Join(err, l.Close())
	}
	return err
}

// Addr is the address that clients connect to.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// DSN is what clickhouse-go connects with: clickhouse://user:password@host:port/database.
// With TLS it ends with ?secure=true.
func (s *Server) DSN() string {
	dsn := s.dsn(s.listener)
	return dsn.String()
}

// ReaderDSN is DSN for a reader, empty when there is none of that name.
func (s *Server) ReaderDSN(user string) string {
	for _, r := range s.cfg.Readers {
		if r.User == user {
			dsn := s.dsn(s.listener)
			dsn.User, dsn.Path = url.UserPassword(r.User, r.Password), "/"+r.database()
			return dsn.String()
		}
	}
	return ""
}

// InternalDSN is DSN for clients in this process: they need no TLS, whatever others need.
func (s *Server) InternalDSN() string {
	dsn := s.dsn(s.internal)
	return dsn.String()
}

func (s *Server) dsn(listener net.Listener) url.URL {
	host := listener.Addr().String()
	if address, ok := listener.Addr().(*net.TCPAddr); ok && address.IP.IsUnspecified() { // of all addresses the nearest
		host = net.JoinHostPort("127.0.0.1", strconv.Itoa(address.Port))
	}
	dsn := url.URL{Scheme: "clickhouse", User: url.UserPassword(s.cfg.User, s.cfg.Password), Host: host, Path: "/" + s.cfg.Database}
	if s.cfg.TLS != nil && listener == s.listener {
		dsn.RawQuery = "secure=true"
	}
	return dsn
}

func (s *Server) accept(listener net.Listener) {
	defer s.running.Done()
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, for one: wait, the listener is still good
			s.log.Warn("accept clickhouse client failed", zap.Error(err))
			time.Sleep(50 * time.Millisecond)
			continue
		}
		s.admit(conn)
	}
}

func (s *Server) admit(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		_ = conn.Close()
		return
	}
	s.nextID++
	session := newSession(s, s.nextID, conn)
	crowded := len(s.sessions) >= s.cfg.MaxConnections
	s.sessions[session] = struct{}{}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		defer s.dismiss(session)
		if crowded {
			session.refuse(exceptionf(codeNoFreeConnection, "Too many connections: %d are open. (NO_FREE_CONNECTION)", s.cfg.MaxConnections))
			return
		}
		session.serve()
	}()
}

// sessionsOf counts the sessions of a reader.
func (s *Server) sessionsOf(g *gate) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for other := range s.sessions {
		if other.reads.Load() == g {
			n++
		}
	}
	return n
}

func (s *Server) dismiss(session *session) {
	session.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, session)
}

// Close stops accepting, lets running queries and inserts end until ctx does, then kills them, and stops the engine: its data is
// complete on disk and its folder free when Close returns nil. Closing again waits for the first Close and returns its outcome.
func (s *Server) Close(ctx context.Context) error {
	s.closeOnce.Do(func() {
		defer close(s.closed)
		s.closeErr = s.shutDown(ctx)
	})
	<-s.closed
	return s.closeErr
}

func (s *Server) shutDown(ctx context.Context) error {
	err := s.stopListening()
	s.mu.Lock()
	s.closing = true
	for session := range s.sessions {
		session.finish()
	}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.running.Wait()
	}()
	if !waitFor(ctx, ended) {
		s.log.Warn("clickhouse queries still run and are killed", zap.Int("sessions", s.abort()))
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killGrace)
		defer cancel()
		if !waitFor(ctx, ended) {
			return fault.New(fault.Unavailable, "close clickhouse engine: queries could not be killed within %s", killGrace)
		}
	}
	s.engine.stop()
	s.log.Info("clickhouse engine stopped")
	if err != nil {
		return fmt.Errorf("close clickhouse listener: %w", err)
	}
	return nil
}

func (s *Server) abort() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := range s.sessions {
		session.abort()
	}
	return len(s.sessions)
}

func waitFor(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// isGone reports whether err says that a peer or this side ended the connection, which is no news.
func isGone(err error) bool {
	var netErr net.Error
	return err != nil && (errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &netErr))
}
