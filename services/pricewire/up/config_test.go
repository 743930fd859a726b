package up

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
)

func TestTheDefaultsAreGood(t *testing.T) {
	if err := Default("test").Validate(); err != nil {
		t.Error(err)
	}
}

func TestFlagsOfExistingServersAreForThem(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*Config)
		kind fault.Kind
		says string
	}{
		"a user of the embedded NATS":          {func(c *Config) { c.Servers.NATS.User = "u" }, fault.Invalid, "--nats: is that of the embedded server"},
		"replicas of the embedded NATS":        {func(c *Config) { c.Servers.NATS.Replicas = 3 }, fault.Invalid, "--nats: is that of the embedded server"},
		"a cluster of the embedded ClickHouse": {func(c *Config) { c.Servers.ClickHouse.Cluster = "c" }, fault.Invalid, "--clickhouse: is that of the embedded engine"},
		"an existing NATS that is none":        {func(c *Config) { c.Servers.NATS.URL = "http://x" }, fault.Invalid, "--nats: not a URL"},
		"an embedded NATS for everybody":       {func(c *Config) { c.Servers.NATS.URL = "0.0.0.0:4222" }, fault.Refused, "--nats 0.0.0.0:4222 can be reached"},
		"a NATS certificate, no key":           {func(c *Config) { c.NATSCert = "cert.pem" }, fault.Invalid, "--nats-tls-cert"},
		"a certificate of an existing NATS":    {func(c *Config) { c.NATSCert, c.NATSKey, c.Servers.NATS.URL = "c", "k", "nats://h:1" }, fault.Invalid, "--nats-tls-cert"},
		"streams at no time that is known":     {func(c *Config) { c.ERPStreams = "never" }, fault.Invalid, "--erp-streams"},
		"an embedded ClickHouse for everybody": {func(c *Config) { c.Servers.ClickHouse.DSN = "0.0.0.0:9000" }, fault.Refused, "--clickhouse 0.0.0.0:9000 can be reached from other machines, and passwords would travel in the open"},
		"a ClickHouse certificate, no key":     {func(c *Config) { c.SQL.TLSCert = "tls.crt" }, fault.Invalid, "--clickhouse-tls-cert: a certificate and its key belong together"},
		"analysts of an existing ClickHouse":   {func(c *Config) { c.SQL.AnalystPasswordFile, c.Servers.ClickHouse.DSN = "f", "clickhouse://h:1/d" }, fault.Invalid, "--clickhouse: is an existing server"},
		"a page for everybody":                 {func(c *Config) { c.HTTP = ":8080" }, fault.Refused, "--http :8080 can be reached"},
		"a page for everybody, without TLS":    {func(c *Config) { c.HTTP, c.Access.Auth = ":8080", "required" }, fault.Refused, "tokens could be read on their way"},
		"a page for everybody, believed":       {func(c *Config) { c.HTTP, c.Access.Plain = ":8080", true }, fault.Refused, "no authentication is configured"},
		"no way to know anybody":               {func(c *Config) { c.Access.Auth = "maybe" }, fault.Invalid, "--auth: must be trust or required"},
		"a page certificate without a key":     {func(c *Config) { c.Access.Cert = "cert.pem" }, fault.Invalid, "--http-tls-key: is missing"},
		"a key without its certificate":        {func(c *Config) { c.Access.Key = "key.pem" }, fault.Invalid, "--http-tls-cert: is missing"},
		"a certificate and none":               {func(c *Config) { c.Access.Cert, c.Access.Key, c.Access.Plain = "c", "k", true }, fault.Invalid, "--http-plain"},
		"an audience of no issuer":             {func(c *Config) { c.Access.OIDC.Audience = "x" }, fault.Invalid, "--oidc-issuer: is missing"},
		"an issuer without an audience":        {func(c *Config) { c.Access.OIDC.Issuer = "https://id.example.com" }, fault.Invalid, "--oidc-audience"},
		"an issuer without TLS":                {func(c *Config) { c.Access.OIDC.Issuer, c.Access.OIDC.Audience = "http://id.example.com", "x" }, fault.Invalid, "asked without TLS"},
		"simulated time on an existing server": {func(c *Config) { c.ClockRate, c.Servers.ClickHouse.DSN = 60, "clickhouse://h:1/d" }, fault.Invalid, "--clock-rate: simulated time"},
		"no folder":                            {func(c *Config) { c.Data = "" }, fault.Invalid, "--data"},
	} {
		cfg := Default("test")
		c.set(&cfg)
		if err := cfg.Validate(); !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := Default("test")
	cfg.Servers.NATS.URL, cfg.NATSCert, cfg.NATSKey = "0.0.0.0:4222", "cert.pem", "key.pem"
	if err := cfg.Validate(); err != nil {
		t.Errorf("an encrypted NATS for everybody: %v", err)
	}
	cfg = Default("test")
	cfg.Servers.NATS.URL, cfg.Servers.NATS.User, cfg.Servers.NATS.PasswordFile, cfg.Servers.NATS.Replicas = "nats://h:1", "u", "p", 3
	cfg.Servers.ClickHouse.DSN, cfg.Servers.ClickHouse.Cluster = "clickhouse://u:p@h:1/d", "c"
	if err := cfg.Validate(); err != nil {
		t.Errorf("existing servers: %v", err)
	}
	for _, access := range []func(*Config){
		func(c *Config) { c.Access.Cert, c.Access.Key = "c", "k" }, func(c *Config) { c.Access.Plain = true },
	} {
		cfg := Default("test")
		cfg.HTTP, cfg.Access.Auth = "0.0.0.0:8080", "required"
		access(&cfg)
		if err := cfg.Validate(); err != nil {
			t.Errorf("other machines with authentication: %v", err)
		}
	}
}

