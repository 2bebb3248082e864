package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/store"
)

// chatWith finds a chat of the rig by its address.
func (r *rig) chatWith(jid string) store.Chat {
	r.t.Helper()
	for _, c := range r.a.m.chats {
		if c.JID == jid {
			return c
		}
	}
	r.t.Fatalf("there is no chat with %s", jid)
	return store.Chat{}
}

// TestRulesOfChats is a table: a rule, what comes, whether it is told.
func TestRulesOfChats(t *testing.T) {
	const bob, room = "bob@example.org", "gophers@rooms.example.org"
	for _, test := range []struct {
		jid, rule           string
		all, named, anybody bool // of a room: named and not; of bob: a message, with our name or not
	}{
		{jid: bob, rule: "", named: true, anybody: true},
		{jid: bob, rule: "/notify mention", named: true},
		{jid: bob, rule: "/notify mentions 1h", named: true},
		{jid: bob, rule: "/notify none"},
		{jid: bob, rule: "/mute"},
		{jid: bob, rule: "/mute until 15:00"},
		{jid: room, rule: "", named: true},
		{jid: room, rule: "/notify all", named: true, anybody: true},
		{jid: room, rule: "/notify all 30m", named: true, anybody: true},
		{jid: room, rule: "/notify none"},
	} {
		r := newRig(t, 120, 40, village)
		c := r.chatWith(test.jid)
		r.a.show(c.ID)
		r.pump()
		if test.rule != "" {
			r.line(test.rule)
		}
		r.line("/msg carol@example.net")
		var told []string
		r.a.t.Notify = func(seq []byte) { told = append(told, string(seq)) }
		r.a.t.Notifier = "osc777"
		for _, named := range []bool{true, false} {
			told = nil
			r.a.handle(session.Incoming{Account: r.acc, Chat: c.ID, From: "bob", Body: "hi", Direct: test.jid == bob, Mention: named})
			want := test.anybody
			if named {
				want = test.named
			}
			if (len(told) == 1) != want {
				t.Errorf("%s %q, named %v: told %q", test.jid, test.rule, named, told)
			}
		}
	}
}

// TestMutedChat: its counts raise nothing, it is marked, and it falls back by itself.
func TestMutedChat(t *testing.T) {
	const room = "gophers@rooms.example.org"
	r := newRig(t, 120, 40, village)
	now := noon
	r.a.opt.Now = func() time.Time { return now }
	r.a.look.now = r.a.opt.Now
	title := ""
	r.a.t.Title = func(s string) { title = s }
	r.sees("1 unread", "Act: 2@", "@3 │")
	if r.a.settle(); !strings.HasPrefix(title, "(3)") {
		t.Errorf("the title is %q", title)
	}
	r.a.c.Accounts()[0].SetNotify(r.chatWith(room).ID, store.NotifyNone, noon.Add(time.Hour))
	r.pump()
	s := r.screen()
	for _, bad := range []string{"1 unread", "Act:", "@3"} {
		if strings.Contains(s, bad) {
			t.Errorf("muted, and it shows %q:\n%s", bad, s)
		}
	}
	r.sees("gophers             ø 3")
	if strings.HasPrefix(title, "(") {
		t.Errorf("the title is %q", title)
	}
	r.do("chat.next-unread")
	r.sees("Nothing is unread.")
	r.do("chat.next")
	r.sees("muted until 15:05")
	r.line("/notify")
	r.sees("#gophers notifies of nothing until 15:05.")
	now = noon.Add(time.Hour)
	r.do("chat.last")
	r.line("/notify")
	if s := r.screen(); strings.Contains(s, "ø") || strings.Contains(s, "muted") {
		t.Errorf("it is over, and it shows\n%s", s)
	}
	now = noon
	r.do("chat.last")
	r.line("/unmute")
	r.sees("#gophers notifies of what names you.")
	r.line("/notify loud")
	r.sees("/notify is used like this")
	r.press("Ctrl-U")
	r.line("/mute soon")
	r.sees("/mute is used like this")
}

func TestRulesScreens(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], village)
		r.line("/notify mention")
		r.line("/presence bob@example.org away until 15:00")
		r.a.c.Accounts()[0].SetNotify(r.chatWith("gophers@rooms.example.org").ID, store.NotifyNone, time.Time{})
		r.pump()
		if r.a.narrow() {
			r.golden(fmt.Sprintf("rules-chat-%dx%d", size[0], size[1]))
			r.press("Esc", "Esc")
		}
		r.golden(fmt.Sprintf("rules-%dx%d", size[0], size[1]))
	}
}

// TestCatchUpIsToldOnce: what came while the account was away is one notification,
// by the rules of the chats, without what was told when it came.
func TestCatchUpIsToldOnce(t *testing.T) {
	r := newRig(t, 120, 40, village)
	var told []string
	r.a.t.Notify = func(seq []byte) { told = append(told, string(seq)) }
	r.a.t.Notifier = "osc777"
	link := func(l session.LinkState) {
		r.a.handle(session.AccountChanged{AccountInfo: session.AccountInfo{ID: r.acc, JID: "alice@example.org", Link: l}})
	}
	said := func(jid string, kind store.ChatKind, n int, mention bool) {
		t.Helper()
		if _, err := r.st.Write(t.Context(), func(tx *store.Tx) error {
			chat, err := tx.EnsureChat(store.ChatKey{Account: r.acc, Kind: kind, JID: jid})
			for i := 0; i < n && err == nil; i++ {
				_, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: jid + "/x", Nick: "x", Body: fmt.Sprint(jid, " ", i), Mention: mention})
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	archive := func(loading bool) {
		r.a.handle(session.ArchiveChanged{Account: r.acc, Archive: "alice@example.org", Loading: loading})
	}
	count := func() { r.a.countMissed(r.acc); r.pump() }
	link(session.Connecting)
	said("carol@example.net", store.Direct, 7, false)
	archive(true)
	link(session.Online)
	count()
	if len(told) != 0 {
		t.Fatalf("told while the archive is read: %q", told)
	}
	r.a.handle(session.Incoming{Account: r.acc, Chat: r.chatWith("gophers@rooms.example.org").ID, From: "x", Body: "hi", Direct: true, Stored: true})
	if len(told) != 0 {
		t.Fatalf("what waited on the server is told alone: %q", told)
	}
	said("dave@example.org", store.Direct, 4, false)
	said("gophers@rooms.example.org", store.Room, 9, false)
	said("gophers@rooms.example.org", store.Room, 1, true)
	r.a.readChats()
	r.pump()
	// One of dave's came live, and was told.
	r.a.handle(session.Incoming{Account: r.acc, Chat: r.chatWith("dave@example.org").ID, From: "Dave", Body: "hi", Direct: true})
	told = nil
	archive(false)
	room := session.RoomInfo{JID: "gophers@rooms.example.org", Joining: true}
	r.a.handle(session.RoomChanged{Account: r.acc, RoomInfo: room})
	count()
	if len(told) != 0 {
		t.Fatalf("told while a room is entered: %q", told)
	}
	room.Joining, room.Joined = false, true
	r.a.handle(session.RoomChanged{Account: r.acc, RoomInfo: room})
	count()
	if len(told) != 1 || !strings.Contains(told[0], "11 new in 3 chats") {
		t.Errorf("it tells %q", told)
	}
	r.sees("11 new in 3 chats")
	count()
	link(session.Waiting)
	link(session.Connecting)
	link(session.Online)
	count()
	if len(told) != 1 {
		t.Errorf("it tells %q", told)
	}
}
