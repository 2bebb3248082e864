package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// body awaits a message that has a child, and gives it.
func (p *peer) awaitChild(space, name string) *wire.Element {
	p.t.Helper()
	return p.await("a message with "+name, func(el *wire.Element) bool { return el.Local == "message" && el.Child(space, name) != nil })
}

// sent sends a line and waits until the server has it.
func (p *peer) sent(cl *client, chat store.ChatID, body string) store.Message {
	p.t.Helper()
	cl.a.Send(chat, body)
	p.await("the line", func(el *wire.Element) bool { return el.ChildText(wire.NSClient, "body") == body })
	p.sync()
	cl.until("the line is there", func() bool { return cl.has(chat, body, store.Sent) })
	list := cl.rows(chat)
	return list[len(list)-1]
}

// TestSayingAboutMessages is what goes out, and what is shown here, when we
// correct, answer, react and take back.
func TestSayingAboutMessages(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	p.tells(from("<body>how\nare you?</body>", "type='chat' id='bobs-line'"))
	chat := cl.open("bob@example.org")
	m := p.sent(cl, chat, "fien")

	cl.a.Edit(m.ID, "fine")
	e := p.awaitChild("urn:xmpp:message-correct:0", "replace")
	if got := e.Child("urn:xmpp:message-correct:0", "replace").Attr("id"); got != m.LocalID || e.Attr("id") == m.LocalID || e.ChildText(wire.NSClient, "body") != "fine" ||
		e.Child("urn:xmpp:sid:0", "origin-id").Attr("id") != e.Attr("id") {
		t.Errorf("got %s, want a correction of %s", e.Bytes(), m.LocalID)
	}
	// A second correction names the first text too (XEP-0308 §3).
	cl.a.Edit(m.ID, "fine!")
	if e := p.awaitChild("urn:xmpp:message-correct:0", "replace"); e.Child("urn:xmpp:message-correct:0", "replace").Attr("id") != m.LocalID {
		t.Errorf("the second correction names %s", e.Bytes())
	}

	bobs := cl.rows(chat)[0]
	cl.a.SendReply(chat, "well", bobs.ID)
	e = p.awaitChild("urn:xmpp:reply:0", "reply")
	part := e.Child("urn:xmpp:fallback:0", "fallback").Child("urn:xmpp:fallback:0", "body")
	if r := e.Child("urn:xmpp:reply:0", "reply"); r.Attr("id") != "bobs-line" || r.Attr("to") != "bob@example.org" ||
		e.ChildText(wire.NSClient, "body") != "> how\n> are you?\nwell" || part.Attr("start") != "0" || part.Attr("end") != "17" {
		t.Errorf("got %s", e.Bytes())
	}

	cl.a.ToggleReaction(bobs.ID, "👍")
	cl.a.ToggleReaction(bobs.ID, "🎉")
	cl.a.ToggleReaction(bobs.ID, "👍")
	var sets []string
	for range 3 {
		e := p.awaitChild("urn:xmpp:reactions:0", "reactions")
		set := e.Child("urn:xmpp:reactions:0", "reactions").Attr("id")
		for r := range e.Child("urn:xmpp:reactions:0", "reactions").All("urn:xmpp:reactions:0", "reaction") {
			set += " " + r.Text
		}
		if e.Child(wire.NSClient, "body") != nil || e.Child("urn:xmpp:hints", "store") == nil {
			t.Errorf("got %s", e.Bytes())
		}
		sets = append(sets, set)
	}
	if got := fmt.Sprint(sets); got != "[bobs-line 👍 bobs-line 👍 🎉 bobs-line 🎉]" {
		t.Errorf("got %s", got)
	}

	p.sync()
	if got, want := cl.talk(chat), []string{`"how\nare you?" 🎉1`, `own "fine!" edited`, `[re "how\nare you?"] own "well"`}; !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}

	cl.a.Retract(m.ID)
	e = p.awaitChild("urn:xmpp:message-retract:1", "retract")
	if e.Child("urn:xmpp:message-retract:1", "retract").Attr("id") != m.LocalID || e.Child("urn:xmpp:fallback:0", "fallback").Attr("for") != "urn:xmpp:message-retract:1" ||
		e.ChildText(wire.NSClient, "body") == "" || e.Child("urn:xmpp:hints", "store") == nil {
		t.Errorf("got %s", e.Bytes())
	}
	p.sync()
	if got := cl.talk(chat)[1]; got != `own "" retract` {
		t.Errorf("got %s", got)
	}
	x, err := cl.c.Inspect(t.Context(), m.ID)
	if err != nil || len(x.Versions) != 0 || strings.Contains(fmt.Sprintf("%+v", x), "fien") {
		t.Errorf("details keep the text: %+v (%v)", x, err)
	}
	cl.until("an empty outbox", func() bool {
		list, err := cl.st.Outbox(t.Context(), cl.a.ID())
		return err == nil && len(list) == 0
	})
}

