package nats

import (
	"crypto/rand"
	"errors"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
	"golang.org/x/crypto/bcrypt"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// anyPort is how nats-server spells "any free port"; its 0 means 4222.
	anyPort = -1
	// batchTimeout is how long an open batch may wait for its next message. The default of 10 s could run out for one publisher while
	// the server commits a batch of hundreds of thousands of messages for another.
	batchTimeout = time.Minute
	readyPoll    = 100 * time.Millisecond
	// maxConnections is far more than subscribers and services need; beyond it something opens connections and does not close them.
	maxConnections = 4096
	// unbounded is the server's own bound on disk, out of reach: the server judges it message by message while it commits a batch, and
	// would leave half of one behind. Publishers judge room before they begin; see package jetstream.
	unbounded = 1 << 62
)

// Server is a running NATS server. Its methods may be called from several goroutines.
type Server struct {
	srv      *server.Server
	dir      string
	lock     *os.File
	url      string
	address  string // host and port for clients wherever they are
	people   *people
	streams  *server.Account // in which the streams are
	local    *local          // nil without TLS
	changing sync.Mutex      // of subscribers, one change at a time
	news     chan struct{}
	close    sync.Once
	closed   error
}

// Open starts a server and waits until it serves. A second server on the same folder, in whatever process, is refused with a conflict
// fault; an address in use, or a server that does not come up in time, gives an unavailable one.
func Open(cfg Config, log *zap.Logger) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: cfg.Dir, lock: lock, news: make(chan struct{}, 1)}
	if err := s.start(cfg, log); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

// URL returns the address for clients of this machine, with the user and password when they are set: a secret then.
func (s *Server) URL() string { return s.url }

// AddressOf is the address for somebody, with his password: a secret. From other machines it is where the server's own address is reached by
// its host, or, where that is all of them, by this machine's name.
func (s *Server) AddressOf(name, password string) string {
	u := url.URL{Scheme: "nats", User: url.UserPassword(name, password), Host: s.address}
	if s.local != nil {
		u.Scheme = "tls"
	}
	return u.String()
}

// InProcessConn connects a client of this process without a socket; pass the server to nats.InProcessServer.
func (s *Server) InProcessConn() (net.Conn, error) { return s.srv.InProcessConn() }

// Close stops the server and waits until its files are closed. Clients should have drained before. Closing twice is fine.
func (s *Server) Close() error {
	s.close.Do(func() {
		s.local.stop()
		s.srv.Shutdown()
		s.srv.WaitForShutdown()
		s.closed = s.lock.Close()
	})
	return s.closed
}

// start starts the server. Subscribers are known before anybody is let in: one that reconnects is not turned away. Their accounts are made once
// JetStream is there, which the server gives to the account of the streams by itself only while that is the only one.
func (s *Server) start(cfg Config, log *zap.Logger) error {
	opts, err := s.options(cfg)
	if err != nil {
		return err
	}
	if s.srv, err = server.NewServer(opts); err != nil {
		return fault.New(fault.Invalid, "configure nats server: %w", err)
	}
	logger := &logger{log: log, fatal: make(chan string, 1)}
	s.srv.SetLoggerV2(logger, false, false, false)
	go s.srv.Start()
	err = awaitReady(s.srv, logger.fatal, cfg.StartTimeout)
	if err == nil {
		err = s.openDoor()
	}
	if err == nil {
		close(s.people.known)
		s.url = clientURL(cfg, s.srv.Addr())
		s.address = publicHost(cfg, s.srv.Addr())
		err = s.openLocal(cfg, log)
	}
	if err != nil {
		s.srv.Shutdown()
		s.srv.WaitForShutdown()
	}
	return err
}

func (s *Server) options(cfg Config) (*server.Options, error) {
	host, port, err := cfg.listen()
	if err != nil {
		return nil, err
	}
	if port == 0 {
		port = anyPort
	}
	password, err := hashed(cfg.Password)
	if err != nil {
		return nil, err
	}
	nobody, err := hashed(rand.Text())
	if err != nil {
		return nil, err
	}
	s.people = newPeople(cfg.User, password, nobody)
	opts := &server.Options{
		ServerName: "pricewire", Host: host, Port: port, MaxConn: maxConnections,
		NoSigs: true, NoLog: true, DisableJetStreamBanner: true,
		MaxPayload: int32(cfg.MaxPayload), //nolint:gosec // Validate keeps it small
		JetStream:  true, StoreDir: cfg.Dir, SyncAlways: true, JetStreamMaxStore: unbounded,
		JetStreamLimits: server.JSLimitOpts{MaxBatchSize: stream.BatchLimit, MaxBatchTimeout: batchTimeout},
	}
	if cfg.User != "" {
		opts.CustomClientAuthentication = s.people
	}
	if cfg.Cert != "" {
		if opts.TLSConfig, err = tlsConfig(cfg); err != nil {
			return nil, err
		}
		opts.TLS, opts.TLSTimeout = true, tlsTimeout.Seconds()
	}
	return opts, nil
}

// hashed keeps the password itself out of the server's memory and configuration dumps. The least cost will do: the product's passwords are
// random and long, and every connection pays for it.
func hashed(password string) (string, error) {
	if password == "" {
		return "", nil
	}
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return "", fault.New(fault.Invalid, "hash nats password: %w", err)
	}
	return string(h), nil
}

// awaitReady returns when the server accepts clients; the server tells of a failed start only in its log.
func awaitReady(srv *server.Server, fatal <-chan string, timeout time.Duration) error {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for !srv.ReadyForConnections(readyPoll) {
		select {
		case text := <-fatal:
			return fault.New(fault.Unavailable, "start nats server: %s", text)
		case <-deadline.C:
			return fault.New(fault.Unavailable, "start nats server: not ready after %s", timeout)
		default:
		}
	}
	return nil
}

// publicHost is where other machines reach the server.
func publicHost(cfg Config, addr net.Addr) string {
	host, _, _ := cfg.listen()
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	if tcp, ok := addr.(*net.TCPAddr); ok {
		return net.JoinHostPort(host, strconv.Itoa(tcp.Port))
	}
	return host
}

func clientURL(cfg Config, addr net.Addr) string {
	host, _, _ := cfg.listen()
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	u := url.URL{Scheme: "nats", Host: host}
	if tcp, ok := addr.(*net.TCPAddr); ok {
		u.Host = net.JoinHostPort(host, strconv.Itoa(tcp.Port))
	}
	if cfg.User != "" {
		u.User = url.UserPassword(cfg.User, cfg.Password)
	}
	return u.String()
}
