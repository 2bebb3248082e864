package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const (
	occupantID = "urn:xmpp:occupant-id:0"
	stanzaIDs  = "urn:xmpp:sid:0"
)

// occupant is the presence of somebody in the room.
func occupant(nick, attrs, inner string, codes ...string) string {
	status := ""
	for _, c := range codes {
		status += "<status code='" + c + "'/>"
	}
	return "<presence from='" + myRoom + "/" + nick + "' " + attrs + "><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'>" +
		inner + "</item>" + status + "</x></presence>"
}

// line is what somebody says in the room; nick "" is the room itself.
func line(nick, inner string) string {
	from := myRoom
	if nick != "" {
		from += "/" + nick
	}
	return "<message from='" + from + "' type='groupchat'>" + inner + "</message>"
}

// join asks for the room and waits for the presence that enters it.
func (p *peer) join(cl *client, nick string) *wire.Element {
	p.t.Helper()
	cl.a.Join(myRoom, nick, "")
	return p.await("the presence", func(el *wire.Element) bool {
		return el.Local == "presence" && el.Attr("to") == myRoom+"/"+nick && el.Attr("type") == ""
	})
}

// enter brings the client into the room with the others that are there.
func (p *peer) enter(cl *client, nick string, others ...string) store.ChatID {
	p.t.Helper()
	p.join(cl, nick)
	for _, o := range others {
		p.send(occupant(o, "", ""))
	}
	p.tells(occupant(nick, "", "", "110"), line("", "<subject/>"))
	return cl.chat(store.Room, myRoom).ID
}

// room is how the room is now, of the events that wait.
func room(cl *client) session.RoomInfo {
	cl.t.Helper()
	list := events[session.RoomChanged](cl)
	if len(list) == 0 {
		cl.t.Fatal("nothing was told of the room")
	}
	return list[len(list)-1].RoomInfo
}

// TestEnteringIsRefused is what a refusal means, and whether it is tried again
// at the next login.
func TestEnteringIsRefused(t *testing.T) {
	tests := map[string]struct {
		code string
		ask  bool
	}{
		"not-authorized": {"room-password", true}, "forbidden": {"room-banned", true}, "registration-required": {"room-members-only", true},
		"item-not-found": {"room-locked", true}, "not-allowed": {"room-no-create", true}, "service-unavailable": {"room-full", false},
		"remote-server-not-found": {"room-no-server", false}, "gone": {"room-gone", true}, "bad-request": {"room-refused", true},
	}
	for condition, test := range tests {
		t.Run(condition, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			p.join(cl, "alice")
			p.tells("<presence from='" + myRoom + "/alice' type='error'><error type='cancel'><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>")
			r := room(cl)
			if r.Joined || r.Joining || r.Problem == nil || r.Problem.Code != test.code || r.Problem.Ask != test.ask {
				t.Errorf("got %+v with %+v, want %s, stop: %v", r, r.Problem, test.code, test.ask)
			}
			list, err := cl.st.Rooms(t.Context(), cl.a.ID())
			if err != nil || len(list) != 1 || list[0].Autojoin == test.ask {
				t.Errorf("got %+v (%v), want it entered at the next login: %v", list, err, !test.ask)
			}
		})
	}
}

// TestTakenNick: the next one is taken, three times at most.
func TestTakenNick(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.join(cl, "alice")
	conflict := func(nick string) {
		p.send("<presence from='" + myRoom + "/" + nick + "' type='error'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>")
	}
	for _, next := range []string{"alice_", "alice__", "alice___"} {
		conflict(strings.TrimSuffix(next, "_"))
		p.await("the nick "+next, func(el *wire.Element) bool { return el.Local == "presence" && el.Attr("to") == myRoom+"/"+next })
	}
	conflict("alice___")
	p.sync()
	if r := room(cl); r.Problem == nil || r.Problem.Code != "nick-taken" || r.Joining {
		t.Errorf("got %+v with %+v, want an end", r, r.Problem)
	}
}

