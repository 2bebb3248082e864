package session_test

import (
	"slices"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// newClient starts a client for an account of a real server.
func newClient(t *testing.T, s *realserver.Server, user string, direct bool) *client {
	t.Helper()
	return openClient(t, s, user, direct, t.TempDir())
}

func openClient(t *testing.T, s *realserver.Server, user string, direct bool, dir string) *client {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	jid := user + "@" + realserver.Domain
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: jid, Host: "127.0.0.1", Port: s.Port, CAFile: s.CAFile}}
	if direct {
		cfg.Accounts[0].Port, cfg.Accounts[0].TLS = s.Direct, "direct"
	}
	c := session.New(session.Options{Store: st, Config: cfg, Version: "test", Passwords: map[string]string{jid: realserver.Password}})
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); _ = st.Close() })
	return &client{t: t, c: c, a: c.Accounts()[0], st: st, box: c.Subscribe()}
}

const (
	aliceJID = "alice@" + realserver.Domain
	bobJID   = "bob@" + realserver.Domain
	roomJID  = "tea@" + realserver.Rooms
)

// TestRealServers is the main job: log in, become contacts, talk, keep it.
func TestRealServers(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		dir := t.TempDir()
		alice, bob := openClient(t, s, "alice", true, dir), newClient(t, s, "bob", false)
		alice.online()
		bob.online()

		// Become contacts: alice asks, bob says yes and asks back.
		alice.a.AddContact(bobJID, "Bob Ross", []string{"Friends"})
		bob.until("alice's request", func() bool {
			list, err := bob.st.Requests(t.Context())
			return err == nil && len(list) == 1 && list[0].JID == aliceJID
		})
		bob.a.Approve(aliceJID)
		bob.a.AddContact(aliceJID, "", nil)
		alice.until("bob's request", func() bool { list, err := alice.st.Requests(t.Context()); return err == nil && len(list) == 1 })
		alice.a.Approve(bobJID)
		alice.until("both subscriptions", func() bool {
			list, err := alice.st.Roster(t.Context(), alice.a.ID())
			return err == nil && len(list) == 1 && list[0].Subscription == "both" && list[0].Name == "Bob Ross" && slices.Equal(list[0].Groups, []string{"Friends"})
		})
		bob.until("both subscriptions", func() bool {
			list, err := bob.st.Roster(t.Context(), bob.a.ID())
			return err == nil && len(list) == 1 && list[0].Subscription == "both"
		})

		// Presence with text.
		bob.a.SetPresence(session.Presence{Show: session.Busy, Text: "painting trees", Priority: 5})
		wait(alice, "bob busy", func(e session.PresenceChanged) bool {
			return e.JID == bobJID && len(e.Resources) == 1 && e.Resources[0].Presence == session.Presence{Show: session.Busy, Text: "painting trees", Priority: 5}
		})

		// Talk both ways, with receipts.
		withBob, withAlice := alice.open(bobJID), bob.open(aliceJID)
		alice.a.Send(withBob, "hello <bob> & 'friends'\nsecond line")
		bob.until("hello", func() bool { return bob.has(withAlice, "hello <bob> & 'friends'\nsecond line", store.Received) })
		alice.until("the receipt", func() bool { return alice.has(withBob, "hello <bob> & 'friends'\nsecond line", store.Delivered) })
		bob.a.Composing(withAlice, true)
		wait(alice, "bob typing", func(e session.TypingChanged) bool {
			return e.Chat == withBob && len(e.Who) == 1 && e.Who[0] == "Bob Ross"
		})
		bob.a.Send(withAlice, "hello alice 👩‍🎨")
		alice.until("the answer", func() bool { return alice.has(withBob, "hello alice 👩‍🎨", store.Received) })

		// A room.
		alice.a.Join(roomJID, "alice", "")
		wait(alice, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined })
		wait(alice, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		bob.a.Join(roomJID, "bob", "")
		inRoom := wait(bob, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined && e.Occupants == 2 }).Chat
		aliceRoom := alice.open(roomJID)
		alice.a.Send(aliceRoom, "bob: tea?")
		bob.until("tea", func() bool {
			return slices.ContainsFunc(bob.rows(inRoom), func(m store.Message) bool { return m.Body == "bob: tea?" && m.Nick == "alice" && m.Mention })
		})
		alice.until("the reflection", func() bool { return alice.has(aliceRoom, "bob: tea?", store.Sent) })
		bob.a.SetSubject(inRoom, "biscuits")
		if s.Name == "ejabberd" { // Prosody's rooms let only moderators do that
			wait(alice, "the subject", func(e session.RoomChanged) bool { return e.Subject == "biscuits" })
		}
		bob.a.ChangeNick(inRoom, "robert")
		wait(bob, "the nick", func(e session.RoomChanged) bool { return e.Nick == "robert" })
		occupants, err := alice.a.Occupants(t.Context(), roomJID)
		if err != nil || len(occupants) != 2 {
			t.Errorf("got occupants %+v (%v), want alice and robert", occupants, err)
		}

		// Everything is there without a server.
		before := alice.rows(withBob)
		alice.c.Close()
		if err := alice.st.Close(); err != nil {
			t.Fatal(err)
		}
		s.Stop()
		alice = openClient(t, s, "alice", true, dir)
		wait(alice, "a clear word", func(e session.AccountChanged) bool { return e.Problem != nil && e.Problem.Code == "refused" })
		after := alice.rows(withBob)
		if len(after) != len(before) || len(before) != 2 || after[0].State != store.Delivered {
			t.Errorf("got %d rows %+v, want the %d from before", len(after), after, len(before))
		}
		// A line typed meanwhile waits on the disk and goes when the server is back.
		withBob = alice.open(bobJID)
		alice.a.Send(withBob, "are you there?")
		alice.until("queued", func() bool { return alice.has(withBob, "are you there?", store.Queued) })
		s.Start(t)
		bob.until("the late line", func() bool { return bob.has(withAlice, "are you there?", store.Received) })
		alice.until("the late receipt", func() bool { return alice.has(withBob, "are you there?", store.Delivered) })
	})
}

// TestWrongPassword: one clear word, a question, and no second try by itself.
func TestWrongPassword(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		cfg := store.DefaultConfig()
		cfg.Accounts = []store.AccountConfig{{JID: aliceJID, Host: "127.0.0.1", Port: s.Port, CAFile: s.CAFile}}
		c := session.New(session.Options{Store: st, Config: cfg, Passwords: map[string]string{aliceJID: "wrong"}})
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(); _ = st.Close() })
		cl := &client{t: t, c: c, a: c.Accounts()[0], st: st, box: c.Subscribe()}
		p := wait(cl, "the question", func(e session.Prompt) bool { return e.Kind == session.AskPassword && e.Problem.Code == "auth-failed" })
		cl.a.Reply(p.ID, session.Reply{Password: realserver.Password})
		cl.online()
	})
}
