package session_test

import (
	"slices"
	"strings"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestTalkOnRealServers: two people correct, answer, react and take back; a new
// device of one of them has the same from the archive.
func TestTalkOnRealServers(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
		alice.online()
		bob.online()
		withBob, withAlice := alice.open(bobJID), bob.open(aliceJID)
		row := func(cl *client, chat store.ChatID, body string) (m store.Message) {
			t.Helper()
			cl.until("the line "+body, func() bool {
				list := cl.rows(chat)
				i := slices.IndexFunc(list, func(m store.Message) bool { return m.Body == body && (!m.Outgoing || m.State >= store.Sent) })
				if i >= 0 {
					m = list[i]
				}
				return i >= 0
			})
			return m
		}
		same := func(cl *client, chat store.ChatID, what string, want ...string) {
			t.Helper()
			cl.until(what, func() bool { return slices.Equal(cl.talk(chat), want) })
		}

		alice.a.Send(withBob, "shall we meat?")
		m := row(alice, withBob, "shall we meat?")
		alice.a.Edit(m.ID, "shall we met?")
		alice.a.Edit(m.ID, "shall we meet?")
		seen := row(bob, withAlice, "shall we meet?")
		bob.a.React(seen.ID, []string{"👍", "🎉"})
		bob.a.ToggleReaction(seen.ID, "🎉")
		bob.a.SendReply(withAlice, "gladly", seen.ID)
		alice.until("the answer", func() bool { return len(alice.talk(withBob)) == 2 })
		alice.a.Send(withBob, "my password is …")
		alice.a.Retract(row(alice, withBob, "my password is …").ID)
		same(alice, withBob, "all at alice", `own "shall we meet?" edited 👍1`, `[re "shall we meet?"] "gladly"`, `own "" retract`)
		same(bob, withAlice, "all at bob", `"shall we meet?" edited 👍1`, `[re "shall we meet?"] own "gladly"`, `"" retract`)
		alice.until("an empty outbox", func() bool {
			list, err := alice.st.Outbox(t.Context(), alice.a.ID())
			return err == nil && len(list) == 0
		})

		alice.a.Join(roomJID, "alice", "")
		wait(alice, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		bob.a.Join(roomJID, "bob", "")
		inRoom := wait(bob, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined && e.Occupants == 2 }).Chat
		aliceRoom := alice.open(roomJID)
		alice.a.Send(aliceRoom, "tae?")
		alice.a.Edit(row(alice, aliceRoom, "tae?").ID, "tea?")
		seen = row(bob, inRoom, "tea?")
		bob.a.SendReply(inRoom, "yes", seen.ID)
		bob.a.ToggleReaction(seen.ID, "🍵")
		want := []string{`own <alice> "tea?" edited 🍵1`, `[re "tea?"] <bob> "yes"`}
		same(alice, aliceRoom, "the room at alice", want...)
		alice.a.Retract(row(alice, aliceRoom, "tea?").ID)
		same(bob, inRoom, "the room at bob", `<alice> "" retract`, `[re gone] own <bob> "yes"`)

		// Another device of hers, with nothing on its disk.
		other := newClient(t, s, "alice", true)
		other.online()
		withBob = other.open(bobJID)
		same(other, withBob, "all from the archive", `own "shall we meet?" edited 👍1`, `[re "shall we meet?"] "gladly"`, `own "" retract`)
		for _, m := range other.rows(withBob) {
			x, err := other.c.Inspect(t.Context(), m.ID)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(m.Body, "shall") && len(x.Versions) != 3 {
				t.Errorf("%s: got versions %+v", s.Name, x.Versions)
			}
		}
	})
}
