package ui

import (
	"strings"

	"sotto/session"
	"sotto/ui/catalog"
)

// needOnline says why nothing can be asked of the server of the acting account.
func needOnline(a *App) string {
	if i, ok := a.m.account(a.acting()); !ok || i.Link != session.Online {
		return "why.offline"
	}
	return ""
}

// openPassword asks for another password of the acting account.
func (a *App) openPassword() {
	a.withAccount(func(acc *session.Account) {
		label := func(d session.Field, code string) session.Field {
			d.Label = catalog.T(code)
			return d
		}
		f := session.Form{Fields: []session.Field{
			{Type: session.Fixed, Values: []string{catalog.T("newpassword.of", acc.JID())}},
			label(session.Field{Var: "new", Type: session.TextPrivate, Required: true}, "newpassword.new"),
			label(session.Field{Var: "again", Type: session.TextPrivate, Required: true}, "setup.again"),
		}}
		if a.opt.Keyring {
			f.Fields = append(f.Fields, label(session.Field{Var: "keep", Type: session.Boolean, Values: []string{"1"}}, "setup.remember"))
		}
		a.dialog = &formDialog{l: a.look, title: catalog.T("newpassword.title"), keys: catalog.T("newpassword.keys"), form: newForm(a.look, f),
			enter: func(_ *App, f *session.Form) (string, string) {
				switch _, ok := session.UsablePassword(f.Value("new")); {
				case !ok:
					return "new", catalog.Problem(session.Problem{Code: "bad-password-text"}, acc.JID()).String()
				case f.Value("again") != f.Value("new"):
					return "again", catalog.T("signup.differ")
				}
				acc.ChangePassword(f.Value("new"), f.Value("keep") == "1")
				return "", ""
			}}
	})
}

// openDelete asks, by its whole address, whether an account is to be deleted on
// its server.
func (a *App) openDelete() {
	a.withAccount(func(acc *session.Account) {
		f := session.Form{Fields: []session.Field{
			{Type: session.Fixed, Values: []string{catalog.T("delete.what", acc.JID())}},
			{Var: "address", Type: session.TextSingle, Label: catalog.T("setup.address"), Required: true},
		}}
		a.dialog = &formDialog{l: a.look, title: catalog.T("delete.title"), keys: catalog.T("delete.keys"), form: newForm(a.look, f),
			enter: func(_ *App, f *session.Form) (string, string) {
				if !strings.EqualFold(strings.TrimSpace(f.Value("address")), acc.JID()) {
					return "address", catalog.T("delete.wrong", acc.JID())
				}
				acc.DeleteAccount()
				return "", ""
			}}
	})
}
