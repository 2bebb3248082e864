package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
)

func gateCommands() []session.Command {
	return []session.Command{{JID: "irc.example.org", Node: "ping", Name: "Say hello"}, {JID: "irc.example.org", Node: "configure", Name: "Configure\x1b[31m your\u202e nicks"}, {JID: "#tea%irc@irc.example.org", Node: "configure", Name: "Configure this channel"}}
}

// toCommands opens the list of commands, as if they had come.
func toCommands(r *rig) *commandList {
	r.t.Helper()
	r.line("/adhoc irc.example.org")
	d, ok := r.a.dialog.(*commandList)
	if !ok {
		r.t.Fatal("no list is open")
	}
	d.problem = ""
	r.a.handle(session.CommandsListed{Account: r.acc, ID: "another", Done: true})
	r.a.handle(session.CommandsListed{Account: r.acc, ID: d.id, List: gateCommands(), Done: true})
	return d
}

// toStage runs the command under the cursor and shows what it is answered with.
func toStage(r *rig, e session.CommandStage) *commandDialog {
	r.t.Helper()
	r.a.key(keyEvent(r.t, "Enter"))
	d, ok := r.a.dialog.(*commandDialog)
	if !ok {
		r.t.Fatal("no command runs")
	}
	r.pump() // the session says that there is no connection
	e.Account, e.ID = r.acc, d.id
	r.a.handle(e)
	return d
}

// TestAdhocScreens: the list, a stage with steps and notes, and a table.
func TestAdhocScreens(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], village)
		toCommands(r)
		r.golden(fmt.Sprintf("adhoc-list-%dx%d", size[0], size[1]))
		r.press("/")
		r.write("your")
		r.press("Enter")
		form := teaForm()
		form.Title = "Nicks"
		d := toStage(r, session.CommandStage{Form: &form, Steps: []session.CommandStep{session.StepBack, session.StepNext, session.StepFinish}, Usual: session.StepNext,
			Notes: []session.CommandNote{{Kind: session.NoteWarn, Text: "others\x1b[31m see it"}}})
		r.golden(fmt.Sprintf("adhoc-stage-%dx%d", size[0], size[1]))
		d.e.Done = true // what follows is not asked of the session
		r.press("Esc")
		r.press("Esc")
		r.press("Down", "Up")
		d = toStage(r, session.CommandStage{Done: true, Notes: []session.CommandNote{{Kind: session.NoteInfo, Text: "That is all."}, {Kind: session.NoteError, Text: "One is missing."}},
			Results: []session.FormResult{{Title: "Users", Fields: []session.Field{{Var: "n", Label: "How many", Values: []string{"2"}}, {Var: "b", Type: session.Boolean, Label: "Open", Values: []string{"1"}}},
				Columns: []session.Field{{Var: "u", Label: "User"}, {Var: "s", Label: "Since"}, {Var: "r", Label: "Resources"}},
				Items: [][]session.Field{{{Var: "u", Values: []string{"bob@example.org"}}, {Var: "s", Values: []string{"yesterday"}}, {Var: "r", Values: []string{"phone", "desk"}}},
					{{Var: "u", Values: []string{"carol@example.org"}}, {Var: "s", Values: []string{"today"}}, {Var: "r", Values: []string{"desk"}}},
					{{Var: "u", Values: []string{"eve\x1b[31m@example.org"}}, {Var: "s"}, {Var: "r", Values: []string{"web"}}}}}}})
		r.golden(fmt.Sprintf("adhoc-result-%dx%d", size[0], size[1]))
		r.press("PgDn", "PgDn", "PgUp", "Home", "End")
		if size[1] == 20 && d.top == 0 {
			t.Error("what does not fit cannot be seen")
		}
		r.press("Enter")
		if _, back := r.a.dialog.(*commandList); !back {
			t.Error("Enter does not lead back to the list")
		}
		r.press("Esc")
		if r.a.dialog != nil {
			t.Error("Esc leaves the list open")
		}
	}
}

