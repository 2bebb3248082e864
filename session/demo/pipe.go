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
	buf     []byte
	readErr error         // what the reader gets once buf is empty
	sendErr error         // what the writer gets
	changed chan struct{} // closed and replaced on every change

	silent bool          // swallow what is written
	chunk  int           // bytes per tick for the reader, 0: no limit
	tick   time.Duration // with chunk
	limit  int           // bytes until the cut, with cutting
	cut    Cut
	armed  bool
}

func newFlow() *flow { return &flow{changed: make(chan struct{})} }

// wake is called with the mutex held.
func (f *flow) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// end stops the direction: the reader gets readErr behind what is buffered.
func (f *flow) end(readErr, sendErr error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.endLocked(readErr, sendErr)
}

func (f *flow) endLocked(readErr, sendErr error) {
	if f.readErr == nil {
		f.readErr = readErr
	}
	if f.sendErr == nil {
		f.sendErr = sendErr
	}
	f.wake()
}

func (f *flow) read(p []byte, by *deadline) (int, error) {
	slow := true
	for {
		late := by.wait()
		f.mu.Lock()
		changed, chunk, tick := f.changed, f.chunk, f.tick
		if expired(late) {
			f.mu.Unlock()
			return 0, os.ErrDeadlineExceeded
		}
		switch {
		case len(f.buf) > 0 && chunk > 0 && slow:
			f.mu.Unlock()
			slow = false
			t := time.NewTimer(tick)
			select {
			case <-t.C:
			case <-late:
			}
			t.Stop()
			continue
		case len(f.buf) > 0 && len(p) > 0:
			n := len(f.buf)
			if chunk > 0 {
				n = min(n, chunk)
			}
			n = copy(p, f.buf[:n])
			f.buf = f.buf[n:]
			if len(f.buf) == 0 {
				f.buf = nil
			}
			f.wake()
			f.mu.Unlock()
			return n, nil
		case f.readErr != nil || len(p) == 0:
			err := f.readErr
			f.mu.Unlock()
			return 0, err
		}
		f.mu.Unlock()
		select {
		case <-changed:
		case <-late:
		}
	}
}

func (f *flow) write(p []byte, by *deadline) (n int, err error) {
	for {
		late := by.wait()
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
		case len(f.buf) < pipeRoom:
			take := min(pipeRoom-len(f.buf), len(p)-n)
			if f.armed {
				take = min(take, f.limit)
			}
			f.buf = append(f.buf, p[n:n+take]...)
			n += take
			if f.armed {
				if f.limit -= take; f.limit <= 0 {
					f.endLocked(f.cut.readError(), f.cut.writeError())
				}
			}
			f.wake()
			changed = nil
		}
		done := err != nil || n == len(p)
		f.mu.Unlock()
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
