package session_test

import (
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
)

const registerNS = "jabber:iq:register"

func asksRoomRegister(el *wire.Element) bool { return el.Child(registerNS, "query") != nil }

const roomRegisterForm = "<instructions>look</instructions><x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#register</value></field>" +
	"<field var='muc#register_roomnick' type='text-single'><required/></field></x>"

// TestRegisterNick: the room's form, or its fields, are filled in and given back;
// every refusal has its sentence.
func TestRegisterNick(t *testing.T) {
	for name, test := range map[string]struct {
		asks, field, want string
	}{
		"form":   {roomRegisterForm, "muc#register_roomnick", "<value>queen</value>"},
		"fields": {"<username/>", "username", "<username>queen</username>"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			chat := p.rule(cl, "none")
			cl.a.RegisterInRoom(chat)
			q := p.await("the question", asksRoomRegister)
			p.sendf("<iq type='result' id='%s' from='%s'><query xmlns='%s'>%s</query></iq>", q.Attr("id"), myRoom, registerNS, test.asks)
			e := wait(cl, "the form", func(session.RoomRegistration) bool { return true })
			if got := e.Form.Value(test.field); got != "alice" || e.Chat != chat {
				t.Errorf("filled in %q of %+v", got, e.Form)
			}
			f := e.Form
			f.Fill(test.field, "queen")
			cl.a.SubmitRegistration(e, f)
			q = p.await("the form", asksRoomRegister)
			if got := string(q.Bytes()); q.Attr("type") != "set" || q.Attr("to") != myRoom || !strings.Contains(got, test.want) {
				t.Errorf("gave %s", got)
			}
			p.fail(q, "conflict")
			e = wait(cl, "the form again", func(session.RoomRegistration) bool { return true })
			if e.Problem == nil || e.Problem.Code != "nick-register-taken" || e.Form.Value(test.field) != "queen" {
				t.Errorf("got %+v", e)
			}
			cl.a.SubmitRegistration(e, e.Form)
			q = p.await("the form", asksRoomRegister)
			p.sendf("<iq type='result' id='%s' from='%s'/>", q.Attr("id"), myRoom)
			if e := answered(cl); e.Code != "nick-registered" || e.Args[0] != "queen" {
				t.Errorf("got %+v %+v", e, e.Problem)
			}
			p.await("the nick", func(el *wire.Element) bool { return el.Local == "presence" && el.Attr("to") == myRoom+"/queen" })
		})
	}
	p := newPeer(t)
	cl := p.login()
	chat := p.rule(cl, "none")
	for _, test := range []struct {
		answer, code string
	}{{"<registered/><username>queen</username>", "nick-registered-already"}, {"", "nick-register-none"}, {"<x xmlns='jabber:x:data' type='form'/>", "nick-register-none"}} {
		cl.a.RegisterInRoom(chat)
		q := p.await("the question", asksRoomRegister)
		p.sendf("<iq type='result' id='%s' from='%s'><query xmlns='%s'>%s</query></iq>", q.Attr("id"), myRoom, registerNS, test.answer)
		if e := answered(cl); e.Code != test.code && (e.Problem == nil || e.Problem.Code != test.code) {
			t.Errorf("%s: got %+v %+v", test.answer, e, e.Problem)
		}
	}
	for condition, code := range map[string]string{"not-allowed": "nick-register-forbidden", "service-unavailable": "nick-register-none", "internal-server-error": "nick-register-refused"} {
		cl.a.UnregisterInRoom(chat)
		q := p.await("the question", asksRoomRegister)
		if q.Child(registerNS, "query").Child(registerNS, "remove") == nil {
			t.Errorf("asked %s", q.Bytes())
		}
		p.fail(q, condition)
		if e := answered(cl); e.Problem == nil || e.Problem.Code != code {
			t.Errorf("%s: got %+v %+v", condition, e, e.Problem)
		}
	}
}

// TestReservedNick: where the user chose no nick the room's is taken; one that is
// none, or that comes where a nick was chosen, is not.
func TestReservedNick(t *testing.T) {
	for name, test := range map[string]struct{ nick, reserved, want string }{
		"kept":     {"", "queen", "queen"},
		"none":     {"", "", "alice"},
		"no nick":  {"", "\u0085", "alice"},
		"too long": {"", strings.Repeat("x", 2000), "alice"},
		"chosen":   {"me", "queen", "me"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.hush(myRoom)
			cl := p.login()
			cl.a.Join(myRoom, test.nick, "")
			info := func(el *wire.Element) bool {
				return el.Attr("to") == myRoom && el.Child("http://jabber.org/protocol/disco#info", "query") != nil
			}
			q := p.await("the question", info)
			p.sendf("<iq type='result' id='%s' from='%s'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='muc_open'/></query></iq>", q.Attr("id"), myRoom)
			if test.nick == "" {
				q = p.await("the second question", info)
				if n := q.Child("http://jabber.org/protocol/disco#info", "query").Attr("node"); n != "x-roomuser-item" {
					t.Fatalf("asked %s", q.Bytes())
				}
				p.sendf("<iq type='result' id='%s' from='%s'><query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'><identity category='conference' type='text' name='%s'/></query></iq>", q.Attr("id"), myRoom, test.reserved)
			}
			el := p.await("the presence", func(el *wire.Element) bool { return el.Local == "presence" && strings.HasPrefix(el.Attr("to"), myRoom) })
			if el.Attr("to") != myRoom+"/"+test.want {
				t.Errorf("entered as %s", el.Attr("to"))
			}
		})
	}
}
