package ui

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/store"
)

func TestReadQuery(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)
	day := func(y int, m time.Month, d int) int64 { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMicro() }
	for typed, want := range map[string]query{
		"river bank":                   {Search: store.Search{Text: "river bank"}, words: []string{"river", "bank"}},
		"river ":                       {Search: store.Search{Text: "river "}, words: []string{"river"}},
		`"by the" River`:               {Search: store.Search{Text: `"by the" River`}, words: []string{"by", "the", "river"}},
		"from:bob river":               {Search: store.Search{Text: "river", From: "bob"}, words: []string{"river"}},
		"in:#Tea in:bob":               {in: []string{"tea", "bob"}},
		"after:2026-11 before:today":   {Search: store.Search{After: day(2026, 11, 1), Before: day(2026, 11, 22)}},
		"after:7d before:yesterday":    {Search: store.Search{After: day(2026, 11, 15), Before: day(2026, 11, 21)}},
		"after:2025 after:2w":          {Search: store.Search{After: day(2026, 11, 8)}},
		"has:link is:mine":             {Search: store.Search{Link: true, Mine: true}},
		"has:file is:mention":          {Search: store.Search{File: true, Mention: true}},
		"before:soon":                  {wrong: "before:soon"},
		"is:blue":                      {wrong: "is:blue"},
		"https://example.org/a at:9":   {Search: store.Search{Text: "https://example.org/a at:9"}, words: []string{"https://example.org/a", "at:9"}},
		"from: river":                  {Search: store.Search{Text: "from: river"}, words: []string{"from:", "river"}},
		"before:-1d":                   {wrong: "before:-1d"},
		"before:99999999999999999999d": {wrong: "before:99999999999999999999d"},
	} {
		if got := readQuery(typed, now); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", typed, got, want)
		}
	}
}

func TestSnippet(t *testing.T) {
	words := []string{"river"}
	for line, want := range map[string]string{
		"by the River it is": "by the [River] it is",
		"nothing of it":      "nothing of it",
		strings.Repeat("far away ", 20) + "the river": "…far away the [river]",
		"Riverriver": "[River][river]",
		"İriver":     "İ[river]",
	} {
		got := ""
		for _, p := range snippet(line, words, 40) {
			if p.match {
				got += "[" + p.text + "]"
			} else {
				got += p.text
			}
		}
		if got != want {
			t.Errorf("%.30q: got %q, want %q", line, got, want)
		}
	}
}

// longAgo is a chat with a link far above what is shown, and a room.
func longAgo(tx *store.Tx, a store.AccountID) error {
	if err := village(tx, a); err != nil {
		return err
	}
	bob, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "bob@example.org"})
	if err != nil {
		return err
	}
	for i := range 700 {
		body := fmt.Sprintf("day to day talk, number %d", i)
		if i == 50 {
			body = "the recipe is at https://example.org/soup for you"
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: bob, Sender: "bob@example.org", Quiet: true, Body: body,
			Stamp: noon.Add(time.Duration(i-9000) * time.Minute).UnixMicro()}); err != nil {
			return err
		}
	}
	return nil
}

// TestFindLastWeeksLink: by its kind, in this chat, from wherever one is; the
// place where it was said is shown, marked, and one comes back to the end.
func TestFindLastWeeksLink(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			r := newRig(t, size[0], size[1], longAgo)
			box := func() *searchBox { s, _ := r.a.dialog.(*searchBox); return s }
			r.do("find.here")
			r.sees("Type words")
			r.write("has:link before:yesterday")
			r.until("a hit", func() bool { return box() != nil && len(box().hits) == 1 })
			r.sees("recipe")
			r.golden(fmt.Sprintf("find-%dx%d", size[0], size[1]))
			r.press("Enter")
			r.until("the place", func() bool { return strings.Contains(r.screen(), "number 51") })
			if m, ok := r.a.selected(); !ok || !strings.Contains(m.Body, "recipe") {
				t.Errorf("not marked: %+v", m)
			}
			r.press("Esc")
			r.do("scroll.end")
			r.until("the end", func() bool { return strings.Contains(r.screen(), "number 699") })

			// Everywhere, by the box that goes anywhere.
			r.do("jump")
			r.write("/release notes")
			r.until("the room's line", func() bool { return box() != nil && len(box().hits) == 1 })
			r.press("Enter")
			r.until("the room", func() bool { c, _ := r.a.m.open(); return c.Kind == store.Room })
			r.press("Esc")
			r.line("/search nothing of the kind")
			r.until("the answer", func() bool { return strings.Contains(r.screen(), "Nothing was found") })
			r.press("Tab")
			r.until("this chat", func() bool { return box().chat == r.a.m.chat })
			r.press("Esc")
		})
	}
}

