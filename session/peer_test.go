package session_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const (
	peerDomain = "example.org"
	me         = "alice@example.org"
	myRoom     = "tea@rooms.example.org"
)

// peer is a server that says what the test makes it say, what no good server
// would let through included. It logs its one account in, answers the questions
// of the login and records what it hears.
type peer struct {
	t testing.TB
	// Set before the client starts.
	roster  string            // items
	answers map[string]string // what is read of a node
	blocked string            // items of the block list
	steps   func(step string) // called before each step of a login; may wait

	mu       sync.Mutex
	features map[string][]string // what disco#info says of an address, see offer
	silent   map[string]bool     // addresses that answer nothing, see hush
	conn     net.Conn
	full     string // of the client
	heard    []*wire.Element
	moved    chan struct{} // closed and replaced when heard grows
	pings    int
	said     bytes.Buffer // all that came behind a login, as it came
	wg       sync.WaitGroup
}

var peerCert = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: peerDomain}, DNSNames: []string{peerDomain},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
})

func newPeer(t testing.TB) *peer {
	p := &peer{t: t, roster: "<item jid='bob@example.org' subscription='none'/>", features: map[string][]string{}, answers: map[string]string{}, silent: map[string]bool{}, moved: make(chan struct{}), steps: func(string) {}}
	t.Cleanup(p.wg.Wait)
	return p
}

// offer sets the features that disco#info names for an address.
func (p *peer) offer(address string, features []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.features[address] = features
}

// hush makes an address answer nothing from now on.
func (p *peer) hush(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent[address] = true
}

// client starts a client for the peer's account.
func (p *peer) client() *client {
	p.t.Helper()
	return run(p.t, p.options(), store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
}

func (p *peer) options() session.Options {
	_, pool := peerCert()
	return session.Options{Dial: p.dial, RootCAs: pool, Passwords: map[string]string{me: password}}
}

// login is client, online.
func (p *peer) login() *client {
	p.t.Helper()
	cl := p.client()
	cl.online()
	return cl
}

func (p *peer) dial(context.Context, string, string) (net.Conn, error) {
	p.steps("dial")
	near, far := net.Pipe()
	p.wg.Go(func() {
		defer far.Close()
		p.serve(far)
	})
	return near, nil
}

const streamHead = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='s' from='" + peerDomain + "' version='1.0'>"

// serve is one connection. It ends, as a connection does, without ceremony.
func (p *peer) serve(raw net.Conn) {
	cert, _ := peerCert()
	p.steps("tls")
	// No tickets: nobody reads them from a pipe without a buffer.
	conn := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"xmpp-client"}, SessionTicketsDisabled: true})
	in := newReader(conn)
	say := func(s string) bool { _, err := io.WriteString(conn, s); return err == nil }
	if in.head() != nil || !say(streamHead+"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>") {
		return
	}
	if _, err := in.next(); err != nil {
		return
	}
	p.steps("sasl")
	if !say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>") {
		return
	}
	in = newReader(io.TeeReader(conn, tape{p}))
	if in.head() != nil || !say(streamHead+"<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>") {
		return
	}
	bind, err := in.next()
	if err != nil {
		return
	}
	p.steps("bind")
	resource := bind.Child("urn:ietf:params:xml:ns:xmpp-bind", "bind").ChildText("urn:ietf:params:xml:ns:xmpp-bind", "resource")
	p.mu.Lock()
	p.conn, p.full = conn, me+"/"+resource
	p.mu.Unlock()
	if !say(fmt.Sprintf("<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>%s/%s</jid></bind></iq>", bind.Attr("id"), me, resource)) {
		return
	}
	for {
		el, err := in.next()
		if err != nil {
			say("</stream:stream>")
			return
		}
		p.hear(el)
	}
}

