package session_test

import (
	"testing"
	"time"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestPinOnRealServers: a room that is pinned and muted on one device is so on
// another; a person stays a matter of this device, and of its disk.
func TestPinOnRealServers(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		here, there := newClient(t, s, "alice", true), newClient(t, s, "alice", true)
		here.online()
		there.online()
		here.a.Join(roomJID, "alice", "")
		wait(here, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		for _, cl := range []*client{here, there} {
			cl.until("the bookmark", func() bool {
				list, err := cl.a.Bookmarks(t.Context())
				return err == nil && len(list) == 1 && !list[0].Pending && list[0].Autojoin
			})
		}
		room := func(cl *client, what string, pinned bool, rule string) {
			t.Helper()
			cl.until(what, func() bool { c := cl.chat(store.Room, roomJID); return c.Pinned == pinned && c.Notify == rule })
		}
		id := here.chat(store.Room, roomJID).ID
		here.a.Pin(id, true)
		here.a.SetNotify(id, store.NotifyNone, time.Time{})
		room(there, "pin and rule", true, store.NotifyNone)
		there.a.Pin(there.chat(store.Room, roomJID).ID, false)
		room(here, "no pin any more", false, store.NotifyNone)
		there.a.SetNotify(there.chat(store.Room, roomJID).ID, store.NotifyAll, time.Time{})
		room(here, "the other rule", false, store.NotifyAll)

		bob := here.open(bobJID)
		here.a.Pin(bob, true)
		here.until("bob in front", func() bool {
			list, _, err := here.st.Chats(t.Context())
			return err == nil && len(list) == 2 && list[0].JID == bobJID && list[0].Pinned
		})
	})
}
