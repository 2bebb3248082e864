package demo

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipeRoom is how many bytes one direction holds before a writer waits, like the
// buffers of a socket. A TLS handshake that fails half-way needs some.
const pipeRoom = 256 << 10

// pipeEnd is one end of an in-memory connection. Unlike net.Pipe it takes bytes
// which nobody reads yet.
type pipeEnd struct {
	in, out           *flow
	readBy, writeBy   deadline
	localAt, remoteAt pipeAddr
}

// newPipe returns the two ends of a connection.
func newPipe() (client, server *pipeEnd) {
	up, down := newFlow(), newFlow()
	client = &pipeEnd{in: down, out: up, localAt: "client", remoteAt: "server"}
	server = &pipeEnd{in: up, out: down, localAt: "server", remoteAt: "client"}
	for _, e := range []*pipeEnd{client, server} {
		e.readBy.passed, e.writeBy.passed = make(chan struct{}), make(chan struct{})
	}
	return client, server
}

// flow is one direction. Faults act here, below TLS, where a network would.
type flow struct {
	mu      sync.Mutex
	queue   []segment     // arrived or under way, oldest first
	size    int           // bytes in it
	readErr error         // what the reader gets once the queue is empty
	over    time.Time     // and not before
	sendErr error         // what the writer gets
	last    time.Time     // when the newest segment arrives: bytes do not overtake
	held    time.Time     // nothing arrives before
	changed chan struct{} // closed and replaced on every change

	silent  bool                 // swallow what is written
	latency func() time.Duration // of a segment; nil: none
	chunk   int                  // bytes per tick for the reader, 0: no limit
	tick    time.Duration        // with chunk
	limit   int                  // bytes until strike
	strike  func()               // nil: never; called once, without the mutex
}

// segment is what one write brought, and when it arrives.
type segment struct {
	at time.Time
	b  []byte
}

func newFlow() *flow { return &flow{changed: make(chan struct{})} }

// wake is called with the mutex held.
func (f *flow) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// end stops the direction: the reader gets readErr behind what was sent.
func (f *flow) end(readErr, sendErr error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readErr == nil {
		f.readErr = readErr
		if f.latency != nil && readErr == io.EOF {
			f.over = time.Now().Add(f.latency())
		}
	}
	if f.sendErr == nil {
		f.sendErr = sendErr
	}
	f.wake()
}

// lose forgets what is still under way.
func (f *flow) lose() {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	for i, s := range f.queue {
		if s.at.After(now) || f.held.After(now) {
			for _, lost := range f.queue[i:] {
				f.size -= len(lost.b)
			}
			f.queue = f.queue[:i:i]
			break
		}
	}
	f.wake()
}

// hush swallows what is written from now on.
func (f *flow) hush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silent = true
	f.wake()
}

// hold lets nothing arrive for a while.
func (f *flow) hold(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = time.Now().Add(d)
	f.wake()
}

