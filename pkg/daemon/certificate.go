package daemon

import (
	"crypto/tls"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
)

// lookAgain is how often the files of a certificate are looked at, at most, and only when somebody connects.
const lookAgain = time.Second

// Certificate is a certificate and its key in files, which may be replaced while it is in use. It is safe for use by several goroutines.
type Certificate struct {
	cert, key string
	log       *zap.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	stamp  [2]fileStamp
	looked time.Time
}

// fileStamp tells whether a file was replaced.
type fileStamp struct {
	modified time.Time
	size     int64
}

// NewCertificate reads a certificate, and the chain behind it, from files in PEM; an invalid fault where they are none or do not belong together.
func NewCertificate(cert, key string, log *zap.Logger) (*Certificate, error) {
	c := &Certificate{cert: cert, key: key, log: log}
	stamp, err := c.stamps()
	if err == nil {
		err = c.load()
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "read certificate %s with key %s: %w", cert, key, err).WithHint("both are files in PEM, and the key is the certificate's")
	}
	c.stamp = stamp
	return c, nil
}

// TLS is how a server listens with the certificate: TLS 1.2 or newer.
func (c *Certificate) TLS() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(time.Now()), nil }, //nolint:forbidigo // files change in real time
	}
}

// current returns the certificate of the files as they are now, or, where they cannot be used, the last that could: half of a pair may be replaced
// at this moment.
func (c *Certificate) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < lookAgain && !now.Before(c.looked) {
		return c.loaded
	}
	c.looked = now
	stamp, err := c.stamps()
	if err == nil && stamp == c.stamp {
		return c.loaded
	}
	if err == nil {
		err = c.load()
	}
	if err != nil {
		c.log.Warn("a certificate was replaced and cannot be used; the one before is", zap.String("certificate", c.cert), zap.Error(err))
		return c.loaded
	}
	c.stamp = stamp
	c.log.Info("a certificate was replaced", zap.String("certificate", c.cert), zap.Time("ends", c.loaded.Leaf.NotAfter))
	return c.loaded
}

func (c *Certificate) stamps() (stamps [2]fileStamp, err error) {
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return stamps, err
		}
		stamps[i] = fileStamp{info.ModTime(), info.Size()}
	}
	return stamps, nil
}

func (c *Certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err == nil {
		c.loaded = &pair
	}
	return err
}
