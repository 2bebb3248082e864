package ui

import (
	"slices"

	"github.com/gdamore/tcell/v2"
)

// Moving in lists: the keys of the actions at inLists, whatever they are, come to
// a list under the names that it knows. The setting vi_keys adds those of vi.

// Keys that no terminal sends, for moves that have no key of their own.
const (
	keyHalfUp = tcell.KeyF63 + iota
	keyHalfDown
)

// lister is a dialog with a list in it.
type lister interface {
	// lists says whether keys move now, and are not text.
	lists() bool
}

// asMove turns a key that moves in lists into the one that lists know; others
// stay as they are.
func (b bindings) asMove(ev *tcell.EventKey) *tcell.EventKey {
	if x := b.key(keyName(ev), inLists); x != nil && x.where == inLists {
		if x.move == tcell.KeyRune {
			return tcell.NewEventKey(tcell.KeyRune, '/', tcell.ModNone)
		}
		return tcell.NewEventKey(x.move, 0, tcell.ModNone)
	}
	return ev
}

// dialogKey gives a key to the dialog.
func (a *App) dialogKey(ev *tcell.EventKey) {
	if d, ok := a.dialog.(lister); ok && d.lists() {
		ev = a.keys.asMove(ev)
	}
	a.dialog.key(a, ev)
}

// verbs are the keys of the lists themselves, which no move can have: they do
// something with the row. The rest of the verbs are actions.
var verbs = []string{"Tab", "Shift-Tab", "Enter", "Esc", "Space", "Left", "Right", "Delete", "a", "b", "d", "h", "i", "l", "m", "n", "o", "p", "q", "r", "s", "u", "w", "x", "?"}

// useVi adds the keys of vi, before keys.toml is read.
func useVi(actions []*action) {
	for _, x := range actions {
		x.keys = append(slices.Clone(x.keys), x.vi...)
	}
}

// dropVerbs takes keys from moves that mean something else in a list, and tells.
func dropVerbs(actions []*action, line func(string) int) (wrong []keyMistake) {
	for _, x := range actions {
		if x.where != inLists {
			continue
		}
		x.keys = slices.DeleteFunc(slices.Clone(x.keys), func(k string) bool {
			is := slices.Contains(verbs, k)
			if is {
				wrong = append(wrong, keyMistake{line(x.name), "keys.verb", []string{k, x.name}})
			}
			return is
		})
	}
	return wrong
}

// halfSelect moves the mark by half of what is in view.
func (a *App) halfSelect(way int) {
	at, ok := a.timeline.pickedAt()
	if !ok {
		a.endSelect()
		return
	}
	to, lines := at, 0
	for n := len(a.timeline.rows()); to+way >= 0 && to+way < n && lines < max(1, a.timeline.h/2); to += way {
		lines += a.timeline.height(to)
	}
	a.timeline.pick(to)
}
