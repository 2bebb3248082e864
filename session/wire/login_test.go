package wire_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"

	"sotto/session/wire"
)

func TestLogin(t *testing.T) {
	good := certificate(t, certOptions{})
	cases := map[string]struct {
		direct  bool
		max     uint16
		scram   scram
		floor   string
		hidden  bool // STARTTLS is not offered, and works
		mech    string
		binding string
	}{
		"starttls scram-256":       {scram: scram{mechanisms: []string{"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"}}, mech: "SCRAM-SHA-256"},
		"direct scram-256":         {direct: true, scram: scram{mechanisms: []string{"SCRAM-SHA-256"}}, mech: "SCRAM-SHA-256"},
		"scram-1":                  {scram: scram{mechanisms: []string{"PLAIN", "SCRAM-SHA-1"}}, mech: "SCRAM-SHA-1"},
		"plain inside tls":         {scram: scram{mechanisms: []string{"PLAIN"}}, mech: "PLAIN"},
		"plus without 0440":        {scram: scram{mechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}}, mech: "SCRAM-SHA-256"},
		"plus, unknown binding":    {scram: scram{mechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}, bindings: []string{"tls-server-end-point"}}, mech: "SCRAM-SHA-256"},
		"plus 256 exporter":        {scram: scram{mechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}, bindings: []string{"tls-exporter"}}, mech: "SCRAM-SHA-256-PLUS", binding: "tls-exporter"},
		"plus 1 exporter":          {scram: scram{mechanisms: []string{"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"}, bindings: []string{"tls-exporter"}}, mech: "SCRAM-SHA-1-PLUS", binding: "tls-exporter"},
		"plus unique on 1.2":       {max: tls.VersionTLS12, scram: scram{mechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}, bindings: []string{"tls-unique"}}, mech: "SCRAM-SHA-256-PLUS", binding: "tls-unique"},
		"plus unique, but tls 1.3": {scram: scram{mechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}, bindings: []string{"tls-unique"}}, mech: "SCRAM-SHA-256"},
		"weaker, but signed":       {scram: scram{mechanisms: []string{"SCRAM-SHA-1"}, hash: "good"}, floor: "SCRAM-SHA-256", mech: "SCRAM-SHA-1"},
		"starttls not offered":     {hidden: true, scram: scram{mechanisms: []string{"SCRAM-SHA-256"}}, mech: "SCRAM-SHA-256"},
		"signature as a challenge": {scram: scram{mechanisms: []string{"SCRAM-SHA-256"}, inSeparate: true}, mech: "SCRAM-SHA-256"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.scram.password = "secret"
			cfg, wait := start(t, func(p *peer) {
				switch {
				case c.direct:
					p.secure(good, c.max)
				case c.hidden:
					p.upgrade("", good, c.max)
				default:
					p.starttls(good, c.max)
				}
				if !p.auth(&c.scram) {
					t.Error("server refused the login")
					return
				}
				p.bind("r", true)
				p.drain()
			})
			defer wait()
			if cfg.TLS = wire.StartTLS; c.direct {
				cfg.TLS = wire.Direct
			}
			cfg.AllowPlaintextLoopback, cfg.Floor = false, c.floor
			var steps []wire.State
			cfg.Progress = func(s wire.State, _ string) { steps = append(steps, s) }
			var console bytes.Buffer
			cfg.Console = func(_ bool, b []byte) { console.Write(b) }
			link, login, err := wire.Connect(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			defer link.Close(ctx)
			if login.Mechanism != c.mech || login.Binding != c.binding || login.Direct != c.direct || !login.SM {
				t.Errorf("got %s/%s direct %v sm %v, want %s/%s", login.Mechanism, login.Binding, login.Direct, login.SM, c.mech, c.binding)
			}
			if login.Guarded != (c.scram.hash != "") || !slices.Equal(login.Offered, c.scram.mechanisms) || login.Remote == "" {
				t.Errorf("guarded %v, offered %v by %q", login.Guarded, login.Offered, login.Remote)
			}
			if got := login.JID.String(); got != "ann@example.org/r" {
				t.Errorf("got JID %s", got)
			}
			if len(steps) != 5 {
				t.Errorf("got steps %v", steps)
			}
			for _, secret := range []string{"secret", b64("\x00ann\x00secret"), "biws", b64("n,,")[:4]} {
				if strings.Contains(console.String(), secret) {
					t.Errorf("console shows %q:\n%s", secret, console.String())
				}
			}
			if !strings.Contains(console.String(), "[hidden]") {
				t.Error("console does not show the masked exchange")
			}
		})
	}
}

