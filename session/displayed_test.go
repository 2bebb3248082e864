package session_test

import (
	"fmt"
	"slices"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

const nsShown = "urn:xmpp:mds:displayed:0"

// shownItem tells what an account keeps of a chat; "": nothing.
func shownItem(s *demo.Server, user, chat string) string {
	items, access := s.Items(user, nsShown)
	for _, i := range items {
		if i.Attr("id") == chat {
			x := i.Child(nsShown, "displayed").Child("urn:xmpp:sid:0", "stanza-id")
			return x.Attr("id") + " by " + x.Attr("by") + ", " + access
		}
	}
	return ""
}

// named is how the archive calls the message with these words.
func (cl *client) named(chat store.ChatID, body, by string) (name string) {
	cl.t.Helper()
	for _, m := range cl.rows(chat) {
		if m.Body != body {
			continue
		}
		x, err := cl.c.Inspect(cl.t.Context(), m.ID)
		if err != nil {
			cl.t.Fatal(err)
		}
		for _, r := range x.Refs {
			if r.By == by {
				return r.Value
			}
		}
	}
	return ""
}

func (cl *client) unread(kind store.ChatKind, jid string, n int) {
	cl.t.Helper()
	cl.until(fmt.Sprintf("%d unread of %s", n, jid), func() bool { c := cl.chat(kind, jid); return c.ID != 0 && c.Unread == n })
}

// ord is the place of the message with these words.
func (cl *client) ord(chat store.ChatID, body string) int64 {
	cl.t.Helper()
	for _, m := range cl.rows(chat) {
		if m.Body == body {
			return m.Ord
		}
	}
	cl.t.Fatalf("there is no %q", body)
	return 0
}

// greeted waits until the server has all that was sent before, presence too.
func (cl *client) greeted(jid string) {
	cl.t.Helper()
	chat := cl.open(jid)
	id, _ := cl.a.Send(chat, "hello")
	cl.until("the line on the server", func() bool {
		return slices.ContainsFunc(cl.rows(chat), func(m store.Message) bool { return m.LocalID == id && m.State >= store.Sent })
	})
}

// TestShownOnAnotherDevice: what one device showed is read on the other, only ever
// forward, and only from our own account.
func TestShownOnAnotherDevice(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "")
	aliceJID, bobJID := "alice@"+s.Domain(), "bob@"+s.Domain()
	here, there := login(t, s, "alice"), login(t, s, "alice")
	bob := s.Script("bob")
	here.greeted(bobJID)
	there.greeted(bobJID)
	for _, words := range []string{"one", "two", "three"} {
		bob.Say(aliceJID, words)
	}
	here.unread(store.Direct, bobJID, 3)
	there.unread(store.Direct, bobJID, 3)
	c := here.chat(store.Direct, bobJID)
	here.a.MarkRead(c.ID, here.ord(c.ID, "two"))
	there.unread(store.Direct, bobJID, 1)
	want := here.named(c.ID, "two", aliceJID) + " by " + aliceJID + ", whitelist"
	if got := shownItem(s, "alice", bobJID); got != want {
		t.Errorf("the server has %q, want %q", got, want)
	}
	// The other goes on from there.
	c2 := there.chat(store.Direct, bobJID)
	there.a.MarkRead(c2.ID, c2.LastOrd)
	here.unread(store.Direct, bobJID, 0)

	tell := func(item, id, by string) {
		s.Publish("alice", nsShown, "whitelist", item, wire.New(nsShown, "displayed").Add(wire.New("urn:xmpp:sid:0", "stanza-id").Set("by", by).Set("id", id)))
	}
	// An older state is no news, nor one by somebody else, nor nonsense.
	tell(bobJID, here.named(c.ID, "one", aliceJID), aliceJID)
	bob.Say(aliceJID, "four")
	here.unread(store.Direct, bobJID, 1)
	tell(bobJID, here.named(c.ID, "four", aliceJID), bobJID)
	tell("nobody@example.org", "x", aliceJID)
	s.Publish("alice", nsShown, "whitelist", bobJID, wire.New("urn:other", "displayed"))
	tell("@/", "x", aliceJID)
	bob.Say(aliceJID, "five")
	here.unread(store.Direct, bobJID, 2)
	tell(bobJID, here.named(c.ID, "four", aliceJID), aliceJID)
	here.unread(store.Direct, bobJID, 1)
	if got := here.chat(store.Direct, "nobody@example.org"); got.ID != 0 {
		t.Error("a chat was made")
	}
}

