package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests; a healthy machine needs a fraction of it.
const patience = 2 * time.Minute

// program is the built pricewire, made once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pricewire-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "pricewire")
	build := exec.Command("go", "build", "-o", path, "github.com/pricewire/pricewire/services/pricewire/cmd/pricewire")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// endpoints is what a running process says of itself.
type endpoints struct {
	HTTP, NATS, ClickHouse string
	Analyst                string `json:"clickhouse_analyst"`
	AnalystCost            string `json:"clickhouse_analyst_cost"`
	PID                    int
}

// instance is one running `pricewire up`.
type instance struct {
	endpoints
	data    string
	process *exec.Cmd
	log     *safeBuffer
	exited  chan error
}

// safeBuffer collects a process's output while tests read it.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// launch starts `up` on a folder with free ports and does not wait for it.
func launch(t *testing.T, data string, args ...string) *instance {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	i := &instance{data: data, log: &safeBuffer{}, exited: make(chan error, 1)}
	all := append([]string{"up", "--data", data, "--http", "127.0.0.1:0", "--nats", "127.0.0.1:0", "--clickhouse", "127.0.0.1:0"}, args...)
	i.process = exec.Command(path, all...)
	i.process.Stdout, i.process.Stderr = i.log, i.log
	if err := i.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { i.exited <- i.process.Wait() }()
	t.Cleanup(func() {
		_ = i.process.Process.Kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", data, tailOf(i.log.String(), 60))
		}
	})
	return i
}

// start launches `up` and waits until it is ready.
func start(t *testing.T, data string, args ...string) *instance {
	t.Helper()
	i := launch(t, data, args...)
	i.await(t)
	return i
}

// await waits until the instance has said where it is.
func (i *instance) await(t *testing.T) {
	t.Helper()
	eventually(t, "the process is ready", func() error {
		select {
		case err := <-i.exited:
			t.Fatalf("the process ended instead of getting ready: %v\n%s", err, tailOf(i.log.String(), 40))
		default:
		}
		raw, err := os.ReadFile(filepath.Join(i.data, "endpoints.json"))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &i.endpoints); err != nil {
			return err
		}
		if i.PID != i.process.Process.Pid {
			return fmt.Errorf("endpoints are those of process %d", i.PID)
		}
		return nil
	})
}

// stop ends the instance as an operator does and returns its exit code.
func (i *instance) stop(t *testing.T) int {
	t.Helper()
	_ = i.process.Process.Signal(syscall.SIGTERM)
	return i.wait(t, 15*time.Second)
}

func (i *instance) wait(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-i.exited:
		return i.process.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("the process did not end within %s\n%s", limit, tailOf(i.log.String(), 40))
		return -1
	}
}

// kill ends the instance as a power cut does.
func (i *instance) kill(t *testing.T) {
	t.Helper()
	_ = i.process.Process.Kill()
	<-i.exited
}

// result is what a client command printed and how it ended.
type result struct {
	out, err string
	code     int
}

// run executes a client command against the instance.
func (i *instance) run(t *testing.T, args ...string) result {
	t.Helper()
	return command(t, append(args, "--server", i.HTTP)...)
}

// command executes the program.
func command(t *testing.T, args ...string) result {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, path, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	runErr := c.Run()
	if exit := (*exec.ExitError)(nil); runErr != nil && !errors.As(runErr, &exit) {
		t.Fatalf("pricewire %s: %v", strings.Join(args, " "), runErr)
	}
	return result{out.String(), errs.String(), c.ProcessState.ExitCode()}
}

// ok executes a client command that must succeed and returns its standard output.
func (i *instance) ok(t *testing.T, args ...string) string {
	t.Helper()
	r := i.run(t, args...)
	if r.code != 0 {
		t.Fatalf("pricewire %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// object executes a client command with JSON output and returns it.
func (i *instance) object(t *testing.T, args ...string) map[string]any {
	t.Helper()
	var v map[string]any
	out := i.ok(t, append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("pricewire %s: %v in %q", strings.Join(args, " "), err, out)
	}
	return v
}

// get asks the HTTP API and returns the status and the body.
func (i *instance) get(t *testing.T, path string) (int, map[string]any) {
	t.Helper()
	response, err := http.Get(i.HTTP + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if len(raw) > 0 && json.Valid(raw) {
		_ = json.Unmarshal(raw, &v)
	}
	return response.StatusCode, v
}

// eventually repeats a check until it succeeds or patience ends.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s until %s: %v", patience, what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// tailOf returns the last lines of a text.
func tailOf(s string, lines int) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
