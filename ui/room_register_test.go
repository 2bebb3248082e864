package ui

import (
	"fmt"
	"testing"

	"sotto/session"
)

// TestRoomRegistration shows the room's form, and why it was not taken.
func TestRoomRegistration(t *testing.T) {
	for _, size := range sizes {
		r := hallRig(t, size[0], size[1], session.Occupant{Role: "participant", Affiliation: "member"})
		f := session.Form{Instructions: []string{"Tell us your nick."}, Fields: []session.Field{{Var: "muc#register_roomnick", Type: session.TextSingle, Label: "Desired Nickname", Required: true, Values: []string{"alice"}}}}
		r.a.handle(session.RoomRegistration{Account: r.acc, Chat: r.a.m.chat, Form: f, Problem: &session.Problem{Code: "nick-register-taken", Args: []string{hall}}})
		r.golden(fmt.Sprintf("room-register-%dx%d", size[0], size[1]))
		r.press("Esc")
		if r.a.dialog != nil {
			t.Error("Esc leaves it open")
		}
	}
}
