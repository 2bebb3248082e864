package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/wire"
)

const (
	itemsNS  = "http://jabber.org/protocol/disco#items"
	infoNS   = "http://jabber.org/protocol/disco#info"
	searchNS = "urn:xmpp:channel-search:0:search"
	service  = "rooms.example.org"
)

func asksOf(to, space string) func(*wire.Element) bool {
	return func(el *wire.Element) bool {
		return el.Local == "iq" && el.Attr("to") == to && len(el.Children) > 0 && el.Children[0].Space == space
	}
}

func (p *peer) reply(q *wire.Element, inner string) {
	p.sendf("<iq type='result' id='%s' from='%s'>%s</iq>", q.Attr("id"), q.Attr("to"), inner)
}

func listed(cl *client, ok func(session.RoomsListed) bool) session.RoomsListed {
	cl.t.Helper()
	return wait(cl, "the directory", ok)
}

func finished(e session.RoomsListed) bool { return e.Done }

// items is a page of a directory.
func itemsPage(list []string, last string) string {
	out := "<query xmlns='" + itemsNS + "'>"
	for _, i := range list {
		out += i
	}
	if last != "" {
		out += "<set xmlns='http://jabber.org/protocol/rsm'><last>" + last + "</last></set>"
	}
	return out + "</query>"
}

// directoryOf opens the directory of the service that lists rooms in pages.
func directoryOf(t *testing.T, features ...string) (*peer, *client, func(string) *wire.Element) {
	t.Helper()
	p := newPeer(t)
	cl := p.login()
	p.hush(service)
	return p, cl, func(words string) *wire.Element {
		t.Helper()
		cl.a.ListRooms(service, words)
		q := p.await("the question what it is", asksOf(service, infoNS))
		inner := ""
		for _, f := range features {
			inner += "<feature var='" + f + "'/>"
		}
		p.reply(q, "<query xmlns='"+infoNS+"'><identity category='conference' type='text'/>"+inner+"</query>")
		return q
	}
}

// TestHostileDirectory: a directory may be of any size, go in circles and lie; what
// is kept is bounded and is of that service.
func TestHostileDirectory(t *testing.T) {
	p, cl, open := directoryOf(t, "http://jabber.org/protocol/muc")
	open("")
	q := p.await("the first page", asksOf(service, itemsNS))
	set := q.Children[0].Child("http://jabber.org/protocol/rsm", "set")
	if set.ChildText("http://jabber.org/protocol/rsm", "max") != "100" {
		t.Errorf("asked %s", q.Bytes())
	}
	p.reply(q, itemsPage([]string{
		"<item jid='tea@rooms.example.org' name='Tea (12)'/>", "<item jid='TEA@rooms.example.org' name='again'/>", "<item jid='x@evil.example' name='elsewhere'/>",
		"<item jid='@@'/>", "<item/>", "<item jid='rooms.example.org'/>", "<item jid='a@rooms.example.org/nick'/>", "<item jid='n@rooms.example.org' node='x'/>",
		"<item jid='long@rooms.example.org' name='" + strings.Repeat("é", 5000) + "'/>", "<item jid='odd@rooms.example.org' name='odd (-99999999999999999999)'/>"}, "a"))
	q = p.await("the second page", asksOf(service, itemsNS))
	if got := q.Children[0].Child("http://jabber.org/protocol/rsm", "set").ChildText("http://jabber.org/protocol/rsm", "after"); got != "a" {
		t.Errorf("asked after %q", got)
	}
	p.reply(q, itemsPage([]string{"<item jid='tea@rooms.example.org'/>"}, "b")) // nothing new: it goes in circles
	e := listed(cl, finished)
	if len(e.List) != 3 || e.List[0].JID != "tea@rooms.example.org" || e.List[0].Occupants != 12 || e.List[1].Name != strings.Repeat("é", 100) || e.List[2].Occupants != -1 || e.More || e.Problem != nil {
		t.Errorf("got %d: %+v", len(e.List), e)
	}

	open("")
	for at := 0; ; {
		q = p.await("a page", asksOf(service, itemsNS))
		var list []string
		for range 1000 { // more than was asked for
			list = append(list, fmt.Sprintf("<item jid='r%d@rooms.example.org'/>", at))
			at++
		}
		p.reply(q, itemsPage(list, fmt.Sprint(at)))
		if e = listed(cl, func(e session.RoomsListed) bool { return len(e.List) >= min(at, 5000) }); e.Done {
			break
		}
	}
	if len(e.List) != 5000 || !e.More {
		t.Errorf("kept %d, more: %v", len(e.List), e.More)
	}

	open("")
	q = p.await("a page", asksOf(service, itemsNS))
	p.fail(q, "not-allowed")
	if e = listed(cl, finished); e.Problem == nil || e.Problem.Code != "directory-refused" {
		t.Errorf("got %+v", e)
	}
	for service, code := range map[string]string{"@@": "bad-service", "a@b.example": "bad-service"} {
		cl.a.ListRooms(service, "")
		if e = listed(cl, finished); e.Problem == nil || e.Problem.Code != code {
			t.Errorf("%s: got %+v", service, e.Problem)
		}
	}
}

