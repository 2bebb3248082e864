package ui

import (
	"strings"
	"testing"

	"sotto/store"
)

// TestPin: a pinned chat stands first, with its sign, and goes back to its place.
func TestPin(t *testing.T) {
	r := newRig(t, 80, 24, func(tx *store.Tx, a store.AccountID) error {
		for _, who := range []string{"carol@example.org", "bob@example.org", "dave@example.org"} {
			chat, err := tx.EnsureChat(store.ChatKey{Account: a, JID: who})
			if err != nil {
				return err
			}
			if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: who, Body: "words of " + who}); err != nil {
				return err
			}
		}
		return nil
	})
	order := func() (names []string) {
		for _, c := range r.a.m.chats {
			local, _, _ := strings.Cut(c.JID, "@")
			names = append(names, local)
		}
		return names
	}
	if got := strings.Join(order(), " "); got != "dave bob carol" {
		t.Fatalf("got %s", got)
	}
	r.press("Alt-3")
	r.line("/pin")
	r.until("carol in front", func() bool { return strings.Join(order(), " ") == "carol dave bob" })
	r.sees("carol stands first in the list now", "▴")
	r.line("/unpin")
	r.until("no pin", func() bool { return !r.a.m.chats[0].Pinned })
	if s := r.screen(); strings.Contains(s, "▴") {
		t.Errorf("the sign is still there:\n%s", s)
	}
}
