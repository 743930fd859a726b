package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// child is a process that the bench started and may kill.
type child struct {
	process *exec.Cmd
	input   io.WriteCloser // servers end with it
	output  io.ReadCloser  // nil unless it is read
	exited  chan struct{}
	err     error // why it ended; to be read when exited is closed
	mu      sync.Mutex
	ours    bool // we ended it
}

// spawn starts a process whose talk goes to the end of a log file.
func spawn(ctx context.Context, logFile string, read bool, name string, args ...string) (*child, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	c := &child{process: exec.CommandContext(context.WithoutCancel(ctx), name, args...), exited: make(chan struct{})}
	c.process.Stderr = log
	if read {
		c.output, err = c.process.StdoutPipe()
	} else {
		c.process.Stdout = log
	}
	if err != nil {
		return nil, err
	}
	if c.input, err = c.process.StdinPipe(); err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		state, err := c.process.Process.Wait() // not Cmd.Wait, which would close the pipe that is still read
		if err == nil && !state.Success() {
			err = fmt.Errorf("%s", state)
		}
		c.err = err
		close(c.exited)
	}()
	return c, nil
}

func (c *child) pid() int { return c.process.Process.Pid }

// kill ends it as a power cut does, and waits for that.
func (c *child) kill() {
	c.mu.Lock()
	c.ours = true
	c.mu.Unlock()
	_ = c.process.Process.Kill() // fails when it has ended
	<-c.exited
}

// killed reports whether its end was our doing.
func (c *child) killed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ours
}

// stop ends it politely, and kills it when it does not follow.
func (c *child) stop(within time.Duration) (polite bool) {
	c.mu.Lock()
	c.ours = true
	c.mu.Unlock()
	_ = c.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.exited:
		return true
	case <-time.After(within):
		c.kill()
		return false
	}
}

// freeze stops it where it stands, as a disk that stalls does; thaw lets it go on.
func (c *child) freeze() { _ = c.process.Process.Signal(syscall.SIGSTOP) }
func (c *child) thaw()   { _ = c.process.Process.Signal(syscall.SIGCONT) }

// confess makes it write to its log where all of its goroutines are, and end.
func (c *child) confess() {
	_ = c.process.Process.Signal(syscall.SIGQUIT)
	select {
	case <-c.exited:
	case <-time.After(5 * time.Second):
	}
}
