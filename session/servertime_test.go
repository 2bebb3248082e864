package session_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// TestWrongClockOverASlowLink: a machine whose clock is days ahead, on a link that
// answers after four seconds and more, still asks a room without an archive for what was
// said while it was away.
func TestWrongClockOverASlowLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := demo.NewServer(demo.Options{NoRoomArchive: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		s.AddUser("alice", password)
		s.SetFaults(demo.Faults{Plain: true})
		room := s.OpenRoom("tea", "Tea", "").JID()
		carol := s.Script("carol")
		carol.Presence("", "")
		carol.Join(room, "carol")
		ahead := func() time.Time { return time.Now().Add(36 * time.Hour) }
		st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Now: ahead})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		start := func(line *demo.Line) *client {
			opt := optionsFor(s, "alice")
			opt.Store, opt.Dial, opt.Now = st, line.Dial, ahead
			return run(t, opt, at(s, "alice"))
		}
		alice := start(s.NewLine(1))
		alice.online()
		alice.a.Join(room, "", "")
		chat := wait(alice, "the room", func(e session.RoomChanged) bool { return e.Joined }).Chat
		alice.c.Close()
		s.Stop()
		alice = start(s.NewLine(1))
		alice.a.Send(chat, "here") // and bears the time of the wrong clock
		alice.until("the line taken", func() bool { return alice.has(chat, "here", store.Queued) })
		s.Start()
		carol.Join(room, "carol")
		alice.a.Connect()
		alice.until("the line said", func() bool { return alice.has(chat, "here", store.Sent) })
		alice.c.Close()

		time.Sleep(time.Hour)
		carol.SayRoom(room, "while you were away")
		time.Sleep(time.Hour)
		slow := s.NewLine(2)
		slow.Delay(2100*time.Millisecond, 2100*time.Millisecond)
		alice = start(slow)
		alice.online()
		alice.until("what was said meanwhile", func() bool {
			return slices.ContainsFunc(alice.rows(chat), func(m store.Message) bool { return m.Body == "while you were away" })
		})
	})
}
