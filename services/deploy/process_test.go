package deploy_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/services/pricewire/serve"
)

// said is what a process has said so far.
type said struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan struct{}
	once  sync.Once
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Contains(p, []byte("\tready\t")) {
		s.once.Do(func() { close(s.ready) })
	}
	return s.text.Write(p)
}

// TestProcessesStartWithTheRightsOfTheirUsers runs those that need no ClickHouse; whatever the server refuses them is in their log.
func TestProcessesStartWithTheRightsOfTheirUsers(t *testing.T) {
	bed := newNATSBed(t)
	bed.serve(t)
	for _, c := range []struct {
		name    string
		process *serve.Process
		more    []string
	}{
		{"scheduler", serve.Scheduler(), nil},
		{"notifier", serve.Notifier(), nil},
		{"feeder", serve.Feeder(), nil},
		{"ingester", serve.Ingester(), []string{"--data", t.TempDir(), "--source", "sample", "--currencies", "USD,EUR"}},
	} {
		ctx, stop := context.WithCancel(t.Context())
		out := &said{ready: make(chan struct{})}
		ended := make(chan int, 1)
		args := append([]string{
			"--listen", "127.0.0.1:0", "--nats", bed.url, "--nats-user", c.name, "--nats-password-file", filepath.Join(bed.secrets, "nats-"+c.name+".password"),
		}, c.more...)
		go func() { ended <- c.process.Run(ctx, "test", args, out) }()
		select {
		case <-out.ready:
		case code := <-ended:
			t.Errorf("%s ended with %d", c.name, code)
			ended <- code
		case <-time.After(time.Minute):
			t.Errorf("%s does not get ready", c.name)
		}
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("%s stopped with %d", c.name, code)
		}
		if text := out.text.String(); t.Failed() || strings.Contains(strings.ToLower(text), "permissions violation") {
			t.Errorf("%s says:\n%s", c.name, text)
		}
	}
}
