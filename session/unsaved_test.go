package session_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sotto/internal/sound"
	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// disk is one that can be made to refuse.
type disk struct{ trouble atomic.Pointer[syscall.Errno] }

func (d *disk) refuse(why syscall.Errno) { d.trouble.Store(&why) }
func (d *disk) mend()                    { d.trouble.Store(nil) }

func (d *disk) at(point string) error {
	if why := d.trouble.Load(); why != nil && (point == store.PointBegin || point == store.PointCommit || point == store.PointProbe) {
		return *why
	}
	return nil
}

// onDisk is run over such a disk.
func onDisk(t testing.TB, d *disk, dir string, opt session.Options, accounts ...store.AccountConfig) *client {
	t.Helper()
	st, err := store.Open(context.Background(), store.Options{Dir: dir, At: d.at})
	if err != nil {
		t.Fatal(err)
	}
	opt.Store = st
	cl := run(t, opt, accounts...)
	t.Cleanup(func() { cl.c.Close(); _ = st.Close() })
	return cl
}

// refused waits until the client says that the disk takes nothing.
func (cl *client) refused(code string) {
	cl.t.Helper()
	wait(cl, "a word about the disk", func(e session.Saving) bool { return !e.OK && e.Problem.Code == code })
}

func (cl *client) savedAgain() session.Saving {
	cl.t.Helper()
	return wait(cl, "the disk", func(e session.Saving) bool { return e.OK })
}

// unsaved are the texts of a chat that stand on no disk.
func (cl *client) unsaved(chat store.ChatID) (all []string) {
	for _, m := range cl.c.Unsaved(context.Background(), cl.a.ID(), chat) {
		if !m.ID.Unsaved() {
			cl.t.Errorf("%q has the number of a stored message", m.Body)
		}
		all = append(all, m.Body)
	}
	return all
}

// shown finds a chat among those that a screen lists.
func (cl *client) shown(jid string) store.Chat {
	cl.t.Helper()
	list, err := cl.c.Chats(context.Background())
	if err != nil {
		cl.t.Fatal(err)
	}
	for _, c := range list {
		if c.JID == jid {
			return c
		}
	}
	return store.Chat{}
}

func texts(list []store.Message) (all []string) {
	for _, m := range list {
		if m.Kind == store.Text {
			all = append(all, m.Body)
		}
	}
	return all
}

// TestChatGoesOnWithoutTheDisk: what arrives is shown and acknowledged, presence
// and typing go on, what is typed stays with who typed it; with the disk back
// all of it is there, once, and as it was when it came.
func TestChatGoesOnWithoutTheDisk(t *testing.T) {
	for why, code := range map[syscall.Errno]string{syscall.ENOSPC: "disk-full", syscall.EROFS: "disk-read-only"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { goOnWithoutTheDisk(t, why, code) })
		})
	}
}

