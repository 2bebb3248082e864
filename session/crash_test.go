package session_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sotto/internal/realserver"
	"sotto/internal/sound"
	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// crashJob says what the child of TestCrashPointsOfAClient does.
type crashJob struct {
	dir, addr, domain, pin string
	point                  string // where it dies
	n                      int    // at the n-th time; 0: never
	lines                  int    // it types up to this line of all its lives
	theirs                 int    // lines of the peer to wait for
}

// crashJobOfEnv is nil but in the child.
func crashJobOfEnv() *crashJob {
	f := strings.Split(os.Getenv("SOTTO_CRASH_JOB"), "|")
	if len(f) != 8 {
		return nil
	}
	num := func(s string) int { n, _ := strconv.Atoi(s); return n }
	return &crashJob{f[0], f[1], f[2], f[3], f[4], num(f[5]), num(f[6]), num(f[7])}
}

func (j crashJob) env() string {
	return fmt.Sprintf("SOTTO_CRASH_JOB=%s|%s|%s|%s|%s|%d|%d|%d", j.dir, j.addr, j.domain, j.pin, j.point, j.n, j.lines, j.theirs)
}

// run is the child: a whole client that types and reads, and dies where the job says.
func (j crashJob) run() error {
	var hits atomic.Int64
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{Dir: j.dir, At: func(p string) error {
		if p == j.point && hits.Add(1) == int64(j.n) {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill()
			}
			select {}
		}
		return nil
	}})
	if err != nil {
		return err
	}
	me, bob := "alice@"+j.domain, "bob@"+j.domain
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: me, Host: j.domain, Port: 5223, TLS: "direct", CertSHA256: j.pin}}
	c := session.New(session.Options{Store: st, Config: cfg, Passwords: map[string]string{me: password},
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", j.addr)
		}})
	if err := c.Start(ctx); err != nil {
		return err
	}
	box, a := c.Subscribe(), c.Accounts()[0]
	limit := time.NewTimer(patience)
	var accepted, refused = map[string]bool{}, map[string]bool{}
	var chat store.ChatID
	until := func(what string, ok func() bool) error {
		for !ok() {
			select {
			case <-box.Wake():
			case <-limit.C:
				return errors.New("waited in vain for " + what)
			}
			for _, e := range box.Take() {
				switch e := e.(type) {
				case session.Accepted:
					accepted[e.LocalID] = true
				case session.Refused:
					refused[e.LocalID] = true
				case session.Opened:
					chat = e.Chat
				}
			}
		}
		return nil
	}
	a.OpenChat(bob)
	if err := until("the chat", func() bool { return chat != 0 }); err != nil {
		return err
	}
	count := func(prefix string) (n int) {
		rows, _, err := st.Page(ctx, chat, 0, 10_000)
		for _, m := range rows {
			if err == nil && strings.HasPrefix(m.Body, prefix) {
				n++
			}
		}
		return n
	}
	for k := count("line of alice "); k < j.lines; k++ {
		body := fmt.Sprintf("line of alice %d", k)
		a.SaveDraft(chat, body)
		id, _ := a.Send(chat, body)
		if err := until("an answer", func() bool { return accepted[id] || refused[id] }); err != nil {
			return err
		}
		if refused[id] {
			return fmt.Errorf("%q was refused", body)
		}
		fmt.Println("accepted", k)
	}
	if err := until("rest", func() bool {
		out, err := st.Outbox(ctx, a.ID())
		return err == nil && len(out) == 0 && count("line of bob ") >= j.theirs
	}); err != nil {
		return err
	}
	c.Close()
	if err := st.Close(); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

