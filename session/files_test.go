package session_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/web"
	"sotto/session/wire"
	"sotto/store"
)

const (
	fileHost = "files.example.com" // what the certificate of httptest is for
	nsUp     = "urn:xmpp:http:upload:0"
)

// shelf is a host of files in the test, which can be told to be hostile.
type shelf struct {
	t    *testing.T
	http *httptest.Server

	mu    sync.Mutex
	files map[string][]byte
	puts  []http.Header
	do    func(w http.ResponseWriter, r *http.Request) bool // what it does instead; false: nothing
	slot  func(q *wire.Element) *wire.Element
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{t: t, files: map[string][]byte{}}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.http.StartTLS()
	t.Cleanup(s.http.Close)
	return s
}

func (s *shelf) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	do := s.do
	s.mu.Unlock()
	if do != nil && do(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodPut {
		s.mu.Unlock()
		b, err := io.ReadAll(r.Body)
		s.mu.Lock()
		if err != nil {
			return
		}
		s.puts = append(s.puts, r.Header.Clone())
		s.files[r.URL.Path] = b
		w.WriteHeader(http.StatusCreated)
		return
	}
	b, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Etag", fmt.Sprintf("%q", hex.EncodeToString(sum(b)[:4])))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
}

func (s *shelf) url(path string) string { return "https://" + fileHost + path }

