package ui

import (
	"strings"
	"testing"

	"sotto/store"
)

// bodies are the texts of the open chat.
func (r *rig) bodies() (all []string) {
	for _, m := range r.rows() {
		all = append(all, m.Body)
	}
	return all
}

// TestSeveralAtOnce: Space chooses, and copy, forward and delete act on all that are
// chosen; what is for one only says so.
func TestSeveralAtOnce(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 20}} {
		r := newRig(t, size[0], size[1], village)
		r.line("/msg bob@example.org")
		r.until("the chat", func() bool { return len(r.rows()) > 5 })
		r.press("Up", "Space", "Up", "Up", "Space")
		if s := r.screen(); strings.Count(s, "◇")+strings.Count(s, "◆") != 2 {
			t.Errorf("%v: two are chosen:\n%s", size, s)
		}
		rows := r.rows()
		n := len(rows)
		first, last := rows[n-3], rows[n-1]

		r.press("e")
		r.sees("one message")
		r.press("y")
		got := string(r.s.GetClipboardData())
		if !strings.Contains(got, "bob: "+first.Body) && !strings.Contains(got, "alice: "+first.Body) || !strings.Contains(got, last.Body) || strings.Count(got, "\n") < 2 {
			t.Errorf("%v: copied %q", size, got)
		}
		if r.a.focus != inComposer || len(r.a.timeline.chosen) != 0 {
			t.Error("the selection goes on")
		}
	}
}

// TestForwarding: who and when go along, and nothing else that is known of them.
func TestForwarding(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/msg bob@example.org")
	r.until("the chat", func() bool { return len(r.rows()) > 5 })
	r.press("Up", "g", "Space", "Down", "Space", "f")
	r.sees("Forward 2 messages to")
	r.golden("forward-80x24")
	r.write("gophers")
	r.press("Enter")
	r.until("the room", func() bool { c, _ := r.a.m.open(); return c.Kind == store.Room })
	want := "> bob, 2026-11-21 12:05:\n> hello, first message\n\n> bob, 2026-11-21 12:05:\n> second line of the same minute"
	r.until("said", func() bool { return r.lastBody() == want || r.a.composer.text() == want })

	// To somebody without a chat; what was hidden stays so.
	r = newRig(t, 80, 24, func(tx *store.Tx, a store.AccountID) error {
		if err := tx.PutContact(store.Contact{Account: a, JID: "dora@example.org", Subscription: "both"}); err != nil {
			return err
		}
		return spoiled(tx, a)
	})
	r.press("Up", "Up", "f")
	r.write("dora")
	r.press("Enter")
	r.until("said", func() bool { return strings.HasSuffix(r.lastBody(), ":\n> the butler did it") })
	c, _ := r.a.m.open()
	m := r.rows()[0]
	if hint, is := m.Spoiler(); c.JID != "dora@example.org" || !is || hint != "the film" {
		t.Errorf("got %+v in %s", m, c.JID)
	}
}

// TestForgetting asks; then the rows are gone from the screen.
func TestForgetting(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/msg bob@example.org")
	r.until("the chat", func() bool { return len(r.rows()) > 5 })
	r.press("Up", "g", "Space", "Down", "Space", "D")
	r.sees("Delete 2 messages on this device?")
	r.press("n")
	n := len(r.rows())
	r.press("D", "y")
	r.until("gone", func() bool { return len(r.rows()) == n-2 })
	if s := strings.Join(r.bodies(), "|"); strings.Contains(s, "hello") || strings.Contains(s, "same minute") {
		t.Errorf("still there: %s", s)
	}
	if s := r.screen(); strings.Contains(s, "hello, first") {
		t.Errorf("still seen:\n%s", s)
	}
}
