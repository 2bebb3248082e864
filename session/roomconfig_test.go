package session_test

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
)

const mucOwner = "http://jabber.org/protocol/muc#owner"

func asksOwner(kind string) func(*wire.Element) bool {
	return func(el *wire.Element) bool {
		return el.Attr("type") == kind && el.Child(mucOwner, "query") != nil
	}
}

// configForm is the form of a room, with what else stands in it.
func configForm(more string) string {
	return "<x xmlns='jabber:x:data' type='form'><title>Room</title><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roomconfig</value></field>" +
		"<field var='muc#roomconfig_roomname' type='text-single' label='Name'><value>Tea</value></field>" +
		"<field var='muc#roomconfig_persistentroom' type='boolean'><value>0</value></field><field var='muc#roomconfig_publicroom' type='boolean'><value>1</value></field>" +
		"<field var='muc#roomconfig_moderatedroom' type='boolean'><value>1</value></field>" +
		"<field var='muc#roomconfig_whois' type='list-single'><value>moderators</value><option><value>moderators</value></option><option><value>anyone</value></option></field>" + more + "</x>"
}

const membersOnly = "<field var='muc#roomconfig_membersonly' type='boolean'><value>0</value></field>"

func (p *peer) owner(q *wire.Element, inner string) {
	p.sendf("<iq type='result' id='%s' from='%s'><query xmlns='%s'>%s</query></iq>", q.Attr("id"), myRoom, mucOwner, inner)
}

// filledIn reads what was given back, as name=value.
func filledIn(q *wire.Element) (kind string, values map[string]string) {
	x := q.Child(mucOwner, "query").Child("jabber:x:data", "x")
	values = map[string]string{}
	for f := range x.All("jabber:x:data", "field") {
		values[strings.TrimPrefix(f.Attr("var"), "muc#roomconfig_")] = f.ChildText("jabber:x:data", "value")
	}
	return x.Attr("type"), values
}

// TestConfigure: only what changed goes back; a refusal brings the form again.
func TestConfigure(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	chat := p.rule(cl, "owner")
	form := func() session.RoomForm {
		return wait(cl, "the form", func(session.RoomForm) bool { return true })
	}
	var options strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&options, "<option label='o%d'><value>%d</value></option>", i, i)
	}
	cl.a.Configure(chat)
	p.owner(p.await("the question", asksOwner("get")), configForm("<field var='big' type='list-multi'>"+options.String()+"</field>"))
	f := form().Form
	if n := len(f.Fields); n != 7 || len(f.Fields[n-1].Options) > 200 || !f.Cut {
		t.Fatalf("got %d fields, cut %v", n, f.Cut)
	}
	f.Fill("muc#roomconfig_roomname", "Tea & cake")
	cl.a.SubmitConfig(chat, f)
	q := p.await("the form", asksOwner("set"))
	if kind, v := filledIn(q); kind != "submit" || len(v) != 2 || v["roomname"] != "Tea & cake" || v["FORM_TYPE"] == "" {
		t.Errorf("gave %s", q.Bytes())
	}
	p.fail(q, "not-acceptable")
	if e := form(); e.Problem == nil || e.Problem.Code != "config-refused" || e.Form.Value("muc#roomconfig_roomname") != "Tea & cake" {
		t.Errorf("got %+v", e)
	}
	cl.a.SubmitConfig(chat, f)
	p.owner(p.await("the form", asksOwner("set")), "")
	if e := answered(cl); e.Code != "config-saved" {
		t.Errorf("got %+v", e)
	}
	for name, do := range map[string]func(session.Form){"cancel": func(session.Form) { cl.a.CancelConfig(chat) }, "same": func(f session.Form) { cl.a.SubmitConfig(chat, f) }} {
		cl.a.Configure(chat)
		p.owner(p.await("the question", asksOwner("get")), configForm(""))
		do(form().Form)
		if kind, v := filledIn(p.await("the end", asksOwner("set"))); kind != "cancel" || len(v) > 0 {
			t.Errorf("%s: gave %s", name, kind)
		}
	}
	cl.take()
	cl.a.Configure(chat)
	p.fail(p.await("the question", asksOwner("get")), "forbidden")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "config-forbidden" {
		t.Errorf("got %+v", e.Problem)
	}
	cl.a.Configure(chat)
	p.owner(p.await("the question", asksOwner("get")), "")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "config-none" {
		t.Errorf("got %+v", e.Problem)
	}
}

// TestCreate: a preset is put onto the form that the server offers; what it does
// not offer is told; a room that exists is left as it is.
func TestCreate(t *testing.T) {
	for name, test := range map[string]struct {
		preset     session.Preset
		form, want string // "": refused, the defaults of the server
		code       string
		problem    bool
	}{
		"public":    {session.PublicRoom, configForm(membersOnly), "membersonly=0 moderatedroom=0 persistentroom=1 publicroom=1 whois=moderators", "room-made-public", false},
		"private":   {session.PrivateRoom, configForm(membersOnly), "membersonly=1 moderatedroom=1 persistentroom=1 publicroom=0 whois=anyone", "room-made-private", false},
		"not there": {session.PrivateRoom, configForm(""), "membersonly= moderatedroom=1 persistentroom=1 publicroom=0 whois=anyone", "preset-partly", true},
		"no form":   {session.PrivateRoom, "", "membersonly= moderatedroom= persistentroom= publicroom= whois=", "preset-partly", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			cl.a.Create(myRoom, test.preset)
			p.await("the presence", func(el *wire.Element) bool { return el.Local == "presence" && el.Attr("to") == myRoom+"/alice" })
			p.hush(myRoom)
			cl.take()
			p.send(standing("alice", "moderator", "owner", "", "110", "201"))
			q := p.await("the question", asksOwner("get"))
			if test.form == "" {
				p.fail(q, "item-not-found")
			} else {
				p.owner(q, test.form)
			}
			q = p.await("the form", asksOwner("set"))
			kind, v := filledIn(q)
			got := ""
			for _, k := range []string{"membersonly", "moderatedroom", "persistentroom", "publicroom", "whois"} {
				got += " " + k + "=" + v[k]
			}
			if got[1:] != test.want || kind != "submit" {
				t.Errorf("gave %s%s, want %s", kind, got, test.want)
			}
			p.owner(q, "")
			if !test.problem {
				q := p.await("what it offers now", func(el *wire.Element) bool {
					return el.Child("http://jabber.org/protocol/disco#info", "query") != nil && el.Attr("to") == myRoom
				})
				p.sendf("<iq type='result' id='%s' from='%s'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", q.Attr("id"), myRoom)
			}
			wait(cl, "the answer", func(e session.Answer) bool {
				return !test.problem && e.Code == test.code || test.problem && e.Problem != nil && e.Problem.Code == test.code
			})
		})
	}
	p := newPeer(t)
	cl := p.login()
	cl.a.Create(myRoom, session.PrivateRoom)
	p.await("the presence", func(el *wire.Element) bool { return el.Local == "presence" && el.Attr("to") == myRoom+"/alice" })
	p.tells(standing("alice", "participant", "none", "", "110"))
	wait(cl, "the answer", func(e session.Answer) bool { return e.Code == "room-existed" })
	for _, el := range p.took() {
		if strings.Contains(el, mucOwner) {
			t.Errorf("a room of others was configured: %s", el)
		}
	}
}
