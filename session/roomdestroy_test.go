package session_test

import (
	"testing"
)

// TestDestroy: the room is told where to go instead and why; its word is told.
func TestDestroy(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.rule(cl, "owner")
	cl.a.Destroy(chat, "New@rooms.example.org/x", "moved & gone")
	q := p.await("the request", asksOwner("set"))
	d := q.Child(mucOwner, "query").Child(mucOwner, "destroy")
	if d == nil || d.Attr("jid") != "new@rooms.example.org" || d.ChildText(mucOwner, "reason") != "moved & gone" {
		t.Errorf("asked %s", q.Bytes())
	}
	p.owner(q, "")
	if e := answered(cl); e.Code != "room-destroyed" {
		t.Errorf("got %+v", e.Problem)
	}
	cl.a.Destroy(chat, "", "")
	q = p.await("the request", asksOwner("set"))
	if d := q.Child(mucOwner, "query").Child(mucOwner, "destroy"); d == nil || len(d.Children) > 0 || len(d.Attrs) > 1 {
		t.Errorf("asked %s", q.Bytes())
	}
	p.fail(q, "forbidden")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "config-forbidden" {
		t.Errorf("got %+v", e.Problem)
	}
	cl.a.Destroy(chat, "nowhere", "")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "bad-room" {
		t.Errorf("got %+v", e.Problem)
	}
}
