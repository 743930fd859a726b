package connect

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/command"
)

// Where existing servers are unless a process is told otherwise.
const (
	DefaultNATS       = "nats://127.0.0.1:4222"
	DefaultClickHouse = "clickhouse://127.0.0.1:9000/" + Database
	DefaultWait       = time.Minute
)

// Database is where everything is in ClickHouse unless the DSN names another.
const Database = "pricewire"

// maxWait bounds how long a process may wait for its servers.
const maxWait = 24 * time.Hour

// Config says how the two servers are reached.
type Config struct {
	NATS       NATS
	ClickHouse ClickHouse
	Wait       time.Duration // for servers that are not up yet; 0: one attempt
	// SecretsInURLs lets URLs hold passwords, as those of endpoints.json do.
	SecretsInURLs bool
}

// NATS says how NATS is reached.
type NATS struct {
	URL          string // nats:// or tls://, several with commas between
	User         string
	PasswordFile string
	Creds        string // file of a JWT and its seed
	CA           string // files in PEM
	Cert         string
	Key          string
	Replicas     int // of streams and buckets: 1, 3 or 5
}

// ClickHouse says how ClickHouse is reached.
type ClickHouse struct {
	DSN          string // clickhouse://host:port/database
	User         string
	PasswordFile string
	CA           string
	Cert         string
	Key          string
	Cluster      string
	Replicated   bool
}

// Default is the configuration of a process that nothing was told.
func Default() Config {
	return Config{NATS: NATS{URL: DefaultNATS, Replicas: 1}, ClickHouse: ClickHouse{DSN: DefaultClickHouse}, Wait: DefaultWait}
}

// NATSFlags adds the flags of NATS; usage describes the first.
func (c *Config) NATSFlags(flags *pflag.FlagSet, usage string) {
	n := &c.NATS
	flags.StringVar(&n.URL, "nats", n.URL, usage)
	flags.StringVar(&n.User, "nats-user", n.User, "user of NATS")
	flags.StringVar(&n.PasswordFile, "nats-password-file", n.PasswordFile, "file with that user's password; or PRICEWIRE_NATS_PASSWORD in the environment")
	flags.StringVar(&n.Creds, "nats-creds", n.Creds, "credentials file of NATS: a JWT and its seed")
	flags.StringVar(&n.CA, "nats-ca", n.CA, "PEM file of the authorities that NATS's certificate is checked against; TLS is required then")
	flags.StringVar(&n.Cert, "nats-cert", n.Cert, "PEM file of our certificate for NATS")
	flags.StringVar(&n.Key, "nats-key", n.Key, "PEM file of that certificate's key")
	flags.Var(command.NewOneOf(&n.Replicas, 1, 3, 5), "stream-replicas", "copies that the NATS cluster keeps of streams and buckets: 1, 3 or 5; more are made, fewer refused")
}

// ClickHouseFlags adds the flags of ClickHouse; usage describes the first.
func (c *Config) ClickHouseFlags(flags *pflag.FlagSet, usage string) {
	h := &c.ClickHouse
	flags.StringVar(&h.DSN, "clickhouse", h.DSN, usage)
	flags.StringVar(&h.User, "clickhouse-user", h.User, "user of ClickHouse")
	flags.StringVar(&h.PasswordFile, "clickhouse-password-file", h.PasswordFile, "file with that user's password; or PRICEWIRE_CLICKHOUSE_PASSWORD in the environment")
	flags.StringVar(&h.CA, "clickhouse-ca", h.CA, "PEM file of the authorities that ClickHouse's certificate is checked against; TLS is required then")
	flags.StringVar(&h.Cert, "clickhouse-cert", h.Cert, "PEM file of our certificate for ClickHouse")
	flags.StringVar(&h.Key, "clickhouse-key", h.Key, "PEM file of that certificate's key")
	flags.StringVar(&h.Cluster, "clickhouse-cluster", h.Cluster, "name of the cluster that the tables are on; none: one server")
	flags.BoolVar(&h.Replicated, "clickhouse-replicated", h.Replicated, "tables are replicated")
}

