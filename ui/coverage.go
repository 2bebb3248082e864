package ui

import (
	"context"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// What the open chat does not hold of its archive: a line where messages are
// missing, the reading of older ones at the top, and how far a catch-up is.

type wantCoverage struct{}

// archiveID names an archive as one account sees it.
type archiveID struct {
	account store.AccountID
	archive string
}

// gapKind is what stands above a row of the timeline about missing messages.
type gapKind int

const (
	noGap     gapKind = iota
	missing           // Enter loads them
	loading           // they are on their way
	goneOld           // the server has them no more
	olderHere         // the archive goes on above the first row
)

// readCoverage reads what is missing in the open chat.
func (a *App) readCoverage() {
	id := a.m.chat
	if id == 0 {
		return
	}
	a.pager.want(wantCoverage{}, func(ctx context.Context) func(*App) {
		c, err := a.st.Coverage(ctx, id)
		if err != nil {
			return nil
		}
		return func(a *App) {
			if a.m.window.chat == id {
				a.m.window.cover = c
				a.timeline.changed()
			}
		}
	})
}

// archiveChanged follows the reading of an archive.
func (a *App) archiveChanged(e session.ArchiveChanged) {
	c, open := a.m.open()
	ours := open && c.Account == e.Account && (e.Room == c.JID || e.Room == "" && c.Kind != store.Room)
	if e.Chat != 0 {
		if e.Chat == a.m.chat {
			a.m.window.older = e.Loading
		}
	} else {
		k := archiveID{e.Account, e.Archive}
		if e.Loading {
			a.m.catching[k] = e
		} else {
			delete(a.m.catching, k)
			a.countMissedSoon(e.Account)
		}
	}
	if e.Problem != nil && (ours || e.Room == "") {
		a.sayProblem(*e.Problem, "")
	}
	if ours {
		a.readCoverage()
	}
}

// catchingUp words how far the catch-up of an account is; "": none runs.
func (a *App) catchingUp(id store.AccountID) string {
	done, about, n := 0, 0, 0
	for k, e := range a.m.catching {
		if k.account == id {
			done, about, n = done+e.Done, about+e.About, n+1
		}
	}
	switch {
	case n == 0:
		return ""
	case about > done:
		return catalog.T("status.catching-of", catalog.Count(done), catalog.Count(about))
	}
	return catalog.T("status.catching", catalog.Count(done))
}

// loadOlder asks the archive for what lies above the first row, once for each
// first row, and again when the user asks for it.
func (a *App) loadOlder(again bool) {
	w := &a.m.window
	if !w.loaded || !w.oldest || w.older || !w.cover.Known || w.cover.Oldest {
		return
	}
	first := int64(1)
	if len(w.rows) > 0 {
		first = w.rows[0].Ord
	}
	if w.asked == first && !again {
		return
	}
	c, ok := a.m.open()
	acc, online := a.m.account(c.Account)
	if !ok || !online || acc.Link != session.Online {
		return
	}
	w.asked = first
	if h := a.c.Account(c.Account); h != nil {
		h.LoadOlder(c.ID)
	}
}

// fillVisible loads what is missing at the lowest gap on the screen. false:
// there is none.
func (a *App) fillVisible() bool {
	c, ok := a.m.open()
	acc := a.c.Account(c.Account)
	if !ok || acc == nil {
		return false
	}
	for _, s := range a.timeline.shown {
		if s.at >= len(a.timeline.rows()) {
			continue
		}
		switch kind, before := a.timeline.gap(s.at); kind {
		case missing:
			acc.FillGap(c.ID, before)
			return true
		case olderHere:
			a.loadOlder(true)
			return true
		}
	}
	return false
}

// gap tells what is missing above row i, and the place that names it.
func (t *timeline) gap(i int) (gapKind, int64) {
	w := &t.m.window
	if !w.cover.Known || i == 0 && !w.oldest {
		return noGap, 0
	}
	ord := w.rows[i].Ord
	below := int64(0)
	if i > 0 {
		below = w.rows[i-1].Ord
	}
	for _, g := range w.cover.Gaps {
		if ord < g.Before || below >= g.Before {
			continue
		}
		switch {
		case g.Gone && i == 0:
			return noGap, 0
		case g.Gone:
			return goneOld, 0
		case t.m.filling():
			return loading, g.Before
		}
		return missing, g.Before
	}
	if i > 0 || w.cover.Oldest {
		return noGap, 0
	}
	if w.older {
		return loading, 0
	}
	return olderHere, 0
}

// filling says whether the archive of the open chat is being read.
func (m *model) filling() bool {
	c, ok := m.open()
	if !ok {
		return false
	}
	acc, _ := m.account(c.Account)
	name := acc.JID
	if c.Kind == store.Room {
		name = c.JID
	}
	_, is := m.catching[archiveID{c.Account, name}]
	return is
}

var gapCodes = map[gapKind]string{missing: "timeline.missing", loading: "timeline.catching", goneOld: "timeline.gone", olderHere: "timeline.older"}

// drawGap writes the line about missing messages.
func (t *timeline) drawGap(s tcell.Screen, r rect, y int, kind gapKind) {
	style := t.l.Dim
	if kind == missing {
		style = t.l.Error
	}
	words := catalog.T(gapCodes[kind])
	if text.Width(words)+4 > r.w {
		words = catalog.T(gapCodes[kind] + ".short")
	}
	t.rule(s, r, y, words, style)
}
