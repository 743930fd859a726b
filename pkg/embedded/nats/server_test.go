package nats_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
)

// victimDir makes this test binary serve and publish in that folder until it is killed.
const victimDir = "PRICEWIRE_TEST_VICTIM_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		if err := beVictim(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1) // it was to be killed
	}
	goleak.VerifyTestMain(m)
}

func config(dir string) nats.Config { return nats.Config{Dir: dir, Address: "127.0.0.1:0"} }

func open(t *testing.T, cfg nats.Config) *nats.Server {
	t.Helper()
	srv, err := nats.Open(cfg, zaptest.NewLogger(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeServer(t, srv) })
	return srv
}

func closeServer(t *testing.T, srv *nats.Server) {
	t.Helper()
	if err := srv.Close(); err != nil {
		t.Fatal(err)
	}
}

func adapter(t *testing.T, url string, options ...natsgo.Option) *jetstream.Adapter {
	t.Helper()
	nc, err := natsgo.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	a, err := jetstream.New(nc, jetstream.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func crawl(id int) stream.Message {
	return stream.Message{Subject: "pw.crawl.usd.retail", ID: strconv.Itoa(id), Data: []byte("crawl")}
}

func TestMessagesOutliveARestart(t *testing.T) {
	cfg := config(t.TempDir())
	srv := open(t, cfg)
	a := adapter(t, srv.URL())
	first, err := a.Declare(t.Context(), stream.RatesDeclaration("USD"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if _, err := a.Publish(t.Context(), first.Name.Name, []stream.Message{crawl(i), crawl(i)}, stream.Expectation{}); err != nil {
			t.Fatal(err)
		}
	}
	closeServer(t, srv)
	info, err := adapter(t, open(t, cfg).URL()).Info(t.Context(), first.Name.Name)
	if err != nil || info.Last != 20 || info.Name != first.Name {
		t.Fatalf("%+v, want 20 in %s: %v", info, first.Name, err)
	}
}

func TestAcknowledgedMessagesOutliveAKill(t *testing.T) {
	dir := t.TempDir()
	for round := range 5 {
		acknowledged := runVictim(t, dir, 10+7*round)
		srv := open(t, config(dir))
		a := adapter(t, srv.URL())
		last, err := a.Last(t.Context(), stream.Rates("USD"), ">")
		if err != nil {
			t.Fatal(err)
		}
		if id, err := strconv.Atoi(last.ID); err != nil || id < acknowledged {
			t.Fatalf("round %d: last is %q, acknowledged was %d: %v", round, last.ID, acknowledged, err)
		}
		if !last.Commit {
			t.Fatalf("round %d: the stream ends within batch %s", round, last.Batch)
		}
		closeServer(t, srv)
	}
}

// runVictim starts a process that publishes, kills it after some acknowledgements, and returns the id of the last one.
func runVictim(t *testing.T, dir string, acknowledgements int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), victimDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := -1
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
		if n == acknowledgements {
			_ = cmd.Process.Kill() // and read what it has still told
		}
	}
	_ = cmd.Wait() // it was killed
	if last < 0 {
		t.Fatal("nothing was acknowledged")
	}
	return last
}

// beVictim publishes single messages and batches, and tells of each that was acknowledged.
func beVictim(dir string) error {
	srv, err := nats.Open(config(dir), zap.NewNop())
	if err != nil {
		return err
	}
	nc, err := natsgo.Connect(srv.URL())
	if err != nil {
		return err
	}
	a, err := jetstream.New(nc, jetstream.Config{})
	if err != nil {
		return err
	}
	return publishForEver(a)
}

func publishForEver(a *jetstream.Adapter) error {
	ctx := context.Background()
	info, err := a.Declare(ctx, stream.RatesDeclaration("USD"))
	if err != nil {
		return err
	}
	for id := int(info.Last); ; {
		batch := make([]stream.Message, 0, 400)
		for range 1 + (id%2)*399 {
			id++
			batch = append(batch, crawl(id))
		}
		if _, err := a.Publish(ctx, info.Name.Name, batch, stream.Expectation{}); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

func TestAnyFreePortIsTakenAndToldInTheURL(t *testing.T) {
	one, two := open(t, config(t.TempDir())), open(t, config(t.TempDir()))
	if one.URL() == two.URL() || strings.HasSuffix(one.URL(), ":0") || !strings.HasPrefix(one.URL(), "nats://127.0.0.1:") {
		t.Fatalf("%s and %s", one.URL(), two.URL())
	}
	adapter(t, one.URL())
	adapter(t, two.URL())
}

func TestAClientOfTheSameProcessNeedsNoSocket(t *testing.T) {
	a := adapter(t, "", natsgo.InProcessServer(open(t, config(t.TempDir()))))
	if _, err := a.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyThePasswordOpensTheDoor(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.User, cfg.Password = "pw", "s/e:c@r et"
	url := open(t, cfg).URL()
	if !strings.Contains(url, "@127.0.0.1:") {
		t.Fatalf("%s is not for clients", url)
	}
	if _, err := adapter(t, url).Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	if nc, err := natsgo.Connect("nats://" + url[strings.Index(url, "@")+1:]); err == nil {
		nc.Close()
		t.Fatal("no password was asked for")
	}
}

func TestASecondServerOnTheSameFolderIsRefused(t *testing.T) {
	cfg := config(t.TempDir())
	first := open(t, cfg)
	if _, err := nats.Open(cfg, zap.NewNop()); !fault.Is(err, fault.Conflict) {
		t.Fatalf("got %v", err)
	}
	closeServer(t, first)
	open(t, cfg)
}

func TestAnAddressInUseIsReportedAtOnce(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	cfg := config(t.TempDir())
	cfg.Address = taken.Addr().String()
	began := time.Now()
	_, err = nats.Open(cfg, zap.NewNop())
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "in use") || time.Since(began) > 20*time.Second {
		t.Fatalf("after %s: %v", time.Since(began), err)
	}
	open(t, config(cfg.Dir)) // the folder is free again
}

func TestABadConfigurationIsRefused(t *testing.T) {
	for name, change := range map[string]func(*nats.Config){
		"no folder":         func(c *nats.Config) { c.Dir = "" },
		"no port":           func(c *nats.Config) { c.Address = "127.0.0.1" },
		"not a port":        func(c *nats.Config) { c.Address = "127.0.0.1:nats" },
		"port too high":     func(c *nats.Config) { c.Address = "127.0.0.1:65536" },
		"open to the world": func(c *nats.Config) { c.Address = "0.0.0.0:0" },
		"open on all":       func(c *nats.Config) { c.Address = ":0" },
		"user alone":        func(c *nats.Config) { c.User = "pw" },
		"password alone":    func(c *nats.Config) { c.Password = "pw" },
		"payload too small": func(c *nats.Config) { c.MaxPayload = 1000 },
		"payload too large": func(c *nats.Config) { c.MaxPayload = 64 << 20 },
		"negative time-out": func(c *nats.Config) { c.StartTimeout = -1 },
		"folder in a file":  func(c *nats.Config) { c.Dir = os.Args[0] + "/x" },
	} {
		cfg := config(t.TempDir())
		change(&cfg)
		if srv, err := nats.Open(cfg, zap.NewNop()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, %v", name, srv, err)
		}
	}
}

func TestClosingTwiceIsFine(t *testing.T) {
	srv := open(t, config(t.TempDir()))
	closeServer(t, srv)
	closeServer(t, srv)
}
