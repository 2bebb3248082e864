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
