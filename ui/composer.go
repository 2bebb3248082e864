package ui

import (
	"strings"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"sotto/ui/text"
)

// composer is the input. The text is a string and the cursor a byte position
// between two grapheme clusters: messages are short, and what is drawn, counted
// in rows and sent is the same by construction. (tview's TextArea loses text
// when its keys are mixed with edits from outside, and does not tell how many
// rows it breaks into.)
type composer struct {
	l        *look
	onChange func()

	buf  string
	cur  int
	want int // the column that Up and Down aim at; -1: where the cursor is
	top  int // the first row shown
	wide int // the width of the last draw, for Up and Down

	fromPaste bool // see pasted
	last      act  // what the last key did, to group undo and cuts
	undo      []composed
	cut       composed // what Ctrl-Y brings back

	history []composed
	at      int      // the entry of the history shown; len(history): none
	aside   composed // what was being written before the history was entered
}

// composed is a text with its cursor, and whether it was pasted.
type composed struct {
	buf       string
	cur       int
	fromPaste bool
}

// act groups keys for undo and for cutting.
type act int

const (
	otherAct act = iota
	typing
	deleting
	cutting
)

const (
	historyMax = 200
	undoMax    = 200
	undoBytes  = 1 << 20
	assumed    = 80 // columns, before the first draw
)

func newComposer(l *look) *composer { return &composer{l: l, want: -1, wide: assumed} }

func (c *composer) text() string { return c.buf }

// set replaces the text; the cursor goes to its end. Undo does not reach behind it.
func (c *composer) set(t string) {
	c.load(t)
	c.changed()
}

// load shows the draft of a chat. Nobody typed it, so nobody is told.
func (c *composer) load(t string) {
	c.buf = clean(t)
	c.cur, c.want, c.top = len(c.buf), -1, 0
	c.fromPaste, c.last = false, otherAct
	c.undo = nil
	c.at, c.aside = len(c.history), composed{}
}

// insert puts text where the cursor is.
func (c *composer) insert(t string) { c.replace(c.cur, c.cur, clean(t), otherAct) }

// paste puts pasted text where the cursor is, as one piece that one undo takes
// back. Line breaks stay; it is never a command.
func (c *composer) paste(t string) {
	t = clean(t)
	if t == "" {
		return
	}
	began := c.cur == 0 || strings.Contains(t, "\n")
	c.replace(c.cur, c.cur, t, otherAct)
	c.fromPaste = c.fromPaste || began
}

// pasted says that the text begins with a paste, or that lines were pasted: no
// one typed it as a command.
func (c *composer) pasted() bool { return c.fromPaste }

// atEnd says that nothing is behind the cursor.
func (c *composer) atEnd() bool { return c.cur == len(c.buf) }

// word is the word before the cursor.
func (c *composer) word() (word string, start int) {
	start = strings.LastIndexAny(c.buf[:c.cur], " \n") + 1
	return c.buf[start:c.cur], start
}

// replaceWord puts something in the place of the text from start to the cursor.
func (c *composer) replaceWord(start int, with string) {
	c.replace(max(0, min(start, c.cur)), c.cur, clean(with), otherAct)
}

// replace is the one way the text changes: it keeps what undo needs.
func (c *composer) replace(from, to int, with string, how act) {
	if from == to && with == "" {
		return
	}
	if how == otherAct || how != c.last {
		c.remember()
	}
	c.buf = c.buf[:from] + with + c.buf[to:]
	c.cur = c.boundary(from + len(with))
	c.want, c.last = -1, how
	if c.buf == "" {
		c.fromPaste = false
	}
	c.changed()
}

func (c *composer) changed() {
	if c.onChange != nil {
		c.onChange()
	}
}

func (c *composer) now() composed { return composed{c.buf, c.cur, c.fromPaste} }

func (c *composer) become(s composed) {
	c.buf, c.cur, c.fromPaste = s.buf, c.clamp(s), s.fromPaste
	c.want, c.last = -1, otherAct
	c.changed()
}

func (*composer) clamp(s composed) int { return max(0, min(s.cur, len(s.buf))) }