func goOnWithoutTheDisk(t *testing.T, why syscall.Errno, code string) {
	s := newDemo(t, "alice", "bob", "carol")
	s.Befriend("alice", "bob", "Bob")
	s.Befriend("alice", "carol", "Carol")
	alice := "alice@" + s.Domain()
	var d disk
	dir := t.TempDir()
	cl := onDisk(t, &d, dir, optionsFor(s, "alice"), at(s, "alice"))
	cl.online()
	synctest.Wait()
	bob, carol := s.Script("bob"), s.Script("carol")
	bob.Presence("", "")
	bob.Say(alice, "before")
	withBob := cl.open("bob@" + s.Domain())
	cl.until("the line", func() bool { return cl.has(withBob, "before", store.Received) })
	cl.a.Send(withBob, "mine")
	cl.until("my line there", func() bool { return cl.has(withBob, "mine", store.Delivered) })
	synctest.Wait()

	d.refuse(why)
	bob.Say(alice, "one")
	cl.refused(code)
	began := time.Now()
	cl.until("the line", func() bool { return slices.Equal(cl.unsaved(withBob), []string{"one"}) })
	if waited := time.Since(began); waited > 3*time.Second {
		t.Errorf("it was shown after %v", waited)
	}
	time.Sleep(time.Hour)
	bob.Say(alice, "two")
	carol.Say(alice, "I am new here")
	cl.until("what came", func() bool {
		return slices.Equal(cl.unsaved(withBob), []string{"one", "two"}) && cl.shown("carol@"+s.Domain()).Unread == 1
	})
	if c := cl.shown("bob@" + s.Domain()); c.Unread != 2 || c.ID != withBob {
		t.Errorf("got %+v, want the chat with two unread lines", c)
	}
	withCarol := cl.shown("carol@" + s.Domain()).ID
	if got := cl.unsaved(withCarol); !withCarol.Unsaved() || !slices.Equal(got, []string{"I am new here"}) {
		t.Errorf("chat %d has %q", withCarol, got)
	}
	bob.Presence("dnd", "busy")
	wait(cl, "presence", func(e session.PresenceChanged) bool {
		return len(e.Resources) > 0 && e.Resources[0].Presence.Show == session.Busy
	})
	bob.Compose(alice)
	wait(cl, "typing", func(e session.TypingChanged) bool { return e.Chat == withBob && len(e.Who) == 1 })
	id, _ := cl.a.Send(withBob, "my words")
	if e := wait(cl, "the words back", func(e session.Refused) bool { return e.LocalID == id }); e.Body != "my words" || e.Problem.Code != code {
		t.Errorf("got %+v", e)
	}
	cl.a.SaveDraft(withBob, "my words")
	cl.a.SaveDraft(withCarol, "hello new one")
	rows := cl.c.Unsaved(t.Context(), cl.a.ID(), withBob)
	cl.a.MarkRead(withBob, rows[0].Ord)
	cl.until("the draft", func() bool {
		c := cl.shown("bob@" + s.Domain())
		return c.Draft == "my words" && c.Unread == 1
	})
	if c, err := cl.st.Chat(t.Context(), withBob); err != nil || c.Draft != "" || len(cl.rows(withBob)) != 2 {
		t.Errorf("the disk that takes nothing has %+v (%v)", c, err)
	}

	time.Sleep(time.Hour)
	events[session.Incoming](cl)
	d.mend()
	if e := cl.savedAgain(); e.Kept != 3 {
		t.Errorf("%d stanzas were kept, want 3", e.Kept)
	}
	cl.until("rest", func() bool { synctest.Wait(); return len(cl.st.Dir()) > 0 })
	if got := texts(cl.rows(withBob)); !slices.Equal(got, []string{"before", "mine", "one", "two"}) {
		t.Errorf("got %q", got)
	}
	for i, m := range cl.rows(withBob)[2:] {
		if ago := time.Since(time.UnixMicro(m.Stamp)); ago < time.Duration(2-i)*time.Hour-time.Minute || m.ID.Unsaved() {
			t.Errorf("%q (%d) seems to have come %v ago", m.Body, m.ID, ago)
		}
	}
	c := cl.shown("bob@" + s.Domain())
	if c.Draft != "my words" || c.Unread != 1 {
		t.Errorf("got %+v, want the draft and one unread line", c)
	}
	c = cl.shown("carol@" + s.Domain())
	if got := texts(cl.rows(c.ID)); c.ID.Unsaved() || c.Unread != 1 || c.Draft != "hello new one" || !slices.Equal(got, []string{"I am new here"}) {
		t.Errorf("got %+v with %q", c, got)
	}
	if got := append(cl.unsaved(withBob), cl.unsaved(withCarol)...); len(got) != 0 {
		t.Errorf("still in memory: %q", got)
	}
	if list := events[session.Incoming](cl); len(list) != 0 {
		t.Errorf("what had rung rang again: %+v", list)
	}
	// From here on all is as ever.
	cl.a.Send(withBob, "at last")
	cl.until("my line", func() bool { return cl.has(withBob, "at last", store.Delivered) })
	bob.Say(alice, "three")
	cl.until("the answer", func() bool { return cl.has(withBob, "three", store.Received) })
	// Nor does the archive bring anything twice at the next start.
	cl.c.Close()
	if err := cl.st.Close(); err != nil {
		t.Fatal(err)
	}
	again := onDisk(t, &d, dir, optionsFor(s, "alice"), at(s, "alice"))
	again.online()
	synctest.Wait()
	if got := texts(again.rows(withBob)); !slices.Equal(got, []string{"before", "mine", "one", "two", "at last", "three"}) {
		t.Errorf("got %q", got)
	}
	again.c.Close()
	if err := again.st.Close(); err != nil {
		t.Fatal(err)
	}
	sound.Check(t, dir)
}

