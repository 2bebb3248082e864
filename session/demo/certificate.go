package demo

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// authority signs the certificates of one server. It lives in memory only. Its
// signatures are of one length, so that a login takes the same bytes each time
// and a cut at a byte hits the same place.
type authority struct {
	cert *x509.Certificate
	key  ed25519.PrivateKey
	pool *x509.CertPool
}

// The certificates are valid in every year a test may play in.
var (
	validFrom = time.Unix(0, 0)
	validTo   = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
)

func newAuthority() (*authority, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the demo authority: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Demo Authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: validFrom, NotAfter: validTo, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, public, key)
	if err != nil {
		return nil, fmt.Errorf("make the demo authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make the demo authority: %w", err)
	}
	a := &authority{cert: cert, key: key, pool: x509.NewCertPool()}
	a.pool.AddCert(cert)
	return a, nil
}

// evil is what a terminal would obey: a title, a colour, and text that runs backwards.
const evil = "\x1b]0;owned\x07\x1b[31m\u009b1m\u202edrawkcab\nnext"

// certificate makes a certificate for a domain, with one thing wrong.
func (a *authority) certificate(domain string, fault CertFault) (tls.Certificate, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate for %s: %w", domain, err)
	}
	name := domain
	if fault == CertWrongName {
		name = "other." + domain
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: validFrom, NotAfter: validTo,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	parent, signer := a.cert, a.key
	switch fault {
	case CertExpired:
		t.NotAfter = time.Unix(1000, 0)
	case CertEarly:
		t.NotBefore = time.Date(2089, 1, 1, 0, 0, 0, 0, time.UTC)
	case CertCommonName:
		t.DNSNames = nil
	case CertEscape:
		t.Subject = pkix.Name{CommonName: name + evil, Organization: []string{"Bank" + evil}}
		parent, signer = t, key
	case CertSelfSigned:
		parent, signer = t, key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, public, signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate for %s: %w", domain, err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// shownOnce shows a certificate to a first client. crypto/tls keeps what it parsed
// as long as somebody holds it, for all clients; two that parse it at the same
// moment race in the eyes of the race detector.
func (a *authority) shownOnce(cert tls.Certificate, domain string) ([]*x509.Certificate, error) {
	near, far := net.Pipe()
	defer near.Close()
	served := make(chan struct{})
	go func() {
		defer close(served)
		defer far.Close()
		// No tickets: nobody reads them.
		_ = tls.Server(far, &tls.Config{Certificates: []tls.Certificate{cert}, SessionTicketsDisabled: true}).Handshake()
	}()
	conn := tls.Client(near, &tls.Config{RootCAs: a.pool, ServerName: domain})
	err := conn.Handshake()
	<-served
	if err != nil {
		return nil, fmt.Errorf("show the demo certificate: %w", err)
	}
	return conn.ConnectionState().PeerCertificates, nil
}
