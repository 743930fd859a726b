package connect

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// largestSecret bounds files of secrets, largestPEM those of certificates.
const (
	largestSecret = 4 << 10
	largestPEM    = 1 << 20
)

// Environment looks a variable up, as os.LookupEnv does.
type Environment func(name string) (string, bool)

// Servers are where a configuration's servers are and how they are spoken to, all secrets and certificates read. It holds secrets: what of it
// may be shown is what NATSShown and ClickHouseShown return. Waiting for them begins when it is made.
type Servers struct {
	until      time.Time // when waiting for servers is over
	replicas   int
	nats       []*url.URL // each with who we are, unless that is in creds
	creds      string
	natsTLS    *tls.Config
	natsCA     string   // file, for errors
	dsn        *url.URL // with who we are
	tls        *tls.Config
	ca         string // file, for errors
	cluster    string
	replicated bool
}

// Resolve reads the secrets and certificates that a valid configuration names. Errors are invalid and name the flag and the file, or the
// variable.
func (c Config) Resolve(environment Environment) (*Servers, error) {
	s := &Servers{
		until:    time.Now().Add(c.Wait), //nolint:forbidigo // waiting for servers is in real time
		replicas: c.NATS.Replicas, creds: c.NATS.Creds, natsCA: c.NATS.CA, ca: c.ClickHouse.CA, cluster: c.ClickHouse.Cluster, replicated: c.ClickHouse.Replicated,
	}
	if err := s.resolveNATS(c.NATS, environment); err != nil {
		return nil, err
	}
	return s, s.resolveClickHouse(c.ClickHouse, environment)
}

func (s *Servers) resolveNATS(n NATS, environment Environment) error {
	password, err := Secret("nats-password-file", n.PasswordFile, "PRICEWIRE_NATS_PASSWORD", environment)
	if err != nil {
		return err
	}
	encrypted := n.CA != "" || n.Cert != ""
	for _, raw := range n.urls() {
		u, err := url.Parse(raw)
		if err != nil { // whose text would show what is in the URL
			return badFlag("nats", "not a URL of a server")
		}
		encrypted = encrypted || u.Scheme == "tls"
		u.User = identity(u.User, n.User, password)
		if u.User != nil && !hasPassword(u) { // to NATS it would be a token, which must not be shown
			return badFlag("nats-user", "its password is missing: --nats-password-file, or PRICEWIRE_NATS_PASSWORD in the environment")
		}
		s.nats = append(s.nats, u)
	}
	if n.Creds != "" {
		if _, err := readFile("nats-creds", n.Creds, largestPEM); err != nil {
			return err
		}
	}
	if encrypted {
		s.natsTLS, err = tlsConfig("nats", n.CA, n.Cert, n.Key)
	}
	return err
}

func (s *Servers) resolveClickHouse(h ClickHouse, environment Environment) error {
	password, err := Secret("clickhouse-password-file", h.PasswordFile, "PRICEWIRE_CLICKHOUSE_PASSWORD", environment)
	if err != nil {
		return err
	}
	u, err := url.Parse(h.DSN)
	if err != nil {
		return badFlag("clickhouse", "not a DSN of a server")
	}
	u.User = identity(u.User, h.User, password)
	if u.Path == "" || u.Path == "/" {
		u.Path = "/" + Database
	}
	s.dsn = u
	if h.CA != "" || h.Cert != "" || says(u, "secure") {
		s.tls, err = tlsConfig("clickhouse", h.CA, h.Cert, h.Key)
	}
	return err
}

// identity is who we are: what a URL says, or else the flags; the password of flags completes a URL that has only a user.
func identity(in *url.Userinfo, user, password string) *url.Userinfo {
	name := user
	if in != nil {
		name = in.Username()
		if inURL, has := in.Password(); has {
			password = inURL
		}
	}
	switch {
	case name == "":
		return nil
	case password == "":
		return url.User(name)
	}
	return url.UserPassword(name, password)
}

// Secret reads a secret from its file, or from the environment where none is named. The end of the last line is not a
// part of it. Errors are invalid and name the flag and the file.
func Secret(flag, path, variable string, environment Environment) (string, error) {
	if path == "" {
		value, _ := environment(variable)
		return value, nil
	}
	data, err := readFile(flag, path, largestSecret)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return "", badFlag(flag, path+": not a secret of one line")
	}
	return text, nil
}

func readFile(flag, path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err == nil {
		defer func() { _ = file.Close() }()
		var data []byte
		if data, err = io.ReadAll(io.LimitReader(file, most+1)); err == nil && int64(len(data)) <= most {
			return data, nil
		}
	}
	if err == nil {
		err = errors.New("too large")
	}
	if p, ok := errors.AsType[*os.PathError](err); ok {
		err = p.Err
	}
	return nil, badFlag(flag, path+": "+err.Error())
}

// authorities names those that a server's certificate is checked against.
func authorities(flag, file string) string {
	if file == "" {
		return "those of this machine (others: --" + flag + " FILE)"
	}
	return "those in --" + flag + " " + file
}

// tlsConfig speaks TLS 1.2 or later and verifies the server, against the machine's authorities where no others are named.
func tlsConfig(server, ca, cert, key string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		flag := server + "-ca"
		data, err := readFile(flag, ca, largestPEM)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(data) {
			return nil, badFlag(flag, ca+": no certificate in PEM is in it")
		}
	}
	if cert == "" {
		return cfg, nil
	}
	certificate, err := readFile(server+"-cert", cert, largestPEM)
	if err != nil {
		return nil, err
	}
	private, err := readFile(server+"-key", key, largestPEM)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certificate, private)
	if err != nil {
		return nil, badFlag(server+"-cert", cert+", with the key in "+key+": "+err.Error())
	}
	cfg.Certificates = []tls.Certificate{pair}
	return cfg, nil
}

func badFlag(flag, problem string) error {
	return fault.New(fault.Invalid, "--%s: %s", flag, problem).WithPlaces(fault.Place{Where: "flag." + flag, Problem: problem})
}

// NATSURL is the address of NATS for clients, a secret if we have one.
func (s *Servers) NATSURL() string {
	all := make([]string, len(s.nats))
	for i, u := range s.nats {
		all[i] = u.String()
	}
	return strings.Join(all, ",")
}

// DSN is the address of ClickHouse for clients, a secret if we have one.
func (s *Servers) DSN() string { return s.dsn.String() }

// NATSShown is the address of NATS as it may be shown and logged.
func (s *Servers) NATSShown() string {
	all := make([]string, len(s.nats))
	for i, u := range s.nats {
		all[i] = u.Redacted()
	}
	return strings.Join(all, ",")
}

// ClickHouseShown is the address of ClickHouse as it may be shown and logged.
func (s *Servers) ClickHouseShown() string { return s.dsn.Redacted() }

// Replicas are how many copies streams and buckets are to have.
func (s *Servers) Replicas() int { return s.replicas }

// Wait is how long a start still waits for servers, for all of them together.
func (s *Servers) Wait() time.Duration { return max(time.Until(s.until), 0) }
