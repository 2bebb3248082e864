package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// The tasks that the program is judged by: each is done as a user would, by the
// names of the actions, at the three sizes, and its keys are counted.

// atSizes runs a task at the three sizes.
func atSizes(t *testing.T, task func(t *testing.T, w, h int)) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) { task(t, size[0], size[1]) })
	}
}

// count says how many keys a task took.
func (r *rig) count(task func()) int {
	before := r.a.keysSeen
	task()
	return r.a.keysSeen - before
}

func (r *rig) atMost(keys int, task func()) {
	r.t.Helper()
	if n := r.count(task); n > keys {
		r.t.Errorf("it took %d keys, want at most %d", n, keys)
	}
}

// newOnline makes a rig against a server inside the test; it runs in a bubble of
// synctest, so that what is on the screen does not depend on the clock.
func newOnline(t *testing.T, w, h int, cfg func(*demo.Server) store.Config) (*rig, *demo.Server) {
	t.Helper()
	s, err := demo.NewServer(demo.Options{Domain: "example.org"})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{"alice", "bob", "carol"} {
		s.AddUser(u, "secret")
	}
	s.Befriend("alice", "bob", "Bob Ross")
	s.Befriend("alice", "carol", "Carol")
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	c := session.New(session.Options{Store: st, Config: cfg(s), ConfigPath: filepath.Join(t.TempDir(), "config.toml"), Dial: s.Dial, RootCAs: s.RootCAs(),
		Passwords: map[string]string{"alice@example.org": "secret"}})
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, st: st, c: c, s: tcell.NewSimulationScreen("UTF-8")}
	if err := r.s.Init(); err != nil {
		t.Fatal(err)
	}
	r.s.SetSize(w, h)
	t.Cleanup(func() { r.a.Quit(); r.s.Fini(); c.Close(); _ = st.Close(); s.Close() })
	r.a = New(Terminal{Screen: r.s, Colors: 1 << 24, Zone: time.UTC}, Options{Client: c, Store: st, Config: "config.toml"})
	r.a.preload(t.Context())
	if len(c.Accounts()) == 0 {
		r.a.openSetup()
	} else {
		r.acc = c.Accounts()[0].ID()
		r.until("online", r.online)
	}
	synctest.Wait()
	r.pump()
	return r, s
}

func (r *rig) online() bool {
	list := r.c.Accounts()
	if len(list) == 0 {
		return false
	}
	acc, ok := r.a.m.account(list[0].ID())
	return ok && acc.Link == session.Online && len(r.a.m.contacts) == 2
}

func aliceAt(s *demo.Server) store.Config {
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: "alice@" + s.Domain(), Host: s.Domain(), Port: 5223, TLS: "direct"}}
	return cfg
}

// TestTaskFirstRun: from a form with nothing in it to a message that the server
// has; the address, the password and the message are counted too.
func TestTaskFirstRun(t *testing.T) {
	atSizes(t, func(t *testing.T, w, h int) {
		synctest.Test(t, func(t *testing.T) {
			r, s := newOnline(t, w, h, func(*demo.Server) store.Config { return store.DefaultConfig() })
			got := make(chan string, 1)
			s.Script("bob").OnMessage(func(m demo.Message) {
				select {
				case got <- m.Body:
				default:
				}
			})
			s.Script("bob").Presence("", "")
			r.atMost(40, func() {
				r.write("alice@example.org")
				r.press("Tab")
				r.write("secret")
				r.press("Enter")
				r.until("online", r.online)
				r.do("jump")
				r.write("bo")
				r.press("Enter")
				r.until("the chat", func() bool { c, ok := r.a.m.open(); return ok && c.JID == "bob@example.org" })
				r.line("hello")
			})
			if body := <-got; body != "hello" {
				t.Errorf("bob heard %q", body)
			}
			synctest.Wait()
			r.until("the mark of the server", func() bool { return strings.Contains(r.screen(), "✓") })
			r.golden(sized("task-first-run", [2]int{w, h}))
		})
	})
}

// TestTaskRename: the list, the contact, its name.
func TestTaskRename(t *testing.T) {
	atSizes(t, func(t *testing.T, w, h int) {
		synctest.Test(t, func(t *testing.T) {
			r, _ := newOnline(t, w, h, aliceAt)
			r.atMost(12, func() {
				r.do("pane.next")
				for i := 0; i < 10; i++ {
					if row, ok := r.a.roster.selected(); ok && row.kind == rowContact && row.who.jid == "carol@example.org" {
						break
					}
					r.press("Down")
				}
				r.press("r")
				r.line("Kate")
			})
			synctest.Wait()
			r.until("the new name", func() bool {
				c := r.a.m.contacts[who{r.acc, "carol@example.org"}]
				return c.Name == "Kate"
			})
			if h > 20 {
				r.sees("Kate", "carol@example.org was renamed")
			}
			r.golden(sized("task-rename", [2]int{w, h}))
		})
	})
}

// oldAndNew has two people who wrote, the one long before the other.
func oldAndNew(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	for i, jid := range []string{"dave@example.org", "carol@example.net"} {
		chat, err := tx.EnsureChat(store.ChatKey{Account: a, JID: jid})
		if err != nil {
			return err
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: jid, Body: "are you there?", Stamp: noon.Add(time.Duration(i-5) * time.Hour).UnixMicro()}); err != nil {
			return err
		}
	}
	return nil
}