func TestLoginRefused(t *testing.T) {
	good := certificate(t, certOptions{})
	pinned := certificate(t, certOptions{self: true, name: "elsewhere.example"})
	auth := func(s scram) func(*peer) {
		return func(p *peer) {
			p.starttls(good, 0)
			if s.password == "" {
				s.password = "secret"
			}
			if s.mechanisms == nil {
				s.mechanisms = []string{"SCRAM-SHA-256"}
			}
			p.auth(&s)
			p.drain()
		}
	}
	withCert := func(o certOptions) func(*peer) {
		return func(p *peer) { p.starttls(certificate(t, o), 0) }
	}
	cases := map[string]struct {
		script func(*peer)
		cfg    func(*wire.Config)
		kind   wire.Kind
		cert   wire.CertReason
		cond   string
		text   string
		silent bool // the client must not have sent more than its header
	}{
		"wrong password":           {script: auth(scram{password: "other"}), kind: wire.AuthFailed, cond: "not-authorized", text: "Wrong password."},
		"expired":                  {script: withCert(certOptions{expired: true}), kind: wire.Certificate, cert: wire.CertExpired},
		"not yet valid":            {script: withCert(certOptions{early: true}), kind: wire.Certificate, cert: wire.CertNotYetValid},
		"wrong name":               {script: withCert(certOptions{name: "example.com"}), kind: wire.Certificate, cert: wire.CertWrongName},
		"common name only":         {script: withCert(certOptions{cnOnly: true}), kind: wire.Certificate, cert: wire.CertWrongName},
		"self-signed":              {script: withCert(certOptions{self: true}), kind: wire.Certificate, cert: wire.CertUnknownAuthority},
		"pin mismatch, valid cert": {script: withCert(certOptions{}), cfg: func(c *wire.Config) { c.CertSHA256 = fingerprintOf(pinned) }, kind: wire.Certificate, cert: wire.CertPinMismatch},
		"pin nonsense":             {script: withCert(certOptions{}), cfg: func(c *wire.Config) { c.CertSHA256 = "abc" }, kind: wire.BadAddress},
		"tls 1.1":                  {script: func(p *peer) { p.starttls(good, tls.VersionTLS11) }, kind: wire.TLS},
		"no starttls": {script: func(p *peer) {
			p.stream((&scram{mechanisms: []string{"PLAIN"}}).features())
			p.until("<starttls ")
			p.say("<stream:error><unsupported-stanza-type xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
			p.drain()
		}, kind: wire.NoStartTLS, silent: true},
		"starttls failure": {script: func(p *peer) {
			p.stream(starttls)
			p.until("<starttls ")
			p.say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>")
			p.drain()
		}, kind: wire.NoStartTLS, cond: "failure"},
		"injected behind proceed": {script: func(p *peer) {
			p.stream(starttls)
			p.until("<starttls ")
			p.until(">")
			p.say("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message from='example.org'><body>trust me</body></message>")
			p.drain()
		}, kind: wire.Malformed, cond: "policy-violation"},
		"http": {script: func(p *peer) {
			p.until("<stream:stream ")
			p.until(">")
			p.say("HTTP/1.1 400 Bad Request\r\n\r\n")
			p.drain()
		}, kind: wire.NotXMPP},
		"http on the direct port": {script: func(p *peer) {
			tmp := make([]byte, 4096)
			p.conn.Read(tmp)
			p.say("HTTP/1.1 400 Bad Request\r\n\r\n")
			p.drain()
		}, cfg: func(c *wire.Config) { c.TLS = wire.Direct }, kind: wire.NotXMPP},
		"html":                   {script: func(p *peer) { p.until("<stream:stream "); p.until(">"); p.say("<html></html>"); p.drain() }, kind: wire.NotXMPP},
		"closed at once":         {script: func(p *peer) { p.until("<stream:stream "); p.until(">") }, kind: wire.Closed},
		"no mechanism":           {script: auth(scram{mechanisms: []string{"X-OAUTH"}}), kind: wire.NoMechanism},
		"below the floor":        {script: auth(scram{mechanisms: []string{"PLAIN"}}), cfg: func(c *wire.Config) { c.Floor = "SCRAM-SHA-1" }, kind: wire.Downgrade, cond: "PLAIN"},
		"scram below the floor":  {script: auth(scram{mechanisms: []string{"SCRAM-SHA-1"}}), cfg: func(c *wire.Config) { c.Floor = "SCRAM-SHA-256" }, kind: wire.Downgrade, cond: "SCRAM-SHA-1"},
		"unsigned binding taken": {script: auth(scram{mechanisms: []string{"SCRAM-SHA-256"}}), cfg: func(c *wire.Config) { c.Floor = "SCRAM-SHA-256-PLUS" }, kind: wire.Downgrade, cond: "SCRAM-SHA-256"},
		"another list signed":    {script: auth(scram{hash: "G6k/rBLDqgOhRRaCuuatSDFkJ08="}), kind: wire.Tampered},
		"two hashes":             {script: auth(scram{hash: "good,h=AAAA"}), kind: wire.Tampered},
		"i=1":                    {script: auth(scram{iterations: "1"}), kind: wire.WeakServer},
		"i=4095":                 {script: auth(scram{iterations: "4095"}), kind: wire.WeakServer},
		"i=2e9":                  {script: auth(scram{iterations: "2000000000"}), kind: wire.WeakServer},
		"i=-5":                   {script: auth(scram{iterations: "-5"}), kind: wire.WeakServer},
		"second i":               {script: auth(scram{challenge: "r=%sx,s=c2FsdA==,i=4096,i=2000000000"}), kind: wire.WeakServer},
		"short last field":       {script: auth(scram{challenge: "r=%sx,s=c2FsdA==,i=4096,x"}), kind: wire.WeakServer},
		"no salt":                {script: auth(scram{challenge: "r=%sx,s=,i=4096"}), kind: wire.WeakServer},
		"foreign nonce":          {script: auth(scram{challenge: "r=abc,s=c2FsdA==,i=4096"}), kind: wire.ServerNotProved},
		"wrong signature":        {script: auth(scram{signature: "v=AAAA"}), kind: wire.ServerNotProved},
		"no signature":           {script: auth(scram{signature: "-"}), kind: wire.ServerNotProved},
		"success unasked": {script: func(p *peer) {
			p.starttls(good, 0)
			p.stream(goodScram().features())
			p.until("</auth>")
			p.say("<success" + sasl + "/>")
			p.drain()
		}, kind: wire.ServerNotProved},
		"no password": {script: auth(scram{}), cfg: func(c *wire.Config) {
			c.Password = func(context.Context) (string, error) { return "", errors.New("no keyring") }
		}, kind: wire.PasswordUnavailable},
		"password with NUL": {script: auth(scram{}), cfg: func(c *wire.Config) { c.Password = func(context.Context) (string, error) { return "a\x00b", nil } }, kind: wire.PasswordUnavailable},
		"bad address":       {script: func(*peer) {}, cfg: func(c *wire.Config) { c.JID = "example.org" }, kind: wire.BadAddress},
		"see other host before tls": {script: func(p *peer) {
			p.until("<stream:stream ")
			p.say(header + "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>other.example:5222</see-other-host></stream:error></stream:stream>")
			p.drain()
		}, kind: wire.StreamError, cond: "see-other-host"},
		"dtd": {script: func(p *peer) {
			p.until("<stream:stream ")
			p.say("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>" + header[21:])
			p.drain()
		}, kind: wire.Malformed, cond: "restricted-xml"},
		"not XML": {script: func(p *peer) {
			p.until("<stream:stream ")
			p.say(header + "<stream:features><a></b></stream:features>")
			p.drain()
		}, kind: wire.Malformed, cond: "not-well-formed"},
		"endless features": {script: func(p *peer) {
			p.until("<stream:stream ")
			p.until(">")
			p.say(header + "<stream:features>")
			go p.drain()
			for {
				p.say(strings.Repeat("<a/>", 1000))
			}
		}, kind: wire.TooBig, cond: "policy-violation"},
		"another account bound": {script: func(p *peer) {
			p.starttls(good, 0)
			p.auth(goodScram())
			p.stream(bindFeature)
			ask := p.until("</iq>")
			p.sayf("<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>bob@example.org/x</jid></bind></iq>", attr(ask, "id"))
			p.drain()
		}, kind: wire.Malformed, cond: "bind"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var server *peer
			cfg, wait := start(t, func(p *peer) { server = p; c.script(p) })
			cfg.AllowPlaintextLoopback = false
			if c.cfg != nil {
				c.cfg(&cfg)
			}
			link, _, err := wire.Connect(context.Background(), cfg)
			wait()
			if err == nil {
				link.Close(context.Background())
				t.Fatal("got a login")
			}
			var e *wire.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %T: %v", err, err)
			}
			if e.Kind != c.kind || e.Condition != c.cond || (c.text != "" && e.Text != c.text) {
				t.Errorf("got %v (%q, %q), want %v (%q, %q): %v", e.Kind, e.Condition, e.Text, c.kind, c.cond, c.text, err)
			}
			if c.kind == wire.Certificate {
				if e.Cert == nil || e.Cert.Reason != c.cert || len(e.Cert.SHA256) != 64 {
					t.Errorf("got %+v, want %v", e.Cert, c.cert)
				}
			}
			if c.silent && strings.Contains(server.seen.String(), "<auth") {
				t.Errorf("client sent %q", server.seen.String())
			}
		})
	}
}

