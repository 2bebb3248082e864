package session_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
)

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
				p.steps = func(s string) {
					if s == test.stuck && hung.CompareAndSwap(false, true) {
						<-release
					}
				}
				cl := p.login()
				defer cl.c.Close()
				defer close(release)
				time.Sleep(test.after)
				conflict := func() session.AccountChanged {
					p.send("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
					return wait(cl, "the end of the link", func(e session.AccountChanged) bool { return e.Link != session.Online })
				}
				for range test.back {
					if e := conflict(); e.Link == session.Offline || e.Problem != nil && e.Problem.Ask {
						t.Fatalf("it stopped: %+v", e.Problem)
					}
					cl.online()
				}
				if e := conflict(); e.Link != session.Offline || e.Problem == nil || e.Problem.Code != "conflict" || !e.Problem.Ask {
					t.Errorf("got link %d, %+v, want a conflict that asks", e.Link, e.Problem)
				}
			})
		})
	}
}
