package ui

import (
	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// Files of people from whom the user does not simply take them.

// policyChanged follows what the user decided of an account.
func (a *App) policyChanged(e session.PolicyChanged) {
	a.m.policies[e.Account] = e
	a.staleRoster, a.stalePeople = true, true
	if d, ok := a.dialog.(*whoMay); ok {
		d.rebuild()
	}
	a.timeline.changed()
}

// filesFrom says what becomes of the files of others in a chat.
func (m *model) filesFrom(c store.Chat) session.Choice {
	p := m.policies[c.Account].Policy
	switch c.Kind {
	case store.Room, store.Private:
		return p.Rule(session.SendFiles, session.Whom{Occupant: true}).Choice
	case store.Direct:
		return p.Rule(session.SendFiles, session.WhomOf(c.JID, m.contacts[who{c.Account, c.JID}])).Choice
	}
	return session.ChoiceYes
}

// filesOf is that for a message.
func (m *model) filesOf(x *store.Message) session.Choice {
	c, ok := m.find(x.Chat)
	if !ok || x.Outgoing || x.File == nil {
		return session.ChoiceYes
	}
	return m.filesFrom(c)
}

// notTaken words a file that is not shown; empty: it is.
func notTaken(c session.Choice) string {
	if c == session.ChoiceAsk || c == session.ChoiceNo {
		return catalog.T("file.taken-" + string(c))
	}
	return ""
}

// askTake does something with a file, after a question where the user wants one.
func (a *App) askTake(m store.Message, do func(*App)) {
	if a.m.filesOf(&m) != session.ChoiceAsk || m.File.Saved != "" || m.File.Picture != nil {
		do(a)
		return
	}
	c, _ := a.m.open()
	a.confirm(catalog.T("confirm.file-take", a.m.title(c), session.FileName(m.File), hostASCII(session.FileHost(m.File))), do)
}