// TestMoreThanMemoryTakes: what an archive has is fetched from there; what none
// has waits at the server.
func TestMoreThanMemoryTakes(t *testing.T) {
	const lines, kept = 250, 100
	bodies := func() (all []string) {
		for i := range lines {
			all = append(all, fmt.Sprintf("line %d", i))
		}
		return all
	}()
	full := func(cl *client, chat store.ChatID) bool { return len(cl.unsaved(chat)) == kept }
	t.Run("archive", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newDemo(t, "alice", "bob")
			s.Befriend("alice", "bob", "Bob")
			var d disk
			opt := optionsFor(s, "alice")
			opt.Kept = kept
			cl := onDisk(t, &d, t.TempDir(), opt, at(s, "alice"))
			cl.online()
			synctest.Wait() // what the archive has at the first start is no news
			bob := s.Script("bob")
			bob.Say("alice@"+s.Domain(), "before")
			chat := cl.open("bob@" + s.Domain())
			cl.until("the line", func() bool { return cl.has(chat, "before", store.Received) })
			synctest.Wait()
			d.refuse(syscall.ENOSPC)
			for _, body := range bodies {
				bob.Say("alice@"+s.Domain(), body)
			}
			cl.until("as much as memory takes", func() bool { return full(cl, chat) })
			synctest.Wait()
			if !full(cl, chat) {
				t.Error("memory takes more than it may")
			}
			// The server got its acknowledgements, so the link lives on.
			time.Sleep(time.Hour)
			for _, e := range events[session.AccountChanged](cl) {
				if e.Link != session.Online {
					t.Errorf("the link is in state %d", e.Link)
				}
			}
			d.mend()
			cl.savedAgain()
			want := append([]string{"before"}, bodies...)
			cl.until("the rest from the archive", func() bool {
				list, _, err := cl.st.Page(t.Context(), chat, 0, 5000)
				return err == nil && slices.Equal(texts(list), want)
			})
			cl.until("the count", func() bool { return cl.shown("bob@"+s.Domain()).Unread == len(want) })
			cl.c.Close()
		})
	})
	t.Run("no archive", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer(t)
			var d disk
			opt := p.options()
			opt.Kept = kept
			cl := onDisk(t, &d, t.TempDir(), opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
			cl.online()
			chat := cl.open("bob@example.org")
			d.refuse(syscall.ENOSPC)
			for _, body := range bodies {
				p.sendf("<message type='chat' from='bob@example.org/x' to='%s'><body>%s</body></message>", me, body)
			}
			cl.until("as much as memory takes", func() bool { return full(cl, chat) })
			synctest.Wait()
			if !full(cl, chat) {
				t.Error("memory takes more than it may")
			}
			d.mend()
			cl.savedAgain()
			cl.until("all of it", func() bool {
				list, _, err := cl.st.Page(t.Context(), chat, 0, 5000)
				return err == nil && slices.Equal(texts(list), bodies)
			})
			cl.c.Close()
		})
	})
}

