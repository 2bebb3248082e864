package demo

import (
	"io"
	"math/rand/v2"
	"net"
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
	Iterations   int    // of SCRAM, 0: 4096
	Certificate  CertFault
	Oversized    bool // the first stanza after the login is beyond every limit
	Garbage      bool // what follows the login is no XML
	Silent       bool // bytes are taken and nothing is answered
	NoManagement bool // no XEP-0198
	KickOld      bool // a login ends the session which has its resource (RFC 6120 §7.7.2.2)

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
)

// Cut is a way in which a connection ends.
type Cut int

// Ways to end.
const (
	CutEOF   Cut = iota // closed without a word
	CutReset            // ECONNRESET
	CutHalf             // half a stanza, then closed
	CutError            // a stream error, then closed properly
)

// readError is what the reader of a cut connection gets.
func (c Cut) readError() error {
	if c == CutReset {
		return &net.OpError{Op: "read", Net: "pipe", Err: syscall.ECONNRESET}
	}
	return io.EOF
}

func (c Cut) writeError() error {
	return &net.OpError{Op: "write", Net: "pipe", Err: syscall.EPIPE}
}

// SetFaults changes the switches for connections dialled from now on.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// CutAll ends every connection at once. The sessions are over when it returns.
func (s *Server) CutAll(kind Cut) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.cut(kind)
	}
}

// CutAfter ends the connections of an account after n more bytes from the server
// (counted below TLS).
func (s *Server) CutAfter(local string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.sess != nil && c.sess.u.local == local {
			c.raw.out.arm(n, CutEOF)
		}
	}
}

// Mute lets the server fall silent for an account: its bytes are taken and
// nothing is answered any more.
func (s *Server) Mute(local string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.sess != nil && c.sess.u.local == local {
			c.raw.out.hush()
		}
	}
}

// cut ends one connection; the server's mutex is held.
func (c *connection) cut(kind Cut) {
	switch {
	case kind == CutHalf && c.sess != nil && c.sess.out != nil:
		c.finish([]byte("<message type='chat' from='" + c.s.domain + "'><body>This line never e"))
	case kind == CutError && c.sess != nil && c.sess.out != nil:
		c.finish(streamErrorBytes("undefined-condition"))
	default:
		c.raw.out.end(kind.readError(), kind.writeError())
		c.raw.in.end(io.EOF, kind.writeError())
	}
	c.s.drop(c.sess)
}

// arm cuts the direction after n more bytes.
func (f *flow) arm(n int, kind Cut) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed, f.limit, f.cut = true, max(n, 0), kind
	if n <= 0 {
		f.endLocked(kind.readError(), kind.writeError())
	}
}

func (f *flow) hush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silent = true
	f.wake()
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
		down.arm(1+rng.IntN(f.CutWithin), Cut(rng.IntN(2)))
	}
	if f.Silent {
		down.hush()
	}
}
