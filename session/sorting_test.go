package session_test

import (
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session/demo"
	"sotto/store"
)

// TestOrderIsAskedUntilItIsTold: an archive that does not say in which order two
// lines came is asked again over the next link.
func TestOrderIsAskedUntilItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemo(t, "alice", "bob")
		s.Befriend("alice", "bob", "Bob")
		bob := s.Script("bob")
		s.SetFaults(demo.Faults{AckDelay: 2 * time.Second})
		alice := login(t, s, "alice")
		chat := alice.open(bob.JID().Bare().String())
		s.SetArchives(demo.ArchiveFaults{Silent: true})
		bob.GoOffline() // nobody acknowledges it but the server
		alice.a.Send(chat, "first")
		alice.until("it on the server", func() bool { return slices.Contains(s.Archived(alice.a.JID()), "first") })
		bob.Say(alice.a.JID(), "second")
		said := func() (bodies []string) {
			for _, m := range speech(alice.rows(chat)) {
				bodies = append(bodies, m.Body)
			}
			return bodies
		}
		alice.until("both, the answer in front", func() bool {
			return slices.Equal(said(), []string{"second", "first"}) && alice.has(chat, "first", store.Sent)
		})
		time.Sleep(5 * time.Minute)
		s.SetArchives(demo.ArchiveFaults{Page: 1})
		s.SetFaults(demo.Faults{RefuseResume: true})
		s.CutAll(demo.CutReset)
		alice.until("the order of the archive", func() bool { return slices.Equal(said(), []string{"first", "second"}) })
	})
}

// TestHalfKnownOrder: what a resumption replayed out of order is in order, and known to
// be all, also when the link breaks, for good, at any moment while the archive tells.
func TestHalfKnownOrder(t *testing.T) {
	for _, first := range []string{"0", ""} {
		for after := time.Duration(0); after < 8*time.Second; after += 250 * time.Millisecond {
			t.Run(first+after.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { halfKnown(t, first, after) })
			})
		}
	}
}

// halfKnown cuts the link so long after a resumption. first is in the archive before;
// "": it has nothing.
func halfKnown(t *testing.T, first string, after time.Duration) {
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	var want []string
	if first != "" {
		s.Past("bob", "alice", first, time.Now().Add(-time.Hour))
		want = append(want, first)
	}
	bob := s.Script("bob")
	alice := login(t, s, "alice")
	chat := alice.open(bob.JID().Bare().String())
	said := func() (bodies []string) {
		for _, m := range speech(alice.rows(chat)) {
			bodies = append(bodies, m.Body)
		}
		return bodies
	}
	alice.until("the first", func() bool { return len(said()) == len(want) })
	s.SetArchives(demo.ArchiveFaults{Page: 1})
	s.SetFaults(demo.Faults{Shuffle: true, SlowBytes: 1000, SlowTick: time.Second})
	for i := range 5 {
		want = append(want, strconv.Itoa(i+1))
		bob.Say(alice.a.JID(), want[len(want)-1])
	}
	s.CutAll(demo.CutReset) // what is on its way comes again, and nothing says when it came first
	alice.until("all", func() bool { return len(said()) == len(want) })
	time.Sleep(after)
	s.SetFaults(demo.Faults{RefuseResume: true})
	s.CutAll(demo.CutReset)
	time.Sleep(time.Minute)
	if got := said(); !slices.Equal(got, want) {
		t.Errorf("stand in the order %v", got)
	}
	c, err := alice.st.Coverage(t.Context(), chat)
	if err != nil || !c.Known || len(c.Gaps) > 0 {
		t.Errorf("known is %+v (%v)", c, err)
	}
}

// TestSilentArchiveIsAskedAgain: what was missed comes without a key once the
// archive speaks again.
func TestSilentArchiveIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemo(t, "alice", "bob")
		s.Befriend("alice", "bob", "Bob")
		s.SetArchives(demo.ArchiveFaults{Silent: true})
		s.Past("bob", "alice", "while you were away", time.Now().Add(-time.Hour))
		alice := login(t, s, "alice")
		time.Sleep(time.Minute)
		s.SetArchives(demo.ArchiveFaults{})
		time.Sleep(5 * time.Minute)
		chat := alice.open("bob@" + s.Domain())
		alice.until("what was missed", func() bool {
			return slices.ContainsFunc(alice.rows(chat), func(m store.Message) bool { return m.Body == "while you were away" })
		})
	})
}

