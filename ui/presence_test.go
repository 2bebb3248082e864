package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/store"
)

func (r *rig) own() session.AccountInfo {
	r.t.Helper()
	acc, _ := r.a.m.account(r.acc)
	return acc
}

// told is what bob or the room alone is told.
func (r *rig) told(jid string) string {
	d, ok := r.a.directed(who{r.acc, jid})
	if !ok {
		return "the usual"
	}
	return strings.Join(strings.Fields(showCode(d.Presence.Show)+" "+d.Presence.Text+" "+r.a.until(d.Until)), " ")
}

// TestPresenceOfOneChat: Tab says whom a change is for; the header tells it,
// u takes it back and o clears it.
func TestPresenceOfOneChat(t *testing.T) {
	const bob, room = "bob@example.org", "gophers@rooms.example.org"
	r := newRig(t, 120, 40, village)
	r.do("presence.menu")
	r.sees("Tab: [everyone] ▸ Bob Ross")
	r.press("Tab", "d")
	if got := r.told(bob); got != "dnd" || r.own().Presence.Show != session.Available {
		t.Fatalf("bob is told %q, all %+v", got, r.own().Presence)
	}
	r.sees("you: dnd here")
	r.do("presence.menu")
	r.press("Tab", "A")
	r.write("for you")
	r.press("Enter")
	if got := r.told(bob); got != "away for you" {
		t.Errorf("bob is told %q", got)
	}
	// u goes back in its own scope only.
	r.do("presence.menu")
	r.press("x")
	r.do("presence.menu")
	r.press("Tab", "u")
	if got := r.told(bob); got != "dnd" || r.own().Presence.Show != session.ExtAway {
		t.Errorf("after u bob is told %q, all %+v", got, r.own().Presence)
	}
	r.do("presence.menu")
	r.press("u")
	if r.own().Presence.Show != session.Available || r.told(bob) != "dnd" {
		t.Errorf("after u all see %+v, bob %q", r.own().Presence, r.told(bob))
	}
	r.do("presence.menu")
	r.press("Tab", "o")
	if got := r.told(bob); got != "the usual" {
		t.Errorf("cleared, bob is told %q", got)
	}
	if strings.Contains(r.screen(), "here") {
		t.Errorf("the header still says it:\n%s", r.screen())
	}
	r.do("chat.next-unread")
	r.do("presence.menu")
	r.sees("▸ #gophers")
	r.press("Shift-Tab", "a")
	if got := r.told(room); got != "away" {
		t.Errorf("the room is told %q", got)
	}
	r.line("/presence carol@example.net dnd until 15:00 in a talk")
	if got := r.told("carol@example.net"); got != "dnd in a talk until 15:00" {
		t.Errorf("carol is told %q", got)
	}
	r.line("/presence carol@example.net online")
	if got := r.told("carol@example.net"); got != "the usual" {
		t.Errorf("carol is told %q", got)
	}
}

// TestPresenceOfOneAccount: with two accounts Tab offers the one in use alone.
func TestPresenceOfOneAccount(t *testing.T) {
	off := false
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: "alice@example.org", Enabled: &off}, {JID: "alice@work.example", Enabled: &off}}
	r := newRigWith(t, 120, 40, cfg, village)
	shows := func() (all []string) {
		for _, acc := range r.a.m.accounts {
			all = append(all, showCode(acc.Presence.Show))
		}
		return all
	}
	r.do("presence.menu")
	r.sees("Tab: [everyone] ▸ alice@example.org ▸ Bob Ross")
	r.press("Tab", "d")
	if got := fmt.Sprint(shows()); got != "[dnd online]" {
		t.Errorf("got %s", got)
	}
	r.do("presence.menu")
	r.press("a")
	if got := fmt.Sprint(shows()); got != "[away away]" {
		t.Errorf("got %s", got)
	}
	r.do("presence.menu")
	r.press("u")
	if got := fmt.Sprint(shows()); got != "[dnd online]" {
		t.Errorf("each has its own state before: got %s", got)
	}
	// The chat says whose it is, and the list has a fold for each account.
	r.sees("alice@example.org ·", "▾ alice@example.org", "▾ alice@work.examp… (0/0)")
}

