package session_test

import (
	"slices"
	"syscall"
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

// TestWrongClockWithoutTheDisk: what came while the disk was full takes its place by
// the server's clock, so that what the archive brings later stands around it.
func TestWrongClockWithoutTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemo(t, "alice", "bob")
		s.Befriend("alice", "bob", "Bob")
		behind := func() time.Time { return time.Now().Add(-36 * time.Hour) }
		var d disk
		st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Now: behind, At: d.at})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		opt := optionsFor(s, "alice")
		opt.Store, opt.Now = st, behind
		alice := run(t, opt, at(s, "alice"))
		alice.online()
		synctest.Wait()
		bob := s.Script("bob")
		chat := alice.open(bob.JID().Bare().String())
		d.refuse(syscall.ENOSPC)
		bob.Say(alice.a.JID(), "while it was full")
		alice.refused("disk-full")
		near := func(m store.Message) bool { return time.Since(time.UnixMicro(m.Ord)).Abs() < time.Hour }
		alice.until("the line", func() bool { return slices.Equal(alice.unsaved(chat), []string{"while it was full"}) })
		if m := alice.c.Unsaved(t.Context(), alice.a.ID(), chat)[0]; !near(m) {
			t.Errorf("in memory it stands at %v", time.UnixMicro(m.Ord))
		}
		d.mend()
		alice.savedAgain()
		if rows := speech(alice.rows(chat)); len(rows) != 1 || !near(rows[0]) {
			t.Errorf("on the disk stands %+v", rows)
		}
		alice.c.Close()
	})
}
