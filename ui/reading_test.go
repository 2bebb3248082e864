package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/store"
)

// TestReadIsWhatWasOnTheScreen: lines that came all at once and do not fit are
// unread until somebody went through them; the line "new" says where to begin.
func TestReadIsWhatWasOnTheScreen(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 20}} {
		r := newRig(t, size[0], size[1], refusedLine)
		r.screen()
		chat := r.a.m.chat
		unread := func() int {
			c, err := r.st.Chat(t.Context(), chat)
			if err != nil {
				t.Fatal(err)
			}
			return c.Unread
		}
		arrive := func(n int, what string) {
			if _, err := r.st.Write(t.Context(), func(tx *store.Tx) error {
				// What was read before was read up to the newest line.
				c, err := tx.Chat(chat)
				if err != nil {
					return err
				}
				for i := range n {
					if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: fmt.Sprint(what, " ", i), Ord: c.ReadOrd + int64(i) + 1}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			r.a.handle(session.ChatChanged{Account: r.acc, Chat: chat})
			r.a.handle(session.ChatsChanged{})
			r.pump()
			r.screen()
			r.pump()
		}
		arrive(60, "many")
		if got := unread(); got != 60 {
			t.Errorf("%v: %d of 60 lines are unread that nobody can have seen", size, got)
		}
		r.do("scroll.unread")
		if s := r.screen(); !strings.Contains(s, " new ") || !strings.Contains(s, "many 0") {
			t.Errorf("%v: the first unread line is not shown:\n%s", size, s)
		}
		r.do("scroll.end")
		r.screen()
		r.until("read", func() bool { return unread() == 0 })
		arrive(2, "few")
		r.until("read at once", func() bool { return unread() == 0 })
	}
}

// TestLooking: what comes into the open chat is read when somebody looks. A
// terminal that does not tell of its focus is looked at for two minutes after a key.
func TestLooking(t *testing.T) {
	for name, tt := range map[string]struct {
		focus string
		since time.Duration // the last key
		read  bool
	}{
		"unknown, after a key":   {"", time.Second, true},
		"unknown, later":         {"", 3 * time.Minute, false},
		"focused, hours later":   {"in", 3 * time.Hour, true},
		"elsewhere, after a key": {"out", time.Second, false},
		"nobody is attached":     {"detached", time.Second, false},
		"attached and focused":   {"in", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 80, 24, village)
			now := noon
			r.a.opt.Now = func() time.Time { return now }
			r.do("redraw")
			r.screen()
			switch tt.focus {
			case "in", "out":
				r.a.gotFocus(tt.focus == "in")
			case "detached":
				r.a.gotFocus(true)
				r.a.detached = true
			}
			now = now.Add(tt.since)
			heard(t, r.a, "bob@example.org", "are you there?")
			r.screen()
			r.pump()
			c, err := r.st.Chat(t.Context(), r.a.m.chat)
			if err != nil {
				t.Fatal(err)
			}
			if (c.Unread == 0) != tt.read {
				t.Errorf("%d are unread, want read: %v", c.Unread, tt.read)
			}
		})
	}
}