// TestPresenceForATime: with f a time comes first, with commands too; the first
// line says how long.
func TestPresenceForATime(t *testing.T) {
	r := newRig(t, 120, 40, village)
	ends := func() string { return r.own().Until.UTC().Format("15:04") }
	r.do("presence.menu")
	r.press("f")
	r.write("soon")
	r.press("Enter")
	r.sees("That is no time.")
	r.press("Ctrl-U")
	r.write("15:00")
	r.press("Enter")
	r.sees("until 15:00 · Tab")
	r.press("d")
	if r.own().Presence.Show != session.Busy || ends() != "15:00" {
		t.Errorf("got %+v until %s", r.own().Presence, ends())
	}
	r.line("/away 30m tea")
	if got := r.own(); got.Presence != (session.Presence{Show: session.Away, Text: "tea"}) || ends() != "14:35" {
		t.Errorf("got %+v until %s", got.Presence, ends())
	}
	// Taken back, what was for a time is so again, with what comes after it.
	r.line("/xa for good")
	r.do("presence.menu")
	r.press("u")
	if got := r.own(); got.Presence.Text != "tea" || ends() != "14:35" || got.After != (session.Presence{}) {
		t.Errorf("taken back: %+v until %s, then %+v", got.Presence, ends(), got.After)
	}
	r.line("/status dnd until 16:00")
	if ends() != "16:00" {
		t.Errorf("until %s", ends())
	}
	r.a.handle(session.AccountChanged{AccountInfo: session.AccountInfo{ID: r.acc, JID: "alice@example.org", Link: session.Online,
		Presence: r.own().Presence, Until: r.own().Until}})
	r.sees("busy until 16:00")
	r.do("presence.menu")
	r.press("f")
	r.write("20 min")
	r.press("Enter", "Tab", "d")
	if got := r.told("bob@example.org"); got != "dnd until 14:25" {
		t.Errorf("bob is told %q", got)
	}
	r.sees("you: dnd here until 14:25")
	r.line("/online")
	if got := r.own(); got.Presence.Show != session.Available || !got.Until.IsZero() {
		t.Errorf("got %+v until %s", got.Presence, ends())
	}
}

// TestSavedPresences: kept under a name, applied by the name and by a digit.
func TestSavedPresences(t *testing.T) {
	r := newRig(t, 120, 40, village)
	saved := func(n int) func() bool {
		return func() bool { return len(r.c.Settings().Presences) == n && r.a.note.open() }
	}
	r.line("/presence save lunch away 45m At lunch")
	r.until("the first", saved(1))
	r.line("/dnd in a talk")
	r.line("/presence save talk")
	r.until("the second", saved(2))
	r.line("/online")
	r.line("/presence Lunch")
	if got := r.own(); got.Presence != (session.Presence{Show: session.Away, Text: "At lunch"}) || !got.Until.Equal(noon.Add(45*time.Minute)) {
		t.Errorf("got %+v until %v", got.Presence, got.Until)
	}
	r.do("presence.menu")
	r.sees("1 lunch · 2 talk")
	r.press("2")
	if got := r.own(); got.Presence != (session.Presence{Show: session.Busy, Text: "in a talk"}) || !got.Until.IsZero() {
		t.Errorf("got %+v until %v", got.Presence, got.Until)
	}
	r.do("presence.menu")
	r.press("Tab", "1")
	if got := r.told("bob@example.org"); got != "away At lunch until 14:50" {
		t.Errorf("bob is told %q", got)
	}
	r.line("/presence xa on the moon")
	if got := r.own(); got.Presence != (session.Presence{Show: session.ExtAway, Text: "on the moon"}) {
		t.Errorf("got %+v", got.Presence)
	}
	r.write("/presence forget l")
	r.press("Tab")
	if got := r.a.composer.text(); got != "/presence forget lunch " {
		t.Errorf("completed to %q", got)
	}
	r.press("Ctrl-U")
	r.line("/presence list")
	r.sees("1 lunch", "away · 45m · At lunch", "2 talk", "busy · in a talk")
	r.line("/presence forget lunch")
	r.until("one less", saved(1))
	r.line("/presence lunch")
	r.sees("No presence is saved as “lunch”.")
	r.line("/presence save two words")
	r.sees("/presence is used like this")
}

// TestInvisibleOnlyWhereOffered: the key and the command say why not.
func TestInvisibleOnlyWhereOffered(t *testing.T) {
	r := newRig(t, 120, 40, village)
	for _, do := range []func(){func() { r.do("presence.menu"); r.press("i") }, func() { r.line("/invisible") }, func() { r.line("/status invisible") }} {
		do()
		r.sees("No server of yours that is connected can make you invisible")
		r.press("Esc")
	}
	r.a.handle(session.AccountChanged{AccountInfo: session.AccountInfo{ID: r.acc, JID: "alice@example.org", CanHide: true}})
	if why := r.a.noInvisible(r.a.everyone()); why != "" {
		t.Errorf("offered, and still %s", why)
	}
	r.do("presence.menu")
	r.press("Tab", "i")
	r.sees("Invisible is for everybody or an account")
}

// TestPresenceScreens takes the menu at the three sizes with all it can say.
func TestPresenceScreens(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], village)
		r.line("/presence save lunch away 45m At lunch")
		r.until("it is saved", func() bool { return len(r.c.Settings().Presences) == 1 && r.a.note.open() })
		r.line("/presence bob@example.org dnd until 15:00")
		r.press("Esc")
		r.do("presence.menu")
		r.press("f")
		r.write("15:00")
		r.press("Enter", "Tab")
		r.golden(fmt.Sprintf("presence-scopes-%dx%d", size[0], size[1]))
	}
}
