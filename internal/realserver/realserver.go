// Package realserver starts Prosody and ejabberd for tests: on loopback, on free
// ports, with a folder, a certificate and accounts of their own, and stops them
// with the test. A test skips only when the server is not installed; `make test`
// installs both. Each server belongs to the test that started it.
package realserver

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// FileMost is the size of a file that every server takes, bytes.
const FileMost = 1 << 20

// Domain is the domain of every account here; Rooms its room service.
const (
	Domain   = "xmpp.test"
	Rooms    = "rooms.xmpp.test"
	Password = "correct horse"
)

// Users are the accounts that every server has.
var Users = []string{"alice", "bob", "carol"}

// Server is a running server.
type Server struct {
	Name   string
	Port   int // STARTTLS
	Direct int // TLS from the first byte
	HTTPS  int // where files are kept, at 127.0.0.1
	CAFile string
	Roots  *x509.CertPool

	dir  string
	make func() *exec.Cmd
	mu   sync.Mutex
	cmd  *exec.Cmd
	gone chan struct{}
	log  bytes.Buffer
}

// All runs a test against each server, at the same time: such tests wait more than
// they work.
func All(t *testing.T, fn func(t *testing.T, s *Server)) {
	t.Run("prosody", func(t *testing.T) { t.Parallel(); fn(t, Prosody(t)) })
	t.Run("ejabberd", func(t *testing.T) { t.Parallel(); fn(t, Ejabberd(t)) })
}

// Prosody starts a Prosody. admins are addresses that administer it.
func Prosody(t testing.TB, admins ...string) *Server {
	t.Helper()
	global := ""
	if len(admins) > 0 {
		global = `admins = { "` + strings.Join(admins, `", "`) + "\" }\n"
	}
	return prosody(t, global, "")
}

// prosody starts one with more of a configuration: for all of it, and behind it.
func prosody(t testing.TB, global, more string) *Server {
	t.Helper()
	bin := find(t, "prosody")
	s := prepare(t, "prosody")
	conf := s.write(t, "prosody.cfg.lua", fmt.Sprintf(`
run_as_root = true
data_path = %q
pidfile = %q
interfaces = { "127.0.0.1" }
c2s_ports = { %d }
c2s_direct_tls_ports = { %d }
s2s_ports = {}
http_ports = {}
https_ports = { %d }
https_interfaces = { "127.0.0.1" }
https_ssl = { certificate = %q, key = %q }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "smacks", "carbons", "mam", "pep", "blocklist", "bookmarks", "csi_simple", "version", "vcard_legacy", "offline", "register", "invites", "invites_register", "adhoc", "admin_adhoc", "uptime" }
allow_registration = true
registration_invite_only = false
modules_disabled = { "s2s" }
limits = { c2s = { rate = "10mb/s" } }
max_archive_query_results = 250
authentication = "internal_hashed"
c2s_require_encryption = true
log = { info = "*console" }
ssl = { certificate = %q, key = %q }
c2s_direct_tls_ssl = { certificate = %q, key = %q }
%sVirtualHost %q
Component %q "muc"
  modules_enabled = { "muc_mam" }
Component "upload.%s" "http_file_share"
  http_host = "127.0.0.1"
  http_external_url = "https://127.0.0.1:%d/"
  http_file_share_size_limit = %d
%s`, s.dir, filepath.Join(s.dir, "pid"), s.Port, s.Direct, s.HTTPS, s.path("c.crt"), s.path("c.key"), s.path("c.crt"), s.path("c.key"), s.path("c.crt"), s.path("c.key"), global, Domain, Rooms, Domain, s.HTTPS, FileMost, more))
	ctl := find(t, "prosodyctl")
	for _, u := range Users {
		if out, err := exec.Command(ctl, "--config", conf, "register", u, Domain, Password).CombinedOutput(); err != nil {
			t.Fatalf("prosodyctl register: %v: %s", err, out)
		}
	}
	s.make = func() *exec.Cmd { return exec.Command(bin, "-F", "--config", conf) }
	s.Start(t)
	return s
}

// Invitation makes a link that lets somebody make an account: of Prosody only.
func (s *Server) Invitation(t testing.TB) string {
	t.Helper()
	out, err := exec.Command(find(t, "prosodyctl"), "--config", s.path("prosody.cfg.lua"), "mod_invites", "generate", Domain).CombinedOutput()
	for word := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(word, "xmpp:") {
			return word
		}
	}
	t.Fatalf("prosodyctl mod_invites: %v: %s", err, out)
	return ""
}

