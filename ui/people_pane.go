package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// peoplePane shows who is at the other side of the open chat: the devices of a
// contact, or the occupants of a room.
type peoplePane struct {
	l   *look
	m   *model
	ink ink
	scroller

	chat    store.ChatID
	rows    []personRow // of a room
	focused bool
	find    finder
	before  string // the nick to return to when the search is given up
}

// personRow is an occupant by its place in the model, or a heading.
type personRow struct {
	at    int    // -1: a heading
	nick  string // to know it again when the occupants changed
	role  string // of a heading
	count int
}

func newPeople(l *look, m *model) *peoplePane { return &peoplePane{l: l, m: m} }

// filtering says that typed letters look for somebody.
func (p *peoplePane) filtering() bool { return p.find.on }

// rebuild makes the rows after the occupants or the open chat changed. The
// cursor stays on its occupant.
func (p *peoplePane) rebuild() {
	nick, line := "", p.cursor-p.top
	if p.cursor < len(p.rows) {
		nick = p.rows[p.cursor].nick
	}
	if p.cursor <= 1 && !p.focused {
		nick, p.cursor, line = "", 0, 0 // nobody was chosen: the first one stays the first
	}
	if p.chat != p.m.chat {
		p.chat, nick = p.m.chat, ""
		p.cursor, p.top, line = 0, 0, 0
		p.find = finder{}
	}
	p.rows = p.rows[:0]
	if c, ok := p.m.open(); !ok || c.Kind != store.Room {
		return
	}
	f := strings.ToLower(strings.TrimSpace(p.find.text))
	role, heading := "", -1
	for i := range p.m.occupants {
		o := &p.m.occupants[i]
		if f != "" && !strings.Contains(strings.ToLower(o.Nick), f) && !strings.Contains(strings.ToLower(o.RealJID), f) {
			continue
		}
		if heading < 0 || o.Role != role {
			role, heading = o.Role, len(p.rows)
			p.rows = append(p.rows, personRow{at: -1, role: role})
		}
		p.rows[heading].count++
		p.rows = append(p.rows, personRow{at: i, nick: o.Nick})
	}
	p.move(0, len(p.rows))
	p.toNick(nick)
	p.top = max(0, p.cursor-line)
}

// toNick puts the cursor on an occupant, else on the first one.
func (p *peoplePane) toNick(nick string) {
	if nick == "" {
		p.offHeading(1)
		return
	}
	for i, r := range p.rows {
		if r.at >= 0 && r.nick == nick {
			p.cursor = i
			return
		}
	}
}

// selected is the occupant under the cursor.
func (p *peoplePane) selected() (session.Occupant, bool) {
	if p.cursor < 0 || p.cursor >= len(p.rows) {
		return session.Occupant{}, false
	}
	r := p.rows[p.cursor]
	if r.at >= 0 && r.at < len(p.m.occupants) && p.m.occupants[r.at].Nick == r.nick {
		return p.m.occupants[r.at], true
	}
	return session.Occupant{}, false
}

// key moves and looks for somebody.
func (p *peoplePane) key(ev *tcell.EventKey) {
	name := keyName(ev)
	if p.filtering() {
		switch p.find.key(name, ev) {
		case edited:
			p.rebuild()
			p.cursor, p.top = min(1, max(0, len(p.rows)-1)), 0
			return
		case given:
			p.endFilter(p.before)
			return
		case taken:
			nick := p.before
			if o, ok := p.selected(); ok {
				nick = o.Nick
			}
			p.endFilter(nick)
			return
		}
	}
	if c, ok := p.m.open(); !ok || c.Kind != store.Room {
		p.scroll(name)
		return
	}
	if was := p.cursor; p.scroller.key(name, len(p.rows)) {
		p.offHeading(p.cursor - was)
		return
	}
	if name == "/" {
		p.before = ""
		if o, ok := p.selected(); ok {
			p.before = o.Nick
		}
		p.find = finder{on: true}
		p.rebuild()
	}
}

// offHeading moves the cursor on from a heading, the way it came.
func (p *peoplePane) offHeading(way int) {
	if p.cursor >= len(p.rows) || p.rows[p.cursor].at >= 0 {
		return
	}
	if way < 0 && p.cursor > 0 {
		p.cursor--
	} else {
		p.move(1, len(p.rows))
	}
}

func (p *peoplePane) endFilter(nick string) {
	p.find = finder{}
	p.rebuild()
	p.toNick(nick)
}

// scroll moves the facts about a person; there is nothing to select among them.
func (p *peoplePane) scroll(name string) {
	c := scroller{cursor: p.top, height: p.height}
	if c.key(name, 1<<16) {
		p.top = c.cursor
	}
}

// draw shows the pane.
func (p *peoplePane) draw(s tcell.Screen, r rect, focused bool) {
	c, ok := p.m.open()
	if !ok || r.w < 4 || r.h < 2 {
		return
	}
	if p.chat != p.m.chat || p.focused && !focused && p.filtering() {
		p.find = finder{}
		p.rebuild()
	}
	p.focused = focused
	p.ink.refresh(&p.l.Palette)
	if p.filtering() {
		p.find.draw(s, p.l, rect{r.x, r.y, r.w, 1}, focused)
	} else {
		put(s, r.x+1, r.y, r.w-2, text.Fit(p.m.title(c), r.w-2), p.l.Title)
	}
	r.y, r.h = r.y+1, r.h-1
	if c.Kind == store.Room {
		p.drawRoom(s, r, c, focused)
		return
	}
	lines := p.person(c, r.w-2, r.h)
	p.height = r.h
	p.top = max(0, min(p.top, len(lines)-r.h))
	for i := range min(r.h, len(lines)-p.top) {
		line := lines[p.top+i]
		x := r.x + 1
		if line.picture != nil {
			drawPicture(s, x, r.y+i, r.w-2, line.picture, line.row, p.l.Text)
			continue
		}
		if line.mark != "" {
			put(s, x, r.y+i, 1, line.mark, line.markStyle)
		}
		put(s, x+line.indent, r.y+i, r.w-2-line.indent, line.text, line.style)
	}
}

