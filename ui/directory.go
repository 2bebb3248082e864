package ui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// roomList is the directory of a service: what is typed filters it, Enter enters
// the room under the cursor.
type roomList struct {
	l       *look
	m       *model
	account store.AccountID
	id      string // of the request
	service string
	all     []listedRow
	at      map[string]int // by address, of all
	rows    []int          // of all: those that are found, sorted
	find    finder
	asked   string // what was asked about last
	done    bool
	more    bool
	problem string
	scroller
}

type listedRow struct {
	session.ListedRoom
	words string // what the filter looks at
}

// cmdRooms takes "/rooms", "/rooms service", and words behind either.
func (a *App) cmdRooms(args string) {
	service, words := "", args
	if first, rest, _ := strings.Cut(args, " "); strings.Contains(first, ".") {
		service, words = strings.ToLower(strings.TrimPrefix(first, "xmpp:")), strings.TrimSpace(rest)
	}
	a.withAccount(func(acc *session.Account) {
		d := &roomList{l: a.look, m: a.m, account: acc.ID(), service: service, at: map[string]int{}, find: finder{on: true, text: words}}
		d.id = acc.ListRooms(service, words)
		a.note.clear()
		a.dialog = d
	})
}

// roomsListed brings the open directory up to date.
func (a *App) roomsListed(e session.RoomsListed) {
	d, ok := a.dialog.(*roomList)
	if !ok || d.id != e.ID {
		return
	}
	d.service, d.done, d.more = cmp.Or(e.Service, d.service), e.Done, e.More
	if e.Problem != nil {
		account := ""
		if acc, ok := a.m.account(e.Account); ok {
			account = acc.JID
		}
		d.problem = catalog.Problem(*e.Problem, account).String()
	}
	for _, r := range e.List[min(len(d.all), len(e.List)):] {
		d.at[r.JID] = len(d.all)
		d.all = append(d.all, listedRow{r, filterWords(&r)})
	}
	d.filter()
	d.askVisible(a)
}

// roomTold adds what a room says of itself.
func (a *App) roomTold(e session.RoomTold) {
	d, ok := a.dialog.(*roomList)
	if !ok || d.account != e.Account {
		return
	}
	i, there := d.at[e.JID]
	if !there {
		return
	}
	r, old := e.ListedRoom, d.all[i].ListedRoom
	r.Name, r.About, r.Lang = cmp.Or(r.Name, old.Name), cmp.Or(r.About, old.About), cmp.Or(r.Lang, old.Lang)
	if r.Occupants < 0 {
		r.Occupants = old.Occupants
	}
	d.all[i] = listedRow{r, filterWords(&r)}
	d.filter()
	d.askVisible(a)
}

func filterWords(r *session.ListedRoom) string {
	return strings.ToLower(r.JID + " " + r.Name + " " + r.About + " " + r.Lang)
}

// filter finds and sorts; the cursor stays on its room, but at the top.
func (d *roomList) filter() {
	here := ""
	if d.cursor > 0 && d.cursor < len(d.rows) {
		here = d.all[d.rows[d.cursor]].JID
	}
	line := d.cursor - d.top
	words := strings.Fields(strings.ToLower(d.find.text))
	d.rows = d.rows[:0]
	for i := range d.all {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(d.all[i].words, w) }) {
			d.rows = append(d.rows, i)
		}
	}
	slices.SortFunc(d.rows, func(i, j int) int {
		a, b := &d.all[i], &d.all[j]
		return cmp.Or(cmp.Compare(busy(b), busy(a)), compareFold(cmp.Or(a.Name, a.JID), cmp.Or(b.Name, b.JID)), strings.Compare(a.JID, b.JID))
	})
	if here != "" {
		if at := slices.IndexFunc(d.rows, func(i int) bool { return d.all[i].JID == here }); at >= 0 {
			d.cursor, d.top = at, max(0, at-line)
		}
	}
	d.move(0, len(d.rows))
}

// busy orders rooms: those with people, those of which it is not known, empty ones.
func busy(r *listedRow) int {
	switch {
	case r.Occupants > 0:
		return r.Occupants + 1
	case r.Occupants < 0 && !r.Asked:
		return 1
	}
	return 0
}

