package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/pflag"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

func TestMain(m *testing.M) { os.Exit(clickhousetest.Main(m)) }

const password = "hunter2, of one line"

// none is an environment without variables.
func none(string) (string, bool) { return "", false }

// configured is what flags make of a configuration, or what is wrong with them.
func configured(t *testing.T, args ...string) (Config, error) {
	t.Helper()
	c := Default()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	c.NATSFlags(flags, "URL")
	c.ClickHouseFlags(flags, "DSN")
	c.WaitFlag(flags)
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	var wrong command.Wrong
	c.Validate(&wrong)
	return c, wrong.Err()
}

func resolved(t *testing.T, environment Environment, args ...string) *Servers {
	t.Helper()
	c, err := configured(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Resolve(environment)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrongFlagsAreNamed(t *testing.T) {
	for line, says := range map[string]string{
		"--nats 127.0.0.1:4222":                                "--nats: not a URL",
		"--nats http://x:1":                                    "--nats: not a URL",
		"--nats nats://a:1,nats://":                            "--nats: not a URL",
		"--nats nats://u:hunter2@x:1":                          "--nats-password-file",
		"--nats nats://u@x:1 --nats-user v":                    "another beside it",
		"--nats-creds c --nats-user v":                         "--nats-creds: says who we are",
		"--nats-password-file p":                               "--nats-user",
		"--nats-cert c":                                        "--nats-key",
		"--nats-key k":                                         "--nats-cert",
		"--stream-replicas 2":                                  "use one of [1 3 5]",
		"--clickhouse http://x:8123":                           "--clickhouse: not a DSN",
		"--clickhouse clickhouse://u:hunter2@x:1/d":            "--clickhouse-password-file",
		"--clickhouse clickhouse://x:1/d?password=hunter2":     "--clickhouse-password-file",
		"--clickhouse clickhouse://u@x:1/ --clickhouse-user v": "another beside it",
		"--clickhouse clickhouse://x:1/d?skip_verify=true":     "--clickhouse-ca",
		"--clickhouse-password-file p":                         "--clickhouse-user",
		"--clickhouse-cert c":                                  "--clickhouse-key",
		"--wait -1s":                                           "--wait: must be from 0",
	} {
		if _, err := configured(t, strings.Fields(line)...); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := configured(t, strings.Fields("--nats nats://a:1,tls://b:2 --nats-user u --nats-password-file p --nats-ca c --clickhouse clickhouse://x:1/d?secure=true&skip_verify=false --clickhouse-user u --stream-replicas 3")...); err != nil {
		t.Errorf("refused: %v", err)
	}
	c := Default()
	c.SecretsInURLs, c.NATS.URL, c.ClickHouse.DSN = true, "nats://u:p@h:1", "clickhouse://u:p@h:1/d"
	var wrong command.Wrong
	if c.Validate(&wrong); wrong.Err() != nil {
		t.Errorf("where URLs may hold secrets: %v", wrong.Err())
	}
}

func TestSecretsComeFromFilesOrTheEnvironmentAndAreNotShown(t *testing.T) {
	environment := func(name string) (string, bool) { return "of " + name, true }
	for name, c := range map[string]struct {
		environment Environment
		args        []string
		nats, dsn   string
	}{
		"files": {
			environment,
			[]string{"--nats-user", "n", "--nats-password-file", file(t, password+"\n"), "--clickhouse-user", "c", "--clickhouse-password-file", file(t, password)},
			"nats://n:" + url.QueryEscape(password), "clickhouse://c:" + url.QueryEscape(password),
		},
		"environment": {
			environment,
			[]string{"--nats", "nats://a:1, nats://b:2", "--nats-user", "n", "--clickhouse", "clickhouse://h:1", "--clickhouse-user", "c"},
			"nats://n:of%20PRICEWIRE_NATS_PASSWORD@a:1,nats://n:of%20PRICEWIRE_NATS_PASSWORD@b:2", "clickhouse://c:of%20PRICEWIRE_CLICKHOUSE_PASSWORD@h:1/pricewire",
		},
		"nobody": {none, nil, DefaultNATS, DefaultClickHouse},
	} {
		s := resolved(t, c.environment, c.args...)
		if name == "files" {
			c.nats = strings.ReplaceAll(c.nats, "+", "%20") + "@127.0.0.1:4222"
			c.dsn = strings.ReplaceAll(c.dsn, "+", "%20") + "@127.0.0.1:9000/pricewire"
		}
		same := func(got, want string) bool {
			a, errA := url.PathUnescape(got)
			b, errB := url.PathUnescape(want)
			return a == b && errA == nil && errB == nil
		}
		if !same(s.NATSURL(), c.nats) || !same(s.DSN(), c.dsn) {
			t.Errorf("%s: %s, %s", name, s.NATSURL(), s.DSN())
		}
		if shown := s.NATSShown() + s.ClickHouseShown(); strings.Contains(shown, "hunter2") || strings.Contains(shown, "PASSWORD") {
			t.Errorf("%s: shown as %s", name, shown)
		}
	}
}

func TestFilesThatCannotBeUsedAreNamedWithTheirFlag(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.issue(t, "client", "client", time.Now().Add(time.Hour))
	_, otherKey := newAuthority(t).issue(t, "client", "client", time.Now().Add(time.Hour))
	garbage, empty, lines, large := file(t, "no PEM"), file(t, "\n"), file(t, "a\nb"), file(t, strings.Repeat("x", largestSecret+1))
	for _, c := range []struct{ flags, path string }{
		{"--nats-user u --nats-password-file %s", "/nowhere/secret"},
		{"--nats-user u  --nats-password-file %s", empty},
		{"--nats-user u   --nats-password-file %s", lines},
		{"--nats-user u    --nats-password-file %s", large},
		{"--clickhouse-user u --clickhouse-password-file %s", "/nowhere/secret"},
		{"--nats-creds %s", "/nowhere/creds"},
		{"--nats-ca %s", "/nowhere/ca"},
		{"--nats-ca  %s", garbage},
		{"--clickhouse-ca %s", garbage},
		{"--nats-key " + key + " --nats-cert %s", garbage},
		{"--nats-key " + otherKey + " --nats-cert %s", cert},
		{"--clickhouse-cert " + cert + " --clickhouse-key %s", "/nowhere/key"},
		{"--clickhouse-key " + otherKey + " --clickhouse-cert %s", cert},
	} {
		fields := strings.Fields(fmt.Sprintf(c.flags, c.path))
		read, err := configured(t, fields...)
		if err == nil {
			_, err = read.Resolve(none)
		}
		flag := fields[len(fields)-2]
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), flag) || !strings.Contains(err.Error(), c.path) || command.Code(err) != command.UsageError {
			t.Errorf("%s %s: %v", flag, c.path, err)
		}
	}
	if c, err := configured(t, "--nats-user", "token"); err != nil {
		t.Error(err)
	} else if _, err := c.Resolve(none); err == nil || !strings.Contains(err.Error(), "--nats-password-file") {
		t.Errorf("a user of NATS without a password: %v", err)
	}
}

// natsWith runs a NATS server that knows one user.
func natsWith(t *testing.T, cfg *tls.Config) string {
	t.Helper()
	server, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, Username: "n", Password: password, TLSConfig: cfg, TLSVerify: cfg != nil && cfg.ClientAuth != tls.NoClientCert,
		TLSTimeout: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	go server.Start()
	t.Cleanup(func() { server.Shutdown(); server.WaitForShutdown() })
	if !server.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS is not ready")
	}
	return server.Addr().String()
}

