package session_test

import (
	"slices"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestRealBlocking: the servers keep the list, tell our other devices, and keep
// away who is blocked; strangers wait until they are accepted.
func TestRealBlocking(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, phone, bob := newClient(t, s, "alice", true), newClient(t, s, "alice", false), newClient(t, s, "bob", true)
		for _, cl := range []*client{alice, phone, bob} {
			cl.online()
		}
		for _, cl := range []*client{alice, phone} {
			cl.blocks("the offer", func(e session.BlockedChanged) bool { return e.Offered })
		}

		// Bob is a stranger: he waits, on both devices, and learns nothing.
		withAlice := bob.open(aliceJID)
		bob.a.Send(withAlice, "you do not know me")
		waits := func() bool {
			list, err := alice.st.Requests(t.Context())
			return err == nil && len(list) == 1 && list[0].JID == bobJID && list[0].Messages == 1 && list[0].Words == "you do not know me"
		}
		alice.until("bob among those who wait", waits)
		if c := alice.chat(store.Direct, bobJID); c.Open || c.Held != store.Waiting {
			t.Errorf("bob's chat is %+v", c)
		}

		alice.a.Report(bobJID, session.ReportSpam)
		listed := func(cl *client) func() bool {
			return func() bool { return slices.Equal(cl.entries(), []string{bobJID}) }
		}
		alice.until("the block", listed(alice))
		phone.until("the block on the other device", listed(phone))
		alice.until("nobody who waits", func() bool { list, err := alice.st.Requests(t.Context()); return err == nil && len(list) == 0 })
		bob.a.Send(withAlice, "let me in")
		bob.until("the refusal", func() bool { return bob.has(withAlice, "let me in", store.Failed) })

		phone.a.Unblock(bobJID)
		alice.until("nobody blocked", func() bool { return alice.entries() == nil })
		withBob := alice.open(bobJID)
		alice.a.Send(withBob, "speak, then")
		bob.until("the line", func() bool { return bob.has(withAlice, "speak, then", store.Received) })
		bob.a.Send(withAlice, "thank you")
		wait(alice, "the notification", func(e session.Incoming) bool { return e.Chat == withBob && e.Body == "thank you" })
	})
}
