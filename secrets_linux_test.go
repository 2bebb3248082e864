package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sotto/internal/pty"
	"sotto/session/demo"
	"sotto/store"
)

// needles are what must not be found, by what they are.
type needles struct {
	mu  sync.Mutex
	all map[string]string
}

// add takes a secret, and it in the ways in which it may be written.
func (n *needles) add(what, secret string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret))} {
		if len(s) >= 6 {
			n.all[s] = what
		}
	}
}

var scramPart = regexp.MustCompile(`s=([^,]+),i=(\d+)`)

// sasl takes a line of a login, what SCRAM proves in it and the keys behind it.
func (n *needles) sasl(text string, passwords ...string) {
	n.add("a SASL message", text)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return
	}
	n.add("a SASL message", string(raw))
	if _, proof, ok := strings.Cut(string(raw), ",p="); ok {
		n.add("a proof", proof)
	}
	if m := scramPart.FindStringSubmatch(string(raw)); m != nil {
		salt, _ := base64.StdEncoding.DecodeString(m[1])
		count, _ := strconv.Atoi(m[2])
		for _, p := range passwords {
			if k, err := pbkdf2.Key(sha256.New, p, salt, count, sha256.Size); err == nil {
				n.add("a salted password", string(k))
			}
			if k, err := pbkdf2.Key(sha1.New, p, salt, count, sha1.Size); err == nil {
				n.add("a salted password", string(k))
			}
		}
	}
}

// in fails for every needle in what stands somewhere.
func (n *needles) in(t *testing.T, where string, b []byte) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	for s, what := range n.all {
		if bytes.Contains(b, []byte(s)) {
			t.Errorf("%s has %s", where, what)
		}
	}
}

// toTCP opens a server to other processes: the first line says what is dialled. The
// file that it makes has the certificates of the server's hosts.
func toTCP(t *testing.T, s *demo.Server) (addr, certificates string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = near.Close() }()
				r := bufio.NewReader(near)
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				far, err := s.Dial(context.Background(), "tcp", strings.TrimSpace(line))
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(far, r); _ = far.Close() }()
				_, _ = io.Copy(near, far)
			}()
		}
	}()
	var all []byte
	for host, addr := range map[string]string{s.Domain(): s.Domain() + ":5223", "upload." + s.Domain(): "192.0.2.80:443"} {
		raw, err := s.Dial(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		conn := tls.Client(raw, &tls.Config{ServerName: host, RootCAs: s.RootCAs(), MinVersion: tls.VersionTLS12})
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: conn.ConnectionState().PeerCertificates[0].Raw})...)
		_ = conn.Close()
	}
	certificates = filepath.Join(t.TempDir(), "certificates.pem")
	if err := os.WriteFile(certificates, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String(), certificates
}