// TestThrownOut is how being in a room ends.
func TestThrownOut(t *testing.T) {
	tests := map[string]struct {
		xml, code, notice string
		again             bool
	}{
		"kicked":       {occupant("alice", "type='unavailable'", "<actor nick='mod'/><reason>spam</reason>", "307", "110"), "room-kicked", "you-kicked", false},
		"banned":       {occupant("alice", "type='unavailable'", "<reason>spam</reason>", "301", "110"), "room-banned", "you-banned", false},
		"members only": {occupant("alice", "type='unavailable'", "", "322", "110"), "room-members-only", "you-members-only", false},
		"affiliation":  {occupant("alice", "type='unavailable'", "", "321"), "room-lost-affiliation", "you-lost-affiliation", false},
		"shutdown":     {occupant("alice", "type='unavailable'", "", "332", "110"), "room-shutdown", "you-shutdown", true},
		"destroyed": {"<presence from='" + myRoom + "/alice' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/>" +
			"<destroy jid='other@rooms.example.org'><reason>over</reason></destroy></x></presence>", "room-destroyed", "you-destroyed", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			chat := p.enter(cl, "alice", "mira")
			p.tells(test.xml)
			r := room(cl)
			if r.Joined || r.Occupants != 0 || r.Problem == nil || r.Problem.Code != test.code {
				t.Errorf("got %+v with %+v, want %s", r, r.Problem, test.code)
			}
			if rows := cl.rows(chat); len(rows) != 1 || rows[0].Notice != test.notice {
				t.Errorf("got rows %q, want the notice %s", cl.said(), test.notice)
			}
			list, err := cl.st.Rooms(t.Context(), cl.a.ID())
			if err != nil || len(list) != 1 || list[0].Autojoin != test.again {
				t.Errorf("got %+v (%v), want it entered at the next login: %v", list, err, test.again)
			}
			for _, el := range p.took() {
				if strings.Contains(el, "other@rooms.example.org") {
					t.Errorf("it went where a stranger pointed: %s", el)
				}
			}
		})
	}
}

// TestOthersLeave: a kick is told, a nick change keeps the person, and a
// stranger to the room changes nothing.
func TestOthersLeave(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.enter(cl, "alice", "mira", "jonas")
	p.tells(occupant("jonas", "type='unavailable'", "<reason>spam</reason>", "307"),
		"<presence from='"+myRoom+"/mira' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item nick='mira2'/><status code='303'/></x></presence>",
		occupant("mira2", "", ""))
	nicks := func() (all []string) {
		list, err := cl.a.Occupants(t.Context(), myRoom)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			all = append(all, o.Nick)
		}
		slices.Sort(all)
		return all
	}
	if got := nicks(); !slices.Equal(got, []string{"alice", "mira2"}) {
		t.Errorf("got %v in the room", got)
	}
	if got, want := cl.said(), []string{myRoom + ` room notice kicked <jonas> "spam"`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// Our own nick, changed by us or the room, is the one of the next login.
	p.tells("<presence from='"+myRoom+"/alice' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item nick='ally'/><status code='303'/><status code='110'/></x></presence>",
		occupant("ally", "", "", "110"), line("mira2", "<body>ally: tea?</body>"))
	if r := room(cl); r.Nick != "ally" || !r.Joined {
		t.Errorf("got %+v, want the nick ally", r)
	}
	if list, err := cl.st.Rooms(t.Context(), cl.a.ID()); err != nil || len(list) != 1 || list[0].Nick != "ally" {
		t.Errorf("got %+v (%v) on disk, want the nick ally", list, err)
	}
	if rows := cl.rows(chat); len(rows) != 2 || !rows[1].Mention {
		t.Errorf("got %q, want a mention of the new nick", cl.said())
	}
}

// TestSharedNick: another device of ours under our nick changes nothing.
func TestSharedNick(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.enter(cl, "alice", "mira")
	p.tells(occupant("alice", "", "<show>away</show>"))
	list, err := cl.a.Occupants(t.Context(), myRoom)
	if err != nil || len(list) != 2 || !slices.ContainsFunc(list, func(o session.Occupant) bool { return o.Nick == "alice" && o.Self }) {
		t.Errorf("got %+v (%v), want us to be alice", list, err)
	}
}