func TestAnEmbeddedClickHouseForEverybodyHasACertificate(t *testing.T) {
	cfg := Default("test")
	cfg.Servers.ClickHouse.DSN, cfg.SQL.TLSCert, cfg.SQL.TLSKey = "0.0.0.0:9000", "tls.crt", "tls.key"
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if _, err := cfg.SQL.listenerTLS(zap.NewNop()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a certificate that is not there: %v", err)
	}
}

func TestPasswordsOfAnalystsAreMadeOnceOrRead(t *testing.T) {
	folder, err := daemon.LockFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Unlock() }()
	made, err := SQL{}.readers(folder)
	if err != nil {
		t.Fatal(err)
	}
	again, err := SQL{}.readers(folder)
	if err != nil || made[0].Password != again[0].Password || made[1].Password != again[1].Password || made[0].Password == made[1].Password || len(made[0].Password) < 20 {
		t.Errorf("%v, %v, %v", made, again, err)
	}
	for _, r := range made {
		info, err := os.Stat(filepath.Join(folder.Path, "clickhouse-"+r.User+".secret"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
	for _, v := range made[0].Views {
		if v.Database != "pricewire_erp" {
			t.Errorf("an analyst without cost asks %s", v)
		}
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("chosen\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := SQL{AnalystPasswordFile: file}.readers(folder)
	if err != nil || read[0].Password != "chosen" || read[1].Password != made[1].Password {
		t.Errorf("%v, %v", read, err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, file + ".none"} {
		if _, err := (SQL{AnalystCostPasswordFile: bad}).readers(folder); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestAPasswordInAURLIsWarnedOfAndNotShown(t *testing.T) {
	cfg := Default("test")
	core, logs := observer.New(zapcore.InfoLevel)
	warnOfSecrets(cfg, zap.New(core))
	if logs.Len() != 0 {
		t.Errorf("warned of nothing: %v", logs.All())
	}
	cfg.Servers.NATS.URL, cfg.Servers.ClickHouse.DSN = "nats://u:hunter2@h:1", "clickhouse://u:hunter2@h:1/d"
	warnOfSecrets(cfg, zap.New(core))
	if logs.Len() != 1 || strings.Contains(logs.All()[0].ContextMap()["hint"].(string), "hunter2") {
		t.Fatalf("%v", logs.All())
	}
	where, err := cfg.Servers.Resolve(func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	summary(&out, cfg, "http://127.0.0.1:1", &servers{Servers: where}, &daemon.Folder{Path: "."}, 0)
	if strings.Contains(out.String(), "hunter2") || where.NATSURL() != "nats://u:hunter2@h:1" || where.DSN() != "clickhouse://u:hunter2@h:1/d" {
		t.Errorf("%s, %s, %s", out.String(), where.NATSURL(), where.DSN())
	}
}
