package session_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

const deskJID = aliceJID + "/desk"

// exchange is a chat of a client, and how its lines look there.
type exchange struct {
	cl       *client
	chat     store.ChatID
	to       string // whom others write to in it, as bob's program knows
	from     string // whom it names in what is meant for alice
	by       string // the archive
	own, his string // before a line
	edits    bool   // by occupant-ids it is known that bob is the same, also of what is read in the archive
}

func (x *exchange) same(what string, want ...string) {
	x.cl.t.Helper()
	defer func() {
		if x.cl.t.Failed() {
			x.cl.t.Logf("%s: got %q\nwant %q", what, x.cl.talk(x.chat), want)
		}
	}()
	x.cl.until(what, func() bool { return slices.Equal(x.cl.talk(x.chat), want) })
}

func (x *exchange) line(body string, states ...store.State) (m store.Message) {
	x.cl.t.Helper()
	x.cl.until("the line "+body, func() bool {
		list := x.cl.rows(x.chat)
		i := slices.IndexFunc(list, func(m store.Message) bool {
			return m.Body == body && (len(states) == 0 && (!m.Outgoing || m.State >= store.Sent) || slices.Contains(states, m.State))
		})
		if i >= 0 {
			m = list[i]
		}
		return i >= 0
	})
	return m
}

// live is everything that two say about their lines, each to the other.
func (x *exchange) live(bob *talker) (want []string) {
	a := x.cl.a
	a.Send(x.chat, "shall we meat?")
	mine := x.line("shall we meat?")
	bob.next("message " + mine.LocalID + " shall we meat?")
	a.Edit(mine.ID, "shall we meet?")
	bob.next("correction " + mine.LocalID + " shall we meet?")
	bob.do("reactions", "to", x.from, "id", "signs-1", "ref", mine.LocalID, "text", "👍🎉")
	x.same("the signs", x.own+`"shall we meet?" edited 👍1 🎉1`)
	bob.do("reply", "to", x.from, "id", "answer-1", "ref", mine.LocalID, "text", "gladly", "quote", "> shall we meet?\n")
	bob.do("message", "to", x.from, "id", "mistake-1", "text", "teh end")
	bob.do("correction", "to", x.from, "id", "mistake-2", "ref", "mistake-1", "text", "the end")
	his := x.line("the end")
	a.React(his.ID, []string{"❤️"})
	bob.next("reactions mistake-1 ❤️")
	a.SendReply(x.chat, "no", his.ID)
	bob.next("reply mistake-1 [> the end|]no")
	for _, order := range []string{"retract", "retract_old"} {
		bob.do("message", "to", x.from, "id", "secret-"+order, "text", "a secret")
		x.line("a secret")
		if order == "retract" || x.to == bobJID {
			bob.do(order, "to", x.from, "ref", "secret-"+order)
		} else { // what it can say of a room's message is not what a room understands
			bob.do("retract", "to", x.from, "ref", "secret-"+order)
		}
		x.cl.until("it is taken back", func() bool { return !x.cl.has(x.chat, "a secret", store.Received) })
	}
	a.Send(x.chat, "my password is …")
	mine = x.line("my password is …")
	if x.to != bobJID { // a room's name of it, which comes with the reflection
		x.cl.until("the room's name of it", func() bool {
			i, err := x.cl.c.Inspect(x.cl.t.Context(), mine.ID)
			return err == nil && slices.ContainsFunc(i.Refs, func(r store.Ref) bool { return r.By == x.by })
		})
	}
	a.Retract(mine.ID)
	bob.next("retract " + mine.LocalID)
	want = []string{x.own + `"shall we meet?" edited 👍1 🎉1`, `[re "shall we meet?"] ` + x.his + `"gladly"`, x.his + `"the end" edited ❤️1`,
		`[re "the end"] ` + x.own + `"no"`, x.his + `"" retract`, x.his + `"" retract`, x.own + `"" retract`}
	x.same("all that was said", want...)
	return want
}

// away is what bob says while alice's client is not there, and what becomes of it.
func (x *exchange) away(bob *talker, mine string) {
	bob.do("message", "to", x.from, "id", "away-1", "text", "teh way")
	bob.do("message", "to", x.from, "id", "away-s", "text", "another secret")
	bob.do("message", "to", x.from, "id", "away-e", "text", "bye")
	if x.to != bobJID {
		bob.next("message away-e bye") // the names that the room gave
	}
	bob.do("correction", "to", x.from, "id", "away-2", "ref", "away-1", "text", "the way")
	bob.do("reply", "to", x.from, "id", "away-r", "ref", mine, "text", "at noon", "quote", "> shall we meet?\n")
	bob.do("reactions", "to", x.from, "id", "away-x", "ref", mine, "text", "🎈")
	bob.do("retract", "to", x.from, "ref", "away-s", "id", "away-t")
}

