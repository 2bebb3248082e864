package ui

import (
	"strings"
	"testing"

	"sotto/store"
)

func spoiled(tx *store.Tx, a store.AccountID) error {
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	if _, _, err := tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: "the butler did it", ID: "m1", Via: "live",
		Shape: &store.Shape{Spoiler: true, Hint: "the film"}}); err != nil {
		return err
	}
	if _, _, err := tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Body: "indeed", ID: "m2", Via: "live", Reply: &store.Reply{Ref: "m1"}}); err != nil {
		return err
	}
	return tx.MarkRead(bob, 1<<60)
}

// TestSpoilerIsHidden until a key shows it, wherever it could be seen.
func TestSpoilerIsHidden(t *testing.T) {
	r := newRig(t, 80, 24, spoiled)
	hides := func(when string) {
		t.Helper()
		if s := r.screen(); strings.Contains(s, "butler") {
			t.Errorf("%s: it is to be seen:\n%s", when, s)
		}
	}
	hides("at first")
	r.sees("spoiler: the film · hidden (u)", "indeed")
	r.press("Up", "Up", "u")
	r.sees("spoiler: the film", "the butler did it")
	r.press("u")
	hides("hidden again")
	r.press("Esc")
	r.line("/uncover")
	r.sees("the butler did it")
	r.line("/uncover")
	hides("hidden by the command")
	r.press("Up", "Up")
	r.press("r")
	hides("answering")
	r.sees("spoiler: the film")
	r.press("Esc")
	r.line("/search butler")
	r.until("found", func() bool { return len(r.a.dialog.(*searchBox).hits) > 0 })
	if s := r.screen(); strings.Contains(s, "did it") {
		t.Errorf("the search shows it:\n%s", s)
	}
}

// TestSpoilerCommand: what is said stands there with its hint, and waits.
func TestSpoilerCommand(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.line("/msg bob@example.org")
	r.line("/spoiler the end | they marry")
	r.until("said", func() bool { return r.lastBody() == "they marry" })
	r.sees("spoiler: the end", "they marry")
	rows := r.rows()
	if s := rows[len(rows)-1].Shape; s == nil || !s.Spoiler || s.Hint != "the end" {
		t.Errorf("got %+v", s)
	}
	r.line("/spoiler | ")
	r.sees("/spoiler [hint |] text")
}