// drawRoom shows the subject and the occupants in view.
func (p *peoplePane) drawRoom(s tcell.Screen, r rect, c store.Chat, focused bool) {
	info := p.m.rooms[who{c.Account, c.JID}]
	if v := p.m.avatars[who{c.Account, c.JID}]; p.l.pictures && v.Height() > 0 && r.h >= 2*facesFrom {
		_, rows := pictureSize(&v, r.w-2)
		for row := range rows {
			drawPicture(s, r.x+1, r.y+row, r.w-2, &v, row, p.l.Text)
		}
		r.y, r.h = r.y+rows, r.h-rows
	}
	about := text.Line(info.Subject)
	if !info.Joined && !info.Joining {
		about = catalog.T("people.not-in")
	}
	if about = strings.TrimSpace(about); about != "" && r.h > 5 {
		for i, line := range twoLines(about, r.w-2) {
			put(s, r.x+1, r.y+i, r.w-2, line, p.l.Dim)
			r.h--
		}
		r.y = r.y + min(2, len(twoLines(about, r.w-2)))
	}
	if len(p.rows) == 0 {
		code := "people.nobody"
		if p.filtering() {
			code = "people.no-match"
		}
		put(s, r.x+1, r.y, r.w-2, catalog.T(code), p.l.Dim)
		return
	}
	if p.cursor <= 1 && r.h > 1 {
		p.top = 0 // the first heading too
	}
	from, to := p.fit(len(p.rows), r.h)
	for at := from; at < to; at++ {
		p.drawPerson(s, rect{r.x, r.y + at - from, r.w, 1}, p.rows[at], focused && at == p.cursor)
	}
}

// twoLines wraps a text and cuts it after the second line.
func twoLines(t string, w int) []string {
	w = max(w, 1)
	lines := text.Wrap(text.Cut(t, 2*w), w)
	if len(lines) > 2 {
		lines = []string{lines[0], text.Fit(lines[1]+" "+lines[2], w)}
	}
	return lines
}

// affiliations are the signs of what somebody is in a room for good.
var affiliations = map[string]string{"owner": "~", "admin": "&", "member": "+"}

func (p *peoplePane) drawPerson(s tcell.Screen, r rect, row personRow, under bool) {
	ground := func(style tcell.Style) tcell.Style { return style }
	if under {
		fill(s, r, p.l.Selected)
		ground = func(style tcell.Style) tcell.Style { return on(style, p.l.Selected) }
	}
	if row.at < 0 {
		code := "people." + row.role
		if !catalog.Has(code) || roleRank(row.role) > 2 {
			code = "people.none"
		}
		put(s, r.x+1, r.y, r.w-2, catalog.T(code, catalog.Count(row.count)), ground(p.l.Title))
		return
	}
	if row.at >= len(p.m.occupants) {
		return // it left, and nobody rebuilt yet
	}
	o := &p.m.occupants[row.at]
	mark, style := p.l.show(o.Presence.Show)
	put(s, r.x+1, r.y, 1, mark, ground(style))
	put(s, r.x+2, r.y, 1, affiliations[o.Affiliation], ground(p.l.Dim))
	nick := p.ink.of(o.Nick)
	if o.Self {
		nick = p.l.OwnNick
	}
	end := r.x + r.w - 1
	x := r.x + 3
	x += put(s, x, r.y, end-x, text.Fit(text.Name(o.Nick), end-x), ground(nick))
	said := strings.TrimSpace(text.Line(o.Presence.Text))
	if hats := hatsOf(o); hats != "" && end-x > 4 {
		x += 1 + put(s, x+1, r.y, end-x-1, text.Fit(hats, end-x-1), ground(p.l.Notice))
	}
	if p.m.ignores(o) {
		said = catalog.T("people.ignored")
	}
	style = p.l.Dim
	if like := p.m.alike(o.Nick); like != "" {
		said, style = catalog.T("likeness.of", text.Name(like)), p.l.Error
	}
	if said != "" && end-x > 4 {
		put(s, x+2, r.y, end-x-2, text.Fit(said, end-x-2), ground(style))
	}
}

// hatsShown is how many hats stand beside a nick.
const hatsShown = 2

// hatsOf names some of the hats of an occupant, and how many there are besides.
func hatsOf(o *session.Occupant) string {
	if len(o.Hats) == 0 {
		return ""
	}
	some := make([]string, min(len(o.Hats), hatsShown))
	for i := range some {
		some[i] = text.Cut(text.Name(o.Hats[i]), 20)
	}
	out := strings.Join(some, ", ")
	if n := len(o.Hats) - len(some) + o.MoreHats; n > 0 {
		out += " " + catalog.T("people.hats-more", catalog.Count(n))
	}
	return "[" + out + "]"
}