// TestChannelSearch: a service that can search is asked for words; where it tells
// nothing without them, and has rooms of its own, those are listed.
func TestChannelSearch(t *testing.T) {
	p, cl, open := directoryOf(t, "http://jabber.org/protocol/muc", searchNS)
	open("tea & cake")
	q := p.await("the search", asksOf(service, searchNS))
	if got := submitted(q.Child(searchNS, "search")); q.Attr("type") != "get" || got["q"] != "tea & cake" || got["FORM_TYPE"] != "urn:xmpp:channel-search:0:search-params" || got["key"] != "{urn:xmpp:channel-search:0:order}nusers" {
		t.Errorf("asked %s", q.Bytes())
	}
	item := func(address, inner string) string { return "<item address='" + address + "'>" + inner + "</item>" }
	p.reply(q, "<result xmlns='"+searchNS+"'>"+item("tea@muc.example.net", "<name>Tea</name><description>black</description><language>en</language><nusers>4294967295</nusers><is-open/>")+
		item("mix@mix.example.net", "<service-type>xep-0369</service-type>")+item("evil", "<name>x</name>")+item("n@muc.example.net", "<nusers>-4</nusers>")+"</result>")
	e := listed(cl, finished)
	if len(e.List) != 2 || e.List[0].JID != "tea@muc.example.net" || e.List[0].About != "black" || e.List[0].Lang != "en" || e.List[0].Occupants != 1_000_000 || e.List[1].Occupants != -1 {
		t.Errorf("got %+v", e.List)
	}
	open("")
	q = p.await("the search", asksOf(service, searchNS))
	if got := submitted(q.Child(searchNS, "search")); got["all"] != "1" || got["q"] != "" {
		t.Errorf("asked %s", q.Bytes())
	}
	p.fail(q, "not-allowed")
	p.reply(p.await("the list", asksOf(service, itemsNS)), itemsPage([]string{"<item jid='tea@rooms.example.org'/>"}, ""))
	if e = listed(cl, finished); len(e.List) != 1 || e.Problem != nil {
		t.Errorf("got %+v", e)
	}
}

// TestRoomsTellOfThemselves: only rooms of the directory are asked, one after the
// other, each once, and what they say is bounded.
func TestRoomsTellOfThemselves(t *testing.T) {
	p, cl, open := directoryOf(t, "http://jabber.org/protocol/muc")
	open("")
	p.reply(p.await("the list", asksOf(service, itemsNS)), itemsPage([]string{"<item jid='tea@rooms.example.org'/>", "<item jid='go@rooms.example.org'/>"}, ""))
	listed(cl, finished)
	for _, j := range []string{"tea@rooms.example.org", "go@rooms.example.org"} {
		p.hush(j)
	}
	begin := time.Now()
	cl.a.AskRooms([]string{"bob@example.org", "go@rooms.example.org", "tea@rooms.example.org", "go@rooms.example.org"})
	q := p.await("the first question", asksOf("go@rooms.example.org", infoNS))
	p.reply(q, "<query xmlns='"+infoNS+"'><identity category='conference' type='text' name='Gophers'/><feature var='muc_membersonly'/><feature var='muc_nonanonymous'/>"+
		"<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roominfo</value></field>"+
		"<field var='muc#roominfo_description'><value>"+strings.Repeat("x", 5000)+"</value></field><field var='muc#roominfo_occupants'><value>7</value></field><field var='muc#roominfo_lang'><value>de</value></field></x></query>")
	e := wait(cl, "the room", func(session.RoomTold) bool { return true })
	if e.JID != "go@rooms.example.org" || e.Name != "Gophers" || e.Occupants != 7 || e.Lang != "de" || len(e.About) != 1000 || !e.Members || !e.Addresses || e.Password || !e.Told {
		t.Errorf("got %+v", e)
	}
	p.fail(p.await("the second question", asksOf("tea@rooms.example.org", infoNS)), "forbidden")
	if d := time.Since(begin); d < 200*time.Millisecond {
		t.Errorf("two were asked within %v", d)
	}
	p.sync()
	for _, el := range p.took() {
		if strings.Contains(el, infoNS) {
			t.Errorf("asked too: %s", el)
		}
	}
}

// TestRealDirectory: the rooms of the own server are found, and say what they are.
func TestRealDirectory(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice := newClient(t, s, "alice", true)
		alice.online()
		alice.a.Create(roomJID, session.PublicRoom)
		wait(alice, "the room", func(e session.Answer) bool { return e.Code == "room-made-public" })
		id := alice.a.ListRooms("", "")
		e := wait(alice, "the directory", func(e session.RoomsListed) bool { return e.ID == id && e.Done })
		if e.Service != realserver.Rooms || e.Problem != nil || len(e.List) != 1 || e.List[0].JID != roomJID {
			t.Fatalf("%s: got %+v %+v", s.Name, e, e.Problem)
		}
		alice.a.AskRooms([]string{roomJID})
		if r := wait(alice, "the room", func(session.RoomTold) bool { return true }); r.JID != roomJID || r.Occupants != 1 || r.Members || r.Password {
			t.Errorf("%s: got %+v", s.Name, r)
		}
	})
}