// TestHeldByAnotherProgram: a program that holds the database for longer than
// anybody waits for it, as some backups do.
func TestHeldByAnotherProgram(t *testing.T) {
	t.Parallel()
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	var d disk
	dir := t.TempDir()
	cl := onDisk(t, &d, dir, optionsFor(s, "alice"), at(s, "alice"))
	cl.online()
	chat := cl.open("bob@" + s.Domain())
	other, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sotto.db")+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	backup, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Script("bob").Say("alice@"+s.Domain(), "hi")
	cl.refused("disk-locked")
	cl.until("the line", func() bool { return slices.Equal(cl.unsaved(chat), []string{"hi"}) })
	if err := backup.Rollback(); err != nil {
		t.Fatal(err)
	}
	cl.savedAgain()
	cl.until("the line on disk", func() bool { return slices.Equal(texts(cl.rows(chat)), []string{"hi"}) })
	if got := cl.unsaved(chat); len(got) != 0 {
		t.Errorf("still in memory: %q", got)
	}
}

// TestRoomWithoutTheDisk: rooms go on too, and what is entered and left is so
// afterwards.
func TestRoomWithoutTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDemo(t, "alice", "bob")
		var d disk
		cl := onDisk(t, &d, t.TempDir(), optionsFor(s, "alice"), at(s, "alice"))
		cl.online()
		bob := s.Script("bob")
		room, other := "tea@rooms."+s.Domain(), "milk@rooms."+s.Domain()
		for _, name := range []string{"tea", "milk"} {
			s.OpenRoom(name, "A room", "")
			bob.Join(name+"@rooms."+s.Domain(), "bob")
		}
		cl.a.Join(room, "alice", "")
		chat := wait(cl, "the room", func(e session.RoomChanged) bool { return e.JID == room && e.Joined }).Chat
		bob.SayRoom(room, "before")
		cl.until("the line", func() bool { return cl.has(chat, "before", store.Received) })
		synctest.Wait()
		d.refuse(syscall.ENOSPC)
		bob.SayRoom(room, "alice: one")
		cl.refused("disk-full")
		cl.until("the line", func() bool { return slices.Equal(cl.unsaved(chat), []string{"alice: one"}) })
		if c := cl.shown(room); c.Mentions != 1 {
			t.Errorf("got %+v, want a mention", c)
		}
		cl.a.Join(other, "alice", "")
		wait(cl, "the other room", func(e session.RoomChanged) bool { return e.JID == other && e.Joined })
		bob.SayRoom(other, "welcome")
		cl.until("the welcome", func() bool {
			return slices.Equal(cl.unsaved(cl.shown(other).ID), []string{"welcome"})
		})
		bob.Leave(room)
		wait(cl, "bob gone", func(e session.RoomChanged) bool { return e.JID == room && e.Occupants == 1 })
		bob.Join(room, "bob")
		d.mend()
		cl.savedAgain()
		there := wait(cl, "the room on disk", func(e session.RoomChanged) bool { return e.JID == other && e.Chat != 0 && !e.Chat.Unsaved() }).Chat
		synctest.Wait()
		bob.SayRoom(room, "two")
		cl.until("all lines", func() bool {
			return slices.Equal(texts(cl.rows(chat)), []string{"before", "alice: one", "two"}) && slices.Equal(texts(cl.rows(there)), []string{"welcome"})
		})
		if c := cl.shown(room); c.Mentions != 1 || c.Unread != 3 {
			t.Errorf("got %+v", c)
		}
		rooms, err := cl.st.Rooms(t.Context(), cl.a.ID())
		if err != nil || len(rooms) != 2 || !rooms[0].Autojoin || !rooms[1].Autojoin {
			t.Errorf("got %+v (%v)", rooms, err)
		}
		cl.c.Close()
	})
}

// TestDiskFaultsLoseNothing lets two people talk while the disk of one refuses
// now and then and the connections break, by a seed. What was accepted arrives
// once, what was said is there once.
func TestDiskFaultsLoseNothing(t *testing.T) {
	n := 25
	if os.Getenv("SOTTO_SOAK") != "" {
		n = 500
	}
	for seed := range n {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { talkOverDiskFaults(t, uint64(seed)) })
		})
	}
}

