package clickhouse

import (
	"crypto/tls"
	"fmt"
	"net"
	"regexp"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Config says where the engine library and the data are, who may connect, and how much the engine may use. The zero value of every
// field except Dir, User, Password and Database is a usable default.
type Config struct {
	Library  string // path of libchdb; empty: looked for, see the README
	Dir      string // folder of the data, created when missing; one process at a time
	Address  string // host:port to listen on; empty: 127.0.0.1:0, a free port of the loopback
	User     string // who may do everything
	Password string // compared in constant time; an empty one is refused
	Database string // created at open; also the database of clients that name none

	Readers []Reader    // users who may only ask questions
	TLS     *tls.Config // clients on Address speak TLS; the server's own process has a plain listener on the loopback, see InternalDSN

	MemoryLimit   int64             // bytes all queries together may use before they fail with code 241; 0: 800 MiB
	CacheSize     int64             // bytes for each of the mark and primary index caches; 0: 64 MiB
	MergeThreads  int               // background merges at once; 0: 2
	QueryThreads  int               // threads of one query; 0: one a core
	Settings      map[string]string // query-level settings every connection starts with
	MaxQueryBytes int               // length of a statement's text; 0: 16 MiB

	MaxConnections   int           // further clients get code 203; 0: 256
	HandshakeTimeout time.Duration // from accept to accepted password; 0: 10 s
	IdleTimeout      time.Duration // a connection that asks nothing is closed; 0: 1 h
	TransferTimeout  time.Duration // a client that neither sends the rest of a packet nor reads its answer is closed; 0: 5 min
}

const (
	mebibyte              = 1 << 20
	defaultMemoryLimit    = 800 * mebibyte
	defaultCacheSize      = 64 * mebibyte
	defaultMergeThreads   = 2
	defaultMaxQueryBytes  = 16 * mebibyte
	defaultMaxConnections = 256
)

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// Validate reports the first value that cannot work, as an invalid fault.
func (c Config) Validate() error {
	for _, need := range []struct{ name, value string }{
		{"dir", c.Dir}, {"user", c.User}, {"password", c.Password}, {"database", c.Database},
	} {
		if need.value == "" {
			return fault.New(fault.Invalid, "check engine configuration: %s is empty", need.name)
		}
	}
	if _, _, err := net.SplitHostPort(c.address()); err != nil {
		return fault.New(fault.Invalid, "check engine configuration: address %q: %w", c.Address, err)
	}
	for name, value := range map[string]int64{
		"memory limit": c.MemoryLimit, "cache size": c.CacheSize, "merge threads": int64(c.MergeThreads),
		"query threads": int64(c.QueryThreads), "query length": int64(c.MaxQueryBytes), "connections": int64(c.MaxConnections),
		"handshake timeout": int64(c.HandshakeTimeout), "idle timeout": int64(c.IdleTimeout), "transfer timeout": int64(c.TransferTimeout),
	} {
		if value < 0 {
			return fault.New(fault.Invalid, "check engine configuration: %s is negative", name)
		}
	}
	for i, r := range c.Readers {
		if err := r.validate(c.User); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Readers[:i], func(other Reader) bool { return other.User == r.User }) {
			return fault.New(fault.Invalid, "check engine configuration: there are two readers %q", r.User)
		}
	}
	for name := range c.Settings {
		if !settingName.MatchString(name) {
			return fault.New(fault.Invalid, "check engine configuration: %q is not the name of a setting", name)
		}
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.Address = c.address()
	c.MemoryLimit = orDefault(c.MemoryLimit, defaultMemoryLimit)
	c.CacheSize = orDefault(c.CacheSize, defaultCacheSize)
	c.MergeThreads = orDefault(c.MergeThreads, defaultMergeThreads)
	c.MaxQueryBytes = orDefault(c.MaxQueryBytes, defaultMaxQueryBytes)
	c.MaxConnections = orDefault(c.MaxConnections, defaultMaxConnections)
	c.HandshakeTimeout = orDefault(c.HandshakeTimeout, 10*time.Second)
	c.IdleTimeout = orDefault(c.IdleTimeout, time.Hour)
	c.TransferTimeout = orDefault(c.TransferTimeout, 5*time.Minute)
	c.Readers = slices.Clone(c.Readers)
	for i := range c.Readers {
		c.Readers[i].Limits = c.Readers[i].Limits.withDefaults()
	}
	return c
}

func (c Config) address() string {
	if c.Address == "" {
		return "127.0.0.1:0"
	}
	return c.Address
}

// sessionSettings are the query-level settings that hold on a connection when neither it nor a query says otherwise.
func (c Config) sessionSettings() map[string]string {
	settings := map[string]string{
		// The engine would gather rows of several inserts behind an acknowledgement; the product wants an insert written when it is acknowledged.
		"async_insert": "0",
		// An insert is cut into parts by rows only, never by bytes, so that up to 1,048,449 rows stay one atomic part.
		"min_insert_block_size_bytes": "0",
		// The engine would use one thread only, since it wants a gigabyte of free memory for each; the memory of a query is bounded all the same.
		"max_threads_min_free_memory_per_thread": "0",
	}
	if len(c.Readers) > 0 {
		// Views read with the rights of who makes them, so that readers need none on what is behind them.
		settings["default_normal_view_sql_security"] = "DEFINER"
	}
	if c.QueryThreads > 0 {
		settings["max_threads"] = fmt.Sprint(c.QueryThreads)
	}
	for name, value := range c.Settings {
		settings[name] = value
	}
	return settings
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
