package ui

import (
	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// askClear asks, and deletes the messages of the open chat on this device.
func (a *App) askClear() {
	a.withChat(func(acc *session.Account, c store.Chat) {
		a.confirm(catalog.T("confirm.clear", text.Line(c.JID)), func(*App) { acc.Clear(c.ID) })
	})
}

// askDeleteChat asks, and deletes the open chat on this device.
func (a *App) askDeleteChat() {
	a.withChat(func(acc *session.Account, c store.Chat) {
		a.confirm(catalog.T("confirm.delete", text.Line(c.JID)), func(a *App) {
			if a.m.chat == c.ID {
				a.closeChat() // the next one is shown
			}
			acc.DeleteChat(c.ID)
		})
	})
}
