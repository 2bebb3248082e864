package demo

import (
	"crypto/tls"
	"errors"
	"net"
	"time"

	"sotto/session/wire"
)

const (
	maxQueue = 8 << 20 // bytes waiting for a client; beyond that it is cut
	// partLimit is how long last words may take.
	partLimit = 5 * time.Second
)

// connection is the server's end of one client connection.
type connection struct {
	s       *Server
	raw     *pipeEnd
	number  int
	conn    net.Conn // raw, or TLS above it: of the reader, then shared with the writer
	tls     *tls.Conn
	direct  bool
	faults  Faults
	in      *stanzaReader
	secure  bool
	u       *user // after SASL
	invited bool  // showed a token (XEP-0445)

	kick    chan struct{} // cap 1: there is something to write
	written chan struct{} // closed when the writer has ended

	// Below: under the server's mutex.
	sess  *session // after binding
	out   *queue
	deaf  bool   // what the client says is read and goes nowhere
	last  []byte // last words
	final bool   // nothing is queued any more; the writer closes the connection
}

// serve is the reader: it lives as long as the connection.
func (c *connection) serve() {
	defer c.s.wg.Done()
	defer func() {
		c.raw.Close()
		c.s.mu.Lock()
		delete(c.s.conns, c)
		c.s.mu.Unlock()
	}()
	if !c.begin() {
		return
	}
	go c.write()
	err := c.receive()
	c.s.mu.Lock()
	switch condition := conditionOf(err); {
	case errors.Is(err, errStreamEnd):
		c.finish([]byte("</stream:stream>"))
	case condition != "":
		c.finish(streamErrorBytes(condition))
	default:
		c.finish(nil)
		c.raw.Close()
		if c.attached() {
			c.s.part(c.sess)
		}
	}
	if c.attached() {
		c.s.drop(c.sess)
	}
	c.s.mu.Unlock()
	<-c.written
}

// attached says that the session speaks through this connection: an old one may
// still bring bytes after the session has gone to another. The mutex is held.
func (c *connection) attached() bool { return !c.sess.gone && c.sess.out == c.out }

// receive hands the client's stanzas to the server until the stream ends.
func (c *connection) receive() error {
	for {
		el, err := c.in.next()
		if err != nil {
			return err
		}
		c.s.mu.Lock()
		if c.attached() && !c.deaf {
			c.s.handle(c.sess, el)
		}
		c.s.mu.Unlock()
	}
}

// write is the writer; it ends with the connection.
func (c *connection) write() {
	defer close(c.written)
	defer c.raw.Close()
	for range c.kick {
		c.s.mu.Lock()
		b := c.out.take()
		final := c.final
		if final {
			b = append(b, c.last...)
		}
		c.s.mu.Unlock()
		if len(b) > 0 {
			if _, err := c.conn.Write(b); err != nil {
				return
			}
		}
		if final {
			return
		}
	}
}

// finish ends the connection once what is queued and the last words are out. The
// mutex is held.
func (c *connection) finish(words []byte) {
	if c.final {
		return
	}
	c.final, c.last = true, words
	c.raw.SetWriteDeadline(time.Now().Add(partLimit))
	signal(c.kick)
}

// queue is what waits for the writer.
type queue struct {
	bytes []byte
	c     *connection
}

func (q *queue) take() []byte {
	b := q.bytes
	q.bytes = nil
	return b
}

// push queues an element; false: the client does not read.
func (q *queue) push(el *wire.Element) bool {
	if q.c.final {
		return true
	}
	q.bytes = el.Append(q.bytes, wire.NSClient)
	signal(q.c.kick)
	return len(q.bytes) <= maxQueue
}

// signal wakes whoever listens on a channel of capacity 1.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
