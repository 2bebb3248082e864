package session_test

import (
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const mucAdmin = "http://jabber.org/protocol/muc#admin"

// standing is the presence of an occupant with a role, an affiliation and an address.
func standing(nick, role, affiliation, jid string, codes ...string) string {
	status := ""
	for _, c := range codes {
		status += "<status code='" + c + "'/>"
	}
	if jid != "" {
		jid = " jid='" + jid + "/x'"
	}
	return "<presence from='" + myRoom + "/" + nick + "'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='" + affiliation +
		"' role='" + role + "'" + jid + "/>" + status + "</x></presence>"
}

// rule brings the client into the room as a moderator of an affiliation.
func (p *peer) rule(cl *client, affiliation string, others ...string) store.ChatID {
	p.t.Helper()
	p.join(cl, "alice")
	for _, o := range others {
		p.send(o)
	}
	p.tells(standing("alice", "moderator", affiliation, "", "110"), line("", "<subject/>"))
	cl.take()
	p.hush(myRoom)
	return cl.chat(store.Room, myRoom).ID
}

func asksAdmin(el *wire.Element) bool { return el.Child(mucAdmin, "query") != nil }

// fail refuses a question.
func (p *peer) fail(q *wire.Element, condition string) {
	p.sendf("<iq type='error' id='%s' from='%s'><error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", q.Attr("id"), q.Attr("to"), condition)
}

func answered(cl *client) session.Answer {
	cl.t.Helper()
	return wait(cl, "the answer", func(session.Answer) bool { return true })
}

// TestDeeds: each asks the room for one change, and its word is told.
func TestDeeds(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.rule(cl, "owner", standing("bob", "participant", "none", "bob@example.org"), standing("eve x", "visitor", "none", "eve@example.org"), standing("mod", "moderator", "none", "m@example.org"))
	deed := func(d session.Deed, nick, reason string) func() { return func() { cl.a.Deed(chat, d, nick, reason) } }
	for _, test := range []struct {
		do         func()
		want, code string
	}{
		{deed(session.Kick, "bob", "too <loud>"), `<item nick="bob" role="none"><reason>too &lt;loud&gt;</reason></item>`, "deed-kick"},
		{deed(session.Ban, "bob", ""), `<item jid="bob@example.org" affiliation="outcast"/>`, "deed-ban"},
		{deed(session.Voice, "eve x", ""), `<item nick="eve x" role="participant"/>`, "deed-voice"},
		{deed(session.Devoice, "bob", ""), `<item nick="bob" role="visitor"/>`, "deed-devoice"},
		{deed(session.Op, "bob", ""), `<item nick="bob" role="moderator"/>`, "deed-op"},
		{deed(session.Deop, "mod", ""), `<item nick="mod" role="participant"/>`, "deed-deop"},
		{func() { cl.a.SetAffiliation(chat, "Zoe@Example.org/desk", "member", "") }, `<item jid="zoe@example.org" affiliation="member"/>`, "affiliation-member"},
		{func() { cl.a.SetAffiliation(chat, "bob", "admin", "") }, `<item jid="bob@example.org" affiliation="admin"/>`, "affiliation-admin"},
		{func() { cl.a.SetAffiliation(chat, "evil.example", "outcast", "") }, `<item jid="evil.example" affiliation="outcast"/>`, "affiliation-outcast"},
	} {
		test.do()
		q := p.await("the request", asksAdmin)
		if got := string(q.Bytes()); !strings.Contains(strings.ReplaceAll(strings.ReplaceAll(got, "'", `"`), ` xmlns="`+mucAdmin+`"`, ""), test.want) || q.Attr("to") != myRoom || q.Attr("type") != "set" {
			t.Errorf("asked %s, want %s", got, test.want)
		}
		p.sendf("<iq type='result' id='%s' from='%s'/>", q.Attr("id"), myRoom)
		if e := answered(cl); e.Code != test.code || e.Problem != nil {
			t.Errorf("%s: got %s %+v", test.code, e.Code, e.Problem)
		}
		p.took()
	}
	for condition, code := range map[string]string{"forbidden": "deed-forbidden", "not-allowed": "deed-above", "conflict": "deed-last-owner", "item-not-found": "no-occupant", "bad-request": "deed-refused"} {
		cl.a.Deed(chat, session.Kick, "bob", "")
		q := p.await("the request", asksAdmin)
		p.sendf("<iq type='result' id='%s' from='%s/bob'/>", q.Attr("id"), myRoom) // not his to say
		p.fail(q, condition)
		if e := answered(cl); e.Problem == nil || e.Problem.Code != code {
			t.Errorf("%s: got %s %+v", condition, e.Code, e.Problem)
		}
		p.took()
	}
}

// TestDeedsNotAsked: what the room would refuse for sure is told at once.
func TestDeedsNotAsked(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.rule(cl, "admin", standing("boss", "moderator", "owner", "o@example.org"), standing("hidden", "participant", "none", ""), standing("eve", "visitor", "member", "eve@example.org"))
	for name, test := range map[string]struct {
		do   func()
		code string
	}{
		"nobody":   {func() { cl.a.Deed(chat, session.Kick, "nobody", "") }, "no-occupant"},
		"self":     {func() { cl.a.Deed(chat, session.Kick, "alice", "") }, "deed-self"},
		"above":    {func() { cl.a.Deed(chat, session.Ban, "boss", "") }, "deed-above"},
		"deop":     {func() { cl.a.Deed(chat, session.Deop, "boss", "") }, "deed-above"},
		"hidden":   {func() { cl.a.Deed(chat, session.Ban, "hidden", "") }, "deed-hidden"},
		"hidden 2": {func() { cl.a.SetAffiliation(chat, "hidden", "member", "") }, "deed-hidden"},
		"has":      {func() { cl.a.Deed(chat, session.Voice, "hidden", "") }, "deed-has"},
		"has not":  {func() { cl.a.Deed(chat, session.Devoice, "eve", "") }, "deed-has-not"},
		"owner":    {func() { cl.a.SetAffiliation(chat, "eve", "owner", "") }, "deed-owner"},
		"word":     {func() { cl.a.SetAffiliation(chat, "eve", "king", "") }, "no-affiliation"},
		"address":  {func() { cl.a.SetAffiliation(chat, "nobody here", "member", "") }, "bad-address"},
	} {
		test.do()
		if e := answered(cl); e.Problem == nil || e.Problem.Code != test.code {
			t.Errorf("%s: got %s %+v, want %s", name, e.Code, e.Problem, test.code)
		}
	}
	p.sync()
	for _, el := range p.took() {
		if strings.Contains(el, mucAdmin) {
			t.Errorf("asked %s", el)
		}
	}
}

// TestWhyNot is who may do what about whom.
func TestWhyNot(t *testing.T) {
	of := func(role, affiliation string) session.Occupant {
		return session.Occupant{Role: role, Affiliation: affiliation}
	}
	for _, test := range []struct {
		me   session.Occupant
		d    session.Deed
		them session.Occupant
		want string
	}{
		{of("participant", "none"), session.Kick, of("participant", "none"), "moderator"},
		{of("moderator", "none"), session.Kick, of("moderator", "none"), ""},
		{of("moderator", "none"), session.Kick, of("participant", "member"), "above"},
		{of("moderator", "none"), session.Ban, of("participant", "none"), "admin"},
		{of("moderator", "admin"), session.Kick, of("moderator", "admin"), "above"},
		{of("moderator", "owner"), session.Kick, of("moderator", "admin"), ""},
		{of("moderator", "none"), session.Voice, of("visitor", "member"), ""},
		{of("moderator", "owner"), session.Devoice, of("moderator", "admin"), "above"},
		{of("moderator", "admin"), session.Op, of("participant", "none"), ""},
		{of("moderator", "owner"), session.Deop, of("moderator", "none"), ""},
		{of("", ""), session.Voice, of("visitor", ""), "moderator"},
	} {
		if got := test.me.WhyNot(test.d, test.them); got != test.want {
			t.Errorf("%+v %s %+v: got %q, want %q", test.me, test.d, test.them, got, test.want)
		}
	}
}

// TestIgnore: the lines of who is ignored are kept and not told, whatever the
// nick is, also after a restart.
func TestIgnore(t *testing.T) {
	for name, ids := range map[string]bool{"by occupant-id": true, "by address": false} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			if ids {
				p.offer(myRoom, []string{occupantID})
			}
			id := func(n string) string { return "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='" + n + "'/>" }
			there := func(nick, n string) string {
				return strings.Replace(standing(nick, "participant", "none", n+"@example.org"), "</presence>", id(n)+"</presence>", 1)
			}
			cl := p.login()
			chat := p.enter(cl, "alice")
			p.tells(there("eve", "e"), there("bob", "b"))
			cl.a.Ignore(chat, "eve", true)
			wait(cl, "whom the account ignores", func(e session.IgnoredChanged) bool { return len(e.List) == 1 && e.List[0].Room == myRoom })
			told := func(lines ...string) (said []string) {
				cl.take()
				p.tells(lines...)
				for _, e := range events[session.Incoming](cl) {
					said = append(said, e.From+": "+e.Body)
				}
				return said
			}
			say := func(nick, n, body string) string {
				return line(nick, "<body>"+body+"</body>"+id(n))
			}
			if got := told(say("eve", "e", "alice: hear me"), say("bob", "b", "hello")); !slices.Equal(got, []string{"bob: hello"}) {
				t.Errorf("told %q", got)
			}
			// Under another nick, and somebody else under hers.
			got := told(occupant("eve", "type='unavailable'", "", "303"), there("mallory", "e"), say("mallory", "e", "me again"), there("eve", "b2"), say("eve", "b2", "innocent"),
				"<message from='"+myRoom+"/mallory' type='chat'><body>psst</body>"+id("e")+"</message>")
			if !slices.Equal(got, []string{"eve: innocent"}) {
				t.Errorf("told %q", got)
			}
			if c := cl.chat(store.Room, myRoom); c.Mentions != 0 || !cl.has(chat, "alice: hear me", store.Received) {
				t.Errorf("%d mentions, or the line is not kept", c.Mentions)
			}
			p2 := newPeer(t)
			opt := p2.options()
			opt.Store = cl.st
			cl.c.Close()
			again := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
			again.a.Ignore(chat, "eve", false)
			if e := wait(again, "the answer", func(e session.Answer) bool { return true }); e.Code != "unignored" {
				if ids || e.Problem == nil { // by address the nick is not hers any more
					t.Errorf("got %+v %+v", e, e.Problem)
				}
			}
		})
	}
}
