package session_test

import (
	"fmt"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// archivist answers by hand what an account asks of its archive.
func archivist(t *testing.T) (*peer, *client, store.ChatID) {
	t.Helper()
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	p.offer(me, []string{"urn:xmpp:mam:2"})
	cl := p.login()
	chat := cl.open("bob@example.org")
	p.sync()
	p.hush("")
	return p, cl, chat
}

// form answers the question what can be asked of the archive.
func (p *peer) form(fields string) {
	p.t.Helper()
	e := p.await("the question for the form", func(el *wire.Element) bool {
		return el.Local == "iq" && el.Attr("type") == "get" && el.Child("urn:xmpp:mam:2", "query") != nil
	})
	p.sendf("<iq type='result' id='%s'><query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='form'><field type='hidden' var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>%s</x></query></iq>",
		e.Attr("id"), fields)
}

const fulltext = "<field type='text-single' var='{urn:xmpp:fulltext:0}fulltext'/>"

// TestArchiveSearch: what the server finds is told and not stored; what is here is
// recognised; what is of others, or no text, is left out.
func TestArchiveSearch(t *testing.T) {
	p, cl, chat := archivist(t)
	p.tells(from("<body>the river</body><stanza-id xmlns='urn:xmpp:sid:0' id='s-1' by='alice@example.org'/>", "type='chat' id='the-long-id-of-bob'"))
	here := cl.rows(chat)[0]

	cl.a.FindArchiveSearch(chat)
	p.form("<field type='jid-single' var='with'/>" + fulltext)
	wait(cl, "an offer", func(e session.ArchiveSearch) bool { return e.Chat == chat && e.Offered })
	cl.a.FindArchiveSearch(chat) // known: nothing is asked
	wait(cl, "an offer", func(e session.ArchiveSearch) bool { return e.Chat == chat && e.Offered })

	cl.a.SearchArchive(chat, " river ")
	var id string
	e := p.await("the search", func(el *wire.Element) bool {
		q := el.Child("urn:xmpp:mam:2", "query")
		for f := range q.Child("jabber:x:data", "x").All("jabber:x:data", "field") {
			if f.Attr("var") == "{urn:xmpp:fulltext:0}fulltext" && f.ChildText("jabber:x:data", "value") == "river" {
				id = q.Attr("queryid")
			}
		}
		return id != ""
	})
	result := func(name, inner string) string {
		return fmt.Sprintf("<message from='%s'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='%s'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2024-05-01T10:00:00Z'/>%s</forwarded></result></message>", me, id, name, inner)
	}
	said := func(from, to, more string) string {
		return "<message" + inClient + " from='" + from + "' to='" + to + "' type='chat'>" + more + "</message>"
	}
	p.send(result("s-0", said("alice@example.org/old", "bob@example.org", "<body>a river of old</body>")) +
		result("s-x", said("eve@evil.example/x", "alice@example.org", "<body>river of another</body>")) +
		result("s-y", said("bob@example.org/x", "alice@example.org", "<reactions xmlns='urn:xmpp:reactions:0' id='z'><reaction>👍</reaction></reactions>")) +
		result("s-1", said("bob@example.org/phone", "alice@example.org", "<body>the river</body>")) +
		result("s-2", said("bob@example.org/phone", "alice@example.org", "<body>rivers</body><spoiler xmlns='urn:xmpp:spoiler:0'>wet</spoiler>")))
	p.sendf("<iq type='result' id='%s'><fin xmlns='urn:xmpp:mam:2' complete='true'><set xmlns='http://jabber.org/protocol/rsm'><first>s-0</first><last>s-2</last></set></fin></iq>", e.Attr("id"))
	got := wait(cl, "hits", func(e session.ArchiveHits) bool { return e.Chat == chat && e.Words == "river" })
	if got.Problem != nil || len(got.Hits) != 3 || got.Hits[0].Body != "rivers" || !got.Hits[0].Shape.Hides() || got.Hits[1].ID != here.ID ||
		!got.Hits[2].Outgoing || got.Hits[2].ID != 0 || got.Hits[2].Stamp == 0 {
		t.Errorf("got %+v", got)
	}
	p.sync()
	if n := len(cl.rows(chat)); n != 1 {
		t.Errorf("%d rows: what was only found is stored", n)
	}
}

// TestArchiveSearchIsNotOffered where the form has no such field, and refusals have a word.
func TestArchiveSearchIsNotOffered(t *testing.T) {
	p, cl, chat := archivist(t)
	cl.a.FindArchiveSearch(chat)
	p.form("<field type='jid-single' var='with'/>")
	wait(cl, "no offer", func(e session.ArchiveSearch) bool { return e.Chat == chat && !e.Offered })
	cl.a.SearchArchive(chat, "river")
	wait(cl, "a refusal", func(e session.ArchiveHits) bool {
		return e.Problem != nil && e.Problem.Code == "archive-search" && e.Hits == nil
	})
}

// TestArchiveSearchOnRealServers: what they offer they do.
func TestArchiveSearchOnRealServers(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice := newClient(t, s, "alice", true)
		alice.online()
		chat := alice.open(bobJID)
		alice.a.Send(chat, "a riverbank in spring")
		alice.until("the line", func() bool { return alice.has(chat, "a riverbank in spring", store.Sent) })
		alice.a.FindArchiveSearch(chat)
		e := wait(alice, "an answer", func(e session.ArchiveSearch) bool { return e.Chat == chat })
		alice.a.SearchArchive(chat, "spring")
		got := wait(alice, "hits", func(e session.ArchiveHits) bool { return e.Chat == chat })
		if e.Offered != (got.Problem == nil) || e.Offered && (len(got.Hits) != 1 || got.Hits[0].ID == 0) {
			t.Errorf("offered %v: got %+v", e.Offered, got)
		}
		t.Logf("offered: %v", e.Offered)
	})
}
