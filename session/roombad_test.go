package session_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/wire"
)

// TestRoomIsAPerson: an address that is a person's becomes no room, is sent no
// presence, and what that person writes stays theirs.
func TestRoomIsAPerson(t *testing.T) {
	const bob = "bob@people.example"
	info := func(identity string) string {
		return "<query xmlns='" + infoNS + "'>" + identity + "</query>"
	}
	refuse := func(p *peer, q *wire.Element) { p.fail(q, "service-unavailable") }
	for name, test := range map[string]struct {
		says   func(*peer, *wire.Element)
		server string // what its server is; "": not asked
		person bool
	}{
		"an account":                         {func(p *peer, q *wire.Element) { p.reply(q, info("<identity category='account' type='registered'/>")) }, "", true},
		"an account of whom nothing is told": {refuse, "<identity category='server' type='im'/>", true},
		"a room of which nothing is told":    {refuse, "<identity category='conference' type='text'/>", false},
		"a server that has rooms of its own": {refuse, "<identity category='server' type='im'/><feature var='http://jabber.org/protocol/muc'/>", false},
		"a room that is not made yet":        {func(p *peer, q *wire.Element) { p.fail(q, "item-not-found") }, "", false},
		"a room":                             {func(p *peer, q *wire.Element) { p.reply(q, info("<identity category='conference' type='text'/>")) }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = "<item jid='" + bob + "' subscription='none'/>"
			cl := p.login()
			p.hush(bob)
			p.hush("people.example")
			p.took()
			cl.take()
			cl.a.Join(bob, "alice", "")
			test.says(p, p.await("the question", asksOf(bob, infoNS)))
			if test.server != "" {
				p.reply(p.await("the question to its server", asksOf("people.example", infoNS)), info(test.server))
			}
			if !test.person {
				p.await("the presence", func(el *wire.Element) bool { return el.Local == "presence" && el.Attr("to") == bob+"/alice" })
				return
			}
			if e := answered(cl); e.Problem == nil || e.Problem.Code != "room-person" {
				t.Errorf("got %+v", e)
			}
			p.tells("<message from='" + bob + "/phone' type='chat'><body>hello</body></message>")
			if got := cl.said(); !slices.Equal(got, []string{bob + ` in "hello"`}) {
				t.Errorf("got %q", got)
			}
			if list, err := cl.st.Rooms(context.Background(), cl.a.ID()); err != nil || len(list) > 0 {
				t.Errorf("kept the rooms %+v (%v)", list, err)
			}
			for _, s := range p.took() {
				if strings.HasPrefix(s, "<presence") && strings.Contains(s, bob) {
					t.Errorf("told them %s", s)
				}
			}
		})
	}
}

// TestRealRoomIsAPerson: both servers tell a person from a room.
func TestRealRoomIsAPerson(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice := newClient(t, s, "alice", true)
		alice.online()
		alice.a.Join(bobJID, "alice", "")
		if e := wait(alice, "the answer", func(e session.Answer) bool { return e.Problem != nil }); e.Problem.Code != "room-person" {
			t.Errorf("%s: got %+v", s.Name, e.Problem)
		}
	})
}

// TestWordsOfTheRoom: what an occupant says in the room's name is the occupant's.
func TestWordsOfTheRoom(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.enter(cl, "alice", "mira", myRoom)
	p.tells(line("", "<body>kept</body><stanza-id xmlns='urn:xmpp:sid:0' by='"+myRoom+"' id='s1'/>"))
	p.took()
	cl.take()
	user := "<x xmlns='http://jabber.org/protocol/muc#user'>"
	p.tells(
		line("mira", user+"<status code='104'/></x>"), // a new configuration
		line("mira", user+"<destroy/></x>"),
		line("mira", user+"<invite from='bob@example.org'><reason>come</reason></invite></x>"),
		line("mira", "<retract xmlns='urn:xmpp:message-retract:1' id='s1'><moderated xmlns='urn:xmpp:message-moderate:1' by='"+myRoom+"/mira'/></retract>"),
		line(myRoom, "<body>You are banned</body>"))
	want := []string{myRoom + ` room notice room-says "kept"`, myRoom + ` room in <` + myRoom + `> "You are banned"`}
	if got := cl.said(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, e := range events[session.RoomChanged](cl) {
		if !e.Joined {
			t.Errorf("an occupant ended the room: %+v", e.Problem)
		}
	}
	for _, s := range p.took() {
		if strings.Contains(s, infoNS) {
			t.Errorf("an occupant made us ask: %s", s)
		}
	}
	if e := events[session.InvitationsChanged](cl); len(e) > 0 {
		t.Errorf("got %+v", e)
	}
}

// TestPresenceFlood: people who come, go and change all the time make no lines, no
// queue, and a list that is right at the end.
func TestPresenceFlood(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.enter(cl, "alice", "mira")
	cl.take()
	for round := range 20 {
		var b strings.Builder
		for i := range 250 {
			nick := fmt.Sprint("n", i%50)
			switch i % 5 {
			case 0, 1, 2:
				b.WriteString(occupant(nick, "", ""))
			case 3:
				b.WriteString(occupant("mira", "", ""))
			default:
				b.WriteString(occupant(nick, "type='unavailable'", ""))
			}
		}
		if round == 19 {
			for i := range 50 {
				b.WriteString(occupant(fmt.Sprint("n", i), "type='unavailable'", ""))
			}
			b.WriteString(line("mira", "<body>still here</body>"))
		}
		p.send(b.String())
	}
	p.sync()
	list, err := cl.a.Occupants(context.Background(), myRoom)
	if err != nil || len(list) != 2 {
		t.Errorf("got %d people (%v)", len(list), err)
	}
	if rows := cl.rows(chat); len(rows) != 1 || rows[0].Body != "still here" {
		t.Errorf("got %q", cl.said())
	}
	if waiting := cl.take(); len(waiting) > 20 {
		t.Errorf("%d events wait for the screen", len(waiting))
	}
}
