package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestCatchUp: what was said while the program was not running, by others and
// from another device of ours, is there after the start: once, in order, with
// true counts; in rooms too.
func TestCatchUp(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		dir := t.TempDir()
		bob := newClient(t, s, "bob", true)
		bob.online()
		alice := openClient(t, s, "alice", true, dir)
		alice.online()
		withBob, withAlice := alice.open(bobJID), bob.open(aliceJID)
		bob.a.Join(roomJID, "bob", "")
		room := wait(bob, "bob's room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined }).Chat
		wait(bob, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		alice.a.Join(roomJID, "alice", "")
		aliceRoom := wait(alice, "alice's room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined }).Chat
		bob.a.Send(withAlice, "one")
		bob.a.Send(room, "r one")
		alice.until("one", func() bool {
			return alice.has(withBob, "one", store.Received) && alice.has(aliceRoom, "r one", store.Received)
		})
		for _, chat := range []store.ChatID{withBob, aliceRoom} {
			rows := alice.rows(chat)
			alice.a.MarkRead(chat, rows[len(rows)-1].Ord)
		}
		alice.until("read", func() bool { c, err := alice.st.Chat(t.Context(), withBob); return err == nil && c.Unread == 0 })
		alice.c.Close()
		if err := alice.st.Close(); err != nil {
			t.Fatal(err)
		}

		// Meanwhile: more than a page, an answer from another device, more.
		phone := newClient(t, s, "alice", false)
		phone.online()
		phoneBob := phone.open(bobJID)
		var want []string
		say := func(from *client, chat store.ChatID, to *client, there store.ChatID, body string) {
			from.a.Send(chat, body)
			to.until(body, func() bool { return to.has(there, body, store.Received) })
		}
		want = append(want, "one")
		for i := range 120 {
			body := fmt.Sprint("while away ", i)
			want = append(want, body)
			bob.a.Send(withAlice, body)
		}
		bob.until("all sent", func() bool {
			return bob.has(withAlice, "while away 119", store.Sent) || bob.has(withAlice, "while away 119", store.Delivered)
		})
		say(phone, phoneBob, bob, withAlice, "from the phone")
		want = append(want, "from the phone")
		for i := range 3 {
			body := fmt.Sprint("afterwards ", i)
			want = append(want, body)
			say(bob, withAlice, phone, phoneBob, body)
			bob.a.Send(room, "r "+body)
			bob.until("said", func() bool { return bob.has(room, "r "+body, store.Sent) })
		}
		phone.c.Close()

		last := ""
		for start := range 2 {
			alice = openClient(t, s, "alice", true, dir)
			alice.online()
			alice.until("everything", func() bool {
				var got []string
				for _, m := range alice.rows(withBob) {
					got = append(got, m.Body)
				}
				if len(got) > len(want) {
					t.Fatalf("something came twice: %v", got)
				}
				if strings.Join(got, "|") != last {
					last = strings.Join(got, "|")
					t.Logf("start %d: %d rows: %q", start, len(got), got)
				}
				return slices.Equal(got, want)
			})
			alice.until("the room's lines", func() bool {
				var got []string
				for _, m := range alice.rows(aliceRoom) {
					if m.Kind == store.Text {
						got = append(got, m.Body)
					}
				}
				return strings.Join(got, ",") == "r one,r afterwards 0,r afterwards 1,r afterwards 2"
			})
			alice.until("the counts", func() bool {
				c, err := alice.st.Chat(t.Context(), withBob)
				r, err2 := alice.st.Chat(t.Context(), aliceRoom)
				return err == nil && err2 == nil && c.Unread == 3 && r.Unread == 3
			})
			alice.c.Close()
			if err := alice.st.Close(); err != nil {
				t.Fatal(start, err)
			}
		}
	})
}

// TestNewAccountCatchesUp: also who left when the archive had nothing yet has all that
// another device was told meanwhile, unread.
func TestNewAccountCatchesUp(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		dir := t.TempDir()
		alice := openClient(t, s, "alice", true, dir)
		alice.online()
		withBob := alice.open(bobJID)
		alice.until("the archive read", func() bool {
			list, err := alice.st.Ranges(t.Context(), alice.a.ID(), alice.a.JID(), "")
			return err == nil && len(list) == 1
		})
		alice.c.Close()
		if err := alice.st.Close(); err != nil {
			t.Fatal(err)
		}
		phone, bob := newClient(t, s, "alice", false), newClient(t, s, "bob", true)
		phone.online()
		bob.online()
		phoneBob, withAlice := phone.open(bobJID), bob.open(aliceJID)
		var want []string
		for i := range 120 {
			want = append(want, fmt.Sprint("while away ", i))
			bob.a.Send(withAlice, want[i])
		}
		phone.until("all", func() bool { return phone.has(phoneBob, want[119], store.Received) })

		alice = openClient(t, s, "alice", true, dir)
		alice.online()
		alice.until("everything, unread", func() bool {
			var got []string
			for _, m := range alice.rows(withBob) {
				got = append(got, m.Body)
			}
			c, err := alice.st.Chat(t.Context(), withBob)
			cov, err2 := alice.st.Coverage(t.Context(), withBob)
			return slices.Equal(got, want) && err == nil && c.Unread == len(want) && err2 == nil && cov.Known && cov.Oldest && len(cov.Gaps) == 0
		})
	})
}
