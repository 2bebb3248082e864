package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/catalog"
	"sotto/ui/text"
)

// viewer shows a long list of paragraphs, the newest below, with a filter: the
// XML console, the log, the protocols.
type viewer struct {
	l       *look
	title   string
	field   field
	read    func() []paragraph
	reread  func() bool // whether there may be something new; nil: never
	all     []paragraph
	shown   []paragraph // those that pass the filter
	last    string      // the filter that shown is of
	wrapped map[int][]string
	width   int
	at      int  // the first line of the screen, counted over all lines; while not following
	follow  bool // the end stays in view
	height  int
	end     func() // when it is closed; may be nil
	vi      bool   // letters move, and / begins to type
	typing  bool   // what is typed finds, with vi
}

// paragraph is a text with what stands in front of it. id is its own as long as
// the viewer is open.
type paragraph struct {
	id         int
	head, text string
	style      tcell.Style
	more       bool // it goes on under the same head
}

func (a *App) openViewer(v *viewer) {
	v.l, v.last, v.vi = a.look, "\x00", a.viKeys
	v.wrapped = map[int][]string{}
	v.all = v.read()
	v.filter()
	a.dialog = v
}

// filter keeps the paragraphs that have every word in them; a word after "-" must
// not be there.
func (v *viewer) filter() {
	v.last = v.field.text()
	words := strings.Fields(strings.ToLower(v.last))
	if len(words) == 0 {
		v.shown = v.all
		return
	}
	v.shown = nil
next:
	for _, p := range v.all {
		t := strings.ToLower(p.head + " " + p.text)
		for _, w := range words {
			not, found := strings.CutPrefix(w, "-")
			if found && not != "" {
				if strings.Contains(t, not) {
					continue next
				}
			} else if !strings.Contains(t, w) {
				continue next
			}
		}
		v.shown = append(v.shown, p)
	}
}

// lines wraps a paragraph, once for a width.
func (v *viewer) lines(p paragraph) []string {
	if w, ok := v.wrapped[p.id]; ok {
		return w
	}
	w := text.Wrap(text.Line(p.text), max(10, v.width-2))
	v.wrapped[p.id] = w
	return w
}

func (v *viewer) lists() bool { return v.vi && !v.typing }

// viKey takes the keys that mean something else with the keys of vi.
func (v *viewer) viKey(name string) bool {
	switch {
	case v.typing && (name == "Esc" || name == "Enter"):
		v.typing = false
	case v.typing || len(name) > 1 && name != "Home" && name != "End" && name != "HalfUp" && name != "HalfDown":
		return false
	case name == "/":
		v.typing = true
	case name == "HalfUp":
		v.scroll(-max(1, v.height/2))
	case name == "HalfDown":
		v.scroll(max(1, v.height/2))
	case name == "Home":
		v.follow, v.at = false, 0
	case name == "End":
		v.follow = true
	}
	return true
}

func (v *viewer) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if v.lists() && name == "q" {
		name = "Esc"
	} else if v.vi && v.viKey(name) {
		return true
	}
	switch name {
	case "Esc":
		if v.end != nil {
			v.end()
		}
		a.closeDialog()
	case "Up":
		v.scroll(-1)
	case "Down":
		v.scroll(1)
	case "PgUp":
		v.scroll(-max(1, v.height-1))
	case "PgDn":
		v.scroll(max(1, v.height-1))
	case "Alt-End", "Ctrl-End":
		v.follow = true
	case "Alt-Home", "Ctrl-Home":
		v.follow, v.at = false, 0
	default:
		if !v.field.key(ev) {
			return false
		}
		v.filter()
	}
	return true
}

func (v *viewer) paste(_ *App, t string) {
	v.field.insert(text.Line(t))
	v.filter()
}

func (v *viewer) total() (n int) {
	for i, p := range v.shown {
		n += len(v.lines(p))
		if v.headed(i) {
			n++
		}
	}
	return n
}

// headed says that the head of a paragraph is shown, and not that of one before it.
func (v *viewer) headed(i int) bool {
	return !v.shown[i].more || i == 0 || v.shown[i-1].head != v.shown[i].head
}

func (v *viewer) scroll(by int) {
	most := max(0, v.total()-v.height)
	if v.follow {
		v.at = most
	}
	v.at = max(0, min(v.at+by, most))
	v.follow = v.follow && by > 0 || v.at == most && by > 0
}

func (v *viewer) draw(s tcell.Screen, all rect) {
	in := frameOf(s, v.l, middle(all, all.w-2, all.h-2), v.title)
	if v.width != in.w {
		v.width, v.wrapped = in.w, map[int][]string{}
	}
	if v.reread != nil && v.reread() {
		v.all = v.read()
		v.filter()
		if len(v.wrapped) > 2*len(v.all) { // of those that are gone
			clear(v.wrapped)
		}
	}
	v.height = max(1, in.h-2)
	most := max(0, v.total()-v.height)
	if v.follow {
		v.at = most
	}
	v.at = min(v.at, most)
	y := in.y + 1 - v.at
	draw := func(x, w int, t string, style tcell.Style) {
		if y > in.y && y <= in.y+v.height {
			put(s, x, y, w, t, style)
		}
		y++
	}
	for i, p := range v.shown {
		if v.headed(i) {
			draw(in.x, in.w, text.Fit(p.head, in.w), v.l.Dim)
		}
		for _, line := range v.lines(p) {
			draw(in.x+2, in.w-2, line, p.style)
		}
	}
	if len(v.shown) == 0 {
		put(s, in.x, in.y+1, in.w, catalog.T("viewer.nothing"), v.l.Dim)
	}
	keys := "viewer.keys"
	if v.lists() {
		keys = "viewer.vi-keys"
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T(keys), v.l.Hint)
	find := catalog.T("help.find")
	put(s, in.x, in.y, in.w, find, v.l.Dim)
	v.field.draw(s, rect{in.x + text.Width(find) + 1, in.y, in.w - text.Width(find) - 2, 1}, v.l.Text)
	if v.lists() {
		s.HideCursor()
	}
}
