package ui

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// TestConnectionScreens takes the screen of a connection whose server wrote what it
// should not into its certificate.
func TestConnectionScreens(t *testing.T) {
	c := session.Connection{
		AccountInfo: session.AccountInfo{JID: "alice@example.org", Link: session.Online, Mechanism: "SCRAM-SHA-256-PLUS", Binding: "tls-exporter", TLS: "TLS 1.3", Secure: true},
		Since:       noon.Add(-time.Hour), Addr: "xmpp.example.org:5222", Remote: "203.0.113.5:5222", Cipher: "TLS_AES_128_GCM_SHA256",
		Chain: []session.ShownCertificate{
			{Subject: "CN=example.org\x1b]0;owned\x07\u202e", Issuer: "CN=R3,O=Let's Encrypt,C=US", Names: []string{"example.org", "rooms.example.org"}, NotBefore: noon.AddDate(0, -1, 0), NotAfter: noon.AddDate(0, 2, 0), SHA256: strings.Repeat("0123456789abcdef", 4)},
			{Subject: "CN=R3,O=Let's Encrypt,C=US", Issuer: "CN=ISRG Root X1", NotBefore: noon.AddDate(-3, 0, 0), NotAfter: noon.AddDate(5, 0, 0), SHA256: strings.Repeat("fedcba9876543210", 4)},
		},
		Rooted: true, Pinned: session.PinConfig,
		Offered: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "X-\u009b31m"}, Bindings: []string{"tls-exporter"}, Floor: "SCRAM-SHA-256-PLUS", Guarded: true,
		Managed: true, Resumable: true, Wait: 10 * time.Minute, Software: "Prosody 13.0.1",
	}
	for _, size := range sizes {
		t.Run(sized("connection", size), func(t *testing.T) {
			r := newRig(t, size[0], size[1], village)
			c.ID = r.acc
			r.a.openConnection(c)
			r.golden(sized("connection", size))
			if s := r.screen(); strings.ContainsAny(s, "\x1b\x07\u202e\u009b") {
				t.Error("control characters are on the screen")
			}
		})
	}
}

// atDemo is a rig whose account is alice at a demo server.
func atDemo(t *testing.T, s *demo.Server, w, h int) *rig {
	t.Helper()
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: "alice@" + s.Domain()}}
	return newRigOf(t, w, h, cfg, func(*store.Tx, store.AccountID) error { return nil }, func(o *session.Options) {
		o.Dial, o.RootCAs, o.Passwords, o.Now = s.Dial, s.RootCAs(), map[string]string{"alice@" + s.Domain(): "secret"}, nil
	})
}

func (r *rig) isOnline() bool {
	i, ok := r.a.m.account(r.acc)
	return ok && i.Link == session.Online
}

// TestConnection asks a server and looks at its certificate, then loses it.
func TestConnection(t *testing.T) {
	s, err := demo.NewServer(demo.Options{Domain: "example.org"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.AddUser("alice", "secret")
	near, err := s.Dial(t.Context(), "tcp", "example.org:5223")
	if err != nil {
		t.Fatal(err)
	}
	tc := tls.Client(near, &tls.Config{ServerName: "example.org", RootCAs: s.RootCAs()})
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(tc.ConnectionState().PeerCertificates[0].Raw)
	near.Close()

	r := atDemo(t, s, 120, 45)
	r.until("online", r.isOnline)
	r.line("/connection")
	r.until("the server's software", func() bool { return strings.Contains(r.screen(), "sotto demo server 1") })
	r.sees("Connection of alice@example.org", "online since", "example.org:5222, STARTTLS", "TLS 1.3, TLS_AES_128_GCM_SHA256", "CN=example.org", "Names: example.org", "CN=Demo Authority",
		"Valid: 1970-01-01 to 2090-01-01", "the authorities that this machine trusts", "SCRAM-SHA-256-PLUS, bound to this connection by tls-exporter",
		"SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1; channel bindings: tls-exporter", "a weaker way is asked about", "does not sign", "can be taken up again")
	fingerprint := strings.ToUpper(hex.EncodeToString(sum[:]))
	if got := strings.ReplaceAll(r.screen(), " ", ""); !strings.Contains(got, fingerprint) {
		t.Errorf("the fingerprint %s is not there", fingerprint)
	}
	r.write("sha-256:")
	if got := r.screen(); strings.Contains(got, "TLS_AES") || !strings.Contains(got, "SHA-256: ") {
		t.Errorf("the filter does not hold:\n%s", got)
	}
	r.press("Ctrl-U")
	s.Stop()
	r.until("that it was lost", func() bool { return strings.Contains(r.screen(), "the last connection ended") })
	r.sees("Strongest so far")
	r.press("Esc")
	if r.a.dialog != nil {
		t.Error("Esc does not close it")
	}
	r.line("/connection bob@example.org")
	r.sees("bob@example.org")
}

// TestWeakerIsAsked: a server that offers less than before gets nothing until the
// user says yes, and Enter is no.
func TestWeakerIsAsked(t *testing.T) {
	s, err := demo.NewServer(demo.Options{Domain: "example.org"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.AddUser("alice", "secret")
	r := atDemo(t, s, 80, 24)
	r.until("online", r.isOnline)
	s.SetFaults(demo.Faults{SHA1Only: true, NoBinding: true})
	s.Restart()
	asked := func() bool { return strings.Contains(r.screen(), "Log in with SCRAM-SHA-1?") }
	r.until("the question", asked)
	r.golden("weaker-80x24")
	r.press("Enter")
	r.sees("suddenly offers only weaker ways")
	r.line("/connect")
	r.until("the question again", asked)
	r.press("y")
	r.until("online again", r.isOnline)
	s.SetFaults(demo.Faults{Plain: true})
	s.Restart()
	r.until("that the password stays", func() bool { return strings.Contains(r.screen(), "wants the password as it is") })
	if r.a.dialog != nil {
		t.Error("PLAIN can be said yes to")
	}
	r.line("/connect")
	r.until("that it stays again", func() bool { i, _ := r.a.m.account(r.acc); return i.Link == session.Offline && i.Problem != nil })
	r.sees("allow_plain = true")
}
