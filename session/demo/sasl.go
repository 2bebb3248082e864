package demo

import (
	"crypto/tls"
	"encoding/base64"
	"strings"

	"sotto/session/wire"
)

// mechanisms are the features before authentication.
func (c *connection) mechanisms() *wire.Element {
	names := []string{"SCRAM-SHA-256", "SCRAM-SHA-1"}
	switch {
	case c.faults.Plain:
		names = []string{"PLAIN"}
	case c.faults.SHA1Only:
		names = names[1:]
	}
	bound := c.exporter() != nil && !c.faults.NoBinding && !c.faults.Plain
	list := wire.New(wire.NSSASL, "mechanisms")
	for _, plus := range []bool{true, false} {
		for _, n := range names {
			if plus && bound {
				list.Add(wire.New(wire.NSSASL, "mechanism").SetText(n + "-PLUS"))
			} else if !plus {
				list.Add(wire.New(wire.NSSASL, "mechanism").SetText(n))
			}
		}
	}
	f := wire.New(wire.NSStream, "features").Add(list)
	if bound { // XEP-0440
		f.Add(wire.New(wire.NSBindings, "sasl-channel-binding").Add(wire.New(wire.NSBindings, "channel-binding").Set("type", "tls-exporter")))
	}
	return f
}

// exporter is the channel binding of the connection (RFC 9266), nil for none.
func (c *connection) exporter() []byte {
	if c.tls == nil {
		return nil
	}
	state := c.tls.ConnectionState()
	if state.Version < tls.VersionTLS13 {
		return nil
	}
	b, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	if err != nil {
		return nil
	}
	return b
}

// authenticate runs SASL until one attempt succeeds; three may fail.
func (c *connection) authenticate() bool {
	for range 3 {
		el, ok := c.read()
		for n := 0; ok && el.Is(wire.NSClient, "iq") && n < 100; n++ {
			if !c.register(el) {
				return false
			}
			el, ok = c.read()
		}
		if !ok {
			return false
		}
		if !el.Is(wire.NSSASL, "auth") {
			return c.sayError("not-authorized")
		}
		if condition := c.attempt(el); condition != "" {
			failure := wire.New(wire.NSSASL, "failure").Add(wire.New(wire.NSSASL, condition))
			if t := c.faults.Hostile.FailText; t != "" {
				failure.Add(wire.New(wire.NSSASL, "text").SetText(t))
			}
			c.sayElement(failure)
			continue
		}
		return true
	}
	return c.sayError("policy-violation")
}

// attempt is one SASL exchange; it returns the condition of its failure.
func (c *connection) attempt(auth *wire.Element) (condition string) {
	if c.faults.RefuseLogins != "" {
		return c.faults.RefuseLogins
	}
	c.tellSASL(auth.Text)
	first, ok := unbase64(auth.Text)
	if !ok {
		return "incorrect-encoding"
	}
	name := auth.Attr("mechanism")
	if name == "PLAIN" && c.faults.Plain {
		part := strings.Split(first, "\x00")
		if len(part) != 3 {
			return "malformed-request"
		}
		u, password := c.account(part[1])
		if u == nil || password != part[2] {
			return "not-authorized"
		}
		c.u = u
		c.sayElement(wire.New(wire.NSSASL, "success"))
		return ""
	}
	x, condition := c.newScram(name, first)
	if condition != "" {
		return condition
	}
	challenge := base64.StdEncoding.EncodeToString([]byte(x.challenge))
	c.tellSASL(challenge)
	c.sayElement(wire.New(wire.NSSASL, "challenge").SetText(challenge))
	el, ok := c.read()
	switch {
	case !ok:
		return "aborted"
	case !el.Is(wire.NSSASL, "response"):
		return "aborted"
	}
	c.tellSASL(el.Text)
	final, ok := unbase64(el.Text)
	if !ok {
		return "incorrect-encoding"
	}
	proof, condition := x.verify(final)
	if condition != "" {
		return condition
	}
	if c.faults.WrongAnswer {
		proof = "v=" + base64.StdEncoding.EncodeToString(make([]byte, x.hash().Size()))
	}
	if c.u = x.u; c.faults.Hostile.NoSignature {
		c.sayElement(wire.New(wire.NSSASL, "success"))
		return ""
	}
	c.sayElement(wire.New(wire.NSSASL, "success").SetText(base64.StdEncoding.EncodeToString([]byte(proof))))
	return ""
}

func (c *connection) tellSASL(text string) {
	if f := c.s.opt.SASL; f != nil {
		f(text)
	}
}

func unbase64(s string) (string, bool) {
	if s = strings.TrimSpace(s); s == "=" {
		return "", true
	}
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err == nil
}

// account returns a user and the password it has now.
func (c *connection) account(local string) (*user, string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	u := c.s.users[local]
	if u == nil || u.password == "" {
		return nil, ""
	}
	return u, u.password
}
