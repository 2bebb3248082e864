package wire

import (
	"net"
	"syscall"
)

// prompt is a connection that tells the other side at once what it read. Servers that
// write with Nagle's rule, as Prosody does unless told otherwise, hold a small answer
// back until what they wrote before is acknowledged, and the system waits 40 ms with
// that: an answer right behind the acknowledgement of a stanza came so much later.
type prompt struct {
	net.Conn
	raw syscall.RawConn
	ack func(fd uintptr)
}

// promptly makes a connection acknowledge at once, where the system lets it.
func promptly(c net.Conn) net.Conn {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return c
	}
	return &prompt{Conn: c, raw: raw, ack: func(fd uintptr) {
		// A system without it is a slower one, no more; it holds until the next read.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	}}
}

// Read reads, and acknowledges.
func (p *prompt) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if n > 0 {
		_ = p.raw.Control(p.ack)
	}
	return n, err
}
