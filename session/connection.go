package session

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"net"
	"time"

	"mellium.im/xmpp/jid"

	"sotto/session/wire"
)

// softwareTime is how long our server may take to say what it runs.
const softwareTime = 10 * time.Second

// Connection is how an account is connected, for a person who wants to know. What
// the server said of itself is remote text.
type Connection struct {
	AccountInfo
	Since  time.Time // online: since when; else when the last link ended; zero: there was none
	Addr   string    // host:port dialled
	Remote string    // address:port at the other end; "" behind a proxy
	Direct bool      // TLS from the first byte (XEP-0368), else STARTTLS
	Cipher string    // the suite

	Chain  []ShownCertificate // from the server's to the one that vouches for it
	Pinned Pinned
	Rooted bool // the machine's certificates, or those of ca_file, vouch for it
	CAFile string

	Offered   []string // SASL mechanisms
	Bindings  []string // types of channel binding that the server listed (XEP-0440)
	Floor     string   // the strongest mechanism of all logins
	Guarded   bool     // the server signed both lists (XEP-0474)
	Managed   bool     // XEP-0198
	Resumable bool
	Wait      time.Duration // for how long it could be resumed; 0: not said
	Resumed   bool          // the session is older than the connection
	Software  string        // of the server, once it told
}

// ShownCertificate is one of a chain.
type ShownCertificate struct {
	Subject, Issuer     string
	Names               []string
	NotBefore, NotAfter time.Time
	SHA256              string // hex
}

// Pinned says whether a fingerprint decides who the server is.
type Pinned int

// The ways to pin.
const (
	PinNone   Pinned = iota
	PinOnce          // for this run, after a question
	PinConfig        // cert_sha256
)

// Connection describes how the account is connected. It waits for the loop and may
// verify a certificate: not for the interface's goroutine. What the server runs is
// asked by the way; [AccountChanged] follows when it is known.
func (a *Account) Connection(ctx context.Context) (Connection, error) {
	var (
		c     Connection
		in    *wire.Login
		roots *x509.CertPool
		now   time.Time
	)
	err := a.ask(ctx, func(l *loop) {
		c = l.connectionNow()
		if l.link != nil {
			in = l.login
		}
		if cfg, p := l.c.way(l.cfg); p == nil {
			roots = cfg.RootCAs
		}
		now = l.c.opt.Now()
	})
	if err != nil || in == nil || len(in.TLS.PeerCertificates) == 0 {
		return c, err
	}
	chain := in.TLS.PeerCertificates
	others := x509.NewCertPool()
	for _, x := range chain[1:] {
		others.AddCert(x)
	}
	verified, err := chain[0].Verify(x509.VerifyOptions{DNSName: in.Name, Roots: roots, Intermediates: others, CurrentTime: now})
	if c.Rooted = err == nil && len(verified) > 0; c.Rooted {
		chain = verified[0]
	}
	for _, x := range chain[:min(len(chain), 8)] {
		c.Chain = append(c.Chain, shownCertificate(x))
	}
	return c, nil
}

func shownCertificate(x *x509.Certificate) ShownCertificate {
	sum := sha256.Sum256(x.Raw)
	s := ShownCertificate{Subject: clip(x.Subject.String(), nameMax), Issuer: clip(x.Issuer.String(), nameMax), NotBefore: x.NotBefore, NotAfter: x.NotAfter, SHA256: hex.EncodeToString(sum[:])}
	for _, name := range x.DNSNames[:min(len(x.DNSNames), 50)] {
		s.Names = append(s.Names, clip(name, nameMax))
	}
	for _, ip := range x.IPAddresses[:min(len(x.IPAddresses), 10)] {
		s.Names = append(s.Names, ip.String())
	}
	return s
}

// connectionNow is what the loop knows.
func (l *loop) connectionNow() Connection {
	c := Connection{AccountInfo: l.info(), Floor: l.floor, CAFile: l.cfg.CAFile, Since: l.brokeAt}
	if l.link == nil || l.login == nil {
		return c
	}
	in := l.login
	c.Since, c.Addr, c.Direct, c.Resumed, c.Managed = l.onlineAt, in.Addr, in.Direct, in.Resumed, in.SM
	if _, _, err := net.SplitHostPort(in.Remote); err == nil {
		c.Remote = in.Remote
	}
	c.Cipher = tls.CipherSuiteName(in.TLS.CipherSuite)
	c.Offered, c.Bindings, c.Guarded = in.Offered, in.Bindings, in.Guarded
	c.Resumable, c.Wait = l.link.Resumable()
	switch {
	case l.cfg.CertSHA256 != "" && (l.pin == "" || l.pin == l.cfg.CertSHA256):
		c.Pinned = PinConfig
	case l.pin != "":
		c.Pinned = PinOnce
	}
	if c.Software = l.software; l.askedFor != l.life+1 && l.state == Online {
		l.askSoftware()
	}
	return c
}

// askSoftware asks our server what it runs (XEP-0092), once a session.
func (l *loop) askSoftware() {
	l.software, l.askedFor = "", l.life+1
	link, life := l.link, l.life
	home, err := jid.Parse(wire.Lenient(l.a.jid).Domain())
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, softwareTime)
	l.dials.Go(func() {
		defer cancel()
		facts := askVersion(ctx, link, home)
		l.soon(func(l *loop) {
			if len(facts) > 0 && l.life == life {
				l.software = facts[0].Text
				l.announceAccount()
			}
		})
	})
}
