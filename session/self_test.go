package session_test

import (
	"fmt"
	"slices"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// TestNoteToSelf is each way by which a note can come back or come from another
// device: one row, and nobody is told of it.
func TestNoteToSelf(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := cl.open("alice@example.org")
	cl.a.Send(chat, "milk")
	e := p.await("the note", func(el *wire.Element) bool { return el.ChildText(wire.NSClient, "body") == "milk" })
	if e.Attr("to") != "alice@example.org" || e.Child("urn:xmpp:receipts", "request") != nil || e.Child("urn:xmpp:chat-markers:0", "markable") != nil {
		t.Errorf("got %s", e.Bytes())
	}
	id := e.Attr("id")
	note := func(from, to, id, body, more string) string {
		return fmt.Sprintf("<message%s from='alice@example.org/%s' to='%s' type='chat' id='%s'><body>%s</body>%s</message>", inClient, from, to, id, body, more)
	}
	origin := "<origin-id xmlns='urn:xmpp:sid:0' id='" + id + "'/>"
	sid := func(id string) string {
		return "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='" + id + "'/>"
	}
	p.tells(note("sotto", "alice@example.org", id, "milk", origin+sid("a1")), // delivered to all devices, the one that said it too
		copied("sent", note("sotto", "alice@example.org", id, "milk", origin)), copied("received", note("sotto", "alice@example.org", id, "milk", origin+sid("a2"))))

	const long = "0c7e1f5a-9d0e-4f53-8b55-8f1d7f6a1c22" // as old programs have them, without an origin-id
	p.tells(note("phone", "alice@example.org/sotto", long, "bread", sid("b1")), copied("sent", note("phone", "alice@example.org", long, "bread", sid("b2"))),
		copied("received", note("phone", "alice@example.org", long, "bread", "")))
	p.tells(note("phone", "alice@example.org", "short", "milk", sid("c1"))) // the same words are another note
	want := []string{`alice@example.org self sent "milk"`, `alice@example.org self sent "bread"`, `alice@example.org self sent "milk"`}
	if got := cl.said(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if in := events[session.Incoming](cl); len(in) != 0 {
		t.Errorf("told of %+v", in)
	}
	if c := cl.chat(store.Self, "alice@example.org"); c.Unread != 0 {
		t.Errorf("%d unread", c.Unread)
	}
	if list, err := cl.a.Refusals(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("refused %+v (%v)", list, err)
	}
}

// TestNotesOnRealServers: what one device notes all have, once: those that are there,
// one that comes back, and a new one, which has it from the archive alone.
func TestNotesOnRealServers(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		dir := t.TempDir()
		desk, phone := newClient(t, s, "alice", true), openClient(t, s, "alice", true, dir)
		desk.online()
		phone.online()
		notes := desk.open(aliceJID)
		var want []string
		both := func(what string, list ...*client) {
			t.Helper()
			for _, cl := range list {
				defer func() {
					if t.Failed() {
						t.Logf("%s: got %q, want %q", what, cl.said(), want)
					}
				}()
				cl.until(what, func() bool { return slices.Equal(cl.said(), want) })
			}
		}
		send := func(cl *client, chat store.ChatID, body string) {
			t.Helper()
			cl.a.Send(chat, body)
			want = append(want, fmt.Sprintf("%s self sent %q", aliceJID, body))
		}
		send(desk, notes, "milk")
		both("the first note", desk, phone)
		send(phone, phone.chat(store.Self, aliceJID).ID, "bread")
		both("the second note", desk, phone)

		phone.c.Close()
		if err := phone.st.Close(); err != nil {
			t.Fatal(err)
		}
		send(desk, notes, "while you were away")
		send(desk, notes, "milk")
		both("all at the desk", desk)
		phone = openClient(t, s, "alice", true, dir)
		phone.online()
		both("all after its return", phone)
		fresh := newClient(t, s, "alice", true)
		fresh.online()
		fresh.open(aliceJID)
		both("all from the archive", fresh)

		send(fresh, fresh.chat(store.Self, aliceJID).ID, "the last one") // behind it nothing more is on its way
		both("the last note", desk, phone, fresh)
		for _, cl := range []*client{desk, phone, fresh} {
			if list, err := cl.a.Refusals(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("refused %+v (%v)", list, err)
			}
		}
	})
}
