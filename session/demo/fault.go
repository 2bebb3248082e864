package demo

import (
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"syscall"
	"time"
)

// Faults are switches for what goes wrong. They hold for connections dialled
// after they were set. The zero value is a good server.
type Faults struct {
	HTTP         bool   // the port belongs to a web server
	Malformed    bool   // the stream header is followed by what is no XML
	NoStartTLS   bool   // STARTTLS is not offered
	TLSRefused   bool   // STARTTLS is offered and then refused
	RefuseLogins string // SASL condition for every login, e.g. "account-disabled"
	WrongAnswer  bool   // the server cannot prove that it knows the password
	Plain        bool   // only PLAIN is offered
	NoBinding    bool   // no -PLUS mechanisms, no XEP-0440
	SHA1Only     bool   // no SCRAM-SHA-256
	Guarded      bool   // the server signs what it offers (XEP-0474), which is no fault
	Iterations   int    // of SCRAM, 0: 4096
	Certificate  CertFault
	Oversized    bool // the first stanza after the login is beyond every limit
	Garbage      bool // what follows the login is no XML
	Hostile      Hostile
	Silent       bool // bytes are taken and nothing is answered
	NoManagement bool // no XEP-0198
	NoActivity   bool // no XEP-0352
	KickOld      bool // a login ends the session which has its resource (RFC 6120 §7.7.2.2)

	// XEP-0198, done badly.
	NoResume     bool          // sessions end with their connection
	RefuseResume bool          // what could be resumed is not
	ForgetCount  bool          // a refused resumption does not say how far the old session came
	ResumeLow    int           // so many stanzas of the old session were handled and not counted
	ResumeHigh   bool          // a resumed session counts what was never sent
	Poison       bool          // a resumed session hears nothing and goes on talking, as with Prosody 0.12.3
	Shuffle      bool          // what a resumed session missed comes in another order
	AckDelay     time.Duration // an answer to <r/> takes so long
	AckDrop      int           // every so manieth <r/> is not answered; 0: all are
	AckLow       int           // answers count so many too few, for a while
	AckHigh      bool          // answers count what was never sent

	// SlowBytes per SlowTick (a millisecond if 0) is what the client gets; 0: no limit.
	SlowBytes int
	SlowTick  time.Duration

	// CutWithin cuts every connection after a number of bytes below it, chosen
	// from the seed, in a way chosen from the seed; 0: never.
	CutWithin int
}

// CertFault is what is wrong with the certificate.
type CertFault int

// Faults of certificates.
const (
	CertGood CertFault = iota
	CertExpired
	CertEarly // not yet valid
	CertWrongName
	CertSelfSigned
	CertCommonName // the domain stands in the common name alone
	CertEscape     // self-signed, with names that write to a terminal
)

// Cut is a way in which a connection ends.
type Cut int

// Ways to end.
const (
	CutEOF   Cut = iota // closed without a word
	CutReset            // ECONNRESET; what is under way is lost
	CutHalf             // half a stanza, then closed
	CutError            // a stream error, then closed properly

	// Ways of a network. Of the last three nobody is told: the client has its
	// watchdog, the server gives up after a while.
	CutNear // the client gets ECONNRESET; its last bytes reach the server later
	CutUp   // nothing of the client arrives any more
	CutDown // nothing of the server arrives any more
	CutBoth // neither
)

// giveUp is when TCP tells the server of a connection that carries nothing.
const giveUp = 90 * time.Second

// errReset is what a reset connection says.
var errReset error = &net.OpError{Op: "read", Net: "pipe", Err: syscall.ECONNRESET}

// errPipe is what a writer of a connection gets that has ended.
var errPipe error = &net.OpError{Op: "write", Net: "pipe", Err: syscall.EPIPE}

// errGone is how TCP ends a connection that carries nothing.
var errGone error = &net.OpError{Op: "read", Net: "pipe", Err: syscall.ETIMEDOUT}

// cut ends the connection, as the server's end sees it. late is how long the
// client's last bytes take with CutNear.
func (e *pipeEnd) cut(kind Cut, late time.Duration) {
	up, down := e.in, e.out
	switch kind {
	case CutReset:
		for _, f := range []*flow{up, down} {
			f.lose()
			f.end(errReset, errPipe)
		}
	case CutNear:
		down.lose()
		down.end(errReset, nil)
		down.hush()
		up.hold(late)
		up.end(errReset, errPipe)
	case CutUp, CutDown, CutBoth:
		if kind != CutDown {
			up.hush()
		}
		if kind != CutUp {
			down.hush()
		}
		time.AfterFunc(giveUp, func() {
			up.end(errGone, nil)
			down.end(nil, errGone)
		})
	default:
		up.end(io.EOF, errPipe)
		down.end(io.EOF, errPipe)
	}
}

// SetFaults changes the switches for connections dialled from now on.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// CutAll ends every connection at once. Sessions that can be resumed wait for
// their clients, the others are over when it returns.
func (s *Server) CutAll(kind Cut) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.connections() {
		c.cut(kind)
	}
}

// connections lists them in the order of their dialling.
func (s *Server) connections() []*connection {
	return slices.SortedFunc(maps.Keys(s.conns), func(a, b *connection) int { return a.number - b.number })
}

// CutAfter ends the connections of an account after n more bytes from the server
// (counted below TLS).
func (s *Server) CutAfter(local string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.connections() {
		if c.sess != nil && c.sess.u.local == local {
			c.raw.out.arm(n, func() { c.raw.cut(CutEOF, 0) })
		}
	}
}

// Mute lets the server fall silent for an account: its bytes are taken and
// nothing is answered any more.
func (s *Server) Mute(local string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.connections() {
		if c.sess != nil && c.sess.u.local == local {
			c.raw.out.hush()
		}
	}
}

// end ends one connection and leaves its session alone; the mutex is held.
func (c *connection) end(kind Cut) {
	switch {
	case kind == CutHalf && c.sess != nil:
		c.finish([]byte("<message type='chat' from='" + c.s.domain + "'><body>This line never e"))
	case kind == CutError && c.sess != nil:
		c.finish(streamErrorBytes("undefined-condition"))
	default:
		c.raw.cut(kind, 0)
	}
}

// cut ends one connection and lets its session wait to be resumed; the server's
// mutex is held.
func (c *connection) cut(kind Cut) {
	c.end(kind)
	if c.sess == nil || !c.attached() || kind > CutError {
		return
	}
	if kind == CutError {
		c.s.drop(c.sess) // a server that ends a stream with an error ends the session
		return
	}
	c.s.part(c.sess)
}

// apply sets what acts below TLS on a new connection.
func (f Faults) apply(server *pipeEnd, rng *rand.Rand) {
	down := server.out
	if f.SlowBytes > 0 {
		down.chunk, down.tick = f.SlowBytes, f.SlowTick
		if down.tick <= 0 {
			down.tick = time.Millisecond
		}
	}
	if f.CutWithin > 0 {
		kind := Cut(rng.IntN(2))
		down.arm(1+rng.IntN(f.CutWithin), func() { server.cut(kind, 0) })
	}
	if f.Silent {
		down.hush()
	}
}
