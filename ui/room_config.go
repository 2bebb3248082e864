package ui

import (
	"strings"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

func (a *App) cmdConfig() {
	if c, ok := a.m.open(); ok {
		if acc := a.c.Account(c.Account); acc != nil {
			a.say(catalog.T("config.asking"))
			acc.Configure(c.ID)
		}
	}
}

// roomForm shows the form of a room, if the user still waits for it.
func (a *App) roomForm(e session.RoomForm) {
	c, ok := a.m.find(e.Chat)
	acc := a.c.Account(e.Account)
	if !ok || acc == nil {
		return
	}
	if a.dialog != nil || a.m.chat != e.Chat {
		acc.CancelConfig(e.Chat)
		if e.Problem != nil {
			a.sayProblem(*e.Problem, acc.JID())
			return
		}
		a.say(catalog.T("config.elsewhere", text.Line(c.JID)))
		return
	}
	a.note.clear()
	d := &formDialog{l: a.look, title: catalog.T("config.title", text.Line(c.JID)), keys: catalog.T("config.keys"), form: newForm(a.look, e.Form),
		enter: func(_ *App, f *session.Form) (string, string) {
			acc.SubmitConfig(e.Chat, *f)
			return "", ""
		},
		left: func(*App) { acc.CancelConfig(e.Chat) }}
	if e.Problem != nil {
		d.form.wrong = catalog.Problem(*e.Problem, acc.JID()).String()
	}
	a.dialog = d
}

// cmdCreate makes a room; without a word for it a private one.
func (a *App) cmdCreate(args string) {
	f := strings.Fields(args)
	p := session.PrivateRoom
	if len(f) == 2 {
		p = session.Preset(strings.ToLower(f[1]))
	}
	if len(f) < 1 || len(f) > 2 || p != session.PublicRoom && p != session.PrivateRoom {
		a.usage("create")
		return
	}
	a.withAccount(func(acc *session.Account) { acc.Create(strings.TrimPrefix(f[0], "xmpp:"), p) })
}
