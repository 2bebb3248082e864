package session_test

import (
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

func asksRegister(child string) func(*wire.Element) bool {
	return func(el *wire.Element) bool {
		return el.Attr("type") == "set" && el.Child("jabber:iq:register", "query").Child("jabber:iq:register", child) != nil
	}
}

// TestChangePasswordRefused: the server's reason is told, and only its own word counts.
func TestChangePasswordRefused(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.sync()
	p.hush(peerDomain)
	p.hush("")
	for condition, want := range map[string]string{"not-allowed": "password-refused-never", "not-acceptable": "password-refused-unfit", "internal-server-error": "password-refused"} {
		cl.a.ChangePassword("new one", store.Unsaid)
		q := p.await("the request", asksRegister("password"))
		if got := q.Child("jabber:iq:register", "query"); got.ChildText("jabber:iq:register", "username") != "alice" || got.ChildText("jabber:iq:register", "password") != "new one" || q.Attr("to") != peerDomain {
			t.Errorf("asked %s", q.Bytes())
		}
		p.sendf("<iq type='result' id='%s' from='eve@evil.example/x'/>", q.Attr("id"))
		p.sendf("<iq type='error' id='%s' from='%s'><error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", q.Attr("id"), peerDomain, condition)
		if e := wait(cl, "the answer", func(e session.Answer) bool { return true }); e.Problem == nil || e.Problem.Code != want {
			t.Errorf("%s: got %+v %+v", condition, e, e.Problem)
		}
		p.took()
	}
	cl.a.ChangePassword("a\x00b", store.Unsaid)
	if e := wait(cl, "the answer", func(e session.Answer) bool { return true }); e.Problem == nil || e.Problem.Code != "bad-password-text" {
		t.Errorf("got %+v", e.Problem)
	}
	cl.a.DeleteAccount()
	q := p.await("the request", asksRegister("remove"))
	p.sendf("<iq type='error' id='%s'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", q.Attr("id"))
	if e := wait(cl, "the answer", func(e session.Answer) bool { return true }); e.Problem == nil || e.Problem.Code != "delete-refused-never" || len(cl.c.Accounts()) != 1 {
		t.Errorf("got %+v", e.Problem)
	}
}

// TestOwnAccountLinkLost: what may have been done is told as such.
func TestOwnAccountLinkLost(t *testing.T) {
	for name, ask := range map[string]func(*session.Account){
		"password-unsure": func(a *session.Account) { a.ChangePassword("new one", store.Unsaid) },
		"delete-unsure":   (*session.Account).DeleteAccount,
	} {
		p := newPeer(t)
		cl := p.login()
		p.sync()
		p.hush(peerDomain)
		p.hush("")
		ask(cl.a)
		p.await("the request", func(el *wire.Element) bool { return el.Child("jabber:iq:register", "query") != nil })
		p.send("</stream:stream>")
		if e := wait(cl, "the answer", func(e session.Answer) bool { return e.Problem != nil }); e.Problem.Code != name {
			t.Errorf("%s: got %+v", name, e.Problem)
		}
	}
}

// TestDeletedByTheEndOfTheStream: a server may answer by ending the stream (XEP-0077 §3.2).
func TestDeletedByTheEndOfTheStream(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	p.sync()
	p.hush("")
	cl.a.DeleteAccount()
	p.await("the request", asksRegister("remove"))
	p.send("<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
	if e := wait(cl, "the answer", func(e session.Answer) bool { return true }); e.Code != "account-deleted" {
		t.Errorf("got %+v %+v", e, e.Problem)
	}
	if list := cl.c.Accounts(); len(list) != 0 {
		t.Errorf("%d accounts are left", len(list))
	}
}

// TestOwnAccountOffline: nothing is asked without a connection.
func TestOwnAccountOffline(t *testing.T) {
	p := newPeer(t)
	cl := p.login()
	cl.a.Disconnect()
	wait(cl, "offline", func(e session.AccountChanged) bool { return e.Link == session.Offline })
	cl.take()
	cl.a.ChangePassword("new one", store.Unsaid)
	cl.a.DeleteAccount()
	for range 2 {
		if e := wait(cl, "the answer", func(e session.Answer) bool { return e.Problem != nil }); e.Problem.Code != "offline" {
			t.Errorf("got %+v", e.Problem)
		}
	}
}
