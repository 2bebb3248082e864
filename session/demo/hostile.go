package demo

import (
	"encoding/base64"
	"hash"
	"net"
	"slices"
	"strconv"
	"strings"

	"sotto/session/wire"
)

// Hostile are switches for what only a server does that means harm, or somebody who
// sits in front of it. What is said is said as it stands.
type Hostile struct {
	Inject string // behind <proceed/>
	OldTLS bool   // nothing above TLS 1.1
	Both   bool   // STARTTLS and mechanisms stand in one list

	EarlyOpen string // instead of the features of a stream in the open
	Early     string // the same inside TLS
	SeeOther  string // host in <see-other-host/> inside TLS; %d counts how often somebody was sent on
	SeeOpen   string // the same in the open

	Count        string // of SCRAM's iterations, instead of a number
	ForeignNonce bool   // the challenge does not go on with the client's nonce
	NoSignature  bool   // the server does not say v=
	FalseGuard   bool   // the hash of XEP-0474 is of another list
	FailText     string // words with a failed login

	After   string // said at once behind the answer to a bind
	Endless string // the same, over and over
}

// early is what is said instead of features; "": nothing.
func (c *connection) early() string {
	h := c.faults.Hostile
	words, host := h.EarlyOpen, h.SeeOpen
	if c.secure {
		words, host = h.Early, h.SeeOther
	}
	if words != "" || host == "" {
		return words
	}
	c.s.mu.Lock()
	c.s.sentOn++
	host = strings.ReplaceAll(host, "%d", strconv.Itoa(c.s.sentOn))
	c.s.mu.Unlock()
	return "<stream:error><see-other-host xmlns='" + wire.NSStreamErr + "'>" + host + "</see-other-host></stream:error></stream:stream>"
}

// guard is the hash of what is offered (XEP-0474 §5.1).
func (c *connection) guard(h func() hash.Hash) string {
	var mechanisms []string
	f := c.mechanisms()
	for m := range f.Child(wire.NSSASL, "mechanisms").All(wire.NSSASL, "mechanism") {
		mechanisms = append(mechanisms, m.Text)
	}
	slices.Sort(mechanisms)
	text := strings.Join(mechanisms, "\x1e")
	if f.Child(wire.NSBindings, "sasl-channel-binding") != nil {
		text += "\x1ftls-exporter"
	}
	sum := h()
	sum.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(sum.Sum(nil))
}

// tap lets Options.Taken hear what is read from here on.
func (c *connection) tap() {
	if taken := c.s.opt.Taken; taken != nil {
		c.conn = &tapped{c.conn, taken, c.secure}
	}
}

// tapped is a connection somebody listens to.
type tapped struct {
	net.Conn
	taken  func(b []byte, secure bool)
	secure bool
}

// Read implements net.Conn.
func (t *tapped) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if n > 0 {
		t.taken(p[:n], t.secure)
	}
	return n, err
}
