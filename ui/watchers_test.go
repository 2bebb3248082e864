package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// watched is the village with all the ways to be seen.
func watched(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	return tx.PutContact(store.Contact{Account: a, JID: "grace@example.org", Name: "Grace", Subscription: "none", Approved: true})
}

func watchRig(t *testing.T, w, h int) *rig {
	r := newRig(t, w, h, watched)
	r.a.c.Accounts()[0].SendPresence("carol@example.net", &session.Presence{Show: session.Busy, Text: "in a talk"}, noon.Add(time.Hour))
	r.pump()
	r.press("Esc")
	r.a.handle(session.RoomChanged{Account: r.acc, RoomInfo: session.RoomInfo{JID: "gophers@rooms.example.org", Joined: true, Nick: "alice", Occupants: 7}})
	r.line("/watchers")
	return r
}

func TestWatchersScreens(t *testing.T) {
	for _, size := range sizes {
		r := watchRig(t, size[0], size[1])
		r.golden(fmt.Sprintf("watchers-%dx%d", size[0], size[1]))
	}
}

// TestWatchersTakeAway: every way to be seen is listed by its reason; d asks, and
// n leaves all as it was.
func TestWatchersTakeAway(t *testing.T) {
	r := watchRig(t, 120, 40)
	r.sees("Told alone (1)", "carol  busy until 15:05 · in a talk", "In rooms (1)", "#gophers  7 here", "Contacts (3)", "As soon as they ask (1)", "Grace  grace@example.org")
	if s := r.screen(); strings.Contains(s, "Dave  dave@") {
		t.Errorf("Dave does not see us:\n%s", s)
	}
	r.press("d")
	r.sees("Shall carol see again what all see?")
	r.press("n")
	if got := r.told("carol@example.net"); got != "dnd in a talk until 15:05" {
		t.Errorf("not asked for: carol is told %q", got)
	}
	r.sees("Who sees your presence")
	r.press("d", "y")
	if got := r.told("carol@example.net"); got != "the usual" {
		t.Errorf("carol is told %q", got)
	}
	r.sees("Who sees your presence", "In rooms (1)")
	r.press("j")
	r.press("d")
	r.sees("Shall Bob Ross (bob@example.org) not see your presence")
	r.press("Esc", "G", "d")
	r.sees("Shall Grace (grace@example.org) have to ask again")
	r.press("y", "Esc")
	if r.a.dialog != nil {
		t.Error("it stays open")
	}
	// Without a link nobody can be told; it is said.
	r.sees(catalog.Problem(session.Problem{Code: "offline"}, "").Text)
}
