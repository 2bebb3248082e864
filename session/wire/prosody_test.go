package wire_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/jid"

	"sotto/session/wire"
)

// freePort returns a loopback port that nobody listens on right now.
func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// prosody starts a server of its own on loopback and returns its ports.
func prosody(t *testing.T) (plain, direct int) {
	t.Helper()
	path, err := exec.LookPath("prosody")
	if err != nil {
		t.Skip("no prosody here")
	}
	ctl, err := exec.LookPath("prosodyctl")
	if err != nil {
		t.Skip("no prosodyctl here")
	}
	plain, direct = freePort(t), freePort(t)
	dir := t.TempDir()
	cert := certificate(t, certOptions{})
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	crt := write("c.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}))
	pk := write("c.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	conf := write("prosody.cfg.lua", fmt.Appendf(nil, `
run_as_root = true
data_path = %q
pidfile = %q
interfaces = { "127.0.0.1" }
c2s_ports = { %d }
c2s_direct_tls_ports = { %d }
s2s_ports = {}
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "smacks", "version" }
modules_disabled = { "s2s" }
limits = { c2s = { rate = "1mb/s" } }
authentication = "internal_hashed"
c2s_require_encryption = true
log = { warn = "*console" }
ssl = { certificate = %q, key = %q }
c2s_direct_tls_ssl = { certificate = %q, key = %q }
VirtualHost "example.org"
`, dir, filepath.Join(dir, "pid"), plain, direct, crt, pk, crt, pk))
	reg := exec.Command(ctl, "--config", conf, "register", "ann", "example.org", "secret")
	if out, err := reg.CombinedOutput(); err != nil {
		t.Skipf("prosodyctl: %v: %s", err, out)
	}
	var log bytes.Buffer
	cmd := exec.Command(path, "-F", "--config", conf)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-exited:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-exited
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", direct))
		if err == nil {
			conn.Close()
			return plain, direct
		}
		select {
		case <-tick.C:
		case <-exited:
			t.Skipf("prosody ended: %s", log.String())
		}
	}
	t.Fatal("prosody does not answer")
	return 0, 0
}

func TestProsody(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	t.Setenv("ALL_PROXY", "")
	t.Setenv("all_proxy", "")
	plain, direct := prosody(t)
	for name, cfg := range map[string]wire.Config{
		"starttls": {Port: plain, TLS: wire.StartTLS},
		"direct":   {Port: direct, TLS: wire.Direct},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.JID, cfg.Resource, cfg.Host, cfg.RootCAs = "ann@example.org", "sotto", "127.0.0.1", ca().pool
			cfg.Password = func(context.Context) (string, error) { return "secret", nil }
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			bad := cfg
			bad.Password = func(context.Context) (string, error) { return "wrong", nil }
			if _, _, err := wire.Connect(ctx, bad); wire.KindOf(err) != wire.AuthFailed {
				t.Errorf("wrong password: %v", err)
			}
			link, login, err := wire.Connect(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s %s, tls %x, sm %v, %v", login.Mechanism, login.Binding, login.TLS.Version, login.SM, login.JID)
			if !login.SM || login.JID.String() != "ann@example.org/sotto" || !strings.HasPrefix(login.Mechanism, "SCRAM-SHA-1") {
				t.Errorf("got %+v", login)
			}
			roster, err := link.Call(ctx, wire.New(wire.NSClient, "iq").Set("type", "get").Add(wire.New("jabber:iq:roster", "query")))
			if err != nil || roster.Child("jabber:iq:roster", "query") == nil {
				t.Errorf("roster: %v", err)
			}
			link.Send(wire.New(wire.NSClient, "presence"))
			const n = 300
			var last uint64
			for i := range n {
				if last, err = link.Send(wire.New(wire.NSClient, "message").Set("to", login.JID.String()).Set("id", fmt.Sprint(i)).Set("type", "chat").
					Add(wire.New(wire.NSClient, "body").SetText("Grüße & <so>"))); err != nil {
					t.Fatal(err)
				}
			}
			got := 0
			for got < n {
				select {
				case <-link.Ready():
				case <-ctx.Done():
					t.Fatalf("got %d messages", got)
				case <-link.Done():
					t.Fatal(link.Err())
				}
				for _, s := range link.Take(100) {
					if s.Local == "message" {
						if s.Attr("id") != fmt.Sprint(got) || s.From != login.JID {
							t.Fatalf("got %s", s.Raw())
						}
						got++
					}
					link.Commit(s.Seq)
				}
			}
			for link.Acked() < last {
				select {
				case <-link.Ready():
				case <-ctx.Done():
					t.Fatalf("acknowledged %d of %d", link.Acked(), last)
				}
			}
			s, done, err := link.Lend(ctx)
			if err != nil {
				t.Fatal(err)
			}
			info, err := disco.GetInfo(ctx, "", jid.MustParse("example.org"), s)
			done()
			if err != nil || len(info.Features) == 0 {
				t.Errorf("disco: %v", err)
			}
			link.Close(ctx)
			if link.Err() != nil {
				t.Error(link.Err())
			}
		})
	}
}
