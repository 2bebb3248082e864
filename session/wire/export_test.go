package wire

import (
	"context"
	"io"
	"net"
)

// DecodeStream reads all top-level elements behind a stream header.
func DecodeStream(r io.Reader) ([]*Element, error) {
	d := newDecoder(r, maxStanza)
	if _, err := d.readHeader(); err != nil {
		return nil, err
	}
	var out []*Element
	for {
		el, err := d.next()
		if err != nil {
			return out, err
		}
		out = append(out, el)
	}
}

// NewBenchDecoder returns a function that reads the next element of r.
func NewBenchDecoder(r io.Reader) (func() (*Element, error), error) {
	d := newDecoder(r, maxStanza)
	d.large = func(*Element) bool { return true }
	_, err := d.readHeader()
	return d.next, err
}

// ErrStreamEnd is the regular end.
var ErrStreamEnd = errStreamEnd

// Candidates lists what Connect would try, as "host:port" with "!" for direct.
func (c *Config) Candidates(ctx context.Context, domain string) ([]string, error) {
	list, err := c.candidates(ctx, domain, true)
	var out []string
	for _, x := range list {
		s := x.addr()
		if x.direct {
			s += "!"
		}
		out = append(out, s)
	}
	return out, err
}

// Race is the built-in dialer.
func (c *Config) Race(ctx context.Context, addr string) (net.Conn, error) {
	return c.race(ctx, "tcp", addr)
}

// SASLprep is the preparation of passwords.
func SASLprep(s string) (string, error) { return saslprep(s) }