// askVisible lets the rooms in view say what they are.
func (d *roomList) askVisible(a *App) {
	n := max(8, d.height)
	var list []string
	for _, i := range d.rows[min(d.top, len(d.rows)):min(len(d.rows), d.top+n)] {
		if r := &d.all[i]; !r.Asked {
			list = append(list, r.JID)
		}
	}
	key := strings.Join(list, " ")
	if acc := a.c.Account(d.account); acc != nil && key != d.asked && len(list) > 0 {
		d.asked = key
		acc.AskRooms(list)
	}
}

func (d *roomList) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if d.scroller.key(name, len(d.rows)) {
		d.fit(len(d.rows), max(1, d.height))
		d.askVisible(a)
		return true
	}
	switch d.find.key(name, ev) {
	case edited:
		d.cursor, d.top = 0, 0
		d.filter()
		d.askVisible(a)
	case given:
		if d.find.text == "" {
			if name == "Esc" {
				a.closeDialog()
			}
			return true
		}
		d.find.text = ""
		d.filter()
	case taken:
		if d.cursor < 0 || d.cursor >= len(d.rows) {
			return true
		}
		jid := d.all[d.rows[d.cursor]].JID
		a.closeDialog()
		if acc := a.c.Account(d.account); acc != nil {
			acc.Join(jid, "", "")
		}
	default:
		return false
	}
	return true
}

func (d *roomList) paste(_ *App, t string) {
	d.find.text += text.Line(t)
	d.filter()
}

// about says what a room is, in words, and then in its own.
func (d *roomList) about(r *session.ListedRoom) string {
	var parts []string
	for _, w := range []struct {
		is   bool
		word string
	}{{d.m.rooms[who{d.account, r.JID}].Joined, "in"}, {r.Told && !r.Members && !r.Password, "open"}, {r.Members, "members"}, {r.Password, "password"}, {r.Moderated, "moderated"}, {r.Addresses, "addresses"}} {
		if w.is {
			parts = append(parts, catalog.T("rooms."+w.word))
		}
	}
	for _, t := range []string{r.Lang, r.About} {
		if t = strings.TrimSpace(text.Line(t)); t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, " · ")
}

func (d *roomList) draw(s tcell.Screen, all rect) {
	w := max(10, min(96, all.w-6))
	keys := text.Wrap(catalog.T("rooms.keys"), w)
	title := catalog.T("rooms.title-own")
	if d.service != "" {
		title = catalog.T("rooms.title", text.Line(d.service))
	}
	rows := max(1, (all.h-len(keys)-6)/2)
	in := frameOf(s, d.l, middle(all, w+4, 2*rows+len(keys)+4), title)
	d.find.draw(s, d.l, rect{in.x - 1, in.y, in.w, 1}, true)
	head, style := catalog.Plural("rooms.count", len(d.rows)), d.l.Dim
	switch {
	case d.problem != "":
		head, style = d.problem, d.l.Error
	case d.more:
		head = catalog.T("rooms.more", catalog.Count(len(d.all)))
	case !d.done:
		head = catalog.T("rooms.reading", catalog.Count(len(d.all)))
	}
	put(s, in.x, in.y+1, in.w, text.Fit(head, in.w), style)
	from, to := d.fit(len(d.rows), rows)
	for at := from; at < to; at++ {
		y := in.y + 2 + 2*(at-from)
		style, dim := d.l.Text, d.l.Dim
		if at == d.cursor {
			fill(s, rect{in.x, y, in.w, 2}, d.l.Selected)
			style, dim = on(style, d.l.Selected), on(dim, d.l.Selected)
		}
		r := &d.all[d.rows[at]].ListedRoom
		count := "?"
		if in := d.m.rooms[who{d.account, r.JID}]; in.Joined {
			count = catalog.Count(in.Occupants)
		} else if r.Occupants >= 0 {
			count = catalog.Count(r.Occupants)
		}
		put(s, in.x, y, 6, strings.Repeat(" ", max(0, 5-text.Width(count)))+count, dim)
		n := put(s, in.x+7, y, in.w-7, text.Fit(text.Name(cmp.Or(r.Name, r.JID)), in.w-7), style)
		if room := in.w - 7 - n - 2; room > 4 && r.Name != "" {
			put(s, in.x+7+n+2, y, room, text.Fit(text.Line(r.JID), room), dim)
		}
		put(s, in.x+7, y+1, in.w-7, text.Fit(d.about(r), in.w-7), dim)
	}
	for i, line := range keys {
		put(s, in.x, in.y+in.h-len(keys)+i, in.w, line, d.l.Hint)
	}
}
