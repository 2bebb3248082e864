package session_test

import (
	"slices"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestRealRoomDeeds: an owner takes voice, throws out, bans and takes the ban back.
func TestRealRoomDeeds(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
		alice.online()
		bob.online()
		alice.a.Join(roomJID, "alice", "")
		wait(alice, "the room open", func(e session.Answer) bool { return e.Code == "room-made" })
		room := alice.chat(store.Room, roomJID).ID
		enters := func() {
			t.Helper()
			bob.a.Join(roomJID, "bob", "")
			wait(bob, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined })
			alice.until("bob in the room", func() bool { return alice.sees("bob").Role != "" })
		}
		done := func(code string) {
			t.Helper()
			if e := wait(alice, "the answer "+code, func(e session.Answer) bool { return e.Code == code || e.Problem != nil }); e.Problem != nil {
				t.Fatalf("%s: %+v", code, e.Problem)
			}
		}
		thrownOut := func(code string) {
			t.Helper()
			wait(bob, "the end", func(e session.RoomChanged) bool { return !e.Joined && e.Problem != nil && e.Problem.Code == code })
		}
		enters()
		alice.a.Deed(room, session.Devoice, "bob", "")
		done("deed-devoice")
		alice.until("bob without voice", func() bool { return alice.sees("bob").Role == "visitor" })
		alice.a.Deed(room, session.Op, "bob", "")
		done("deed-op")
		alice.until("bob as a moderator", func() bool { return alice.sees("bob").Role == "moderator" })
		alice.a.Deed(room, session.Kick, "bob", "too loud")
		done("deed-kick")
		thrownOut("room-kicked")
		enters()
		alice.a.Deed(room, session.Ban, "bob", "again")
		done("deed-ban")
		thrownOut("room-banned")
		if s.Name != "ejabberd" { // it lets in whom it took for a moderator before
			bob.a.Join(roomJID, "bob", "")
			thrownOut("room-banned")
		}
		alice.a.Affiliations(room, "")
		e := wait(alice, "the list", func(session.AffiliationsListed) bool { return true })
		if len(e.List) != 2 || e.List[0].JID != aliceJID || e.List[0].Affiliation != "owner" || e.List[1].JID != bobJID || e.List[1].Affiliation != "outcast" || len(e.Refused) > 0 {
			t.Errorf("%s: the room lists %+v", s.Name, e)
		}
		alice.a.SetAffiliation(room, bobJID, "none", "")
		done("affiliation-none")
		enters()
		many := []session.Affiliated{{JID: "x@example.org", Affiliation: "none"}, {JID: "y@example.org", Affiliation: "none"}, {JID: "z@example.org", Affiliation: "none"}}
		for _, to := range []string{"outcast", "member", "none"} { // Prosody does the first of many alone
			alice.a.SetAffiliations(room, many, to, "")
			if e := wait(alice, "the answer", func(session.Answer) bool { return true }); e.Code != "affiliations-"+to || e.Args[0] != "3" {
				t.Errorf("%s: many as %s: got %+v %+v", s.Name, to, e, e.Problem)
			}
			e := wait(alice, "the list", func(e session.AffiliationsListed) bool { return e.News })
			n := 0
			for _, x := range e.List {
				if slices.ContainsFunc(many, func(m session.Affiliated) bool { return m.JID == x.JID && x.Affiliation == to }) {
					n++
				}
			}
			if to != "none" && n != 3 || to == "none" && len(e.List) != 1 { // alice owns it
				t.Errorf("%s: %d of 3 are %s: %+v", s.Name, n, to, e.List)
			}
			for i := range many {
				many[i].Affiliation = to
			}
		}
		alice.a.SetAffiliations(room, []session.Affiliated{{JID: aliceJID, Affiliation: "owner"}, {JID: "x@example.org"}}, "member", "")
		if e := wait(alice, "the answer", func(session.Answer) bool { return true }); e.Problem == nil || e.Problem.Code != "affiliations-refused" || e.Problem.Args[0] != "1" || e.Problem.Args[2] != aliceJID {
			t.Errorf("%s: the last owner and another: got %+v %+v", s.Name, e, e.Problem)
		}
		alice.a.SetAffiliation(room, aliceJID, "none", "")
		if e := wait(alice, "the answer", func(session.Answer) bool { return true }); e.Problem == nil || e.Problem.Code != "deed-last-owner" && e.Problem.Code != "deed-above" && e.Problem.Code != "deed-refused" {
			t.Errorf("%s: the last owner went: %+v %+v", s.Name, e, e.Problem)
		}
	})
}

