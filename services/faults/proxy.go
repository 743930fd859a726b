package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// proxy passes connections on to a server that may come back at another address, and does to them what networks do.
type proxy struct {
	listener net.Listener
	watcher  func() watcher // nil: nobody watches what passes

	mu       sync.Mutex
	target   string
	links    map[*link]bool
	delay    time.Duration // before each piece is passed on
	rate     int           // bytes a second in each direction; 0: as fast as it goes
	held     chan struct{} // not nil while nothing passes; closed when it does again
	trap     *trap
	watching sync.WaitGroup
}

// newProxy listens on a free port of this machine.
func newProxy(ctx context.Context, watcher func() watcher) (*proxy, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, watcher: watcher, links: map[*link]bool{}}
	p.watching.Go(p.accept)
	return p, nil
}

// address is where it listens.
func (p *proxy) address() string { return p.listener.Addr().String() }

// aim says where the server is now.
func (p *proxy) aim(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// close ends every connection and waits for all that passes.
func (p *proxy) close() {
	_ = p.listener.Close()
	p.heal()
	p.reset()
	p.watching.Wait()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.watching.Go(func() { p.serve(client) })
	}
}

// serve passes a connection on until one side ends it.
func (p *proxy) serve(client net.Conn) {
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	server, err := net.DialTimeout("tcp", target, time.Second) //nolint:noctx // it has a limit
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{proxy: p, client: client, server: server}
	if p.watcher != nil {
		l.watcher = p.watcher()
	}
	p.mu.Lock()
	p.links[l] = true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { l.pass(client, server, fromClient) })
	both.Go(func() { l.pass(server, client, fromServer) })
	both.Wait()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// slow delays what passes and bounds how much does.
func (p *proxy) slow(delay time.Duration, rate int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay, p.rate = delay, rate
}

// hold lets nothing pass, and keeps connections open: each side thinks that the other is silent.
func (p *proxy) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = make(chan struct{})
	}
}

// heal ends slowness and silence.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay, p.rate = 0, 0
	if p.held != nil {
		close(p.held)
		p.held = nil
	}
}

// reset cuts every connection there is.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.cut()
	}
}

// set sets a trap, which replaces another one.
func (p *proxy) set(t *trap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trap = t
}

// remove takes a trap away; it reports false when that was too late, because it has been or is being sprung.
func (p *proxy) remove(t *trap) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trap != t {
		return false
	}
	p.trap = nil
	return true
}

// sprung returns the trap when it is set for one of these points; it is taken away with that.
func (p *proxy) sprung(points []point) *trap {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range points {
		if p.trap != nil && p.trap.at == at {
			if p.trap.skip--; p.trap.skip >= 0 {
				continue
			}
			t := p.trap
			p.trap = nil
			return t
		}
	}
	return nil
}

// gate waits for as long as what passes is held or delayed.
func (p *proxy) gate(n int) {
	for {
		p.mu.Lock()
		held, wait := p.held, p.delay
		if p.rate > 0 {
			wait += time.Duration(n) * time.Second / time.Duration(p.rate)
		}
		p.mu.Unlock()
		if held == nil {
			time.Sleep(wait)
			return
		}
		<-held
	}
}

// link is one connection that is passed on.
type link struct {
	proxy          *proxy
	client, server net.Conn
	mu             sync.Mutex // of the watcher: both directions ask it
	watcher        watcher
}

type direction int

const (
	fromClient direction = iota
	fromServer
)

// pieceBytes is how much passes at once at most.
const pieceBytes = 32 << 10

// pass passes on one direction until it ends.
func (l *link) pass(from, to net.Conn, d direction) {
	defer l.cut()
	piece := make([]byte, pieceBytes)
	for {
		n, err := from.Read(piece)
		if n > 0 {
			l.proxy.gate(n)
			if !l.piece(to, piece[:n], d) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// piece passes one piece on, unless a trap is sprung by it. It reports whether the connection goes on.
func (l *link) piece(to net.Conn, piece []byte, d direction) bool {
	if l.watcher != nil {
		l.mu.Lock()
		points := l.watcher.see(piece, d)
		l.mu.Unlock()
		if t := l.proxy.sprung(points); t != nil {
			if kept := t.kept(len(piece)); kept > 0 {
				_, _ = to.Write(piece[:kept]) // the connection is cut anyhow
			}
			if t.do != nil {
				t.do()
			}
			close(t.done)
			return t.passes
		}
	}
	_, err := to.Write(piece)
	return err == nil
}

// cut ends both sides at once, with a reset rather than a polite end.
func (l *link) cut() {
	for _, c := range []net.Conn{l.client, l.server} {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			continue // it is gone, which is what we want
		}
	}
}