// hear answers what every server answers and records the rest.
func (p *peer) hear(el *wire.Element) {
	to, id := el.Attr("to"), el.Attr("id")
	p.mu.Lock()
	silent, features := p.silent[to], p.features[to]
	p.mu.Unlock()
	if t := el.Attr("type"); el.Local == "iq" && (t == "get" || t == "set") && !silent {
		payload := ""
		switch q := el.Children[0]; {
		case q.Is("jabber:iq:roster", "query") && t == "get":
			p.steps("roster")
			payload = "<query xmlns='jabber:iq:roster'>" + p.roster + "</query>"
		case q.Is("urn:xmpp:blocking", "blocklist"):
			payload = "<blocklist xmlns='urn:xmpp:blocking'>" + p.blocked + "</blocklist>"
		case q.Is("http://jabber.org/protocol/pubsub", "pubsub") && t == "get":
			payload = p.answers[q.Children[0].Attr("node")]
			if payload == "" {
				p.sendf("<iq type='error' id='%s'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", id)
				return
			}
		case q.Is("http://jabber.org/protocol/disco#info", "query") && features != nil:
			payload = "<query xmlns='http://jabber.org/protocol/disco#info'>"
			for _, f := range features {
				payload += "<feature var='" + f + "'/>"
			}
			payload += "</query>"
		case q.Is("http://jabber.org/protocol/disco#info", "query"):
			p.sendf("<iq type='error' id='%s' from='%s'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", id, to)
			return
		}
		from := ""
		if to != "" {
			from = " from='" + to + "'"
		}
		p.sendf("<iq type='result' id='%s'%s>%s</iq>", id, from, payload)
	}
	p.mu.Lock()
	p.heard = append(p.heard, el)
	close(p.moved)
	p.moved = make(chan struct{})
	p.mu.Unlock()
}

// tape keeps what a client says behind its login, byte for byte.
type tape struct{ p *peer }

func (t tape) Write(b []byte) (int, error) {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.p.said.Write(b)
	return len(b), nil
}

func (p *peer) sendf(format string, args ...any) { p.send(fmt.Sprintf(format, args...)) }

// send says something to the client, raw.
func (p *peer) send(s string) {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	_, _ = io.WriteString(conn, s)
}

// await waits until the client said something, and takes it.
func (p *peer) await(what string, ok func(*wire.Element) bool) *wire.Element {
	p.t.Helper()
	limit := time.NewTimer(10 * patience)
	defer limit.Stop()
	for {
		p.mu.Lock()
		for i, el := range p.heard {
			if ok(el) {
				p.heard = append(p.heard[:i:i], p.heard[i+1:]...)
				p.mu.Unlock()
				return el
			}
		}
		moved := p.moved
		p.mu.Unlock()
		select {
		case <-moved:
		case <-limit.C:
			p.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// sync waits until all that was sent is applied and on disk, and what came of it
// was heard. The answer to the first question may be written before the commit;
// the second one is read after it.
func (p *peer) sync() {
	p.t.Helper()
	for range 2 {
		p.pings++
		id := fmt.Sprintf("sync-%d", p.pings)
		p.sendf("<iq type='get' from='%s' id='%s'><ping xmlns='urn:xmpp:ping'/></iq>", peerDomain, id)
		p.await("an answer to a ping", func(el *wire.Element) bool { return el.Attr("id") == id })
	}
}

// tells is sync with something said before.
func (p *peer) tells(xml ...string) {
	p.t.Helper()
	p.send(strings.Join(xml, ""))
	p.sync()
}

// took takes all that was heard, as texts.
func (p *peer) took() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, el := range p.heard {
		all = append(all, string(el.Bytes()))
	}
	p.heard = nil
	return all
}

// reader reads what a client sends.
type reader struct{ dec *xml.Decoder }

func newReader(r io.Reader) *reader { return &reader{xml.NewDecoder(r)} }

func (r *reader) head() error {
	for {
		tok, err := r.dec.Token()
		if err != nil {
			return err
		}
		if _, ok := tok.(xml.StartElement); ok {
			return nil
		}
	}
}

func (r *reader) next() (*wire.Element, error) {
	var stack []*wire.Element
	for {
		tok, err := r.dec.Token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			el := wire.New(t.Name.Space, t.Name.Local)
			for _, a := range t.Attr {
				if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
					el.Attrs = append(el.Attrs, wire.Attr{Local: a.Name.Local, Value: a.Value})
				}
			}
			if n := len(stack); n > 0 {
				stack[n-1].Add(el)
			}
			stack = append(stack, el)
		case xml.EndElement:
			switch n := len(stack); n {
			case 0:
				return nil, io.EOF
			case 1:
				return stack[0], nil
			default:
				stack = stack[:n-1]
			}
		case xml.CharData:
			if n := len(stack); n > 0 {
				stack[n-1].Text += string(t)
			}
		}
	}
}
