package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// watchKind is why somebody sees us.
type watchKind int

const (
	toldAlone  watchKind = iota // a directed presence is out
	inRooms                     // all in a room see who is there
	subscribed                  // for good
	approved                    // as soon as they ask
	watchKinds
)

var watchCodes = [watchKinds]string{"told", "rooms", "subscribed", "approved"}

// watcher is a row: somebody who sees us, or a heading.
type watcher struct {
	who   who
	kind  watchKind
	head  string // of a heading
	name  string // safe to be drawn, as all texts here
	about string
}

// watchers lists who can see our presence, and takes it away from them.
type watchers struct {
	l    *look
	rows []watcher
	scroller
}

func (a *App) openWatchers() {
	d := &watchers{l: a.look}
	d.rebuild(a)
	d.offHeading(1)
	a.dialog = d
}

// rebuild makes the rows anew; the cursor stays on its row, or takes the next.
func (d *watchers) rebuild(a *App) {
	var at watcher
	if d.cursor < len(d.rows) {
		at = d.rows[d.cursor]
	}
	d.rows = d.rows[:0]
	for _, acc := range a.m.accounts {
		all := a.watchersOf(acc)
		if len(a.m.accounts) > 1 && slices.ContainsFunc(all[:], func(l []watcher) bool { return len(l) > 0 }) {
			d.rows = append(d.rows, watcher{head: text.Name(acc.JID)})
		}
		for kind, list := range all {
			if len(list) == 0 {
				continue
			}
			d.rows = append(d.rows, watcher{head: catalog.T("watch."+watchCodes[kind], catalog.Count(len(list)))})
			slices.SortFunc(list, func(x, y watcher) int {
				if c := compareFold(x.name, y.name); c != 0 {
					return c
				}
				return strings.Compare(x.who.jid, y.who.jid)
			})
			d.rows = append(d.rows, list...)
		}
	}
	if i := slices.IndexFunc(d.rows, func(w watcher) bool { return at.head == "" && w.who == at.who && w.kind == at.kind && w.head == "" }); i >= 0 {
		d.cursor = i
	}
	d.move(0, len(d.rows))
	d.offHeading(1)
}

// watchersOf lists who sees an account, by the reason.
func (a *App) watchersOf(acc session.AccountInfo) (all [watchKinds][]watcher) {
	add := func(kind watchKind, w who, name, about string) {
		all[kind] = append(all[kind], watcher{who: w, kind: kind, name: name, about: text.Line(about)})
	}
	for _, x := range a.m.directed[acc.ID] {
		w := who{acc.ID, x.JID}
		name := a.m.name(w)
		if _, room := a.m.rooms[w]; room {
			name = "#" + a.m.roomName(w)
		}
		about := catalog.T("show." + showCode(x.Presence.Show))
		if u := a.until(x.Until); u != "" {
			about += " " + u
		}
		add(toldAlone, w, name, about+sep(x.Presence.Text))
	}
	for w, r := range a.m.rooms {
		if w.account == acc.ID && r.Joined {
			add(inRooms, w, "#"+a.m.roomName(w), catalog.T("room.count", catalog.Count(r.Occupants)))
		}
	}
	for w, c := range a.m.contacts {
		switch {
		case w.account != acc.ID:
		case c.ToUs():
			add(subscribed, w, a.m.name(w), w.jid)
		case c.Approved:
			add(approved, w, a.m.name(w), w.jid)
		}
	}
	return all
}

func (d *watchers) offHeading(way int) {
	for d.cursor >= 0 && d.cursor < len(d.rows) && d.rows[d.cursor].head != "" {
		if way < 0 && d.cursor == 0 || way > 0 && d.cursor == len(d.rows)-1 {
			way = -way
			if len(d.rows) == 1 {
				return
			}
		}
		d.cursor += way
	}
}

func (d *watchers) lists() bool { return true }

func (d *watchers) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	was := d.cursor
	if d.scroller.key(name, len(d.rows)) {
		way := 1
		if d.cursor < was || name == "End" {
			way = -1
		}
		d.offHeading(way)
		return true
	}
	switch name {
	case "Esc", "q":
		a.closeDialog()
	case "d", "Delete":
		if d.cursor < len(d.rows) && d.rows[d.cursor].head == "" {
			w := d.rows[d.cursor]
			a.confirm(catalog.T("confirm.watch-"+watchCodes[w.kind], w.name, w.who.jid), func(a *App) {
				a.takeAway(w)
				a.openWatchers()
			})
			a.dialog.(*confirmation).no = (*App).openWatchers
		}
	case "Enter":
		if d.cursor < len(d.rows) && d.rows[d.cursor].head == "" {
			a.closeDialog()
			a.openDirect(d.rows[d.cursor].who)
		}
	default:
		return false
	}
	return true
}

// takeAway ends that somebody sees us.
func (a *App) takeAway(w watcher) {
	acc := a.c.Account(w.who.account)
	if acc == nil {
		return
	}
	switch w.kind {
	case toldAlone:
		acc.SendPresence(w.who.jid, nil, time.Time{})
	case inRooms:
		for _, c := range a.m.chats {
			if c.Account == w.who.account && c.Kind == store.Room && c.JID == w.who.jid {
				acc.Leave(c.ID)
			}
		}
	default:
		acc.Deny(w.who.jid)
	}
}

func (d *watchers) paste(*App, string) {}

func (d *watchers) draw(s tcell.Screen, all rect) {
	in := frameOf(s, d.l, middle(all, 80, min(all.h-2, len(d.rows)+4)), catalog.T("watch.title"))
	put(s, in.x, in.y+in.h-1, in.w, text.Fit(catalog.T("watch.keys"), in.w), d.l.Hint)
	if len(d.rows) == 0 {
		put(s, in.x, in.y, in.w, text.Fit(catalog.T("watch.nobody"), in.w), d.l.Dim)
		return
	}
	if d.cursor <= 2 {
		d.top = 0 // the headings too
	}
	from, to := d.fit(len(d.rows), max(1, in.h-2))
	for at := from; at < to; at++ {
		w, y := d.rows[at], in.y+at-from
		if w.head != "" {
			put(s, in.x, y, in.w, text.Fit(w.head, in.w), d.l.Title)
			continue
		}
		style, dim := d.l.Text, d.l.Dim
		if at == d.cursor {
			fill(s, rect{in.x, y, in.w, 1}, d.l.Selected)
			style, dim = on(style, d.l.Selected), on(dim, d.l.Selected)
		}
		x := in.x + 2
		x += put(s, x, y, in.x+in.w-x, text.Fit(w.name, in.x+in.w-x), style)
		if w.about != "" && in.x+in.w-x > 4 {
			put(s, x+2, y, in.x+in.w-x-2, text.Fit(w.about, in.x+in.w-x-2), dim)
		}
	}
}
