package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// patience bounds every wait for a process; a healthy machine needs a fraction of it.
const patience = 2 * time.Minute

// secret is the password of both servers of a round: nobody but the round's processes can reach them.
const secret = "faults"

// server is NATS or ClickHouse in a process of its own, with two doors: what the product uses, where faults happen, and a quiet one for
// whoever watches.
type server struct {
	kind    string // nats or clickhouse
	program string
	folder  string
	front   *proxy
	back    *proxy

	mu    sync.Mutex
	child *child
	url   *url.URL
}

func newServer(ctx context.Context, kind, program, folder string, watcher func() watcher) (*server, error) {
	s := &server{kind: kind, program: program, folder: folder}
	var err error
	if s.front, err = newProxy(ctx, watcher); err != nil {
		return nil, err
	}
	if s.back, err = newProxy(ctx, nil); err != nil {
		s.front.close()
		return nil, err
	}
	return s, s.start(ctx)
}

// start runs the server, and again after a kill.
func (s *server) start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := spawn(ctx, filepath.Join(s.folder, s.kind+".log"), true, s.program,
		"--data", filepath.Join(s.folder, s.kind), "--"+s.kind, "127.0.0.1:0", "--user", "faults", "--password", secret)
	if err != nil {
		return err
	}
	said := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(c.output).ReadString('\n')
		if err == nil {
			said <- line
		}
		close(said)
	}()
	select {
	case line, ok := <-said:
		addresses := map[string]string{}
		if !ok || json.Unmarshal([]byte(line), &addresses) != nil {
			c.kill()
			return fmt.Errorf("start %s: it ended, see %s.log", s.kind, s.kind)
		}
		if s.url, err = url.Parse(addresses[s.kind]); err != nil {
			c.kill()
			return err
		}
	case <-time.After(patience):
		c.kill()
		return fmt.Errorf("start %s: it was not ready after %s", s.kind, patience)
	}
	s.child = c
	s.front.aim(s.url.Host)
	s.back.aim(s.url.Host)
	return nil
}

// running is the process; it may have ended by itself.
func (s *server) running() *child {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.child
}

// door is the server's URL through one of its doors.
func (s *server) door(p *proxy) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := *s.url
	u.Host = p.address()
	return u.String()
}

// restart kills it, leaves it dead for a while, and starts it again.
func (s *server) restart(ctx context.Context, down time.Duration) error {
	s.running().kill()
	wait(ctx, down)
	return s.start(ctx)
}

// keep starts it again whenever it ends by itself, as a service manager would, and tells that, until ctx ends.
func (s *server) keep(ctx context.Context, tell func(string)) {
	for ctx.Err() == nil {
		c := s.running()
		select {
		case <-ctx.Done():
			return
		case <-c.exited:
		}
		wait(ctx, restartPause)
		if c.killed() || ctx.Err() != nil {
			continue
		}
		tell(fmt.Sprintf("%s ended by itself: %v", s.kind, c.err))
		if err := s.start(ctx); err != nil {
			tell(err.Error())
		}
	}
}

func (s *server) close() {
	s.front.close()
	s.back.close()
	if c := s.running(); c != nil {
		c.thaw()
		c.kill()
	}
}

// wait waits, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// words fills a command line: {data}, {nats}, {clickhouse} stand for a folder and the doors.
func words(command string, values map[string]string) []string {
	fields := strings.Fields(command)
	for i := range fields {
		for name, value := range values {
			fields[i] = strings.ReplaceAll(fields[i], "{"+name+"}", value)
		}
	}
	return fields
}
