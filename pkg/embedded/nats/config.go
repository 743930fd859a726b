package nats

import (
	"net"
	"strconv"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Defaults of Config.
const (
	DefaultAddress      = "127.0.0.1:4222"
	DefaultMaxPayload   = 8 << 20
	DefaultStartTimeout = 2 * time.Minute
)

// The payloads the server can be told to accept: at least what NATS itself takes by default; at most what its file store takes
// comfortably.
const (
	leastMaxPayload = 1 << 20
	mostMaxPayload  = 16 << 20
)

// Config says where the server keeps its data and whom it serves.
type Config struct {
	// Dir holds the messages; it is made when missing. One server at a time may use it.
	Dir string
	// Address is the host:port to listen on. Port 0 takes any free port. Default 127.0.0.1:4222.
	Address string
	// User and Password are what clients must present. Both may be empty on a loopback address only.
	User     string
	Password string
	// Cert and Key are the PEM files of the certificate of the address; without them it is not encrypted, and must be a loopback one.
	Cert string
	Key  string
	// MaxPayload is the largest message in bytes, headers included, 1 MiB to 16 MiB. Default 8 MiB.
	MaxPayload int
	// StartTimeout bounds how long Open waits; a server that was killed while it held millions of subjects takes most of a minute to
	// recover. Default 2 minutes.
	StartTimeout time.Duration
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c Config) Validate() error {
	c = c.withDefaults()
	switch {
	case c.Dir == "":
		return fault.New(fault.Invalid, "nats folder is missing")
	case c.MaxPayload < leastMaxPayload || c.MaxPayload > mostMaxPayload:
		return fault.New(fault.Invalid, "nats max payload %d is not between %d and %d", c.MaxPayload, leastMaxPayload, mostMaxPayload)
	case c.StartTimeout < 0:
		return fault.New(fault.Invalid, "nats start time-out %s is negative", c.StartTimeout)
	}
	host, _, err := c.listen()
	if err != nil {
		return err
	}
	return c.validateUser(host)
}

func (c Config) validateUser(host string) error {
	if (c.User == "") != (c.Password == "") {
		return fault.New(fault.Invalid, "nats user and password go together")
	}
	if (c.Cert == "") != (c.Key == "") {
		return fault.New(fault.Invalid, "nats certificate and key go together")
	}
	if c.User == "" && !loopback(host) {
		return fault.New(fault.Invalid, "nats address %s can be reached from other machines", c.Address).
			WithHint("set a user and a password, or listen on 127.0.0.1")
	}
	if c.Cert == "" && !loopback(host) {
		return fault.New(fault.Invalid, "nats address %s can be reached from other machines, and passwords could be read on their way", c.Address).
			WithHint("give it a certificate and its key, or listen on 127.0.0.1")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Address == "" {
		c.Address = DefaultAddress
	}
	if c.MaxPayload == 0 {
		c.MaxPayload = DefaultMaxPayload
	}
	if c.StartTimeout == 0 {
		c.StartTimeout = DefaultStartTimeout
	}
	return c
}

// listen splits the address; port 0 means any.
func (c Config) listen() (host string, port int, err error) {
	host, text, err := net.SplitHostPort(c.Address)
	if err != nil {
		return "", 0, fault.New(fault.Invalid, "read nats address: %w", err)
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fault.New(fault.Invalid, "nats port %q is not a number from 0 to 65535", text)
	}
	return host, port, nil
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
