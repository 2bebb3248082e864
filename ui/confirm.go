package ui

import (
	"context"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// confirm asks before something that cannot be undone; only y says yes.
func (a *App) confirm(question string, yes func(*App)) {
	a.dialog = &confirmation{l: a.look, question: question, yes: yes}
}

func (a *App) closeDialog() {
	if f, ok := a.dialog.(*setup); ok {
		f.dropSignup()
	}
	if f, ok := a.dialog.(*formDialog); ok && f.left != nil {
		f.left(a)
	}
	a.dialog = nil
	if p := a.waiting; p != nil {
		a.waiting = nil
		a.prompt(*p)
	}
}

type confirmation struct {
	l        *look
	question string
	yes      func(*App)
	no       func(*App) // nil: nothing
}

func (c *confirmation) draw(s tcell.Screen, all rect) {
	lines := text.Wrap(c.question, min(56, all.w-6))
	in := frameOf(s, c.l, middle(all, 60, len(lines)+4), catalog.T("confirm.title"))
	for i, line := range lines {
		put(s, in.x, in.y+i, in.w, line, c.l.Text)
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("confirm.keys"), c.l.Hint)
}

func (c *confirmation) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "y", "Y":
		a.closeDialog()
		c.yes(a)
	case "n", "N", "Esc", "Enter":
		a.closeDialog()
		if c.no != nil && a.dialog == nil {
			c.no(a)
		}
	default:
		return false
	}
	return true
}

func (c *confirmation) paste(*App, string) {}

// readTexts reads the presence texts used before, for the menu that is open.
func readTexts(st *store.Store, p *presenceMenu, show session.Show) job {
	return func(ctx context.Context) func(*App) {
		list, err := st.PresenceTexts(ctx, string(show))
		if err != nil {
			return nil
		}
		return func(a *App) {
			p.texts = list
			if len(list) > 0 && p.field.text() == "" && a.dialog == dialog(p) {
				p.at = 0
				p.field.set(list[0])
			}
		}
	}
}
