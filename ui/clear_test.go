package ui

import (
	"strings"
	"testing"
)

// TestClearCommand asks, says that others keep what they have, and empties the chat;
// deleting the chat takes it off the list too.
func TestClearCommand(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/msg bob@example.org")
	r.until("the chat", func() bool { return len(r.rows()) > 5 })
	r.line("/clear")
	r.sees("Delete all messages of bob@example.org on this")
	r.sees("archive of the server keeps its copy")
	r.golden("clear-80x24")
	r.press("n")
	if len(r.rows()) == 0 {
		t.Fatal("no was yes")
	}
	bob := r.a.m.chat
	r.line("/clear")
	r.press("y")
	r.until("an empty chat", func() bool { return len(r.rows()) == 0 && r.a.m.chat == bob })
	r.until("that it is told", func() bool { return strings.Contains(r.screen(), "messages were deleted on this device") })
	if _, ok := r.a.m.find(bob); !ok {
		t.Error("the chat is off the list")
	}
	r.line("/delete-chat")
	r.sees("Delete the chat bob@example.org on this device")
	r.press("y")
	r.until("another chat", func() bool { _, ok := r.a.m.find(bob); return !ok && r.a.m.chat != bob })
}
