package ui

import (
	"slices"
	"testing"

	"sotto/store"
)

// TestNotes: the chat with ourselves is in the jump box before there is one, and
// /note writes there from anywhere.
func TestNotes(t *testing.T) {
	r := newRig(t, 120, 40, village)
	r.line("/msg bob@example.org")
	r.press("Ctrl-K")
	r.write("note to")
	r.sees("Note to self", "alice@example.org")
	r.press("Esc")
	r.line("/note buy milk")
	r.until("the chat", func() bool { c, _ := r.a.m.open(); return c.Kind == store.Self && r.lastBody() == "buy milk" })
	r.sees("Note to self", "you", "buy milk")

	r.press("Ctrl-K")
	r.write("bob")
	r.press("Enter")
	r.line("/note and bread")
	r.sees("Noted.")
	if c, _ := r.a.m.open(); c.JID != "bob@example.org" {
		t.Errorf("it went to %s", c.JID)
	}
	r.press("Ctrl-K")
	r.write("self")
	r.press("Enter")
	r.until("the notes", func() bool { return slices.Equal(r.bodies(), []string{"buy milk", "and bread"}) })
}
