package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// Kind says what went wrong, so that a caller can decide: try again, or stop and
// ask. Sentences for people are made elsewhere.
type Kind int

// Kinds of [Error].
const (
	Other               Kind = iota // nothing below
	Resolve                         // no address for the host
	NoService                       // the domain says that it has no XMPP (SRV target ".")
	Refused                         // nobody listens
	Unreachable                     // no way to the host
	Timeout                         // no answer in time; also: the watchdog found the link dead
	NotXMPP                         // something answers, but not XMPP
	NoStartTLS                      // the server offers no encryption, or refused it
	TLS                             // the handshake failed for another reason than the certificate
	Certificate                     // see Error.Cert
	AuthFailed                      // credentials refused; Condition and Text are the server's
	NoMechanism                     // no SASL mechanism in common
	WeakServer                      // SCRAM iteration count outside 4,096 … 1,000,000, or a malformed challenge
	ServerNotProved                 // the server did not prove that it knows the password
	Conflict                        // another login took our place (RFC 6120 §4.9.3.3)
	PolicyViolation                 // RFC 6120 §4.9.3.14
	SeeOtherHost                    // Error.Host is where to go (RFC 6120 §4.9.3.19); of Connect: and that led nowhere
	StreamError                     // any other stream error, sent or caused by the server
	Malformed                       // what arrived is no acceptable XML
	TooBig                          // beyond the limits of size, depth or number
	Closed                          // the stream or connection ended
	Canceled                        // our own context ended
	PasswordUnavailable             // no password, or none that SASLprep allows
	BadAddress                      // Config.JID or another field makes no sense
	Busy                            // the send queue is full
	Downgrade                       // the server offers only mechanisms weaker than Config.Floor; Text lists them, Condition is the best of them
	Tampered                        // the list of mechanisms is not the one that the server says it sent (XEP-0474)
)

var kindNames = [...]string{"error", "resolve", "no service", "refused", "unreachable", "timeout", "not xmpp", "no starttls", "tls",
	"certificate", "authentication failed", "no mechanism", "weak server", "server not proved", "conflict", "policy violation",
	"see other host", "stream error", "malformed", "too big", "closed", "canceled", "password unavailable", "bad address", "busy", "downgrade", "tampered"}

// String names the kind for logs and tests.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "unknown"
	}
	return kindNames[k]
}

// Error is what Connect and Link.Err return.
type Error struct {
	Kind      Kind
	Host      string       // the host in question
	Condition string       // the defined condition, when there is one
	Text      string       // the server's words: remote text, not filtered
	Cert      *CertProblem // only with Certificate
	Err       error        // cause, may be nil
}

// Error gives all parts on one line, for logs.
func (e *Error) Error() string {
	s := e.Kind.String()
	if e.Host != "" {
		s += " " + e.Host
	}
	if e.Cert != nil {
		s += ": " + e.Cert.Reason.String()
	}
	if e.Condition != "" {
		s += ": " + e.Condition
	}
	if e.Text != "" {
		s += ": " + clip(e.Text, 200)
	}
	if e.Err != nil {
		s += fmt.Sprintf(": %v", e.Err)
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err, or Other.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Other
}

// CertReason says why a certificate was not accepted.
type CertReason int

// Reasons in a [CertProblem].
const (
	CertInvalid CertReason = iota // any other reason, see the cause
	CertExpired
	CertNotYetValid
	CertWrongName
	CertUnknownAuthority
	CertPinMismatch
)

// String names the reason for logs and tests.
func (r CertReason) String() string {
	return [...]string{"invalid", "expired", "not yet valid", "wrong name", "unknown authority", "pin mismatch"}[r]
}

// CertProblem describes a certificate that was not accepted, for a person to
// judge. All of it is remote text.
type CertProblem struct {
	Reason              CertReason
	Subject, Issuer     string
	Names               []string // DNS names and addresses it is good for
	NotBefore, NotAfter time.Time
	SHA256              string // of the whole certificate, lower-case hex; what Config.CertSHA256 takes
}

// ioError gives an error of the network its kind.
func ioError(ctx context.Context, host string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: ioKind(ctx, err), Host: host, Err: err}
}

func ioKind(ctx context.Context, err error) Kind {
	var (
		dns  *net.DNSError
		nerr net.Error
	)
	switch {
	case ctx != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return Timeout
	case ctx != nil && ctx.Err() != nil:
		return Canceled
	case errors.As(err, &dns):
		if dns.IsTimeout {
			return Timeout
		}
		return Resolve
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case errors.As(err, &nerr) && nerr.Timeout():
		return Timeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Closed
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return Unreachable
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return Unreachable
	}
	return Closed
}

// certProblem keeps what a person needs to judge a certificate.
func certProblem(reason CertReason, c *x509.Certificate) *CertProblem {
	p := &CertProblem{
		Reason: reason, Subject: c.Subject.String(), Issuer: c.Issuer.String(),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: fingerprint(c),
	}
	p.Names = append(p.Names, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		p.Names = append(p.Names, ip.String())
	}
	return p
}
