package session_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/store"
)

// doorway lets a peer be dialled, or makes who dials wait: the first try after a lost link
// comes at once, and what it ends in would take the place of how the link ended.
type doorway struct{ shut atomic.Pointer[chan struct{}] }

func (d *doorway) step(s string) {
	if c := d.shut.Load(); s == "dial" && c != nil {
		<-*c
	}
}

// conflict ends the link with a conflict and gives how the client takes it.
func (d *doorway) conflict(p *peer, cl *client) session.AccountChanged {
	cl.t.Helper()
	c := make(chan struct{})
	d.shut.Store(&c)
	defer close(c)
	p.send("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
	return wait(cl, "the end of the link", func(e session.AccountChanged) bool { return e.Link != session.Online })
}

// TestConflictWithOurOwnLateLogin: a try that was given up when the server had
// been asked for a session may be completed there and end the newer one. That is
// a lost link, a few times; any other conflict is another program's.
func TestConflictWithOurOwnLateLogin(t *testing.T) {
	for name, test := range map[string]struct {
		stuck string        // the step at which the server let the first try hang
		after time.Duration // what passes between the login and the first conflict
		back  int           // how many conflicts it comes back from
	}{
		"asked for a session":    {"bind", time.Second, 2},
		"long ago":               {"bind", 3 * time.Minute, 0},
		"nothing asked yet":      {"tls", time.Second, 0},
		"not authenticated":      {"sasl", time.Second, 0},
		"no try was given up":    {"", time.Second, 0},
		"shortly before the end": {"bind", 90 * time.Second, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPeer(t)
				release := make(chan struct{})
				var hung atomic.Bool
				var door doorway
				p.steps = func(s string) {
					door.step(s)
					if s == test.stuck && hung.CompareAndSwap(false, true) {
						<-release
					}
				}
				cl := p.login()
				defer cl.c.Close()
				defer close(release)
				time.Sleep(test.after)
				for range test.back {
					if e := door.conflict(p, cl); e.Link == session.Offline || e.Problem != nil && e.Problem.Ask {
						t.Fatalf("it stopped: %+v", e.Problem)
					}
					cl.online()
				}
				if e := door.conflict(p, cl); e.Link != session.Offline || e.Problem == nil || e.Problem.Code != "conflict" || !e.Problem.Ask {
					t.Errorf("got link %d, %+v, want a conflict that asks", e.Link, e.Problem)
				}
			})
		})
	}
}

// TestConflictWithALoginOfAnEarlierRun: the program may have ended meanwhile.
func TestConflictWithALoginOfAnEarlierRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		p := newPeer(t)
		release := make(chan struct{})
		defer close(release)
		var hung atomic.Bool
		var door doorway
		p.steps = func(s string) {
			door.step(s)
			if s == "bind" && hung.CompareAndSwap(false, true) {
				<-release
			}
		}
		opt := p.options()
		opt.Store = st
		start := func() *client {
			cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
			cl.online()
			return cl
		}
		start().c.Close()
		cl := start()
		defer cl.c.Close()
		if e := door.conflict(p, cl); e.Link == session.Offline {
			t.Fatalf("it stopped: %+v", e.Problem)
		}
		cl.online()
	})
}