// remember keeps the text for undo, in bounds.
func (c *composer) remember() {
	c.undo = append(c.undo, c.now())
	size := 0
	for i := len(c.undo) - 1; i >= 0; i-- {
		if size += len(c.undo[i].buf); size > undoBytes || len(c.undo)-i > undoMax {
			c.undo = append(c.undo[:0], c.undo[i+1:]...)
			return
		}
	}
}

// clean keeps what a text can hold: line breaks of all kinds become \n, tabs
// spaces, and other control characters go.
func clean(t string) string {
	if strings.IndexFunc(t, unwanted) < 0 && utf8.ValidString(t) {
		return t
	}
	var b strings.Builder
	b.Grow(len(t))
	var before rune
	for _, r := range t {
		switch {
		case r == '\n' && before == '\r':
		case r == '\r', r == '\n', r == 0x2028, r == 0x2029:
			b.WriteByte('\n')
		case r == '\t':
			b.WriteString("    ")
		case unwanted(r):
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func unwanted(r rune) bool {
	return r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029
}

// boundary is the first end of a cluster at or behind a byte position.
func (c *composer) boundary(at int) int {
	start := strings.LastIndexByte(c.buf[:at], '\n') + 1
	for start < at {
		_, _, n := cluster(c.buf[start:])
		start += n
	}
	return start
}

// cluster is the first grapheme cluster of a text, its columns and its bytes.
func cluster(t string) (string, int, int) {
	if t[0] < 0x80 && (len(t) == 1 || t[1] < 0x80) {
		if t[0] < 0x20 {
			return t[:1], 0, 1
		}
		return t[:1], 1, 1
	}
	s, _, w, _ := uniseg.FirstGraphemeClusterInString(t, -1)
	return s, w, len(s)
}

// cluster is cluster with the columns that are drawn here: an emoji stands by
// its name where the terminal cannot show it.
func (c *composer) cluster(t string) (string, int, int) {
	s, w, n := cluster(t)
	if c.l.ascii && len(s) > 1 {
		w = text.Width(spellSign(s))
	}
	return s, w, n
}

// columns is how many columns a text without breaks is drawn in.
func (c *composer) columns(t string) int { return text.Width(c.l.spell(t)) }

// row is a line as it is broken: bytes from start to end. Spaces at which it
// was broken belong to it and may hang over the edge.
type row struct{ start, end int }

// layout breaks the text. The last column stays free for the cursor.
func (c *composer) layout(w int) []row {
	w = max(w-1, 1)
	rows := make([]row, 0, 1+len(c.buf)/w)
	start, col, space := 0, 0, -1 // space: behind the last space of the row
	for at := 0; at < len(c.buf); {
		t, cw, n := c.cluster(c.buf[at:])
		switch {
		case t == "\n":
			rows = append(rows, row{start, at})
			start, col, space = at+1, 0, -1
		case t == " ":
			col++
			space = at + 1
		case col+cw > w && at > start:
			end := at
			if space > start {
				end = space
			}
			rows = append(rows, row{start, end})
			start, col, space = end, c.columns(c.buf[end:at]), -1
			continue // what was taken along may still be too much
		default:
			col += cw
		}
		at += n
	}
	return append(rows, row{start, len(c.buf)})
}

// rows is how many lines the text takes at a width.
func (c *composer) rows(w int) int { return len(c.layout(w)) }

// place finds the cursor in the rows.
func (c *composer) place(rows []row, w int) (line, col int) {
	for line = len(rows) - 1; line > 0 && rows[line].start > c.cur; line-- {
	}
	return line, min(c.columns(c.buf[rows[line].start:c.cur]), max(w-1, 0))
}

// draw shows the rows around the cursor, and the terminal's cursor when the
// keys come here.
func (c *composer) draw(s tcell.Screen, r rect, focused bool) {
	if r.w <= 0 || r.h <= 0 {
		return
	}
	c.wide = r.w
	rows := c.layout(r.w)
	line, col := c.place(rows, r.w)
	c.top = max(line-r.h+1, min(c.top, line))
	c.top = max(0, min(c.top, len(rows)-r.h))
	for i := range min(r.h, len(rows)-c.top) {
		here := rows[c.top+i]
		put(s, r.x, r.y+i, r.w, c.l.spell(c.buf[here.start:here.end]), c.l.Input)
	}
	if focused {
		s.ShowCursor(r.x+col, r.y+line-c.top)
	}
}
