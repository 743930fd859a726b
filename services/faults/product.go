package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// upCommand is how a product is run unless the bench is told otherwise.
const upCommand = "up --data {data} --http 127.0.0.1:0 --nats {nats} --clickhouse {clickhouse} --source none --crawl-rate 1000 --azure-version 2023-01-01-preview"

// product is a process of the product that is started again whenever it ends, as a service manager would.
type product struct {
	name    string
	program string
	command string // words as upCommand
	folder  string
	values  map[string]string

	mu     sync.Mutex
	child  *child
	exits  []string // how it ended when that was not our doing
	starts int
}

func newProduct(name, program, command, folder string, nats, clickhouse *server) *product {
	return &product{
		name: name, program: program, command: command, folder: folder,
		values: map[string]string{"data": filepath.Join(folder, name), "nats": nats.door(nats.front), "clickhouse": clickhouse.door(clickhouse.front)},
	}
}

// restartPause is how long the service manager waits before it starts a process again.
const restartPause = 100 * time.Millisecond

// keep starts the process, and again whenever it has ended, until ctx ends; then it stops it.
func (p *product) keep(ctx context.Context) error {
	for ctx.Err() == nil {
		c, err := spawn(ctx, p.logFile(), false, p.program, words(p.command, p.values)...)
		if err != nil {
			return err
		}
		p.mu.Lock()
		p.child = c
		p.starts++
		p.mu.Unlock()
		select {
		case <-ctx.Done():
			c.thaw()
			if !c.stop(15 * time.Second) {
				return fmt.Errorf("%s did not stop within 15 s", p.name)
			}
			return nil
		case <-c.exited:
		}
		if !c.killed() {
			p.mu.Lock()
			p.exits = append(p.exits, fmt.Sprintf("%v: %s", c.err, p.lastWords()))
			p.mu.Unlock()
		}
		wait(ctx, restartPause)
	}
	return nil
}

func (p *product) logFile() string { return filepath.Join(p.folder, p.name+".log") }

// lastWords is the last line of its log.
func (p *product) lastWords() string {
	text, _ := os.ReadFile(p.logFile()) // only decorates
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// crashed returns what the log says of a crash of the program itself, empty when there was none.
func (p *product) crashed() string {
	text, _ := os.ReadFile(p.logFile())
	for _, sign := range []string{"panic:", "fatal error:", "SIGSEGV"} {
		if at := bytes.Index(text, []byte(sign)); at >= 0 {
			return string(text[at:min(len(text), at+300)])
		}
	}
	return ""
}

// ended returns how it ended by itself, and how often it was started.
func (p *product) ended() ([]string, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.exits...), p.starts
}

// running is the process; nil before the first start.
func (p *product) running() *child {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child
}

// http is where its API answers, empty while it does not.
func (p *product) http() string {
	c := p.running()
	if c == nil {
		return ""
	}
	var endpoints struct {
		HTTP string
		PID  int
	}
	text, err := os.ReadFile(filepath.Join(p.values["data"], "endpoints.json"))
	if err != nil || json.Unmarshal(text, &endpoints) != nil || endpoints.PID != c.pid() {
		return ""
	}
	return endpoints.HTTP
}

// awaitReady waits until it is ready, if it says so at all.
func (p *product) awaitReady(ctx context.Context) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for p.http() == "" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			if c := p.running(); c != nil {
				c.confess()
			}
			return fmt.Errorf("%s was not ready after %s: %s", p.name, patience, p.lastWords())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}