func TestPinnedCertificate(t *testing.T) {
	pinned := certificate(t, certOptions{self: true, name: "elsewhere.example", expired: true})
	cfg, wait := start(t, func(p *peer) {
		p.starttls(pinned, 0)
		p.auth(goodScram())
		p.bind("r", false)
		p.drain()
	})
	defer wait()
	cfg.CertSHA256 = strings.ToUpper(fingerprintOf(pinned))
	link, login, err := wire.Connect(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if login.SM {
		t.Error("SM is on without being offered")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	link.Close(ctx)
}

func TestBindConflict(t *testing.T) {
	cfg, wait := start(t, func(p *peer) {
		p.auth(goodScram())
		p.stream(bindFeature)
		ask := p.until("</iq>")
		if !strings.Contains(ask, "<resource>r</resource>") {
			t.Errorf("first wish: %s", ask)
		}
		p.sayf("<iq type='error' id='%s'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", attr(ask, "id"))
		ask = p.until("</iq>")
		res := ask[strings.Index(ask, "<resource>")+10 : strings.Index(ask, "</resource>")]
		if !strings.HasPrefix(res, "r.") || len(res) < 6 {
			t.Errorf("second wish: %s", res)
		}
		p.sayf("<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>ann@example.org/%s</jid></bind></iq>", attr(ask, "id"), res)
		p.drain()
	})
	defer wait()
	link, login, err := wire.Connect(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(login.JID.Resource(), "r.") {
		t.Errorf("got %v", login.JID)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	link.Close(ctx)
}

func TestConnectCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cfg, wait := start(t, func(p *peer) {
		p.until("<stream:stream ")
		cancel()
		p.drain()
	})
	defer wait()
	if _, _, err := wire.Connect(ctx, cfg); wire.KindOf(err) != wire.Canceled {
		t.Errorf("got %v", err)
	}
}