// TestNoSecretIsWritten goes through a day of the program: the vault, logins by SCRAM
// and by PLAIN, another password, a file, every child that there is, the console of
// the wire, the lock, and a panic. Then nothing that was written anywhere, and no
// environment of a child, has a password, a passphrase or a part of a login in it.
func TestNoSecretIsWritten(t *testing.T) {
	const carols, fresh, passphrase = "carols own Passw0rd", "a fresh Passw0rd of mine", "the vaults own passphrase"
	found := &needles{all: map[string]string{}}
	var own string
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	plain := make(chan struct{}, 9)
	d, err := demo.Start(ctx, demo.Options{SASL: func(text string) {
		found.sasl(text, own, carols, fresh)
		if raw, err := base64.StdEncoding.DecodeString(text); err == nil && string(raw) == "\x00carol\x00"+carols {
			plain <- struct{}{}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Server.Close)
	own = d.Password
	d.Server.AddUser("carol", carols)
	carol := "carol@" + d.Server.Domain()
	for what, secret := range map[string]string{"your password": own, "carol's password": carols, "the new password": fresh, "the passphrase": passphrase} {
		found.add(what, secret)
	}

	dir, out, scripts := t.TempDir(), t.TempDir(), t.TempDir()
	script := func(name, more string) string {
		path := filepath.Join(scripts, name)
		text := "#!/bin/sh\n{ env; echo \"$@\"; cat /proc/$$/environ; } >> '" + filepath.Join(out, name) + "'\n" + more + "\n"
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(config, []byte("notify_command = "+store.Quote(script("notify", "cat >/dev/null"))+"\nclipboard_command = "+store.Quote(script("clipboard", "echo words"))+
		"\nopen_command = "+store.Quote(script("open", ""))+
		"\n\n[[account]]\njid = "+store.Quote(d.JID)+"\n\n[[account]]\njid = "+store.Quote(carol)+"\nenabled = false\npassword_command = "+store.Quote(script("password", "echo '"+carols+"'"))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := store.OpenVault(filepath.Join(dir, "vault.json"))
	if err := v.Create([]byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	if err := v.Put(d.JID, own); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tea.txt")
	if err := os.WriteFile(file, []byte("tea and biscuits\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	addr, certificates := toTCP(t, d.Server)
	panics := filepath.Join(t.TempDir(), "panic")
	path := filepath.Join(t.TempDir(), "sotto-on-tcp")
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, path)
	}
	if err != nil {
		t.Fatal(err)
	}
	p := pty.Start(t, []string{path, config, dir, addr, certificates, panics}, []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"),
		vaultCommandVariable + "=" + script("passphrase", "echo '"+passphrase+"'"), "EDITOR=" + script("editor", "echo words > \"$1\"")}, 120, 40)
	said := func(words ...string) {
		t.Helper()
		shows(t, p, words...)
		found.in(t, "the screen", []byte(p.Text()))
	}
	said("online", "TLS 1.3")
	p.Type("/vault\r")
	said("is open")
	p.Type("/msg mira@" + d.Server.Domain() + "\r")
	said("Mira", "the parcel")
	p.Type("/send " + file + "\r")
	said("tea.txt")
	p.Until("the file's way", func(s string) bool { return strings.Contains(s, "✓") && strings.Contains(s, "tea.txt") })
	p.Type("\x18\x05")
	said("> words")
	p.Type("\x15/paste\r")
	p.Until("the clipboard", func(s string) bool {
		_, err := os.Stat(filepath.Join(out, "clipboard"))
		return err == nil && strings.Contains(s, "> words")
	})
	p.Type("\x15/password\r")
	said("Another password")
	p.Type(fresh + "\t" + fresh + "\r")
	said("has its new password.")
	d.Server.SetFaults(demo.Faults{Plain: true})
	p.Type("/connect " + carol + "\r")
	p.Until("carol's login", func(string) bool { return len(plain) > 0 })
	p.Type("/account\r")
	said(carol)
	p.Type("/xml\r")
	said("XML")
	p.Type("hidden")
	said("[hidden]")
	p.Type("\x1b")
	p.Until("the end of the console", func(s string) bool { return !strings.Contains(s, "[hidden]") })
	d.Server.SetFaults(demo.Faults{})
	p.Type("/lock\r")
	said("Locked.")
	p.Type("wrong\r")
	said("That is not the passphrase of the vault.")
	p.Type(passphrase + "\r")
	said("online")
	p.Until("a notification", func(string) bool { _, err := os.Stat(filepath.Join(out, "notify")); return err == nil })
	p.Type("/disconnect\r")
	said("offline")
	if err := os.WriteFile(panics, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.Type("/connect\r")
	if code := p.Wait(); code != exitFailed || !p.Given() {
		t.Errorf("exit code %d, terminal given back: %v", code, p.Given())
	}
	found.in(t, "the last screen", []byte(p.Text()))
	if len(found.all) < 30 {
		t.Errorf("only %d secrets are known: the logins were not heard", len(found.all))
	}

	crashes, children := 0, 0
	for _, top := range []string{dir, out} {
		if err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			found.in(t, e.Name(), b)
			if strings.HasPrefix(e.Name(), "crash-") && bytes.Contains(b, []byte("a panic that was asked for")) {
				crashes++
			}
			if top == out {
				children++
				if bytes.Contains(b, []byte("SOTTO_VAULT")) {
					t.Errorf("the child %s knows how the vault is opened", e.Name())
				}
			}
			if st, err := e.Info(); err == nil && top == dir && st.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has the mode %v", e.Name(), st.Mode())
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if crashes != 1 || children < 5 {
		t.Errorf("%d crash reports, %d children", crashes, children)
	}
	if v = store.OpenVault(v.Path()); v.Unlock([]byte(passphrase)) != nil {
		t.Fatal("the vault does not open")
	}
	if got, _ := v.Password(d.JID); got != fresh {
		t.Error("the vault has not the new password")
	}
}

// TestNoCores: nothing of the memory becomes a file.
func TestNoCores(t *testing.T) {
	dir := t.TempDir()
	p := sotto(t, dir, profiled(t, dir))
	shows(t, p, "the line of before")
	b, err := os.ReadFile("/proc/" + strconv.Itoa(p.PID()) + "/limits")
	if err != nil || !regexp.MustCompile(`Max core file size +0 +0 `).Match(b) {
		t.Errorf("limits: %s (%v)", b, err)
	}
	// A file of /proc belongs to the user where a core may be written.
	if os.Geteuid() != 0 {
		if _, err := os.ReadFile("/proc/" + strconv.Itoa(p.PID()) + "/environ"); err == nil {
			t.Error("another process of the user may look into it")
		}
	}
	leave(t, p)
}