// TestEmptyArchiveBegins: an account that had nothing in its archive knows, after
// a resumption, that it has all of it.
func TestEmptyArchiveBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemo(t, "alice", "bob")
		s.Befriend("alice", "bob", "Bob")
		bob := s.Script("bob")
		alice := login(t, s, "alice")
		chat := alice.open(bob.JID().Bare().String())
		s.CutAll(demo.CutReset)
		bob.Say(alice.a.JID(), "first")
		bob.Say(alice.a.JID(), "second")
		known := func() (store.Coverage, int) {
			c, err := alice.st.Coverage(t.Context(), chat)
			if err != nil {
				t.Fatal(err)
			}
			return c, len(speech(alice.rows(chat)))
		}
		alice.until("both, and that nothing is missing", func() bool {
			c, n := known()
			return n == 2 && c.Known && c.Oldest && len(c.Gaps) == 0
		})
		bob.Say(alice.a.JID(), "third")
		alice.until("the third, and nothing missing", func() bool {
			c, n := known()
			return n == 3 && c.Known && c.Oldest && len(c.Gaps) == 0
		})
	})
}

// TestEmptyArchiveIsFollowed: what was said while we were away is read, as news, also
// where the archive had nothing when we left, and says falsely that a page is all.
func TestEmptyArchiveIsFollowed(t *testing.T) {
	for name, f := range map[string]demo.ArchiveFaults{"well": {}, "false": {FalseComplete: true}, "a page": {Page: 200}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &away{s: newDemo(t, "alice", "bob"), dir: t.TempDir()}
				a.s.Befriend("alice", "bob", "Bob")
				a.s.SetArchives(f)
				a.start(t)
				time.Sleep(time.Second)
				a.stop(t)
				a.talk(120, time.Second)
				a.start(t)
				a.until("what was said, and that it is all", func() bool {
					c := a.coverage()
					return len(a.lines()) == len(a.want) && c.Known && c.Oldest && len(c.Gaps) == 0
				})
				a.whole()
				if n := a.withBob().Unread; n != len(a.want) {
					t.Errorf("%d of %d are unread", n, len(a.want))
				}
				a.stop(t)
			})
		})
	}
}

// TestLateLinesComeFirst: where lines that waited came before anything was read of the
// archive, more than a page of them, it is read down to the first.
func TestLateLinesComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemo(t, "alice", "bob")
		s.Befriend("alice", "bob", "Bob")
		s.Past("bob", "alice", "of old", time.Now().Add(-time.Hour))
		bob := s.Script("bob")
		s.SetArchives(demo.ArchiveFaults{Silent: true})
		alice := login(t, s, "alice")
		chat := alice.open(bob.JID().Bare().String())
		s.CutAll(demo.CutReset)
		time.Sleep(10 * time.Millisecond)
		for i := range 120 {
			bob.Say(alice.a.JID(), strconv.Itoa(i))
		}
		alice.until("all", func() bool { return len(speech(alice.rows(chat))) == 120 })
		s.SetArchives(demo.ArchiveFaults{})
		time.Sleep(5 * time.Minute)
		c, err := alice.st.Coverage(t.Context(), chat)
		if err != nil || !c.Known || len(c.Gaps) > 0 {
			t.Errorf("known is %+v (%v)", c, err)
		}
		if n := len(speech(alice.rows(chat))); n < 120 {
			t.Errorf("%d lines are here", n)
		}
	})
}

// TestLineBehindTheNewestPage: a line of ours that an archive names after a broken
// link stands behind what its newest page brought, however soon after that it came.
func TestLineBehindTheNewestPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := leave(t, 0)
		time.Sleep(time.Second)
		a.talk(20, 10*time.Millisecond)
		a.start(t)
		a.until("what was missed", func() bool { return len(a.lines()) == len(a.want) })
		synctest.Wait()
		a.s.SetFaults(demo.Faults{AckDelay: 5 * time.Second})
		a.s.CutAll(demo.CutReset)
		a.a.Send(a.withBob().ID, "mine")
		a.want = append(a.want, "mine")
		a.until("my line on the server", func() bool {
			return a.has(a.withBob().ID, "mine", store.Sent) || a.has(a.withBob().ID, "mine", store.Delivered)
		})
		a.whole()
		a.stop(t)
	})
}
