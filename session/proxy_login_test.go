//go:build soak

package session_test

import (
	"bytes"
	"sync/atomic"
	"testing"

	"sotto/internal/faultproxy"
	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestBreakAmidTheLogin: a link that breaks when the login is done and the account
// is not ready yet leads to an account that is seen, hears, and sends what was typed.
func TestBreakAmidTheLogin(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		bob := newClient(t, s, "bob", true)
		bob.online()
		dir := t.TempDir()
		alice := behind(t, s, "alice", dir)
		befriend(alice.client, bob)
		withBob := alice.open(bobJID)
		alice.c.Close()
		if err := alice.st.Close(); err != nil {
			t.Fatal(err)
		}

		var broken atomic.Bool
		proxy := alice.proxy
		proxy.Refuse(true)
		alice = over(t, s, proxy, "alice", dir, func(o *session.Options) {
			o.Console = func(_ store.AccountID, out bool, xml []byte) {
				if out && bytes.Contains(xml, []byte("jabber:iq:roster")) && broken.CompareAndSwap(false, true) {
					proxy.Cut(faultproxy.Reset)
				}
			}
		})
		wait(alice.client, "the wait", func(e session.AccountChanged) bool { return e.Link == session.Waiting })
		alice.a.Send(withBob, "typed before")
		alice.until("the line on the disk", func() bool { return alice.has(withBob, "typed before", store.Queued) })
		proxy.Refuse(false)
		alice.c.Hurry()
		withAlice := bob.open(aliceJID)
		bob.until("what was typed before", func() bool { return bob.has(withAlice, "typed before", store.Received) })
		if !broken.Load() {
			t.Error("the login was not broken")
		}
		bob.a.Send(withAlice, "seen")
		alice.until("what bob said", func() bool { return alice.has(withBob, "seen", store.Received) })
		alice.until("the receipt", func() bool { return alice.has(withBob, "typed before", store.Delivered) })
	})
}
