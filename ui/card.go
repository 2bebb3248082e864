package ui

import (
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// cmdCard shows the card of somebody; "mine" is the own one, as a form.
func (a *App) cmdCard(args string) {
	c, ok := a.m.open()
	read := func(account store.AccountID, chat store.ChatID, jid string) {
		if acc := a.c.Account(account); acc != nil {
			a.say(catalog.T("card.asking"))
			acc.ReadCard(chat, jid)
		}
	}
	switch {
	case strings.EqualFold(args, "mine"), args == "" && ok && c.Kind == store.Self:
		if why := needOnline(a); why != "" {
			a.say(catalog.T(why))
			return
		}
		a.withAccount(func(acc *session.Account) {
			a.say(catalog.T("card.asking"))
			acc.OwnCard()
		})
	case args != "" && ok && c.Kind == store.Room && !strings.Contains(args, "@"):
		read(c.Account, c.ID, args)
	case args != "":
		if w, ok := a.address(args); ok {
			read(w.account, 0, w.jid)
		}
	case ok && c.Kind == store.Direct:
		read(c.Account, c.ID, c.JID)
	case ok && c.Kind == store.Private:
		read(c.Account, c.ID, c.JID+"/"+c.Nick)
	default:
		a.usage("vcard")
	}
}

// cardForm shows the own card, if nothing else asks something.
func (a *App) cardForm(e session.CardForm) {
	acc := a.c.Account(e.Account)
	if acc == nil || a.dialog != nil {
		return
	}
	a.note.clear()
	for i := range e.Form.Fields {
		e.Form.Fields[i].Label = catalog.T("fact." + e.Form.Fields[i].Var)
	}
	a.dialog = &formDialog{l: a.look, title: catalog.T("card.title", acc.JID()), keys: catalog.T("card.keys"), form: newForm(a.look, e.Form),
		enter: func(_ *App, f *session.Form) (string, string) {
			acc.SetCard(*f)
			return "", ""
		}}
}