// Ejabberd starts an ejabberd, without the wrapper script that wants its own user.
// admins are addresses that administer it.
func Ejabberd(t testing.TB, admins ...string) *Server {
	t.Helper()
	acl, rule, modules := "", "none", ""
	if len(admins) > 0 {
		rule = "admin"
		acl = ", admin: {user: [" + strings.Join(admins, ", ") + "]}"
		modules = "  mod_adhoc: {}\n  mod_configure: {}\n  mod_announce: {access: configure}\n"
	}
	find(t, "ejabberdctl")
	bin := find(t, "erl")
	s := prepare(t, "ejabberd")
	conf := s.write(t, "ejabberd.yml", fmt.Sprintf(`
hosts: [%q]
loglevel: warning
certfiles: [%q]
ca_file: %q
auth_method: internal
auth_password_format: scram
disable_sasl_mechanisms: [X-OAUTH2]
s2s_use_starttls: optional
listen:
  - {port: %d, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 2000000, starttls: true, starttls_required: true}
  - {port: %d, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 2000000, tls: true}
  - {port: %d, ip: "127.0.0.1", module: ejabberd_http, tls: true, request_handlers: {"/upload": mod_http_upload}}
acl: {local: {user_regexp: ""}%s}
access_rules: {local: {allow: local}, c2s: {allow: all}, configure: {allow: %s}}
registration_timeout: infinity
modules:
  mod_caps: {}
  mod_carboncopy: {}
  mod_client_state: {}
  mod_disco: {}
  mod_mam: {assume_mam_usage: true, default: always}
  mod_muc: {host: %q, access: all, access_create: all, access_persistent: all, default_room_options: {mam: true}}
  mod_offline: {}
  mod_ping: {}
  mod_pubsub: {plugins: [flat, pep]}
  mod_roster: {versioning: true}
  mod_stream_mgmt: {}
  mod_blocking: {}
  mod_privacy: {}
  mod_vcard: {}
  mod_version: {show_os: false}
  mod_last: {}
  mod_register: {access: all, ip_access: all, welcome_message: {}}
  mod_http_upload: {host: "upload.@HOST@", docroot: %q, put_url: "https://127.0.0.1:%d/upload", max_size: %d}
%s`, Domain, s.path("both.pem"), s.CAFile, s.Port, s.Direct, s.HTTPS, acl, rule, Rooms, s.path("files"), s.HTTPS, FileMost, modules))
	var register strings.Builder
	for _, u := range Users {
		fmt.Fprintf(&register, "ejabberd_auth:try_register(<<\"%s\">>,<<\"%s\">>,<<\"%s\">>),", u, Domain, Password)
	}
	// On disk alone each message that an archive takes costs more than the one before.
	register.WriteString("mnesia:change_table_copy_type(archive_msg,node(),disc_copies)")
	s.make = func() *exec.Cmd {
		c := exec.Command(bin, "-noinput", "-mnesia", "dir", fmt.Sprintf("%q", s.path("mnesia")), "-s", "ejabberd",
			"-eval", register.String()+".")
		c.Env = append(os.Environ(), "EJABBERD_CONFIG_PATH="+conf, "EJABBERD_LOG_PATH="+s.path("ejabberd.log"), "HOME="+s.dir,
			"ERL_LIBS=/usr/lib/x86_64-linux-gnu:/usr/lib/aarch64-linux-gnu")
		return c
	}
	s.Start(t)
	return s
}

// find looks a program up; without it the test skips.
func find(t testing.TB, name string) string {
	t.Helper()
	if p, err := exec.LookPath(name); err == nil {
		return p
	}
	if p := "/usr/sbin/" + name; exists(p) {
		return p
	}
	t.Skipf("%s is not installed; make test installs it", name)
	return ""
}

func exists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

func prepare(t testing.TB, name string) *Server {
	t.Helper()
	s := &Server{Name: name, Port: freePort(t), Direct: freePort(t), HTTPS: freePort(t), dir: t.TempDir()}
	cert, key := certificate(t)
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(cert)
	s.CAFile = s.write(t, "c.crt", string(cert))
	s.write(t, "c.key", string(key))
	s.write(t, "both.pem", string(cert)+string(key))
	return s
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) write(t testing.TB, name, text string) string {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s.path(name)
}

// Start starts the server again after Stop and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	s.cmd, s.gone = s.make(), make(chan struct{})
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	cmd, gone := s.cmd, s.gone
	s.mu.Unlock()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() { s.Stop() })
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 1200 {
		c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.Direct), &tls.Config{RootCAs: s.Roots, ServerName: Domain, MinVersion: tls.VersionTLS12})
		if err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-tick.C:
		case <-gone:
			t.Fatalf("%s ended: %s", s.Name, s.log.String())
		}
	}
	t.Fatalf("%s does not answer", s.Name)
}

// Stop ends the server. It may be called more than once.
func (s *Server) Stop() {
	s.mu.Lock()
	cmd, gone := s.cmd, s.gone
	s.mu.Unlock()
	_ = cmd.Process.Signal(os.Interrupt)
	if s.Name == "ejabberd" {
		_ = cmd.Process.Kill() // erl without a console does not end by a signal in time
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		_ = cmd.Process.Kill()
		<-gone
	}
}

// Kill ends the server as a loss of power does: it has no time for anything.
func (s *Server) Kill() {
	s.mu.Lock()
	cmd, gone := s.cmd, s.gone
	s.mu.Unlock()
	_ = cmd.Process.Kill()
	<-gone
}

// freePort finds a port below those that the system gives to connections by itself:
// one of these is easily taken again before the server opens it, and Prosody goes on
// without.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 10_000 + mathrand.IntN(22_000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		_ = l.Close()
		return port
	}
	t.Fatal("no port is free")
	return 0
}

// certificate makes a certificate that vouches for itself.
func certificate(t testing.TB) (cert, key []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: Domain}, DNSNames: []string{Domain, Rooms, "upload." + Domain}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	p8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: p8})
}
