package realserver

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Gateway is the domain of the gateway to IRC beside a Prosody.
const Gateway = "irc." + Domain

// ComponentSecret is what a component beside a Prosody proves itself with.
const ComponentSecret = "gateway"

// WithComponent starts a Prosody with a place for a component (XEP-0114) of a
// domain; port is where it connects to.
func WithComponent(t testing.TB, domain string) (s *Server, port int) {
	t.Helper()
	port = freePort(t)
	s = prosody(t, fmt.Sprintf("component_ports = { %d }\ncomponent_interfaces = { \"127.0.0.1\" }\n", port),
		fmt.Sprintf("Component %q\n  component_secret = %q\n", domain, ComponentSecret))
	return s, port
}

// WithIRC starts a Prosody, an ngIRCd on a loopback address of its own, and a
// biboumi between them; irc is where the IRC server listens. The test skips where
// one of them is not installed.
func WithIRC(t testing.TB) (server *Server, irc string) {
	t.Helper()
	biboumi, ngircd := find(t, "biboumi"), find(t, "ngircd")
	s, port := WithComponent(t, Gateway)
	// The gateway knows the usual port of IRC only: each test has an address instead.
	var host string
	for range 50 {
		host = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
		l, err := net.Listen("tcp", host+":6667")
		if err == nil {
			_ = l.Close()
			break
		}
		host = ""
	}
	if host == "" {
		t.Skip("this machine has no loopback address for an IRC server")
	}
	conf := s.write(t, "ngircd.conf", fmt.Sprintf("[Global]\nName = irc.test\nInfo = test\nListen = %s\nPorts = 6667\nMotdPhrase = hello\nServerUID = root\nServerGID = root\nPidFile = %s\n[Limits]\nMaxConnectionsIP = 50\nMaxNickLength = 20\nMaxPenaltyTime = 0\n[Options]\nDNS = no\nIdent = no\nPAM = no\n",
		host, s.path("ngircd.pid")))
	program(t, exec.Command(ngircd, "-n", "-f", conf), nil)
	conf = s.write(t, "biboumi.cfg", fmt.Sprintf("hostname=%s\npassword=%s\nxmpp_server_ip=127.0.0.1\nport=%d\nidentd_port=0\nlog_level=0\ndb_name=%s\npolicy_directory=%s\n",
		Gateway, ComponentSecret, port, s.path("biboumi.sqlite"), s.dir))
	irc = host + ":6667"
	waitFor(t, "ngircd", func() bool {
		c, err := net.Dial("tcp", irc)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	var log output
	program(t, exec.Command(biboumi, conf), &log)
	waitFor(t, "biboumi", func() bool { return strings.Contains(log.String(), "Authenticated") })
	t.Cleanup(func() {
		if t.Failed() {
			name := filepath.Join(s.dir, "biboumi.log")
			_ = os.WriteFile(name, []byte(log.String()), 0o600)
			t.Logf("biboumi said:\n%s", log.String())
		}
	})
	return s, irc
}

// output is what a program writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// program runs until the test ends.
func program(t testing.TB, cmd *exec.Cmd, out *output) {
	t.Helper()
	if out != nil {
		cmd.Stdout, cmd.Stderr = out, out
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-gone:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-gone
		}
	})
}

func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 600 {
		if ok() {
			return
		}
		<-tick.C
	}
	t.Fatalf("%s does not answer", what)
}
