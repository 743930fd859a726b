package nats

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
)

// tlsTimeout bounds a handshake.
const tlsTimeout = 5 * time.Second

func tlsConfig(cfg Config) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cfg.Cert, cfg.Key)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read nats certificate %s with key %s: %w", cfg.Cert, cfg.Key, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// local is a second address, on the loopback, of a server whose first one speaks TLS: programs of this machine need not know by which name and
// authority its certificate is. They say who they are there as everywhere. A nil one does nothing.
type local struct {
	srv      *Server
	log      *zap.Logger
	listener net.Listener
	open     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool // nil once it is stopped
}

// openLocal listens on the loopback too, where the server's own address is encrypted.
func (s *Server) openLocal(cfg Config, log *zap.Logger) error {
	if cfg.Cert == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0") //nolint:forbidigo // it listens at once or not at all
	if err != nil {
		return fault.New(fault.Unavailable, "listen for programs of this machine: %w", err)
	}
	s.local = &local{srv: s, log: log, listener: listener, conns: map[net.Conn]bool{}}
	s.url = clientURL(Config{Address: listener.Addr().String(), User: cfg.User, Password: cfg.Password}, listener.Addr())
	s.local.open.Go(s.local.accept)
	return nil
}

func (l *local) accept() {
	for {
		outside, err := l.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // too many files, for example
			l.log.Warn("accepting a local connection failed", zap.Error(err))
			time.Sleep(readyPoll)
			continue
		}
		inside, err := l.srv.InProcessConn()
		if err != nil {
			_ = outside.Close()
			continue
		}
		if !l.keep(outside, inside) {
			return
		}
		l.open.Go(func() { l.carry(outside, inside) })
		l.open.Go(func() { l.carry(inside, outside) })
	}
}

// carry copies what comes from one end to the other until either ends, and ends both.
func (l *local) carry(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range []net.Conn{from, to} {
		_ = c.Close()
		delete(l.conns, c)
	}
}

// keep remembers connections until they end; none are kept once it is stopped.
func (l *local) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		if l.conns == nil {
			_ = c.Close()
			continue
		}
		l.conns[c] = true
	}
	return l.conns != nil
}

// stop ends it, and all connections through it.
func (l *local) stop() {
	if l == nil {
		return
	}
	_ = l.listener.Close()
	l.mu.Lock()
	for c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
	l.mu.Unlock()
	l.open.Wait()
}
