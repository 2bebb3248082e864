package ui

import (
	"strings"
	"testing"

	"sotto/session"
)

// TestDestroyScreen: a room ends by its whole address alone.
func TestDestroyScreen(t *testing.T) {
	r := hallRig(t, 80, 24, session.Occupant{Role: "moderator", Affiliation: "admin"})
	r.line("/destroy")
	r.sees("Only owners can do that here.")
	r = hallRig(t, 80, 24, session.Occupant{Role: "moderator", Affiliation: "owner"})
	r.line("/destroy")
	r.golden("destroy-80x24")
	r.press("Enter")
	r.sees("must be filled in")
	r.write("yes")
	r.press("Enter")
	r.sees("That is not " + hall)
	r.press("Ctrl-U")
	r.write(hall)
	r.press("Tab")
	r.write("not an address@@")
	r.press("Enter")
	r.sees("An address looks like")
	r.press("Ctrl-U")
	r.press("Enter")
	r.until("the answer", func() bool { return strings.Contains(r.screen(), "You are not in this room.") }) // the session knows better
}
