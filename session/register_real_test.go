package session_test

import (
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// TestRealRegister makes an account on real servers, is told that a name is
// taken, and logs in.
func TestRealRegister(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		cl := run(t, session.Options{})
		cfg := store.AccountConfig{JID: "zoe@" + realserver.Domain, Host: "127.0.0.1", Port: s.Port, CAFile: s.CAFile}
		r := cl.c.Register(cfg, "")
		defer r.Close()
		e := cl.registering(r)
		if e.Form == nil {
			t.Fatalf("got %+v", e.Problem)
		}
		t.Logf("asked for %+v", e.Form)
		fill := func(e session.Registering, name string) {
			t.Helper()
			if !e.Form.Fill("username", name) || !e.Form.Fill("password", "p<&' ß w0rd") {
				t.Fatalf("the form is %+v", e.Form)
			}
			if !r.Submit(*e.Form) {
				t.Fatal("not taken")
			}
		}
		fill(e, "alice")
		if e = cl.registering(r); e.Problem == nil || e.Problem.Code != "register-taken" || e.Form == nil {
			t.Fatalf("got %+v %+v", e, e.Problem)
		}
		fill(e, "zoe")
		if e = cl.registering(r); !e.Done {
			t.Fatalf("got %+v", e.Problem)
		}
		cl.c.AddAccount(cfg, "p<&' ß w0rd", store.Unsaid)
		wait(cl, "online", func(e session.AccountChanged) bool { return e.Link == session.Online })
	})
}

// TestRealInvitation: an invitation of Prosody makes an account.
func TestRealInvitation(t *testing.T) {
	s := realserver.Prosody(t)
	u, problem := session.ParseURI(s.Invitation(t))
	if problem != nil || u.Action != session.URIRegister || u.Token == "" {
		t.Fatalf("got %+v %+v", u, problem)
	}
	cl := run(t, session.Options{})
	r := cl.c.Register(store.AccountConfig{JID: "yan@" + u.Bare, Host: "127.0.0.1", Port: s.Direct, TLS: "direct", CAFile: s.CAFile}, u.Token)
	defer r.Close()
	e := cl.registering(r)
	if e.Form == nil {
		t.Fatalf("got %+v", e.Problem)
	}
	e.Form.Fill("username", "yan")
	e.Form.Fill("password", "secret")
	r.Submit(*e.Form)
	if e = cl.registering(r); !e.Done {
		t.Fatalf("got %+v", e.Problem)
	}
	bad := cl.c.Register(store.AccountConfig{JID: "xi@" + u.Bare, Host: "127.0.0.1", Port: s.Direct, TLS: "direct", CAFile: s.CAFile}, "nonsense")
	defer bad.Close()
	if e = cl.registering(bad); e.Problem == nil || e.Problem.Code != "register-token" {
		t.Errorf("got %+v", e.Problem)
	}
}

// TestRealOwnAccount: an account gets another password, which the next login
// needs, and is deleted for good.
func TestRealOwnAccount(t *testing.T) {
	realserver.All(t, func(t *testing.T, s *realserver.Server) {
		cl := newClient(t, s, "carol", false)
		cl.online()
		cl.a.ChangePassword("nouveau mot", store.Unsaid)
		wait(cl, "the change", func(e session.Answer) bool {
			return e.Code == "password-changed" || e.Problem != nil && fail(t, e.Problem)
		})
		cl.a.Disconnect()
		wait(cl, "offline", func(e session.AccountChanged) bool { return e.Link == session.Offline })
		cl.a.Connect() // with the new one, which the account knows
		cl.online()
		// Another device has only the old one.
		other := newClient(t, s, "carol", false)
		wait(other, "the refusal", func(e session.AccountChanged) bool { return e.Problem != nil && e.Problem.Code == "auth-failed" })
		cl.a.DeleteAccount()
		wait(cl, "that it is deleted", func(e session.Answer) bool {
			return e.Code == "account-deleted" || e.Problem != nil && fail(t, e.Problem)
		})
		if list := cl.c.Accounts(); len(list) != 0 {
			t.Errorf("%d accounts are left", len(list))
		}
		again := run(t, session.Options{Passwords: map[string]string{"carol@" + realserver.Domain: "nouveau mot"}},
			store.AccountConfig{JID: "carol@" + realserver.Domain, Host: "127.0.0.1", Port: s.Port, CAFile: s.CAFile})
		wait(again, "the refusal", func(e session.AccountChanged) bool { return e.Problem != nil && e.Problem.Code == "auth-failed" })
	})
}

func fail(t *testing.T, p *session.Problem) bool {
	t.Helper()
	t.Fatalf("got %+v", p)
	return true
}
