package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
	"sotto/ui/screen/vt"
)

// with runs a function on the ui's goroutine and waits until what came of it is
// drawn: the third round begins when the second one was.
func (f *fakeTTY) with(a *App, fn func()) {
	for i := range 3 {
		done := make(chan struct{})
		a.bridge.results <- func(*App) {
			if i == 0 {
				fn()
			}
			close(done)
		}
		<-done
	}
}

// cells gives what the terminal shows.
func (f *fakeTTY) cells() []vt.Cell {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.term.Cells()
}

// changedBytes is the text of the pieces that differ; up to three equal cells do
// not part a piece, because to jump over them costs as much.
func changedBytes(was, is []vt.Cell) (n int) {
	const gap = 3
	last := -1
	for i := range is {
		if was[i] == is[i] {
			continue
		}
		if last >= 0 && i-last <= gap+1 {
			for j := last + 1; j < i; j++ {
				n += len(is[j].Text)
			}
		}
		n += len(is[i].Text)
		last = i
	}
	return n
}

// heard brings a message of somebody.
func heard(t *testing.T, a *App, jid, body string) {
	id := store.ChatID(0)
	if _, err := a.st.Write(t.Context(), func(tx *store.Tx) (err error) {
		if id, err = tx.EnsureChat(store.ChatKey{Account: a.m.accounts[0].ID, JID: jid}); err == nil {
			_, _, err = tx.Arrive(store.Arrival{Chat: id, Sender: jid, Body: body})
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	a.handle(session.ChatsChanged{})
	a.handle(session.ChatChanged{Account: a.m.accounts[0].ID, Chat: id})
}

// TestBytesPerFrame is the rest of the slow line's budget: what a message, a
// presence, a page and another chat cost, with the panes and without.
func TestBytesPerFrame(t *testing.T) {
	lines := [...]string{"the more I give to thee, the more I have, for both are infinite",
		"what's in a name? that which we call a rose would smell as sweet", "good night, good night! parting is such sweet sorrow, that I shall",
		"he jests at scars that never felt a wound: but soft, what light"}
	for _, size := range sizes {
		for _, slim := range []bool{false, true} {
			if slim && size[0] < twoPanes {
				continue // the chat is alone there
			}
			t.Run(fmt.Sprintf("%dx%d slim %v", size[0], size[1], slim), func(t *testing.T) {
				f, a, end := runApp(t, size[0], size[1], fullChat)
				f.until(t, "the chat", func(s string) bool { return strings.Contains(s, "line 299") })
				if slim {
					f.with(a, a.toggleSlim)
				}
				whole := slim || size[0] < twoPanes
				f.keys <- []byte("a")
				f.until(t, "the first letter", func(s string) bool { return strings.Contains(s, "> a") })
				f.with(a, func() {})

				for _, body := range lines {
					body = body[:61] // as the peers were measured
					before, was := f.written(), f.cells()
					f.with(a, func() { heard(t, a, "bob@example.org", body) })
					f.until(t, body, func(s string) bool { return strings.Contains(s, body[:20]) })
					f.with(a, func() {})
					n, limit := f.written()-before, 150
					if !whole {
						limit = changedBytes(was, f.cells()) * 12 / 10
					}
					if n > limit {
						t.Errorf("a message of %d bytes in the open chat took %d, want at most %d", len(body), n, limit)
					}
				}

				f.with(a, func() { heard(t, a, "carol@example.org", "hello") }) // takes a row of the list
				before := f.written()
				f.with(a, func() { heard(t, a, "carol@example.org", "hello again") })
				if n := f.written() - before; n > 40 {
					t.Errorf("a message in another chat took %d bytes, want at most 40", n)
				}
				before = f.written()
				f.with(a, func() {
					a.handle(session.PresenceChanged{Account: a.m.accounts[0].ID, JID: "nobody@example.org", Resources: []session.Resource{{Name: "x"}}})
				})
				if n := f.written() - before; n != 0 {
					t.Errorf("a presence out of view took %d bytes, want none", n)
				}

				before = f.written()
				f.keys <- []byte("\x1b[5~")
				f.until(t, "the page before", func(s string) bool { return !strings.Contains(s, "he jests") })
				f.with(a, func() {})
				f.seen(t, "a page", before)
				f.keys <- []byte("\x1b[6~")
				f.until(t, "the end", func(s string) bool { return strings.Contains(s, "he jests") })
				f.with(a, func() {})

				before = f.written()
				f.with(a, func() {
					i := slices.IndexFunc(a.m.chats, func(c store.Chat) bool { return strings.HasPrefix(c.JID, "gophers@") })
					a.show(a.m.chats[i].ID)
				})
				f.until(t, "the other chat", func(s string) bool { return !strings.Contains(s, "he jests") })
				f.with(a, func() {})
				f.seen(t, "another chat", before)
				if err := end(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// seen checks what was written since against the text that is to be seen.
func (f *fakeTTY) seen(t *testing.T, what string, before int) {
	t.Helper()
	f.mu.Lock()
	text := len(f.term.Text())
	f.mu.Unlock()
	if n := f.written() - before; n > text*12/10 {
		t.Errorf("%s took %d bytes, want at most 1.2 times the %d that are seen", what, n, text)
	}
}
