package faultproxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const (
	chunkSize = 4096
	// chunksHeld bounds what waits in one direction.
	chunksHeld = 1024
	// slicesPerSecond is how many times a second a slow line moves bytes.
	slicesPerSecond = 20
)

// Conn is a connection through the proxy.
type Conn struct {
	p              *Proxy
	client, server *net.TCPConn
	pipes          [2]*pipe
	wg             sync.WaitGroup

	mu   sync.Mutex
	gate chan struct{} // closed: bytes pass
	held bool
	cut  bool
	lost bool // cut, and the server was not told
}

// pipe carries the bytes of one direction.
type pipe struct {
	c        *Conn
	dir      Direction
	src, dst *net.TCPConn
	chunks   chan chunk
	over     chan struct{} // closed: what still comes is dropped
	once     sync.Once
	free     time.Time // when a slow line can take the next bytes
}

// chunk is what was read at once.
type chunk struct {
	b   []byte
	at  time.Time
	end error // io.EOF, or that the side was reset; b is empty then
}

var past = time.Unix(1, 0)

func newConn(p *Proxy, client, server *net.TCPConn) *Conn {
	c := &Conn{p: p, client: client, server: server, gate: make(chan struct{})}
	close(c.gate)
	c.pipes[Up] = &pipe{c: c, dir: Up, src: client, dst: server, chunks: make(chan chunk, chunksHeld), over: make(chan struct{})}
	c.pipes[Down] = &pipe{c: c, dir: Down, src: server, dst: client, chunks: make(chan chunk, chunksHeld), over: make(chan struct{})}
	return c
}

func (c *Conn) start() {
	for _, x := range c.pipes {
		c.wg.Go(x.read)
		c.wg.Go(x.write)
	}
	c.p.wg.Go(func() {
		c.wg.Wait()
		c.mu.Lock()
		lost := c.lost
		c.mu.Unlock()
		if lost { // the server keeps what it takes for a connection
			<-c.p.ctx.Done()
		}
		_ = c.client.Close()
		_ = c.server.Close()
		c.p.left(c)
	})
}

// Cut breaks the connection. false: it was broken before.
func (c *Conn) Cut(f Fault) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return false
	}
	c.cut = true
	for _, x := range c.pipes {
		x.stop()
	}
	switch f {
	case Reset:
		reset(c.client)
		reset(c.server)
	case Lost:
		c.lost = true
		reset(c.client)
		_ = c.server.SetReadDeadline(past) // what it says fills its own buffers
	case Finish:
		_ = c.client.CloseWrite()
		_ = c.server.CloseWrite()
	case Vanish: // both are read on, and it goes nowhere
	}
	return true
}

// HalfClose ends one direction with a FIN to its receiver; what still comes in
// that direction is dropped. The other direction lives on.
func (c *Conn) HalfClose(d Direction) {
	x := c.pipes[d]
	x.stop()
	_ = x.dst.CloseWrite()
}

// Hold stops the bytes both ways; see [Proxy.Hold].
func (c *Conn) Hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.held {
		c.held, c.gate = true, make(chan struct{})
	}
}

// Release lets them go.
func (c *Conn) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held {
		c.held = false
		close(c.gate)
	}
}

// abandon ends it for good.
func (c *Conn) abandon() {
	c.Cut(Reset)
	reset(c.client)
	reset(c.server)
	c.Release()
}

func (c *Conn) open() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gate
}

// stop makes the pipe drop what comes.
func (x *pipe) stop() {
	x.once.Do(func() { close(x.over) })
	_ = x.dst.SetWriteDeadline(past) // also what a full receiver holds up
}

// read takes what comes, held or not: a side that closes or resets must not take
// back what it sent before.
func (x *pipe) read() {
	defer close(x.chunks)
	for {
		b := make([]byte, chunkSize)
		n, err := x.src.Read(b)
		if n > 0 {
			x.chunks <- chunk{b: b[:n], at: time.Now()}
		}
		if err != nil {
			x.chunks <- chunk{at: time.Now(), end: err}
			return
		}
	}
}

// write passes on what was read, when the line and the gate let it.
func (x *pipe) write() {
	for ch := range x.chunks {
		if !x.wait(ch.at.Add(x.c.p.line(x.dir).Delay)) || !x.pass() {
			continue
		}
		if ch.end == nil {
			x.send(ch.b)
			continue
		}
		if errors.Is(ch.end, io.EOF) {
			_ = x.dst.CloseWrite()
		} else {
			x.c.mu.Lock()
			cut := x.c.cut
			x.c.mu.Unlock()
			if !cut {
				reset(x.c.client)
				reset(x.c.server)
			}
		}
	}
}

// send writes b in the portions that the line and what has to happen want.
func (x *pipe) send(b []byte) {
	for len(b) > 0 {
		n := len(b)
		if rate := x.c.p.line(x.dir).Rate; rate > 0 {
			n = min(n, max(rate/slicesPerSecond, 1))
			x.free = later(x.free, time.Now()).Add(time.Duration(n) * time.Second / time.Duration(rate))
			if !x.wait(x.free) {
				return
			}
		}
		if !x.pass() {
			return
		}
		n, due := x.c.p.take(x.dir, n)
		_, err := x.dst.Write(b[:n])
		b = b[n:]
		for _, t := range due {
			t.fire(x.c)
		}
		if err != nil {
			x.stop() // its receiver has gone; its other direction tells the sender
			return
		}
	}
}

// wait waits until t. false: the pipe is over.
func (x *pipe) wait(t time.Time) bool {
	d := time.Until(t)
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.over:
		return false
	}
}

// pass waits while bytes are held. false: the pipe is over.
func (x *pipe) pass() bool {
	select {
	case <-x.over:
		return false
	case <-x.c.open():
	}
	select {
	case <-x.over:
		return false
	default:
		return true
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
