package ui

import (
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/text"
)

// scroller is a cursor in a list of which a part is in view.
type scroller struct {
	cursor int
	top    int // the first row in view
	height int // of the last draw
}

// key moves the cursor in a list of n; false: the key does not move.
func (c *scroller) key(name string, n int) bool {
	page := max(1, c.height-2)
	switch name {
	case "Up":
		c.move(-1, n)
	case "Down":
		c.move(1, n)
	case "PgUp":
		c.move(-page, n)
	case "PgDn":
		c.move(page, n)
	case "HalfUp":
		c.move(-max(1, c.height/2), n)
	case "HalfDown":
		c.move(max(1, c.height/2), n)
	case "Home":
		c.move(-n, n)
	case "End":
		c.move(n, n)
	default:
		return false
	}
	return true
}

func (c *scroller) move(by, n int) { c.cursor = max(0, min(c.cursor+by, n-1)) }

// fit keeps the cursor inside a list of n and in view, and gives the rows in view.
func (c *scroller) fit(n, height int) (from, to int) {
	c.height = height
	c.move(0, n)
	c.top = max(c.cursor-height+1, min(c.top, c.cursor))
	c.top = max(0, min(c.top, n-height))
	return c.top, min(n, c.top+height)
}

// finder is a text that is looked for while it is typed.
type finder struct {
	on   bool
	text string
}

// found is what a key did to a finder.
type found int

const (
	notFinder found = iota // the key means something else
	edited
	given // given up
	taken
)

func (f *finder) key(name string, ev *tcell.EventKey) found {
	switch {
	case name == "Esc", name == "Backspace" && f.text == "":
		return given
	case name == "Enter":
		return taken
	case name == "Backspace":
		_, n := utf8.DecodeLastRuneInString(f.text)
		f.text = f.text[:len(f.text)-n]
	case name == "Ctrl-U":
		f.text = ""
	case typed(ev):
		f.text += string(ev.Rune())
	default:
		return notFinder
	}
	return edited
}

// draw shows what is looked for.
func (f *finder) draw(s tcell.Screen, l *look, r rect, focused bool) {
	n := put(s, r.x+1, r.y, r.w-2, "/"+text.Line(f.text), l.Input)
	if focused {
		s.ShowCursor(r.x+1+n, r.y)
	}
}
