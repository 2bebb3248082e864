package session_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// TestStatesOfALogin: each step is told, in order, while it lasts.
func TestStatesOfALogin(t *testing.T) {
	p := newPeer(t)
	held, on := make(chan string), make(chan struct{})
	p.steps = func(step string) { held <- step; <-on }
	cl := p.client()
	for _, step := range []struct {
		name string
		want session.LinkState
	}{{"dial", session.Connecting}, {"tls", session.Securing}, {"sasl", session.Authenticating}, {"bind", session.Binding}, {"roster", session.Syncing}} {
		if got := <-held; got != step.name {
			t.Fatalf("got the step %s, want %s", got, step.name)
		}
		wait(cl, step.name, func(e session.AccountChanged) bool { return e.Link == step.want })
		on <- struct{}{}
	}
	a := wait(cl, "online", func(e session.AccountChanged) bool { return e.Link == session.Online })
	if !a.Secure || a.TLS != "TLS 1.3" || a.Mechanism != "PLAIN" || !strings.HasPrefix(a.Resource, "sotto.") {
		t.Errorf("got %+v", a.AccountInfo)
	}
}

// TestWrongPasswordIsAskedOnce: the server is not tried again by itself, and the
// answer brings the account online.
func TestWrongPasswordIsAskedOnce(t *testing.T) {
	s := newDemo(t, "alice")
	opt := optionsFor(s, "alice")
	opt.Passwords["alice@"+s.Domain()] = "wrong"
	cl := run(t, opt, at(s, "alice"))
	for _, try := range []string{"wrong again", password} {
		q := wait(cl, "the question", func(e session.Prompt) bool { return e.ID != 0 && e.Kind == session.AskPassword })
		if q.Problem == nil || q.Problem.Code != "auth-failed" {
			t.Errorf("got %+v, want auth-failed", q.Problem)
		}
		cl.a.Reply(q.ID+7, session.Reply{Password: password}) // of no question
		cl.a.Reply(q.ID, session.Reply{Password: try})
	}
	cl.online()
}

// TestNoPasswordNoLogin: an empty answer leaves the account offline until the
// user connects it, and then the question comes again.
func TestNoPasswordNoLogin(t *testing.T) {
	s := newDemo(t, "alice")
	cl := run(t, optionsFor(s), at(s, "alice"))
	question := func() session.Prompt {
		return wait(cl, "the question", func(e session.Prompt) bool { return e.ID != 0 })
	}
	cl.a.Reply(question().ID, session.Reply{})
	cl.a.Connect()
	cl.a.Reply(question().ID, session.Reply{Password: password})
	cl.online()
}

// TestCertificateQuestion: no is no, once is for this run, always is written.
func TestCertificateQuestion(t *testing.T) {
	for trust, name := range map[session.Trust]string{session.TrustNo: "no", session.TrustOnce: "once", session.TrustAlways: "always"} {
		t.Run(name, func(t *testing.T) {
			s := newDemo(t, "alice")
			s.SetFaults(demo.Faults{Certificate: demo.CertSelfSigned})
			path := filepath.Join(t.TempDir(), "config.toml")
			account := at(s, "alice")
			if err := store.AddAccount(path, account); err != nil {
				t.Fatal(err)
			}
			opt := optionsFor(s, "alice")
			opt.ConfigPath = path
			cl := run(t, opt, account)
			q := wait(cl, "the question", func(e session.Prompt) bool { return e.ID != 0 && e.Kind == session.AskCertificate })
			if q.Certificate == nil || q.Certificate.Reason != "authority" || q.Certificate.SHA256 == "" {
				t.Errorf("got %+v", q.Certificate)
			}
			cl.a.Reply(q.ID, session.Reply{Trust: trust})
			if trust == session.TrustNo {
				// What was refused is asked again, and nothing is sent meanwhile.
				cl.a.Connect()
				wait(cl, "the question again", func(e session.Prompt) bool { return e.ID != 0 })
				return
			}
			cl.online()
			written := func() bool {
				b, err := os.ReadFile(path)
				return err == nil && strings.Contains(string(b), q.Certificate.SHA256)
			}
			// What is written to the file is written in order.
			cl.c.Set("bell", "on")
			wait(cl, "the setting", func(e session.Answer) bool { return e.Code == "setting-changed" })
			if got, want := written(), trust == session.TrustAlways; got != want {
				t.Errorf("the fingerprint is in the file: %v, want %v", got, want)
			}
			// The next login of this run does not ask.
			s.CutAll(demo.CutReset)
			wait(cl, "the loss", func(e session.AccountChanged) bool { return e.Link != session.Online })
			cl.online()
		})
	}
}