// TestDamagedHistoryIsFilledAgain: after a start over a damaged database the
// history is there once, what was unsent is sent once.
func TestDamagedHistoryIsFilledAgain(t *testing.T) {
	for name, hurt := range map[string]struct {
		do   func([]byte) []byte
		sent int // of two unsent lines
	}{
		"header":  {func(b []byte) []byte { copy(b, "no database at all"); return b }, 2},
		"nothing": {func([]byte) []byte { return nil }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newDemo(t, "alice", "bob")
			s.Befriend("alice", "bob", "Bob")
			dir := t.TempDir()
			var d disk
			alice := onDisk(t, &d, dir, optionsFor(s, "alice"), at(s, "alice"))
			alice.online()
			bob := s.Script("bob")
			withBob := alice.open("bob@" + s.Domain())
			var want []string
			for i := range 12 { // a page; what is older comes with scrolling
				want = append(want, fmt.Sprintf("line %d", i))
				bob.Say("alice@"+s.Domain(), want[i])
			}
			alice.until("all lines", func() bool { return len(alice.rows(withBob)) == len(want) })
			s.Stop()
			wait(alice, "the loss", func(e session.AccountChanged) bool { return e.Link != session.Online })
			alice.a.Send(withBob, "unsent 0")
			id, _ := alice.a.Send(withBob, "unsent 1")
			wait(alice, "the line", func(e session.Accepted) bool { return e.LocalID == id })
			alice.c.Close()
			if err := alice.st.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "sotto.db")
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, hurt.do(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.Start()
			again := onDisk(t, &d, dir, optionsFor(s, "alice"), at(s, "alice"))
			if o := again.st.Opened(); o.Moved == "" || o.Saved.Unsent != hurt.sent {
				t.Errorf("got %+v", o)
			}
			again.online()
			for i := range hurt.sent {
				want = append(want, fmt.Sprintf("unsent %d", i))
			}
			again.until("the history", func() bool {
				c := again.chat(store.Direct, "bob@"+s.Domain())
				return slices.Equal(texts(again.rows(c.ID)), want) && hurt.sent == 0 || c.ID != 0 && again.has(c.ID, fmt.Sprintf("unsent %d", hurt.sent-1), store.Sent)
			})
			peer := login(t, s, "bob")
			peer.until("what was unsent", func() bool {
				c := peer.chat(store.Direct, "alice@"+s.Domain())
				got, _ := peer.lines(c.ID, false, "unsent")
				return len(got) == hurt.sent
			})
			again.c.Close()
			if err := again.st.Close(); err != nil {
				t.Fatal(err)
			}
			sound.Check(t, dir)
		})
	}
}

// onTCP opens a server of the test to other processes.
func onTCP(t *testing.T, s *demo.Server) (addr, pin string) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := s.Dial(context.Background(), "tcp", s.Domain()+":5223")
			if err != nil {
				_ = near.Close()
				continue
			}
			go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
			go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	raw, err := s.Dial(t.Context(), "tcp", s.Domain()+":5223")
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(raw, &tls.Config{ServerName: s.Domain(), RootCAs: s.RootCAs(), MinVersion: tls.VersionTLS12})
	defer func() { _ = conn.Close() }()
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
	return l.Addr().String(), hex.EncodeToString(sum[:])
}

// TestCrashPointsOfAClient kills a whole client, at each point of its commits,
// while it talks: every line that it was told is stored is there once, and once
// at its peer; every line of the peer is there once.
func TestCrashPointsOfAClient(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 4))
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	addr, pin := onTCP(t, s)
	bob := login(t, s, "bob")
	k := &lives{t: t, bob: bob, withAlice: bob.open("alice@" + s.Domain()), said: map[int]bool{},
		job: crashJob{dir: t.TempDir(), addr: addr, domain: s.Domain(), pin: pin}}
	k.begin()
	died := 0
	for _, point := range []string{store.PointBegin, store.PointChange, store.PointCommit, store.PointCommitted, store.PointTold} {
		for _, n := range []int{1 + rng.IntN(4), 5 + rng.IntN(8), 13 + rng.IntN(14)} {
			k.job.point, k.job.n = point, n
			k.job.lines += 5
			if !k.live(false, 0) {
				died++
			}
		}
	}
	if died < 12 {
		t.Errorf("only %d of 15 lives ended early", died)
	}
	k.end()
}

// TestClientIsKilled ends a client of a real server from outside, again and
// again, wherever it is: the same holds.
func TestClientIsKilled(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		rng := seedOf(t)
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
		alice.online()
		bob.online()
		befriend(alice, bob)
		alice.c.Close()
		_ = alice.st.Close()
		conn, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Direct)),
			&tls.Config{ServerName: realserver.Domain, RootCAs: s.Roots, MinVersion: tls.VersionTLS12})
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
		_ = conn.Close()
		k := &lives{t: t, bob: bob, withAlice: bob.open(aliceJID), said: map[int]bool{},
			job: crashJob{dir: t.TempDir(), addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Direct)), domain: realserver.Domain, pin: hex.EncodeToString(sum[:])}}
		k.begin()
		for range 6 {
			k.job.lines += 60
			k.live(false, 1+rng.IntN(55))
		}
		k.end()
	})
}
