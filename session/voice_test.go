package session_test

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const requestForm = "http://jabber.org/protocol/muc#request"

// wish is a room's form that says that somebody asks to speak.
func wish(from, nick, jid string) string {
	return "<message from='" + from + "' id='v'><x xmlns='jabber:x:data' type='form'><title>Voice</title><field var='FORM_TYPE' type='hidden'><value>" + requestForm +
		"</value></field><field var='muc#role' type='list-single'><value>participant</value></field><field var='muc#jid' type='jid-single'><value>" + jid +
		"</value></field><field var='muc#roomnick' type='text-single'><value>" + nick + "</value></field><field var='muc#request_allow' type='boolean'><value>false</value></field></x></message>"
}

func submitted(el *wire.Element) map[string]string {
	all := map[string]string{}
	x := el.Child("jabber:x:data", "x")
	if x.Attr("type") != "submit" {
		return nil
	}
	for f := range x.All("jabber:x:data", "field") {
		all[f.Attr("var")] = f.ChildText("jabber:x:data", "value")
	}
	return all
}

// TestVoiceRequests: who asks to speak waits until a moderator answers; what is
// not the room's word, or is of nobody who lacks voice, is nothing.
func TestVoiceRequests(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	others := []string{standing("bob", "visitor", "none", "bob@example.org"), standing("eve x", "visitor", "none", ""), standing("mod", "moderator", "none", "")}
	for i := range 40 {
		others = append(others, standing(fmt.Sprint("v", i), "visitor", "none", ""))
	}
	p.rule(cl, "admin", others...)
	p.tells(wish(myRoom+"/bob", "bob", "bob@example.org/x"), wish("eve@evil.example", "bob", "bob@example.org/x"), wish("tea@evil.example", "bob", ""),
		wish(myRoom, "nobody", "x@example.org"), wish(myRoom, "mod", ""), strings.Replace(wish(myRoom, "bob", ""), "muc#request_allow", "other", 1),
		strings.Replace(wish(myRoom, "bob", ""), requestForm, "urn:other", 1))
	if list := events[session.VoiceRequestsChanged](cl); len(list) > 0 {
		t.Errorf("got %+v", list)
	}
	now := func(xml ...string) session.VoiceRequestsChanged {
		t.Helper()
		p.tells(xml...)
		return wait(cl, "the requests", func(session.VoiceRequestsChanged) bool { return true })
	}
	e := now(wish(myRoom, "bob", "bob@example.org/x"), wish(myRoom, "bob", "bob@example.org/x"), wish(myRoom, "eve x", "@@"))
	if len(e.List) != 2 || !e.Fresh || e.List[0].Nick != "bob" || e.List[0].JID != "bob@example.org" || e.List[1].Nick != "eve x" || e.List[1].JID != "" || e.List[1].Room != myRoom {
		t.Fatalf("got %+v", e)
	}
	for _, test := range []struct {
		grant bool
		want  string
	}{{true, "1"}, {false, "0"}} {
		v := e.List[0]
		cl.a.AnswerVoice(v, test.grant)
		got := submitted(p.await("the answer", func(el *wire.Element) bool {
			return el.Local == "message" && el.Attr("to") == myRoom && submitted(el) != nil
		}))
		if got["FORM_TYPE"] != requestForm || got["muc#request_allow"] != test.want || got["muc#roomnick"] != v.Nick || got["muc#role"] != "participant" || v.Nick == "bob" && got["muc#jid"] != "bob@example.org/x" {
			t.Errorf("sent %v", got)
		}
		p.took()
		e = wait(cl, "the requests", func(session.VoiceRequestsChanged) bool { return true })
	}
	var flood []string
	for i := range 40 {
		flood = append(flood, wish(myRoom, fmt.Sprint("v", i), ""))
	}
	if e = now(flood...); len(e.List) != 20 {
		t.Errorf("%d wait", len(e.List))
	}
	if e = now(standing("v0", "participant", "none", ""), "<presence type='unavailable' from='"+myRoom+"/v1'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/></x></presence>"); len(e.List) != 18 {
		t.Errorf("%d wait after one left and one may speak", len(e.List))
	}
	if e = now(standing("alice", "participant", "none", "", "110")); len(e.List) != 0 {
		t.Errorf("%d wait for who is no moderator", len(e.List))
	}
}

// TestAskVoice: a visitor asks the room; a refusal of the room alone is told.
func TestAskVoice(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.enter(cl, "alice")
	cl.a.AskVoice(chat)
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "voice-has" {
		t.Errorf("got %+v", e)
	}
	p.tells(standing("alice", "visitor", "none", "", "110"))
	cl.a.AskVoice(chat)
	q := p.await("the request", func(el *wire.Element) bool { return el.Local == "message" && submitted(el) != nil })
	if got := submitted(q); q.Attr("to") != myRoom || q.Attr("type") != "" || got["FORM_TYPE"] != requestForm || got["muc#role"] != "participant" || len(got) != 2 {
		t.Errorf("sent %s", q.Bytes())
	}
	if e := answered(cl); e.Code != "voice-asked" {
		t.Errorf("got %+v", e)
	}
	refusal := func(from string) string {
		return "<message type='error' from='" + from + "' id='" + q.Attr("id") + "'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
	}
	p.tells(refusal("eve@evil.example"), refusal(myRoom+"/mira"))
	if list := events[session.Answer](cl); len(list) > 0 {
		t.Errorf("got %+v", list)
	}
	p.tells(refusal(myRoom), refusal(myRoom))
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "voice-refused" || e.Chat != chat {
		t.Errorf("got %+v", e)
	}
	if c := cl.chat(store.Room, myRoom); c.ID != chat || len(cl.rows(chat)) > 0 {
		t.Errorf("got %q", cl.said())
	}
}
