package serve

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pricewire/pricewire/services/pricewire/command"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// all are the processes, anew.
func all() map[string]*Process {
	return map[string]*Process{"scheduler": Scheduler(), "ingester": Ingester(), "materializer": Materializer(), "api": API(), "notifier": Notifier()}
}

func run(t *testing.T, p *Process, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := p.Run(t.Context(), "1.2.3", args, &out)
	return code, out.String()
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryProcessSaysItsVersionAndItsFlags(t *testing.T) {
	for name, p := range all() {
		if code, out := run(t, p, "--version"); code != command.OK || !strings.Contains(out, "1.2.3") {
			t.Errorf("%s: exit %d: %s", name, code, out)
		}
	}
	for name, p := range all() {
		code, out := run(t, p, "--help")
		for _, flag := range []string{"--nats ", "--nats-user", "--nats-password-file", "--nats-creds", "--nats-ca", "--nats-cert", "--nats-key", "--stream-replicas", "--wait", "--config", "--log-level"} {
			if code != command.OK || !strings.Contains(out, flag) {
				t.Errorf("%s does not tell of %s", name, flag)
			}
		}
		if tells := strings.Contains(out, "--clickhouse "); tells != p.tables() {
			t.Errorf("%s tells of ClickHouse: %t", name, tells)
		}
	}
}

func TestWrongConfigurationsTouchNothing(t *testing.T) {
	secret := file(t, "secret", "a shared secret\n")
	data := filepath.Join(t.TempDir(), "var")
	for _, c := range []struct {
		process string
		args    []string
		code    int
		says    string
	}{
		{"scheduler", []string{"--listen", "nonsense"}, 2, "--listen: \"nonsense\" is not HOST:PORT"},
		{"scheduler", []string{"--notice", "x=y"}, 2, "--notice"},
		{"scheduler", []string{"--config", file(t, "pricewire.yaml", "notice: [\"license=soon\"]\n")}, 2, "--notice"},
		{"scheduler", []string{"--config", file(t, "pricewire.yaml", "nats: nats://x:1\nclickhouze: x\n")}, 2, "line 2: there is no flag \"clickhouze\""},
		{"materializer", []string{"--nats", "x"}, 2, "--nats"},
		{"materializer", []string{"surplus"}, 2, "surplus"},
		{"ingester", []string{"--data", "", "--source", "none"}, 2, "--data: a folder is needed"},
		{"ingester", []string{"--data", data, "--source", "ftp://x"}, 2, "--source"},
		{"ingester", []string{"--data", data, "--listen", ":0"}, 5, "--ingester-secret-file"},
		{"ingester", []string{"--data", data, "--listen", ":0", "--ingester-secret-file", file(t, "empty", "\n")}, 2, "not a secret of one line"},
		{"ingester", []string{"--data", t.TempDir(), "--listen", ":0", "--ingester-secret-file", secret, "--wait", "0", "--nats", "nats://127.0.0.1:1"}, 6, "connect to NATS"},
		{"api", []string{"--http", ":0"}, 5, "no authentication is configured"},
		{"api", []string{"--ingester", "x"}, 2, "--ingester: not an http or https URL"},
		{"api", []string{"--ingester-secret-file", secret}, 2, "--ingester"},
		{"api", []string{"--materializer", "http://u:p@x"}, 2, "--materializer: has a user in it"},
		{"api", []string{"--materializer-secret-file", secret}, 2, "--materializer-secret-file: whose it is is missing"},
		{"api", []string{"--ingester-secret-file", secret, "--materializer", "x"}, 2, "--ingester-secret-file: whose it is is missing"},
		{"api", []string{"--materializer", "http://x", "--materializer-secret-file", "/nowhere"}, 2, "--materializer-secret-file: /nowhere"},
		{"materializer", []string{"--materializer-secret-file", file(t, "empty", "\n")}, 2, "not a secret of one line"},
		{"materializer", []string{"--listen", ":0", "--wait", "0", "--nats", "nats://127.0.0.1:1"}, 6, "connect to NATS"},
		{"api", []string{"--move-percent", "-1"}, 2, "--move-percent"},
		{"api", []string{"--http", "127.0.0.1:0", "--nats", "nats://127.0.0.1:1", "--wait", "0"}, 6, "connect to NATS"},
	} {
		code, out := run(t, all()[c.process], c.args...)
		if code != c.code || !strings.Contains(out, c.says) || strings.Contains(out, "a shared secret") {
			t.Errorf("%s %v: exit %d, want %d saying %q: %s", c.process, c.args, code, c.code, c.says, out)
		}
		if _, err := os.Stat(data); err == nil {
			t.Errorf("%s %v made its folder", c.process, c.args)
		}
	}
}

func TestASecretThatGoesUnencryptedToAnotherNetworkIsWarnedOf(t *testing.T) {
	secret := file(t, "secret", "a shared secret\n")
	args := []string{"--http", "127.0.0.1:0", "--nats", "nats://127.0.0.1:1", "--wait", "0", "--ingester-secret-file", secret, "--ingester"}
	for base, warned := range map[string]bool{"http://ingester.example.com:8082": true, "https://ingester.example.com:8082": false, "http://ingester:8082": false} {
		if _, out := run(t, API(), append(args, base)...); strings.Contains(out, "unencrypted") != warned || strings.Contains(out, "a shared secret") {
			t.Errorf("%s: %s", base, out)
		}
	}
}

// watched is output that a test waits in.
type watched struct {
	mu   sync.Mutex
	all  bytes.Buffer
	word string
	seen chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := strings.Contains(w.all.String(), w.word)
	n, err := w.all.Write(p)
	if !before && strings.Contains(w.all.String(), w.word) {
		close(w.seen)
	}
	return n, err
}

func TestAProcessThatWaitsLivesIsNotReadyAndStopsWhenAsked(t *testing.T) {
	for name, p := range all() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		_ = listener.Close()
		ctx, cancel := context.WithCancel(t.Context())
		out := &watched{word: "waiting", seen: make(chan struct{})}
		ended := make(chan int, 1)
		args := []string{"--" + p.addressFlag(), address, "--nats", "nats://127.0.0.1:1", "--wait", "10m"}
		if name == "ingester" {
			args = append(args, "--data", t.TempDir())
		}
		go func() { ended <- p.Run(ctx, "test", args, out) }()
		<-out.seen
		for path, want := range map[string]string{"/livez": "200", "/readyz": "503", "/metrics": "200", "/v1/status": "503", "/watch/watching": "503", "/keep/audits": "503"} {
			if got := status(t, address, path); got != want {
				t.Errorf("%s %s: %s, want %s", name, path, got, want)
			}
		}
		cancel()
		select {
		case code := <-ended:
			if code != command.OK {
				t.Errorf("%s ended with %d: %s", name, code, out.all.String())
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s does not stop", name)
		}
	}
}

// status asks without a client that would keep connections.
func status(t *testing.T, address, path string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, address)
	var protocol, code string
	if _, err := fmt.Fscan(conn, &protocol, &code); err != nil {
		t.Fatal(err)
	}
	return code
}
