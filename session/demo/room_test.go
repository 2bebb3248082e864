package demo_test

import (
	"slices"
	"testing"

	"sotto/session/demo"
	"sotto/session/wire"
)

const (
	nsMUCUser = "http://jabber.org/protocol/muc#user"
	nsOccID   = "urn:xmpp:occupant-id:0"
	lounge    = "lounge@rooms.example.org"
	joinX     = "<x xmlns='http://jabber.org/protocol/muc'/>"
)

func codes(st wire.Stanza) (list []string) {
	for c := range st.Child(nsMUCUser, "x").All(nsMUCUser, "status") {
		list = append(list, c.Attr("code"))
	}
	return list
}

// join enters a room and waits for the subject, which ends the entering.
func (p *peer) join(room, nick, x string) wire.Stanza {
	p.t.Helper()
	p.send("<presence to='" + room + "/" + nick + "'>" + x + "</presence>")
	self := p.wait("own presence", func(st wire.Stanza) bool { return slices.Contains(codes(st), "110") })
	return self
}

func (p *peer) subject() wire.Stanza {
	p.t.Helper()
	return p.wait("subject", func(st wire.Stanza) bool { return st.Child(wire.NSClient, "subject") != nil })
}

func TestRoom(t *testing.T) {
	s := newServer(t, demo.Faults{})
	ann, bob := online(t, s, "ann", "desk"), online(t, s, "bob", "desk")

	self := ann.join(lounge, "Ann", joinX)
	if got := codes(self); !slices.Contains(got, "201") {
		t.Errorf("codes %v, want 201", got)
	}
	if i := self.Child(nsMUCUser, "x").Child(nsMUCUser, "item"); i.Attr("affiliation") != "owner" || i.Attr("role") != "moderator" {
		t.Errorf("item %s", i.Bytes())
	}
	ann.subject()
	bob.send("<presence to='" + lounge + "/Bob'>" + joinX + "</presence>")
	e := bob.presence(lounge+"/Bob", "error")
	if got := wire.ErrorOf(e.Element).Condition; got != "item-not-found" {
		t.Errorf("a locked room: %v", got)
	}
	if _, err := ann.ask("set", lounge, "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>"); err != nil {
		t.Fatal(err)
	}
	bob.send("<presence to='" + lounge + "/Ann'>" + joinX + "</presence>")
	e = bob.presence(lounge+"/Ann", "error")
	if got := wire.ErrorOf(e.Element).Condition; got != "conflict" {
		t.Errorf("a taken nick: %v", got)
	}
	bob.send("<presence to='" + lounge + "/Bob'>" + joinX + "</presence>")
	bob.presence(lounge+"/Ann", "")
	bob.presence(lounge+"/Bob", "")
	bob.subject()
	ann.presence(lounge+"/Bob", "")

	ann.send("<message type='groupchat' id='g1' to='" + lounge + "'><body>welcome</body><x:y xmlns:x='made:up'/></message>")
	for _, p := range []*peer{ann, bob} {
		m := p.message("welcome")
		if m.Attr("id") != "g1" || m.Attr("from") != lounge+"/Ann" || m.Child(nsSID, "stanza-id").Attr("by") != lounge ||
			m.Child(nsOccID, "occupant-id").Attr("id") == "" || m.Child("made:up", "y") == nil {
			t.Errorf("line %s", m.Bytes())
		}
	}
	bob.send("<message type='groupchat' to='" + lounge + "'><subject>weather</subject></message>")
	if got := ann.subject().ChildText(wire.NSClient, "subject"); got != "weather" {
		t.Errorf("subject %v, want weather", got)
	}

	bob.send("<message type='chat' to='" + lounge + "/Ann'><body>just you</body></message>")
	m := ann.message("just you")
	if m.Attr("from") != lounge+"/Bob" || m.Child(nsMUCUser, "x") == nil {
		t.Errorf("private line %s", m.Bytes())
	}

	bob.send("<presence to='" + lounge + "/Robert'/>")
	gone := ann.presence(lounge+"/Bob", "unavailable")
	if got := gone.Child(nsMUCUser, "x").Child(nsMUCUser, "item").Attr("nick"); got != "Robert" || !slices.Contains(codes(gone), "303") {
		t.Errorf("nick change %s", gone.Bytes())
	}
	ann.presence(lounge+"/Robert", "")
	if _, err := bob.ask("get", lounge+"/Robert", "<ping xmlns='urn:xmpp:ping'/>"); err != nil {
		t.Errorf("self ping: %v", err)
	}
	bob.send("<presence type='unavailable' to='" + lounge + "/Robert'/>")
	ann.presence(lounge+"/Robert", "unavailable")
	bob.send("<message type='groupchat' id='g2' to='" + lounge + "'><body>am I in?</body></message>")
	r := bob.wait("error", func(st wire.Stanza) bool { return st.Attr("id") == "g2" })
	if got := wire.ErrorOf(r.Element).Condition; got != "not-acceptable" {
		t.Errorf("a line from outside: %v", got)
	}
}