// client leads every name to this host, but for those that are addresses; 127.0.0.1
// counts as far away, 127.0.0.2 as near.
func (s *shelf) client() *web.Client {
	addr := s.http.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	return &web.Client{Roots: s.http.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs,
		Lookup: func(_ context.Context, _, host string) ([]netip.Addr, error) {
			if strings.HasPrefix(host, "inner.") {
				return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		},
		Near: func(a netip.Addr) bool { return a != netip.MustParseAddr("127.0.0.1") }}
}

func sum(b []byte) []byte { s := sha256.Sum256(b); return s[:] }

// place is a slot; headers are name and value in turns.
func place(put, get string, headers ...string) *wire.Element {
	p := wire.New(nsUp, "put").Set("url", put)
	for i := 0; i+1 < len(headers); i += 2 {
		p.Add(wire.New(nsUp, "header").Set("name", headers[i]).SetText(headers[i+1]))
	}
	return wire.New(nsUp, "slot").Add(p, wire.New(nsUp, "get").Set("url", get))
}

// upload makes a server with a service for files on this host, and two people.
func (s *shelf) upload(most int64) (alice, bob *client, srv *demo.Server) {
	s.t.Helper()
	srv, err := demo.NewServer(demo.Options{SlotMost: most, Slot: func(q *wire.Element) *wire.Element {
		s.mu.Lock()
		slot := s.slot
		s.mu.Unlock()
		if slot != nil {
			return slot(q)
		}
		at := s.url("/up/" + q.Attr("filename"))
		return place(at, at, "Authorization", "Basic secret", "X-Evil", "1")
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(srv.Close)
	for _, u := range []string{"alice", "bob"} {
		srv.AddUser(u, password)
	}
	srv.Befriend("alice", "bob", "")
	start := func(user string) *client {
		opt := optionsFor(srv, user)
		opt.Files = s.client()
		cl := run(s.t, opt, at(srv, user))
		cl.online()
		cl.c.Set("download_dir", filepath.Join(s.t.TempDir(), "saved"))
		wait(cl, "the folder", func(e session.Answer) bool { return e.Code == "setting-changed" })
		return cl
	}
	return start("alice"), start("bob"), srv
}

func (s *shelf) set(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

func writeFile(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// the line of a chat that has a file in this state.
func (cl *client) fileRow(chat store.ChatID, state ...store.State) (m store.Message) {
	cl.t.Helper()
	cl.until(fmt.Sprintf("a file in the state %v", state), func() bool {
		for _, x := range cl.rows(chat) {
			if x.File != nil && slices.Contains(state, x.State) {
				m = x
				return true
			}
		}
		return false
	})
	return m
}

// TestSendFile: a file goes up, its line says what it is, and who gets it can save
// it under a name that was free.
func TestSendFile(t *testing.T) {
	s := newShelf(t)
	alice, bob, srv := s.upload(1 << 20)
	bobJID, aliceJID := "bob@"+srv.Domain(), "alice@"+srv.Domain()
	chat := alice.open(bobJID)
	body := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	alice.a.SendFile(chat, writeFile(t, "photo.png", body))
	m := alice.fileRow(chat, store.Sent, store.Delivered)
	want := store.File{URL: s.url("/up/photo.png"), Name: "photo.png", Size: int64(len(body)), Type: "image/png", SHA256: hex.EncodeToString(sum(body))}
	if m.Body != want.URL || !m.Alone() || fmt.Sprint(*m.File) != fmt.Sprint(want) {
		t.Errorf("alice has %q %+v, want %+v", m.Body, *m.File, want)
	}
	s.set(func() {
		if len(s.puts) != 1 || s.puts[0].Get("Authorization") != "Basic secret" || s.puts[0].Get("X-Evil") != "" || s.puts[0].Get("Content-Type") != "image/png" {
			t.Errorf("the host got %v", s.puts)
		}
	})
	in := bob.open(aliceJID)
	got := bob.fileRow(in, store.Received)
	if fmt.Sprint(*got.File) != fmt.Sprint(want) || !got.Alone() {
		t.Errorf("bob has %q %+v, want %+v", got.Body, *got.File, want)
	}
	for _, name := range []string{"photo.png", "photo (1).png"} {
		bob.a.SaveFile(got.ID, "")
		saved := wait(bob, "the file", func(e session.FileSaved) bool { return e.Message == got.ID })
		b, err := os.ReadFile(saved.Path)
		if err != nil || !bytes.Equal(b, body) || filepath.Base(saved.Path) != name || !saved.Checked {
			t.Errorf("bob saved %+v, %d bytes (%v); want %s", saved, len(b), err, name)
		}
		if st, _ := os.Stat(saved.Path); st.Mode().Perm() != 0o600 {
			t.Errorf("others may read it: %v", st.Mode())
		}
	}
	if m := bob.fileRow(in, store.Received); !m.File.Checked || filepath.Base(m.File.Saved) != "photo (1).png" {
		t.Errorf("bob's line says %+v", m.File)
	}
	left, _ := filepath.Glob(filepath.Join(bob.c.Settings().Downloads(), ".*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestFileThatCannotGo: each says why, at once where that is known at once.
func TestFileThatCannotGo(t *testing.T) {
	s := newShelf(t)
	alice, _, srv := s.upload(100)
	chat := alice.open("bob@" + srv.Domain())
	dir := t.TempDir()
	secret := writeFile(t, "secret.txt", []byte("x"))
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{"file-folder": dir, "file-missing": filepath.Join(dir, "no"), "file-empty": writeFile(t, "empty", nil),
		"upload-large": writeFile(t, "big", make([]byte, 101)), "file-special": os.DevNull, "file-unreadable": secret}
	if os.Getuid() == 0 {
		delete(tests, "file-unreadable") // for root nothing is
	}
	for code, path := range tests {
		alice.a.SendFile(chat, path)
		wait(alice, code, func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == code })
	}
	if rows := alice.rows(chat); len(rows) != 0 {
		t.Errorf("there are %d lines", len(rows))
	}
}

// TestUploadFails: what a server and its host can do wrong leaves a line that was
// not sent and says why; it goes once they do right, or is taken back.
func TestUploadFails(t *testing.T) {
	s := newShelf(t)
	alice, _, srv := s.upload(0)
	chat := alice.open("bob@" + srv.Domain())
	path := writeFile(t, "notes.txt", []byte("some words"))
	refusal := func(condition string, app ...*wire.Element) *wire.Element {
		return wire.New(wire.NSClient, "error").Set("type", "cancel").Add(wire.New(wire.NSStanzaErr, condition)).Add(app...)
	}
	good := s.url("/up/notes.txt")
	status := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(code); return true }
	}
	tests := []struct {
		name, code string
		slot       *wire.Element
		do         func(w http.ResponseWriter, r *http.Request) bool
	}{
		{"refused", "upload-refused", refusal("not-allowed"), nil},
		{"too large", "upload-large", refusal("not-acceptable", wire.New(nsUp, "file-too-large").Add(wire.New(nsUp, "max-file-size").SetText("5"))), nil},
		{"later", "upload-later", refusal("resource-constraint", wire.New(nsUp, "retry").Set("stamp", "2030-01-01T00:00:00Z")), nil},
		{"put without TLS", "upload-unsafe", place("http://"+fileHost+"/x", good), nil},
		{"get without TLS", "upload-unsafe", place(good, "http://"+fileHost+"/x"), nil},
		{"a name in the address", "upload-unsafe", place("https://me:pass@"+fileHost+"/x", good), nil},
		{"no slot", "upload-unsafe", wire.New(nsUp, "slot"), nil},
		{"a line break in the address", "upload-unsafe", place(good, good+"\nhttps://elsewhere.example/"), nil},
		{"refused by the host", "file-forbidden", nil, status(403)},
		{"too large for the host", "file-refused-large", nil, status(413)},
		{"host in trouble", "file-status", nil, status(500)},
		{"redirected", "file-status", nil, func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusTemporaryRedirect)
			return true
		}},
		{"a certificate for another", "file-certificate", place("https://wrong.test/x", good), nil},
		{"cut", "file-unreachable", nil, func(w http.ResponseWriter, _ *http.Request) bool {
			c, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = c.Close()
			}
			return true
		}},
	}
	s.set(func() { s.slot = func(*wire.Element) *wire.Element { return tests[0].slot } })
	alice.a.SendFile(chat, path)
	m := alice.fileRow(chat, store.Failed)
	for i, test := range tests {
		if i > 0 {
			s.set(func() {
				s.do, s.slot = test.do, nil
				if test.slot != nil {
					s.slot = func(*wire.Element) *wire.Element { return test.slot }
				}
			})
			alice.a.Resend(m.ID)
		}
		alice.until(test.name, func() bool {
			x := alice.rows(chat)[0]
			return x.State == store.Failed && x.File != nil && x.File.Problem == test.code
		})
		// So that the next one of the same kind can be told from this one.
		alice.until("no transfer", func() bool { return len(alice.rows(chat)) == 1 })
		if _, err := alice.st.Write(t.Context(), func(tx *store.Tx) error {
			f := *alice.rows(chat)[0].File
			f.Problem = ""
			return tx.SetFile(m.ID, f)
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.set(func() { s.do, s.slot = nil, nil })
	alice.a.Resend(m.ID)
	if got := alice.fileRow(chat, store.Sent, store.Delivered); got.ID != m.ID || got.Body != good {
		t.Errorf("got %+v", got)
	}
	if got := bobsLines(alice, chat); got != 1 {
		t.Errorf("there are %d lines", got)
	}
}

func bobsLines(cl *client, chat store.ChatID) int { return len(cl.rows(chat)) }

// TestSlotHeaders: only the three headers of the protocol go, without what could
// begin another one.
func TestSlotHeaders(t *testing.T) {
	s := newShelf(t)
	alice, _, srv := s.upload(0)
	chat := alice.open("bob@" + srv.Domain())
	s.set(func() {
		s.slot = func(*wire.Element) *wire.Element {
			at := s.url("/up/x")
			return place(at, at, "authorization", "Bearer a\r\nX-Evil: 1", "Cookie\n", "a=b", "Expires", "tomorrow\n", "Host", "inner.example", "Content-Length", "1")
		}
	})
	alice.a.SendFile(chat, writeFile(t, "x", []byte("words")))
	alice.fileRow(chat, store.Sent, store.Delivered)
	s.set(func() {
		h := s.puts[0]
		if h.Get("Authorization") != "Bearer aX-Evil: 1" || h.Get("Cookie") != "a=b" || h.Get("Expires") != "tomorrow" || h.Get("X-Evil") != "" || h.Get("Content-Length") != "5" {
			t.Errorf("the host got %v", h)
		}
	})
}

// TestUploadAndTheLink: a session that ends in the middle takes nothing with it;
// one that is missing is waited for; what was on its way when the program ended is
// kept for the user to decide.
func TestUploadAndTheLink(t *testing.T) {
	s := newShelf(t)
	alice, bob, srv := s.upload(0)
	chat := alice.open("bob@" + srv.Domain())
	reached, goOn := make(chan struct{}), make(chan struct{})
	s.set(func() {
		s.do = func(http.ResponseWriter, *http.Request) bool { reached <- struct{}{}; <-goOn; return false }
	})
	alice.a.SendFile(chat, writeFile(t, "a.txt", []byte("first")))
	<-reached
	alice.a.Disconnect()
	wait(alice, "offline", func(e session.AccountChanged) bool { return e.Link == session.Offline })
	alice.a.SendFile(chat, writeFile(t, "b.txt", []byte("second")))
	close(goOn)
	s.set(func() { s.do = nil })
	alice.until("the first one queued", func() bool { return alice.has(chat, s.url("/up/a.txt"), store.Queued) })
	alice.until("the second one waiting", func() bool { return alice.has(chat, "b.txt", store.Preparing) })
	alice.a.Send(chat, "typed meanwhile")
	alice.a.Connect()
	in := bob.open("alice@" + srv.Domain())
	bob.until("all three", func() bool { return len(bob.rows(in)) == 3 })
	said := func(cl *client, chat store.ChatID) (all []string) {
		for _, m := range cl.rows(chat) {
			all = append(all, m.Body)
		}
		return all
	}
	want := []string{s.url("/up/a.txt"), "typed meanwhile", s.url("/up/b.txt")}
	if got := said(bob, in); !slices.Equal(got, want) {
		t.Errorf("bob reads %q", got)
	}
	alice.until("the same at alice's", func() bool { return slices.Equal(said(alice, chat), want) })
}

// TestStopUpload: what moves can be stopped and taken back.
func TestStopUpload(t *testing.T) {
	s := newShelf(t)
	alice, _, srv := s.upload(0)
	chat := alice.open("bob@" + srv.Domain())
	reached := make(chan struct{}, 9)
	s.set(func() {
		s.do = func(_ http.ResponseWriter, r *http.Request) bool {
			_, _ = io.ReadAll(r.Body)
			reached <- struct{}{}
			<-r.Context().Done()
			return true
		}
	})
	copied := writeFile(t, "c.txt", []byte("third"))
	alice.a.SendCopy(chat, copied)
	<-reached
	alice.a.StopTransfer(alice.fileRow(chat, store.Preparing).ID)
	m := alice.fileRow(chat, store.Failed)
	if m.File.Problem != "upload-stopped" {
		t.Errorf("got %+v", m.File)
	}
	alice.a.Resend(m.ID)
	<-reached
	alice.a.Drop(m.ID)
	alice.until("that it was taken back", func() bool { return alice.rows(chat)[0].Notice == "dropped" })
	if _, err := os.Stat(copied); err == nil {
		t.Error("the copy is still there")
	}
}

// TestUploadInterrupted: the next start of the program says what did not go.
func TestUploadInterrupted(t *testing.T) {
	s := newShelf(t)
	srv := newDemo(t, "alice")
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	opt := optionsFor(srv, "alice")
	opt.Store, opt.Files = st, s.client()
	off := at(srv, "alice")
	no := false
	off.Enabled = &no
	cl := run(t, opt, off)
	chat := cl.open("bob@" + srv.Domain())
	cl.a.SendFile(chat, writeFile(t, "a.txt", []byte("first")))
	cl.fileRow(chat, store.Preparing)
	cl.c.Close()
	cl = run(t, opt, off)
	if m := cl.fileRow(chat, store.Failed); m.File.Problem != "upload-interrupted" || m.File.Path == "" {
		t.Errorf("got %+v", m.File)
	}
}

// TestFileOfAStranger: nothing of it is fetched before its sender was accepted.
func TestFileOfAStranger(t *testing.T) {
	s := newShelf(t)
	asked := make(chan struct{}, 9)
	s.set(func() {
		s.do = func(http.ResponseWriter, *http.Request) bool { asked <- struct{}{}; return false }
		s.files["/a.txt"] = []byte("words")
	})
	alice, bob, srv := s.upload(0)
	srv.AddUser("eve", password)
	opt := optionsFor(srv, "eve")
	opt.Files = s.client()
	eve := run(t, opt, at(srv, "eve"))
	eve.online()
	eve.a.SendFile(eve.open("alice@"+srv.Domain()), writeFile(t, "a.txt", []byte("words")))
	<-asked // it goes up
	alice.until("the request", func() bool { return len(alice.waiting()) == 1 })
	held := alice.chat(store.Direct, "eve@"+srv.Domain())
	m := alice.fileRow(held.ID, store.Received)
	alice.a.SaveFile(m.ID, "")
	wait(alice, "the refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "file-stranger" })
	if len(asked) != 0 {
		t.Error("the host was asked")
	}
	alice.open("eve@" + srv.Domain()) // accepts
	alice.a.SaveFile(m.ID, "")
	wait(alice, "the file", func(e session.FileSaved) bool { return e.Message == m.ID })
	_ = bob
}

// TestSaveThatFails: a host near is asked about, a limit holds, what is retracted
// is not fetched, and what was stopped goes on.
func TestSaveThatFails(t *testing.T) {
	s := newShelf(t)
	alice, bob, srv := s.upload(0)
	chat, in := alice.open("bob@"+srv.Domain()), bob.open("alice@"+srv.Domain())
	body := bytes.Repeat([]byte("0123456789"), 200_000)
	s.set(func() {
		s.slot = func(*wire.Element) *wire.Element {
			return place(s.url("/up/a"), "https://inner.example.com/up/a")
		}
	})
	alice.a.SendFile(chat, writeFile(t, "a.bin", body))
	m := bob.fileRow(in, store.Received)
	bob.a.SaveFile(m.ID, "")
	near := wait(bob, "the question", func(e session.FileNear) bool { return e.Message == m.ID })
	if near.Host != "inner.example.com" || near.Addr != "127.0.0.2" {
		t.Errorf("asked about %+v", near)
	}
	refused := func(code string) {
		t.Helper()
		wait(bob, code, func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == code })
	}
	set := func(value string) {
		t.Helper()
		bob.c.Set("download_max", value)
		wait(bob, "the setting", func(e session.Answer) bool { return e.Code == "setting-changed" })
	}
	set("1")
	bob.a.SaveFile(m.ID, near.Host)
	refused("file-limit")
	set("0")
	half, ranges := make(chan struct{}), make(chan string, 9)
	s.set(func() {
		s.do = func(w http.ResponseWriter, r *http.Request) bool {
			ranges <- r.Header.Get("Range")
			if r.Header.Get("Range") != "" {
				return false
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			_, _ = w.Write(body[:len(body)/2])
			w.(http.Flusher).Flush()
			close(half)
			<-r.Context().Done()
			return true
		}
	})
	bob.a.SaveFile(m.ID, near.Host)
	<-half
	wait(bob, "the half", func(e session.Transfer) bool { return e.Message == m.ID && e.Done > 0 })
	bob.a.StopTransfer(m.ID)
	refused("file-stopped")
	bob.a.SaveFile(m.ID, near.Host)
	saved := wait(bob, "the file", func(e session.FileSaved) bool { return e.Message == m.ID })
	if b, err := os.ReadFile(saved.Path); err != nil || !bytes.Equal(b, body) || !saved.Checked {
		t.Errorf("got %d bytes (%v), checked %v", len(b), err, saved.Checked)
	}
	if first, second := <-ranges, <-ranges; first != "" || !strings.HasPrefix(second, "bytes=") {
		t.Errorf("asked for %q and %q", first, second)
	}
	alice.a.Retract(alice.fileRow(chat, store.Sent, store.Delivered).ID)
	bob.until("that it is gone", func() bool { return bob.rows(in)[0].NoBody })
	if bob.rows(in)[0].File != nil {
		t.Error("the file is still there")
	}
	bob.a.SaveFile(m.ID, near.Host)
	refused("file-none")
}
