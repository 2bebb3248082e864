package wire_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"hash"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sotto/session/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// authority signs certificates made for one test run.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

var ca = sync.OnceValue(func() *authority {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), KeyUsage: x509.KeyUsageCertSign,
	}
	der, _ := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	cert, _ := x509.ParseCertificate(der)
	a := &authority{cert: cert, key: key, pool: x509.NewCertPool()}
	a.pool.AddCert(cert)
	return a
})

type certOptions struct {
	name           string
	cnOnly, self   bool
	expired, early bool
}

func certificate(t testing.TB, o certOptions) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	name := o.name
	if name == "" {
		name = "example.org"
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if o.cnOnly {
		tmpl.DNSNames = nil
	}
	if o.expired {
		tmpl.NotAfter = time.Unix(1000, 0)
	}
	if o.early {
		tmpl.NotBefore = time.Date(2080, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	parent, signer := ca().cert, ca().key
	if o.self {
		parent, signer = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func fingerprintOf(c tls.Certificate) string {
	return fmt.Sprintf("%x", sha256.Sum256(c.Certificate[0]))
}

// peer is the server's end of a connection, driven line by line.
type peer struct {
	t    testing.TB
	conn net.Conn
	buf  string
	seen strings.Builder // all that was read
}

// stop is what a peer panics with when the connection ends under it.
type stop struct{ err error }

// until reads up to and including what, and returns it all.
func (p *peer) until(what string) string {
	tmp := make([]byte, 32<<10)
	for {
		if i := strings.Index(p.buf, what); i >= 0 {
			i += len(what)
			out := p.buf[:i]
			p.buf = p.buf[i:]
			return out
		}
		n, err := p.conn.Read(tmp)
		p.buf += string(tmp[:n])
		p.seen.Write(tmp[:n])
		if err != nil && n == 0 {
			panic(stop{fmt.Errorf("waiting for %q with %q: %w", what, p.buf, err)})
		}
	}
}

func (p *peer) sayf(format string, args ...any) { p.say(fmt.Sprintf(format, args...)) }

func (p *peer) say(s string) {
	if _, err := p.conn.Write([]byte(s)); err != nil {
		panic(stop{err})
	}
}

// drain reads until the end, so that a client which writes is never held.
func (p *peer) drain() {
	tmp := make([]byte, 32<<10)
	for {
		n, err := p.conn.Read(tmp)
		p.buf += string(tmp[:n])
		p.seen.Write(tmp[:n])
		if err != nil {
			return
		}
	}
}

const header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='s' from='example.org' version='1.0'>"

func (p *peer) stream(features string) {
	p.until("<stream:stream ")
	p.until(">")
	p.say(header + "<stream:features>" + features + "</stream:features>")
}

const starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"

func (p *peer) starttls(cert tls.Certificate, max uint16) { p.upgrade(starttls, cert, max) }

func (p *peer) upgrade(features string, cert tls.Certificate, max uint16) {
	p.stream(features)
	p.until("<starttls ")
	p.until(">")
	p.say("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
	p.secure(cert, max)
}

func (p *peer) secure(cert tls.Certificate, max uint16) {
	tc := tls.Server(p.conn, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: max, NextProtos: []string{"xmpp-client"}})
	if err := tc.Handshake(); err != nil {
		panic(stop{err})
	}
	p.conn = tc
}

// scram is what the server does in the SCRAM exchange; zero is all right.
type scram struct {
	password   string
	iterations string
	challenge  string // replaces the server-first-message; %s is the client's nonce
	hash       string // of XEP-0474, "good" for the right one; "" for none
	signature  string // replaces v=…; "-" for none
	inSeparate bool   // signature as a challenge of its own
	mechanisms []string
	bindings   []string
	used       string // filled in
	channel    string // filled in: type of binding
}

func (s *scram) features() string {
	out := "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
	for _, m := range s.mechanisms {
		out += "<mechanism>" + m + "</mechanism>"
	}
	out += "</mechanisms>"
	if s.bindings != nil {
		out += "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
		for _, b := range s.bindings {
			out += "<channel-binding type='" + b + "'/>"
		}
		out += "</sasl-channel-binding>"
	}
	return out
}

const sasl = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func unb64(s string) string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(stop{err})
	}
	return string(b)
}

func mac(h func() hash.Hash, key []byte, s string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(s))
	return m.Sum(nil)
}

func field(s, name string) string {
	for f := range strings.SplitSeq(s, ",") {
		if strings.HasPrefix(f, name+"=") {
			return f[2:]
		}
	}
	return ""
}

// auth runs the server's side of the login and reports whether it succeeded.
func (p *peer) auth(s *scram) bool {
	p.stream(s.features())
	start := p.until("</auth>")
	s.used = start[strings.Index(start, "mechanism='")+11:]
	s.used = s.used[:strings.Index(s.used, "'")]
	text := start[strings.Index(start, ">")+1 : strings.Index(start, "</auth>")]
	fail := func() bool {
		p.say("<failure" + sasl + "><not-authorized/><text xml:lang='en'>Wrong password.</text></failure>")
		return false
	}
	if s.used == "PLAIN" {
		if unb64(text) != "\x00ann\x00"+s.password {
			return fail()
		}
		p.say("<success" + sasl + "/>")
		return true
	}
	h := sha256.New
	if strings.Contains(s.used, "SHA-1") {
		h = sha1.New
	}
	first := unb64(text)
	gs2 := first[:strings.Index(first, ",,")+2]
	bare := first[len(gs2):]
	salt := "saltsaltsalt"
	iterations := s.iterations
	if iterations == "" {
		iterations = "4096"
	}
	server := "r=" + field(bare, "r") + "srv,s=" + b64(salt) + ",i=" + iterations
	if s.challenge != "" {
		server = strings.ReplaceAll(s.challenge, "%s", field(bare, "r"))
	}
	if s.hash != "" {
		sorted := slices.Sorted(slices.Values(s.mechanisms))
		hh := h()
		hh.Write([]byte(strings.Join(sorted, "\x1e")))
		server += ",h=" + strings.Replace(s.hash, "good", base64.StdEncoding.EncodeToString(hh.Sum(nil)), 1)
	}
	p.say("<challenge" + sasl + ">" + b64(server) + "</challenge>")
	got := p.until(">")
	if strings.Contains(got, "<abort") {
		return false
	}
	text = strings.TrimSuffix(p.until("</response>"), "</response>")
	final := unb64(text)
	var n int
	fmt.Sscan(field(server, "i"), &n)
	salted, _ := pbkdf2.Key(h, s.password, []byte(salt), n, h().Size())
	withoutProof := final[:strings.Index(final, ",p=")]
	message := bare + "," + server + "," + withoutProof
	clientKey := mac(h, salted, "Client Key")
	hh := h()
	hh.Write(clientKey)
	signature := mac(h, hh.Sum(nil), message)
	proof := []byte(unb64(field(final, "p")))
	for i := range proof {
		proof[i] ^= signature[i]
	}
	if !hmac.Equal(proof, clientKey) {
		return fail()
	}
	channel := unb64(field(final, "c"))
	if strings.HasPrefix(gs2, "p=") {
		s.channel = strings.TrimSuffix(strings.TrimPrefix(gs2, "p="), ",,")
		state := p.conn.(*tls.Conn).ConnectionState()
		data := string(state.TLSUnique)
		if s.channel == "tls-exporter" {
			b, _ := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
			data = string(b)
		}
		if channel != gs2+data {
			return fail()
		}
	} else if channel != gs2 {
		return fail()
	}
	v := "v=" + base64.StdEncoding.EncodeToString(mac(h, mac(h, salted, "Server Key"), message))
	switch {
	case s.signature == "-":
		p.say("<success" + sasl + "/>")
	case s.signature != "":
		p.say("<success" + sasl + ">" + b64(s.signature) + "</success>")
	case s.inSeparate:
		p.say("<challenge" + sasl + ">" + b64(v) + "</challenge>")
		p.until("<response ")
		p.until(">")
		p.say("<success" + sasl + "/>")
	default:
		p.say("<success" + sasl + ">" + b64(v) + "</success>")
	}
	return true
}

const (
	bindFeature = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
	smFeature   = "<sm xmlns='urn:xmpp:sm:3'/>"
)

func attr(s, name string) string {
	i := strings.Index(s, " "+name+"='")
	if i < 0 {
		return ""
	}
	s = s[i+len(name)+3:]
	return s[:strings.Index(s, "'")]
}

// bind answers the bind request, and enables XEP-0198 when sm is set.
func (p *peer) bind(resource string, sm bool) {
	features := bindFeature
	if sm {
		features += smFeature
	}
	p.stream(features)
	ask := p.until("</iq>")
	p.sayf("<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>ann@example.org/%s</jid></bind></iq>", attr(ask, "id"), resource)
	if sm {
		p.until("<enable ")
		p.until(">")
		p.say("<enabled xmlns='urn:xmpp:sm:3'/>")
	}
}

func goodScram() *scram {
	return &scram{password: "secret", mechanisms: []string{"SCRAM-SHA-256", "SCRAM-SHA-1"}}
}

// offline is a login without TLS, which tests of the stream itself use.
func (p *peer) offline(sm bool) {
	if !p.auth(goodScram()) {
		panic(stop{fmt.Errorf("login failed")})
	}
	p.bind("r", sm)
}

// start runs script as the server of one connection and returns a config which
// leads there, and a function that waits for the script to end.
func start(t testing.TB, script func(p *peer)) (wire.Config, func()) {
	t.Helper()
	client, server := socketPair(t)
	return startOn(t, client, server, script)
}

// socketPair is a loopback connection: unlike net.Pipe it takes bytes which
// nobody reads yet, which a TLS handshake that fails half-way needs.
func socketPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if client, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func startOn(t testing.TB, client, server net.Conn, script func(p *peer)) (wire.Config, func()) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Add(1)
	p := &peer{t: t, conn: server}
	go func() {
		defer wg.Done()
		defer server.Close()
		defer func() {
			if r := recover(); r != nil {
				s, ok := r.(stop)
				if !ok {
					panic(r)
				}
				for _, usual := range []string{"closed pipe", "EOF", "tls:", "reset by peer", "broken pipe", "closed network"} {
					if strings.Contains(s.err.Error(), usual) {
						return
					}
				}
				t.Errorf("peer: %v", s.err)
			}
		}()
		script(p)
	}()
	cfg := wire.Config{
		JID: "ann@example.org", Resource: "r", RootCAs: ca().pool, AllowPlaintextLoopback: true, TLS: wire.StartTLS,
		Password: func(context.Context) (string, error) { return "secret", nil },
		Dial:     func(context.Context, string, string) (net.Conn, error) { return client, nil },
	}
	return cfg, func() { client.Close(); wg.Wait() }
}

// connected is a link over a plain pipe whose server then runs script.
func connected(t testing.TB, sm bool, script func(p *peer)) (*wire.Link, func()) {
	t.Helper()
	client, server := net.Pipe()
	cfg, wait := startOn(t, client, server, func(p *peer) {
		p.offline(sm)
		script(p)
	})
	l, _, err := wire.Connect(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l, func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // no politeness
		l.Close(ctx)
		wait()
	}
}

// collect takes until n stanzas came or the link ended.
func collect(l *wire.Link, n int) []wire.Stanza {
	var out []wire.Stanza
	for len(out) < n {
		select {
		case <-l.Ready():
			out = append(out, l.Take(n-len(out))...)
		case <-l.Done():
			return append(out, l.Take(n-len(out))...)
		}
	}
	return out
}