// TestTaskAnswerTheOldestUnread: a key finds it, behind what names the user; the
// next one is the next.
func TestTaskAnswerTheOldestUnread(t *testing.T) {
	atSizes(t, func(t *testing.T, w, h int) {
		r := newRig(t, w, h, oldAndNew)
		r.do("chat.next-unread")
		if c, _ := r.a.m.open(); c.Kind != store.Room {
			t.Fatalf("%s comes before the room in which we were named", c.JID)
		}
		r.screen()
		r.atMost(4, func() {
			r.do("chat.next-unread")
			r.line("me")
		})
		if c, _ := r.a.m.open(); c.JID != "dave@example.org" {
			t.Errorf("the oldest is %s, want dave", c.JID)
		}
		if got := r.lastBody(); got != "me" {
			t.Errorf("said %q", got)
		}
		r.golden(sized("task-answer", [2]int{w, h}))
		r.do("chat.next-unread")
		if c, _ := r.a.m.open(); c.JID != "carol@example.net" {
			t.Errorf("the next is %s, want carol", c.JID)
		}
	})
}

// TestTaskBusyForOne: an hour, for one person; everybody else sees no change.
func TestTaskBusyForOne(t *testing.T) {
	atSizes(t, func(t *testing.T, w, h int) {
		r := newRig(t, w, h, village)
		r.atMost(7, func() {
			r.do("presence.menu")
			r.press("Tab", "f")
			r.write("1h")
			r.press("Enter")
			r.golden(sized("task-busy-menu", [2]int{w, h}))
			r.press("d")
		})
		d, ok := r.a.directed(who{r.acc, "bob@example.org"})
		if !ok || d.Presence.Show != session.Busy || !d.Until.Equal(noon.Add(time.Hour)) {
			t.Errorf("bob is told %+v", d)
		}
		if p, _ := r.a.m.account(r.acc); p.Presence.Show != session.Available {
			t.Errorf("all are told %+v", p.Presence)
		}
		if len(r.a.m.directed[r.acc]) != 1 {
			t.Errorf("told alone: %+v", r.a.m.directed)
		}
		r.golden(sized("task-busy", [2]int{w, h}))
	})
}

// TestTaskFindLastWeeksLink: from another chat, in all of them.
func TestTaskFindLastWeeksLink(t *testing.T) {
	atSizes(t, func(t *testing.T, w, h int) {
		r := newRig(t, w, h, longAgo)
		r.do("chat.next-unread")
		r.atMost(27, func() {
			r.line("/find has:link before:3d")
			r.until("a hit", func() bool {
				box, ok := r.a.dialog.(*searchBox)
				return ok && len(box.hits) > 0
			})
			r.golden(sized("task-find", [2]int{w, h}))
			r.press("Enter")
			r.until("the place", func() bool { m, ok := r.a.selected(); return ok && strings.Contains(m.Body, "recipe") })
			r.do("select.open")
		})
		r.sees("example.org")
		r.golden(sized("task-find-open", [2]int{w, h}))
	})
}

// TestTaskPaste: forty lines stand in the input as one draft, and Enter sends
// them as one message.
func TestTaskPaste(t *testing.T) {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "/line %d of forty\n", i+1)
	}
	atSizes(t, func(t *testing.T, w, h int) {
		r := newRig(t, w, h, village)
		before := len(r.bodiesOf())
		r.paste(b.String())
		r.golden(sized("task-paste", [2]int{w, h}))
		r.atMost(1, func() { r.do("send") })
		if n := len(r.bodiesOf()) - before; n != 1 || strings.Count(r.lastBody(), "\n") < 39 {
			t.Errorf("got %d messages, the last %q", n, r.lastBody())
		}
		if r.a.note.open() {
			t.Errorf("a line was run: %+v", r.a.note.lines)
		}
	})
}

// TestTaskEditor: what stands in the input goes to $EDITOR and comes back.
func TestTaskEditor(t *testing.T) {
	script := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf '%s\\n\\nwritten in an editor\\n' \"$(cat \"$1\")\" > \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	atSizes(t, func(t *testing.T, w, h int) {
		r := newRig(t, w, h, village)
		r.a.t.Suspend, r.a.t.Editor = func() error { return nil }, script
		r.write("Dear Bob,")
		r.atMost(3, func() {
			r.press(strings.Fields(r.keyOf("editor"))...)
			r.golden(sized("task-editor", [2]int{w, h}))
			r.do("send")
		})
		if got := r.lastBody(); got != "Dear Bob,\n\nwritten in an editor" {
			t.Errorf("said %q", got)
		}
	})
}

// keyOf is the first key of an action.
func (r *rig) keyOf(action string) string {
	r.t.Helper()
	for _, x := range r.a.actions {
		if x.name == action && len(x.keys) > 0 {
			return x.keys[0]
		}
	}
	r.t.Fatalf("no key does %s", action)
	return ""
}

// TestTaskMute: a room that is muted calls nobody.
func TestTaskMute(t *testing.T) {
	atSizes(t, func(t *testing.T, w, h int) {
		r := newRig(t, w, h, village)
		r.do("chat.next-unread")
		r.atMost(6, func() { r.line("/mute") })
		r.until("the rule", func() bool { c, _ := r.a.m.open(); return c.Notify == store.NotifyNone })
		r.golden(sized("task-mute", [2]int{w, h}))
	})
}
