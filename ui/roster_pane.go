package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// rosterPane lists the open chats, the requests and the contacts. It keeps a
// flat slice of the rows that can be scrolled to, and draws those in view.
type rosterPane struct {
	l     *look
	m     *model
	names nameIndex

	rows    []rosterRow
	chats   []store.Chat // in the order shown
	folded  map[foldKey]bool
	focused bool
	scroller

	find   finder
	before rowID // the row to return to when the search is given up
}

func newRoster(l *look, m *model) *rosterPane {
	return &rosterPane{l: l, m: m, folded: map[foldKey]bool{}}
}

// filtering says that typed letters look for a row.
func (p *rosterPane) filtering() bool { return p.find.on }

// order is the chats in the order shown, for keys with numbers.
func (p *rosterPane) order() []store.Chat { return p.chats }

// selected is the row under the cursor.
func (p *rosterPane) selected() (rosterRow, bool) {
	if p.cursor < 0 || p.cursor >= len(p.rows) {
		return rosterRow{}, false
	}
	return p.rows[p.cursor], true
}

// fold hides or shows what is below the selected heading.
func (p *rosterPane) fold() {
	r, ok := p.selected()
	if !ok || r.kind != rowGroup || p.filtering() {
		return
	}
	k := r.fold()
	if p.folded[k] {
		delete(p.folded, k)
	} else {
		p.folded[k] = true
	}
	p.rebuild()
}

// leave folds the group that the cursor is in, or goes to its heading first.
func (p *rosterPane) leave() {
	r, ok := p.selected()
	if !ok {
		return
	}
	if r.kind == rowGroup {
		if !p.folded[r.fold()] {
			p.fold()
		}
		return
	}
	p.toHeading()
}

// toHeading moves the cursor to the heading of its group.
func (p *rosterPane) toHeading() bool {
	if r, ok := p.selected(); !ok || r.kind != rowContact || p.filtering() {
		return false
	}
	for i := p.cursor; i >= 0; i-- {
		if p.rows[i].kind == rowGroup {
			p.cursor = i
			return true
		}
	}
	return false
}

// key moves, folds and looks for rows.
func (p *rosterPane) key(ev *tcell.EventKey) {
	name := keyName(ev)
	if p.filtering() && p.findKey(name, ev) {
		return
	}
	if p.scroller.key(name, len(p.rows)) {
		return
	}
	switch name {
	case "/":
		if r, ok := p.selected(); ok {
			p.before = r.id()
		}
		p.find = finder{on: true}
		p.rebuild()
	case "Space":
		if r, ok := p.selected(); ok && (r.kind == rowGroup || p.toHeading()) {
			p.fold()
		}
	case "Left", "h":
		p.leave()
	}
}

// findKey gives a key to the search; false: the key moves.
func (p *rosterPane) findKey(name string, ev *tcell.EventKey) bool {
	switch p.find.key(name, ev) {
	case notFinder:
		return false
	case edited:
		p.rebuild()
		p.cursor, p.top = 0, 0
	case given:
		p.endFilter(p.before)
	case taken:
		at := p.before
		if r, ok := p.selected(); ok {
			at = r.id()
			p.reveal(r)
		}
		p.endFilter(at)
	}
	return true
}

// reveal unfolds what hides a row.
func (p *rosterPane) reveal(r rosterRow) {
	if r.kind == rowContact {
		delete(p.folded, foldKey{r.who.account, r.group, true})
		delete(p.folded, foldKey{r.who.account, "", false})
	}
}

func (p *rosterPane) endFilter(at rowID) {
	p.find = finder{}
	p.rebuild()
	for i := range p.rows {
		if p.rows[i].id() == at {
			p.cursor = i
			return
		}
	}
}

// draw shows the rows around the cursor.
func (p *rosterPane) draw(s tcell.Screen, r rect, focused bool) {
	if r.w < 4 || r.h < 2 {
		return
	}
	if p.focused && !focused {
		// While the keys were here the chats did not change places.
		p.focused = false
		if p.filtering() {
			p.endFilter(p.before)
		} else {
			p.rebuild()
		}
	}
	if focused && !p.focused {
		p.toOpen()
	}
	p.focused = focused
	p.drawTop(s, rect{r.x, r.y, r.w, 1})
	r.y, r.h = r.y+1, r.h-1
	if len(p.rows) == 0 {
		code := "roster.empty"
		if p.filtering() {
			code = "roster.no-match"
		}
		for i, line := range text.Wrap(catalog.T(code), max(1, r.w-2)) {
			if i < r.h {
				put(s, r.x+1, r.y+i, r.w-1, line, p.l.Dim)
			}
		}
		return
	}
	from, to := p.fit(len(p.rows), r.h)
	for at := from; at < to; at++ {
		p.drawRow(s, rect{r.x, r.y + at - from, r.w, 1}, p.rows[at], focused && at == p.cursor)
	}
}

// toOpen puts the cursor on the open chat, unless somebody left it on a contact.
func (p *rosterPane) toOpen() {
	if r, ok := p.selected(); !ok || r.kind != rowChat {
		return
	}
	for i, r := range p.rows {
		if r.kind == rowChat && r.chat == p.m.chat {
			p.cursor = i
			return
		}
	}
}

