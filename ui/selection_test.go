package ui

import (
	"strings"
	"testing"

	"sotto/store"
)

// refusedLine is a chat with a line that the server did not take, between others.
func refusedLine(tx *store.Tx, a store.AccountID) error {
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	if _, _, err := tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: "hello", ID: "m1", StanzaID: "s-17", By: "alice@example.org", Via: "live"}); err != nil {
		return err
	}
	id, _, err := tx.Queue(store.Draft{Chat: bob, Sender: "alice@example.org", Body: "refused words", LocalID: "own-1", Bytes: []byte("<message/>")})
	if err != nil {
		return err
	}
	if err := tx.SetState(id, store.Failed, "not-acceptable"); err != nil {
		return err
	}
	return tx.MarkRead(bob, 1<<60)
}

func (r *rig) rows() []store.Message { return r.a.m.window.rows }

// TestFailedLine: a line that was refused says what can be done, and the marked
// line obeys the keys that it names.
func TestFailedLine(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 20}} {
		r := newRig(t, size[0], size[1], refusedLine)
		if s := r.screen(); !strings.Contains(s, "not-acceptable") || !strings.Contains(strings.Join(strings.Fields(s), " "), "Up, then") {
			t.Errorf("%v: the refusal does not say what can be done:\n%s", size, s)
		}
		r.press("Up")
		if s := r.screen(); !strings.Contains(s, "send again") && size[0] >= 80 {
			t.Errorf("%v: the keys of the marked line are not named:\n%s", size, s)
		}
		r.press("r")
		r.until("queued again", func() bool { return r.rows()[1].State == store.Queued })
		if r.a.focus != inComposer {
			t.Error("the selection did not end")
		}

		r = newRig(t, size[0], size[1], refusedLine)
		r.press("Up", "e")
		r.until("taken back", func() bool { return r.rows()[1].NoBody })
		if got := r.a.composer.text(); got != "refused words" {
			t.Errorf("%v: the input holds %q", size, got)
		}

		r = newRig(t, size[0], size[1], refusedLine)
		r.press("Up", "d")
		r.until("taken away", func() bool { return r.rows()[1].NoBody })
		if got := r.a.composer.text(); got != "" {
			t.Errorf("%v: the input holds %q", size, got)
		}
	}
}

// TestInspect: the details of a message name its ids, its way and its states.
func TestInspect(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 20}} {
		r := newRig(t, size[0], size[1], refusedLine)
		r.press("Up", "Up", "i")
		s := r.screen()
		for _, want := range []string{"s-17", "m1", "bob@example.org", "said"} {
			if !strings.Contains(s, want) {
				t.Errorf("%v: %q is not told:\n%s", size, want, s)
			}
		}
		r.press("Esc", "Esc")
		r.line("/inspect")
		s = r.screen()
		r.press("PgDn")
		s += r.screen() // a low screen is read in two parts
		for _, want := range []string{"own-1", "on this disk", "refused"} {
			if !strings.Contains(s, want) {
				t.Errorf("%v: %q is not told of our line:\n%s", size, want, s)
			}
		}
		r.press("Esc")
		r.write("text")
		r.press("Up")
		if r.a.focus != inComposer {
			t.Errorf("%v: Up in a text marks a message", size)
		}
	}
}