// TestCtrlFInText moves right, as in readline.
func TestCtrlFInText(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.write("ab")
	r.press("Ctrl-A", "Ctrl-F")
	r.write("x")
	if got := r.a.composer.text(); got != "axb" || r.a.dialog != nil {
		t.Errorf("got %q, dialog %v", got, r.a.dialog)
	}
}

// TestFindInNamedChats: a part of a name is enough.
func TestFindInNamedChats(t *testing.T) {
	r := newRig(t, 80, 24, village)
	if got := r.a.chatsNamed([]string{"ross"}); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if got := r.a.chatsNamed([]string{"nobody"}); got == nil || len(got) != 0 {
		t.Errorf("got %v, want none, which is not all", got)
	}
	if got := r.a.chatsNamed([]string{"gophers", "bob"}); !slices.IsSorted(got) && len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

// TestFindFromARosterName: people are meant by what the user calls them, files shown
// by their names, and a chat that was closed is opened again.
func TestFindFromARosterName(t *testing.T) {
	r := newRig(t, 80, 24, func(tx *store.Tx, a store.AccountID) error {
		if err := village(tx, a); err != nil {
			return err
		}
		dave, err := tx.EnsureChat(store.ChatKey{Account: a, JID: "dave@example.org"})
		if err != nil {
			return err
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: dave, Sender: "dave@example.org", Body: "https://example.org/a1", Quiet: true,
			File: &store.File{URL: "https://example.org/a1", Name: "plan of the garden.pdf"}}); err != nil {
			return err
		}
		return tx.SetOpen(dave, false)
	})
	box := func() *searchBox { s, _ := r.a.dialog.(*searchBox); return s }
	r.line("/search from:ross fine")
	r.until("bob's line", func() bool { return len(box().hits) == 1 && box().hits[0].Sender == "bob@example.org" })
	r.press("Esc")
	r.line("/search garden")
	r.until("the file", func() bool { return len(box().hits) == 1 })
	r.sees("plan of the garden.pdf")
	r.press("Enter")
	r.until("the chat", func() bool {
		c, _ := r.a.m.open()
		m, ok := r.a.selected()
		return c.JID == "dave@example.org" && ok && m.File != nil
	})
}

// TestFindOnTheServer: the key is there where the server can, what it finds stands
// below what is here, and can be read.
func TestFindOnTheServer(t *testing.T) {
	r := newRig(t, 80, 24, longAgo)
	r.line("/msg bob@example.org")
	r.do("find.here")
	r.write("recipe is:mine")
	box := r.a.dialog.(*searchBox)
	if s := r.screen(); strings.Contains(s, "on the server") {
		t.Errorf("offered where nobody offers it:\n%s", s)
	}
	chat := r.a.m.chat
	r.a.handle(session.ArchiveSearch{Account: r.acc, Chat: chat, Offered: true})
	r.sees("Ctrl-O search on the server")
	r.press("Ctrl-O")
	r.until("an answer", func() bool { return box.far == farFailed }) // this account is offline
	r.sees("The server did not search.")

	r.write("s")
	r.a.handle(session.ArchiveSearch{Account: r.acc, Chat: chat, Offered: true})
	box.far = farAsked
	found := store.Message{Chat: chat, Sender: "bob@example.org", Body: "many recipes\nof old \x1b[31m", Stamp: noon.AddDate(-3, 0, 0).UnixMicro()}
	r.a.handle(session.ArchiveHits{Account: r.acc, Chat: chat, Words: "else", Hits: []store.Message{found}})
	if len(box.hits) != 0 {
		t.Errorf("an answer to another question counts: %+v", box.hits)
	}
	r.a.handle(session.ArchiveHits{Account: r.acc, Chat: chat, Words: box.farWords(), Hits: []store.Message{found}})
	r.sees("22 Nov 2023 14:05", "on the server", "many recipes")
	r.press("Enter")
	r.sees("A message on the server", "many recipes", "of old ␛[31m", "not on this device")
}
