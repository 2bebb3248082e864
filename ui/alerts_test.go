package ui

import (
	"strings"
	"testing"

	"sotto/session"
)

// TestAlertIsTold: who came is told once in the terminal's way and next to the
// input, and a key opens the chat; not while the user is busy.
func TestAlertIsTold(t *testing.T) {
	r := newRig(t, 120, 40, village)
	var told []string
	r.a.t.Notify = func(seq []byte) { told = append(told, string(seq)) }
	r.a.t.Notifier = "osc777"
	r.do("alert.open")
	r.sees("Nobody that you waited for came yet.")
	r.a.handle(session.Came{Account: r.acc, JID: "carol@example.net"})
	if len(told) != 1 || !strings.Contains(told[0], "carol;is there") {
		t.Errorf("it tells %q", told)
	}
	r.sees("carol is there. Alt-o opens the chat.")
	r.do("alert.open")
	if c, _ := r.a.m.open(); c.JID != "carol@example.net" {
		t.Errorf("it opens %+v", c)
	}
	r.line("/dnd")
	r.a.handle(session.Came{Account: r.acc, JID: "carol@example.net"})
	if len(told) != 1 {
		t.Errorf("busy, and it tells %q", told)
	}
}

// TestAlertKeys: a key in the list and in the people, the command, the list of
// them and what the pane says.
func TestAlertKeys(t *testing.T) {
	r := newRig(t, 120, 40, village)
	has := func(jid string) bool { return r.a.m.waits(who{r.acc, jid}) }
	r.line("/alert")
	r.sees("You wait for nobody.")
	r.line("/alert carol@example.net")
	if !has("carol@example.net") {
		t.Fatal("not set by the command")
	}
	r.do("pane.next") // on the chat with bob
	r.do("alert.contact")
	if !has("bob@example.org") {
		t.Fatal("not set by the key")
	}
	r.sees("You will be told once when bob@example.org is available.", "You will be told when they")
	r.press("Esc")
	r.line("/alert")
	r.sees("Bob Ross  bob@example.org", "carol  carol@example.net")
	r.do("pane.next")
	r.press("Tab")
	r.do("alert.person")
	if has("bob@example.org") {
		t.Error("the key of the people does not take it back")
	}
	r.press("Esc")
	r.line("/alert off carol@example.net")
	if has("carol@example.net") {
		t.Error("not taken back by the command")
	}
	r.do("pane.next")
	r.do("presence.contact")
	r.sees("Tab: everyone ▸ [Bob Ross]")
	r.press("d")
	if got := r.told("bob@example.org"); got != "dnd" {
		t.Errorf("bob is told %q", got)
	}
}