// TestRealRoomConfig: rooms are made as asked, and configured by their own form.
func TestRealRoomConfig(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
		alice.online()
		bob.online()
		alice.a.Create(roomJID, session.PrivateRoom)
		if e := wait(alice, "the room", func(e session.Answer) bool { return e.Code != "" || e.Problem != nil }); e.Code != "room-made-private" {
			t.Fatalf("%s: got %+v %+v", s.Name, e, e.Problem)
		}
		room := alice.chat(store.Room, roomJID).ID
		bob.a.Join(roomJID, "bob", "")
		wait(bob, "the refusal", func(e session.RoomChanged) bool { return e.Problem != nil && e.Problem.Code == "room-members-only" })
		form := func() session.Form {
			t.Helper()
			alice.a.Configure(room)
			return wait(alice, "the form", func(session.RoomForm) bool { return true }).Form
		}
		f := form()
		for name, want := range map[string]string{"persistentroom": "1", "publicroom": "0", "membersonly": "1", "whois": "anyone"} {
			if got := f.Value("muc#roomconfig_" + name); got != want {
				t.Errorf("%s: %s is %q, want %q", s.Name, name, got, want)
			}
		}
		alice.a.Invite(room, bobJID, "tea")
		list := wait(bob, "the invitation", func(e session.InvitationsChanged) bool { return len(e.List) > 0 }).List
		if i := list[0]; i.Room != roomJID || i.From != aliceJID || !i.Mediated || i.Reason != "tea" {
			t.Errorf("%s: bob is invited by %+v", s.Name, i)
		}
		bob.a.AnswerInvitation(list[0], true)
		wait(bob, "the room", func(e session.RoomChanged) bool { return e.Joined })
		bob.a.Leave(bob.chat(store.Room, roomJID).ID)
		f.Fill("muc#roomconfig_membersonly", "0")
		f.Fill("muc#roomconfig_roomname", "Tea & cake")
		alice.a.SubmitConfig(room, f)
		wait(alice, "the answer", func(e session.Answer) bool { return e.Code == "config-saved" })
		bob.a.Join(roomJID, "bob", "")
		wait(bob, "the room", func(e session.RoomChanged) bool { return e.Joined && e.Name == "Tea & cake" })
		if f := form(); f.Value("muc#roomconfig_persistentroom") != "1" || f.Value("muc#roomconfig_whois") != "anyone" {
			t.Errorf("%s: what was not touched changed: %+v", s.Name, f)
		}
		alice.a.CancelConfig(room)
		alice.a.Destroy(room, "cake@"+realserver.Rooms, "moved")
		wait(alice, "the answer", func(e session.Answer) bool { return e.Code == "room-destroyed" })
		wait(bob, "the end", func(e session.RoomChanged) bool {
			return e.Problem != nil && e.Problem.Code == "room-destroyed" && e.Problem.Text == "moved"
		})
	})
}

// sees is how somebody stands in the room of the tests.
func (cl *client) sees(nick string) session.Occupant {
	cl.t.Helper()
	list, err := cl.a.Occupants(cl.t.Context(), roomJID)
	if err != nil {
		cl.t.Fatal(err)
	}
	if i := slices.IndexFunc(list, func(o session.Occupant) bool { return o.Nick == nick }); i >= 0 {
		return list[i]
	}
	return session.Occupant{}
}

// TestRealVoice: a visitor asks to speak, and a moderator lets them.
func TestRealVoice(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
		alice.online()
		bob.online()
		alice.a.Create(roomJID, session.PublicRoom)
		wait(alice, "the room", func(e session.Answer) bool { return e.Code == "room-made-public" })
		room := alice.chat(store.Room, roomJID).ID
		bob.a.Join(roomJID, "bob", "")
		wait(bob, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined })
		alice.until("bob in the room", func() bool { return alice.sees("bob").Role != "" })
		alice.a.Deed(room, session.Devoice, "bob", "")
		alice.until("bob without voice", func() bool { return alice.sees("bob").Role == "visitor" })
		bob.until("no voice", func() bool { return bob.sees("bob").Role == "visitor" })
		bob.a.AskVoice(bob.chat(store.Room, roomJID).ID)
		e := wait(alice, "the request", func(e session.VoiceRequestsChanged) bool { return len(e.List) == 1 })
		if v := e.List[0]; v.Nick != "bob" || v.JID != bobJID || v.Room != roomJID {
			t.Errorf("%s: got %+v", s.Name, v)
		}
		alice.a.AnswerVoice(e.List[0], true)
		alice.until("bob with voice", func() bool { return alice.sees("bob").Role == "participant" })
	})
}

// TestRealReservedNick: a nick is registered with the room, offered at the next
// first entry, and given up. ejabberd keeps nicks for its whole service.
func TestRealReservedNick(t *testing.T) {
	s := realserver.Prosody(t)
	alice := newClient(t, s, "alice", true)
	alice.online()
	alice.a.Create(roomJID, session.PublicRoom)
	wait(alice, "the room", func(e session.Answer) bool { return e.Code == "room-made-public" })
	room := alice.chat(store.Room, roomJID).ID
	alice.a.RegisterInRoom(room)
	e := wait(alice, "the form", func(session.RoomRegistration) bool { return true })
	f := e.Form
	if !f.Fill("muc#register_roomnick", "queen") {
		t.Fatalf("the form is %+v", f)
	}
	alice.a.SubmitRegistration(e, f)
	wait(alice, "the answer", func(e session.Answer) bool { return e.Code == "nick-registered" && e.Args[0] == "queen" })
	alice.until("the nick", func() bool { return alice.sees("queen").Self })
	other := newClient(t, s, "alice", true)
	other.online()
	other.a.Join(roomJID, "", "")
	wait(other, "the room", func(e session.RoomChanged) bool { return e.Joined && e.Nick == "queen" })
	alice.a.RegisterInRoom(room)
	wait(alice, "what is known", func(e session.Answer) bool { return e.Code == "nick-registered-already" && e.Args[0] == "queen" })
	alice.a.UnregisterInRoom(room)
	wait(alice, "the end", func(e session.Answer) bool { return e.Code == "nick-unregistered" || e.Problem != nil })
}
