package session_test

import (
	"strings"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/wire"
)

func invitation(cl *client) session.ContactInvitation {
	cl.t.Helper()
	return wait(cl, "the invitation", func(session.ContactInvitation) bool { return true })
}

// TestInvitationOfServer: what the server makes counts when it leads to us; for all
// else there is a link of our own.
func TestInvitationOfServer(t *testing.T) {
	const good = "xmpp:alice@example.org?roster;preauth=TOKEN;ibr=y"
	form := func(status string, fields ...string) string {
		var b strings.Builder
		for i := 0; i < len(fields); i += 2 {
			b.WriteString("<field var='" + fields[i] + "'><value>" + strings.ReplaceAll(fields[i+1], "&", "&amp;") + "</value></field>")
		}
		return "<command xmlns='" + commandsNS + "' node='urn:xmpp:invite#invite' sessionid='s1' status='" + status + "'><x xmlns='jabber:x:data' type='result'>" + b.String() + "</x></command>"
	}
	for name, c := range map[string]struct {
		answer    string
		page      string
		own       bool
		signup    bool
		until     bool
		cancelled bool
	}{
		"all":              {answer: form("completed", "uri", good, "landing-url", "https://example.org/invite/#TOKEN", "expire", "2030-11-06T02:56:15Z"), page: "https://example.org/invite/#TOKEN", signup: true, until: true},
		"no account":       {answer: form("completed", "uri", "xmpp:alice@example.org?roster;preauth=TOKEN")},
		"an evil page":     {answer: form("completed", "uri", good, "landing-url", "javascript:alert(1)", "expire", "soon"), signup: true},
		"http":             {answer: form("completed", "uri", good, "landing-url", "http://example.org/"), signup: true},
		"to somebody else": {answer: form("completed", "uri", "xmpp:mallory@example.org?roster;preauth=TOKEN"), own: true},
		"no token":         {answer: form("completed", "uri", "xmpp:alice@example.org?roster"), own: true},
		"a message":        {answer: form("completed", "uri", "xmpp:alice@example.org?message;preauth=TOKEN;body=hi"), own: true},
		"too long":         {answer: form("completed", "uri", good+";name="+strings.Repeat("x", 2000)), own: true},
		"a form to fill":   {answer: form("executing", "uri", good), own: true, cancelled: true},
		"nothing":          {answer: "", own: true},
		"refused":          {answer: "error", own: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			p.hush(peerDomain)
			cl.a.InviteContact()
			q := p.await("the question", asksCommand)
			if to, node := q.Attr("to"), q.Children[0].Attr("node"); to != peerDomain || node != "urn:xmpp:invite#invite" {
				t.Errorf("asked %s for %s", to, node)
			}
			if c.answer == "error" {
				p.sendf("<iq type='error' from='%s' id='%s'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", peerDomain, q.Attr("id"))
			} else {
				p.sendf("<iq type='result' from='%s' id='%s'>%s</iq>", peerDomain, q.Attr("id"), c.answer)
			}
			e := invitation(cl)
			if e.Own != c.own || e.Page != c.page || e.Signup != c.signup || e.Until.IsZero() == (c.until || c.own) {
				t.Errorf("got %+v", e)
			}
			u, problem := session.ParseURI(e.URI)
			if problem != nil || u.Bare != me || u.Action != session.URIRoster || u.Token == "" || c.own == (u.Token == "TOKEN") {
				t.Errorf("got the link %s (%+v, %v)", e.URI, u, problem)
			}
			if c.cancelled {
				p.await("the end of the command", func(el *wire.Element) bool { return asksCommand(el) && el.Children[0].Attr("action") == "cancel" })
			}
		})
	}
}

// TestOwnInvitation: a token is good for one request, of anybody, and over a restart;
// all other requests wait for the user.
func TestOwnInvitation(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	cl.a.InviteContact()
	u, problem := session.ParseURI(invitation(cl).URI)
	if problem != nil {
		t.Fatal(problem)
	}
	ask := func(from, token string) string {
		return "<presence from='" + from + "' to='" + me + "' type='subscribe'><nick xmlns='http://jabber.org/protocol/nick'>Bob Ross</nick><preauth xmlns='urn:xmpp:pars:0' token='" + token + "'/></presence>"
	}
	p.tells(ask("mallory@example.net", u.Token[:len(u.Token)-1]), ask("mallory@example.net", ""), ask("mallory@example.net", strings.Repeat("x", 3000)))
	for _, said := range p.took() {
		if strings.Contains(said, "subscribed") || strings.Contains(said, "<item") {
			t.Errorf("a wrong token got %s", said)
		}
	}
	p.tells(ask("dave@example.net", u.Token))
	p.await("the yes", func(el *wire.Element) bool {
		return el.Attr("to") == "dave@example.net" && el.Attr("type") == "subscribed"
	})
	add := p.await("the contact", func(el *wire.Element) bool {
		return el.Child("jabber:iq:roster", "query") != nil && el.Attr("type") == "set"
	})
	if item := add.Children[0].Children[0]; item.Attr("jid") != "dave@example.net" || item.Attr("name") != "" {
		t.Errorf("got %s", add.Bytes())
	}
	p.await("our request", func(el *wire.Element) bool {
		return el.Attr("to") == "dave@example.net" && el.Attr("type") == "subscribe"
	})
	p.took()
	p.tells(ask("mallory@example.net", u.Token))
	for _, said := range p.took() {
		if strings.Contains(said, "subscribed") {
			t.Errorf("the token was good twice: %s", said)
		}
	}
	list, err := cl.st.Requests(t.Context())
	if err != nil || len(list) != 1 || list[0].JID != "mallory@example.net" {
		t.Errorf("got the requests %+v (%v)", list, err)
	}
}

// TestInvitationsOnRealServers: a link is made, followed by somebody else's client,
// and both are contacts.
func TestInvitationsOnRealServers(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
		alice.online()
		bob.online()
		alice.a.InviteContact()
		u, problem := session.ParseURI(invitation(alice).URI)
		if problem != nil {
			t.Fatal(problem)
		}
		bob.a.Welcome(u.Bare, "", nil, u.Token)
		for _, x := range []struct {
			cl  *client
			who string
		}{{alice, bobJID}, {bob, u.Bare}} {
			x.cl.until("a contact both ways", func() bool {
				list, err := x.cl.st.Roster(t.Context(), x.cl.a.ID())
				for _, c := range list {
					if err == nil && c.JID == x.who && c.Subscription == "both" {
						return true
					}
				}
				return false
			})
		}
	})
}

// TestFollowedInvitation: whose invitation was followed may ask back, once, where the
// server does not say yes beforehand.
func TestFollowedInvitation(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	cl.a.Welcome("dave@example.net", "", nil, "TOKEN")
	p.await("our request", func(el *wire.Element) bool {
		return el.Attr("type") == "subscribe" && el.Child("urn:xmpp:pars:0", "preauth").Attr("token") == "TOKEN"
	})
	ask := func(from string) { p.tells("<presence from='" + from + "' to='" + me + "' type='subscribe'/>") }
	yes := func() (to []string) {
		for _, said := range p.took() {
			if el, err := wire.ParseElement([]byte(said), wire.NSClient); err == nil && el.Attr("type") == "subscribed" {
				to = append(to, el.Attr("to"))
			}
		}
		return to
	}
	p.took()
	ask("mallory@example.net")
	ask("dave@example.net")
	ask("dave@example.net")
	if got := yes(); len(got) != 1 || got[0] != "dave@example.net" {
		t.Errorf("said yes to %v", got)
	}
}