// TestShownWhileAway: what was shown elsewhere while we were not connected, and what
// was shown here, is told at the next login.
func TestShownWhileAway(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "")
	aliceJID, bobJID := "alice@"+s.Domain(), "bob@"+s.Domain()
	here, there := login(t, s, "alice"), login(t, s, "alice")
	bob := s.Script("bob")
	here.greeted(bobJID)
	there.greeted(bobJID)
	bob.Say(aliceJID, "zero")
	there.unread(store.Direct, bobJID, 1)
	c := there.chat(store.Direct, bobJID)
	there.a.MarkRead(c.ID, c.LastOrd)
	here.until("that it was read there", func() bool { c := here.chat(store.Direct, bobJID); return c.ShownOrd != 0 && c.Unread == 0 })
	there.a.Disconnect()
	wait(there, "offline", func(e session.AccountChanged) bool { return e.Link == session.Offline })
	bob.Say(aliceJID, "one")
	bob.Say(aliceJID, "two")
	here.unread(store.Direct, bobJID, 2)
	c = here.chat(store.Direct, bobJID)
	here.a.Disconnect()
	wait(here, "offline", func(e session.AccountChanged) bool { return e.Link == session.Offline })
	here.a.MarkRead(c.ID, here.ord(c.ID, "one"))
	here.unread(store.Direct, bobJID, 1)
	here.a.Connect()
	want := here.named(c.ID, "one", aliceJID) + " by " + aliceJID + ", whitelist"
	here.until("that it was told", func() bool { return shownItem(s, "alice", bobJID) == want })

	there.a.Connect() // what it missed comes from the archive, how far it was shown from the node
	there.until("both messages", func() bool { return len(there.rows(there.chat(store.Direct, bobJID).ID)) == 5 })
	there.unread(store.Direct, bobJID, 1)
}

// TestShownOnRealServers: two devices of one person, with a person and in a room.
func TestShownOnRealServers(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, here, there := newClient(t, s, "alice", true), newClient(t, s, "bob", true), newClient(t, s, "bob", true)
		for _, cl := range []*client{alice, here, there} {
			cl.online()
		}
		alice.a.AddContact(bobJID, "", nil)
		here.a.AddContact(aliceJID, "", nil)
		for _, cl := range []*client{alice, here, there} {
			cl.until("the roster", func() bool {
				list, err := cl.st.Roster(t.Context(), cl.a.ID())
				return err == nil && len(list) == 1
			})
		}
		chat := alice.open(bobJID)
		alice.a.Send(chat, "one")
		alice.a.Send(chat, "two")
		here.unread(store.Direct, aliceJID, 2)
		there.unread(store.Direct, aliceJID, 2)
		c := here.chat(store.Direct, aliceJID)
		here.a.MarkRead(c.ID, c.LastOrd)
		there.unread(store.Direct, aliceJID, 0)

		alice.a.Join(roomJID, "alice", "")
		wait(alice, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		for _, cl := range []*client{here, there} {
			cl.a.Join(roomJID, "bob", "")
			wait(cl, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined })
		}
		alice.a.Send(alice.open(roomJID), "to all")
		here.unread(store.Room, roomJID, 1)
		there.unread(store.Room, roomJID, 1)
		c = there.chat(store.Room, roomJID)
		there.a.MarkRead(c.ID, c.LastOrd)
		here.unread(store.Room, roomJID, 0)
	})
}
