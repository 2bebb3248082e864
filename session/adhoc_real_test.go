package session_test

import (
	"slices"
	"strings"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
)

// command finds a command of an address by its name.
func command(cl *client, address, name string) session.Command {
	cl.t.Helper()
	id := cl.a.Commands(address)
	e := wait(cl, "the commands of "+address, func(e session.CommandsListed) bool { return e.ID == id && e.Done })
	var names []string
	for _, c := range e.List {
		names = append(names, c.Name+" ("+c.Node+")")
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	cl.t.Fatalf("%s has no command %q: %q %+v", address, name, names, e.Problem)
	return session.Command{}
}

// filled goes on from a stage with these values.
func filled(cl *client, id string, e session.CommandStage, values map[string]string) session.CommandStage {
	cl.t.Helper()
	if e.Done || e.Form == nil {
		cl.t.Fatalf("there is no form: %+v %+v", e, e.Problem)
	}
	for name, v := range values {
		if !e.Form.Fill(name, v) {
			cl.t.Fatalf("the form has no field %s: %+v", name, e.Form.Fields)
		}
	}
	cl.a.ContinueCommand(id, e.Usual, e.Form)
	return stage(cl, id)
}

func said(e session.CommandStage) string {
	var b strings.Builder
	if e.Problem != nil {
		b.WriteString(e.Problem.Code + " " + strings.Join(e.Problem.Args, " ") + " " + e.Problem.Text)
	}
	for _, n := range e.Notes {
		b.WriteString(string(n.Kind) + ": " + n.Text + "\n")
	}
	for _, r := range e.Results {
		for i := range r.Fields {
			b.WriteString(r.Fields[i].Label + " " + strings.Join(r.Fields[i].Shown(), " ") + "\n")
		}
	}
	return b.String()
}

// TestRealCommands: a user of Prosody asks how long it runs; its administrator, and
// that of ejabberd, make an account by a form (XEP-0133 §4.1), with which one logs in.
func TestRealCommands(t *testing.T) {
	admin := "carol@" + realserver.Domain
	make := func(t *testing.T, s *realserver.Server, name string) {
		cl := newClient(t, s, "carol", true)
		cl.online()
		id := cl.a.RunCommand(command(cl, realserver.Domain, name))
		e := stage(cl, id)
		jid := "dora@" + realserver.Domain
		e = filled(cl, id, e, map[string]string{"accountjid": jid, "password": "one", "password-verify": "another"})
		t.Logf("two passwords: %s", said(e))
		if !e.Done && e.Problem == nil {
			t.Errorf("two passwords make an account: %+v", e)
		}
		cl.a.CancelCommand(id)
		id = cl.a.RunCommand(command(cl, realserver.Domain, name))
		e = filled(cl, id, stage(cl, id), map[string]string{"accountjid": jid, "password": realserver.Password, "password-verify": realserver.Password})
		if !e.Done || e.Problem != nil {
			t.Fatalf("no account is made: %s", said(e))
		}
		dora := newClient(t, s, "dora", true)
		dora.online()

		// Who is no administrator is told so.
		bob := newClient(t, s, "bob", true)
		bob.online()
		id = bob.a.RunCommand(session.Command{JID: realserver.Domain, Node: "http://jabber.org/protocol/admin#add-user"})
		if e := stage(bob, id); !e.Done || e.Problem == nil || e.Problem.Code != "command-forbidden" {
			t.Errorf("bob is told %+v, %s", e, said(e))
		}
	}
	t.Run("prosody", func(t *testing.T) {
		s := realserver.Prosody(t, admin)
		bob := newClient(t, s, "bob", true)
		bob.online()
		id := bob.a.RunCommand(command(bob, realserver.Domain, "Get uptime"))
		if e := stage(bob, id); !e.Done || !strings.Contains(said(e), "running for") {
			t.Errorf("it says %s", said(e))
		}
		make(t, s, "Add User")
		carol := newClient(t, s, "carol", true)
		carol.online()
		id = carol.a.RunCommand(command(carol, realserver.Domain, "Get List of Online Users"))
		e := stage(carol, id)
		e = filled(carol, id, e, nil)
		if !e.Done || !strings.Contains(said(e), admin) {
			t.Errorf("it says %s", said(e))
		}
	})
	t.Run("ejabberd", func(t *testing.T) {
		s := realserver.Ejabberd(t, admin)
		make(t, s, "Add User")
		carol := newClient(t, s, "carol", true)
		carol.online()
		id := carol.a.RunCommand(command(carol, realserver.Domain, "Get Number of Online Users"))
		if e := stage(carol, id); !e.Done || len(e.Results) != 1 || !slices.ContainsFunc(e.Results[0].Fields, func(f session.Field) bool { return f.Var == "onlineusersnum" }) {
			t.Errorf("it says %s", said(e))
		}
	})
}
