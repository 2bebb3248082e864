package demo_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"sotto/session/demo"
	"sotto/session/wire"
)

func TestLogin(t *testing.T) {
	tests := map[string]struct {
		faults demo.Faults
		mode   wire.TLSMode
		mech   string
		bound  string
	}{
		"starttls":         {mode: wire.StartTLS, mech: "SCRAM-SHA-256-PLUS", bound: "tls-exporter"},
		"direct":           {mode: wire.Direct, mech: "SCRAM-SHA-256-PLUS", bound: "tls-exporter"},
		"sha-256":          {faults: demo.Faults{NoBinding: true}, mech: "SCRAM-SHA-256"},
		"sha-1":            {faults: demo.Faults{NoBinding: true, SHA1Only: true}, mech: "SCRAM-SHA-1"},
		"sha-1-plus":       {faults: demo.Faults{SHA1Only: true}, mech: "SCRAM-SHA-1-PLUS", bound: "tls-exporter"},
		"plain":            {faults: demo.Faults{Plain: true}, mech: "PLAIN"},
		"many iterations":  {faults: demo.Faults{Iterations: 10_000, NoBinding: true}, mech: "SCRAM-SHA-256"},
		"slow":             {faults: demo.Faults{SlowBytes: 700, SlowTick: 1}, mech: "SCRAM-SHA-256-PLUS", bound: "tls-exporter"},
		"nothing to count": {faults: demo.Faults{NoManagement: true}, mech: "SCRAM-SHA-256-PLUS", bound: "tls-exporter"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, tt.faults)
			cfg := configOf(s, "ann")
			cfg.TLS, cfg.Resource = tt.mode, "desk"
			p := connectWith(t, cfg)
			if p.login.Mechanism != tt.mech || p.login.Binding != tt.bound {
				t.Errorf("mechanism %v %v, want %v %v", p.login.Mechanism, p.login.Binding, tt.mech, tt.bound)
			}
			if got, want := p.login.JID.String(), "ann@example.org/desk"; got != want {
				t.Errorf("address %v, want %v", got, want)
			}
			if p.login.SM == tt.faults.NoManagement || p.login.Direct != (tt.mode == wire.Direct) {
				t.Errorf("login %+v", p.login)
			}
			p.sync()
		})
	}
}

func TestFaults(t *testing.T) {
	cert := func(c demo.CertFault) demo.Faults { return demo.Faults{Certificate: c} }
	tests := map[string]struct {
		faults demo.Faults
		mode   wire.TLSMode
		user   string
		kind   wire.Kind
		reason wire.CertReason
	}{
		"http":                {faults: demo.Faults{HTTP: true}, kind: wire.NotXMPP},
		"http direct":         {faults: demo.Faults{HTTP: true}, mode: wire.Direct, kind: wire.NotXMPP},
		"malformed":           {faults: demo.Faults{Malformed: true}, kind: wire.Malformed},
		"no starttls":         {faults: demo.Faults{NoStartTLS: true}, kind: wire.NoStartTLS},
		"starttls refused":    {faults: demo.Faults{TLSRefused: true}, kind: wire.NoStartTLS},
		"expired":             {faults: cert(demo.CertExpired), kind: wire.Certificate, reason: wire.CertExpired},
		"early":               {faults: cert(demo.CertEarly), kind: wire.Certificate, reason: wire.CertNotYetValid},
		"wrong name":          {faults: cert(demo.CertWrongName), kind: wire.Certificate, reason: wire.CertWrongName},
		"self signed":         {faults: cert(demo.CertSelfSigned), kind: wire.Certificate, reason: wire.CertUnknownAuthority},
		"refused login":       {faults: demo.Faults{RefuseLogins: "account-disabled"}, kind: wire.AuthFailed},
		"server not proved":   {faults: demo.Faults{WrongAnswer: true}, kind: wire.ServerNotProved},
		"too few iterations":  {faults: demo.Faults{Iterations: 1000}, kind: wire.WeakServer},
		"too many iterations": {faults: demo.Faults{Iterations: 100_000_000}, kind: wire.WeakServer},
		"wrong password":      {user: "nobody", kind: wire.AuthFailed},
		"cut":                 {faults: demo.Faults{CutWithin: 300}, kind: wire.Closed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, tt.faults)
			cfg := configOf(s, "ann")
			cfg.TLS = max(tt.mode, wire.StartTLS)
			if tt.user != "" {
				cfg.Password = func(context.Context) (string, error) { return "wrong", nil }
			}
			_, _, err := wire.Connect(t.Context(), cfg)
			var e *wire.Error
			if !errors.As(err, &e) || e.Kind != tt.kind {
				t.Fatalf("error %v, want kind %v", err, tt.kind)
			}
			if tt.kind == wire.Certificate && (e.Cert == nil || e.Cert.Reason != tt.reason) {
				t.Errorf("certificate %+v, want %v", e.Cert, tt.reason)
			}
		})
	}
}

