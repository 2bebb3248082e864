package demo

import (
	"crypto/tls"
	"fmt"
	"strings"

	"sotto/session/wire"
)

// begin takes a connection to the point where stanzas flow. Everything here is
// written directly: the writer does not run yet.
func (c *connection) begin() bool {
	if c.faults.HTTP {
		// A web server hears the whole question before it finds it bad.
		if _, err := c.conn.Read(make([]byte, 16<<10)); err != nil {
			return false
		}
		c.say("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad Request\n")
		return false
	}
	if c.direct && !c.encrypt() {
		return false
	}
	if !c.secure && (!c.startTLS() || !c.encrypt()) {
		return false
	}
	if !c.open(c.s.signupFeatures(c.mechanisms())) {
		return false
	}
	if !c.authenticate() || !c.open(c.features()) {
		return false
	}
	return c.bind()
}

func (c *connection) say(s string) bool {
	_, err := c.conn.Write([]byte(s))
	return err == nil
}

func (c *connection) sayElement(e *wire.Element) bool { return c.say(string(e.Bytes())) }

func (c *connection) sayError(condition string) bool {
	c.say(string(streamErrorBytes(condition)))
	return false
}

// open reads a stream header and answers it with features (RFC 6120 §4).
func (c *connection) open(features *wire.Element) bool {
	if c.in != nil && c.in.leftover() > 0 && !c.secure {
		return false
	}
	c.in = newStanzaReader(c.conn)
	head, err := c.in.header()
	c.say("<?xml version='1.0'?><stream:stream xmlns='" + wire.NSClient + "' xmlns:stream='" + wire.NSStream +
		"' id='" + c.streamID() + "' from='" + c.s.domain + "' version='1.0' xml:lang='en'>")
	switch {
	case err != nil:
		if condition := conditionOf(err); condition != "" {
			c.sayError(condition)
		}
		return false
	case c.faults.Malformed:
		c.say("<stream:features><mechanisms></features>")
		return false
	case head.Attr("to") != "" && head.Attr("to") != c.s.domain:
		return c.sayError("host-unknown")
	}
	if words := c.early(); words != "" {
		c.say(words)
		return false
	}
	// The prefix is declared by the header and is what old clients look for.
	return c.say("<stream:features>" + inner(features) + "</stream:features>")
}

func (c *connection) streamID() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.s.newID()
}

// inner serialises the children of e.
func inner(e *wire.Element) string {
	var b []byte
	for _, child := range e.Children {
		b = child.Append(b, wire.NSClient)
	}
	return string(b)
}

// read returns the next element of the negotiation.
func (c *connection) read() (*wire.Element, bool) {
	el, err := c.in.next()
	if err == nil {
		return el, true
	}
	if condition := conditionOf(err); condition != "" {
		c.sayError(condition)
	} else if err == errStreamEnd {
		c.say("</stream:stream>")
	}
	return nil, false
}

// startTLS is RFC 6120 §5.
func (c *connection) startTLS() bool {
	features := wire.New(wire.NSStream, "features")
	if c.faults.NoStartTLS || c.faults.Hostile.Both {
		features = c.mechanisms()
	}
	if !c.faults.NoStartTLS {
		features.Add(wire.New(wire.NSTLS, "starttls").Add(wire.New(wire.NSTLS, "required")))
	}
	if !c.open(features) {
		return false
	}
	el, ok := c.read()
	if !ok {
		return false
	}
	switch {
	case !el.Is(wire.NSTLS, "starttls"):
		// Nothing else is done for a stream that anybody can read.
		return c.sayError("policy-violation")
	case c.faults.NoStartTLS || c.faults.TLSRefused:
		c.sayElement(wire.New(wire.NSTLS, "failure"))
		c.say("</stream:stream>")
		return false
	case c.in.leftover() > 0:
		return c.sayError("policy-violation")
	}
	return c.say(string(wire.New(wire.NSTLS, "proceed").Bytes()) + c.faults.Hostile.Inject)
}

func (c *connection) encrypt() bool {
	cert, err := c.s.certificate(c.faults.Certificate)
	if err != nil {
		return false
	}
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"xmpp-client"}, MinVersion: tls.VersionTLS12}
	if c.faults.Hostile.OldTLS {
		conf.MinVersion, conf.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	}
	tc := tls.Server(c.conn, conf)
	if err := tc.HandshakeContext(c.s.ctx); err != nil {
		return false
	}
	c.conn, c.tls, c.secure = tc, tc, true
	c.tap()
	return true
}

// features are the features of an authenticated stream.
func (c *connection) features() *wire.Element {
	f := wire.New(wire.NSStream, "features").Add(
		wire.New(wire.NSBind, "bind"),
		wire.New(wire.NSSession, "session").Add(wire.New(wire.NSSession, "optional")),
		wire.New(nsRosterVer, "ver"), wire.New(nsPreApproval, "sub"))
	if !c.faults.NoActivity {
		f.Add(wire.New(nsCSI, "csi"))
	}
	if !c.faults.NoManagement {
		f.Add(wire.New(wire.NSManagement, "sm"))
	}
	return f
}

// bind waits for the client to bind a resource (RFC 6120 §7) and makes its session.
func (c *connection) bind() bool {
	for range 10 {
		el, ok := c.read()
		if !ok {
			return false
		}
		ask := el.Child(wire.NSBind, "bind")
		switch {
		case el.Is(wire.NSManagement, "resume"):
			if c.s.resume(c, el) {
				return true
			}
			c.s.mu.Lock()
			b, over := c.out.take(), c.final
			c.s.mu.Unlock()
			if c.say(string(b)); over {
				return c.say(string(c.last)) && false
			}
			continue
		case el.Is(wire.NSClient, "iq") && ask == nil:
			c.sayElement(errorFor(el, "cancel", "not-allowed"))
			continue
		case !el.Is(wire.NSClient, "iq") || el.Attr("type") != "set":
			return c.sayError("not-authorized")
		}
		c.s.mu.Lock()
		sess := c.s.bindSession(c, strings.TrimSpace(ask.ChildText(wire.NSBind, "resource")))
		c.s.mu.Unlock()
		if sess == nil {
			c.sayElement(errorFor(el, "modify", "bad-request"))
			continue
		}
		b := fmt.Appendf(nil, "%s", wire.New(wire.NSClient, "iq").Set("type", "result").Set("id", el.Attr("id")).
			Add(wire.New(wire.NSBind, "bind").Add(wire.New(wire.NSBind, "jid").SetText(sess.jid.String()))).Bytes())
		if c.faults.Garbage {
			b = append(b, "<message><body>&nothing;</body></message>"...)
		}
		if c.faults.Oversized {
			b = append(b, "<message><body>"+strings.Repeat("x", 2*maxStanza)+"</body></message>"...)
		}
		b = append(b, c.faults.Hostile.After...)
		if part := c.faults.Hostile.Endless; part != "" {
			for c.say(string(b)) {
				b = []byte(strings.Repeat(part, 1+4096/len(part)))
			}
			return false
		}
		c.s.mu.Lock()
		c.out.bytes = append(b, c.out.bytes...)
		signal(c.kick)
		c.s.mu.Unlock()
		return true
	}
	return c.sayError("policy-violation")
}