// WaitFlag adds the flag of how long servers are waited for.
func (c *Config) WaitFlag(flags *pflag.FlagSet) {
	flags.DurationVar(&c.Wait, "wait", c.Wait, "how long to wait at start for servers that are not up yet")
}

// Validate notes what is wrong with the flags themselves; no file is read.
func (c Config) Validate(wrong *command.Wrong) {
	if c.Wait < 0 || c.Wait > maxWait {
		wrong.Flag("wait", "must be from 0 to "+maxWait.String())
	}
	c.validateNATS(wrong)
	c.validateClickHouse(wrong)
}

func (c Config) validateNATS(wrong *command.Wrong) {
	n := c.NATS
	for _, raw := range n.urls() {
		u, err := url.Parse(raw)
		switch {
		case err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls"}, u.Scheme):
			wrong.Flag("nats", "not a URL of a server: nats://HOST:PORT, or tls://HOST:PORT")
		case u.User != nil && (n.User != "" || n.Creds != ""):
			wrong.Flag("nats", "has a user in it, and there is another beside it")
		case hasPassword(u) && !c.SecretsInURLs:
			wrong.Flag("nats", "has a password in it: put it into the file of --nats-password-file, or into PRICEWIRE_NATS_PASSWORD")
		}
	}
	switch {
	case n.Creds != "" && (n.User != "" || n.PasswordFile != ""):
		wrong.Flag("nats-creds", "says who we are, and so does --nats-user or --nats-password-file: give one of them")
	case n.PasswordFile != "" && n.User == "" && !n.named():
		wrong.Flag("nats-password-file", "whose it is is missing: --nats-user")
	}
	pair(wrong, "nats", n.Cert, n.Key)
}

// urls are the addresses of the servers of one cluster.
func (n NATS) urls() []string {
	all := strings.Split(n.URL, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// named reports whether every URL says who we are.
func (n NATS) named() bool {
	return !slices.ContainsFunc(n.urls(), func(raw string) bool {
		u, err := url.Parse(raw)
		return err != nil || u.User == nil
	})
}

func (c Config) validateClickHouse(wrong *command.Wrong) {
	h := c.ClickHouse
	u, err := url.Parse(h.DSN)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "clickhouse":
		wrong.Flag("clickhouse", "not a DSN of a server: clickhouse://HOST:PORT/DATABASE")
		return
	case hasPassword(u) && !c.SecretsInURLs, u.Query().Has("password"):
		wrong.Flag("clickhouse", "has a password in it: put it into the file of --clickhouse-password-file, or into PRICEWIRE_CLICKHOUSE_PASSWORD")
	case u.User.Username() != "" && h.User != "":
		wrong.Flag("clickhouse", "has a user in it, and there is another beside it")
	case says(u, "skip_verify"):
		wrong.Flag("clickhouse", "skip_verify would believe any server: name its authority with --clickhouse-ca")
	}
	if h.PasswordFile != "" && h.User == "" && u.User.Username() == "" {
		wrong.Flag("clickhouse-password-file", "whose it is is missing: --clickhouse-user")
	}
	pair(wrong, "clickhouse", h.Cert, h.Key)
}

// says reports whether a DSN switches something on; what cannot be read counts as on.
func says(u *url.URL, parameter string) bool {
	on, err := strconv.ParseBool(u.Query().Get(parameter))
	return u.Query().Has(parameter) && (on || err != nil)
}

func hasPassword(u *url.URL) bool {
	_, has := u.User.Password()
	return has
}

// pair makes sure that a certificate comes with its key.
func pair(wrong *command.Wrong, server, cert, key string) {
	if cert != "" && key == "" {
		wrong.Flag(server+"-cert", "its key is missing: --"+server+"-key")
	}
	if cert == "" && key != "" {
		wrong.Flag(server+"-key", "its certificate is missing: --"+server+"-cert")
	}
}
