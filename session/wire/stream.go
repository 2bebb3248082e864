package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

// stepLimit is how long the server may take for one step of the login.
const stepLimit = 20 * time.Second

// stream is the connection while the login runs. It belongs to Connect's
// goroutine, up to the moment when the Link takes over its parts.
type stream struct {
	ctx    context.Context
	cfg    *Config
	domain string
	conn   net.Conn
	raw    net.Conn // below TLS
	name   string   // that the certificate had to have
	remote string   // who is at the other end; "" behind a proxy
	dec    *decoder
	secure bool // TLS is up
	opened bool // we sent a stream header on this connection
}

// open starts a stream, or starts it again after TLS and SASL, and returns the
// features. The decoder of the stream before is thrown away with all it holds.
func (s *stream) open(limit int64) (*Element, error) {
	head := New(NSStream, "stream").Set("to", s.domain).Set("version", "1.0").SetLang(s.cfg.Lang)
	if s.secure {
		// Only now may the name of the account be seen (RFC 6120 §4.7.1).
		head.Set("from", Lenient(s.cfg.JID).Bare().String())
	}
	b := []byte("<?xml version='1.0'?><stream:stream xmlns='" + NSClient + "' xmlns:stream='" + NSStream + "'")
	for i := range head.Attrs {
		b = appendAttr(b, &head.Attrs[i], i)
	}
	b = append(b, '>')
	s.dec = newDecoder(s.conn, limit)
	if err := s.write(b, b); err != nil {
		return nil, err
	}
	s.opened = true
	s.deadline()
	if _, err := s.dec.readHeader(); err != nil {
		return nil, s.failed(err)
	}
	el, err := s.read()
	if err != nil {
		return nil, err
	}
	if !el.Is(NSStream, "features") {
		return nil, s.failed(&fault{cond: "unsupported-stanza-type", text: "no stream features"})
	}
	return el, nil
}

func (s *stream) deadline() { s.conn.SetDeadline(time.Now().Add(stepLimit)) }

// write sends b; the console sees shown instead.
func (s *stream) write(b, shown []byte) error {
	if s.cfg.Console != nil {
		s.cfg.Console(true, shown)
	}
	s.deadline()
	if _, err := s.conn.Write(b); err != nil {
		return s.failed(err)
	}
	return nil
}

func (s *stream) send(e *Element) error {
	return s.write(e.Bytes(), masked(e))
}

// read returns the next element. A stream error comes back as an *Error.
func (s *stream) read() (*Element, error) {
	s.deadline()
	el, err := s.dec.next()
	if err != nil {
		return nil, s.failed(err)
	}
	if s.cfg.Console != nil {
		s.cfg.Console(false, masked(el))
	}
	if el.Is(NSStream, "error") {
		return nil, streamError(el, s.domain, s.secure)
	}
	return el, nil
}

// border is where the parser is thrown away. Whatever came behind the last
// element was not sent by whom we are going to talk to next: with STARTTLS it is
// unprotected text that would be taken for protected (CVE-2011-0411).
func (s *stream) border() error {
	if s.dec.leftover() > 0 {
		return s.failed(&fault{cond: "policy-violation", text: "bytes behind the end of the stream"})
	}
	return nil
}

// failed gives err its kind, and tells the server what is wrong with its XML.
func (s *stream) failed(err error) error {
	var (
		f *fault
		e *Error
	)
	switch {
	case errors.As(err, &e):
		return e
	case s.ctx.Err() != nil:
		return ioError(s.ctx, s.domain, s.ctx.Err())
	case errors.As(err, &f):
		s.conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = s.conn.Write(streamFault(f))
		return f.asError(s.domain)
	case errors.Is(err, errNotXMPP):
		return &Error{Kind: NotXMPP, Host: s.domain, Err: err}
	case errors.Is(err, errStreamEnd):
		return &Error{Kind: Closed, Host: s.domain, Err: io.EOF}
	}
	return ioError(s.ctx, s.domain, err)
}

// streamFault is the stream error for a fault, and the end of the stream.
func streamFault(f *fault) []byte {
	return []byte("<stream:error><" + f.cond + " xmlns='" + NSStreamErr + "'/></stream:error></stream:stream>")
}

// streamError reads <stream:error/> (RFC 6120 §4.9). Where to go instead counts
// only inside TLS: outside anybody could have written it.
func streamError(el *Element, host string, secure bool) *Error {
	e := &Error{Kind: StreamError, Host: host, Condition: "undefined-condition"}
	var elsewhere string
	for _, c := range el.Children {
		switch {
		case c.Is(NSStreamErr, "text"):
			e.Text = c.Text
		case c.Space == NSStreamErr:
			e.Condition = clip(c.Local, 40)
			elsewhere = strings.TrimSpace(c.Text)
		}
	}
	switch e.Condition {
	case "conflict":
		e.Kind = Conflict
	case "policy-violation":
		e.Kind = PolicyViolation
	case "see-other-host":
		if secure && elsewhere != "" {
			e.Kind, e.Host = SeeOtherHost, elsewhere
		}
	}
	return e
}
