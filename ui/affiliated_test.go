package ui

import (
	"fmt"
	"strings"
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
		r.press("Home", "Space", "j", "Space", "j", "Space", "k", "Space", "Space")
		r.sees("3 chosen")
		r.golden(fmt.Sprintf("affiliations-chosen-%dx%d", size[0], size[1]))
		r.press("o")
		r.sees("Only owners")
		r.press("/")
		r.write("spam")
		r.press("Enter")
		for range 7 {
			r.press("Space", "j")
		}
		r.press("m") // what is hidden is chosen as well
		r.sees("Make these 9 members of")
		r.golden(fmt.Sprintf("affiliations-question-%dx%d", size[0], size[1]))
		r.press("n")
		r.sees("10 chosen")
		r.press("x")
		r.sees("Ban these 2 from")
		r.press("y")
		r.sees("Who is what")
		r.gone("chosen")
		r.press("Space", "Esc", "Esc")
		r.sees("Who is what")
		r.gone("chosen")
		r.a.handle(session.AffiliationsListed{Account: r.acc, Chat: r.a.m.chat, News: true})
		r.sees("Nobody is on this list.")
		r.press("Esc")
		r.a.handle(session.AffiliationsListed{Account: r.acc, Chat: r.a.m.chat, News: true})
		if r.a.dialog != nil {
			t.Error("Esc leaves it open, or news opens it")
		}
	}
}

// gone checks that words are not on the screen.
func (r *rig) gone(word string) {
	r.t.Helper()
	if strings.Contains(r.screen(), word) {
		r.t.Errorf("%q is on the screen:\n%s", word, r.screen())
	}
}
