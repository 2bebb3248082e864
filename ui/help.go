package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/catalog"
	"sotto/ui/text"
)

// help lists every action with its keys and command, and finds among them.
type help struct {
	l          *look
	field      field
	rows       []helpRow
	hits       []helpRow
	top        int
	vi, typing bool // as in a viewer
}

type helpRow struct{ keys, command, about, why string }

func (a *App) openHelp() {
	if a.plain != nil {
		a.plainHelp()
		return
	}
	h := &help{l: a.look, vi: a.viKeys}
	for _, x := range a.actions {
		r := helpRow{keys: strings.Join(x.keys, " "), about: catalog.T("action." + x.name)}
		if x.command != "" {
			r.command = strings.TrimSpace("/" + x.command + " " + x.args)
		}
		if x.can != nil {
			if why := x.can(a); why != "" {
				r.why = catalog.T(why)
			}
		}
		h.rows = append(h.rows, r)
	}
	for _, code := range []string{"roster", "people", "editing"} {
		h.rows = append(h.rows, helpRow{keys: catalog.T("help." + code + "-keys"), about: catalog.T("help." + code)})
	}
	h.hits = h.rows
	a.dialog = h
}

func (h *help) lists() bool { return h.vi && !h.typing }

func (h *help) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	most := max(0, len(h.hits)-1)
	switch {
	case h.vi && h.typing && (name == "Esc" || name == "Enter"):
		h.typing = false
		return true
	case h.lists() && name == "/":
		h.typing = true
		return true
	case h.lists() && name == "q":
		name = "Esc"
	case h.typing && name == "Space":
		h.field.insert(" ")
		h.search()
		return true
	case h.lists() && typed(ev) && name != "Space":
		return true
	}
	switch name {
	case "Esc", "F1", "Enter":
		a.closeDialog()
	case "HalfUp":
		h.top = max(0, h.top-5)
	case "HalfDown":
		h.top = min(most, h.top+5)
	case "Up":
		h.top = max(0, h.top-1)
	case "Down":
		h.top = min(most, h.top+1)
	case "PgUp":
		h.top = max(0, h.top-10)
	case "PgDn", "Space":
		h.top = min(most, h.top+10)
	default:
		if h.lists() {
			switch name {
			case "Home":
				h.top = 0
			case "End":
				h.top = most
			}
			return true
		}
		if !h.field.key(ev) {
			return false
		}
		h.search()
	}
	return true
}

func (h *help) search() {
	h.top, h.hits = 0, nil
	for _, r := range h.rows {
		if strings.Contains(strings.ToLower(r.keys+" "+r.command+" "+r.about), strings.ToLower(h.field.text())) {
			h.hits = append(h.hits, r)
		}
	}
}

func (h *help) paste(_ *App, t string) {
	h.field.insert(text.Line(t))
	h.search()
}

func (h *help) draw(s tcell.Screen, all rect) {
	in := frameOf(s, h.l, middle(all, 100, all.h-2), catalog.T("help.title"))
	kw := min(22, in.w/3)
	y := in.y + 1
	for _, r := range h.hits[h.top:] {
		about := r.about
		style := h.l.Text
		if r.why != "" {
			about, style = about+" — "+r.why, h.l.Dim
		}
		lines := text.Wrap(about, max(10, in.w-kw-1))
		if r.command != "" {
			lines = append(text.Wrap(r.command, max(10, in.w-kw-1)), lines...)
		}
		keys := text.Wrap(r.keys, kw)
		for i := range max(len(lines), len(keys)) {
			if y >= in.y+in.h-1 {
				break
			}
			if i < len(keys) {
				put(s, in.x, y, kw, keys[i], h.l.Title)
			}
			if i < len(lines) {
				st := style
				if r.command != "" && strings.HasPrefix(lines[i], "/") {
					st = h.l.Match
				}
				put(s, in.x+kw+1, y, in.w-kw-1, lines[i], st)
			}
			y++
		}
	}
	keys := "help.keys"
	if h.lists() {
		keys = "viewer.vi-keys"
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T(keys), h.l.Hint)
	put(s, in.x, in.y, 10, catalog.T("help.find"), h.l.Dim)
	h.field.draw(s, rect{in.x + text.Width(catalog.T("help.find")) + 1, in.y, in.w - 12, 1}, h.l.Text)
	if h.lists() {
		s.HideCursor()
	}
}
