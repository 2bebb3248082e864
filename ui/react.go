package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// reactPicker picks a sign by its name: those used last first.
type reactPicker struct {
	l     *look
	m     store.Message
	used  []string
	field field
	hits  []emoji
	at    int
	top   int
}

const (
	reactRows  = 8
	recentsMax = 12
)

func (a *App) openReact(m store.Message) {
	p := &reactPicker{l: a.look, m: m, used: a.signs}
	p.search()
	a.dialog = p
}

func (a *App) reactSelected() {
	if m, ok := a.selected(); ok {
		a.endSelect()
		a.openReact(m)
	}
}

// toggle adds a sign to our reactions to a message, or takes it away.
func (a *App) toggle(m store.Message, sign string) {
	a.used(sign)
	a.withChat(func(acc *session.Account, _ store.Chat) { acc.ToggleReaction(m.ID, sign) })
}

// search finds signs by a part of their name, those that begin with it first.
func (p *reactPicker) search() {
	typed := strings.TrimSpace(p.field.text())
	word := strings.ToLower(strings.Trim(typed, ":"))
	p.hits, p.at, p.top = nil, 0, 0
	if session.IsSign(typed) {
		p.hits = append(p.hits, emoji{sign: typed, names: []string{strings.Trim(emojiName(typed), ":")}})
		return
	}
	p.hits = findEmojis(word, p.used, true)
}

func (p *reactPicker) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		a.closeDialog()
	case "Enter":
		if p.at < len(p.hits) {
			a.closeDialog()
			a.toggle(p.m, p.hits[p.at].sign)
		}
	case "Up", "Ctrl-P", "Shift-Tab":
		p.at = max(0, p.at-1)
	case "Down", "Ctrl-N", "Tab":
		p.at = max(0, min(len(p.hits)-1, p.at+1))
	default:
		if !p.field.key(ev) {
			return false
		}
		p.search()
	}
	return true
}

func (p *reactPicker) paste(_ *App, t string) {
	p.field.insert(text.Line(t))
	p.search()
}

func (p *reactPicker) draw(s tcell.Screen, all rect) {
	rows := max(1, min(reactRows, all.h-5))
	in := frameOf(s, p.l, middle(all, 44, rows+4), catalog.T("react.title"))
	if p.at < p.top {
		p.top = p.at
	}
	if p.at >= p.top+rows {
		p.top = p.at - rows + 1
	}
	if len(p.hits) == 0 {
		for i, line := range text.Wrap(catalog.T("react.nothing"), max(1, in.w)) {
			put(s, in.x, in.y+1+i, in.w, line, p.l.Dim)
		}
	}
	for i := 0; i < rows && p.top+i < len(p.hits); i++ {
		e, style := p.hits[p.top+i], p.l.Text
		r := rect{in.x, in.y + 1 + i, in.w, 1}
		if p.top+i == p.at {
			style = p.l.Selected
			fill(s, r, style)
		}
		if p.l.ascii {
			put(s, r.x, r.y, r.w, e.name(), style)
			continue
		}
		put(s, r.x, r.y, min(2, r.w), text.Cut(text.Line(e.sign), 1), style)
		put(s, r.x+3, r.y, r.w-3, e.name(), style)
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T("react.keys"), p.l.Hint)
	n := put(s, in.x, in.y, in.w, catalog.T("react.find")+" ", p.l.Text)
	p.field.draw(s, rect{in.x + n, in.y, max(1, in.w-n), 1}, p.l.Text)
}