// TestRoomLines is what becomes of what is said in a room.
func TestRoomLines(t *testing.T) {
	sid := func(by, id string) string {
		return "<stanza-id xmlns='urn:xmpp:sid:0' by='" + by + "' id='" + id + "'/>"
	}
	id := func(id string) string { return "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='" + id + "'/>" }
	old := "<delay xmlns='urn:xmpp:delay' from='" + myRoom + "' stamp='2020-02-03T04:05:06Z'/>"
	const in = myRoom + " room in "
	tests := map[string]struct {
		features []string
		xml      []string
		want     []string
		incoming int
	}{
		"a line":              {nil, []string{line("mira", "<body>hi</body>")}, []string{in + `<mira> "hi"`}, 1},
		"a mention":           {nil, []string{line("mira", "<body>Alice, tea?</body>")}, []string{in + `<mira> "Alice, tea?" mention`}, 1},
		"no mention":          {nil, []string{line("mira", "<body>malice</body>")}, []string{in + `<mira> "malice"`}, 1},
		"our own, elsewhere":  {nil, []string{line("alice", "<body>hi</body>")}, []string{myRoom + ` room sent <alice> "hi"`}, 0},
		"the room says":       {nil, []string{line("", "<body>config changed</body>")}, []string{myRoom + ` room notice room-says "config changed"`}, 0},
		"a subject":           {nil, []string{line("mira", "<subject>biscuits</subject>")}, []string{myRoom + ` room notice subject <mira> "biscuits"`}, 0},
		"subject and body":    {nil, []string{line("mira", "<subject>x</subject><body>hi</body>")}, []string{in + `<mira> "hi"`}, 1},
		"history":             {nil, []string{line("mira", "<body>hi</body>"+old)}, []string{in + `<mira> "hi" of 2020-02-03`}, 0},
		"a delay of a person": {nil, []string{line("mira", "<body>hi</body><delay xmlns='urn:xmpp:delay' from='mira@evil.example' stamp='2020-02-03T04:05:06Z'/>")}, []string{in + `<mira> "hi"`}, 1},
		"history of a clock that is ahead": {nil, []string{line("mira", "<body>hi</body><delay xmlns='urn:xmpp:delay' from='"+myRoom+"' stamp='"+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+"'/>")},
			[]string{in + `<mira> "hi"`}, 0},
		"twice by the room's id":       {[]string{stanzaIDs}, []string{line("mira", "<body>hi</body>"+sid(myRoom, "1")), line("mira", "<body>hi</body>"+sid(myRoom, "1")+old)}, []string{in + `<mira> "hi"`}, 1},
		"ids the room does not vouch":  {nil, []string{line("mira", "<body>hi</body>"+sid(myRoom, "1")), line("jonas", "<body>ho</body>"+sid(myRoom, "1"))}, []string{in + `<mira> "hi"`, in + `<jonas> "ho"`}, 2},
		"ids of another by":            {[]string{stanzaIDs}, []string{line("mira", "<body>hi</body>"+sid("x@y", "1")), line("jonas", "<body>ho</body>"+sid("x@y", "1"))}, []string{in + `<mira> "hi"`, in + `<jonas> "ho"`}, 2},
		"a private line":               {nil, []string{"<message from='" + myRoom + "/mira' type='chat'><body>psst</body></message>"}, []string{myRoom + ` private in <mira> "psst"`}, 1},
		"an invitation joins nothing":  {nil, []string{"<message from='bob@example.org'><x xmlns='jabber:x:conference' jid='other@rooms.example.org'/></message>"}, []string{`bob@example.org notice invited <bob@example.org> ""`}, 0},
		"typing is no line":            {nil, []string{line("mira", "<composing xmlns='http://jabber.org/protocol/chatstates'/>")}, nil, 0},
		"occupant-id not vouched for":  {nil, []string{line("mira", "<body>hi</body>"+id("o1"))}, []string{in + `<mira> "hi"`}, 1},
		"the line of a refused sender": {nil, []string{"<message from='other@rooms.example.org/mira' type='groupchat'><body>hi</body></message>"}, nil, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.offer(myRoom, test.features)
			cl := p.login()
			p.enter(cl, "alice", "mira", "jonas")
			cl.take()
			p.tells(test.xml...)
			if got := cl.said(); !slices.Equal(got, test.want) {
				t.Errorf("got rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			if n := len(events[session.Incoming](cl)); n != test.incoming {
				t.Errorf("got %d notifications, want %d", n, test.incoming)
			}
			for _, c := range cl.rows(cl.chat(store.Room, myRoom).ID) {
				if c.OccupantID != "" {
					t.Errorf("believed the occupant-id %q", c.OccupantID)
				}
			}
		})
	}
}