// attempt connects once and returns what was logged, and what came of it.
func attempt(t *testing.T, s *Servers) (logged string, err error) {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	nc, err := s.NATS(t.Context(), "test", zap.New(core))
	if err == nil {
		nc.Close()
	}
	return fmt.Sprint(logs.All()), err
}

func TestNATSIsReachedAsConfiguredOrTheErrorNamesTheFlag(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	hour := time.Now().Add(time.Hour)
	cert, key := a.issue(t, "client", "client", hour)
	strangeCert, strangeKey := stranger.issue(t, "client", "client", hour)
	plain := natsWith(t, nil)
	encrypted := natsWith(t, a.server(t, "127.0.0.1", hour, tls.NoClientCert))
	mutual := natsWith(t, a.server(t, "127.0.0.1", hour, tls.RequireAndVerifyClientCert))
	misnamed := natsWith(t, a.server(t, "nats.example", hour, tls.NoClientCert))
	expired := natsWith(t, a.server(t, "127.0.0.1", time.Now().Add(-time.Hour), tls.NoClientCert))
	for name, c := range map[string]struct {
		address, more string
		kind          fault.Kind
		flag          string
	}{
		"plain":                       {"nats://" + plain, "", fault.Internal, ""},
		"TLS":                         {"nats://" + encrypted, "--nats-ca " + a.pem, fault.Internal, ""},
		"TLS by URL":                  {"tls://" + encrypted, "--nats-ca " + a.pem, fault.Internal, ""},
		"one server of several":       {"nats://127.0.0.1:1,nats://" + plain, "", fault.Internal, ""},
		"our certificate":             {"nats://" + mutual, "--nats-ca " + a.pem + " --nats-cert " + cert + " --nats-key " + key, fault.Internal, ""},
		"no certificate of ours":      {"nats://" + mutual, "--nats-ca " + a.pem, fault.Invalid, "nats-ca"},
		"a stranger's certificate":    {"nats://" + mutual, "--nats-ca " + a.pem + " --nats-cert " + strangeCert + " --nats-key " + strangeKey, fault.Invalid, "nats-ca"},
		"another authority":           {"nats://" + encrypted, "--nats-ca " + stranger.pem, fault.Invalid, "nats-ca"},
		"the machine's authorities":   {"nats://" + encrypted, "", fault.Invalid, "nats-ca"},
		"another host's certificate":  {"nats://" + misnamed, "--nats-ca " + a.pem, fault.Invalid, "nats-ca"},
		"a certificate of the past":   {"nats://" + expired, "--nats-ca " + a.pem, fault.Invalid, "nats-ca"},
		"TLS of a server without any": {"nats://" + plain, "--nats-ca " + a.pem, fault.Invalid, "nats"},
		"nobody there":                {"nats://127.0.0.1:1", "", fault.Unavailable, ""},
	} {
		args := append([]string{"--nats", c.address, "--wait", "0", "--nats-user", "n", "--nats-password-file", file(t, password)}, strings.Fields(c.more)...)
		logged, err := attempt(t, resolved(t, none, args...))
		if (err == nil) != (c.kind == fault.Internal) || fault.KindOf(err) != c.kind || strings.Contains(fmt.Sprint(err, logged), "hunter2") {
			t.Errorf("%s: %v (%s)", name, err, logged)
		}
		if places := fault.PlacesOf(err); c.flag != "" && (len(places) != 1 || places[0].Where != "flag."+c.flag || fault.HintOf(err) == "") {
			t.Errorf("%s: %v names %v", name, err, places)
		}
		if hint := fault.HintOf(err); c.flag == "nats-ca" && strings.Contains(c.more, "--nats-ca") != strings.Contains(hint, "/ca.pem") {
			t.Errorf("%s: the hint does not name the file: %s", name, hint)
		}
	}
	logged, err := attempt(t, resolved(t, none, "--nats", "nats://"+plain, "--wait", "1m", "--nats-user", "n", "--nats-password-file", file(t, "not it")))
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.HintOf(err), "--nats-user") || strings.Contains(fmt.Sprint(err, logged), "not it") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestAServerThatComesLateIsAwaited(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	s := resolved(t, none, "--nats", fmt.Sprintf("nats://127.0.0.1:%d", port), "--wait", "1m")
	core, _ := observer.New(zapcore.InfoLevel)
	waiting := make(chan struct{})
	var once sync.Once
	log := zap.New(core, zap.Hooks(func(e zapcore.Entry) error {
		if e.Message == "waiting" {
			once.Do(func() { close(waiting) })
		}
		return nil
	}))
	go func() {
		<-waiting
		server, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
		if err != nil {
			t.Error(err)
			return
		}
		go server.Start()
		t.Cleanup(func() { server.Shutdown(); server.WaitForShutdown() })
	}()
	nc, err := s.NATS(t.Context(), "test", log)
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := resolved(t, none, "--nats", "nats://127.0.0.1:1", "--wait", "1m").NATS(ctx, "test", zap.NewNop()); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting after being stopped: %v", err)
	}
}