// arm calls strike after n more bytes, at once when there are none to wait for.
func (f *flow) arm(n int, strike func()) {
	if n <= 0 {
		strike()
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limit, f.strike = n, strike
}

// due is how long the reader has to wait for the first bytes, or for the end.
func (f *flow) due() time.Duration {
	at, next := f.held, f.over
	if len(f.queue) > 0 {
		next = f.queue[0].at
	}
	if next.After(at) {
		at = next
	}
	if at.IsZero() {
		return 0
	}
	return time.Until(at)
}

func (f *flow) read(p []byte, by *deadline) (int, error) {
	slow := true
	for {
		late := by.wait()
		f.mu.Lock()
		changed, wait := f.changed, time.Duration(-1)
		if expired(late) {
			f.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		}
		if len(f.queue) > 0 || f.readErr != nil {
			wait = max(f.due(), 0)
		}
		if wait == 0 && len(f.queue) > 0 && f.chunk > 0 && slow {
			wait, changed, slow = f.tick, nil, false
		}
		switch {
		case wait == 0 && len(f.queue) > 0 && len(p) > 0:
			n := f.take(p)
			f.wake()
			f.mu.Unlock()
			return n, nil
		case wait == 0 || len(p) == 0:
			err := f.readErr
			f.mu.Unlock()
			return 0, err
		}
		f.mu.Unlock()
		if wait < 0 {
			select {
			case <-changed:
			case <-late:
			}
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-changed:
		case <-late:
		}
		t.Stop()
	}
}

// take copies from the first segment, or from all that have arrived.
func (f *flow) take(p []byte) (n int) {
	if f.chunk > 0 {
		p = p[:min(len(p), f.chunk)]
	}
	now := time.Now()
	for n < len(p) && len(f.queue) > 0 && !f.queue[0].at.After(now) {
		s := &f.queue[0]
		m := copy(p[n:], s.b)
		n += m
		if s.b = s.b[m:]; len(s.b) == 0 {
			f.queue = f.queue[1:]
		}
	}
	if f.size -= n; f.size == 0 {
		f.queue = nil
	}
	return n
}

// put sends bytes on their way.
func (f *flow) put(b []byte) {
	var at time.Time
	if f.latency != nil {
		if at = time.Now().Add(f.latency()); at.Before(f.last) {
			at = f.last
		}
		f.last = at
	}
	f.size += len(b)
	if n := len(f.queue); n > 0 && f.queue[n-1].at.Equal(at) {
		f.queue[n-1].b = append(f.queue[n-1].b, b...)
		return
	}
	f.queue = append(f.queue, segment{at, append([]byte(nil), b...)})
}

func (f *flow) write(p []byte, by *deadline) (n int, err error) {
	for {
		late := by.wait()
		var strike func()
		f.mu.Lock()
		changed := f.changed
		switch {
		case f.sendErr != nil:
			err = f.sendErr
		case expired(late):
			err = os.ErrDeadlineExceeded
		case f.silent:
			n = len(p)
		case len(p) == n:
		case f.size < pipeRoom:
			take := min(pipeRoom-f.size, len(p)-n)
			if f.strike != nil {
				take = min(take, f.limit)
			}
			f.put(p[n : n+take])
			n += take
			if f.strike != nil {
				if f.limit -= take; f.limit <= 0 {
					strike, f.strike = f.strike, nil
				}
			}
			f.wake()
			changed = nil
		}
		done := err != nil || n == len(p)
		f.mu.Unlock()
		if strike != nil {
			strike()
		}
		if done {
			return n, err
		}
		if changed == nil {
			continue
		}
		select {
		case <-changed:
		case <-late:
		}
	}
}

// Read implements net.Conn.
func (e *pipeEnd) Read(p []byte) (int, error) { return e.in.read(p, &e.readBy) }

// Write implements net.Conn.
func (e *pipeEnd) Write(p []byte) (int, error) { return e.out.write(p, &e.writeBy) }

// Close implements net.Conn. The other side still reads what was sent.
func (e *pipeEnd) Close() error {
	e.out.end(io.EOF, net.ErrClosed)
	e.in.end(net.ErrClosed, &net.OpError{Op: "write", Net: "pipe", Err: syscall.EPIPE})
	return nil
}

// LocalAddr implements net.Conn.
func (e *pipeEnd) LocalAddr() net.Addr { return e.localAt }

// RemoteAddr implements net.Conn.
func (e *pipeEnd) RemoteAddr() net.Addr { return e.remoteAt }

// SetDeadline implements net.Conn.
func (e *pipeEnd) SetDeadline(t time.Time) error {
	e.readBy.set(t)
	e.writeBy.set(t)
	return nil
}

// SetReadDeadline implements net.Conn.
func (e *pipeEnd) SetReadDeadline(t time.Time) error { e.readBy.set(t); return nil }

// SetWriteDeadline implements net.Conn.
func (e *pipeEnd) SetWriteDeadline(t time.Time) error { e.writeBy.set(t); return nil }

// pipeAddr names an end; the network is "pipe" as with net.Pipe.
type pipeAddr string

// Network implements net.Addr.
func (pipeAddr) Network() string { return "pipe" }

// String implements net.Addr.
func (a pipeAddr) String() string { return "demo " + string(a) }

// deadline is a channel which closes when its time has come.
type deadline struct {
	mu     sync.Mutex
	timer  *time.Timer
	passed chan struct{}
}

func (d *deadline) wait() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.passed
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.passed // it fired: wait until it has closed the old channel
	}
	d.timer = nil
	if expired(d.passed) {
		d.passed = make(chan struct{})
	}
	if t.IsZero() {
		return
	}
	passed := d.passed
	if left := time.Until(t); left > 0 {
		d.timer = time.AfterFunc(left, func() { close(passed) })
		return
	}
	close(passed)
}

func expired(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
