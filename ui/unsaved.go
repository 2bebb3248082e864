package ui

import (
	"context"
	"slices"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// While the disk takes nothing, what arrives stands in memory. The window shows
// it behind what is stored, marked, until the stored rows take its place.

// savingChanged follows whether what arrives is saved.
func (a *App) savingChanged(e session.Saving) {
	was := a.m.saving
	a.m.saving = e.Problem
	switch {
	case e.Problem != nil && (was == nil || was.Code != e.Problem.Code):
		a.sayProblem(*e.Problem, "")
	case e.OK && was != nil && e.Kept > 0:
		a.say(catalog.Plural("saving.again", e.Kept))
	case e.OK && was != nil:
		a.say(catalog.T("saving.again"))
	}
	if e.OK {
		w := &a.m.window
		w.rows = slices.DeleteFunc(w.rows, func(m store.Message) bool { return m.ID.Unsaved() })
		a.timeline.changed()
		a.readChats()
		a.readChanges()
	}
	a.readUnsaved()
}

// readUnsaved reads what stands in memory only of the open chat.
func (a *App) readUnsaved() {
	c, ok := a.m.open()
	if !ok {
		return
	}
	a.pager.want(wantUnsaved{}, func(ctx context.Context) func(*App) {
		rows := a.c.Unsaved(ctx, c.Account, c.ID)
		if len(rows) == 0 {
			return nil
		}
		return func(a *App) {
			// When it went to the disk meanwhile, that is told or about to be.
			if w := &a.m.window; w.chat == c.ID && w.loaded && w.newest && a.c.InMemory(c.Account) {
				w.upsert(rows)
				a.timeline.changed()
			}
		}
	})
}

// follow stays in a chat that stood in memory only and has a place on the disk now.
func (a *App) follow(was store.Chat, list []store.Chat) {
	i := slices.IndexFunc(list, func(c store.Chat) bool { return c.ChatKey == was.ChatKey })
	if i < 0 {
		return
	}
	typed := a.composer.now()
	a.show(list[i].ID)
	a.composer.become(typed)
}

// notSaved words, for the status line, that what happens is not kept; empty: it is.
func (a *App) notSaved() (long, short string) {
	switch {
	case a.m.saving != nil && catalog.Has("status."+a.m.saving.Code):
		return catalog.T("status." + a.m.saving.Code), catalog.T("status.not-saved")
	case a.m.saving != nil, a.st.Opened().How == store.InMemory:
		return catalog.T("status.not-saved"), catalog.T("status.not-saved")
	}
	return "", ""
}

// openingNotes tell at the start what became of the database.
func (a *App) openingNotes() (lines []noteLine) {
	o := a.st.Opened()
	if o.Moved != "" {
		lines = append(lines, noteLine{text: catalog.T("store.replaced"), style: a.look.Error},
			noteLine{text: catalog.T("store.saved", catalog.Count(o.Saved.Messages), catalog.Count(o.Saved.Unsent), catalog.Count(o.Saved.Drafts)), style: a.look.Notice})
		if o.Saved.Lost > 0 {
			lines = append(lines, noteLine{text: catalog.Plural("store.lost", o.Saved.Lost), style: a.look.Error})
		}
		lines = append(lines, noteLine{text: catalog.T("store.moved", text.Line(o.Moved)), style: a.look.Notice})
	}
	if v := a.c.Vault(); v != nil && v.Broken() != "" {
		lines = append(lines, noteLine{text: catalog.T("vault.broken"), style: a.look.Error}, noteLine{text: catalog.T("vault.moved", text.Line(v.Broken())), style: a.look.Notice})
	} else if v.State() == store.VaultUnreadable {
		lines = append(lines, noteLine{text: catalog.Problem(session.Problem{Code: "vault-unreadable", Args: []string{v.Path()}}, "").String(), style: a.look.Error})
	}
	if o.How == store.InMemory {
		code := "store.memory"
		if o.Why != nil && o.Why.Reason == store.Full {
			code = "store.memory-full"
		}
		lines = append(lines, noteLine{text: catalog.T(code, text.Line(a.st.Dir())), style: a.look.Error})
	}
	return lines
}