func (x *exchange) afterAway(before []string) []string {
	want := slices.Clone(before)
	want[0] = x.own + `"shall we meet?" edited 🎈1`
	if x.edits {
		return append(want, x.his+`"the way" edited`, x.his+`"" retract`, x.his+`"bye"`, `[re "shall we meet?"] `+x.his+`"at noon"`)
	}
	return append(want, x.his+`"teh way"`, x.his+`"another secret"`, x.his+`"bye"`, x.his+`"the way" foreign`, `[re "shall we meet?"] `+x.his+`"at noon"`)
}

// TestAnotherProgram talks with slixmpp: what each says about messages the other
// understands, with a person and in a room, live, as another device of ours and
// after a time away; and it looks the same after a restart and on a new device.
func TestAnotherProgram(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		dir := t.TempDir()
		alice := openClient(t, s, "alice", true, dir)
		alice.online()
		bob, desk := newTalker(t, s, bobJID+"/slix"), newTalker(t, s, deskJID)
		bob.do("subscribe", "to", aliceJID) // who sees us is told what was seen
		alice.until("bob's request", func() bool { list, err := alice.st.Requests(t.Context()); return err == nil && len(list) == 1 })
		alice.a.Approve(bobJID)
		alice.until("that bob sees us", func() bool {
			list, err := alice.st.Roster(t.Context(), alice.a.ID())
			return err == nil && len(list) == 1 && list[0].ToUs()
		})
		direct := &exchange{cl: alice, chat: alice.open(bobJID), to: bobJID, from: aliceJID, by: aliceJID, own: "own ", edits: true}
		talk := direct.live(bob)

		// How far it was read: by bob, by the desk, and here.
		alice.a.Send(direct.chat, "read me")
		mine := direct.line("read me")
		bob.next("message " + mine.LocalID + " read me")
		bob.do("marker", "to", aliceJID, "ref", mine.LocalID)
		direct.line("read me", store.Displayed)
		talk = append(talk, `own "read me"`)
		alice.unread(store.Direct, bobJID, 0)
		bob.do("message", "to", aliceJID, "id", "unread-1", "text", "one")
		bob.do("message", "to", aliceJID, "id", "unread-2", "text", "two")
		direct.line("two")
		alice.unread(store.Direct, bobJID, 2)
		desk.do("shown", "chat", bobJID, "by", aliceJID, "ref", alice.named(direct.chat, "one", aliceJID))
		desk.next("published " + bobJID)
		alice.unread(store.Direct, bobJID, 1)
		alice.a.MarkRead(direct.chat, alice.ord(direct.chat, "two"))
		bob.next("marker unread-2")
		desk.next("shown " + bobJID + " " + alice.named(direct.chat, "two", aliceJID))
		talk = append(talk, `"one"`, `"two"`)

		// The desk speaks, and hears what is said here.
		desk.do("message", "to", bobJID, "id", "desk-1", "text", "form the desk")
		bob.next("message desk-1 form the desk")
		desk.do("correction", "to", bobJID, "id", "desk-2", "ref", "desk-1", "text", "from the desk")
		desk.do("reactions", "to", bobJID, "id", "desk-3", "ref", "mistake-1", "text", "🍵")
		desk.do("reply", "to", bobJID, "id", "desk-4", "ref", "unread-2", "text", "three")
		desk.do("message", "to", bobJID, "id", "desk-5", "text", "oops")
		desk.do("retract", "to", bobJID, "id", "desk-6", "ref", "desk-5")
		talk[2] = `"the end" edited 🍵1`
		talk = append(talk, `own "from the desk" edited`, `[re "two"] own "three"`, `own "" retract`)
		direct.same("what the desk said", talk...)
		bob.do("message", "to", aliceJID, "id", "unread-3", "text", "seen there")
		direct.line("seen there")
		desk.do("marker", "to", bobJID, "ref", "unread-3")
		alice.unread(store.Direct, bobJID, 0)
		talk = append(talk, `"seen there"`)
		alice.a.Send(direct.chat, "copied")
		mine = direct.line("copied")
		desk.next("carbon-message " + mine.LocalID + " copied")
		alice.a.Edit(mine.ID, "copied well")
		desk.next("carbon-correction " + mine.LocalID + " copied well")
		talk = append(talk, `own "copied well" edited`)

		// A room.
		alice.a.Join(roomJID, "alice", "")
		wait(alice, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		bob.do("join", "room", roomJID, "nick", "bob")
		bob.next("joined " + roomJID)
		inRoom := &exchange{cl: alice, chat: alice.open(roomJID), to: roomJID, from: roomJID, by: roomJID, own: "own <alice> ", his: "<bob> ", edits: s.Name == "prosody"}
		alice.sees("bob")
		roomTalk := inRoom.live(bob)
		alice.unread(store.Room, roomJID, 0)
		bob.do("message", "to", roomJID, "id", "room-1", "text", "hello room")
		inRoom.line("hello room")
		alice.unread(store.Room, roomJID, 1)
		desk.do("shown", "chat", roomJID, "by", roomJID, "ref", alice.named(inRoom.chat, "hello room", roomJID))
		alice.unread(store.Room, roomJID, 0)
		bob.do("message", "to", roomJID, "id", "room-2", "text", "again")
		inRoom.line("again")
		alice.a.MarkRead(inRoom.chat, alice.ord(inRoom.chat, "again"))
		desk.next("shown " + roomJID + " " + alice.named(inRoom.chat, "again", roomJID))
		roomTalk = append(roomTalk, `<bob> "hello room"`, `<bob> "again"`)

		// Away, and back: first what stands on the disk, then what was missed.
		first, firstInRoom := alice.rows(direct.chat)[0].LocalID, alice.rows(inRoom.chat)[0]
		direct.same("all, before it ends", talk...)
		inRoom.same("all of the room, before it ends", roomTalk...)
		alice.until("an empty outbox", func() bool {
			list, err := alice.st.Outbox(t.Context(), alice.a.ID())
			return err == nil && len(list) == 0
		})
		alice.c.Close()
		if err := alice.st.Close(); err != nil {
			t.Fatal(err)
		}
		desk.do("message", "to", bobJID, "id", "desk-7", "text", "form afar")
		desk.do("correction", "to", bobJID, "id", "desk-8", "ref", "desk-7", "text", "from afar")
		bob.next("correction desk-7 from afar")
		direct.away(bob, first)
		inRoom.away(bob, firstInRoom.LocalID)
		alice = openClient(t, s, "alice", true, dir)
		direct.cl, inRoom.cl = alice, alice
		if got := alice.talk(direct.chat); !slices.Equal(got[:len(talk)], talk) {
			t.Errorf("after a restart:\n%q, before\n%q", got, talk)
		}
		alice.online()
		talk = direct.afterAway(append(talk, `own "from afar" edited`))
		direct.same("what was missed", talk...)
		roomTalk = inRoom.afterAway(roomTalk)
		inRoom.same("what was missed in the room", roomTalk...)

		// Another restart, and a device with nothing on its disk.
		alice.c.Close()
		if err := alice.st.Close(); err != nil {
			t.Fatal(err)
		}
		alice = openClient(t, s, "alice", true, dir)
		direct.cl, inRoom.cl = alice, alice
		direct.same("the chat after a restart", talk...)
		inRoom.same("the room after a restart", roomTalk...)
		other := newClient(t, s, "alice", true)
		other.online()
		anew := *direct
		anew.cl, anew.chat = other, other.open(bobJID)
		anew.same("all from the archive", talk...)
		if inRoom.edits {
			other.a.Join(roomJID, "alice", "")
			wait(other, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined })
			anew.chat = other.open(roomJID)
			anew.same("all from the room's archive", roomTalk...)
		}
	})
}

