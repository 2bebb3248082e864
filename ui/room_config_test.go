package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
)

func teaForm() session.Form {
	return session.Form{Title: "Room", Instructions: []string{"How this room is\x1b[31m."}, Fields: []session.Field{
		{Var: "FORM_TYPE", Type: session.Hidden, Values: []string{"http://jabber.org/protocol/muc#roomconfig"}},
		{Var: "name", Type: session.TextSingle, Label: "Name", Values: []string{"Tea"}},
		{Var: "open", Type: session.Boolean, Label: "Anybody may enter", Values: []string{"1"}},
		{Var: "whois", Type: session.ListSingle, Label: "Who sees addresses", Values: []string{"mods"}, Options: []session.Option{{Label: "Moderators", Value: "mods"}, {Label: "Anyone", Value: "all"}}},
	}}
}

// TestConfigScreens: the room's own form is filled in; leaving it tells the room.
func TestConfigScreens(t *testing.T) {
	for _, size := range sizes {
		r := hallRig(t, size[0], size[1], session.Occupant{Role: "moderator", Affiliation: "owner"})
		r.a.handle(session.RoomForm{Account: r.acc, Chat: r.a.m.chat, Form: teaForm()})
		r.write(" and cake")
		r.golden(fmt.Sprintf("config-%dx%d", size[0], size[1]))
		r.press("Esc")
		if r.a.dialog != nil {
			t.Error("Esc leaves it open")
		}
		r.a.handle(session.RoomForm{Account: r.acc, Chat: r.a.m.chat, Form: teaForm(), Problem: &session.Problem{Code: "config-refused", Args: []string{hall, "not-acceptable"}}})
		r.sees("did not")
		r.press("Enter")
		r.until("the answer", func() bool { return strings.Contains(r.screen(), "You are not in this room.") }) // the session knows better
	}
	r := hallRig(t, 80, 24, session.Occupant{Role: "moderator", Affiliation: "admin"})
	r.line("/config")
	r.sees("Only owners can do that here.")
	r.line("/create tea@rooms.example.org")
	r.sees("This needs a connection")
	r.a.openHelp()
	r.a.handle(session.RoomForm{Account: r.acc, Chat: r.a.m.chat, Form: teaForm()})
	if _, is := r.a.dialog.(*help); !is {
		t.Error("a form takes the place of what the user looks at")
	}
}
