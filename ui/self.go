package ui

import (
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// cmdNote writes a note to ourselves, which all our devices get; without words it
// opens the chat of the notes.
func (a *App) cmdNote(args string) {
	a.withAccount(func(acc *session.Account) {
		said := strings.TrimSpace(args)
		for _, c := range a.m.chats {
			if c.Account != acc.ID() || c.Kind != store.Self {
				continue
			}
			if said == "" {
				a.show(c.ID)
				a.focus = inComposer
			} else if id, ok := acc.Send(c.ID, said); ok {
				a.pending[id] = said
				a.say(catalog.T("self.noted"))
			}
			return
		}
		a.firstLine = said
		a.openDirect(who{acc.ID(), acc.JID()})
	})
}