// TestFilesWithAnotherProgram: a file that we sent is what slixmpp fetches, and
// what it sent is what we save.
func TestFilesWithAnotherProgram(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice := newClient(t, s, "alice", true)
		alice.online()
		bob := newTalker(t, s, bobJID+"/slix")
		chat := alice.open(bobJID)
		body := bytes.Repeat([]byte("0123456789abcdef"), 30_000)
		alice.a.SendFile(chat, writeFile(t, "spring.png", body))
		sent := alice.fileRow(chat, store.Sent, store.Delivered, store.Failed)
		if sent.State == store.Failed {
			t.Fatalf("not sent: %+v", sent.File)
		}
		bob.next("message " + sent.LocalID + " " + sent.File.URL)
		bob.do("fetch", "url", sent.File.URL)
		bob.next(fmt.Sprintf("file %d %x", len(body), sha256.Sum256(body)))

		folder := filepath.Join(t.TempDir(), "saved")
		alice.c.Set("download_dir", folder)
		wait(alice, "the folder", func(e session.Answer) bool { return e.Code == "setting-changed" })
		const size = 70_000
		bob.do("file", "to", aliceJID, "id", "file-1", "name", "notes.bin", "size", size)
		got := alice.fileRow(chat, store.Received)
		alice.a.SaveFile(got.ID, "127.0.0.1")
		saved := wait(alice, "the file", func(e session.FileSaved) bool { return e.Message == got.ID })
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i % 251)
		}
		if b, err := os.ReadFile(saved.Path); err != nil || !bytes.Equal(b, want) || filepath.Dir(saved.Path) != folder {
			t.Errorf("saved %+v, %d bytes (%v)", saved, len(b), err)
		}
	})
}