func TestFaultsOfALink(t *testing.T) {
	tests := map[string]struct {
		faults demo.Faults
		do     func(*demo.Server)
		kind   wire.Kind
	}{
		"oversized":    {faults: demo.Faults{Oversized: true}, kind: wire.TooBig},
		"garbage":      {faults: demo.Faults{Garbage: true}, kind: wire.Malformed},
		"end":          {do: func(s *demo.Server) { s.CutAll(demo.CutEOF) }, kind: wire.Closed},
		"reset":        {do: func(s *demo.Server) { s.CutAll(demo.CutReset) }, kind: wire.Closed},
		"half":         {do: func(s *demo.Server) { s.CutAll(demo.CutHalf) }, kind: wire.Closed},
		"stream error": {do: func(s *demo.Server) { s.CutAll(demo.CutError) }, kind: wire.StreamError},
		"after bytes": {do: func(s *demo.Server) {
			s.CutAfter("ann", 40)
			s.Script("bob").Say("ann@example.org", "a line that is cut in the middle of its record")
		}, kind: wire.Closed},
		"stop":  {do: (*demo.Server).Stop, kind: wire.StreamError},
		"close": {do: (*demo.Server).Close, kind: wire.Closed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, tt.faults)
			cfg := configOf(s, "ann")
			cfg.Resource = "r"
			if tt.faults.Oversized || tt.faults.Garbage {
				link, _, err := wire.Connect(t.Context(), cfg)
				if err == nil {
					<-link.Done()
					err = link.Err()
				}
				if got := wire.KindOf(err); got != tt.kind {
					t.Errorf("error %v, want kind %v", err, tt.kind)
				}
				return
			}
			p := connectWith(t, cfg)
			p.send("<presence/>")
			p.sync()
			tt.do(s)
			<-p.link.Done()
			if got := wire.KindOf(p.link.Err()); got != tt.kind {
				t.Errorf("error %v, want kind %v", p.link.Err(), tt.kind)
			}
		})
	}
}

func TestSilence(t *testing.T) {
	s := newServer(t, demo.Faults{Silent: true})
	ctx, cancel := context.WithCancel(t.Context())
	cfg := configOf(s, "ann")
	cfg.Progress = func(st wire.State, _ string) {
		if st == wire.Connecting {
			cancel() // long after this it would still be waiting
		}
	}
	if _, _, err := wire.Connect(ctx, cfg); wire.KindOf(err) != wire.Canceled {
		t.Errorf("error %v, want %v", err, wire.Canceled)
	}
}

func TestMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, demo.Faults{})
		p := connect(t, s, "ann", "r")
		s.Mute("ann")
		p.send("<presence/>")
		<-p.link.Done()
		if got := wire.KindOf(p.link.Err()); got != wire.Timeout {
			t.Errorf("error %v, want kind %v", p.link.Err(), wire.Timeout)
		}
		s.Close() // in the bubble, where it began
	})
}

// TestDeaf has a client that takes nothing: it is cut, and nobody waits for it.
func TestDeaf(t *testing.T) {
	s := newServer(t, demo.Faults{})
	s.Befriend("bob", "ann", "Ann")
	online(t, s, "ann", "r")
	bob := s.Script("bob")
	gone := make(chan struct{})
	bob.OnPresence(func(_ wire.JID, available bool) {
		if !available {
			close(gone)
		}
	})
	bob.Presence("", "")
	body := strings.Repeat("x", 100<<10)
	for range 200 {
		bob.Say("ann@example.org", body)
	}
	<-gone
}

func TestStopAndStart(t *testing.T) {
	s := newServer(t, demo.Faults{})
	s.Stop()
	if _, _, err := wire.Connect(t.Context(), configOf(s, "ann")); wire.KindOf(err) != wire.Refused {
		t.Errorf("error %v, want %v", err, wire.Refused)
	}
	s.Start()
	connect(t, s, "ann", "r").sync()
	s.Close()
	if _, err := s.Dial(t.Context(), "tcp", "x:5222"); err == nil {
		t.Error("a closed server was reached")
	}
}

func TestResourceConflict(t *testing.T) {
	s := newServer(t, demo.Faults{})
	first := connect(t, s, "ann", "desk")
	second := connect(t, s, "ann", "desk")
	if first.login.JID == second.login.JID {
		t.Errorf("two sessions have the address %v", first.login.JID)
	}
	s.SetFaults(demo.Faults{KickOld: true})
	third := connect(t, s, "ann", "desk")
	<-first.link.Done()
	if got := wire.KindOf(first.link.Err()); got != wire.Conflict {
		t.Errorf("kind %v, want %v", got, wire.Conflict)
	}
	if got, want := third.login.JID, first.login.JID; got != want {
		t.Errorf("address %v, want %v", got, want)
	}
}

// TestDialRaw uses the connection without a client on it.
func TestDialRaw(t *testing.T) {
	s := newServer(t, demo.Faults{})
	for name, raw := range map[string]string{
		"nothing":      "",
		"no xml":       "hello\n<",
		"wrong stream": "<stream xmlns='x'>",
		"too much":     "<" + strings.Repeat("x", 2<<20),
		"closed":       "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'></stream:stream>",
		"early stanza": "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><message/>",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := s.Dial(t.Context(), "tcp", "example.org:5222")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if raw == "" {
				return // the server's Close ends it
			}
			io.WriteString(c, raw)
			io.ReadAll(c)
		})
	}
}
