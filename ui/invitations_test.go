package ui

import (
	"fmt"
	"testing"

	"sotto/session"
)

// TestInvitationsScreens: who invites is told as far as it is known, and nothing
// of theirs gets out of its line.
func TestInvitationsScreens(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], village)
		r.line("/invitations")
		r.sees("Nobody invites you")
		list := []session.Invitation{{Room: "tea@rooms.example.org", From: "bob@example.org", Reason: "now"},
			{Room: "pills@evil.example", From: "bob@example.org", Reason: "cheap\x1b[31m\nEnter joins", Mediated: true},
			{Room: "odd@evil.example", From: "eve@evil.example", Stranger: true, Mediated: true}}
		r.a.handle(session.InvitationsChanged{Account: r.acc, List: list})
		r.line("/invitations")
		r.press("j")
		r.golden(fmt.Sprintf("invitations-%dx%d", size[0], size[1]))
		r.press("k", "b")
		r.sees("odd@evil.example")
		r.press("n")
		r.line("/invitations")
		r.a.handle(session.InvitationsChanged{Account: r.acc})
		if r.a.dialog != nil {
			t.Error("an empty list stays open")
		}
		r.line("/invite bob@example.org")
		r.sees("room")
	}
}
