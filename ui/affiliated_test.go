package ui

import (
	"fmt"
	"testing"

	"sotto/session"
)

// TestAffiliatedScreens: the list is filtered, found in, and changed after a question.
func TestAffiliatedScreens(t *testing.T) {
	for _, size := range sizes {
		r := hallRig(t, size[0], size[1], session.Occupant{Role: "moderator", Affiliation: "admin"})
		r.line("/affiliations")
		list := []session.Affiliated{{JID: "boss@example.org", Affiliation: "owner"}, {JID: "zoe@example.org", Affiliation: "member", Nick: "zoe\x1b[31m"},
			{JID: "eve@evil.example", Affiliation: "outcast", Reason: "pills\nboss@example.org"}}
		for i := range 40 {
			list = append(list, session.Affiliated{JID: fmt.Sprintf("spam%02d@evil.example", i), Affiliation: "outcast"})
		}
		r.a.handle(session.AffiliationsListed{Account: r.acc, Chat: r.a.m.chat, List: list, Refused: []string{"admin"}})
		r.press("j", "j")
		r.golden(fmt.Sprintf("affiliations-%dx%d", size[0], size[1]))
		r.press("m")
		r.sees("Make eve@evil.example a member")
		r.press("n")
		r.press("o")
		r.sees("Only owners")
		r.press("/")
		r.write("zoe")
		r.press("Enter", "d")
		r.sees("Take zoe@example.org off the list")
		r.press("y")
		r.sees("Who is what")
		r.press("Esc")
		r.a.handle(session.AffiliationsListed{Account: r.acc, Chat: r.a.m.chat})
		r.sees("Nobody is on this list.")
		r.press("Esc")
		if r.a.dialog != nil {
			t.Error("Esc leaves it open")
		}
	}
}
