package ui

import (
	"strings"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// openDestroy asks, by its whole address, whether the open room is to end.
func (a *App) openDestroy() {
	c, ok := a.m.open()
	acc := a.c.Account(c.Account)
	if !ok || acc == nil {
		return
	}
	f := session.Form{Fields: []session.Field{
		{Type: session.Fixed, Values: []string{catalog.T("destroy.what", text.Line(c.JID))}},
		{Var: "address", Type: session.TextSingle, Label: catalog.T("destroy.address"), Required: true},
		{Var: "instead", Type: session.JIDSingle, Label: catalog.T("destroy.instead")},
		{Var: "reason", Type: session.TextSingle, Label: catalog.T("deed.reason")},
	}}
	a.dialog = &formDialog{l: a.look, title: catalog.T("destroy.title"), keys: catalog.T("destroy.keys"), form: newForm(a.look, f),
		enter: func(_ *App, f *session.Form) (string, string) {
			if !strings.EqualFold(strings.TrimSpace(f.Value("address")), c.JID) {
				return "address", catalog.T("delete.wrong", c.JID)
			}
			acc.Destroy(c.ID, f.Value("instead"), f.Value("reason"))
			return "", ""
		}}
}
