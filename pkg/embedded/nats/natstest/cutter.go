// Package natstest gives tests a NATS server, and ends connections to it where they want it.
package natstest

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"
)

// Cutter dials connections for nats.SetCustomDialer, and ends one behind a message, before its answer is heard.
type Cutter struct {
	Says  [][]byte // what is in the bytes of the message that are written at once
	After func()   // called behind the message, before the connection ends; nil: nothing
	left  atomic.Int32
}

// Behind ends the connection behind the n-th message from now on, 1 or more.
func (c *Cutter) Behind(n int) { c.left.Store(int32(n)) }

// Dial is nats.CustomDialer's.
func (c *Cutter) Dial(network, address string) (net.Conn, error) {
	conn, err := net.Dial(network, address) //nolint:noctx // a nats.CustomDialer is given none
	return &connection{Conn: conn, cutter: c}, err
}

type connection struct {
	net.Conn
	cutter *Cutter
	deaf   atomic.Bool
}

func (c *connection) Write(b []byte) (int, error) {
	for _, text := range c.cutter.Says {
		if !bytes.Contains(b, text) {
			return c.Conn.Write(b)
		}
	}
	if c.cutter.left.Add(-1) != 0 {
		return c.Conn.Write(b)
	}
	c.deaf.Store(true)
	n, err := c.Conn.Write(b)
	if c.cutter.After != nil {
		c.cutter.After()
	}
	_ = c.Close() // what is at its other end does not matter any more
	return n, err
}

func (c *connection) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.deaf.Load() {
		return 0, io.EOF
	}
	return n, err
}