func TestRoomHistory(t *testing.T) {
	s := newServer(t, demo.Faults{})
	s.OpenRoom("lounge", "The Lounge", "all and nothing")
	cast := s.Script("cleo")
	cast.Presence("", "")
	cast.Join(lounge, "Cleo")
	for _, body := range []string{"one", "two", "three"} {
		cast.SayRoom(lounge, body)
	}
	ann := online(t, s, "ann", "desk")
	ann.join(lounge, "Ann", "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='2'/></x>")
	for _, body := range []string{"two", "three"} {
		m := ann.message(body)
		if d := m.Child(nsDelay, "delay"); d.Attr("from") != lounge || m.Child(nsSID, "stanza-id") == nil || m.Attr("from") != lounge+"/Cleo" {
			t.Errorf("history %s", m.Bytes())
		}
	}
	if got := ann.subject().ChildText(wire.NSClient, "subject"); got != "all and nothing" {
		t.Errorf("subject %v", got)
	}
	bob := online(t, s, "bob", "desk")
	bob.send("<presence to='" + lounge + "/Bob'><x xmlns='http://jabber.org/protocol/muc'><history since='2999-01-01T00:00:00Z'/></x></presence>")
	if n := count(bob.now(), func(st wire.Stanza) bool { return st.Child(wire.NSClient, "body") != nil }); n != 0 {
		t.Errorf("%d lines since the future, want 0", n)
	}
	bodies, _, _ := bob.page(lounge, "", "<max>2</max><before/>")
	if !slices.Equal(bodies, []string{"two", "three"}) {
		t.Errorf("archive %v", bodies)
	}
}

func TestRoomModeration(t *testing.T) {
	tests := map[string]struct {
		do   func(*demo.Room)
		code string
	}{
		"kick":    {func(r *demo.Room) { r.Kick("Bob", "Ann", "enough") }, "307"},
		"ban":     {func(r *demo.Room) { r.Ban("Bob", "Ann", "enough") }, "301"},
		"destroy": {func(r *demo.Room) { r.Destroy("enough") }, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, demo.Faults{})
			room := s.OpenRoom("lounge", "The Lounge", "")
			ann, bob := online(t, s, "ann", "desk"), online(t, s, "bob", "desk")
			ann.join(lounge, "Ann", joinX)
			bob.join(lounge, "Bob", joinX)
			bob.subject()
			tt.do(room)
			p := bob.presence(lounge+"/Bob", "unavailable")
			x := p.Child(nsMUCUser, "x")
			if tt.code != "" {
				i := x.Child(nsMUCUser, "item")
				if !slices.Contains(codes(p), tt.code) || !slices.Contains(codes(p), "110") || i.ChildText(nsMUCUser, "reason") != "enough" ||
					i.Child(nsMUCUser, "actor").Attr("nick") != "Ann" || i.Attr("role") != "none" {
					t.Errorf("presence %s", p.Bytes())
				}
				ann.presence(lounge+"/Bob", "unavailable")
			} else if x.Child(nsMUCUser, "destroy").ChildText(nsMUCUser, "reason") != "enough" {
				t.Errorf("presence %s", p.Bytes())
			}
			if name == "ban" {
				bob.send("<presence to='" + lounge + "/Bob'>" + joinX + "</presence>")
				e := bob.presence(lounge+"/Bob", "error")
				if got := wire.ErrorOf(e.Element).Condition; got != "forbidden" {
					t.Errorf("the banned: %v", got)
				}
			}
		})
	}
}