// TestAdhocAddresses: which addresses are asked follows what is open.
func TestAdhocAddresses(t *testing.T) {
	r := hallRig(t, 80, 24, session.Occupant{Role: "participant", Affiliation: "none"})
	asks := func(line string, want ...string) {
		t.Helper()
		r.line(line)
		d, ok := r.a.dialog.(*commandList)
		if !ok || strings.Join(d.addresses, " ") != strings.Join(want, " ") {
			t.Errorf("%s asks %v, want %v", line, d, want)
		}
		r.sees("This needs a connection")
		r.press("Esc")
	}
	asks("/adhoc", hall[strings.Index(hall, "@")+1:], hall)
	asks("/command xmpp:irc.example.org", "irc.example.org")
	r = newRig(t, 80, 24, village)
	c, _ := r.a.m.open()
	asks("/adhoc", c.JID)
	r.a.handle(session.PresenceChanged{Account: r.acc, JID: c.JID, Resources: []session.Resource{{Name: "phone"}, {Name: "desk"}}})
	asks("/adhoc", c.JID+"/phone", c.JID+"/desk")
	r = newRig(t, 80, 24, nil)
	asks("/adhoc", "example.org")
	r.line("/adhoc")
	r.press("a")
	for range 11 {
		r.press("Backspace")
	}
	r.write("irc.example.org")
	r.press("Enter")
	r.sees("Commands of irc.example.org")
	r.press("a", "Esc")
	r.sees("Commands of irc.example.org")
}

// TestAdhocLongNames: two commands that begin alike are told apart.
func TestAdhocLongNames(t *testing.T) {
	r := newRig(t, 40, 20, village)
	d := toCommands(r)
	r.a.handle(session.CommandsListed{Account: r.acc, ID: d.id, Done: true, List: []session.Command{{JID: "x.org", Node: "a", Name: "Send announcement to all online users"}, {JID: "x.org", Node: "b", Name: "Send announcement to all online users on all hosts"}}})
	r.press("Down")
	r.sees("users on all hosts")
	r.press("Up")
	if s := r.screen(); strings.Contains(s, "hosts") || !strings.Contains(s, "users ") {
		t.Errorf("the screen shows\n%s", s)
	}
}

// TestAdhocKeys: only what is offered is done; a form that came in part is not given back.
func TestAdhocKeys(t *testing.T) {
	r := newRig(t, 80, 24, village)
	toCommands(r)
	form := teaForm()
	form.Lost, form.Cut = true, true
	d := toStage(r, session.CommandStage{Form: &form, Steps: []session.CommandStep{session.StepFinish}, Usual: session.StepFinish})
	r.press("Ctrl-P", "Ctrl-N")
	if d.waits {
		t.Error("a step was taken that is not offered")
	}
	r.press("Enter")
	r.sees("larger than sotto reads")
	if d.waits {
		t.Error("a form that came in part goes back")
	}
	r.a.handle(session.CommandStage{Account: r.acc, ID: d.id, Steps: []session.CommandStep{session.StepFinish}, Usual: session.StepFinish, Notes: []session.CommandNote{{Kind: session.NoteInfo, Text: "Sure?"}},
		Problem: &session.Problem{Code: "command-refused", Args: []string{"irc.example.org", "bad-request"}}})
	r.sees("Sure?", "did not take that")
	r.a.handle(session.CommandStage{Account: r.acc, ID: d.id, Done: true, Links: []session.CommandLink{{URL: "https://example.org/x", Text: "There"}}})
	r.sees("There: https://example.org/x", "o open")
	r.press("o")
	r.sees("example.org")
	r.press("n")
	for w := 1; w < 130; w += 13 {
		for h := 1; h < 42; h += 7 {
			for _, e := range []session.CommandStage{{Form: &form, Steps: []session.CommandStep{session.StepFinish}, Usual: session.StepFinish}, {Done: true}} {
				e.Account, e.ID = r.acc, d.id
				r.a.dialog = d
				r.a.handle(e)
				r.s.SetSize(w, h)
				if n := strings.Count(r.screen(), "\n"); n != h {
					t.Fatalf("%dx%d has %d rows", w, h, n)
				}
			}
		}
	}
}
