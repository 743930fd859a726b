package deploy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/release/natskv"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/services/deploy"
)

// natsBed is the real server, told what deployments/nats/nats.conf says.
type natsBed struct {
	options *server.Options
	server  *server.Server
	url     string
	secrets string
}

// newNATSBed reads the configuration with secrets made for it. Only where it listens and stores is another.
func newNATSBed(t *testing.T, subscribers ...string) *natsBed {
	t.Helper()
	bed := &natsBed{secrets: filepath.Join(t.TempDir(), "secrets")}
	bed.options = bed.read(t, subscribers)
	return bed
}

// read makes the secrets that are missing and reads the configuration.
func (b *natsBed) read(t *testing.T, subscribers []string) *server.Options {
	t.Helper()
	dir := filepath.Dir(b.secrets)
	if err := (deploy.Secrets{Dir: b.secrets, Subscribers: subscribers}).Make(nil); err != nil {
		t.Fatal(err)
	}
	copyFile(t, "../../deployments/nats/nats.conf", filepath.Join(dir, "nats.conf"))
	copyFile(t, filepath.Join(b.secrets, "nats-users.conf"), filepath.Join(dir, "users.conf"))
	copyFile(t, filepath.Join(b.secrets, "nats-subscribers.conf"), filepath.Join(dir, "subscribers.conf"))
	options, err := server.ProcessConfigFile(filepath.Join(dir, "nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	return options
}

func (b *natsBed) serve(t *testing.T) {
	t.Helper()
	srv, err := server.NewServer(b.here(b.options))
	if err != nil {
		t.Fatal(err)
	}
	go srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server does not come up with this configuration")
	}
	b.server, b.url = srv, srv.ClientURL()
}

// person is a connection of a user, and what the server refused it.
type person struct {
	*natsgo.Conn
	refused chan error
}

func (b *natsBed) as(t *testing.T, user string) person {
	t.Helper()
	password, err := os.ReadFile(filepath.Join(b.secrets, "nats-"+user+".password"))
	if err != nil {
		t.Fatal(err)
	}
	p := person{refused: make(chan error, 64)}
	p.Conn, err = natsgo.Connect(b.url, natsgo.UserInfo(user, strings.TrimSpace(string(password))), natsgo.CustomInboxPrefix("_INBOX."+user),
		natsgo.ErrorHandler(func(_ *natsgo.Conn, _ *natsgo.Subscription, err error) { p.refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func (p person) streams(t *testing.T) *jetstream.Adapter {
	t.Helper()
	a, err := jetstream.New(p.Conn, jetstream.Config{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (p person) records(t *testing.T) (*natskv.Store, *natskv.Content) {
	t.Helper()
	js, err := natsjs.New(p.Conn)
	if err != nil {
		t.Fatal(err)
	}
	store, err := natskv.OpenStore(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	content, err := natskv.OpenContent(t.Context(), js, natskv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return store, content
}

// neverRefused fails when the server refused anything so far: what a client library tries on the side counts too.
func (p person) neverRefused(t *testing.T) {
	t.Helper()
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.refused:
		t.Errorf("refused: %v", err)
	default:
	}
}

// isRefused fails unless the server refuses what do does.
func (p person) isRefused(t *testing.T, do func()) {
	t.Helper()
	do()
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.refused:
		if !errors.Is(err, natsgo.ErrPermissionViolation) {
			t.Errorf("got %v instead of a refusal", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("nothing was refused")
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func events(subjects ...string) []stream.Message {
	batch := make([]stream.Message, len(subjects))
	for i, s := range subjects {
		batch[i] = stream.Message{Subject: s, ID: s, Data: []byte("{}")}
	}
	return batch
}

// told waits for a word that must come.
func told(t *testing.T, word <-chan struct{}) {
	t.Helper()
	select {
	case <-word:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was heard")
	}
}

func readAll(t *testing.T, a *jetstream.Adapter, q stream.Query, count int) {
	t.Helper()
	sub, err := a.Subscribe(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range count {
		if _, err := sub.Next(ctx); err != nil {
			t.Fatal(err)
		}
	}
}
