package ui

import (
	"context"
	"slices"
	"strings"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// cmdSecurity lists what was refused in this run, of all accounts, the newest
// below.
func (a *App) cmdSecurity(words string) {
	accounts := a.c.Accounts()
	a.pager.want("security", func(ctx context.Context) func(*App) {
		type row struct {
			session.Refusal
			account string
		}
		var rows []row
		for _, acc := range accounts {
			list, err := acc.Refusals(ctx)
			if err != nil {
				continue
			}
			for _, r := range list {
				rows = append(rows, row{r, acc.JID()})
			}
		}
		slices.SortStableFunc(rows, func(x, y row) int { return x.At.Compare(y.At) })
		return func(a *App) {
			all := make([]paragraph, len(rows))
			for i, r := range rows {
				head := r.At.In(a.look.zone).Format("15:04:05") + "  " + text.Line(r.From) + " " + catalog.T("security."+r.Reason)
				if r.Times > 1 {
					head += sep(catalog.T("security.times", catalog.Count(r.Times)))
				}
				if len(accounts) > 1 {
					head += sep(r.account)
				}
				all[i] = paragraph{id: i, head: head, text: r.Start, style: a.look.Text}
			}
			v := &viewer{title: catalog.T("security.title"), read: func() []paragraph { return all }, follow: true}
			v.field.set(strings.TrimSpace(words))
			a.openViewer(v)
		}
	})
}