func talkOverDiskFaults(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 9))
	s, err := demo.NewServer(demo.Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, u := range []string{"alice", "bob"} {
		s.AddUser(u, password)
	}
	s.Befriend("alice", "bob", "Bob")
	var d disk
	dir := t.TempDir()
	alice := onDisk(t, &d, dir, optionsFor(s, "alice"), at(s, "alice"))
	alice.online()
	bob := login(t, s, "bob")
	synctest.Wait()
	withBob, withAlice := alice.open("bob@"+s.Domain()), bob.open("alice@"+s.Domain())
	bob.a.Send(withAlice, "bob begins") // until something of an archive is held, what it has is no news
	alice.until("the beginning", func() bool { return alice.has(withBob, "bob begins", store.Received) })
	accepted := map[string]bool{}
	ids := map[string]string{}
	const lines = 25
	look := func() {
		for _, e := range alice.take() {
			if e, ok := e.(session.Accepted); ok {
				accepted[ids[e.LocalID]] = true
			}
		}
	}
	for i := range lines {
		switch rng.IntN(10) {
		case 0, 1:
			d.refuse([]syscall.Errno{syscall.ENOSPC, syscall.EROFS, syscall.EIO}[rng.IntN(3)])
		case 2, 3:
			d.mend()
		case 4:
			s.CutAll(demo.Cut(rng.IntN(4)))
		case 5:
			s.CutAfter("alice", rng.IntN(4000))
		}
		body := fmt.Sprintf("alice %d", i)
		id, _ := alice.a.Send(withBob, body)
		ids[id] = body
		bob.a.Send(withAlice, fmt.Sprintf("bob %d", i))
		switch rng.IntN(3) {
		case 0:
			synctest.Wait()
		case 1:
			time.Sleep(time.Duration(rng.IntN(5000)) * time.Millisecond)
		}
		look()
	}
	d.mend()
	time.Sleep(time.Minute)
	alice.a.Connect()
	bob.a.Connect()
	for _, cl := range []*client{alice, bob} {
		cl.until("an outbox at rest", func() bool {
			look()
			list, err := cl.st.Outbox(t.Context(), cl.a.ID())
			return err == nil && !slices.ContainsFunc(list, func(o store.Out) bool { return o.State != store.OutAsk && o.Message != 0 })
		})
	}
	alice.until("bob's lines", func() bool { return len(texts(alice.rows(withBob))) >= lines })
	synctest.Wait()
	look()
	times := func(list []store.Message, outgoing bool) map[string]int {
		n := map[string]int{}
		for _, m := range list {
			if m.Outgoing == outgoing && m.Kind == store.Text {
				n[m.Body]++
			}
		}
		return n
	}
	own, there := times(alice.rows(withBob), true), times(bob.rows(withAlice), false)
	theirs := times(alice.rows(withBob), false)
	for i := range lines {
		mine, his := fmt.Sprintf("alice %d", i), fmt.Sprintf("bob %d", i)
		if want := map[bool]int{true: 1}[accepted[mine]]; own[mine] != want || there[mine] != want {
			t.Errorf("%q accepted: %v; it is here %d times and there %d times", mine, accepted[mine], own[mine], there[mine])
		}
		if theirs[his] != 1 {
			t.Errorf("%q is here %d times", his, theirs[his])
		}
	}
	unread := 0
	for _, m := range alice.rows(withBob) {
		if c := alice.chat(store.Direct, "bob@"+s.Domain()); !m.Outgoing && m.Ord > c.ReadOrd {
			unread++
		}
	}
	if c := alice.shown("bob@" + s.Domain()); c.Unread != unread {
		t.Errorf("%d unread, want %d", c.Unread, unread)
	}
	alice.c.Close()
	bob.c.Close()
	if err := alice.st.Close(); err != nil {
		t.Fatal(err)
	}
	sound.Check(t, dir)
	if strings.Contains(t.Name(), "/0") && len(accepted) == 0 {
		t.Error("no line was accepted")
	}
}
