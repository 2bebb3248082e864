package ui

import (
	"context"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// TestFullDiskOnTheScreen: what arrives while the disk is full is on the screen,
// marked, and the status line says why; with room again it stands there once,
// without the mark. What is typed meanwhile stays in the input.
func TestFullDiskOnTheScreen(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 20}} {
		t.Run("", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { fullDiskOnTheScreen(t, size[0], size[1]) })
		})
	}
}

func fullDiskOnTheScreen(t *testing.T, w, h int) {
	s, err := demo.NewServer(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, u := range []string{"alice", "bob", "carol"} {
		s.AddUser(u, "secret")
	}
	s.Befriend("alice", "bob", "Bob Ross")
	s.Befriend("alice", "carol", "Carol")
	alice, bobJID := "alice@"+s.Domain(), "bob@"+s.Domain()
	var full atomic.Bool
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{Dir: dir, At: func(point string) error {
		if full.Load() && (point == store.PointBegin || point == store.PointProbe) {
			return syscall.ENOSPC
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: alice, Host: s.Domain(), Port: 5223, TLS: "direct"}}
	c := session.New(session.Options{Store: st, Config: cfg, Dial: s.Dial, RootCAs: s.RootCAs(), Passwords: map[string]string{alice: "secret"}})
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, st: st, c: c, s: tcell.NewSimulationScreen("UTF-8")}
	if err := r.s.Init(); err != nil {
		t.Fatal(err)
	}
	r.s.SetSize(w, h)
	defer func() { r.a.Quit(); r.s.Fini(); c.Close(); _ = st.Close() }()
	r.a = New(Terminal{Screen: r.s, Colors: 1 << 24, Zone: time.UTC}, Options{Client: c, Store: st})
	r.a.preload(t.Context())
	online := func() bool { acc, ok := r.a.m.account(c.Accounts()[0].ID()); return ok && acc.Link == session.Online }
	r.until("online", online)
	synctest.Wait()
	bob, carol := s.Script("bob"), s.Script("carol")
	bob.Presence("", "")
	r.acc = c.Accounts()[0].ID()
	c.Accounts()[0].OpenChat(bobJID)
	r.until("the chat", func() bool { o, ok := r.a.m.open(); return ok && o.JID == bobJID })
	on := func(words string) func() bool {
		return func() bool { return strings.Contains(r.screen(), words) }
	}
	times := func(words string) int { return strings.Count(r.screen(), words) }
	bob.Say(alice, "the line before")
	r.until("the first line", on("the line before"))

	full.Store(true)
	bob.Say(alice, "the line on a full disk")
	r.until("the line", on("the line on a full disk"))
	r.sees("NOT SAVED", "Nothing can be saved")
	if n := times("not saved"); n != 1 {
		t.Errorf("%d lines are marked, want one:\n%s", n, r.screen())
	}
	r.golden(map[int]string{120: "full-disk-120x40", 80: "full-disk-80x24", 40: "full-disk-40x20"}[w])
	r.line("my words")
	r.until("the words back", func() bool { return r.a.composer.text() == "my words" })
	// Somebody else writes: there is no chat with them on the disk.
	carol.Say(alice, "do you know me?")
	r.until("the new chat", func() bool {
		for _, o := range r.a.m.chats {
			if o.JID == "carol@"+s.Domain() && o.Unread == 1 {
				return true
			}
		}
		return false
	})
	c.Accounts()[0].OpenChat("carol@" + s.Domain())
	r.until("the new line", on("do you know me?"))
	if r.a.composer.text() != "" {
		t.Errorf("the draft came along: %q", r.a.composer.text())
	}
	r.write("who are you")
	full.Store(false)
	r.until("the disk", func() bool { return r.a.m.saving == nil && !r.a.m.chat.Unsaved() })
	r.sees("do you know me?")
	if r.a.composer.text() != "who are you" {
		t.Errorf("what was being typed became %q", r.a.composer.text())
	}
	c.Accounts()[0].OpenChat(bobJID)
	r.until("bob's chat", func() bool { o, ok := r.a.m.open(); return ok && o.JID == bobJID })
	r.until("bob's line", on("the line on a full disk"))
	synctest.Wait()
	r.pump()
	if r.a.composer.text() != "my words" {
		t.Errorf("the draft became %q", r.a.composer.text())
	}
	for words, want := range map[string]int{"the line on a full disk": 1, "not saved": 0, "NOT SAVED": 0} {
		if n := times(words); n != want {
			t.Errorf("%q stands there %d times, want %d:\n%s", words, n, want, r.screen())
		}
	}
	r.do("send")
	r.until("my line", func() bool { return strings.Contains(r.screen(), "my words") && r.a.composer.text() == "" })
}

// TestStatusLineSaysWhyNothingIsSaved at every width, and by each reason.
func TestStatusLineSaysWhyNothingIsSaved(t *testing.T) {
	for code, want := range map[string]string{"disk-full": "NOT SAVED: disk full", "disk-read-only": "NOT SAVED: read-only", "disk-locked": "NOT SAVED: locked",
		"disk-damaged": "NOT SAVED: history damaged", "not-saved": "NOT SAVED"} {
		for _, w := range []int{120, 80, 40, 30} {
			r := newRig(t, w, 20, village)
			r.a.handle(session.Saving{Problem: &session.Problem{Code: code}})
			r.pump()
			if w < 80 {
				want = "NOT SAVED"
			}
			if top, _, _ := strings.Cut(r.screen(), "\n"); !strings.Contains(top, want) {
				t.Errorf("%d columns: got %q, want %q", w, top, want)
			}
			r.a.handle(session.Saving{OK: true, Kept: 2})
			r.pump()
			if got := r.screen(); strings.Contains(got, "NOT SAVED") || w == 120 && !strings.Contains(got, "the 2 messages that came meanwhile") {
				t.Errorf("it is not said that all is well again:\n%s", got)
			}
		}
	}
}