// TestServerDownAndUp: it waits longer and longer, and comes back.
func TestServerDownAndUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t)
		var mu sync.Mutex
		down, tries := true, []time.Time{}
		opt := p.options()
		opt.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			tries = append(tries, time.Now())
			if down {
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
			}
			return p.dial(ctx, network, addr)
		}
		cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
		start := time.Now()
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		mu.Lock()
		down = false
		for i := 1; i < len(tries); i++ {
			wait, limit := tries[i].Sub(tries[i-1]), time.Minute
			if tries[i-1].Sub(start) < 5*time.Minute {
				limit = 8 * time.Second
			}
			if wait > limit {
				t.Errorf("try %d came after %v, want %v at most", i, wait, limit)
			}
		}
		if len(tries) < 30 || len(tries) > 500 {
			t.Errorf("got %d tries in 20 minutes", len(tries))
		}
		mu.Unlock()
		wait(cl, "online", func(e session.AccountChanged) bool { return e.Link == session.Online })
		// A server that falls over right after each login is no reason to storm it.
		mu.Lock()
		tries = nil
		mu.Unlock()
		for range 20 {
			p.mu.Lock()
			conn := p.conn
			p.mu.Unlock()
			conn.Close()
			wait(cl, "offline", func(e session.AccountChanged) bool { return e.Link != session.Online })
			wait(cl, "online", func(e session.AccountChanged) bool { return e.Link == session.Online })
		}
		mu.Lock()
		if d := tries[len(tries)-1].Sub(tries[0]); d < 5*time.Second {
			t.Errorf("20 logins within %v", d)
		}
		mu.Unlock()
		cl.c.Close()
	})
}

// TestStreamErrorsThatStop: another client took the place, or the server wants
// us gone: the user decides what next.
func TestStreamErrorsThatStop(t *testing.T) {
	for condition, code := range map[string]string{"conflict": "conflict", "policy-violation": "policy"} {
		t.Run(condition, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(t)
				dials := 0
				p.steps = func(s string) {
					if s == "dial" {
						dials++
					}
				}
				cl := p.login()
				p.send("<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
				e := wait(cl, "the stop", func(e session.AccountChanged) bool { return e.Link == session.Offline })
				if e.Problem == nil || e.Problem.Code != code || !e.Problem.Ask {
					t.Errorf("got %+v, want %s", e.Problem, code)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if dials != 1 {
					t.Errorf("it came back by itself: %d dials", dials)
				}
				cl.a.Connect()
				cl.online()
				cl.c.Close()
			})
		})
	}
}

