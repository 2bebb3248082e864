package wire

import (
	"context"
	"strings"
)

// Counter is a connection to a server on which nobody is logged in: the place
// where an account is made (XEP-0077 §3.1). It belongs to one goroutine.
type Counter struct {
	s *stream

	// Features are those of the secured stream.
	Features *Element
}

// OpenCounter finds the server of a domain and connects to it, as [Connect] does
// but for the login. Of cfg the account, the password and what belongs to a
// session are not looked at. There is no Counter without TLS. Errors are *Error;
// ctx governs the connection as long as it lives.
func OpenCounter(ctx context.Context, cfg Config, domain string) (*Counter, error) {
	at, err := Parse(domain)
	if err != nil || at.Local() != "" || at.Resource() != "" {
		return nil, &Error{Kind: BadAddress, Host: domain, Err: err}
	}
	name, err := asciiHost(at.Domain())
	if err != nil {
		return nil, &Error{Kind: BadAddress, Host: at.Domain(), Err: err}
	}
	cfg.JID, cfg.Resume, cfg.AllowPlaintextLoopback = "", nil, false // nobody speaks, and never in the open
	route, err := cfg.route(name)
	if err != nil {
		return nil, err
	}
	cfg.progress(Resolving, name)
	candidates, err := cfg.candidates(ctx, name, route.lookup)
	if err != nil {
		return nil, err
	}
	var worst error
	for _, c := range candidates {
		cfg.progress(Connecting, c.addr())
		s, features, err := cfg.approach(ctx, route, c, at, name)
		if err == nil {
			return &Counter{s: s, Features: features}, nil
		}
		if worst == nil || telling(err) > telling(worst) {
			worst = err
		}
		if ctx.Err() != nil || !elsewhere(err) {
			break
		}
	}
	return nil, worst
}

// Ask sends an IQ of a type, get or set, to the server and returns its answer,
// which may be an error stanza (see [ErrorOf]). Errors are *Error and end the
// Counter.
func (c *Counter) Ask(kind string, payload *Element) (_ *Element, err error) {
	s := c.s
	stop := s.watch()
	defer func() {
		if !stop() && err == nil {
			err = ioError(s.ctx, s.domain, s.ctx.Err())
		}
		if err != nil {
			s.raw.Close()
		}
	}()
	id := randomID()
	if err := s.send(New(NSClient, "iq").Set("type", kind).Set("to", s.domain).Set("id", id).Add(payload)); err != nil {
		return nil, err
	}
	el, err := s.read()
	if err != nil {
		return nil, err
	}
	// Nobody but the server can speak here: it is the domain, or does not say.
	answer := el.Attr("type")
	from := strings.TrimSpace(el.Attr("from"))
	if !el.Is(NSClient, "iq") || el.Attr("id") != id || answer != "result" && answer != "error" || from != "" && Lenient(from).Bare().String() != s.domain {
		return nil, s.failed(&fault{cond: "undefined-condition", text: "no answer"})
	}
	return el, nil
}

// Close says goodbye and closes the connection.
func (c *Counter) Close() {
	_ = c.s.write([]byte("</stream:stream>"), []byte("</stream:stream>"))
	c.s.raw.Close()
}
