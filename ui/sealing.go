package ui

import (
	"context"
	"os"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// sealHistory seals the history under the vault, which is made or opened first.
func (a *App) sealHistory() {
	if a.st.Sealed() {
		a.say(catalog.T("seal.is"))
		return
	}
	a.withVault(func(a *App) {
		a.confirm(catalog.T("seal.question", text.Line(a.c.Vault().Path())), func(a *App) {
			a.say(catalog.T("seal.goes"))
			a.c.SealHistory()
		})
	})
}

// unsealHistory is the way back; the passphrase is asked if the vault is locked.
func (a *App) unsealHistory() {
	if has, _ := a.c.Vault().Seals(); !has && !a.st.Sealed() {
		a.say(catalog.T("seal.is-not"))
		return
	}
	a.withVault(func(a *App) {
		a.confirm(catalog.T("seal.open-question"), func(a *App) {
			a.say(catalog.T("seal.opens"))
			a.c.UnsealHistory()
		})
	})
}

// historySealed takes what came of it.
func (a *App) historySealed(e session.HistorySealed) {
	switch {
	case e.Problem != nil:
		a.sayProblem(*e.Problem, "")
	case e.Sealed:
		a.say(catalog.T("answer.history-sealed"))
		if path := a.opt.Clip; path != "" {
			a.pager.want("clip", func(context.Context) func(*App) {
				_ = os.Remove(path) // the user copied there what people wrote
				return nil
			})
		}
	default:
		a.say(catalog.T("answer.history-unsealed"))
	}
}