// TestUserDisconnectsAndConnects: a line typed before is there exactly once.
func TestUserDisconnectsAndConnects(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	alice, bob := login(t, s, "alice"), login(t, s, "bob")
	chat := alice.open("bob@" + s.Domain())
	var want []string
	for i := range 20 {
		body := "line " + string(rune('a'+i))
		want = append(want, body)
		alice.a.Send(chat, body)
		alice.a.Disconnect()
		alice.a.Connect()
	}
	bob.until("all lines", func() bool { return len(bob.rows(bob.chat(store.Direct, "alice@"+s.Domain()).ID)) >= len(want) })
	alice.until("no line left", func() bool {
		out, err := alice.st.Outbox(t.Context(), alice.a.ID())
		return err == nil && len(out) == 0
	})
	var got []string
	for _, m := range bob.rows(bob.chat(store.Direct, "alice@"+s.Domain()).ID) {
		got = append(got, m.Body)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAccountsSideBySide: two accounts with the same contact keep their chats
// apart, and come and go at run time.
func TestAccountsSideBySide(t *testing.T) {
	s := newDemo(t, "alice", "ally", "bob")
	s.Befriend("alice", "bob", "Bob")
	s.Befriend("ally", "bob", "Bobby")
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := store.AddAccount(path, at(s, "alice")); err != nil {
		t.Fatal(err)
	}
	opt := optionsFor(s, "alice")
	opt.ConfigPath = path
	cl := run(t, opt, at(s, "alice"))
	cl.online()
	cl.c.AddAccount(at(s, "alice"), password, store.Unsaid)
	wait(cl, "a word about the double", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "account-exists" })
	cl.c.AddAccount(at(s, "ally"), password, store.Unsaid)
	e := wait(cl, "ally online", func(e session.AccountChanged) bool { return e.JID == "ally@"+s.Domain() && e.Link == session.Online })
	ally := *cl
	ally.a = cl.c.Account(e.ID)
	bob := s.Script("bob")
	bob.Presence("", "")
	bob.Say("alice@"+s.Domain(), "to alice")
	bob.Say("ally@"+s.Domain(), "to ally")
	cl.until("both lines", func() bool { return len(cl.said()) == 1 && len(ally.said()) == 1 })
	if a, b := cl.said()[0], ally.said()[0]; !strings.Contains(a, "to alice") || !strings.Contains(b, "to ally") {
		t.Errorf("got %q and %q", a, b)
	}
	// Removed and added again at once: its history is there, and it logs in.
	cl.c.RemoveAccount(e.ID)
	cl.c.AddAccount(at(s, "ally"), password, store.Unsaid)
	// What the account is now may have replaced that it was gone.
	wait(cl, "ally gone", func(x session.Answer) bool { return x.Code == "account-removed" })
	again := wait(cl, "ally back", func(x session.AccountChanged) bool { return x.JID == e.JID && x.Link == session.Online })
	if again.ID != e.ID {
		t.Errorf("got account %d, want %d as before", again.ID, e.ID)
	}
	b, err := os.ReadFile(path)
	if err != nil || strings.Count(string(b), "ally@") != 1 || strings.Count(string(b), "alice@") != 1 {
		t.Errorf("the file holds\n%s (%v)", b, err)
	}
}

// TestCloseLeavesNothing: whatever the account is doing.
func TestCloseLeavesNothing(t *testing.T) {
	states := map[string]func(t *testing.T) *client{
		"dialling": func(t *testing.T) *client {
			p := newPeer(t)
			opt := p.options()
			begun := make(chan struct{})
			var once sync.Once // under load there may be another try
			opt.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
				once.Do(func() { close(begun) })
				<-ctx.Done()
				return nil, ctx.Err()
			}
			cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
			<-begun
			return cl
		},
		"a server that says nothing": func(t *testing.T) *client {
			s := newDemo(t, "alice")
			s.SetFaults(demo.Faults{Silent: true})
			cl := run(t, optionsFor(s, "alice"), at(s, "alice"))
			wait(cl, "the handshake", func(e session.AccountChanged) bool { return e.Link == session.Securing })
			return cl
		},
		"waiting for an answer": func(t *testing.T) *client {
			s := newDemo(t, "alice")
			cl := run(t, optionsFor(s), at(s, "alice"))
			wait(cl, "the question", func(e session.Prompt) bool { return e.ID != 0 })
			return cl
		},
		"waiting for a try": func(t *testing.T) *client {
			s := newDemo(t, "alice")
			s.Stop()
			cl := run(t, optionsFor(s, "alice"), at(s, "alice"))
			wait(cl, "the wait", func(e session.AccountChanged) bool { return e.Link == session.Waiting })
			return cl
		},
		"syncing": func(t *testing.T) *client {
			p := newPeer(t)
			p.hush("")
			cl := p.client()
			wait(cl, "the roster", func(e session.AccountChanged) bool { return e.Link == session.Syncing })
			return cl
		},
		"online": func(t *testing.T) *client { return login(t, newDemo(t, "alice"), "alice") },
		"in a burst": func(t *testing.T) *client {
			s := newDemo(t, "alice")
			cl := login(t, s, "alice")
			bob := s.Script("bob")
			for range 600 {
				bob.Say("alice@"+s.Domain(), "hi")
			}
			return cl
		},
		"whois under way": func(t *testing.T) *client {
			p := newPeer(t)
			p.hush("bob@example.org/phone")
			cl := p.login()
			cl.a.Whois(0, "bob@example.org/phone")
			p.sync()
			return cl
		},
		"just disconnected": func(t *testing.T) *client {
			cl := login(t, newDemo(t, "alice"), "alice")
			cl.a.Disconnect()
			return cl
		},
		"just cut": func(t *testing.T) *client {
			s := newDemo(t, "alice")
			cl := login(t, s, "alice")
			s.CutAll(demo.CutHalf)
			return cl
		},
	}
	for name, reach := range states {
		t.Run(name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			var leak error
			t.Run("", func(t *testing.T) { reach(t).c.Close() })
			// The server of the test and the store have ended with the inner test.
			if leak = goleak.Find(before); leak != nil {
				t.Error(leak)
			}
		})
	}
}

// TestStoreThatRefuses: what is not on disk is not acknowledged and not lost;
// the user is told, and what was typed comes back.
func TestStoreThatRefuses(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	opt := optionsFor(s, "alice")
	opt.Store = st
	cl := run(t, opt, at(s, "alice"))
	cl.online()
	chat := cl.open("bob@" + s.Domain())
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	s.Script("bob").Say("alice@"+s.Domain(), "hi")
	if e := wait(cl, "a word about it", func(e session.Saving) bool { return !e.OK }); e.Problem == nil || e.Problem.Code != "not-saved" {
		t.Errorf("got %+v", e.Problem)
	}
	id, _ := cl.a.Send(chat, "my words")
	if e := wait(cl, "the words back", func(e session.Refused) bool { return e.LocalID == id }); e.Body != "my words" || e.Problem.Code != "not-saved" {
		t.Errorf("got %+v", e)
	}
	cl.c.Close()
	// The server still has the line that was not acknowledged.
	again := login(t, s, "alice")
	again.until("the line", func() bool {
		return slices.ContainsFunc(again.said(), func(s string) bool { return strings.HasSuffix(s, `"hi"`) || strings.Contains(s, `"hi" `) })
	})
}
