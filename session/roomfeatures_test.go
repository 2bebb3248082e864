package session_test

import (
	"testing"

	"sotto/session/wire"
)

// TestRoomThatGetsAnArchive: what a room offers is asked again once it was made,
// and when it was configured; an archive that it has then is followed.
func TestRoomThatGetsAnArchive(t *testing.T) {
	reads := func(el *wire.Element) bool {
		return el.Attr("to") == myRoom && el.Child(archived, "query") != nil
	}
	for name, change := range map[string]func(p *peer, cl *client){
		"made": func(p *peer, cl *client) {
			p.join(cl, "alice")
			p.offer(myRoom, []string{archived})
			p.send(occupant("alice", "", "", "110", "201"))
		},
		"configured": func(p *peer, cl *client) {
			p.enter(cl, "alice", "mira")
			p.offer(myRoom, []string{archived})
			p.send("<message type='groupchat' from='" + myRoom + "'><x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x></message>")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			change(p, cl)
			p.await("a question to the room's archive", reads)
		})
	}
}

// TestLineWithTheEntry: lines that come together with the presence that lets us in
// begin what is held of the room's archive, and its newest page adds to that.
func TestLineWithTheEntry(t *testing.T) {
	p := newPeer(t)
	p.offer(myRoom, []string{archived, "urn:xmpp:sid:0"})
	cl := p.login()
	p.join(cl, "alice")
	p.hush(myRoom)
	said := func(body, id string) string {
		return "<body>" + body + "</body><stanza-id xmlns='urn:xmpp:sid:0' by='" + myRoom + "' id='" + id + "'/>"
	}
	p.send(occupant("mira", "", "") + occupant("alice", "", "", "110") + line("", "<subject/>") + line("mira", said("two", "b2")) + line("mira", said("three", "b3")))
	asked := p.await("a question to the room's archive", func(el *wire.Element) bool {
		return el.Attr("to") == myRoom && el.Child(archived, "query") != nil
	})
	queryID := asked.Child(archived, "query").Attr("queryid")
	result := func(body, id string) string {
		return "<message from='" + myRoom + "'><result xmlns='" + archived + "' queryid='" + queryID + "' id='" + id + "'>" +
			"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>" +
			"<message xmlns='jabber:client' type='groupchat' from='" + myRoom + "/mira'>" + said(body, id) + "</message></forwarded></result></message>"
	}
	p.sync()
	begun, err := cl.st.Ranges(t.Context(), cl.a.ID(), myRoom, "")
	if err != nil || len(begun) != 1 || begun[0].FirstID != "b2" || begun[0].LastID != "b3" {
		t.Errorf("got %+v (%v), want one range from b2 to b3", begun, err)
	}
	p.tells(result("one", "b1"), result("two", "b2"), result("three", "b3"), "<iq type='result' from='"+myRoom+"' id='"+asked.Attr("id")+"'><fin xmlns='"+archived+"'>"+
		"<set xmlns='http://jabber.org/protocol/rsm'><first>b1</first><last>b3</last></set></fin></iq>")
	held, err := cl.st.Ranges(t.Context(), cl.a.ID(), myRoom, "")
	if err != nil || len(held) != 1 || held[0].FirstID != "b1" || held[0].LastID != "b3" {
		t.Errorf("got %+v (%v), want one range from b1 to b3", held, err)
	}
}
