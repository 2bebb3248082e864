package ui

import (
	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// Selecting messages: Up on an empty input takes the newest; keys then do
// something with the one that is marked.

// startSelect marks the newest message that is in view.
func (a *App) startSelect() {
	at, _ := a.timeline.bottom()
	if at < 0 {
		return
	}
	a.focus = inSelection
	a.timeline.pick(at)
}

func (a *App) endSelect() {
	a.timeline.picked, a.timeline.chosen = 0, nil
	if a.focus == inSelection {
		a.focus = inComposer
	}
}

// stepSelect moves the mark; below the newest message it ends.
func (a *App) stepSelect(by int) {
	at, ok := a.timeline.pickedAt()
	if !ok {
		a.endSelect()
		return
	}
	n := len(a.timeline.rows())
	if at+by >= n {
		if by == 1 && a.m.window.newest {
			a.endSelect()
			a.toEnd()
			return
		}
		by = n - 1 - at
	}
	for by > 0 && at+by < n-1 && a.timeline.foldsOn(at+by) {
		by++
	}
	a.timeline.pick(max(0, at+by))
}

// selectionKey takes the keys that no action has. A letter is no text here.
func (a *App) selectionKey(name string, ev *tcell.EventKey) {
	switch {
	case name == "q":
		a.endSelect()
	case typed(ev):
		a.say(catalog.T("select.keys"))
	default:
		a.endSelect()
		a.composer.key(ev)
	}
}

// selected is the message that is marked.
func (a *App) selected() (store.Message, bool) {
	at, ok := a.timeline.pickedAt()
	if !ok {
		return store.Message{}, false
	}
	return a.timeline.rows()[at], true
}

// unsent says whether a line of ours can still be taken back.
func unsent(m store.Message) bool {
	return m.Outgoing && m.Kind == store.Text && (m.State == store.Failed || m.State == store.Unsure || m.State == store.Queued || m.State == store.Preparing)
}

func needFailed(a *App) string {
	if m, ok := a.selected(); !ok || !unsent(m) || m.State == store.Queued || m.State == store.Preparing {
		return "why.not-failed"
	}
	return ""
}

func needGap(a *App) string {
	if at, ok := a.timeline.pickedAt(); ok {
		if kind, _ := a.timeline.gap(at); kind == missing || kind == olderHere {
			return ""
		}
	}
	return "why.no-gap"
}

// withSelected does something with the marked message, and ends the selection.
func (a *App) withSelected(fn func(acc *session.Account, m store.Message)) {
	m, ok := a.selected()
	a.endSelect()
	if ok {
		a.withChat(func(acc *session.Account, _ store.Chat) { fn(acc, m) })
	}
}

func (a *App) resendSelected() {
	a.withSelected(func(acc *session.Account, m store.Message) { acc.Resend(m.ID) })
}

func (a *App) dropSelected() {
	a.withSelected(func(acc *session.Account, m store.Message) { acc.Drop(m.ID) })
}

// editSelected takes the text of an unsent line back into the input; one that the
// server has is written anew.
func (a *App) editSelected() {
	if m, ok := a.selected(); ok && !unsent(m) {
		a.endSelect()
		a.startEdit(m)
		return
	}
	a.withSelected(func(acc *session.Account, m store.Message) {
		a.composer.keep()
		a.composer.set(m.Body)
		if m.File != nil && m.File.Path != "" && !m.File.Copy {
			a.composer.set("/send " + m.File.Path)
		}
		acc.Drop(m.ID)
	})
}

func (a *App) copySelected() {
	a.t.Screen.SetClipboard([]byte(a.copied(a.takenTexts())))
	a.endSelect()
	a.say(catalog.T("copied"))
}

func (a *App) fillSelected() {
	at, ok := a.timeline.pickedAt()
	if !ok {
		return
	}
	kind, before := a.timeline.gap(at)
	a.endSelect()
	if kind == olderHere {
		a.loadOlder(true)
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) { acc.FillGap(c.ID, before) })
}

// pick marks row at and brings it into view.
func (t *timeline) pick(at int) {
	if at < 0 || at >= len(t.rows()) {
		return
	}
	for at > 0 && t.foldsOn(at) {
		at--
	}
	t.picked = t.rows()[at].ID
	if t.h == 0 {
		return
	}
	bottom, below := t.bottom()
	switch {
	case at > bottom || at == bottom && below > 0:
		if at == len(t.rows())-1 && t.m.window.newest {
			t.toEnd()
			return
		}
		t.hold(at, 0)
	case t.linesBetween(at, bottom)-below > t.h:
		t.fromTop(at)
	}
}

// linesBetween counts the lines of rows from to to, both with it.
func (t *timeline) linesBetween(from, to int) (n int) {
	for i := from; i <= to && n <= 2*t.h; i++ {
		n += t.height(i)
	}
	return n
}

// pickedAt finds the row that is marked; false: none, or it is gone.
func (t *timeline) pickedAt() (int, bool) {
	if t.picked == 0 {
		return 0, false
	}
	for i := len(t.rows()) - 1; i >= 0; i-- {
		if t.rows()[i].ID == t.picked {
			return i, true
		}
	}
	return 0, false
}
