package ui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// affiliated lists who has a standing in a room for good. / finds, Space chooses, and
// keys change those that are chosen, else the one under the cursor.
type affiliated struct {
	l    *look
	e    session.AffiliationsListed
	room store.Chat
	rows []session.Affiliated // those that are found
	find finder
	no   string          // why the last key did nothing
	many map[string]bool // the addresses that are chosen
	scroller
}

// cmdAffiliations asks the open room for the list.
func (a *App) cmdAffiliations(args string) {
	a.withChat(func(acc *session.Account, c store.Chat) {
		a.say(catalog.T("affiliated.asking"))
		acc.Affiliations(c.ID, strings.TrimSuffix(strings.ToLower(strings.TrimSpace(args)), "s"))
	})
}

// affiliationsListed shows the list, or brings one that is open up to date.
func (a *App) affiliationsListed(e session.AffiliationsListed) {
	c, ok := a.m.find(e.Chat)
	if !ok {
		return
	}
	d, open := a.dialog.(*affiliated)
	switch {
	case open && d.room.ID == c.ID:
		d.e = e
	case e.News:
		return // it was closed
	case a.dialog != nil || a.m.chat != e.Chat:
		return // the user went on to something else
	default:
		a.note.clear()
		d = &affiliated{l: a.look, e: e, room: c, many: map[string]bool{}}
		a.dialog = d
	}
	d.filter()
}

func (d *affiliated) filter() {
	d.rows = d.rows[:0]
	words := strings.Fields(strings.ToLower(d.find.text))
	for _, x := range d.e.List {
		t := strings.ToLower(x.JID + " " + x.Affiliation + " " + x.Nick + " " + x.Reason)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(t, w) }) {
			d.rows = append(d.rows, x)
		}
	}
	d.move(0, len(d.rows))
}

func (d *affiliated) lists() bool { return !d.find.on }

func (d *affiliated) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	d.no = ""
	if d.find.on {
		switch d.find.key(name, ev) {
		case edited:
			d.cursor, d.top = 0, 0
			d.filter()
			return true
		case given:
			d.find = finder{}
			d.filter()
			return true
		case taken:
			d.find.on = false
			return true
		}
	}
	if d.scroller.key(name, len(d.rows)) {
		return true
	}
	switch name {
	case "/":
		d.find.on = true
	case "Esc", "q":
		if d.find.text != "" {
			d.find = finder{}
			d.filter()
			return true
		}
		if len(d.many) > 0 {
			clear(d.many)
			return true
		}
		a.closeDialog()
	case "Space":
		d.choose()
	case "d", "Delete", "o", "a", "m", "x":
		if len(d.many) == 0 && (d.cursor < 0 || d.cursor >= len(d.rows)) {
			return true
		}
		to := map[string]string{"o": "owner", "a": "admin", "m": "member", "x": "outcast"}[name]
		if to == "" {
			to = "none"
		}
		if len(d.many) > 0 {
			d.changeAll(a, to)
		} else {
			d.change(a, d.rows[d.cursor], to)
		}
	default:
		return false
	}
	return true
}

// change gives the one under the cursor another standing, after a question, and
// asks for the list anew.
func (d *affiliated) change(a *App, x session.Affiliated, to string) {
	if x.Affiliation == to {
		return
	}
	if why := a.ourselves().WhyNotAffiliate(to); why != "" {
		d.no = catalog.T("why.deed-" + why)
		return
	}
	back := func(a *App) { a.dialog = d }
	a.confirm(catalog.T("confirm.affiliation-"+to, text.Line(x.JID), text.Line(d.room.JID)), func(a *App) {
		if acc := a.c.Account(d.room.Account); acc != nil {
			acc.SetAffiliation(d.room.ID, x.JID, to, "")
			acc.Affiliations(d.room.ID, d.e.Asked)
		}
		back(a)
	})
	a.dialog.(*confirmation).no = back
}

// choose takes the one under the cursor to those that are chosen, or out again.
func (d *affiliated) choose() {
	if d.cursor < 0 || d.cursor >= len(d.rows) {
		return
	}
	jid := d.rows[d.cursor].JID
	switch {
	case d.many[jid]:
		delete(d.many, jid)
	case len(d.many) >= chosenMost:
		d.no = catalog.T("affiliated.many", catalog.Count(chosenMost))
	default:
		d.many[jid] = true
	}
}

