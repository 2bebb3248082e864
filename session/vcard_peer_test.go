package session_test

import (
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
)

// TestCards: a card is asked for at the bare address, and told; what is not there
// is an empty one, and our own goes back with what was filled in.
func TestCards(t *testing.T) {
	asks := func(kind, to string) func(*wire.Element) bool {
		return func(el *wire.Element) bool {
			return el.Local == "iq" && el.Attr("type") == kind && el.Attr("to") == to && el.Child("vcard-temp", "vCard") != nil
		}
	}
	p := newPeer(t)
	p.hush(bob)
	cl := p.login()
	cl.a.ReadCard(0, bob+"/phone")
	q := p.await("the question", asks("get", bob))
	p.sendf("<iq type='result' from='eve@evil.example' id='%s'><vCard xmlns='vcard-temp'><FN>Eve</FN></vCard></iq>", q.Attr("id"))
	p.sendf("<iq type='result' from='%s' id='%s'><vCard xmlns='vcard-temp'><FN>Bob&#x9b;31m</FN><URL>https://x</URL></vCard></iq>", bob, q.Attr("id"))
	e := answered(cl)
	if e.Code != "card" || len(e.Facts) != 2 || e.Facts[0] != (session.Fact{Code: "card-name", Text: "Bob\u009b31m"}) {
		t.Errorf("got %+v", e)
	}
	cl.a.ReadCard(0, bob)
	p.fail(p.await("the question", asks("get", bob)), "item-not-found")
	if e := answered(cl); e.Code != "card-empty" {
		t.Errorf("got %+v", e)
	}
	cl.a.ReadCard(0, bob)
	p.fail(p.await("the question", asks("get", bob)), "service-unavailable")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "card-refused" {
		t.Errorf("got %+v", e)
	}
	cl.a.ReadCard(0, "@@")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "bad-address" {
		t.Errorf("got %+v", e)
	}
	cl.a.OwnCard()
	f := wait(cl, "the form", func(session.CardForm) bool { return true }).Form
	if !f.Fill("card-nick", "ali") {
		t.Fatal("no such field")
	}
	p.took()
	cl.a.SetCard(f)
	set := p.await("the card", asks("set", ""))
	if s := string(set.Bytes()); !strings.Contains(s, "<NICKNAME>ali</NICKNAME>") {
		t.Errorf("sent %s", s)
	}
	if e := answered(cl); e.Code != "card-set" {
		t.Errorf("got %+v", e)
	}
}
