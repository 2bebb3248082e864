package ui

import (
	"strconv"
	"strings"

	"sotto/session"
	"sotto/store"
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
		info, _ := a.m.account(acc.ID())
		keep := keeping{places: a.places()}
		if keep.offered() && info.Kept != store.InCommand {
			d := session.Field{Var: "keep", Type: session.ListSingle, Required: true}
			for i, p := range keep.places {
				d.Options = append(d.Options, session.Option{Label: catalog.T(placeCodes[p]), Value: strconv.Itoa(i)})
				if p == info.Kept || i == len(keep.places)-1 && len(d.Values) == 0 {
					d.Values = []string{strconv.Itoa(i)} // where the old one is, else it is asked
				}
			}
			f.Fields = append(f.Fields, label(d, "setup.keep"))
		}
		a.dialog = &formDialog{l: a.look, title: catalog.T("newpassword.title"), keys: catalog.T("newpassword.keys"), form: newForm(a.look, f),
			enter: func(_ *App, f *session.Form) (string, string) {
				switch _, ok := session.UsablePassword(f.Value("new")); {
				case !ok:
					return "new", catalog.Problem(session.Problem{Code: "bad-password-text"}, acc.JID()).String()
				case f.Value("again") != f.Value("new"):
					return "again", catalog.T("signup.differ")
				}
				place := store.Unsaid
				if i, err := strconv.Atoi(f.Value("keep")); err == nil && i < len(keep.places) {
					place = keep.places[i]
				}
				password := f.Value("new")
				a.closeDialog()
				a.kept(place, func(*App) { acc.ChangePassword(password, place) })
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