// TestReplayAfterARejoin: what a room says again is not new, and does not move
// the counts.
func TestReplayAfterARejoin(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	tea := s.OpenRoom("tea", "Tea", "biscuits")
	bob := s.Script("bob")
	bob.Presence("", "")
	bob.Join(tea.JID(), "bob")
	for i := range 5 {
		bob.SayRoom(tea.JID(), fmt.Sprintf("before %d", i))
	}
	alice := login(t, s, "alice")
	enter := func() store.ChatID {
		t.Helper()
		alice.a.Join(tea.JID(), "alice", "")
		return wait(alice, "the room", func(e session.RoomChanged) bool { return e.Joined && e.Subject == "biscuits" }).Chat
	}
	chat := enter()
	bob.SayRoom(tea.JID(), "alice: live")
	alice.until("the live line", func() bool { return len(alice.rows(chat)) == 6 })
	alice.a.Send(chat, "mine")
	alice.until("ours", func() bool { return alice.has(chat, "mine", store.Sent) })
	count := func() [2]int { c := alice.chat(store.Room, tea.JID()); return [2]int{c.Unread, c.Mentions} }
	before, rows := count(), alice.said()
	for range 3 {
		alice.a.Leave(chat)
		wait(alice, "out", func(e session.RoomChanged) bool { return !e.Joined })
		enter()
		if got := alice.said(); !slices.Equal(got, rows) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(rows, "\n"))
		}
	}
	if got := count(); got != before {
		t.Errorf("got unread and mentions %v, want %v", got, before)
	}
}

// TestNewRoomIsOpened: who makes a room accepts its defaults at once.
func TestNewRoomIsOpened(t *testing.T) {
	s := newDemo(t, "alice", "bob")
	alice := login(t, s, "alice")
	room := "new@rooms." + s.Domain()
	alice.a.Join(room, "alice", "")
	wait(alice, "the answer", func(e session.Answer) bool { return e.Code == "room-made" })
	bob := login(t, s, "bob")
	bob.a.Join(room, "alice", "") // taken: the next one
	wait(bob, "the other nick", func(e session.RoomChanged) bool { return e.Joined && e.Nick == "alice_" })
}

// TestSilentRoom: one that never answers is given up after half a minute, and an
// answer that comes too late does not leave us half in it.
func TestSilentRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t)
		cl := p.login()
		start := time.Now()
		p.join(cl, "alice")
		r := wait(cl, "an end", func(e session.RoomChanged) bool { return e.Problem != nil })
		if r.Problem.Code != "room-silent" || r.Joining || time.Since(start) != 30*time.Second {
			t.Errorf("got %+v after %v", r.Problem, time.Since(start))
		}
		p.await("the goodbye", func(el *wire.Element) bool {
			return el.Attr("to") == myRoom+"/alice" && el.Attr("type") == "unavailable"
		})
		p.tells(occupant("alice", "", "", "110"))
		if list := events[session.RoomChanged](cl); len(list) > 0 {
			t.Errorf("a late answer changed the room: %+v", list)
		}
		cl.c.Close()
	})
}

// TestLeftDuringAShutdownStaysLeft: the room is entered again when its service
// is back, unless the user left it.
func TestLeftDuringAShutdownStaysLeft(t *testing.T) {
	for _, leave := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			chat := p.enter(cl, "alice")
			p.tells(occupant("alice", "type='unavailable'", "", "332", "110"))
			p.took()
			if leave {
				cl.a.Leave(chat)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			again := strings.Contains(strings.Join(p.took(), ""), "http://jabber.org/protocol/muc'")
			if again == leave {
				t.Errorf("left: %v, entered again: %v", leave, again)
			}
			cl.c.Close()
		})
	}
}

// TestTypingExpires: an end that never comes is not waited for.
func TestTypingExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t)
		cl := p.login()
		chat := cl.open("bob@example.org")
		p.tells(from("<composing xmlns='http://jabber.org/protocol/chatstates'/>", "type='chat'"))
		start := time.Now()
		wait(cl, "typing", func(e session.TypingChanged) bool { return e.Chat == chat && len(e.Who) == 1 })
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		list := events[session.TypingChanged](cl)
		if len(list) != 1 || len(list[0].Who) != 0 {
			t.Errorf("after %v: got %+v, want nobody", time.Since(start), list)
		}
		cl.c.Close()
	})
}

// TestTwoThousandOccupants: entering a large room is one list, not 2,000 waits.
func TestTwoThousandOccupants(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	var others []string
	for i := range 2000 {
		others = append(others, fmt.Sprintf("nick %d", i))
	}
	p.enter(cl, "alice", others...)
	list, err := cl.a.Occupants(t.Context(), myRoom)
	if err != nil || len(list) != 2001 {
		t.Errorf("got %d occupants (%v), want 2001", len(list), err)
	}
}
