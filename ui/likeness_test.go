package ui

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

func TestLikenesses(t *testing.T) {
	o := func(nick, affiliation string) session.Occupant {
		return session.Occupant{Nick: nick, Affiliation: affiliation, Role: "participant"}
	}
	self := o("bob", "none")
	self.Self = true
	one, same := o("carol", "none"), o("Carol", "none")
	one.RealJID, same.RealJID = "carol@example.net", "carol@example.net"
	for name, test := range map[string]struct {
		list []session.Occupant
		want map[string]string
	}{
		"nobody":                {[]session.Occupant{o("alice", "none"), o("bob", "none"), o("bob_", "none")}, nil},
		"another alphabet":      {[]session.Occupant{o("аlice", "none"), o("alice", "none")}, map[string]string{"аlice": "alice"}},
		"a digit, both plain":   {[]session.Occupant{o("b0b", "none"), o("bob", "none")}, map[string]string{"b0b": "bob", "bob": "b0b"}},
		"of the owner":          {[]session.Occupant{o("b0b", "none"), o("bob", "owner")}, map[string]string{"b0b": "bob"}},
		"of us":                 {[]session.Occupant{o("b0b", "owner"), self}, map[string]string{"b0b": "bob"}},
		"spaces, bidi, hidden":  {[]session.Occupant{o("alice", "member"), o("al ice", "none"), o("\u202ealice", "none"), o("ali\u200bce", "none")}, map[string]string{"al ice": "alice", "\u202ealice": "alice", "ali\u200bce": "alice"}},
		"two devices of one":    {[]session.Occupant{one, same}, nil},
		"nothing to be seen":    {[]session.Occupant{o(" ", "none"), o("\u200b", "none")}, map[string]string{"\u200b": " "}},
		"the owner comes third": {[]session.Occupant{o("b0b", "none"), o("BOB", "none"), o("bob", "owner")}, map[string]string{"b0b": "bob", "BOB": "bob"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := likenesses(test.list); !maps.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// besetRoom is the village whose room has people in it who look like others.
func besetRoom(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	room, err := tx.EnsureChat(store.ChatKey{Account: a, Kind: store.Room, JID: "gophers@rooms.example.org"})
	if err != nil {
		return err
	}
	_, _, err = tx.Arrive(store.Arrival{Chat: room, Sender: "gophers@rooms.example.org/mаllory", Nick: "mаllory", Body: "send me the key", Stamp: noon.UnixMicro()})
	return err
}

// people puts occupants into the open room, as the pager does.
func (r *rig) people(list ...session.Occupant) {
	r.t.Helper()
	c, ok := r.a.m.open()
	if !ok {
		r.t.Fatal("no room is open")
	}
	r.a.handle(session.RoomChanged{Account: r.acc, RoomInfo: session.RoomInfo{JID: c.JID, Chat: c.ID, Joined: true, Nick: "alice", Occupants: len(list)}})
	r.pump()
	r.a.m.occupants, r.a.m.likes = list, likenesses(list)
	r.a.tellLikenesses(c)
	r.a.people.rebuild()
}

func crowdAlike() []session.Occupant {
	return []session.Occupant{
		{Nick: "alice", Role: "moderator", Affiliation: "owner", Self: true},
		{Nick: "mallory", Role: "participant", Affiliation: "member"},
		{Nick: "mаllory", Role: "participant", Affiliation: "none"},
		{Nick: "\u202e  ", Role: "participant", Affiliation: "none"},
		{Nick: "t\x1brent\u0085", Role: "participant", Affiliation: "none"},
	}
}

// TestLookalikeInARoom: who looks like somebody else is named, in the list, in the
// talk and once above the input; nothing of a nick can be obeyed.
func TestLookalikeInARoom(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], besetRoom)
		r.do("chat.next-unread")
		r.people(crowdAlike()...)
		r.golden(fmt.Sprintf("likeness-%dx%d", size[0], size[1]))
		if !strings.Contains(r.screen(), "is not mallory") {
			t.Errorf("nobody is warned:\n%s", r.screen())
		}
		r.press("Esc")
		r.people(crowdAlike()...)
		if s := r.screen(); strings.Contains(s, "is not mallory") {
			t.Errorf("warned again:\n%s", s)
		}
	}
}

// TestStrangerWithTheNameOfAContact: by the address or by the name they give.
func TestStrangerWithTheNameOfAContact(t *testing.T) {
	m := newModel()
	m.contacts[who{1, "bob@example.org"}] = store.Contact{JID: "bob@example.org", Name: "Bob Ross"}
	m.contacts[who{1, "x1@example.org"}] = store.Contact{JID: "x1@example.org", Name: "Dave"}
	for _, test := range []struct{ jid, nick, want string }{
		{"b0b@evil.example", "", "bob@example.org"}, {"bоb@evil.example", "", "bob@example.org"}, {"eve@evil.example", "Воb  Ross", "bob@example.org"},
		{"bob.ross@evil.example", "", "bob@example.org"}, {"dave@evil.example", "", "x1@example.org"}, {"eve@evil.example", "Eve", ""}, {"bob@example.org", "Bob Ross", ""},
	} {
		if got := m.twin(who{1, test.jid}, test.nick); got != test.want {
			t.Errorf("%s %q looks like %q, want %q", test.jid, test.nick, got, test.want)
		}
	}
}

func BenchmarkLikenesses(b *testing.B) {
	list := make([]session.Occupant, 10_000)
	for i := range list {
		list[i].Nick = fmt.Sprintf("somebody-%d", i*7919)
	}
	for b.Loop() {
		likenesses(list)
	}
}
