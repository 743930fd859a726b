package connect

import (
	"strings"
	"testing"
)

func TestAPasswordThatOthersCanReadOnTheWayIsToldWithItsFlag(t *testing.T) {
	for _, c := range []struct{ nats, dsn, says string }{
		{"nats://u:hunter2@127.0.0.1:4222", "clickhouse://u:hunter2@10.0.0.1:9000/d", ""},
		{"nats://u:hunter2@nats:4222", "clickhouse://u:hunter2@clickhouse:9000/d", ""},
		{"nats://nats.example.com:4222", "clickhouse://u@db.example.com:9000/d", ""},
		{"tls://u:hunter2@nats.example.com:4222", "clickhouse://u:hunter2@db.example.com:9440/d?secure=true", ""},
		{"nats://u:hunter2@nats.example.com:4222", "clickhouse://db:9000/d", "nats.example.com:4222 unencrypted|--nats-ca"},
		{"nats://nats:4222", "clickhouse://u:hunter2@near:9000,8.8.8.8:9000/d", "8.8.8.8:9000 unencrypted|--clickhouse-ca"},
	} {
		cfg := Default()
		cfg.SecretsInURLs, cfg.NATS.URL, cfg.ClickHouse.DSN = true, c.nats, c.dsn
		servers, err := cfg.Resolve(func(string) (string, bool) { return "", false })
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(servers.Exposed(), "; ")
		if (text == "") != (c.says == "") || strings.Contains(text, "hunter2") {
			t.Errorf("%s %s: %q", c.nats, c.dsn, text)
		}
		for says := range strings.SplitSeq(c.says, "|") {
			if !strings.Contains(text, says) {
				t.Errorf("%s %s: %q does not say %q", c.nats, c.dsn, text, says)
			}
		}
	}
}
