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

// TestAffiliateMany: many go in one query; what a room left out of it, or refused as
// a whole, is asked for one at a time, and who is refused is told.
func TestAffiliateMany(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.rule(cl, "owner")
	whom := func(jids ...string) (list []session.Affiliated) {
		for _, j := range jids {
			list = append(list, session.Affiliated{JID: j, Affiliation: "member"})
		}
		return list
	}
	asked := func(kind string) *wire.Element {
		return p.await("a query of type "+kind, func(el *wire.Element) bool {
			return el.Attr("type") == kind && el.Child(mucAdmin, "query") != nil
		})
	}
	about := func(q *wire.Element) string {
		var list []string
		for i := range q.Child(mucAdmin, "query").All(mucAdmin, "item") {
			list = append(list, i.Attr("affiliation")+" "+i.Attr("jid"))
		}
		return strings.Join(list, ", ")
	}
	is := func(q *wire.Element, want string) *wire.Element {
		t.Helper()
		if got := about(q); got != want || q.Attr("to") != myRoom {
			t.Errorf("asked for %q, want %q", got, want)
		}
		p.took()
		return q
	}
	ok := func(q *wire.Element) { p.sendf("<iq type='result' id='%s' from='%s'/>", q.Attr("id"), myRoom) }
	news := func() {
		for _, w := range []string{"owner", "admin", "member", "outcast"} {
			p.items(p.await("the question for "+w, func(el *wire.Element) bool {
				return el.Attr("type") == "get" && el.Child(mucAdmin, "query").Child(mucAdmin, "item").Attr("affiliation") == w
			}), "")
		}
		p.took()
		wait(cl, "the list", func(e session.AffiliationsListed) bool { return e.News })
	}
	// Done as one.
	cl.a.SetAffiliations(chat, whom("a@x.example", "B@x.example/desk", "b@x.example", "@@"), "outcast", "")
	ok(is(asked("set"), "outcast a@x.example, outcast b@x.example"))
	p.items(is(asked("get"), "outcast "), "<item affiliation='outcast' jid='A@x.example'/><item affiliation='outcast' jid='b@x.example'/>")
	if e := answered(cl); e.Problem != nil || e.Code != "affiliations-outcast" || e.Args[0] != "2" {
		t.Errorf("got %+v %+v", e, e.Problem)
	}
	news()
	// The first one alone was done; of the others one is refused.
	cl.a.SetAffiliations(chat, whom("a@x.example", "b@x.example", "c@x.example"), "none", "")
	ok(is(asked("set"), "none a@x.example, none b@x.example, none c@x.example"))
	p.items(is(asked("get"), "member "), "<item affiliation='member' jid='b@x.example'/><item affiliation='member' jid='c@x.example'/>")
	ok(is(asked("set"), "none b@x.example"))
	p.fail(is(asked("set"), "none c@x.example"), "not-allowed")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "affiliations-refused" || !slices.Equal(e.Problem.Args, []string{"2", "1", "c@x.example", "not-allowed"}) {
		t.Errorf("got %+v", e.Problem)
	}
	news()
	// Refused as a whole.
	cl.a.SetAffiliations(chat, whom("a@x.example", "b@x.example"), "admin", "")
	p.fail(is(asked("set"), "admin a@x.example, admin b@x.example"), "conflict")
	ok(is(asked("set"), "admin a@x.example"))
	ok(is(asked("set"), "admin b@x.example"))
	if e := answered(cl); e.Problem != nil || e.Code != "affiliations-admin" || e.Args[0] != "2" {
		t.Errorf("got %+v %+v", e, e.Problem)
	}
	news()
	cl.a.SetAffiliations(chat, whom("a@x.example"), "king", "")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "no-affiliation" {
		t.Errorf("got %+v", e.Problem)
	}
}