// drawTop names the pane, or shows what is looked for.
func (p *rosterPane) drawTop(s tcell.Screen, r rect) {
	if !p.filtering() {
		put(s, r.x+1, r.y, r.w-1, catalog.T("roster.chats"), p.l.Title)
		return
	}
	p.find.draw(s, p.l, r, p.focused)
}

func (p *rosterPane) drawRow(s tcell.Screen, r rect, row rosterRow, under bool) {
	below := p.l.Text
	switch {
	case under:
		below = p.l.Selected
		fill(s, r, below)
	case row.kind == rowChat && row.chat == p.m.chat:
		put(s, r.x, r.y, 1, p.l.mark("›", ">"), p.l.Title)
	}
	ground := func(style tcell.Style) tcell.Style {
		if under {
			return on(style, below)
		}
		return style
	}
	switch row.kind {
	case rowChat:
		p.drawChat(s, r, row, ground)
	case rowRequest:
		put(s, r.x+1, r.y, 1, "?", ground(p.l.Mention))
		put(s, r.x+3, r.y, r.w-3, text.Fit(catalog.Plural("roster.request", row.total), r.w-4), ground(p.l.Notice))
	case rowGroup:
		p.drawGroup(s, r, row, ground)
	case rowContact:
		p.drawContact(s, r, row, ground)
	}
}

func (p *rosterPane) drawChat(s tcell.Screen, r rect, row rosterRow, ground func(tcell.Style) tcell.Style) {
	c := &p.chats[row.index]
	name, style := p.m.title(*c), p.l.Text
	switch c.Kind {
	case store.Direct:
		if mark, markStyle, known := p.presence(row.who); known {
			put(s, r.x+1, r.y, 1, mark, ground(markStyle))
		}
	case store.Room:
		name = p.m.roomName(row.who)
		mark := p.l.Title
		if !p.m.rooms[row.who].Joined {
			mark, style = p.l.Dim, p.l.Dim
		}
		put(s, r.x+1, r.y, 1, "#", ground(mark))
	}
	end := r.x + r.w - 1
	if c.Unread > 0 {
		loud := (c.Mentions > 0 || c.Kind != store.Room) && c.OwnRule(p.l.now()) != store.NotifyNone
		count, countStyle := catalog.Count(c.Unread), p.l.Unread
		if loud {
			count, countStyle = "@"+count, p.l.Mention
		}
		style = p.l.Unread
		w := text.Width(count)
		put(s, end-w, r.y, w, count, ground(countStyle))
		end -= w + 1
	} else if row.chat == p.m.chat {
		style = p.l.Title
	}
	if c.Pinned {
		put(s, end-1, r.y, 1, p.l.mark("▴", "^"), ground(p.l.Dim))
		end -= 2
	}
	if mark := p.l.ruleMark(*c); mark != "" {
		put(s, end-1, r.y, 1, mark, ground(p.l.Dim))
		end -= 2
	}
	if c.Draft != "" && row.chat != p.m.chat {
		put(s, end-1, r.y, 1, p.l.mark("✎", "*"), ground(p.l.Dim))
		end -= 2
	}
	put(s, r.x+3, r.y, end-r.x-3, text.Fit(name, end-r.x-3), ground(style))
}

func (p *rosterPane) drawGroup(s tcell.Screen, r rect, row rosterRow, ground func(tcell.Style) tcell.Style) {
	sign := p.l.mark("▾", "-")
	if p.folded[row.fold()] {
		sign = p.l.mark("▸", "+")
	}
	name, style := text.Name(row.group), p.l.Title
	switch {
	case row.account:
		if a, ok := p.m.account(row.who.account); ok {
			name = text.Name(a.JID)
		}
	case row.group == "":
		name = catalog.T("roster.contacts")
	}
	if len(p.m.accounts) > 1 && !row.account {
		r.x, r.w = r.x+1, r.w-1
	}
	count := " (" + catalog.Count(row.online) + "/" + catalog.Count(row.total) + ")"
	put(s, r.x+1, r.y, 1, sign, ground(p.l.Dim))
	room := r.w - 4 - text.Width(count)
	n := put(s, r.x+3, r.y, room, text.Fit(name, room), ground(style))
	put(s, r.x+3+n, r.y, r.w-3-n, count, ground(p.l.Dim))
}

func (p *rosterPane) drawContact(s tcell.Screen, r rect, row rosterRow, ground func(tcell.Style) tcell.Style) {
	mark, markStyle, _ := p.presence(row.who)
	put(s, r.x+3, r.y, 1, mark, ground(markStyle))
	style, about := p.l.Text, p.m.show(row.who)
	if about.Show == session.Unavailable {
		style = p.l.Offline
	}
	said := about.Text
	if c := p.m.contacts[row.who]; c.Ask && said == "" {
		said = catalog.T("roster.asked")
	}
	end := r.x + r.w - 1
	x := r.x + 5
	x += put(s, x, r.y, end-x, text.Fit(p.m.name(row.who), end-x), ground(style))
	if said = strings.TrimSpace(text.Line(said)); said != "" && end-x > 4 {
		put(s, x+2, r.y, end-x-2, text.Fit(said, end-x-2), ground(p.l.Dim))
	}
}

// presence is the mark of an address; known: there is something to be said.
func (p *rosterPane) presence(w who) (mark string, style tcell.Style, known bool) {
	_, contact := p.m.contacts[w]
	mark, style = p.l.show(p.m.show(w).Show)
	return mark, style, contact || len(p.m.presence[w]) > 0
}
