package nats

import (
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
	// unbounded is the server's own bound on disk, out of reach: the server judges it message by message while it commits a batch, and
	// would leave half of one behind. Publishers judge room before they begin; see package jetstream.
	unbounded = 1 << 62
)

// Server is a running NATS server. Its methods may be called from several goroutines.
type Server struct {
	srv    *server.Server
	lock   *os.File
	url    string
	close  sync.Once
	closed error
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
	srv, err := start(cfg, log)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Server{srv: srv, lock: lock, url: clientURL(cfg, srv.Addr())}, nil
}

// URL returns the address for clients, with the user and password when they are set: a secret then.
func (s *Server) URL() string { return s.url }

// InProcessConn connects a client of this process without a socket; pass the server to nats.InProcessServer.
func (s *Server) InProcessConn() (net.Conn, error) { return s.srv.InProcessConn() }

// Close stops the server and waits until its files are closed. Clients should have drained before. Closing twice is fine.
func (s *Server) Close() error {
	s.close.Do(func() {
		s.srv.Shutdown()
		s.srv.WaitForShutdown()
		s.closed = s.lock.Close()
	})
	return s.closed
}

func start(cfg Config, log *zap.Logger) (*server.Server, error) {
	opts, err := options(cfg)
	if err != nil {
		return nil, err
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, fault.New(fault.Invalid, "configure nats server: %w", err)
	}
	logger := &logger{log: log, fatal: make(chan string, 1)}
	srv.SetLoggerV2(logger, false, false, false)
	go srv.Start()
	if err := awaitReady(srv, logger.fatal, cfg.StartTimeout); err != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil, err
	}
	return srv, nil
}

func options(cfg Config) (*server.Options, error) {
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
	return &server.Options{
		ServerName: "pricewire", Host: host, Port: port, Username: cfg.User, Password: password,
		NoSigs: true, NoLog: true, DisableJetStreamBanner: true,
		MaxPayload: int32(cfg.MaxPayload), //nolint:gosec // Validate keeps it small
		JetStream:  true, StoreDir: cfg.Dir, SyncAlways: true, JetStreamMaxStore: unbounded,
		JetStreamLimits: server.JSLimitOpts{MaxBatchSize: stream.BatchLimit, MaxBatchTimeout: batchTimeout},
	}, nil
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
