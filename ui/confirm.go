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

// requestDialog asks what to do about somebody who wants to see our presence.
type requestDialog struct {
	l *look
	w who
	r store.Request
}

func newRequestDialog(a *App, w who) *requestDialog {
	d := &requestDialog{l: a.look, w: w}
	for _, r := range a.m.requests {
		if r.Account == w.account && r.JID == w.jid {
			d.r = r
		}
	}
	return d
}

func (d *requestDialog) draw(s tcell.Screen, all rect) {
	lines := text.Wrap(catalog.T("request.question", d.w.jid), min(56, all.w-6))
	if d.r.Nick != "" {
		lines = append(lines, text.Wrap(catalog.T("request.nick", d.r.Nick), min(56, all.w-6))...)
	}
	if d.r.Text != "" {
		lines = append(lines, text.Wrap(catalog.T("request.text", d.r.Text), min(56, all.w-6))...)
	}
	in := frameOf(s, d.l, middle(all, 60, len(lines)+4), catalog.T("request.title"))
	for i, line := range lines {
		put(s, in.x, in.y+i, in.w, line, d.l.Text)
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("request.keys"), d.l.Hint)
}

func (d *requestDialog) key(a *App, ev *tcell.EventKey) bool {
	acc := a.c.Account(d.w.account)
	switch keyName(ev) {
	case "a":
		a.acceptRequest(d.w)
	case "o":
		if acc != nil {
			acc.Approve(d.w.jid)
		}
	case "d":
		if acc != nil {
			acc.Deny(d.w.jid)
		}
	case "Esc":
	default:
		return false
	}
	a.closeDialog()
	return true
}

func (d *requestDialog) paste(*App, string) {}

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