// TestWhatCannotBeSaid: of a line that no server has, of one of others, of one
// that is gone; the text of a correction comes back.
func TestWhatCannotBeSaid(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	p.tells(from("<body>hi</body>", "type='chat' id='bobs-line'"))
	chat := cl.open("bob@example.org")
	bobs := cl.rows(chat)[0].ID
	id, _ := cl.a.Edit(bobs, "evil")
	if r := wait(cl, "a refusal", func(e session.Refused) bool { return e.LocalID == id }); r.Problem.Code != "remark-not-yours" || r.Body != "evil" {
		t.Errorf("got %+v", r)
	}
	cl.a.Retract(bobs)
	wait(cl, "a refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "remark-not-yours" })
	m := p.sent(cl, chat, "oops")
	cl.a.Retract(m.ID)
	p.awaitChild("urn:xmpp:message-retract:1", "retract")
	cl.a.React(m.ID, []string{"👍"})
	wait(cl, "a refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "remark-gone" })
}

// TestRefusedCorrection: what the addressee's server does not take is taken back.
func TestRefusedCorrection(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	chat := cl.open("bob@example.org")
	m := p.sent(cl, chat, "one")
	cl.a.Edit(m.ID, "two")
	e := p.awaitChild("urn:xmpp:message-correct:0", "replace")
	p.tells("<message from='bob@example.org' to='" + me + "' type='error' id='" + e.Attr("id") + "'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
	wait(cl, "the problem", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "remark-refused" })
	if got := cl.talk(chat); !slices.Equal(got, []string{`own "one"`}) || !cl.has(chat, "one", store.Sent) {
		t.Errorf("got %v", got)
	}
}

// TestReceiptOfACorrection says that its message arrived.
func TestReceiptOfACorrection(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	chat := cl.open("bob@example.org")
	m := p.sent(cl, chat, "one")
	cl.a.Edit(m.ID, "two")
	e := p.awaitChild("urn:xmpp:message-correct:0", "replace")
	p.tells("<message from='bob@example.org/phone' to='" + me + "/sotto'><received xmlns='urn:xmpp:receipts' id='" + e.Attr("id") + "'/></message>")
	if !cl.has(chat, "two", store.Delivered) {
		t.Errorf("got %v", cl.rows(chat))
	}
}

// TestSayingInARoom: messages go by the room's names, corrections by their author's,
// and the reflection settles them; a moderator asks the room.
func TestSayingInARoom(t *testing.T) {
	for _, version := range []string{"urn:xmpp:message-moderate:0", "urn:xmpp:message-moderate:1"} {
		t.Run(version, func(t *testing.T) {
			p := newPeer(t)
			p.offer(myRoom, []string{occupantID, stanzaIDs, version})
			cl := p.login()
			chat := p.enter(cl, "alice", "mira")
			reflect := func(el *wire.Element, sid string) {
				s := string(el.Set("from", myRoom+"/alice").Add(wire.New(occupantID, "occupant-id").Set("id", "me"), wire.New(stanzaIDs, "stanza-id").Set("by", myRoom).Set("id", sid)).Bytes())
				p.tells(s)
			}
			cl.a.Send(chat, "one")
			reflect(p.await("the line", func(el *wire.Element) bool { return el.ChildText(wire.NSClient, "body") == "one" }), "s1")
			m := cl.rows(chat)[len(cl.rows(chat))-1]
			cl.a.Edit(m.ID, "two")
			e := p.awaitChild("urn:xmpp:message-correct:0", "replace")
			if got := e.Child("urn:xmpp:message-correct:0", "replace").Attr("id"); got != m.LocalID {
				t.Errorf("the correction names %s", got)
			}
			reflect(e, "s2")
			cl.a.React(m.ID, []string{"👍"})
			e = p.awaitChild("urn:xmpp:reactions:0", "reactions")
			if got := e.Child("urn:xmpp:reactions:0", "reactions").Attr("id"); got != "s1" {
				t.Errorf("the reaction names %s", got)
			}
			reflect(e, "s3")
			p.tells("<message from='" + myRoom + "/mira' type='groupchat' id='mira-long-id'><body>spam</body><occupant-id xmlns='" + occupantID + "' id='o1'/><stanza-id xmlns='" + stanzaIDs + "' by='" + myRoom + "' id='s4'/></message>")
			if got := cl.talk(chat); !slices.Equal(got, []string{`own <alice> "two" edited 👍1`, `<mira> "spam"`}) {
				t.Errorf("got %v", got)
			}
			list, err := cl.st.Outbox(t.Context(), cl.a.ID())
			if err != nil || len(list) != 0 {
				t.Errorf("the reflections did not settle %d stanzas (%v)", len(list), err)
			}
			cl.a.Moderate(cl.rows(chat)[len(cl.rows(chat))-1].ID, "no spam")
			q := p.await("the question", func(el *wire.Element) bool {
				return el.Local == "iq" && el.Attr("to") == myRoom && el.Attr("type") == "set"
			})
			s := string(q.Bytes())
			if !strings.Contains(s, "s4") || !strings.Contains(s, version) || !strings.Contains(s, "no spam") {
				t.Errorf("got %s", s)
			}
			cl.a.Retract(m.ID)
			e = p.awaitChild("urn:xmpp:message-retract:1", "retract")
			if got := e.Child("urn:xmpp:message-retract:1", "retract").Attr("id"); got != "s1" {
				t.Errorf("the retraction names %s", got)
			}
		})
	}
}

// TestSaidWithoutALink: what is said about a message waits on the disk, through a
// restart, and goes once, the same bytes.
func TestSaidWithoutALink(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	s.Befriend("alice", "bob", "Bob")
	dir := t.TempDir()
	start := func() (*client, func()) {
		st, err := store.Open(t.Context(), store.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		opt := optionsFor(s, "alice")
		opt.Store = st
		cl := run(t, opt, at(s, "alice"))
		return cl, func() { cl.c.Close(); _ = st.Close() }
	}
	alice, end := start()
	alice.online()
	bob := login(t, s, "bob")
	withBob, withAlice := alice.open("bob@"+s.Domain()), bob.open("alice@"+s.Domain())
	alice.a.Send(withBob, "one")
	alice.until("the line", func() bool {
		return alice.has(withBob, "one", store.Delivered) || alice.has(withBob, "one", store.Sent)
	})
	m := alice.rows(withBob)[0]
	alice.a.Disconnect()
	wait(alice, "offline", func(e session.AccountChanged) bool { return e.Link == session.Offline })
	alice.a.Edit(m.ID, "two")
	alice.a.Edit(m.ID, "three")
	alice.a.React(m.ID, []string{"🎉"})
	alice.until("three stanzas on the disk", func() bool {
		list, err := alice.st.Outbox(t.Context(), alice.a.ID())
		return err == nil && len(list) == 3
	})
	if got := alice.talk(withBob); !slices.Equal(got, []string{`own "three" edited 🎉1`}) {
		t.Errorf("got %v", got)
	}
	end()
	alice, end = start()
	defer end()
	alice.online()
	bob.until("all of it", func() bool { return slices.Equal(bob.talk(withAlice), []string{`"three" edited 🎉1`}) })
	alice.until("an empty outbox", func() bool {
		list, err := alice.st.Outbox(t.Context(), alice.a.ID())
		return err == nil && len(list) == 0
	})
	// Once more by the archive, on both sides.
	for range 2 {
		bob.a.Disconnect()
		wait(bob, "offline", func(e session.AccountChanged) bool { return e.Link == session.Offline })
		bob.a.Connect()
		bob.online()
	}
	x, err := bob.c.Inspect(t.Context(), bob.rows(withAlice)[0].ID)
	if err != nil || len(x.Versions) != 3 || len(bob.rows(withAlice)) != 1 {
		t.Errorf("got %d rows, versions %+v (%v)", len(bob.rows(withAlice)), x.Versions, err)
	}
	if got := alice.talk(withBob); !slices.Equal(got, []string{`own "three" edited 🎉1`}) {
		t.Errorf("got %v", got)
	}
}
