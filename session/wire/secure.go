package wire

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"strings"
	"time"
)

// secure puts TLS over conn. The name in the certificate has to be the domain of
// the account whatever host was dialled (RFC 6120 §13.7.2): SRV records are not
// secured, so they must not choose who may answer. direct offers the ALPN
// protocol of XEP-0368 §2.
func (c *Config) secure(ctx context.Context, conn net.Conn, domain string, direct bool) (*tls.Conn, error) {
	conf := &tls.Config{
		ServerName: domain,
		MinVersion: tls.VersionTLS12,
		RootCAs:    c.RootCAs,
		// One Write is one record up to 16 kB: a record holds whole stanzas, and
		// a connection that is cut is cut between stanzas. Some servers cannot
		// resume a stream which ended inside one.
		DynamicRecordSizingDisabled: true,
	}
	if direct {
		conf.NextProtos = []string{"xmpp-client"}
	}
	if c.CertSHA256 != "" {
		pin, err := parsePin(c.CertSHA256)
		if err != nil {
			return nil, &Error{Kind: BadAddress, Host: domain, Err: err}
		}
		// The one place without the usual verification: a pinned certificate is
		// usually self-signed, and crypto/tls offers no other way to accept
		// exactly one certificate. VerifyConnection replaces the check, and runs
		// on resumed sessions too.
		conf.InsecureSkipVerify = true
		conf.VerifyConnection = func(s tls.ConnectionState) error { return checkPin(s, pin) }
	}
	tc := tls.Client(conn, conf)
	if err := tc.HandshakeContext(ctx); err != nil {
		return nil, handshakeError(ctx, domain, err)
	}
	return tc, nil
}

func parsePin(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(s))
	if err != nil || len(b) != sha256.Size {
		return nil, errors.New("certificate fingerprint is not 64 hexadecimal digits")
	}
	return b, nil
}

// pinError carries the certificate that was not the pinned one.
type pinError struct{ cert *x509.Certificate }

func (*pinError) Error() string { return "certificate is not the pinned one" }

func checkPin(s tls.ConnectionState, pin []byte) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("no certificate")
	}
	leaf := s.PeerCertificates[0]
	sum := sha256.Sum256(leaf.Raw)
	if subtle.ConstantTimeCompare(sum[:], pin) != 1 {
		return &pinError{leaf}
	}
	return nil
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// handshakeError sorts what a TLS handshake returns.
func handshakeError(ctx context.Context, domain string, err error) *Error {
	var (
		pin    *pinError
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
	)
	e := &Error{Kind: TLS, Host: domain, Err: err}
	switch {
	case errors.As(err, &pin):
		e.Kind, e.Cert = Certificate, certProblem(CertPinMismatch, pin.cert)
	case errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0:
		leaf := verify.UnverifiedCertificates[0]
		e.Kind, e.Cert = Certificate, certProblem(certReason(verify.Err, leaf), leaf)
	case errors.As(err, &record):
		// Something that speaks first, and in words: HTTP, SSH, mail. What begins
		// with a tag may well be XMPP, only not TLS.
		if b := record.RecordHeader[0]; 'A' <= b && b <= 'z' || '0' <= b && b <= '9' {
			e.Kind = NotXMPP
		}
	case errors.As(err, &alert):
	default:
		switch kind := ioKind(ctx, err); kind {
		case Timeout, Canceled:
			e.Kind = kind
		}
	}
	return e
}

func certReason(err error, leaf *x509.Certificate) CertReason {
	var (
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &name):
		return CertWrongName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if time.Now().Before(leaf.NotBefore) {
			return CertNotYetValid
		}
		return CertExpired
	case errors.As(err, &unknown):
		return CertUnknownAuthority
	}
	return CertInvalid
}
