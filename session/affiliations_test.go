package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
)

// items answers a question for an affiliation.
func (p *peer) items(q *wire.Element, items string) {
	p.sendf("<iq type='result' id='%s' from='%s'><query xmlns='%s'>%s</query></iq>", q.Attr("id"), myRoom, mucAdmin, items)
}

// TestAffiliations: the answers of a room are put together; what is no address,
// stands twice or is of another affiliation is left out, and there is an end.
func TestAffiliations(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.rule(cl, "owner")
	asks := func(affiliation string) *wire.Element {
		return p.await("the question for "+affiliation, func(el *wire.Element) bool {
			return el.Attr("type") == "get" && el.Child(mucAdmin, "query").Child(mucAdmin, "item").Attr("affiliation") == affiliation
		})
	}
	listed := func() session.AffiliationsListed {
		return wait(cl, "the list", func(session.AffiliationsListed) bool { return true })
	}
	cl.a.Affiliations(chat, "")
	var many strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&many, "<item affiliation='outcast' jid='spam%04d@evil.example'/>", i)
	}
	p.items(asks("owner"), "<item affiliation='owner' jid='alice@example.org/desk'/>")
	p.items(asks("outcast"), many.String())
	p.fail(asks("admin"), "forbidden")
	p.items(asks("member"), "<item affiliation='member' jid='zoe@example.org' nick='zoe'><reason>friend</reason></item><item affiliation='member' jid='ZOE@example.org/b'/>"+
		"<item affiliation='member'/><item affiliation='owner' jid='eve@evil.example'/><item affiliation='member' jid='@@'/>")
	e := listed()
	if len(e.List) != 5000 || !e.More || !slices.Equal(e.Refused, []string{"admin"}) || e.List[0] != (session.Affiliated{JID: me, Affiliation: "owner"}) {
		t.Errorf("got %d, more %v, refused %q, first %+v", len(e.List), e.More, e.Refused, e.List[0])
	}
	cl.a.Affiliations(chat, "member")
	p.items(asks("member"), "<item affiliation='member' jid='zoe@example.org' nick='zoe'><reason>friend</reason></item><item affiliation='member' jid='ZOE@example.org/b'/>"+
		"<item affiliation='member'/><item affiliation='owner' jid='eve@evil.example'/>")
	if e := listed(); len(e.List) != 1 || e.List[0] != (session.Affiliated{JID: "zoe@example.org", Affiliation: "member", Nick: "zoe", Reason: "friend"}) || e.More {
		t.Errorf("got %+v", e)
	}
	cl.a.Affiliations(chat, "owner")
	p.fail(asks("owner"), "forbidden")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "deed-forbidden" {
		t.Errorf("got %+v", e.Problem)
	}
	cl.a.Affiliations(chat, "king")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "no-affiliation" {
		t.Errorf("got %+v", e.Problem)
	}
}
