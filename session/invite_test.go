package session_test

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const conferenceNS = "jabber:x:conference"

// mediated is an invitation as a room brings it.
func mediated(room, from, more string) string {
	return "<message from='" + room + "'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='" + from + "'><reason>come</reason></invite>" + more +
		"</x><body>You are invited</body><x xmlns='jabber:x:conference' jid='" + room + "'/></message>"
}

func direct(from, room, more string) string {
	return "<message from='" + from + "/desk'><x xmlns='jabber:x:conference' jid='" + room + "' " + more + "/></message>"
}

// TestInvited: invitations wait with what is known of who invites; what is none,
// or comes from whom it cannot come, makes none, and no chat of its own.
func TestInvited(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	now := func(xml ...string) []session.Invitation {
		p.tells(xml...)
		e := wait(cl, "the invitations", func(session.InvitationsChanged) bool { return true })
		return e.List
	}
	list := now(direct("bob@example.org", "Cake@rooms.example.org/x", "reason='now' password='s3cret'"))
	if len(list) != 1 || list[0] != (session.Invitation{Room: "cake@rooms.example.org", From: "bob@example.org", Reason: "now", Password: "s3cret"}) {
		t.Errorf("got %+v", list)
	}
	wait(cl, "the news", func(e session.Answer) bool { return e.Code == "invitation" })
	list = now(mediated("pills@evil.example", "eve@evil.example/x", "<password>p</password>"))
	if len(list) != 2 || list[1] != (session.Invitation{Room: "pills@evil.example", From: "eve@evil.example", Reason: "come", Password: "p", Mediated: true, Stranger: true}) {
		t.Errorf("got %+v", list)
	}
	wait(cl, "the news", func(e session.Answer) bool { return e.Code == "invitation-stranger" })
	if c := cl.chat(store.Direct, "pills@evil.example"); c.ID != 0 {
		t.Error("the room became a chat")
	}
	p.tells(direct("bob@example.org", "nowhere", ""), direct("bob@example.org", "@@", ""), mediated("room@evil.example/nick", "bob@example.org", ""),
		strings.Replace(direct("bob@example.org", "x@rooms.example.org", ""), "<message", "<message type='groupchat'", 1), direct(me, "own@rooms.example.org", ""))
	for _, e := range events[session.InvitationsChanged](cl) {
		t.Errorf("got %+v", e.List)
	}
	var flood []string
	for i := range 100 {
		flood = append(flood, direct(fmt.Sprintf("spam%d@evil.example", i), "x@evil.example", ""))
	}
	if list = now(flood...); len(list) > 21 {
		t.Errorf("strangers fill the list: %d", len(list))
	}

	cl.a.AnswerInvitation(list[1], false)
	q := p.await("the answer", func(el *wire.Element) bool { return el.Local == "message" && el.Attr("to") == "pills@evil.example" })
	if d := q.Child("http://jabber.org/protocol/muc#user", "x").Child("http://jabber.org/protocol/muc#user", "decline"); d.Attr("to") != "eve@evil.example" {
		t.Errorf("said %s", q.Bytes())
	}
	cl.a.AnswerInvitation(list[0], true)
	q = p.await("the presence", func(el *wire.Element) bool {
		return el.Local == "presence" && el.Attr("to") == "cake@rooms.example.org/alice"
	})
	if got := q.Child("http://jabber.org/protocol/muc", "x").ChildText("http://jabber.org/protocol/muc", "password"); got != "s3cret" {
		t.Errorf("the password is %q", got)
	}
}

// TestInvite: into an open room it goes to the person, else through the room, with
// a membership where we may give one.
func TestInvite(t *testing.T) {
	for name, test := range map[string]struct {
		features    []string
		affiliation string
		member      bool
		to          string
	}{
		"open":              {[]string{"muc_open"}, "none", false, "zoe@example.org"},
		"members":           {[]string{"muc_membersonly"}, "member", false, myRoom},
		"members, an admin": {[]string{"muc_membersonly"}, "admin", true, myRoom},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.offer(myRoom, test.features)
			cl := p.login()
			chat := p.rule(cl, test.affiliation)
			cl.a.Invite(chat, "Zoe@example.org/desk", "tea & cake")
			if test.member {
				q := p.await("the membership", asksAdmin)
				if i := q.Child(mucAdmin, "query").Child(mucAdmin, "item"); i.Attr("jid") != "zoe@example.org" || i.Attr("affiliation") != "member" {
					t.Errorf("asked %s", q.Bytes())
				}
				p.items(q, "")
			}
			q := p.await("the invitation", func(el *wire.Element) bool {
				return el.Local == "message" && (el.Child(conferenceNS, "x") != nil || el.Child("http://jabber.org/protocol/muc#user", "x") != nil)
			})
			want := `invite to="zoe@example.org"`
			if test.to != myRoom {
				want = `jid="` + myRoom + `"`
			}
			if got := strings.ReplaceAll(string(q.Bytes()), "'", `"`); q.Attr("to") != test.to || !strings.Contains(got, want) || !strings.Contains(got, "tea &amp; cake") {
				t.Errorf("sent %s", got)
			}
			wait(cl, "the answer", func(e session.Answer) bool { return e.Code == "invited" })
			p.sendf("<message type='error' from='eve@evil.example' id='%s'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", q.Attr("id"))
			p.sendf("<message type='error' from='%s' id='%s'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>", test.to, q.Attr("id"))
			if e := answered(cl); e.Problem == nil || e.Problem.Code != "invite-refused" || e.Problem.Args[1] != "not-allowed" {
				t.Errorf("got %+v %+v", e, e.Problem)
			}
		})
	}
}
