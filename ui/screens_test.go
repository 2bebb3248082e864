package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/store"
)

// village is the disk of the golden screens: some people, a room, some talk.
func village(tx *store.Tx, a store.AccountID) error {
	for _, c := range []store.Contact{
		{JID: "bob@example.org", Name: "Bob Ross", Subscription: "both", Groups: []string{"Friends"}},
		{JID: "carol@example.net", Subscription: "both", Groups: []string{"Friends", "Work"}},
		{JID: "dave@example.org", Name: "Dave", Subscription: "to", Groups: []string{"Work"}},
		{JID: "erin@example.org", Name: "Ерин 日本", Subscription: "both"},
	} {
		c.Account = a
		if err := tx.PutContact(c); err != nil {
			return err
		}
	}
	if err := tx.PutRequest(store.Request{Account: a, JID: "frank@example.com", Text: "It's Frank from work"}); err != nil {
		return err
	}
	if err := tx.PutRoom(store.RoomEntry{Account: a, JID: "gophers@rooms.example.org", Nick: "alice", Subject: "Go and how to say it"}); err != nil {
		return err
	}
	room, err := tx.EnsureChat(store.ChatKey{Account: a, Kind: store.Room, JID: "gophers@rooms.example.org"})
	if err != nil {
		return err
	}
	for i, line := range []string{"has anybody read the release notes?", "not yet", "alice: you have, haven't you?"} {
		nick := []string{"mallory", "trent", "mallory"}[i]
		if _, _, err := tx.Arrive(store.Arrival{Chat: room, Sender: "gophers@rooms.example.org/" + nick, Nick: nick, Body: line,
			Stamp: noon.AddDate(0, 0, -1).UnixMicro() + int64(i)*60e6, Mention: i == 2}); err != nil {
			return err
		}
	}
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	at := noon.AddDate(0, 0, -1).Add(-2 * 3600e9)
	for i, line := range []struct {
		own  bool
		body string
	}{
		{false, "hello, first message"}, {false, "second line of the same minute"},
		{true, "an answer that is long enough to be wrapped at every size at which this screen is taken, and then some more"},
		{false, "fine, see https://example.org/x"}, {false, "a body cannot\n14:05 forge a line"}, {true, "/me waves"},
	} {
		arr := store.Arrival{Chat: bob, Outgoing: line.own, Sender: "bob@example.org", Body: line.body, Stamp: at.UnixMicro() + int64(i)*40e6, ID: fmt.Sprint("m", i)}
		if line.own {
			arr.Sender = "alice@example.org"
		}
		if i > 2 {
			arr.Stamp = noon.Add(-3600e9).UnixMicro() + int64(i)*40e6
		}
		if _, _, err := tx.Arrive(arr); err != nil {
			return err
		}
	}
	return tx.Annotate(bob, "bob@example.org", store.AnnotationReceipt, "m2", nil)
}

var sizes = [][2]int{{120, 40}, {80, 24}, {40, 20}}

// sized names the golden file of a screen.
func sized(name string, size [2]int) string { return fmt.Sprintf("%s-%dx%d", name, size[0], size[1]) }

// TestGoldenScreens takes every screen at the three sizes.
func TestGoldenScreens(t *testing.T) {
	screens := map[string]func(r *rig){
		"chat":       func(r *rig) {},
		"room":       func(r *rig) { r.do("chat.next-unread") },
		"roster":     func(r *rig) { r.do("pane.next") },
		"people":     func(r *rig) { r.do("pane.next"); r.press("Tab") },
		"draft":      func(r *rig) { r.write("a line\nand another") },
		"commands":   func(r *rig) { r.write("/p") },
		"jump":       func(r *rig) { r.do("jump"); r.write("ca") },
		"jump-all":   func(r *rig) { r.do("jump") },
		"help":       func(r *rig) { r.do("help") },
		"presence":   func(r *rig) { r.do("presence.menu") },
		"request":    func(r *rig) { r.line("/accept"); r.line("/whois") },
		"unknown":    func(r *rig) { r.line("/awya") },
		"set":        func(r *rig) { r.line("/set") },
		"set-one":    func(r *rig) { r.line("/set slim") },
		"queued":     func(r *rig) { r.line("is anybody there?") },
		"no-network": func(r *rig) { r.line("/add frank@example.com") },
	}
	for name, do := range screens {
		for _, size := range sizes {
			full := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			t.Run(full, func(t *testing.T) {
				r := newRig(t, size[0], size[1], village)
				do(r)
				r.golden(full)
			})
		}
	}
	for _, size := range sizes {
		t.Run(fmt.Sprintf("setup-%dx%d", size[0], size[1]), func(t *testing.T) {
			r := newRigWith(t, size[0], size[1], store.DefaultConfig(), nil)
			r.write("alice@")
			r.press("Tab")
			r.golden(fmt.Sprintf("setup-%dx%d", size[0], size[1]))
			r.press("Ctrl-N", "Esc", "Ctrl-N")
			r.golden(fmt.Sprintf("signup-%dx%d", size[0], size[1]))
		})
	}
}

// TestEverySizeFits draws at every size: nothing panics, nothing leaves the screen.
func TestEverySizeFits(t *testing.T) {
	r := newRig(t, 120, 40, village)
	for _, do := range []func(){func() {}, func() { r.do("jump") }, func() { r.press("Esc"); r.do("help") }, func() { r.press("Esc"); r.do("presence.menu") },
		func() { r.press("Esc"); r.write("/") }, func() { r.do("pane.next") }} {
		do()
		for w := 1; w < 130; w += 3 {
			for h := 1; h < 42; h += 2 {
				r.s.SetSize(w, h)
				if n := strings.Count(r.screen(), "\n"); n != h {
					t.Fatalf("%dx%d has %d rows", w, h, n)
				}
			}
		}
	}
}
