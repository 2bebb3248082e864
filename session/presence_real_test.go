package session_test

import (
	"testing"
	"time"

	"sotto/internal/realserver"
	"sotto/session"
)

// TestRealPresences: with real servers one person alone is told, a broadcast does
// not overwrite it, it ends by itself, who comes is told once, and who may not see
// us any more does not.
func TestRealPresences(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", false)
		alice.online()
		bob.online()
		alice.a.AddContact(bobJID, "", nil)
		asked := func(cl *client) func() bool {
			return func() bool { list, err := cl.st.Requests(t.Context()); return err == nil && len(list) == 1 }
		}
		bob.until("alice's request", asked(bob))
		bob.a.Approve(aliceJID)
		bob.a.AddContact(aliceJID, "", nil)
		alice.until("bob's request", asked(alice))
		alice.a.Approve(bobJID)
		mutual := func(cl *client) func() bool {
			return func() bool {
				list, err := cl.st.Roster(t.Context(), cl.a.ID())
				return err == nil && len(list) == 1 && list[0].Subscription == "both"
			}
		}
		alice.until("both subscriptions", mutual(alice))
		bob.until("both subscriptions", mutual(bob))
		sees := func(cl *client, jid string, want session.Show) {
			t.Helper()
			wait(cl, jid+" "+string(want), func(e session.PresenceChanged) bool {
				if want == session.Unavailable {
					return e.JID == jid && len(e.Resources) == 0
				}
				return e.JID == jid && len(e.Resources) == 1 && e.Resources[0].Presence.Show == want
			})
		}
		alice.a.SendPresence(bobJID, &session.Presence{Show: session.Busy}, time.Time{})
		sees(bob, aliceJID, session.Busy)
		alice.a.SetPresence(session.Presence{Show: session.Away})
		sees(bob, aliceJID, session.Busy) // told again behind the broadcast
		alice.a.SendPresence(bobJID, &session.Presence{Show: session.ExtAway}, time.Now().Add(500*time.Millisecond))
		sees(bob, aliceJID, session.Busy) // it ended
		alice.a.SendPresence(bobJID, nil, time.Time{})
		sees(bob, aliceJID, session.Away)

		alice.a.Alert(bobJID, true)
		wait(alice, "the alert", func(e session.AlertsChanged) bool { return len(e.JIDs) == 1 })
		bob.a.Disconnect()
		sees(alice, bobJID, session.Unavailable)
		bob.a.Connect()
		if came := wait(alice, "bob", func(session.Came) bool { return true }); came.JID != bobJID {
			t.Errorf("%s came", came.JID)
		}
		sees(bob, aliceJID, session.Away)
		alice.a.Deny(bobJID)
		sees(bob, aliceJID, session.Unavailable)
	})
}