func TestClickHouseIsReachedAsConfiguredOrTheErrorNamesTheFlag(t *testing.T) {
	dsn, err := url.Parse(clickhousetest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	right, _ := dsn.User.Password()
	a, stranger := newAuthority(t), newAuthority(t)
	hour := time.Now().Add(time.Hour)
	cert, key := a.issue(t, "client", "client", hour)
	encrypted := unwrap(t, a.server(t, "127.0.0.1", hour, tls.NoClientCert), dsn.Host)
	mutual := unwrap(t, a.server(t, "127.0.0.1", hour, tls.RequireAndVerifyClientCert), dsn.Host)
	ours := " --clickhouse-cert " + cert + " --clickhouse-key " + key
	for name, c := range map[string]struct {
		address, more, password string
		kind                    fault.Kind
		flag                    string
	}{
		"plain":                  {dsn.Host + dsn.Path, "", right, fault.Internal, ""},
		"TLS":                    {encrypted + dsn.Path, "--clickhouse-ca " + a.pem, right, fault.Internal, ""},
		"our certificate":        {mutual + dsn.Path, "--clickhouse-ca " + a.pem + ours, right, fault.Internal, ""},
		"another authority":      {encrypted + dsn.Path, "--clickhouse-ca " + stranger.pem, right, fault.Invalid, "clickhouse-ca"},
		"the machine's":          {encrypted + dsn.Path + "?secure=true", "", right, fault.Invalid, "clickhouse-ca"},
		"no certificate of ours": {mutual + dsn.Path, "--clickhouse-ca " + a.pem, right, fault.Invalid, "clickhouse-ca"},
		"a wrong password":       {dsn.Host + dsn.Path, "", "hunter2", fault.Invalid, "clickhouse-user"},
		"nobody there":           {"127.0.0.1:1/pricewire", "", right, fault.Unavailable, ""},
	} {
		args := append([]string{"--clickhouse", "clickhouse://" + c.address, "--wait", "0", "--clickhouse-user", dsn.User.Username(), "--clickhouse-password-file", file(t, c.password)}, strings.Fields(c.more)...)
		store, err := resolved(t, none, args...).History(t.Context(), false, zap.NewNop())
		if err == nil {
			_ = store.Close()
		}
		if (err == nil) != (c.kind == fault.Internal) || fault.KindOf(err) != c.kind || strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
		if places := fault.PlacesOf(err); c.flag != "" && (len(places) != 1 || places[0].Where != "flag."+c.flag || fault.HintOf(err) == "") {
			t.Errorf("%s: %v names %v", name, err, places)
		}
	}
}
