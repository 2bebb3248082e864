package ui

import (
	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// cmdRegister asks the open room to keep a nick for us.
func (a *App) cmdRegister() {
	a.withChat(func(acc *session.Account, c store.Chat) {
		a.say(catalog.T("config.asking"))
		acc.RegisterInRoom(c.ID)
	})
}

// roomRegistration shows what the room wants to know, if the user still waits for it.
func (a *App) roomRegistration(e session.RoomRegistration) {
	c, ok := a.m.find(e.Chat)
	acc := a.c.Account(e.Account)
	if !ok || acc == nil {
		return
	}
	if a.dialog != nil || a.m.chat != e.Chat {
		a.say(catalog.T("register.elsewhere", text.Line(c.JID)))
		return
	}
	a.note.clear()
	d := &formDialog{l: a.look, title: catalog.T("register.title", text.Line(c.JID)), keys: catalog.T("register.keys"), form: newForm(a.look, e.Form),
		enter: func(_ *App, f *session.Form) (string, string) {
			acc.SubmitRegistration(e, *f)
			return "", ""
		}}
	if e.Problem != nil {
		d.form.wrong = catalog.Problem(*e.Problem, acc.JID()).String()
	}
	a.dialog = d
}