// changeAll gives those that are chosen, also where the search hides them, another
// standing, after a question that names them.
func (d *affiliated) changeAll(a *App, to string) {
	var whom []session.Affiliated
	var names []string
	for _, x := range d.e.List {
		if d.many[x.JID] && x.Affiliation != to && !slices.Contains(names, x.JID) {
			whom = append(whom, x)
			names = append(names, text.Line(x.JID))
		}
	}
	switch len(whom) {
	case 0:
		d.no = catalog.T("why.deed-has")
		return
	case 1:
		d.change(a, whom[0], to)
		return
	}
	if why := a.ourselves().WhyNotAffiliate(to); why != "" {
		d.no = catalog.T("why.deed-" + why)
		return
	}
	list := strings.Join(names, ", ")
	if named := 5; len(names) > named {
		list = catalog.T("affiliated.others", strings.Join(names[:named], ", "), catalog.Count(len(names)-named))
	}
	back := func(a *App) { a.dialog = d }
	a.confirm(catalog.T("confirm.affiliations-"+to, catalog.Count(len(whom)), text.Line(d.room.JID), list), func(a *App) {
		if acc := a.c.Account(d.room.Account); acc != nil {
			acc.SetAffiliations(d.room.ID, whom, to, d.e.Asked)
		}
		clear(d.many)
		back(a)
	})
	a.dialog.(*confirmation).no = back
}

func (d *affiliated) paste(_ *App, t string) {
	if d.find.on {
		d.find.text += text.Line(t)
		d.filter()
	}
}

func (d *affiliated) draw(s tcell.Screen, all rect) {
	w := max(10, min(76, all.w-6))
	keys := text.Wrap(catalog.T("affiliated.keys"), w)
	head := catalog.Plural("affiliated.count", len(d.rows))
	if d.e.More {
		head = catalog.T("affiliated.more", catalog.Count(len(d.rows)))
	}
	if len(d.many) > 0 {
		head = catalog.T("affiliated.chosen", catalog.Count(len(d.many))) + " · " + head
	}
	if len(d.e.Refused) > 0 {
		head += " · " + catalog.T("affiliated.refused", strings.Join(d.e.Refused, ", "))
	}
	rows := max(1, min(len(d.rows), all.h-len(keys)-6))
	in := frameOf(s, d.l, middle(all, w+4, rows+len(keys)+4), catalog.T("affiliated.title", text.Line(d.room.JID)))
	if d.find.on || d.find.text != "" {
		d.find.draw(s, d.l, rect{in.x - 1, in.y, in.w, 1}, d.find.on)
		if n := len(d.many); n > 0 {
			t := catalog.T("affiliated.chosen", catalog.Count(n))
			put(s, in.x+max(0, in.w-text.Width(t)), in.y, in.w, t, d.l.Dim)
		}
	} else {
		style := d.l.Dim
		if d.no != "" {
			head, style = d.no, d.l.Error
		}
		put(s, in.x, in.y, in.w, text.Fit(head, in.w), style)
	}
	if len(d.rows) == 0 {
		code := "affiliated.nobody"
		if d.find.text != "" {
			code = "viewer.nothing"
		}
		put(s, in.x, in.y+1, in.w, text.Fit(catalog.T(code), in.w), d.l.Dim)
	}
	from, to := d.fit(len(d.rows), rows)
	for at := from; at < to; at++ {
		y := in.y + 1 + at - from
		style, dim := d.l.Text, d.l.Dim
		if at == d.cursor {
			fill(s, rect{in.x, y, in.w, 1}, d.l.Selected)
			style, dim = on(style, d.l.Selected), on(dim, d.l.Selected)
		}
		x := d.rows[at]
		if d.many[x.JID] {
			put(s, in.x-1, y, 1, d.l.mark("◇", "*"), d.l.Match)
		}
		put(s, in.x, y, 8, catalog.T("affiliated."+x.Affiliation), dim)
		n := put(s, in.x+9, y, in.w-9, text.Fit(text.Line(x.JID), in.w-9), style)
		about := strings.TrimSpace(text.Line(strings.TrimSpace(x.Nick + "  " + x.Reason)))
		if room := in.w - 9 - n - 2; about != "" && room > 4 {
			put(s, in.x+9+n+2, y, room, text.Fit(about, room), dim)
		}
	}
	for i, line := range keys {
		put(s, in.x, in.y+in.h-len(keys)+i, in.w, line, d.l.Hint)
	}
}
