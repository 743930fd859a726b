package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/remote"
)

// patience bounds every wait for the program.
const patience = 15 * time.Minute

// instance is a running `pricewire up`.
type instance struct {
	HTTP, NATS, ClickHouse string
	PID                    int

	took    time.Duration // from exec to endpoints.json
	process *exec.Cmd
	exited  chan error
	logFile string
}

// up starts the program on a folder, without a source of its own, and waits until it is ready.
func (s settings) up(ctx context.Context, data string) (*instance, error) {
	i := &instance{exited: make(chan error, 1), logFile: data + ".log"}
	log, err := os.Create(i.logFile)
	if err != nil {
		return nil, fmt.Errorf("make log: %w", err)
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	i.process = exec.CommandContext(ctx, s.program, "up", "--data", data, "--http", "127.0.0.1:0", "--nats", "127.0.0.1:0", "--clickhouse", "127.0.0.1:0", "--source", "none",
		"--crawl-rate", "1000", "--crawl-traversals", "1") // the catalogue is this machine's, and lies still
	i.process.Stdout, i.process.Stderr = log, log
	took := stopwatch()
	if err := i.process.Start(); err != nil {
		return nil, fault.New(fault.Unavailable, "start %s: %w", s.program, err).WithHint("run make build")
	}
	go func() { i.exited <- i.process.Wait() }()
	for took() < patience {
		select {
		case err := <-i.exited:
			return nil, i.broken("ended before it was ready", err)
		case <-time.After(time.Millisecond):
		}
		if i.ready(filepath.Join(data, "endpoints.json")) {
			i.took = took()
			return i, nil
		}
	}
	_ = i.process.Process.Kill()
	return nil, i.broken("was not ready in time", nil)
}

// ready reads where the instance listens, once it says so.
func (i *instance) ready(file string) bool {
	text, err := os.ReadFile(file)
	return err == nil && json.Unmarshal(text, i) == nil && i.PID == i.process.Process.Pid
}

func (i *instance) broken(what string, cause error) error {
	log, _ := os.ReadFile(i.logFile) // only decorates the error
	return fault.New(fault.Unavailable, "pricewire up %s: %w\n%s", what, errors.Join(cause), log[max(0, len(log)-2000):])
}

// stop ends the instance as an operator does.
func (i *instance) stop() error {
	_ = i.process.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-i.exited:
		return err
	case <-time.After(closing):
		_ = i.process.Process.Kill()
		return i.broken("did not stop in time", nil)
	}
}

// as is a client that acts as somebody.
func (i *instance) as(user string) *remote.Server {
	return &remote.Server{Base: i.HTTP, User: user, HTTP: &http.Client{Timeout: patience}}
}

// crawl lets the instance crawl a source once; it answers when the crawl is queryable.
func (i *instance) crawl(ctx context.Context, from *source) error {
	answer, err := i.as("bench").PostJSON(ctx, "/v1/crawls", map[string]string{"source": from.url})
	if err != nil {
		return err
	}
	var record struct {
		Refused string
		Rows    int
	}
	if err := json.Unmarshal(answer, &record); err != nil {
		return fmt.Errorf("read crawl: %w", err)
	}
	if record.Refused != "" {
		return fault.New(fault.Internal, "crawl was refused: %s", record.Refused)
	}
	return nil
}

// peak is the most memory that was ever resident, in MiB.
func (i *instance) peak() (float64, error) { return peakOf(i.PID) }

// peakOf is the most memory that was ever resident in a process, in MiB; Linux alone tells it of a running one.
func peakOf(pid int) (float64, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, fault.New(fault.Unavailable, "read peak memory: %w", err).WithHint("measure it on Linux")
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, fault.New(fault.Unavailable, "read peak memory: the system does not tell it")
}
